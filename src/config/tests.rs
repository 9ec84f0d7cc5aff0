//! The configuration as a whole: who overrules whom, and that all faults are told at once.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use super::*;

/// A configuration file that is gone with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = env::temp_dir().join(format!("cardea-{}-{name}.toml", process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// With an empty file, lest a `cardea.toml` that lies about have a say.
fn from_environment(test: &str, variables: &[(&str, &str)]) -> Result<Config, Faults> {
    let file = File::new(test, "");
    load(Some(&file.0), pairs(variables).into_iter(), &[])
}

#[test]
fn without_anything_the_defaults_are_in_force() {
    let config = from_environment(
        "defaults",
        &[("PATH", "/bin"), ("CARDEA_VERSION", "1"), ("CARDEA", "x")],
    )
    .unwrap();
    assert_eq!(effective(&config), effective(&Config::default()));
    assert!(config.introspection() && config.playground());
}

#[test]
fn flags_overrule_the_environment_overrules_the_file_overrules_the_default() {
    let file = File::new(
        "precedence",
        "[http]\nmax_connections = 1\nbody_limit_bytes = 2048\nheader_timeout_seconds = 3\n",
    );
    let environment = pairs(&[
        ("CARDEA__HTTP__MAX_CONNECTIONS", "2"),
        ("CARDEA__HTTP__BODY_LIMIT_BYTES", "4096"),
    ]);
    let flags = pairs(&[("http.max_connections", "4"), ("http.max_connections", "3")]);
    let config = load(Some(&file.0), environment.into_iter(), &flags).unwrap();
    assert_eq!(config.http.max_connections, 3);
    assert_eq!(config.http.body_limit_bytes, 4096);
    assert_eq!(config.http.header_timeout_seconds, 3);
    assert_eq!(config.http.request_timeout_seconds, 10);
}

#[test]
fn the_environment_is_read_as_the_type_of_its_key() {
    let config = from_environment(
        "types",
        &[
            ("CARDEA__HTTP__LISTEN", "[::1]:9000"),
            ("CARDEA__HTTP__TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8,"),
            ("CARDEA__HTTP__ALLOWED_ORIGINS", ""),
            ("CARDEA__HTTP__MAX_CONNECTIONS", " 12 "),
            ("CARDEA__GRAPHQL__PLAYGROUND", "false"),
            ("CARDEA__ACCOUNTS__SIGN_UP", "false"),
            ("CARDEA__TOKENS__AUDIENCE", "12"),
            ("CARDEA__LOG__FORMAT", "json"),
            ("CARDEA__KEYS__MASTER_KEY_FILE", "/run/key"),
        ],
    )
    .unwrap();
    assert_eq!(config.http.listen.port(), 9000);
    assert_eq!(
        config.http.trusted_proxies,
        ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]
    );
    assert!(config.http.allowed_origins.is_empty());
    assert_eq!(config.http.max_connections, 12);
    assert!(!config.playground() && !config.accounts.sign_up);
    // There is a proxy: others reach this server.
    assert!(!config.introspection());
    assert_eq!(config.tokens.audience, "12");
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.master_key_file(), Path::new("/run/key"));
}

#[test]
fn all_faults_are_told_at_once_each_with_its_key_and_its_source() {
    let file = File::new(
        "faults",
        "[http]\nlistn = 'x'\nheader_timeout_seconds = 0\n[revocation]\ncheck = 'redis'\n",
    );
    let environment = pairs(&[
        ("CARDEA__HTTP_LISTEN", "[::1]:80"),
        ("CARDEA__http__listen", "[::1]:80"),
        ("CARDEA__ACCOUNTS__SIGN_UP", "perhaps"),
        ("CARDEA__PASSWORDS__ITERATIONS", "1"),
        ("CARDEA__HTTP__LISTEN", "0.0.0.0:80"),
    ]);
    let flags = pairs(&[
        ("log.format", "xml"),
        ("nonsense", "1"),
        ("tokens.client_id", "a b"),
    ]);
    let told = load(Some(&file.0), environment.into_iter(), &flags)
        .unwrap_err()
        .to_string();
    let path = file.0.display();
    let starts = [
        "the configuration has 11 faults:".to_owned(),
        format!("  http.listn ({path}, line 2): there is no such key; did you mean http.listen?"),
        format!("  http.header_timeout_seconds ({path}, line 3): must be a whole number from 1 to 60"),
        "  accounts.sign_up (environment variable CARDEA__ACCOUNTS__SIGN_UP): must be true or false".to_owned(),
        "  environment variable CARDEA__HTTP_LISTEN: there is no such variable; did you mean CARDEA__HTTP__LISTEN?".to_owned(),
        "  environment variable CARDEA__http__listen: there is no such variable; did you mean CARDEA__HTTP__LISTEN?".to_owned(),
        "  log.format (command line): must be \"human\" or \"json\"".to_owned(),
        "  nonsense (command line): there is no such key; `cardea config example`".to_owned(),
        format!("  revocation.check ({path}, line 5): checking through Redis needs one"),
        "  http.listen (environment variable CARDEA__HTTP__LISTEN): 0.0.0.0:80 is not".to_owned(),
        "  tokens.client_id (command line): ".to_owned(),
        "  passwords.iterations (environment variable CARDEA__PASSWORDS__ITERATIONS): ".to_owned(),
    ];
    assert_eq!(told.lines().count(), starts.len(), "{told}");
    for (line, start) in told.lines().zip(starts) {
        assert!(
            line.starts_with(&start),
            "{line}\nshould start with\n{start}"
        );
    }
}

#[test]
fn a_heartbeat_that_followers_would_not_wait_for_is_refused() {
    let name = "CARDEA__FEED__HEARTBEAT_SECONDS";
    assert!(from_environment("heartbeat", &[(name, "3")]).is_ok());
    let faults = from_environment("late-heartbeat", &[(name, "4")]).unwrap_err();
    let told = faults.to_string();
    assert!(told.contains("heartbeat_seconds"), "{told}");
    assert!(
        told.contains("1 to 3") && told.contains("5 seconds"),
        "{told}"
    );
}

#[test]
fn tables_can_stand_in_the_file_only() {
    let file = File::new("tables", "[[applications]]\nclient_id = 'shop'\n");
    let environment = pairs(&[
        ("CARDEA__APPLICATIONS", "shop"),
        ("CARDEA__APPLICATIONS__SHOP__SECRET", "hunter2"),
    ]);
    let flags = pairs(&[
        ("applications", "shop"),
        ("applications.client_id", "shop"),
        ("applications[0].client_id", "shop"),
    ]);
    let faults = load(Some(&file.0), environment.into_iter(), &flags).unwrap_err();
    assert_eq!(faults.0.len(), 5, "{faults}");
    for fault in &faults.0 {
        assert_eq!(
            fault.problem,
            "tables can stand in the configuration file only: write [[applications]] there, and its keys in the lines below"
        );
    }
    assert!(!faults.to_string().contains("hunter2"), "{faults}");
}

#[test]
fn what_an_application_shares_with_a_section_is_a_fault_of_the_application() {
    let text = "[tokens]\nclient_id = 'shop'\n[sessions]\nlifetime_seconds = 600000\n\
        [[applications]]\nclient_id = 'shop'\n[[applications]]\nclient_id = 'crm'\nlifetime_seconds = 60\n";
    let file = File::new("shares", text);
    let told = load(Some(&file.0), std::iter::empty(), &[])
        .unwrap_err()
        .to_string();
    let path = file.0.display();
    for start in [
        format!("  sessions.lifetime_seconds ({path}, line 4): "),
        format!("  applications.shop.client_id ({path}, line 6): "),
        format!("  applications.crm.lifetime_seconds ({path}, line 9): "),
    ] {
        assert!(told.contains(&start), "{told}\nshould have\n{start}");
    }
    assert_eq!(told.lines().count(), 4, "{told}");
}

#[test]
fn a_value_that_was_refused_is_not_judged_by_its_default() {
    let faults = from_environment("check", &[("CARDEA__REVOCATION__CHECK", "redis")]).unwrap_err();
    assert_eq!(faults.0[0].key.as_deref(), Some("revocation.check"));
    let file = File::new(
        "refused",
        "[redis]\nurl = 5\n[revocation]\ncheck = 'redis'\n",
    );
    let faults = load(Some(&file.0), std::iter::empty(), &[]).unwrap_err();
    assert_eq!(faults.0.len(), 1, "{faults}");
    assert_eq!(faults.0[0].key.as_deref(), Some("redis.url"));
}

#[test]
fn what_the_file_may_have_said_is_not_held_against_the_rest() {
    let file = File::new("broken", "[redis]\nurl = \"redis://cache\"\npool_size =\n");
    let variables = [
        ("CARDEA__REVOCATION__CHECK", "redis"),
        ("CARDEA__TOKENS__AUDIENCE", ""),
    ];
    let faults = load(Some(&file.0), pairs(&variables).into_iter(), &[]).unwrap_err();
    let keys: Vec<_> = faults.0.iter().map(|fault| fault.key.as_deref()).collect();
    assert_eq!(keys, [None, Some("tokens.audience")], "{faults}");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let flags = pairs(&[("log.format", "xml")]);
    let faults = load(
        Some(Path::new("/nowhere/cardea.toml")),
        std::iter::empty(),
        &flags,
    )
    .unwrap_err();
    assert_eq!(faults.0.len(), 2, "{faults}");
    assert!(
        faults
            .to_string()
            .contains("/nowhere/cardea.toml: can't be read"),
        "{faults}"
    );
}

#[test]
fn a_secret_is_printed_nowhere() {
    let secrets = [
        ("CARDEA__DATABASE__URL", "postgres://me:hunter2@db/cardea"),
        ("CARDEA__REDIS__URL", "redis://:hunter2@cache"),
        (
            "CARDEA__KEYS__MASTER_KEY",
            "hunter2hunter2hunter2hunter2hunter2hunter2A=",
        ),
    ];
    let config = from_environment("printed", &secrets).unwrap();
    let effective = effective(&config);
    let told = format!(
        "{config:?} {effective} {}",
        serde_json::to_string(&config).unwrap()
    );
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(
        effective.matches("\"[redacted]\"").count(),
        3,
        "{effective}"
    );
}

#[test]
fn a_fault_of_a_secret_does_not_repeat_it() {
    let file = File::new(
        "secret",
        "[keys]\nmaster_key = ['hunter2']\n[database]\nurl = { a = 'hunter2' }\n\
         [[applications]]\nclient_id = 'shop'\nsecret = 'hunter2'\n\
         [[applications]]\nclient_id = 'crm'\nsecret = ['hunter2']\n",
    );
    let environment = [
        ("CARDEA__DATABASE__URL", "hunter2://db"),
        ("CARDEA__REDIS__URL", "hunter2"),
        ("CARDEA__KEYS__MASTER_KEY", "hunter2"),
    ];
    let flags = pairs(&[("database.url", "postgres://me:hunter2/@db:x")]);
    let faults = load(Some(&file.0), pairs(&environment).into_iter(), &flags).unwrap_err();
    let more = from_environment("more", &environment).unwrap_err();
    assert_eq!((faults.0.len(), more.0.len()), (5, 3), "{faults}\n{more}");
    assert!(
        !format!("{faults}{faults:?}{more}{more:?}").contains("hunter2"),
        "{faults}"
    );
}
