//! Starting: from nothing, from what is there, and not at all, with one sentence why.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::http::{Answer, Exchange};
use crate::place::Place;
use crate::server::Server;

const ALICE: &str = "alice@example.com";

fn get(server: &Server, path: &str) -> Answer {
    Exchange::begin(server.address, &format!("GET {path}"), &[], "").end()
}

/// The permissions of a file or folder.
fn mode(place: &Place, name: &str) -> u32 {
    let about = std::fs::metadata(place.path(name)).expect("it is there");
    about.permissions().mode() & 0o777
}

/// Why the server does not start.
fn refusal(place: &Place, settings: &[&str]) -> String {
    let own = [
        "http.listen=127.0.0.1:0",
        "metrics.listen=127.0.0.1:0",
        "tokens.issuer=http://cardea.localhost",
    ];
    // What is told on the way is no part of the sentence.
    let quiet = ["log.filter=error"];
    let mut arguments = vec!["serve"];
    for setting in own.iter().chain(&quiet).chain(settings) {
        arguments.extend(["--set", setting]);
    }
    place.run(&arguments).failed()
}

#[test]
fn a_first_start_makes_what_it_needs_for_its_owner_alone() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert_eq!(mode(&place, "data"), 0o700);
    assert_eq!(mode(&place, "data/master.key"), 0o600);
    assert_eq!(get(&server, "/livez").status, 200);
    assert_eq!(get(&server, "/readyz").status, 200);
    let address = server.address;
    let mut lines = server.welcome().lines();
    let metrics = lines.find_map(|line| line.strip_prefix("  Metrics     http://"));
    let metrics = metrics.and_then(|rest| rest.strip_suffix("/metrics"));
    let metrics: std::net::SocketAddr = metrics.and_then(|it| it.parse().ok()).expect("an address");
    assert_ne!(metrics, address);
    for line in [
        format!("  GraphQL     http://{address}/graphql"),
        format!("  Playground  http://{address}/"),
        "  Data        data".to_owned(),
    ] {
        assert!(
            server.welcome().lines().any(|told| told == line),
            "{}",
            server.welcome()
        );
    }
    assert!(server.stop().contains("made a master key"));
}

#[test]
fn a_folder_that_was_there_keeps_nothing_for_others_to_read() {
    let place = Place::new();
    std::fs::create_dir(place.path("data")).expect("a temporary folder can be written");
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(place.path("data"), open).expect("it is ours");
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    for file in ["master.key", "cardea.db", "cardea.db-wal", "cardea.db-shm"] {
        assert_eq!(mode(&place, &format!("data/{file}")) & 0o077, 0, "{file}");
    }
}

#[test]
fn a_second_start_finds_users_sessions_keys_and_revocations() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let [live, dead] = [(); 2].map(|()| server.log_in(ALICE));
    server.log_out(&dead);
    let keys = get(&server, "/.well-known/jwks.json").body;
    assert!(keys["keys"][0]["kid"].is_string(), "{keys}");
    let master_key = place.read("data/master.key");
    server.stop();

    let server = place.serve(&[]);
    assert_eq!(get(&server, "/.well-known/jwks.json").body, keys);
    assert_eq!(place.read("data/master.key"), master_key);
    server.assert_live(&live, ALICE);
    server.assert_dead(&dead, "LOGGED_OUT");
    let session = server.ask("{ currentSession { state } }", &Value::Null, Some(&live));
    assert_eq!(session.body["data"]["currentSession"]["state"], "ACTIVE");
    server.log_in(ALICE);
}

#[test]
fn the_command_line_and_the_server_may_start_in_either_order() {
    let place = Place::new();
    place.create(ALICE);
    let server = place.serve(&[]);
    place.create("bob@example.com");
    server.log_in(ALICE);
    server.log_in("bob@example.com");
}

#[test]
fn a_data_directory_that_can_not_be_made_is_named() {
    let place = Place::new();
    // Not even root can make a folder in a file.
    place.write("file", "");
    for directory in ["file", "file/data"] {
        let sentence = refusal(&place, &[&format!("data.directory={directory}")]);
        assert!(
            sentence.starts_with("can't use the data directory file"),
            "{sentence}"
        );
        assert!(sentence.contains("`data.directory`"), "{sentence}");
    }
}

#[test]
fn a_port_in_use_is_named_and_nothing_is_touched() {
    let place = Place::new();
    let other = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = other.local_addr().expect("it is bound");
    let sentence = refusal(&place, &[&format!("http.listen={address}")]);
    assert!(
        sentence.starts_with(&format!("can't listen on {address}")),
        "{sentence}"
    );
    assert!(sentence.contains("`http.listen`"), "{sentence}");
    assert!(!place.holds("data"));
}

#[test]
fn a_database_that_can_not_be_opened_is_one_sentence() {
    let place = Place::new();
    place.write(
        "text.db",
        "This is no database, whatever its name says. "
            .repeat(20)
            .as_str(),
    );
    for url in ["sqlite://nowhere/cardea.db", "sqlite://text.db"] {
        let sentence = refusal(&place, &[&format!("database.url={url}")]);
        assert!(
            sentence.starts_with("can't open the database"),
            "{url}: {sentence}"
        );
        assert!(sentence.contains("`database.url`"), "{url}: {sentence}");
    }
}

#[test]
fn a_database_url_of_another_kind_is_a_fault_of_its_key() {
    let place = Place::new();
    let outcome = place.run(&[
        "serve",
        "--set",
        "database.url=mysql://me:hunter2@db/cardea",
    ]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .err
            .contains("database.url (command line): must begin with"),
        "{outcome:?}"
    );
    assert!(!outcome.err.contains("hunter2"), "{outcome:?}");
}

#[test]
fn a_postgresql_that_refuses_is_one_sentence_in_time_and_without_the_password() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.expect("there is a free port").port();
    let url = format!("database.url=postgres://cardea:hunter2@127.0.0.1:{port}/cardea");
    let sentence = refusal(&place, &[&url, "database.timeout_milliseconds=300"]);
    assert!(
        sentence.starts_with("can't open the database"),
        "{sentence}"
    );
    assert!(sentence.contains("`database.url`"), "{sentence}");
    assert!(!sentence.contains("hunter2"), "{sentence}");
}

#[test]
fn a_master_key_that_does_not_fit_is_refused_and_the_right_one_taken_again() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let token = server.log_in(ALICE);
    server.stop();
    let master_key = place.read("data/master.key");

    place.write("data/master.key", &"ab".repeat(32));
    let sentence = refusal(&place, &[]);
    assert!(
        sentence.contains("the master key is not the one"),
        "{sentence}"
    );
    assert!(sentence.contains("`keys.master_key_file`"), "{sentence}");
    assert!(!sentence.contains("abab"), "{sentence}");

    place.write("data/master.key", "a secret that is no key");
    let sentence = refusal(&place, &[]);
    assert!(
        sentence.contains("data/master.key is not 32 bytes"),
        "{sentence}"
    );
    assert!(!sentence.contains("a secret"), "{sentence}");

    std::fs::remove_file(place.path("data/master.key")).expect("it is there");
    let sentence = refusal(&place, &[]);
    assert!(
        sentence.contains("data/master.key is missing"),
        "{sentence}"
    );
    assert!(
        !place.holds("data/master.key"),
        "a new key would lock the old ones away"
    );

    let key = format!("keys.master_key={}", master_key.trim());
    place.serve(&[&key]).assert_live(&token, ALICE);
    place.write("elsewhere.key", &master_key);
    let file = "keys.master_key_file=elsewhere.key";
    place.serve(&[file]).assert_live(&token, ALICE);
}

#[test]
fn a_master_key_in_the_environment_leaves_no_file() {
    let place = Place::new();
    let key = format!("keys.master_key={}", "ab".repeat(32));
    place.serve(&[&key]);
    assert!(!place.holds("data/master.key"));
}
