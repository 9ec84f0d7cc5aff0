//! `cardea application`: what people sign in to, made and changed by an operator.

use std::thread;
use std::time::Instant;

use crate::place::{LOOK_EVERY, Place};
use crate::server::Server;
use crate::signed_in::{self, ALICE, SignedIn, WITHIN, await_status};

/// Configuration with an application that only the configuration can change.
const DECLARED: &str = "[[applications]]\nclient_id = 'crm'\naudience = 'https://crm.example.com'\n\
    allowed_origins = ['https://crm.example.com']\nscopes = ['contacts:read']\n";

fn create(place: &Place, arguments: &[&str]) -> String {
    let all = [&["application", "create"], arguments].concat();
    place.run(&all).succeeded()
}

/// The line of one application.
fn listed(place: &Place, client_id: &str) -> String {
    let list = place.run(&["application", "list"]).succeeded();
    let start = format!("{client_id}  ");
    let line = list.lines().find(|line| line.starts_with(&start));
    line.unwrap_or_else(|| panic!("{client_id} is not in\n{list}"))
        .to_owned()
}

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

/// A command that is refused, and leaves everything as it was.
fn refused(place: &Place, arguments: &[&str]) -> String {
    let before = place.run(&["application", "list"]).succeeded();
    let told = place.run(&[&["application"], arguments].concat()).failed();
    let after = place.run(&["application", "list"]).succeeded();
    assert_eq!(before, after, "{arguments:?} changed something");
    told
}

#[test]
fn there_is_a_default_application_from_the_start() {
    let place = Place::new();
    let list = place.run(&["application", "list"]).succeeded();
    assert_eq!(list.lines().count(), 1, "{list}");
    let parts = [
        "default  ENABLED ",
        "PUBLIC",
        "audience cardea",
        "(default)",
    ];
    assert_says(&list, &parts);
}

#[test]
fn what_was_created_is_listed_with_all_that_was_said_of_it() {
    let place = Place::new();
    let told = create(
        &place,
        &[
            "shop",
            "--name",
            "The Shop",
            "--audience",
            "https://shop.example.com",
            "--origin",
            "https://shop.example.com",
            "--origin",
            "https://www.shop.example.com",
            "--scope",
            "orders:write",
            "--scope",
            "orders:read",
            "--access-lifetime-seconds",
            "60",
            "--idle-lifetime-seconds",
            "600",
            "--lifetime-seconds",
            "6000",
        ],
    );
    assert!(told.starts_with("Created shop ("), "{told}");
    assert_eq!(
        told.lines().count(),
        1,
        "a public one has no secret: {told}"
    );
    assert_says(
        &listed(&place, "shop"),
        &[
            "ENABLED ",
            "PUBLIC",
            "\"The Shop\"",
            "audience https://shop.example.com",
            "origins https://shop.example.com https://www.shop.example.com",
            "scopes orders:read orders:write",
            "lifetimes 60 600 6000",
        ],
    );
    create(&place, &["crm"]);
    assert_says(
        &listed(&place, "crm"),
        &["\"crm\"", "audience crm", "lifetimes 300 604800 2592000"],
    );
}

#[test]
fn a_secret_is_shown_once_and_another_after_each_rotation() {
    let place = Place::new();
    let told = create(&place, &["shop", "--confidential"]);
    let first = secret_in(&told);
    assert_says(&listed(&place, "shop"), &["CONFIDENTIAL"]);
    let rotate = ["application", "rotate-secret", "shop"];
    let second = secret_in(&place.run(&rotate).succeeded());
    assert_ne!(first, second);
    let list = place.run(&["application", "list"]).succeeded();
    assert!(!list.contains(&first) && !list.contains(&second), "{list}");
    for name in ["data/cardea.db", "data/cardea.db-wal"] {
        let stored = place.read(name);
        assert!(!stored.contains(&first) && !stored.contains(&second));
    }
    create(&place, &["crm"]);
    assert_says(&listed(&place, "crm"), &["PUBLIC"]);
    secret_in(
        &place
            .run(&["application", "rotate-secret", "crm"])
            .succeeded(),
    );
    assert_says(&listed(&place, "crm"), &["CONFIDENTIAL"]);
}

fn secret_in(told: &str) -> String {
    let line = told.lines().last().unwrap_or_default();
    let secret = line.strip_prefix("Its secret, which is not shown again: ");
    let secret = secret.unwrap_or_else(|| panic!("there is no secret in {told:?}"));
    assert!(secret.len() >= 43, "256 bits in base64url: {secret}");
    secret.to_owned()
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let place = Place::new();
    let (one, two) = ("https://one.example", "https://two.example");
    create(
        &place,
        &["shop", "--origin", one, "--scope", "a", "--scope", "b"],
    );
    let update = |arguments: &[&str]| {
        let all = [&["application", "update", "shop"], arguments].concat();
        let told = place.run(&all).succeeded();
        assert!(told.starts_with("Updated shop."), "{told}");
        listed(&place, "shop")
    };
    let before = listed(&place, "shop");
    assert_eq!(update(&[]), before);
    assert_eq!(
        update(&["--name", "Shop"]),
        before.replace("\"shop\"", "\"Shop\"")
    );
    assert_says(&update(&["--origin", two]), &[&format!("origins {two}  ")]);
    assert_says(
        &update(&["--scope", "c", "--scope", "a"]),
        &["scopes a c  "],
    );
    let line = update(&["--clear-origins", "--clear-scopes"]);
    assert!(
        !line.contains("origins") && !line.contains("scopes"),
        "{line}"
    );
    let line = update(&[
        "--access-lifetime-seconds",
        "30",
        "--lifetime-seconds",
        "700000",
    ]);
    assert_says(&line, &["lifetimes 30 604800 700000"]);
    let line = update(&["--access-lifetime-seconds", "default"]);
    assert_says(&line, &["lifetimes 300 604800 700000"]);
    let line = update(&["--audience", "https://shop.example.com"]);
    assert_says(&line, &["\"Shop\"", "audience https://shop.example.com"]);
}

#[test]
fn what_may_not_be_is_refused_all_at_once() {
    let place = Place::new();
    let told = refused(
        &place,
        &[
            "create",
            "my shop",
            "--name",
            " ",
            "--audience",
            "a b",
            "--origin",
            "https://Shop.example",
            "--origin",
            "*",
            "--scope",
            "orders read",
            "--access-lifetime-seconds",
            "5",
            "--idle-lifetime-seconds",
            "4",
            "--lifetime-seconds",
            "3",
        ],
    );
    assert_says(
        &told,
        &[
            "the client id \"my shop\" must be 1 to 64",
            "the name \" \" must be",
            "the audience \"a b\" must be",
            "write \"https://shop.example\"",
            "the origin \"*\" is not an origin",
            "the scope \"orders read\" must be",
            "an access token lives 10 to 3600 seconds, not 5",
            "a session that nobody refreshes lives 60 to 31536000 seconds, not 4",
            "a session lives 60 to 31536000 seconds, not 3",
            "5 seconds at least, not 4",
            "4 seconds at least, not 3",
        ],
    );
}

#[test]
fn what_is_empty_is_refused() {
    let place = Place::new();
    for (arguments, said) in [
        (&["create", ""][..], "the client id \"\""),
        (&["create", "shop", "--name", ""], "the name \"\""),
        (&["create", "shop", "--audience", ""], "the audience \"\""),
        (&["create", "shop", "--origin", ""], "the origin \"\""),
        (&["create", "shop", "--scope", ""], "the scope \"\""),
        (&["update", "", "--name", "x"], "there is no application ``"),
    ] {
        assert_says(&refused(&place, arguments), &[said]);
    }
    let usage = place.run(&["application", "create"]);
    assert_eq!(usage.code, Some(2), "{usage:?}");
    let lifetime = [
        "application",
        "create",
        "shop",
        "--lifetime-seconds",
        "soon",
    ];
    let usage = place.run(&lifetime);
    assert_eq!(usage.code, Some(2), "{usage:?}");
    assert_says(&usage.err, &["a number of seconds, or `default`"]);
}

#[test]
fn an_update_is_judged_as_what_it_comes_to() {
    let place = Place::new();
    create(&place, &["shop", "--idle-lifetime-seconds", "600"]);
    let update = ["update", "shop", "--access-lifetime-seconds", "601"];
    assert_says(
        &refused(&place, &update),
        &["601 seconds at least, not 600"],
    );
    let many: Vec<_> = (0..101).map(|number| format!("--scope={number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let all = [&["update", "shop"][..], &many].concat();
    assert_says(&refused(&place, &all), &["at most 100"]);
    let both = [
        "application",
        "update",
        "shop",
        "--clear-scopes",
        "--scope",
        "a",
    ];
    assert_eq!(place.run(&both).code, Some(2));
}

#[test]
fn no_two_applications_are_alike() {
    let place = Place::new();
    let origin = "https://shop.example";
    place.write(
        "cardea.toml",
        "[http]\nallowed_origins = ['https://all.example']\n",
    );
    create(&place, &["shop", "--audience", "goods", "--origin", origin]);
    for (arguments, said) in [
        (&["create", "shop"][..], "\"shop\" is taken"),
        (
            &["create", "default"],
            "`default` is the default application",
        ),
        (
            &["create", "goods"],
            "the audience \"goods\" is that of `shop`",
        ),
        (
            &["create", "x", "--audience", "cardea"],
            "is that of `default`",
        ),
        (&["create", "x", "--origin", origin], "is one of `shop`"),
        (
            &["create", "x", "--origin", "https://all.example"],
            "is among http.allowed_origins",
        ),
    ] {
        assert_says(&refused(&place, arguments), &[said]);
    }
    create(&place, &["crm"]);
    let update = ["update", "crm", "--audience", "goods", "--origin", origin];
    let told = refused(&place, &update);
    assert_says(&told, &["is that of `shop`", "is one of `shop`"]);
    let itself = [
        "application",
        "update",
        "shop",
        "--audience",
        "goods",
        "--origin",
        origin,
    ];
    place.run(&itself).succeeded();
}

#[test]
fn what_the_configuration_describes_is_changed_there() {
    let place = Place::new();
    place.write("cardea.toml", DECLARED);
    assert_says(
        &listed(&place, "crm"),
        &[
            "audience https://crm.example.com",
            "scopes contacts:read",
            "(declared)",
        ],
    );
    let there =
        "`crm` is declared in the configuration: change it there, in its table [[applications]]";
    for arguments in [
        &["create", "crm"][..],
        &["update", "crm", "--name", "CRM"],
        &["update", "crm", "--scope", "a"],
        &["rotate-secret", "crm"],
        &["disable", "crm"],
        &["enable", "crm"],
    ] {
        assert_says(&refused(&place, arguments), &[there]);
    }
    let tokens = "`default` is the default application, which the keys of [tokens] describe";
    for arguments in [
        &["update", "default", "--name", "Main"][..],
        &[
            "update",
            "default",
            "--scope",
            "a",
            "--origin",
            "https://a.example",
        ],
        &["rotate-secret", "default"],
        &["disable", "default"],
        &["enable", "default"],
    ] {
        assert_says(&refused(&place, arguments), &[tokens]);
    }
    let scopes = [
        "application",
        "update",
        "default",
        "--scope",
        "reports:read",
    ];
    place.run(&scopes).succeeded();
    assert_says(&listed(&place, "default"), &["scopes reports:read"]);
    // What is no longer declared is like any other.
    place.write("cardea.toml", "");
    place
        .run(&["application", "update", "crm", "--name", "CRM"])
        .succeeded();
    assert_says(&listed(&place, "crm"), &["\"CRM\"", "scopes contacts:read"]);
}

#[test]
fn who_is_not_there_can_not_be_changed() {
    let place = Place::new();
    for arguments in [
        &["update", "nobody", "--name", "x"][..],
        &["rotate-secret", "nobody"],
        &["disable", "nobody"],
        &["enable", "nobody"],
    ] {
        let told = refused(&place, arguments);
        assert_says(
            &told,
            &["there is no application `nobody`; `cardea application list`"],
        );
    }
}

/// The outcome of a login at an application that is disabled, or that there isn't.
fn refused_login(server: &Server, client_id: &str) -> (u16, String) {
    let answer = signed_in::try_log_in(server, client_id);
    let code = &answer.body["errors"][0]["extensions"]["code"];
    (answer.status, code.as_str().unwrap_or_default().to_owned())
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
    let begun = Instant::now();
    while signed_in::try_log_in(&server, "shop").status != 200 {
        assert!(begun.elapsed() < WITHIN, "the server has not heard of it");
        thread::sleep(LOOK_EVERY);
    }
    let alice = SignedIn::at(&server, "shop");
    assert_eq!(alice.claim("aud"), "https://shop.example");
    assert_eq!(alice.claim("client_id"), "shop");
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
