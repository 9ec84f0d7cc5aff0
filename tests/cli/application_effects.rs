//! `cardea application` and the configuration beside a server: what was changed is heeded, soon or at the next start.

use std::thread;
use std::time::Instant;

use crate::application::{DECLARED, assert_says, create, listed};
use crate::place::{LOOK_EVERY, Place};
use crate::server::Server;
use crate::signed_in::{self, ALICE, SignedIn, WITHIN, await_status};

/// The outcome of a login at an application that is disabled, or that there isn't.
fn refused_login(server: &Server, client_id: &str) -> (u16, String) {
    let answer = signed_in::try_log_in(server, client_id);
    let code = &answer.body["errors"][0]["extensions"]["code"];
    (answer.status, code.as_str().unwrap_or_default().to_owned())
}

/// Logs in until that is possible, which has to be soon.
fn await_login(server: &Server) {
    let begun = Instant::now();
    while signed_in::try_log_in(server, "shop").status != 200 {
        assert!(begun.elapsed() < WITHIN, "the server has not heard of it");
        thread::sleep(LOOK_EVERY);
    }
}

#[test]
fn an_application_that_is_made_beside_a_running_server_can_be_used_at_once() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    assert_eq!(
        refused_login(&server, "shop"),
        (400, "BAD_USER_INPUT".to_owned())
    );
    create(&place, &["shop", "--audience", "https://shop.example"]);
    await_login(&server);
    let alice = SignedIn::at(&server, "shop");
    assert_eq!(alice.claim("aud"), "https://shop.example");
    assert_eq!(alice.claim("client_id"), "shop");
    server.assert_live(&alice.access, ALICE);
}

#[test]
fn pages_of_an_origin_that_was_added_are_recognised_within_a_second() {
    let place = Place::new();
    create(&place, &["shop"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let origin = "https://shop.example";
    let answer = signed_in::try_log_in_from(&server, origin);
    assert_eq!(answer.status, 403, "{answer:?}");
    let update = |arguments: &[&str]| {
        let all = [&["application", "update", "shop"], arguments].concat();
        place.run(&all).succeeded();
        Instant::now()
    };
    let begun = update(&["--origin", origin]);
    while signed_in::try_log_in_from(&server, origin).status != 200 {
        assert!(begun.elapsed() < WITHIN, "the server has not heard of it");
        thread::sleep(LOOK_EVERY);
    }
    let answer = signed_in::try_log_in_from(&server, origin);
    let alice = SignedIn::read("shop", &answer, "login");
    assert_eq!(alice.claim("client_id"), "shop");
    let begun = update(&["--clear-origins"]);
    while signed_in::try_log_in_from(&server, origin).status != 403 {
        assert!(begun.elapsed() < WITHIN, "the server has not heard of it");
        thread::sleep(LOOK_EVERY);
    }
}

#[test]
fn after_a_change_of_audience_a_refresh_brings_tokens_that_are_good() {
    let place = Place::new();
    create(&place, &["shop"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let alice = SignedIn::at(&server, "shop");
    let update = [
        "application",
        "update",
        "shop",
        "--audience",
        "https://shop.example",
    ];
    place.run(&update).succeeded();
    await_status(&server, &alice, 401);
    server.assert_dead(&alice.access, "WRONG_AUDIENCE");
    let alice = alice.refreshed(&server);
    assert_eq!(alice.claim("aud"), "https://shop.example");
    server.assert_live(&alice.access, ALICE);
}

#[test]
fn disable_ends_all_sessions_there_within_a_second_and_no_others() {
    let place = Place::new();
    create(&place, &["shop"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let [first, second] = [(); 2].map(|()| SignedIn::at(&server, "shop"));
    let elsewhere = SignedIn::at(&server, "default");
    let told = place.run(&["application", "disable", "shop"]).succeeded();
    await_status(&server, &first, 401);
    assert_says(
        &told,
        &["Disabled shop. 2 sessions ended.", "within a second"],
    );
    for dead in [&first, &second] {
        server.assert_dead(&dead.access, "REVOKED");
        assert_eq!(dead.refresh_code(&server), "REVOKED");
    }
    server.assert_live(&elsewhere.access, ALICE);
    elsewhere.refreshed(&server);
    assert_says(&listed(&place, "shop"), &["DISABLED"]);
    assert_eq!(
        refused_login(&server, "shop"),
        (403, "FORBIDDEN".to_owned())
    );

    // Again, without harm.
    let told = place.run(&["application", "disable", "shop"]).succeeded();
    assert_says(&told, &["Disabled shop. No session was active."]);
}

#[test]
fn what_was_ended_by_disabling_stays_ended_when_it_is_enabled() {
    let place = Place::new();
    create(&place, &["shop"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let before = SignedIn::at(&server, "shop");
    place.run(&["application", "disable", "shop"]).succeeded();
    let told = place.run(&["application", "enable", "shop"]).succeeded();
    assert_says(&told, &["Enabled shop."]);
    assert_says(&listed(&place, "shop"), &["ENABLED "]);
    await_status(&server, &before, 401);
    await_login(&server);
    let after = SignedIn::at(&server, "shop");
    server.assert_live(&after.access, ALICE);
    server.assert_dead(&before.access, "REVOKED");
    assert_eq!(before.refresh_code(&server), "REVOKED");
    place.run(&["application", "enable", "shop"]).succeeded();
    server.assert_live(&after.access, ALICE);
}

#[test]
fn what_is_disabled_while_no_server_runs_is_dead_for_the_next_one() {
    let place = Place::new();
    create(&place, &["shop"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let alice = SignedIn::at(&server, "shop");
    server.stop();
    place.run(&["application", "disable", "shop"]).succeeded();
    let server = place.serve(&[]);
    server.assert_dead(&alice.access, "REVOKED");
}

#[test]
fn an_application_that_the_configuration_disables_ends_its_sessions() {
    let place = Place::new();
    place.write("cardea.toml", DECLARED);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let there = SignedIn::at(&server, "crm");
    let elsewhere = SignedIn::at(&server, "default");
    server.stop();
    place.write("cardea.toml", &format!("{DECLARED}enabled = false\n"));
    let server = place.serve(&[]);
    server.assert_dead(&there.access, "REVOKED");
    assert_eq!(there.refresh_code(&server), "REVOKED");
    server.assert_live(&elsewhere.access, ALICE);
    assert_eq!(refused_login(&server, "crm"), (403, "FORBIDDEN".to_owned()));
    server.stop();
    place.write("cardea.toml", DECLARED);
    let server = place.serve(&[]);
    server.assert_dead(&there.access, "REVOKED");
    let again = SignedIn::at(&server, "crm");
    server.assert_live(&again.access, ALICE);
    // It was so before: nothing ends.
    server.stop();
    place.serve(&[]).assert_live(&again.access, ALICE);
}

#[test]
fn a_scope_that_an_application_loses_is_taken_from_its_users() {
    let place = Place::new();
    create(&place, &["shop", "--scope", "a", "--scope", "b"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let grant = ["grant", "add", ALICE, "shop", "a", "b"];
    place.run(&grant).succeeded();
    let alice = SignedIn::at(&server, "shop");
    assert_eq!(alice.claim("scope"), "a b");
    let update = [
        "application",
        "update",
        "shop",
        "--scope",
        "a",
        "--scope",
        "c",
    ];
    let told = place.run(&update).succeeded();
    assert_says(&told, &["One user lost scopes"]);
    await_status(&server, &alice, 401);
    assert_eq!(alice.code(&server), "TOKEN_STALE");
    let alice = alice.refreshed(&server);
    assert_eq!(alice.claim("scope"), "a");
    server.assert_live(&alice.access, ALICE);
    // Given back to the application, it is not given back to the users.
    let update = [
        "application",
        "update",
        "shop",
        "--scope",
        "a",
        "--scope",
        "b",
    ];
    place.run(&update).succeeded();
    let shown = place.run(&["grant", "show", ALICE]).succeeded();
    assert_eq!(shown, "shop  a\n");
    server.assert_live(&alice.access, ALICE);
}

#[test]
fn a_scope_that_the_configuration_takes_is_taken_from_the_users() {
    let place = Place::new();
    place.write("cardea.toml", DECLARED);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    place
        .run(&["grant", "add", ALICE, "crm", "contacts:read"])
        .succeeded();
    let alice = SignedIn::at(&server, "crm");
    server.stop();
    place.write(
        "cardea.toml",
        &DECLARED.replace("contacts:read", "contacts:write"),
    );
    let server = place.serve(&[]);
    assert_eq!(alice.code(&server), "TOKEN_STALE");
    assert_eq!(place.run(&["grant", "show", ALICE]).succeeded(), "");
}

#[test]
fn lifetimes_that_were_changed_hold_for_what_is_issued_from_then_on() {
    let place = Place::new();
    create(&place, &["shop", "--access-lifetime-seconds", "60"]);
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let lives = |alice: &SignedIn| {
        let [begin, end] = ["iat", "exp"].map(|name| alice.claims()[name].as_i64());
        end.zip(begin).map(|(end, begin)| end - begin)
    };
    let alice = SignedIn::at(&server, "shop");
    assert_eq!(lives(&alice), Some(60));
    let update = [
        "application",
        "update",
        "shop",
        "--access-lifetime-seconds",
        "30",
    ];
    place.run(&update).succeeded();
    thread::sleep(WITHIN);
    let alice = alice.refreshed(&server);
    assert_eq!(lives(&alice), Some(30));
}

#[test]
fn what_the_configuration_declares_in_the_way_of_another_is_warned_of_until_it_is_mended() {
    let place = Place::new();
    place.serve(&[]).stop();
    create(&place, &["shop", "--origin", "https://crm.example.com"]);
    place.write(
        "cardea.toml",
        &format!("{DECLARED}[tokens]\nclient_id = 'main'\n"),
    );
    let log = place.serve(&[]).stop();
    assert_says(
        &log,
        &[
            "WARN",
            "the audience \"cardea\" is that of `default`",
            "the origin \"https://crm.example.com\" is one of `crm`",
        ],
    );
    for mended in [
        &["application", "update", "shop", "--clear-origins"][..],
        &["application", "disable", "default"],
    ] {
        place.run(mended).succeeded();
    }
    let log = place.serve(&[]).stop();
    assert!(!log.contains("WARN"), "{log}");
}

#[test]
fn an_origin_that_the_configuration_shares_is_nobodys() {
    let place = Place::new();
    let origin = "https://web.example";
    create(&place, &["web", "--origin", origin]);
    create(&place, &["api"]);
    place.create(ALICE);
    let shared = ["http.allowed_origins=https://web.example"];
    let log_in = |server: &Server, client_id: &str| {
        signed_in::try_log_in_at_from(server, client_id, origin).status
    };
    let server = place.serve(&shared);
    assert_eq!(log_in(&server, "api"), 200);
    let answer = signed_in::try_log_in_from(&server, origin);
    let alice = SignedIn::read("default", &answer, "login");
    assert_eq!(alice.claim("client_id"), "default");
    let parts = [
        "WARN",
        "\"https://web.example\" is among http.allowed_origins",
    ];
    assert_says(&server.stop(), &parts);
    place.run(&["application", "disable", "web"]).succeeded();
    let server = place.serve(&shared);
    assert_eq!(log_in(&server, "api"), 200);
    assert_eq!(signed_in::try_log_in_from(&server, origin).status, 200);
    assert!(!server.stop().contains("WARN"));
    // Its own pages don't speak for others because it is disabled.
    let server = place.serve(&[]);
    assert_eq!(signed_in::try_log_in_from(&server, origin).status, 403);
}
