//! The command line beside a running server: what an operator does is in force within a second.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use crate::app::{TestApp, eventually};
use crate::people::{Person, Session, credentials};

const SOON: Duration = Duration::from_secs(1);

/// What a command said.
struct Outcome {
    succeeded: bool,
    said: String,
    complained: String,
}

/// Runs a command to its end, with something to read.
async fn run(app: &TestApp, arguments: &[&str], input: &str) -> Outcome {
    let mut command = app.program(arguments);
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let input = input.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().expect("it was built with the tests");
        let mut stdin = child.stdin.take().expect("it is piped");
        // One that fails at once reads nothing.
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        child.wait_with_output().expect("it ends")
    });
    let output = output.await.expect("no panic");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Outcome {
        succeeded: output.status.success(),
        said: text(output.stdout),
        complained: text(output.stderr),
    }
}

pub(crate) async fn do_it(app: &TestApp, arguments: &[&str], input: &str) -> String {
    let outcome = run(app, arguments, input).await;
    assert!(outcome.succeeded, "{arguments:?}: {}", outcome.complained);
    outcome.said
}

async fn assert_dies(app: &TestApp, session: &Session, reason: &str) {
    // Before the news arrives, a row that is missing may have told: that answer has `data: null`.
    eventually(SOON, reason, async || {
        let answer = session.me(app).await;
        answer.status == 401 && answer.json().get("data").is_none()
    })
    .await;
    session.me(app).await.assert_unauthenticated(reason);
}

async fn login_code(app: &TestApp, person: &Person) -> String {
    let answer = app.send(person.to_log_in()).await;
    answer.data()["login"]["code"]
        .as_str()
        .unwrap_or("none")
        .to_owned()
}

#[tokio::test]
async fn a_suspended_user_is_out_until_reinstated() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    let (session, bobs) = (alice.log_in(&app).await, bob.log_in(&app).await);
    session.assert_live(&app).await;
    let said = do_it(&app, &["user", "suspend", "ALICE"], "").await;
    assert!(said.contains("alice@example.com"), "{said}");
    assert_dies(&app, &session, "SUSPENDED").await;
    assert_eq!(login_code(&app, &alice).await, "ACCOUNT_SUSPENDED");
    bobs.assert_live(&app).await;

    do_it(&app, &["user", "reinstate", "alice@example.com"], "").await;
    session.me(&app).await.assert_unauthenticated("SUSPENDED");
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_logout_everywhere_ends_what_is_there_and_not_what_comes() {
    let (app, alice) = TestApp::with_user("alice").await;
    let (one, two) = (alice.log_in(&app).await, alice.log_in(&app).await);
    do_it(&app, &["user", "logout", "alice"], "").await;
    // Even where the news has not arrived: this token knows of it.
    let new = alice.log_in(&app).await;
    new.assert_live(&app).await;
    assert_dies(&app, &one, "LOGGED_OUT_EVERYWHERE").await;
    assert_dies(&app, &two, "LOGGED_OUT_EVERYWHERE").await;
    new.assert_live(&app).await;
    assert_eq!(one.log_out(&app).await, Vec::<String>::new());
    new.end(&app).await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    let (app, mut alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    do_it(
        &app,
        &["user", "set-password", "alice"],
        " nine orange llamas \n",
    )
    .await;
    assert_eq!(login_code(&app, &alice).await, "INVALID_CREDENTIALS");
    assert_dies(&app, &session, "PASSWORD_CHANGED").await;
    alice.password = " nine orange llamas ".to_owned();
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_all_sessions() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    do_it(&app, &["user", "delete", "alice"], "").await;
    assert_dies(&app, &session, "REVOKED").await;
    assert_eq!(session.log_out(&app).await, Vec::<String>::new());
    assert_eq!(login_code(&app, &alice).await, "INVALID_CREDENTIALS");
    // The name is free again, and the old token is not the new user's.
    let again = Person::signed_up("alice", &app).await;
    again.log_in(&app).await.assert_live(&app).await;
    session.me(&app).await.assert_unauthenticated("REVOKED");
}

#[tokio::test]
async fn an_operator_makes_users_where_nobody_signs_up() {
    let app = TestApp::with(|config| config.accounts.sign_up = false).await;
    let password = "nine orange llamas";
    let arguments = ["user", "create", "Carol@example.com", "--username", "carol"];
    do_it(&app, &arguments, password).await;
    let answer = app.send(credentials("carol", password)).await;
    Session::of(&answer).assert_live(&app).await;
    let list = do_it(&app, &["user", "list"], "").await;
    assert!(
        list.contains("Carol@example.com") && list.contains("ACTIVE"),
        "{list}"
    );
    assert!(!list.contains("argon2"), "{list}");
}

#[tokio::test]
async fn what_cannot_be_done_is_told_in_one_sentence() {
    let (app, _alice) = TestApp::with_user("alice").await;
    for (arguments, input, word) in [
        (&["user", "suspend", "nobody"][..], "", "nobody"),
        (
            &["user", "create", "alice@example.com"],
            "nine orange llamas\n",
            "already",
        ),
        (&["user", "create", "bob"], "nine orange llamas\n", "e-mail"),
        (
            &["user", "create", "bob@example.com"],
            "password\n",
            "guess",
        ),
        (&["user", "create", "bob@example.com"], "", "characters"),
        (&["user", "set-password", "alice"], "short\n", "characters"),
    ] {
        let outcome = run(&app, arguments, input).await;
        assert!(!outcome.succeeded, "{arguments:?}: {}", outcome.said);
        assert_eq!(outcome.said, "", "{arguments:?}");
        let complaint = outcome.complained.trim();
        assert!(complaint.contains(word), "{arguments:?}: {complaint}");
        assert_eq!(complaint.lines().count(), 1, "{arguments:?}: {complaint}");
        assert!(!complaint.contains("llamas"), "{complaint}");
    }
}
