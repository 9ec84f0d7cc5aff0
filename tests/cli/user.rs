//! `cardea user`: accounts made and changed by an operator.

use crate::place::{PASSWORD, Place};

const NEW_PASSWORD: &str = "nine green lamps over the quay";

#[test]
fn who_was_created_is_listed_and_logs_in_by_either_name_in_any_case() {
    let place = Place::new();
    let create = [
        "user",
        "create",
        "Alice@Example.com",
        "--username",
        "Al",
        "--display-name",
        "Alice L.",
    ];
    let told = place.run_with(&create, PASSWORD).succeeded();
    assert!(told.starts_with("Created Alice@Example.com ("), "{told}");
    place.create("bob@example.com");

    let list = place.run(&["user", "list"]).succeeded();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 2, "{list}");
    assert!(
        lines[0].contains("ACTIVE") && lines[0].contains("last login never"),
        "{list}"
    );
    assert!(lines[0].ends_with("Alice@Example.com  (Al)"), "{list}");
    assert!(lines[1].ends_with("bob@example.com"), "{list}");
    let first = place.run(&["user", "list", "--limit", "1"]).succeeded();
    assert_eq!(first.lines().collect::<Vec<_>>(), lines[..1]);

    let server = place.serve(&[]);
    for identifier in ["alice@example.com", "ALICE@EXAMPLE.COM", "al", "AL"] {
        server.assert_live(&server.log_in(identifier), "Alice@Example.com");
    }
    let list = place.run(&["user", "list"]).succeeded();
    assert_eq!(list.matches("last login never").count(), 1, "{list}");
}

#[test]
fn who_may_not_sign_up_is_made_on_the_command_line() {
    let place = Place::new();
    let server = place.serve(&["accounts.sign_up=false"]);
    let email = "alice@example.com";
    let answer = server.try_sign_up(email);
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(answer.body["errors"][0]["extensions"]["code"], "FORBIDDEN");
    place.create(email);
    server.log_in(email);
}

#[test]
fn a_password_is_one_line_of_standard_input_to_the_letter() {
    let place = Place::new();
    let spaced = "  violet kettle  on a tram ";
    for (email, typed) in [
        ("a@example.com", format!("{spaced}\n")),
        ("b@example.com", format!("{spaced}\r\n")),
        ("c@example.com", spaced.to_owned()),
        ("d@example.com", format!("{spaced}\nanother line\n")),
    ] {
        place
            .run_with(&["user", "create", email], &typed)
            .succeeded();
    }
    let server = place.serve(&[]);
    for email in [
        "a@example.com",
        "b@example.com",
        "c@example.com",
        "d@example.com",
    ] {
        let outcome = server.try_log_in(email, spaced);
        assert!(outcome["tokens"].is_object(), "{email}: {outcome}");
        let outcome = server.try_log_in(email, spaced.trim());
        assert_eq!(outcome["code"], "INVALID_CREDENTIALS", "{email}");
    }
}

#[test]
fn a_password_is_never_taken_from_an_argument() {
    let place = Place::new();
    for arguments in [
        &["user", "create", "a@example.com", PASSWORD][..],
        &["user", "create", "a@example.com", "--password", PASSWORD],
        &["user", "set-password", "a@example.com", PASSWORD],
    ] {
        assert_eq!(place.run(arguments).code, Some(2));
    }
    assert!(!place.holds("data"));
}

#[test]
fn a_weak_password_is_refused_with_its_reason() {
    let place = Place::new();
    let long = "violet kettle ".repeat(19);
    for (password, reason) in [
        ("", "at least 8 characters"),
        ("kettle", "at least 8 characters"),
        ("password1", "too easy to guess"),
        ("alice@example.com", "too easy to guess"),
        (&long, "at most 256 characters"),
    ] {
        let sentence = place
            .run_with(&["user", "create", "alice@example.com"], password)
            .failed();
        assert!(sentence.contains(reason), "{password:?}: {sentence}");
    }
    assert_eq!(place.run(&["user", "list"]).succeeded(), "");
}

#[test]
fn a_password_that_is_no_text_is_refused() {
    let place = Place::new();
    let mut command = place.command(&["user", "create", "a@example.com"]);
    let bytes = place.path("bytes");
    std::fs::write(&bytes, b"violet \xff kettle on a tram\n").expect("it can be written");
    command.stdin(std::fs::File::open(bytes).expect("it was written"));
    let output = command
        .output()
        .expect("the binary was built for this test");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.starts_with("cardea: can't read the password"), "{err}");
}

#[test]
fn a_name_that_is_taken_in_any_case_or_malformed_is_refused() {
    let place = Place::new();
    let create = ["user", "create", "alice@example.com", "--username", "alice"];
    place.run_with(&create, PASSWORD).succeeded();
    let again = ["user", "create", "ALICE@example.COM", "--username", "Alice"];
    let sentence = place.run_with(&again, PASSWORD).failed();
    assert!(sentence.contains("e-mail address"), "{sentence}");
    assert!(sentence.contains("user name is taken"), "{sentence}");
    let malformed = [
        "user",
        "create",
        "alice",
        "--username",
        "a b",
        "--display-name",
        "",
    ];
    let sentence = place.run_with(&malformed, PASSWORD).failed();
    for word in [
        "not an e-mail address",
        "A user name has letters",
        "can't be empty",
    ] {
        assert!(sentence.contains(word), "{word}: {sentence}");
    }
    assert_eq!(place.run(&["user", "list"]).succeeded().lines().count(), 1);
}

#[test]
fn an_unknown_user_is_named_with_where_to_look() {
    let place = Place::new();
    for command in ["suspend", "reinstate", "set-password", "logout", "delete"] {
        let sentence = place
            .run_with(&["user", command, "carol"], PASSWORD)
            .failed();
        assert!(sentence.contains("`carol`"), "{command}: {sentence}");
        assert!(
            sentence.contains("cardea user list"),
            "{command}: {sentence}"
        );
    }
}

#[test]
fn a_suspended_user_is_kept_out_until_reinstated() {
    let place = Place::new();
    place.create("alice@example.com");
    let told = place
        .run(&["user", "suspend", "alice@example.com"])
        .succeeded();
    assert_eq!(
        told,
        "Suspended alice@example.com. No session was active.\n"
    );
    let list = place.run(&["user", "list"]).succeeded();
    assert!(list.contains("SUSPENDED"), "{list}");

    let server = place.serve(&[]);
    let outcome = server.try_log_in("alice@example.com", PASSWORD);
    assert_eq!(outcome["code"], "ACCOUNT_SUSPENDED");
    let outcome = server.try_log_in("alice@example.com", NEW_PASSWORD);
    assert_eq!(
        outcome["code"], "INVALID_CREDENTIALS",
        "only the right password is told more"
    );
    place
        .run(&["user", "reinstate", "alice@example.com"])
        .succeeded();
    server.log_in("alice@example.com");
}

#[test]
fn a_password_that_was_set_replaces_the_old_one() {
    let place = Place::new();
    place.create("alice@example.com");
    let set = ["user", "set-password", "alice@example.com"];
    place.run_with(&set, "kettle").failed();
    let server = place.serve(&[]);
    server.log_in("alice@example.com");
    place.run_with(&set, NEW_PASSWORD).succeeded();
    let outcome = server.try_log_in("alice@example.com", PASSWORD);
    assert_eq!(outcome["code"], "INVALID_CREDENTIALS");
    let outcome = server.try_log_in("alice@example.com", NEW_PASSWORD);
    assert!(outcome["tokens"].is_object(), "{outcome}");
}

#[test]
fn a_deleted_user_is_gone_and_the_name_is_free() {
    let place = Place::new();
    place.create("alice@example.com");
    place.create("bob@example.com");
    place
        .run(&["user", "delete", "Alice@example.com"])
        .succeeded();
    let list = place.run(&["user", "list"]).succeeded();
    assert!(list.lines().count() == 1 && list.contains("bob@"), "{list}");
    place.run(&["user", "delete", "alice@example.com"]).failed();
    let server = place.serve(&[]);
    let outcome = server.try_log_in("alice@example.com", PASSWORD);
    assert_eq!(outcome["code"], "INVALID_CREDENTIALS");
    place.create("alice@example.com");
    server.log_in("alice@example.com");
}

#[test]
fn what_was_done_already_is_done_again_without_harm() {
    let place = Place::new();
    place.create("alice@example.com");
    for command in [
        "logout",
        "suspend",
        "suspend",
        "reinstate",
        "reinstate",
        "logout",
    ] {
        place
            .run(&["user", command, "alice@example.com"])
            .succeeded();
    }
    place.serve(&[]).log_in("alice@example.com");
}
