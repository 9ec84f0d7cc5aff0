//! Passwords that change while they are used, and accounts that are made twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::app::TestApp;
use crate::client::Answer;
use crate::command_line::do_it;
use crate::people::{Person, Session, credentials, user_errors};
use crate::signed_in::to_change_password;
use crate::three_applications::{BILLING, SHOP, declare};

const NEW: [&str; 2] = ["nine orange llamas", "four yellow umbrellas"];

/// Hashes take a moment, and a few are made at once.
async fn slow() -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        declare(config);
        config.passwords.memory_kibibytes = 19_456;
        config.passwords.iterations = 4;
        config.passwords.threads = 2;
        config.passwords.queue_length = 64;
        // Old passwords are wrong ones, soon enough.
        config.limits.account_burst = 100;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// How many log in at the same time.
const TABS: usize = 6;

/// Logs in over and over, until it is stopped; gives what came of it.
fn keep_logging_in(app: &TestApp, person: &Person) -> Logins {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut tabs = JoinSet::new();
    for _ in 0..TABS {
        let (request, client) = (person.to_log_in_at(SHOP, "BODY"), app.client());
        let is_over = Arc::clone(&is_over);
        tabs.spawn(async move {
            let mut answers = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                answers.push(client.send(request.clone()).await);
            }
            answers
        });
    }
    Logins { is_over, tabs }
}

struct Logins {
    is_over: Arc<AtomicBool>,
    tabs: JoinSet<Vec<Answer>>,
}

impl Logins {
    /// What was answered, a last one each included that was begun before now.
    async fn answers(self) -> Vec<Answer> {
        self.is_over.store(true, Ordering::Relaxed);
        self.tabs.join_all().await.concat()
    }
}

/// After a change that was acknowledged, nobody is in who showed the old password.
async fn assert_all_out(app: &TestApp, answers: &[Answer]) {
    let mut right = 0;
    for answer in answers {
        let login = &answer.data()["login"];
        if login["__typename"] == "Authenticated" {
            Session::of(answer)
                .assert_over(app, "PASSWORD_CHANGED")
                .await;
            right += 1;
        } else {
            assert_eq!(login["code"], "INVALID_CREDENTIALS", "{}", answer.text());
        }
    }
    // Some were too early, some too late: otherwise nothing was tried here.
    assert!(
        right > 0 && right < answers.len(),
        "{right} of {}",
        answers.len()
    );
}

#[tokio::test]
async fn an_old_password_opens_nothing_once_its_change_is_acknowledged() {
    let (app, mut alice) = slow().await;
    let session = alice.log_in_at(SHOP, "BODY", &app).await;
    let logins = keep_logging_in(&app, &alice);
    tokio::time::sleep(Duration::from_millis(150)).await;
    let (_, kept) = session.change_password(&mut alice, NEW[0], &app).await;
    let answers = logins.answers().await;
    assert_all_out(&app, &answers).await;
    kept.assert_live(&app).await;
    alice.log_in(&app).await.assert_live(&app).await;
}

#[tokio::test]
async fn nor_once_an_operator_has_set_another() {
    let (app, alice) = slow().await;
    let logins = keep_logging_in(&app, &alice);
    tokio::time::sleep(Duration::from_millis(150)).await;
    do_it(
        &app,
        &["user", "set-password", "alice"],
        &format!("{}\n", NEW[0]),
    )
    .await;
    let answers = logins.answers().await;
    // A token that is newer than all the server knows makes it look.
    let fresh = Session::of(&app.send(credentials("alice", NEW[0])).await);
    fresh.assert_live(&app).await;
    assert_all_out(&app, &answers).await;
}

#[tokio::test]
async fn a_suspension_that_overlaps_logins_leaves_nobody_in() {
    let (app, alice) = slow().await;
    let logins = keep_logging_in(&app, &alice);
    tokio::time::sleep(Duration::from_millis(150)).await;
    do_it(&app, &["user", "suspend", "alice"], "").await;
    let answers = logins.answers().await;
    let bob = Person::signed_up("bob", &app).await;
    bob.log_in(&app).await.assert_live(&app).await;
    for answer in &answers {
        let login = &answer.data()["login"];
        if login["__typename"] == "Authenticated" {
            Session::of(answer).assert_over(&app, "SUSPENDED").await;
        } else {
            assert_eq!(login["code"], "ACCOUNT_SUSPENDED", "{}", answer.text());
        }
    }
    let answer = app.send(alice.to_log_in()).await;
    assert_eq!(answer.data()["login"]["code"], "ACCOUNT_SUSPENDED");
}

/// Two changes at once: each from its session, to its own new password.
async fn change_at_once(
    app: &TestApp,
    alice: &Person,
    from: [&Session; 2],
) -> [Option<Session>; 2] {
    let requests = [0, 1]
        .map(|index| to_change_password(&alice.password, NEW[index]).bearer(&from[index].token));
    let answers = app.send_at_once(requests.into()).await;
    [0, 1].map(|index| {
        let answer = &answers[index];
        if answer.status != 200 {
            assert_eq!(answer.status, 401, "{}", answer.text());
            let reason = answer.extension("reason");
            assert_eq!(reason.as_deref(), Some("PASSWORD_CHANGED"));
            return None;
        }
        let renewed = from[index].renewed_by(answer);
        let payload = answer.data()["changePassword"].take();
        let code = &payload["userErrors"][0]["code"];
        let expected = if renewed.is_some() {
            Value::Null
        } else {
            json!("PASSWORD_INCORRECT")
        };
        assert_eq!(code, &expected, "{payload}");
        renewed
    })
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins() {
    let (app, mut alice) = slow().await;
    for is_one_session in [true, false, true, false] {
        let one = alice.log_in_at(SHOP, "BODY", &app).await;
        let two = alice.log_in_at(BILLING, "COOKIE", &app).await;
        let from = if is_one_session {
            [&one, &one]
        } else {
            [&one, &two]
        };
        let outcome = change_at_once(&app, &alice, from).await;
        let winner = match &outcome {
            [Some(_), None] => 0,
            [None, Some(_)] => 1,
            both => panic!("both or none: {both:?}"),
        };
        for index in [0, 1] {
            let answer = app.send(credentials("alice", NEW[index])).await;
            let is_in = answer.data()["login"]["__typename"] == "Authenticated";
            assert_eq!(is_in, index == winner);
        }
        let kept = outcome[winner].as_ref().expect("it won");
        kept.assert_live(&app).await;
        kept.refreshed(&app).await.assert_live(&app).await;
        for session in [&one, &two] {
            session
                .me(&app)
                .await
                .assert_unauthenticated("PASSWORD_CHANGED");
            if session.id != kept.id {
                session.assert_not_refreshed(&app, "REVOKED").await;
            }
        }
        // Back to where it began, so that it can be done again.
        NEW[winner].clone_into(&mut alice.password);
        let before = Person::named("alice").password;
        kept.clone()
            .refreshed(&app)
            .await
            .change_password(&mut alice, &before, &app)
            .await;
    }
}

#[tokio::test]
async fn of_two_sign_ups_at_once_one_is_let_in_and_the_other_told() {
    let app = TestApp::start().await;
    for name in ["alice", "bob", "carol"] {
        let person = Person::named(name);
        let mut other = Person::named(name);
        "five purple others".clone_into(&mut other.password);
        let requests = (0..8).map(|index| [&person, &other][index % 2].to_sign_up());
        let answers = app.send_at_once(requests.collect()).await;
        let is_in = |answer: &&Answer| user_errors(answer).is_empty();
        assert_eq!(answers.iter().filter(is_in).count(), 1);
        for answer in answers.iter().filter(|answer| !is_in(answer)) {
            let errors = user_errors(answer);
            assert!(
                errors.iter().all(|error| error["code"] == "TAKEN"),
                "{errors:?}"
            );
        }
        let index = answers.iter().position(|answer| is_in(&answer));
        let winner = [&person, &other][index.expect("one is in") % 2];
        winner.log_in(&app).await.assert_live(&app).await;
    }
}
