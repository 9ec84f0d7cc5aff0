//! `cardea application`: what an operator is told who asks for what can't be.

use crate::application::{DECLARED, assert_says, create, listed};
use crate::place::Place;

/// A command that is refused, and leaves everything as it was.
fn refused(place: &Place, arguments: &[&str]) -> String {
    let before = place.run(&["application", "list"]).succeeded();
    let told = place.run(&[&["application"], arguments].concat()).failed();
    let after = place.run(&["application", "list"]).succeeded();
    assert_eq!(before, after, "{arguments:?} changed something");
    told
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
            "--backchannel-logout-uri",
            "http://shop.example.com/#",
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
            "the back-channel logout URI \"http://shop.example.com/#\" has a fragment",
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
    place.serve(&[]).stop();
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
