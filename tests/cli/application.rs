//! `cardea application`: what people sign in to, made and changed by an operator.

use crate::place::Place;
use crate::signed_in::ALICE;

/// Configuration with an application that only the configuration can change.
pub(crate) const DECLARED: &str = "[[applications]]\nclient_id = 'crm'\naudience = 'https://crm.example.com'\n\
    allowed_origins = ['https://crm.example.com']\nscopes = ['contacts:read']\n";

pub(crate) fn create(place: &Place, arguments: &[&str]) -> String {
    let all = [&["application", "create"], arguments].concat();
    place.run(&all).succeeded()
}

/// The line of one application.
pub(crate) fn listed(place: &Place, client_id: &str) -> String {
    let list = place.run(&["application", "list"]).succeeded();
    let start = format!("{client_id}  ");
    let line = list.lines().find(|line| line.starts_with(&start));
    line.unwrap_or_else(|| panic!("{client_id} is not in\n{list}"))
        .to_owned()
}

pub(crate) fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn there_is_a_default_application_from_the_start() {
    let place = Place::new();
    place.serve(&[]).stop();
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
fn only_a_server_makes_what_the_configuration_describes() {
    let place = Place::new();
    place.create(ALICE);
    let lists = |settings: &[&str]| {
        let all = [settings, &["application", "list"]].concat();
        place.run(&all).succeeded()
    };
    let list = lists(&[]);
    assert_says(
        &list,
        &[
            "default  ENABLED ",
            "(default)  (made when a server starts)",
        ],
    );
    for arguments in [
        &["grant", "add", ALICE, "default", "a"][..],
        &["application", "update", "default", "--scope", "a"],
    ] {
        let told = place.run(arguments).failed();
        assert_says(&told, &["`default`", "a server makes it when it starts"]);
    }
    // Its audience is as good as taken.
    let other = ["application", "create", "shop", "--audience", "cardea"];
    assert_says(&place.run(&other).failed(), &["is that of `default`"]);

    place.serve(&[]).stop();
    let typo = ["--set", "tokens.client_id=typo"];
    place
        .run(&[&typo[..], &["keys", "list"]].concat())
        .succeeded();
    assert_says(&lists(&typo), &["typo  ", "(made when a server starts)"]);
    let list = lists(&[]);
    assert!(!list.contains("typo") && !list.contains("made"), "{list}");
    place
        .run(&["application", "update", "default", "--scope", "a"])
        .succeeded();
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
fn where_an_application_is_told_of_logouts_is_listed_and_changed() {
    let place = Place::new();
    let (flag, uri) = (
        "--backchannel-logout-uri",
        "https://shop.example.com/logout",
    );
    create(&place, &["shop", flag, uri]);
    assert_says(
        &listed(&place, "shop"),
        &["told at https://shop.example.com/logout  "],
    );
    let update = |arguments: &[&str]| {
        let all = [&["application", "update", "shop"], arguments].concat();
        place.run(&all).succeeded();
    };
    update(&["--name", "Shop"]);
    assert_says(
        &listed(&place, "shop"),
        &["told at https://shop.example.com/logout  "],
    );
    update(&[flag, "http://localhost:3000/"]);
    assert_says(
        &listed(&place, "shop"),
        &["told at http://localhost:3000/  "],
    );
    update(&["--clear-backchannel-logout-uri"]);
    assert!(!listed(&place, "shop").contains("told at"));
}

#[test]
fn a_declared_application_says_where_it_is_told() {
    let place = Place::new();
    let uri = "https://crm.example.com/logout";
    place.write(
        "cardea.toml",
        &format!("[[applications]]\nclient_id = 'crm'\nbackchannel_logout_uri = '{uri}'\n"),
    );
    place.serve(&[]).stop();
    assert_says(
        &listed(&place, "crm"),
        &["told at https://crm.example.com/logout  "],
    );
    place.write("cardea.toml", "[[applications]]\nclient_id = 'crm'\n");
    place.serve(&[]).stop();
    assert!(!listed(&place, "crm").contains("told at"));
}
