//! `cardea migrate`: the database's schema, brought up to date by hand or by itself.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::place::{Place, Running};

const UP: &[&str] = &["migrate", "up"];
const STATUS: &[&str] = &["migrate", "status"];

fn states(told: &str) -> Vec<&str> {
    let state = |line: &'_ str| line.split_whitespace().next().map(str::len);
    assert!(told.lines().all(|line| state(line) == Some(7)), "{told}");
    told.lines().map(|line| &line[..7]).collect()
}

#[test]
fn the_status_says_what_is_missing_and_up_applies_it() {
    let place = Place::new();
    let before = place.run(STATUS).succeeded();
    assert!(
        states(&before).iter().all(|&state| state == "missing"),
        "{before}"
    );
    let after = place.run(UP).succeeded();
    assert!(
        states(&after).iter().all(|&state| state == "applied"),
        "{after}"
    );
    assert_eq!(before.lines().count(), after.lines().count());
    assert_eq!(place.run(STATUS).succeeded(), after);
}

#[test]
fn up_a_second_time_changes_nothing() {
    let place = Place::new();
    let first = place.run(UP).succeeded();
    place.create("alice@example.com");
    assert_eq!(place.run(UP).succeeded(), first);
    let users = place.run(&["user", "list"]).succeeded();
    assert!(users.contains("alice@example.com"), "{users}");
}

#[test]
fn a_first_start_that_was_killed_leaves_a_database_that_starts() {
    for step in 0..16 {
        let place = Place::new();
        let mut first = Running::start(place.command(UP).stdout(Stdio::null()));
        thread::sleep(Duration::from_millis(6 + 3 * step));
        drop(first.0.kill());
        first.wait();
        place.run(UP).succeeded();
    }
}

#[test]
fn commands_that_start_together_on_an_empty_database_all_succeed() {
    let place = Place::new();
    thread::scope(|scope| {
        let creating: Vec<_> = ["a", "b", "c", "d"]
            .map(|name| format!("{name}@example.com"))
            .into_iter()
            .map(|email| {
                let place = &place;
                scope.spawn(move || place.create(&email))
            })
            .collect();
        for create in creating {
            assert!(create.join().is_ok(), "one of them failed");
        }
    });
    let users = place.run(&["user", "list"]).succeeded();
    assert_eq!(users.lines().count(), 4, "{users}");
}
