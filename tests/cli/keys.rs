//! `cardea keys`: the keys that sign access tokens.

use crate::place::Place;

const LIST: &[&str] = &["keys", "list"];

/// The columns of a line of the list that are one word each: `kid`, algorithm and state.
fn columns(list: &str) -> Vec<[&str; 3]> {
    let columns = list.lines().map(|line| {
        let mut words = line.split_whitespace();
        [(); 3].map(|()| words.next().unwrap_or_default())
    });
    columns.collect()
}

#[test]
fn keys_are_listed_in_the_order_in_which_they_sign() {
    let place = Place::new();
    let list = place.run(LIST).succeeded();
    let first = columns(&list)[0];
    assert_eq!(first[0].len(), 43, "{list}");
    assert_eq!(columns(&list), [[first[0], "ES256", "signing"]]);
    assert!(
        list.trim_end().ends_with("verifies until replaced"),
        "{list}"
    );

    let made = place.run(&["keys", "rotate"]).succeeded();
    let both = place.run(LIST).succeeded();
    let states = columns(&both).into_iter().map(|columns| columns[2]);
    assert_eq!(
        states.collect::<Vec<_>>(),
        ["signing", "published"],
        "{both}"
    );
    let second = columns(&both)[1][0];
    assert!(
        made.starts_with(&format!("Made {second}. It signs from ")),
        "{made}"
    );
    let again = place.run(&["keys", "rotate"]).succeeded();
    assert!(
        again.starts_with(&format!("Nothing was made: {second} ")),
        "{again}"
    );
    assert_eq!(place.run(LIST).succeeded(), both);

    let made = place.run(&["keys", "rotate", "--now"]).succeeded();
    assert!(made.contains("up to five minutes"), "{made}");
    let all = place.run(LIST).succeeded();
    let states = columns(&all).into_iter().map(|columns| columns[2]);
    assert_eq!(
        states.collect::<Vec<_>>(),
        ["verifying", "verifying", "signing"],
        "{all}"
    );
    assert_eq!(columns(&all)[0][0], first[0]);
}

#[test]
fn a_stolen_key_is_named_by_its_kid_and_replaced() {
    let place = Place::new();
    let list = place.run(LIST).succeeded();
    let stolen = columns(&list)[0][0];
    for unknown in ["stolen", "", &stolen[1..], &format!("-{stolen}")] {
        let sentence = place.run(&["keys", "revoke", unknown]).failed();
        assert!(sentence.contains("cardea keys list"), "{sentence}");
    }
    assert_eq!(place.run(LIST).succeeded(), list);
    let told = place.run(&["keys", "revoke", stolen]).succeeded();
    let list = place.run(LIST).succeeded();
    let states = columns(&list).into_iter().map(|columns| columns[2]);
    assert_eq!(states.collect::<Vec<_>>(), ["revoked", "signing"], "{list}");
    let again = place.run(&["keys", "revoke", stolen]).succeeded();
    assert_eq!(
        again,
        format!("Revoked {stolen}. It was revoked already.\n")
    );
    let successor = columns(&list)[1][0];
    assert!(
        told.starts_with(&format!("Revoked {stolen}. {successor} signs in its stead")),
        "{told}"
    );
}

#[test]
fn the_algorithm_of_the_first_key_is_the_configured_one() {
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let place = Place::new();
        let setting = format!("keys.algorithm={algorithm}");
        let list = place.run(&["keys", "list", "--set", &setting]).succeeded();
        assert_eq!(columns(&list)[0][1..], [algorithm, "signing"]);
        // What a command is configured to changes no key that is there.
        assert_eq!(place.run(LIST).succeeded(), list);
    }
}

#[test]
fn an_algorithm_or_a_schedule_that_does_not_exist_is_refused() {
    let place = Place::new();
    for (setting, word) in [
        ("keys.algorithm=HS256", "\"ES256\""),
        ("keys.algorithm=none", "\"RS256\""),
        ("keys.algorithm=es256", "\"EdDSA\""),
        ("keys.rotation_days=-1", "0 to 3650"),
        ("keys.rotation_days=3651", "0 to 3650"),
    ] {
        let outcome = place.run(&["keys", "list", "--set", setting]);
        assert_eq!(outcome.code, Some(1), "{setting}: {outcome:?}");
        assert!(outcome.err.contains(word), "{setting}: {outcome:?}");
    }
    assert!(!place.holds("data"));
}
