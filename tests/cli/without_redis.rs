//! While Redis is away: all is done as ever, and holds.

use serde_json::Value;

use crate::application::{assert_says, create, listed};
use crate::place::{Outcome, Place};
use crate::server::Server;
use crate::signed_in::{ALICE, SignedIn};

/// Nobody listens there.
const AWAY: [&str; 2] = ["revocation.check=redis", "redis.url=redis://127.0.0.1:1"];

const SHOP: &str = "[[applications]]\nclient_id = 'shop'\n";

/// Runs a command whose revocations Redis can't be told.
fn run_away(place: &Place, arguments: &[&str], input: &str) -> Outcome {
    let mut all = vec!["--set", AWAY[0], "--set", AWAY[1]];
    all.extend(arguments);
    place.run_with(&all, input)
}

/// It warns of what is away, and did what it was to do.
fn assert_done(outcome: &Outcome) {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(!outcome.out.is_empty(), "{outcome:?}");
}

/// Which of her sessions Alice is shown as ended: where they were, and why they ended.
fn ended_sessions(server: &Server, alice: &SignedIn) -> Vec<[String; 2]> {
    let query =
        "{ me { sessions(state: ENDED) { nodes { application { clientId } endReason } } } }";
    let answer = server.ask(query, &Value::Null, Some(&alice.access));
    let nodes = answer.body["data"]["me"]["sessions"]["nodes"].as_array();
    let nodes = nodes.unwrap_or_else(|| panic!("{answer:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shown = nodes.iter().map(|node| {
        [
            text(&node["application"]["clientId"]),
            text(&node["endReason"]),
        ]
    });
    shown.collect()
}

#[test]
fn commands_do_what_they_do() {
    let place = Place::new();
    place.create(ALICE);
    create(&place, &["shop", "--scope", "a"]);
    let password = "nine green lamps over the quay";
    for (arguments, input) in [
        (&["user", "set-password", ALICE][..], password),
        (&["user", "logout", ALICE], ""),
        (&["user", "suspend", ALICE], ""),
        (&["grant", "add", ALICE, "shop", "a"], ""),
        (&["application", "disable", "shop"], ""),
    ] {
        assert_done(&run_away(&place, arguments, input));
    }
    let users = place.run(&["user", "list"]).succeeded();
    assert_says(&users, &["SUSPENDED"]);
    let grants = place.run(&["grant", "show", ALICE]).succeeded();
    assert_eq!(grants, "shop  a\n");
    assert_says(&listed(&place, "shop"), &["DISABLED"]);
    place.run(&["user", "suspend", ALICE]).succeeded();
    assert_done(&run_away(&place, &["user", "delete", ALICE], ""));
    assert_eq!(place.run(&["user", "list"]).succeeded(), "");
}

#[test]
fn all_that_the_configuration_takes_away_is_taken_though_redis_is_away() {
    let place = Place::new();
    place.write("cardea.toml", &format!("{SHOP}scopes = ['a', 'b']\n"));
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    place
        .run(&["grant", "add", ALICE, "shop", "a", "b"])
        .succeeded();
    let there = SignedIn::at(&server, "shop");
    let elsewhere = SignedIn::at(&server, "default");
    server.stop();

    let taken = format!("{SHOP}scopes = ['a']\nenabled = false\n");
    place.write("cardea.toml", &taken);
    let log = place.serve(&AWAY).stop();
    assert_says(&log, &["disabled client_id=\"shop\" sessions=1"]);
    assert_says(&listed(&place, "shop"), &["DISABLED", "scopes a"]);
    assert!(!listed(&place, "shop").contains("scopes a b"));

    let server = place.serve(&[]);
    server.assert_dead(&there.access, "REVOKED");
    assert_eq!(there.refresh_code(&server), "REVOKED");
    server.assert_live(&elsewhere.access, ALICE);
    let ended = ended_sessions(&server, &elsewhere);
    assert_eq!(ended, [["shop", "REVOKED"]]);
}

#[test]
fn sessions_of_an_application_are_marked_as_ended_though_redis_is_away() {
    let place = Place::new();
    create(&place, &["shop"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    SignedIn::at(&server, "shop");
    let alice = SignedIn::at(&server, "default");
    assert_done(&run_away(&place, &["application", "disable", "shop"], ""));
    assert_eq!(ended_sessions(&server, &alice), [["shop", "REVOKED"]]);
}

#[test]
fn a_server_answers_and_logs_out_and_says_once_that_redis_is_away() {
    let place = Place::new();
    let server = place.serve(&AWAY);
    server.sign_up(ALICE);
    let (alice, other) = (SignedIn::at(&server, "default"), server.log_in(ALICE));
    server.assert_live(&alice.access, ALICE);
    assert_eq!(server.log_out(&alice.access), 1);
    server.assert_dead(&alice.access, "LOGGED_OUT");
    server.assert_live(&other, ALICE);
    let log = server.stop();
    assert_eq!(log.matches("Redis does not answer").count(), 1, "{log}");
    assert!(!log.contains("lost the ledger"), "{log}");
    let server = place.serve(&[]);
    server.assert_dead(&alice.access, "LOGGED_OUT");
    server.assert_live(&other, ALICE);
}
