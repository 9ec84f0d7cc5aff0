//! `signUp`: who gets an account, under which names, and who is told what to mend.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::Request;
use crate::people::{Person, SIGN_UP, codes, credentials, user_errors};

#[tokio::test]
async fn a_stranger_signs_up_and_logs_in() {
    let app = TestApp::start().await;
    let mut alice = Person::named("alice");
    alice.display_name = Some("Alice Liddell".to_owned());
    assert_eq!(alice.sign_up(&app).await, Vec::<Value>::new());
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn an_e_mail_address_and_a_password_are_enough() {
    let app = TestApp::start().await;
    for name in ["alice", "bob"] {
        let mut person = Person::named(name);
        person.username = None;
        assert_eq!(person.sign_up(&app).await, Vec::<Value>::new(), "{name}");
        let me = person.log_in(&app).await.me(&app).await;
        assert_eq!(me.data()["me"]["username"], Value::Null);
    }
}

#[tokio::test]
async fn a_name_that_somebody_has_is_taken_in_any_case() {
    let (app, alice) = TestApp::with_user("alice").await;
    let mut other = Person::named("other");
    for email in [
        "alice@example.com",
        "ALICE@EXAMPLE.COM",
        "Alice@example.com",
    ] {
        other.email = email.to_owned();
        let errors = other.sign_up(&app).await;
        assert_eq!(codes(&errors), [("TAKEN", "email")], "{email}");
        assert_eq!(errors[0]["field"], json!(["input", "email"]));
    }
    let mut other = Person::named("other");
    for username in ["alice", "ALICE", "aLiCe"] {
        other.username = Some(username.to_owned());
        let errors = other.sign_up(&app).await;
        assert_eq!(codes(&errors), [("TAKEN", "username")], "{username}");
    }
    other.email = alice.email.to_uppercase();
    let errors = other.sign_up(&app).await;
    assert_eq!(codes(&errors), [("TAKEN", "email"), ("TAKEN", "username")]);
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn names_of_other_scripts_are_taken_in_any_case_too() {
    let app = TestApp::start().await;
    let mut alice = Person::named("alice");
    alice.email = "änne@example.com".to_owned();
    assert_eq!(alice.sign_up(&app).await, Vec::<Value>::new());
    let mut other = Person::named("other");
    other.email = "ÄNNE@EXAMPLE.COM".to_owned();
    assert_eq!(codes(&other.sign_up(&app).await), [("TAKEN", "email")]);
}

#[tokio::test]
async fn of_many_who_race_for_a_name_one_wins_and_all_others_are_told() {
    let app = TestApp::start().await;
    let racers: Vec<_> = (0..12)
        .map(|number| {
            let mut racer = Person::named(&format!("racer{number}"));
            let shout = number % 2 == 0;
            racer.email = if shout {
                "THE@EXAMPLE.COM"
            } else {
                "the@example.com"
            }
            .to_owned();
            if number % 3 == 0 {
                racer.username = Some("The".to_owned());
            }
            racer
        })
        .collect();
    let requests = racers.iter().map(Person::to_sign_up).collect();
    let answers = app.send_at_once(requests).await;
    let mut winners = 0;
    for answer in &answers {
        let errors = user_errors(answer);
        winners += usize::from(errors.is_empty());
        for code in codes(&errors) {
            assert!(matches!(code, ("TAKEN", "email" | "username")), "{code:?}");
        }
    }
    assert_eq!(winners, 1);
    let winner = answers
        .iter()
        .position(|answer| user_errors(answer).is_empty());
    let winner = &racers[winner.expect("there is one")];
    winner.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn what_is_no_e_mail_address_is_told() {
    let app = TestApp::start().await;
    let long = format!("{}@example.com", "a".repeat(243));
    for (email, code) in [
        ("", "INVALID"),
        ("alice", "INVALID"),
        ("@example.com", "INVALID"),
        ("alice@", "INVALID"),
        ("alice@@example.com", "INVALID"),
        ("alice@exam ple.com", "INVALID"),
        (" alice@example.com", "INVALID"),
        ("alice@example.com ", "INVALID"),
        ("alice@example.com\n", "INVALID"),
        ("alice@example.com\u{0}", "INVALID"),
        ("ali\u{0}ce@example.com", "INVALID"),
        ("Alice <alice@example.com>", "INVALID"),
        ("alice@[127.0.0.1]", "INVALID"),
        ("alice@example.com,bob@example.com", "INVALID"),
        ("alice\r\nBcc: bob@example.com", "INVALID"),
        (&long, "TOO_LONG"),
    ] {
        let mut alice = Person::named("alice");
        alice.email = email.to_owned();
        assert_eq!(
            codes(&alice.sign_up(&app).await),
            [(code, "email")],
            "{email:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_user_name_is_told() {
    let app = TestApp::start().await;
    let long = "a".repeat(65);
    for (username, code) in [
        ("", "INVALID"),
        (" ", "INVALID"),
        ("alice liddell", "INVALID"),
        ("alice@example.com", "INVALID"),
        (".alice", "INVALID"),
        ("-alice", "INVALID"),
        ("ali\u{0}ce", "INVALID"),
        ("alice\n", "INVALID"),
        ("älice", "INVALID"),
        ("аlice", "INVALID"),
        ("alice;--", "INVALID"),
        (&long, "TOO_LONG"),
    ] {
        let mut alice = Person::named("alice");
        alice.username = Some(username.to_owned());
        let errors = alice.sign_up(&app).await;
        assert_eq!(codes(&errors), [(code, "username")], "{username:?}");
    }
}

#[tokio::test]
async fn what_is_no_name_to_show_is_told() {
    let app = TestApp::start().await;
    let (long, longest) = ("ü".repeat(129), "ü".repeat(128));
    for (name, code) in [
        ("", "INVALID"),
        ("  ", "INVALID"),
        ("Alice\u{0}", "INVALID"),
        ("Alice\nLiddell", "INVALID"),
        ("\u{1b}[31mAlice", "INVALID"),
        (&long, "TOO_LONG"),
    ] {
        let mut alice = Person::named("alice");
        alice.display_name = Some(name.to_owned());
        let errors = alice.sign_up(&app).await;
        assert_eq!(codes(&errors), [(code, "displayName")], "{name:?}");
    }
    let mut alice = Person::named("alice");
    alice.display_name = Some(longest);
    assert_eq!(alice.sign_up(&app).await, Vec::<Value>::new());
}

#[tokio::test]
async fn all_faults_are_told_at_once_and_nothing_is_made() {
    let app = TestApp::start().await;
    let mut alice = Person::named("alice");
    alice.email = "alice".to_owned();
    alice.username = Some("a b".to_owned());
    alice.display_name = Some(String::new());
    alice.password = "password".to_owned();
    let errors = alice.sign_up(&app).await;
    assert_eq!(
        codes(&errors),
        [
            ("INVALID", "email"),
            ("INVALID", "username"),
            ("INVALID", "displayName"),
            ("PASSWORD_TOO_WEAK", "password"),
        ]
    );
    let alice = Person::named("alice");
    assert_eq!(alice.sign_up(&app).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_taken_name_says_nothing_of_who_has_it() {
    let (app, alice) = TestApp::with_user("alice").await;
    let mut other = Person::named("other");
    other.email.clone_from(&alice.email);
    let answer = app.send(other.to_sign_up()).await;
    let text = answer.text().to_lowercase();
    assert!(!text.contains("alice"), "{text}");
}

#[tokio::test]
async fn nobody_signs_up_where_that_is_switched_off() {
    let app = TestApp::with(|config| config.accounts.sign_up = false).await;
    let settings = app.ask("{ authSettings { signUpEnabled } }").await;
    assert_eq!(settings.data()["authSettings"]["signUpEnabled"], false);

    let alice = Person::named("alice");
    let answer = app.send(alice.to_sign_up()).await;
    assert_eq!(answer.status, 403, "{}", answer.text());
    assert_eq!(answer.code().as_deref(), Some("FORBIDDEN"));
    assert!(answer.json()["data"].is_null());

    let login = app.send(alice.to_log_in()).await;
    assert_eq!(login.data()["login"]["code"], "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn only_the_listed_fields_are_taken() {
    let app = TestApp::start().await;
    let input = json!({
        "email": "mallory@example.com",
        "password": "seven purple mallory toasters",
        "status": "ACTIVE",
        "roles": ["admin"],
    });
    let answer = app
        .send(Request::graphql(SIGN_UP, &json!({ "input": input })))
        .await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let login = credentials("mallory@example.com", "seven purple mallory toasters");
    let login = app.send(login).await;
    assert_eq!(login.data()["login"]["code"], "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn what_a_login_screen_has_to_know_is_told_to_anybody() {
    let app = TestApp::start().await;
    let answer = app
        .ask("{ authSettings { signUpEnabled issuer passwordPolicy { minLength maxLength minScore } } }")
        .await;
    let expected = json!({ "authSettings": {
        "signUpEnabled": true,
        "issuer": crate::app::ISSUER,
        "passwordPolicy": { "minLength": 8, "maxLength": 256, "minScore": 3 },
    } });
    assert_eq!(answer.data(), expected);
}
