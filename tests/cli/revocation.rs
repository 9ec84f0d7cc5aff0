//! What ended stays ended: whoever ended it, and whatever happens to the server.

use std::thread;
use std::time::{Duration, Instant};

use crate::place::{LOOK_EVERY, PASSWORD, Place};
use crate::server::Server;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

/// How soon a running server hears of what the command line revoked.
const WITHIN: Duration = Duration::from_secs(1);

/// A running server with Alice and Bob.
fn server_with_people(place: &Place) -> Server {
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    server.sign_up(BOB);
    server
}

/// Runs a command that ends all of Alice's sessions, and waits for the server to know.
fn assert_reaches_the_server(command: &[&str], input: &str, reason: &str) {
    let place = Place::new();
    let server = server_with_people(&place);
    let [first, second] = [(); 2].map(|()| server.log_in(ALICE));
    let bob = server.log_in(BOB);
    server.assert_live(&first, ALICE);
    server.assert_live(&second, ALICE);

    let told = place
        .run_with(&[command, &[ALICE]].concat(), input)
        .succeeded();
    await_death(&server, &first);
    assert!(told.contains("2 sessions ended"), "{told}");
    server.assert_dead(&first, reason);
    server.assert_dead(&second, reason);
    server.assert_live(&bob, BOB);
}

/// Asks until the token is refused as one, which has to be soon.
fn await_death(server: &Server, token: &str) {
    let begun = Instant::now();
    while server.me(token).status != 401 {
        assert!(begun.elapsed() < WITHIN, "the server has not heard of it");
        thread::sleep(LOOK_EVERY);
    }
}

#[test]
fn suspend_reaches_a_running_server_within_a_second() {
    assert_reaches_the_server(&["user", "suspend"], "", "SUSPENDED");
}

#[test]
fn logout_reaches_a_running_server_within_a_second() {
    assert_reaches_the_server(&["user", "logout"], "", "LOGGED_OUT_EVERYWHERE");
}

#[test]
fn set_password_reaches_a_running_server_within_a_second() {
    let password = "nine green lamps over the quay";
    assert_reaches_the_server(&["user", "set-password"], password, "PASSWORD_CHANGED");
}

#[test]
fn delete_reaches_a_running_server_within_a_second() {
    assert_reaches_the_server(&["user", "delete"], "", "REVOKED");
}

#[test]
fn a_session_opened_after_a_revocation_lives() {
    let place = Place::new();
    let server = server_with_people(&place);
    let before = server.log_in(ALICE);
    place.run(&["user", "suspend", ALICE]).succeeded();
    place.run(&["user", "reinstate", ALICE]).succeeded();
    let after = server.log_in(ALICE);
    server.assert_live(&after, ALICE);
    server.assert_dead(&before, "SUSPENDED");
    let told = place.run(&["user", "logout", ALICE]).succeeded();
    assert!(told.contains("One session ended"), "{told}");
}

#[test]
fn what_is_revoked_while_no_server_runs_is_known_to_the_next_one() {
    let place = Place::new();
    let server = server_with_people(&place);
    let (alice, bob) = (server.log_in(ALICE), server.log_in(BOB));
    server.stop();
    place.run(&["user", "logout", ALICE]).succeeded();
    let server = place.serve(&[]);
    server.assert_dead(&alice, "LOGGED_OUT_EVERYWHERE");
    server.assert_live(&bob, BOB);
}

#[test]
fn a_logout_that_was_answered_survives_a_kill_at_that_moment() {
    let place = Place::new();
    let mut server = server_with_people(&place);
    let bob = server.log_in(BOB);
    for _ in 0..4 {
        let alice = server.log_in(ALICE);
        assert_eq!(server.log_out(&alice), 1);
        server.kill();
        server = place.serve(&[]);
        server.assert_dead(&alice, "LOGGED_OUT");
        server.assert_live(&bob, BOB);
        assert_eq!(server.log_out(&alice), 0, "asking again is harmless");
    }
}

#[test]
fn a_login_that_was_answered_survives_a_kill_at_that_moment() {
    let place = Place::new();
    let mut server = server_with_people(&place);
    for _ in 0..2 {
        let alice = server.log_in(ALICE);
        server.kill();
        server = place.serve(&[]);
        server.assert_live(&alice, ALICE);
    }
}

#[test]
fn a_new_password_that_was_set_survives_a_kill_of_the_server() {
    let place = Place::new();
    let server = server_with_people(&place);
    let alice = server.log_in(ALICE);
    let password = "nine green lamps over the quay";
    place
        .run_with(&["user", "set-password", ALICE], password)
        .succeeded();
    server.kill();
    let server = place.serve(&[]);
    server.assert_dead(&alice, "PASSWORD_CHANGED");
    assert_eq!(
        server.try_log_in(ALICE, PASSWORD)["code"],
        "INVALID_CREDENTIALS"
    );
    assert!(server.try_log_in(ALICE, password)["tokens"].is_object());
}
