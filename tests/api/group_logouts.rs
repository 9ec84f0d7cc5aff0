//! Sessions that end at the same time end in one transaction, and each of them as if it were alone.

use std::collections::HashSet;
use std::time::Duration;

use cardea_entity::{revocations, sessions};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, TransactionTrait as _,
};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinHandle;

use crate::app::{TestApp, eventually};
use crate::audit::{SUCCESS, since};
use crate::client::{Answer, Request};
use crate::people::{Person, Session, ended};
use crate::postgres_server::PostgresServer;
use crate::signed_in::{ended_by, to_log_out_everywhere, to_revoke};
use crate::stores::Stores;
use crate::three_applications::row_id;

/// More than one group takes.
const MANY: usize = 80;
/// More than may be under way and wait together.
const TOO_MANY: usize = 640;

/// What is under way has come as far as it can by then.
const MOMENT: Duration = Duration::from_millis(300);
const SOON: Duration = Duration::from_secs(10);

async fn logged_in(person: &Person, times: usize, app: &TestApp) -> Vec<Session> {
    let login = person.to_log_in();
    let logins = (0..times).map(|_| app.send_patiently(login.clone()));
    let answers = futures_util::future::join_all(logins).await;
    answers.iter().map(Session::of).collect()
}

fn all_out(sessions: &[Session]) -> Vec<Request> {
    sessions.iter().map(Session::to_log_out).collect()
}

async fn ledger(app: &TestApp) -> Vec<revocations::Model> {
    let rows = revocations::Entity::find().order_by_asc(revocations::Column::Position);
    let rows = rows.all(&app.database().await).await;
    rows.expect("the table is there")
}

/// As many as there are rows, from the first one on.
async fn assert_no_gap(app: &TestApp) {
    let positions: Vec<_> = ledger(app).await.iter().map(|row| row.position).collect();
    let first = *positions.first().expect("a row");
    let last = *positions.last().expect("a row");
    assert_eq!(positions, (first..=last).collect::<Vec<_>>());
    let head = cardea_entity::ledger_head::Entity::find();
    let head = head.one(&app.database().await).await;
    assert_eq!(
        head.expect("the table is there").expect("a row").position,
        last
    );
}

/// The session's row of the ledger, of which there is one.
async fn assert_one_row(app: &TestApp, session: &Session) {
    let rows = revocations::Entity::find()
        .filter(revocations::Column::Subject.eq(row_id(&session.id).to_string()))
        .all(&app.database().await)
        .await
        .expect("the table is there");
    assert_eq!(rows.len(), 1, "{rows:?}");
}

/// Takes what everybody who revokes needs last; it is given back when this is dropped.
async fn hold_the_counter(app: &TestApp) -> DatabaseTransaction {
    let held = app.database().await.begin().await.expect("a transaction");
    let take = "UPDATE ledger_head SET position = position";
    held.execute_unprepared(take).await.expect("it is free");
    held
}

fn sent(app: &TestApp, requests: Vec<Request>) -> JoinHandle<Vec<Answer>> {
    let client = app.client();
    tokio::spawn(async move { client.send_at_once(requests).await })
}

/// They are under way together: the first waits for the counter, the rest for the first.
async fn held_up(app: &TestApp, sessions: &[Session]) -> JoinHandle<Vec<Answer>> {
    let held = hold_the_counter(app).await;
    let answers = sent(app, all_out(sessions));
    tokio::time::sleep(MOMENT).await;
    assert!(!answers.is_finished(), "they wait");
    held.rollback().await.expect("it is ours");
    answers
}

#[tokio::test]
async fn each_of_many_has_its_answer_its_row_and_its_event() {
    let (app, alice) = TestApp::with_user("alice").await;
    let sessions = logged_in(&alice, MANY, &app).await;
    let seen = since(&app, 0).await.len();
    let answers = held_up(&app, &sessions).await.await.expect("no panic");
    let events = since(&app, seen).await;
    let told: HashSet<_> = events.iter().filter_map(|event| event.session_id).collect();
    assert_eq!((events.len(), told.len()), (MANY, MANY));
    for event in &events {
        assert_eq!(
            (event.action.as_str(), event.outcome.as_str()),
            ("LOGOUT", SUCCESS)
        );
        assert_eq!(
            (event.actor_id, event.subject_id),
            (event.subject_id, events[0].subject_id)
        );
    }
    for (session, answer) in sessions.iter().zip(&answers) {
        assert_eq!(ended(answer), std::slice::from_ref(&session.id));
        session.assert_dead(&app).await;
        assert!(told.contains(&row_id(&session.id)));
        assert_one_row(&app, session).await;
    }
    assert_no_gap(&app).await;
    // What is written together has one time.
    let times: HashSet<_> = ledger(&app)
        .await
        .iter()
        .map(|row| row.created_at)
        .collect();
    assert!(times.len() < MANY / 8, "{} groups", times.len());
}

#[tokio::test]
async fn of_two_that_end_one_session_one_does_and_both_are_right() {
    let (app, alice) = TestApp::with_user("alice").await;
    for _ in 0..3 {
        let sessions = logged_in(&alice, 12, &app).await;
        let twice = [sessions.clone(), sessions.clone()].concat();
        let answers = held_up(&app, &twice).await.await.expect("no panic");
        let mut all: Vec<_> = answers.iter().flat_map(ended).collect();
        all.sort();
        let mut expected: Vec<_> = sessions.iter().map(|session| session.id.clone()).collect();
        expected.sort();
        assert_eq!(all, expected);
        for session in &sessions {
            session.assert_dead(&app).await;
            assert_one_row(&app, session).await;
        }
    }
    assert_no_gap(&app).await;
}

#[tokio::test]
async fn logouts_of_all_kinds_at_once_on_two_nodes_wait_for_nobody_for_ever() {
    let (app, alice) = TestApp::with_user("alice").await;
    let other = app.another_node(|_| {}).await;
    let bob = Person::signed_up("bob", &app).await;
    for _ in 0..4 {
        let mut sessions = logged_in(&alice, 10, &app).await;
        sessions.extend(logged_in(&bob, 10, &app).await);
        let mut requests = all_out(&sessions);
        let everywhere = to_log_out_everywhere(&json!({}));
        requests.push(everywhere.clone().bearer(&sessions[3].token));
        requests.insert(7, everywhere.bearer(&sessions[13].token));
        requests.push(to_revoke(&sessions[4].id).bearer(&sessions[5].token));
        requests.push(sessions[6].to_log_out());
        let reversed = requests.iter().rev().cloned().collect();
        let (here, there) = tokio::join!(app.send_at_once(requests), other.send_at_once(reversed));
        let mut all = Vec::new();
        for answer in here.iter().chain(&there) {
            match answer.status {
                200 => all.extend(ended_by(answer)),
                // It was dead when it asked.
                _ => assert_eq!(
                    answer.code().as_deref(),
                    Some("UNAUTHENTICATED"),
                    "{answer:?}"
                ),
            }
        }
        let each: HashSet<_> = all.iter().collect();
        assert_eq!((each.len(), all.len()), (sessions.len(), sessions.len()));
        for session in &sessions {
            for node in [&app, &other] {
                // Whichever of its ends came first is told.
                let answer = session.me(node).await;
                assert_eq!(
                    answer.code().as_deref(),
                    Some("UNAUTHENTICATED"),
                    "{answer:?}"
                );
            }
        }
    }
    assert_no_gap(&app).await;
}

#[tokio::test]
async fn who_hangs_up_takes_nobody_along() {
    let (app, alice) = TestApp::with_user("alice").await;
    let sessions = logged_in(&alice, 12, &app).await;
    let (gone, staying) = sessions.split_at(6);
    let held = hold_the_counter(&app).await;
    let mut connections = Vec::new();
    for session in gone {
        let mut connection = app.client().connect().await;
        let bytes = session.to_log_out().to_bytes(app.address);
        connection.write_all(&bytes).await.expect("it is taken");
        connections.push(connection);
    }
    let answers = sent(&app, all_out(staying));
    tokio::time::sleep(MOMENT).await;
    drop(connections);
    tokio::time::sleep(MOMENT).await;
    held.rollback().await.expect("it is ours");
    for (session, answer) in staying.iter().zip(answers.await.expect("no panic")) {
        assert_eq!(ended(&answer), std::slice::from_ref(&session.id));
    }
    for session in &sessions {
        eventually(SOON, "dead", async || session.me(&app).await.status == 401).await;
        session.assert_dead(&app).await;
        assert_one_row(&app, session).await;
    }
}

#[tokio::test]
async fn what_does_not_fit_the_queue_is_told_so_and_the_rest_is_done() {
    // So many take their time on a busy machine.
    let app = TestApp::with(|config| {
        config.database.timeout_milliseconds = 20_000;
        config.http.request_timeout_seconds = 40;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let sessions = logged_in(&alice, 2, &app).await;
    let held = hold_the_counter(&app).await;
    let first = sent(&app, vec![sessions[0].to_log_out()]);
    tokio::time::sleep(MOMENT).await;
    let mut rest = vec![sent(&app, vec![sessions[1].to_log_out(); TOO_MANY])];
    // Whoever is answered now is refused.
    while !rest.last().expect("one").is_finished() {
        rest.push(sent(&app, vec![sessions[1].to_log_out()]));
        tokio::time::sleep(MOMENT / 10).await;
    }
    held.rollback().await.expect("it is ours");
    let first = first.await.expect("no panic");
    assert_eq!(ended(&first[0]), std::slice::from_ref(&sessions[0].id));
    let mut answers = Vec::new();
    for each in rest {
        answers.extend(each.await.expect("no panic"));
    }
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(!refused.is_empty() && done.len() >= 512, "{}", done.len());
    for answer in refused {
        assert_eq!(answer.code().as_deref(), Some("OVERLOADED"), "{answer:?}");
        assert!(answer.header("retry-after").is_some());
    }
    let all: Vec<_> = done.into_iter().flat_map(ended).collect();
    assert_eq!(all, std::slice::from_ref(&sessions[1].id));
    sessions[1].assert_dead(&app).await;
}

#[tokio::test]
async fn a_session_that_cannot_be_read_spoils_no_other() {
    let (app, alice) = TestApp::with_user("alice").await;
    let sessions = logged_in(&alice, 8, &app).await;
    let (broken, whole) = sessions.split_first().expect("eight");
    let update = sessions::Entity::update_many()
        .col_expr(sessions::Column::Methods, "nonsense".into())
        .filter(sessions::Column::Id.eq(row_id(&broken.id)))
        .exec(&app.database().await)
        .await;
    assert_eq!(update.expect("the table is there").rows_affected, 1);
    let answers = held_up(&app, &sessions).await.await.expect("no panic");
    assert_eq!(
        answers[0].code().as_deref(),
        Some("INTERNAL_SERVER_ERROR"),
        "{:?}",
        answers[0]
    );
    for (session, answer) in whole.iter().zip(&answers[1..]) {
        assert_eq!(ended(answer), std::slice::from_ref(&session.id));
        session.assert_dead(&app).await;
    }
    assert_no_gap(&app).await;
}

#[tokio::test]
async fn a_session_that_somebody_else_has_taken_holds_up_no_other() {
    let (app, alice) = TestApp::with_user("alice").await;
    if app.is_on_sqlite() {
        // Who writes there is alone.
        return;
    }
    let sessions = logged_in(&alice, 8, &app).await;
    let (taken, free) = sessions.split_first().expect("eight");
    let held = app.database().await.begin().await.expect("a transaction");
    let take = format!(
        "UPDATE sessions SET position = position WHERE id = '{}'",
        row_id(&taken.id)
    );
    held.execute_unprepared(&take).await.expect("it is free");
    let waiting = sent(&app, vec![taken.to_log_out()]);
    for (session, answer) in free.iter().zip(app.send_at_once(all_out(free)).await) {
        assert_eq!(ended(&answer), std::slice::from_ref(&session.id));
        session.assert_dead(&app).await;
    }
    assert!(!waiting.is_finished(), "it waits for who has it");
    held.rollback().await.expect("it is ours");
    let answers = waiting.await.expect("no panic");
    assert_eq!(ended(&answers[0]), std::slice::from_ref(&taken.id));
    taken.assert_dead(&app).await;
}

#[tokio::test]
async fn of_a_group_whose_database_was_killed_nobody_is_told_what_is_not_so() {
    let mut postgres = PostgresServer::start();
    let stores = Stores::kept_in(&postgres).await;
    let app = TestApp::on(stores, |config| config.sessions.maximum_per_user = 10_000).await;
    let alice = Person::signed_up("alice", &app).await;
    for milliseconds in [0, 4, 8, 12, 16, 24] {
        let sessions = logged_in(&alice, 30, &app).await;
        let answers = sent(&app, all_out(&sessions));
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        postgres.kill();
        let answers = answers.await.expect("no panic");
        postgres.start_again();
        // Each connection of the pool has to be good again.
        eventually(SOON, "every login again", async || {
            let logins = (0..12).map(|_| alice.to_log_in()).collect();
            let answers = app.send_at_once(logins).await;
            answers.iter().all(|answer| answer.status == 200)
        })
        .await;
        for (session, answer) in sessions.iter().zip(&answers) {
            match answer.status {
                200 => assert_eq!(ended(answer), std::slice::from_ref(&session.id)),
                _ => assert_eq!(answer.status, 503, "{answer:?}"),
            }
            if answer.status == 200 {
                assert_one_row(&app, session).await;
                session.assert_dead(&app).await;
            }
        }
        // Whoever was told nothing is served when asking again.
        for session in &sessions {
            session.log_out(&app).await;
            session.assert_dead(&app).await;
            assert_one_row(&app, session).await;
        }
        assert_no_gap(&app).await;
    }
}
