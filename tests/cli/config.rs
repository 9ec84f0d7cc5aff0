//! `cardea config`: what is in force, what could be set, and all that is wrong with it at once.

use crate::place::Place;

const CHECK: &[&str] = &["config", "check"];

#[test]
fn the_example_has_every_key_and_changes_nothing() {
    let place = Place::new();
    let example = place.run(&["config", "example"]).succeeded();
    assert_eq!(example, cardea::config::example());
    let default = place.run(CHECK).succeeded();
    place.write("cardea.toml", &example);
    assert_eq!(place.run(CHECK).succeeded(), default);
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let place = Place::new();
    place.write(
        "cardea.toml",
        "[tokens]\naudience = 'file'\nclient_id = 'file'\n[http]\nlisten = '127.0.0.1:1'\n",
    );
    let mut command = place.command(&["config", "check", "--set", "tokens.audience=flag"]);
    command
        .env("CARDEA__TOKENS__AUDIENCE", "environment")
        .env("CARDEA__TOKENS__CLIENT_ID", "environment");
    let told = place.finish(command, "").succeeded();
    for line in [
        "audience = \"flag\"",
        "client_id = \"environment\"",
        "listen = \"127.0.0.1:1\"",
        "issuer = \"http://127.0.0.1:1\"",
    ] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
}

#[test]
fn a_file_that_is_named_is_read_instead_of_the_usual_one() {
    let place = Place::new();
    place.write("cardea.toml", "[tokens]\naudience = 'usual'\n");
    place.write("other.toml", "[tokens]\naudience = 'other'\n");
    let told = place.run(&["--config", "other.toml", "config", "check"]);
    assert!(told.succeeded().contains("audience = \"other\""));
}

#[test]
fn all_faults_of_all_layers_are_told_at_once_with_their_places() {
    let place = Place::new();
    place.write(
        "cardea.toml",
        "[http]\nlistn = 1\n\n[tokens]\nleeway_seconds = 9\n",
    );
    let mut command = place.command(&["config", "check", "--set", "log.format=xml"]);
    command.env("CARDEA__HTTP__MAX_CONNECTIONS", "none");
    let outcome = place.finish(command, "");
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (Some(1), ""),
        "{outcome:?}"
    );
    let faults: Vec<_> = outcome.err.lines().collect();
    assert_eq!(faults[0], "cardea: the configuration has 4 faults:");
    assert_eq!(faults.len(), 5, "{outcome:?}");
    for place in [
        "  http.listn (cardea.toml, line 2): there is no such key; did you mean http.listen?",
        "  tokens.leeway_seconds (cardea.toml, line 5): ",
        "  http.max_connections (environment variable CARDEA__HTTP__MAX_CONNECTIONS): ",
        "  log.format (command line): ",
    ] {
        assert!(
            faults.iter().any(|fault| fault.starts_with(place)),
            "{place}: {faults:?}"
        );
    }
}

#[test]
fn a_key_with_several_faults_tells_all_of_them() {
    let place = Place::new();
    place.write(
        "cardea.toml",
        "[http]\nallowed_origins = ['https://a.example', 'http://x/']\n\
         [redis]\nurl = 'redis://127.0.0.1:1/abc'\n\
         [database]\nurl = 'sqlite://x?bogus=1'\n\
         [[applications]]\nclient_id = 'shop'\nallowed_origins = ['https://a.example', '*']\n",
    );
    let outcome = place.run(&["config", "check"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    for (key, part) in [
        ("http.allowed_origins ", "\"http://x/\""),
        ("allowed_origins ", "\"*\""),
        ("allowed_origins ", "is among http.allowed_origins, too"),
        ("redis.url ", "redis://user:password@host:port/number"),
        ("database.url ", "behind the ?"),
    ] {
        let is_told = |line: &str| line.contains(key) && line.contains(part);
        assert!(outcome.err.lines().any(is_told), "{part}: {}", outcome.err);
    }
}

#[test]
fn unknown_keys_keep_every_command_from_starting() {
    let place = Place::new();
    place.write("cardea.toml", "[http]\nlistn = 1\n");
    for arguments in [&["serve"][..], &[], &["migrate", "up"], &["user", "list"]] {
        let outcome = place.run(arguments);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.err.contains("http.listn"), "{outcome:?}");
    }
    assert!(!place.holds("data"));
}

#[test]
fn secrets_are_not_shown() {
    let place = Place::new();
    let mut command = place.command(&["config", "check"]);
    command
        .env(
            "CARDEA__DATABASE__URL",
            "postgres://cardea:hunter2@127.0.0.1/cardea",
        )
        .env("CARDEA__KEYS__MASTER_KEY", "ab".repeat(32));
    let told = place.finish(command, "").succeeded();
    assert!(told.contains("master_key = \"[redacted]\""), "{told}");
    assert!(
        !told.contains("hunter2") && !told.contains("abab"),
        "{told}"
    );
}

#[test]
fn applications_are_shown_with_what_they_come_to_and_without_their_secrets() {
    let place = Place::new();
    let secret = "hunter2".repeat(5);
    place.write(
        "cardea.toml",
        &format!(
            "[tokens]\naccess_lifetime_seconds = 60\n\
             [[applications]]\nclient_id = 'shop'\nscopes = ['orders:read']\nsecret = '{secret}'\n\
             [[applications]]\nclient_id = 'crm'\nenabled = false\n"
        ),
    );
    let told = place.run(CHECK).succeeded();
    let (_, tables) = told.split_once("\n[[applications]]\n").expect(&told);
    let (shop, crm) = tables.split_once("\n[[applications]]\n").expect(&told);
    for (table, lines) in [
        (
            shop,
            [
                "client_id = \"shop\"",
                "audience = \"shop\"",
                "access_lifetime_seconds = 60",
                "scopes = [\"orders:read\"]",
                "secret = \"[redacted]\"",
            ],
        ),
        (
            crm,
            [
                "client_id = \"crm\"",
                "audience = \"crm\"",
                "lifetime_seconds = 2592000",
                "# secret is not set",
                "enabled = false",
            ],
        ),
    ] {
        for line in lines {
            assert!(table.lines().any(|told| told == line), "{line}: {table}");
        }
    }
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn all_faults_of_applications_are_told_with_their_names() {
    let place = Place::new();
    place.write(
        "cardea.toml",
        "[[applications]]\nclient_id = 'default'\norigins = []\n\
         [[applications]]\nclient_id = 'shop'\nsecret = 'hunter2'\n",
    );
    let mut command = place.command(CHECK);
    command.env("CARDEA__APPLICATIONS__SHOP__SECRET", "hunter2");
    let outcome = place.finish(command, "");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let faults: Vec<_> = outcome.err.lines().skip(1).collect();
    let starts = [
        "  applications.default.origins (cardea.toml, line 3): there is no such key; did you mean allowed_origins?",
        "  environment variable CARDEA__APPLICATIONS__SHOP__SECRET: tables can stand in the configuration file only",
        "  applications.shop.secret (cardea.toml, line 6): must be 32 to 255",
        "  applications.default.client_id (cardea.toml, line 2): \"default\" is the client id of the default application",
    ];
    assert_eq!(faults.len(), starts.len(), "{outcome:?}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault} is not {start}");
    }
    assert!(!outcome.err.contains("hunter2"), "{outcome:?}");
}

#[test]
fn a_file_that_is_named_and_missing_is_a_fault() {
    let outcome = Place::new().run(&["config", "check", "--config", "nowhere.toml"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("nowhere.toml: can't be read"),
        "{outcome:?}"
    );
}

#[test]
fn what_is_no_setting_is_refused() {
    let outcome = Place::new().run(&["config", "check", "--set", "http.listen"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.err.contains("KEY=VALUE"), "{outcome:?}");
}
