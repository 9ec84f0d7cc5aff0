//! `cardea grant`: scopes given and taken by an operator.

use std::thread;

use crate::place::Place;
use crate::server::Server;
use crate::signed_in::{ALICE, SignedIn, WITHIN, await_status};

/// Alice, an application with scopes, and one without.
fn place() -> Place {
    let place = Place::new();
    place.create(ALICE);
    let shop = [
        "application",
        "create",
        "shop",
        "--scope",
        "orders:read",
        "--scope",
        "orders:write",
    ];
    place.run(&shop).succeeded();
    place.run(&["application", "create", "crm"]).succeeded();
    place
}

fn grant(place: &Place, arguments: &[&str]) -> String {
    place.run(&[&["grant"], arguments].concat()).succeeded()
}

fn shown(place: &Place) -> String {
    grant(place, &["show", ALICE])
}

#[test]
fn what_was_added_is_shown_until_it_is_removed() {
    let place = place();
    assert_eq!(shown(&place), "");
    let told = grant(
        &place,
        &["add", ALICE, "shop", "orders:write", "orders:read"],
    );
    let holds = "alice@example.com holds at shop: orders:read orders:write. ";
    assert!(told.starts_with(holds), "{told}");
    assert!(told.contains("within a second"), "{told}");
    assert_eq!(shown(&place), "shop  orders:read orders:write\n");
    let told = grant(
        &place,
        &["remove", "Alice@Example.com", "shop", "orders:write"],
    );
    assert!(
        told.starts_with("alice@example.com holds at shop: orders:read. "),
        "{told}"
    );
    assert_eq!(shown(&place), "shop  orders:read\n");
    let told = grant(&place, &["remove", ALICE, "shop", "orders:read"]);
    assert!(
        told.starts_with("alice@example.com holds no scope at shop. "),
        "{told}"
    );
    assert_eq!(shown(&place), "");
}

#[test]
fn what_was_done_already_is_done_again_without_harm() {
    let place = place();
    for _ in 0..2 {
        grant(&place, &["add", ALICE, "shop", "orders:read"]);
        assert_eq!(shown(&place), "shop  orders:read\n");
    }
    let told = grant(&place, &["add", ALICE, "shop", "orders:read"]);
    assert!(told.ends_with("orders:read. Nothing changed.\n"), "{told}");
    let told = grant(&place, &["remove", ALICE, "shop", "orders:write"]);
    assert!(told.ends_with("orders:read. Nothing changed.\n"), "{told}");
}

#[test]
fn what_can_not_be_is_refused_and_changes_nothing() {
    let place = place();
    place
        .run(&["user", "create", "bob@example.com"])
        .code
        .filter(|&code| code == 1)
        .expect("without a password nobody is made");
    grant(&place, &["add", ALICE, "shop", "orders:read"]);
    let before = shown(&place);
    for verb in ["add", "remove"] {
        for (arguments, said) in [
            (
                [ALICE, "shop", "orders:delete"],
                "application `shop` has no scope `orders:delete`; it has: orders:read orders:write",
            ),
            (
                [ALICE, "crm", "orders:read"],
                "application `crm` has no scope `orders:read`; it has none",
            ),
            (
                [ALICE, "nobody", "orders:read"],
                "there is no application `nobody`; `cardea application list` shows them",
            ),
            (
                ["bob@example.com", "shop", "orders:read"],
                "there is no user `bob@example.com`; `cardea user list` shows them",
            ),
            (
                [ALICE, "shop", "orders read"],
                "\"orders read\" is no scope",
            ),
            ([ALICE, "shop", "a\"b"], "is no scope"),
            ([ALICE, "shop", ""], "\"\" is no scope"),
            ([ALICE, "", "orders:read"], "there is no application ``"),
            (["", "shop", "orders:read"], "there is no user ``"),
        ] {
            let all = [&["grant", verb], &arguments[..]].concat();
            let told = place.run(&all).failed();
            assert!(told.contains(said), "{all:?}: {told}");
        }
        let usage = place.run(&["grant", verb, ALICE, "shop"]);
        assert_eq!(usage.code, Some(2), "{usage:?}");
    }
    let several = [
        "grant",
        "add",
        ALICE,
        "shop",
        "orders:write",
        "orders:delete",
    ];
    place.run(&several).failed();
    assert_eq!(shown(&place), before);
    let told = place.run(&["grant", "show", "bob"]).failed();
    assert!(told.contains("there is no user `bob`"), "{told}");
}

#[test]
fn a_declared_application_is_granted_at_as_any_other() {
    let place = Place::new();
    place.create(ALICE);
    place.write(
        "cardea.toml",
        "[[applications]]\nclient_id = 'crm'\nscopes = ['contacts:read']\n",
    );
    place.serve(&[]).stop();
    grant(&place, &["add", ALICE, "crm", "contacts:read"]);
    assert_eq!(shown(&place), "crm  contacts:read\n");
}

/// Changes what Alice may do at the shop beside the server; both sessions there are out of date,
/// and a refresh brings the scopes that are right now. Nobody else notices.
fn assert_stale_until_refreshed(server: &Server, change: impl FnOnce(), scopes: &str) {
    let [first, second] = [(); 2].map(|()| SignedIn::at(server, "shop"));
    let elsewhere = SignedIn::at(server, "crm");
    change();
    await_status(server, &first, 401);
    for stale in [&first, &second] {
        assert_eq!(stale.code(server), "TOKEN_STALE");
        let fresh = stale.refreshed(server);
        assert_eq!(fresh.claim("scope"), scopes);
        assert_eq!(
            fresh.claim("sid"),
            stale.claim("sid"),
            "nobody is thrown out"
        );
        server.assert_live(&fresh.access, ALICE);
    }
    server.assert_live(&elsewhere.access, ALICE);
    let later = SignedIn::at(server, "shop");
    assert_eq!(later.claim("scope"), scopes);
    server.assert_live(&later.access, ALICE);
}

#[test]
fn a_running_server_heeds_a_grant_within_a_second_and_throws_nobody_out() {
    let place = place();
    let server = place.serve(&[]);
    assert_stale_until_refreshed(
        &server,
        || {
            grant(
                &place,
                &["add", ALICE, "shop", "orders:read", "orders:write"],
            );
        },
        "orders:read orders:write",
    );
    assert_stale_until_refreshed(
        &server,
        || {
            grant(&place, &["remove", ALICE, "shop", "orders:write"]);
        },
        "orders:read",
    );
}

#[test]
fn a_grant_that_was_changed_while_no_server_runs_is_heeded_by_the_next_one() {
    let place = place();
    grant(&place, &["add", ALICE, "shop", "orders:read"]);
    let server = place.serve(&[]);
    let alice = SignedIn::at(&server, "shop");
    assert_eq!(alice.claim("scope"), "orders:read");
    server.stop();
    grant(&place, &["remove", ALICE, "shop", "orders:read"]);
    let server = place.serve(&[]);
    assert_eq!(alice.code(&server), "TOKEN_STALE");
    assert_eq!(alice.refreshed(&server).claim("scope"), "");
}

#[test]
fn what_changes_nothing_leaves_live_tokens_as_they_are() {
    let place = place();
    let server = place.serve(&[]);
    let add = ["add", ALICE, "shop", "orders:read"];
    grant(&place, &add);
    let alice = SignedIn::at(&server, "shop");
    let told = grant(&place, &add);
    assert!(told.ends_with("Nothing changed.\n"), "{told}");
    thread::sleep(WITHIN);
    server.assert_live(&alice.access, ALICE);
}
