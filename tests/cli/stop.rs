//! Stopping: what is under way is finished, and nobody else holds the server up.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::place::{PASSWORD, Place};
use crate::server::{LOGIN, credentials};

const ALICE: &str = "alice@example.com";

/// Long enough to be sure that a request has reached its handler.
const A_MOMENT: Duration = Duration::from_millis(100);

#[test]
fn a_login_that_is_under_way_is_answered_before_the_end() {
    let place = Place::new();
    // So that a hash takes longer than a moment.
    let server = place.serve(&["passwords.iterations=30"]);
    server.sign_up(ALICE);
    let operation = json!({ "query": LOGIN, "variables": credentials(ALICE, PASSWORD) });
    let exchange = server.begin(&operation, &[]);
    thread::sleep(A_MOMENT);
    server.signal(Signal::TERM);
    let answer = exchange.end();
    let token = answer.body["data"]["login"]["tokens"]["accessToken"].as_str();
    let token = token.unwrap_or_else(|| panic!("{answer:?}"));
    server.stop();
    place.serve(&[]).assert_live(token, ALICE);
}

#[test]
fn either_signal_ends_it_with_success_and_frees_the_port() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = Place::new();
        let mut server = place.serve(&[]);
        let address = server.address;
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{signal:?}");
        assert!(
            TcpStream::connect(address).is_err(),
            "somebody still listens"
        );
        place.serve(&[&format!("http.listen={address}")]);
    }
}

#[test]
fn connections_that_ask_for_nothing_do_not_hold_it_up_for_long() {
    let place = Place::new();
    let server = place.serve(&["http.header_timeout_seconds=2"]);
    let silent = TcpStream::connect(server.address).expect("the server listens");
    // The server has accepted it, once it answers a later one.
    server.sign_up(ALICE);
    let begun = Instant::now();
    server.stop();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    drop(silent);
}
