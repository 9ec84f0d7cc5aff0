//! `cardea doctor` on what an operator has in a folder: it finds what is wrong, and touches nothing.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::place::{Outcome, Place};

const ALICE: &str = "alice@example.com";

/// As long as a store may be waited for, and a lease, and a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// Lines: status and check, and what is said.
fn lines(outcome: &Outcome) -> Vec<(String, String)> {
    let lines = outcome.out.lines().map(|line| {
        let (status, rest) = line.split_once("  ").expect("a status");
        let (check, text) = rest.trim_start().split_once("  ").expect("a check");
        (format!("{status} {check}"), text.trim_start().to_owned())
    });
    lines.collect()
}

#[track_caller]
fn assert_finds(outcome: &Outcome, found: &str, words: &[&str]) {
    let lines = lines(outcome);
    let text = lines.iter().find(|(line, _)| line == found);
    let text = &text.unwrap_or_else(|| panic!("no {found}: {lines:#?}")).1;
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    let has_fault = lines.iter().any(|(line, _)| line.starts_with("fault "));
    assert_eq!(outcome.code, Some(i32::from(has_fault)), "{outcome:?}");
    assert_eq!(outcome.err.is_empty(), !has_fault, "{outcome:?}");
}

/// Every file of the data directory, with what is in it.
fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(place.path("data")).expect("it is there");
    let files = entries.map(|entry| {
        let path = entry.expect("it can be read").path();
        let name = path.display().to_string();
        (name, fs::read(path).expect("it can be read"))
    });
    files.collect()
}

/// A folder where a server ran that was stopped.
fn at_rest() -> Place {
    let place = Place::new();
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    server.log_out(&server.log_in(ALICE));
    server.stop();
    place
}

#[test]
fn before_the_first_start_nothing_is_wrong_and_nothing_is_made() {
    let place = Place::new();
    let outcome = place.run(&["doctor"]);
    assert_finds(&outcome, "warning database", &["none at data/cardea.db"]);
    assert_finds(&outcome, "warning data directory", &["not there yet"]);
    assert!(!place.holds("data"));
}

#[test]
fn a_server_at_rest_is_well_and_stays_as_it_is() {
    let place = at_rest();
    let before = contents(&place);
    let outcome = place.run(&["doctor"]);
    assert_eq!(contents(&place), before);
    let statuses: Vec<_> = lines(&outcome).into_iter().map(|(line, _)| line).collect();
    let well = [
        "ok data directory",
        "ok database file",
        "ok disk space",
        "ok master key file",
        "ok database",
        "ok commits",
        "ok schema",
        "ok signing keys",
        "ok master key",
        "ok applications",
        "ok back-channel logouts",
        "ok lease",
        "ok index",
    ];
    // How much room there is, is the machine's.
    let is_disk = |line: &&String| line.ends_with("disk space");
    assert_eq!(statuses.iter().filter(is_disk).count(), 1);
    let statuses = statuses.iter().filter(|line| !is_disk(line));
    let well = well
        .into_iter()
        .filter(|line| !line.ends_with("disk space"));
    assert_eq!(statuses.collect::<Vec<_>>(), well.collect::<Vec<_>>());
}

#[test]
fn a_running_server_is_looked_at_without_disturbing_it() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let token = server.log_in(ALICE);
    let begun = Instant::now();
    let outcome = place.run(&["doctor"]);
    assert!(begun.elapsed() < SOON);
    assert_finds(
        &outcome,
        "ok lease",
        &["answers from memory since 20", "confirmed"],
    );
    server.assert_live(&token, ALICE);
    server.log_out(&token);
    assert!(!server.stop().contains("WARN"));
}

#[test]
fn a_server_that_died_is_told_by_its_lease() {
    let place = Place::new();
    place.serve(&["revocation.lease_milliseconds=1000"]).kill();
    let outcome = place.run(&["doctor"]);
    assert_finds(&outcome, "warning lease", &["has not renewed it", "died"]);
}

#[test]
fn a_server_that_is_configured_otherwise_is_told() {
    let place = Place::new();
    let _server = place.serve(&[]);
    let outcome = place.run(&[
        "doctor",
        "--set",
        "revocation.check=redis",
        "--set",
        "redis.url=redis://127.0.0.1:1",
    ]);
    assert_finds(
        &outcome,
        "fault lease",
        &["configured otherwise", "`revocation.check`"],
    );
    assert_finds(&outcome, "fault redis", &["refused", "`redis.url`"]);
}

#[test]
fn machines_get_the_same_as_people() {
    let place = at_rest();
    fs::remove_file(place.path("data/master.key")).expect("it is there");
    let people = place.run(&["doctor"]);
    let machines = place.run(&["doctor", "--json"]);
    assert_eq!(machines.code, Some(1), "{machines:?}");
    let told: Value = serde_json::from_str(&machines.out).expect("it is JSON");
    assert_eq!(told["faults"], 1);
    let checks = told["checks"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let checks = checks.map(|check| {
        let line = format!("{} {}", text(&check["status"]), text(&check["check"]));
        (line, text(&check["text"]))
    });
    let is_still = |(line, _): &(String, String)| !line.ends_with("disk space");
    let people = lines(&people).into_iter().filter(is_still);
    assert_eq!(
        checks.filter(is_still).collect::<Vec<_>>(),
        people.collect::<Vec<_>>()
    );
}

#[test]
fn a_master_key_that_is_gone_or_another_is_a_fault_and_none_is_made() {
    let place = at_rest();
    fs::remove_file(place.path("data/master.key")).expect("it is there");
    let outcome = place.run(&["doctor"]);
    assert_finds(
        &outcome,
        "fault master key",
        &["data/master.key", "put it back"],
    );
    assert!(!place.holds("data/master.key"));
    let other = "ab".repeat(32);
    place.write("data/master.key", &other);
    let outcome = place.run(&["doctor"]);
    assert_finds(
        &outcome,
        "fault master key",
        &["not the one", "give back the old one"],
    );
    assert_finds(&outcome, "fault master key file", &["chmod 600"]);
    place.write("data/master.key", "no key at all");
    let outcome = place.run(&["doctor"]);
    assert_finds(&outcome, "fault master key", &["is not 32 bytes"]);
    for secret in [&other, "no key at all"] {
        assert!(!outcome.out.contains(secret), "{outcome:?}");
    }
}

#[test]
fn what_others_may_read_or_replace_is_told() {
    let place = at_rest();
    let set = |name: &str, mode| {
        fs::set_permissions(place.path(name), Permissions::from_mode(mode)).expect("it is ours");
    };
    set("data", 0o755);
    set("data/cardea.db", 0o644);
    let outcome = place.run(&["doctor"]);
    assert_finds(&outcome, "warning data directory", &["chmod 700"]);
    assert_finds(&outcome, "warning database file", &["chmod 600"]);
    set("data", 0o777);
    let outcome = place.run(&["doctor"]);
    assert_finds(&outcome, "fault data directory", &["replace", "chmod 700"]);
}

#[test]
fn a_file_that_is_no_database_is_a_fault() {
    let place = Place::new();
    fs::create_dir(place.path("data")).expect("a temporary folder can be written");
    place.write("data/cardea.db", &"This is no database. ".repeat(100));
    let before = contents(&place);
    let outcome = place.run(&["doctor"]);
    assert_finds(
        &outcome,
        "fault database",
        &["not a database", "`database.url`"],
    );
    assert_eq!(contents(&place), before);
}

#[test]
fn stores_that_are_away_are_faults_in_time_and_without_their_passwords() {
    let place = Place::new();
    let begun = Instant::now();
    let outcome = place.run(&[
        "doctor",
        "--set",
        "database.url=postgres://cardea:hunter2@127.0.0.1:1/cardea",
        "--set",
        "redis.url=redis://:hunter2@127.0.0.1:1",
        "--set",
        "revocation.check=redis",
    ]);
    assert!(begun.elapsed() < SOON);
    assert_finds(
        &outcome,
        "fault database",
        &["`database.url`", "was not looked at"],
    );
    assert_finds(&outcome, "fault redis", &["refused", "`redis.url`"]);
    for text in [&outcome.out, &outcome.err] {
        assert!(!text.contains("hunter2"), "{outcome:?}");
    }
}

#[test]
fn an_application_that_is_declared_and_not_made_is_told() {
    let place = at_rest();
    place.write("cardea.toml", "[[applications]]\nclient_id = 'shop'\n");
    let outcome = place.run(&["doctor"]);
    assert_finds(
        &outcome,
        "warning applications",
        &["`shop`", "a server that starts"],
    );
    let made = place.run(&["application", "list"]).succeeded();
    let shop = made.lines().find(|line| line.starts_with("shop"));
    let is_made = shop.is_some_and(|line| !line.contains("(made when a server starts)"));
    assert!(!is_made, "{made}");
}
