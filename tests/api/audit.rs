//! The audit log: each event has its row, written with what it tells of, and no secret in it.

use cardea_entity::audit_events::{Column, Entity, Model};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _};
use serde_json::json;
use uuid::Uuid;

use crate::app::TestApp;
use crate::bad_input::counted;
use crate::client::Request;
use crate::command_line::do_it;
use crate::people::{Person, Session, credentials};
use crate::signed_in::{
    ended_by, logout_with, to_change_password, to_log_out_everywhere, to_log_out_of, to_revoke,
};
use crate::three_applications::{BILLING, SHOP, row_id};

/// All events, oldest first.
pub(crate) async fn events(app: &TestApp) -> Vec<Model> {
    let query = Entity::find().order_by_asc(Column::Id);
    query
        .all(&app.database().await)
        .await
        .expect("the table is there")
}

/// What happened since so many events.
pub(crate) async fn since(app: &TestApp, seen: usize) -> Vec<Model> {
    events(app).await.split_off(seen)
}

/// The only event that doing this left.
pub(crate) async fn told(app: &TestApp, doing: impl Future<Output = ()>) -> Model {
    let seen = events(app).await.len();
    doing.await;
    let mut events = since(app, seen).await;
    let event = events.pop().expect("an event");
    assert!(events.is_empty(), "{events:?}, {event:?}");
    event
}

pub(crate) fn summary(event: &Model) -> (&str, &str) {
    (event.action.as_str(), event.outcome.as_str())
}

pub(crate) const SUCCESS: &str = "SUCCESS";
pub(crate) const FAILURE: &str = "FAILURE";

struct Scene {
    app: TestApp,
    alice: Person,
    user: Uuid,
    shop: Uuid,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::with_applications().await;
        let alice = Person::signed_up("alice", &app).await;
        let signed_up = events(&app).await.pop().expect("an event");
        let user = signed_up.subject_id.expect("who signed up");
        let shop = app.application(SHOP).await;
        Self {
            app,
            alice,
            user,
            shop,
        }
    }

    async fn sign_in(&self) -> Session {
        self.alice.log_in_at(SHOP, "BODY", &self.app).await
    }

    async fn ok(&self, request: Request) {
        let request = request.header("User-Agent", "Toaster/7");
        let answer = self.app.send(request).await;
        assert!(answer.code().is_none(), "{}", answer.text());
    }

    /// Done by Alice herself, from where she is, to her session at the shop.
    fn assert_hers(&self, event: &Model, session: Option<&Session>) {
        assert_eq!(event.actor_id, Some(self.user), "{event:?}");
        assert_eq!(event.subject_id, Some(self.user), "{event:?}");
        assert_eq!(event.session_id, session.map(|session| row_id(&session.id)));
        self.assert_from_here(event);
    }

    fn assert_from_here(&self, event: &Model) {
        assert_eq!(event.address.as_deref(), Some("127.0.0.1"), "{event:?}");
        assert_eq!(event.user_agent.as_deref(), Some("Toaster/7"), "{event:?}");
        let now = self.app.now();
        let age = now - event.occurred_at.unix_timestamp();
        assert!((0..60).contains(&age), "{event:?}");
    }
}

#[tokio::test]
async fn a_sign_up_and_a_login_are_told() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let event = told(app, scene.ok(Person::named("bob").to_sign_up())).await;
    assert_eq!(summary(&event), ("SIGN_UP", SUCCESS));
    assert!(event.subject_id.is_some_and(|user| user != scene.user));
    scene.assert_from_here(&event);
    let event = told(app, scene.ok(scene.alice.to_log_in_at(SHOP, "BODY"))).await;
    assert_eq!(summary(&event), ("LOGIN", SUCCESS));
    assert_eq!(event.application_id, Some(scene.shop));
    assert_eq!(
        (event.actor_id, event.subject_id),
        (Some(scene.user), Some(scene.user))
    );
    assert!(event.session_id.is_some());
    scene.assert_from_here(&event);
}

#[tokio::test]
async fn a_login_that_failed_is_told_and_not_what_was_typed() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let wrong = "the wrong password";
    let event = told(app, scene.ok(credentials("alice", wrong))).await;
    assert_eq!(summary(&event), ("LOGIN", FAILURE));
    // Who it was nobody knows; whom it was tried with is known.
    assert_eq!((event.actor_id, event.subject_id), (None, Some(scene.user)));
    scene.assert_from_here(&event);
    let event = told(app, scene.ok(credentials(wrong, wrong))).await;
    assert_eq!(summary(&event), ("LOGIN", FAILURE));
    assert_eq!((event.actor_id, event.subject_id), (None, None));
    do_it(app, &["user", "suspend", "alice"], "").await;
    let event = told(app, scene.ok(scene.alice.to_log_in())).await;
    assert_eq!(summary(&event), ("LOGIN", FAILURE));
    assert!(!format!("{:?}", events(app).await).contains(wrong));
}

#[tokio::test]
async fn every_kind_of_logout_is_told_once() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let shop = app.application_id(SHOP).await;
    let session = scene.sign_in().await;
    let event = told(app, scene.ok(session.to_log_out())).await;
    assert_eq!(summary(&event), ("LOGOUT", SUCCESS));
    assert_eq!(event.application_id, Some(scene.shop));
    scene.assert_hers(&event, Some(&session));

    let session = scene.alice.log_in_at(SHOP, "COOKIE", app).await;
    let request = logout_with(&json!({ "clientId": SHOP }));
    let request = request.cookie(SHOP, session.refresh.text());
    let event = told(app, scene.ok(request)).await;
    assert_eq!(summary(&event), ("LOGOUT", SUCCESS));
    scene.assert_hers(&event, Some(&session));

    let (session, sibling) = (scene.sign_in().await, scene.sign_in().await);
    let request = to_revoke(&sibling.id).bearer(&session.token);
    let event = told(app, scene.ok(request)).await;
    assert_eq!(summary(&event), ("SESSION_REVOKED", SUCCESS));
    scene.assert_hers(&event, Some(&sibling));

    scene.sign_in().await;
    let event = told(app, scene.ok(to_log_out_of(&shop).bearer(&session.token))).await;
    assert_eq!(summary(&event), ("LOGOUT", SUCCESS));
    assert_eq!(event.application_id, Some(scene.shop));
    assert_eq!(
        event.detail.as_deref(),
        Some("LOGGED_OUT_OF_APPLICATION: 2 sessions")
    );
    scene.assert_hers(&event, None);

    for keep in [true, false] {
        let session = scene.sign_in().await;
        scene.alice.log_in_at(BILLING, "BODY", app).await;
        let request = to_log_out_everywhere(&json!({ "keepCurrent": keep }));
        let event = told(app, scene.ok(request.bearer(&session.token))).await;
        assert_eq!(summary(&event), ("LOGOUT", SUCCESS));
        let ended = if keep { 1 } else { 3 };
        let detail = format!("LOGGED_OUT_EVERYWHERE: {ended} sessions");
        assert_eq!(event.detail, Some(detail));
        scene.assert_hers(&event, None);
    }
}

#[tokio::test]
async fn what_changes_nothing_is_no_event() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let session = scene.sign_in().await;
    session.end(app).await;
    let seen = events(app).await.len();
    session.log_out(app).await;
    session.assert_not_refreshed(app, "REVOKED").await;
    app.ask(crate::people::LOGOUT).await;
    session.me(app).await;
    assert_eq!(since(app, seen).await, []);
}

#[tokio::test]
async fn who_is_nowhere_signed_in_at_an_application_leaves_no_trace_by_logging_out_of_it() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let session = scene.sign_in().await;
    let billing = app.application_id(BILLING).await;
    let there = scene.alice.log_in_at(BILLING, "BODY", app).await;
    let log_out = || app.send(to_log_out_of(&billing).bearer(&session.token));
    assert_eq!(ended_by(&log_out().await), [there.id.as_str()]);
    let before = (events(app).await.len(), counted(app).await);
    for _ in 0..3 {
        assert_eq!(ended_by(&log_out().await), Vec::<String>::new());
    }
    assert_eq!((events(app).await.len(), counted(app).await), before);
    let answer = there.me(app).await;
    answer.assert_unauthenticated("LOGGED_OUT_OF_APPLICATION");
}

#[tokio::test]
async fn theft_is_told_and_not_who_was_the_thief() {
    let scene = Scene::new().await;
    let app = &scene.app;
    let first = scene.sign_in().await;
    first.refreshed(app).await.refreshed(app).await;
    let event = told(app, scene.ok(first.to_refresh())).await;
    assert_eq!(summary(&event), ("SESSION_REFRESH_REUSED", SUCCESS));
    assert_eq!((event.actor_id, event.subject_id), (None, Some(scene.user)));
    assert_eq!(event.session_id, Some(row_id(&first.id)));
    scene.assert_from_here(&event);
}

#[tokio::test]
async fn passwords_and_what_operators_do_are_told() {
    let mut scene = Scene::new().await;
    let session = scene.sign_in().await;
    let new = "nine orange llamas";
    let wrong = to_change_password("the wrong password", new).bearer(&session.token);
    let event = told(&scene.app, scene.ok(wrong)).await;
    assert_eq!(summary(&event), ("PASSWORD_CHANGED", FAILURE));
    scene.assert_hers(&event, Some(&session));
    let right = to_change_password(&scene.alice.password, new).bearer(&session.token);
    let event = told(&scene.app, scene.ok(right)).await;
    assert_eq!(summary(&event), ("PASSWORD_CHANGED", SUCCESS));
    scene.assert_hers(&event, None);
    new.clone_into(&mut scene.alice.password);
    for (word, actions) in [
        ("set-password", &["PASSWORD_CHANGED"][..]),
        ("logout", &["LOGOUT"]),
        ("suspend", &["USER_SUSPENDED"]),
        ("reinstate", &["USER_REINSTATED"]),
        ("delete", &["USER_DELETED", "SESSION_REVOKED"]),
    ] {
        let seen = events(&scene.app).await.len();
        do_it(
            &scene.app,
            &["user", word, "alice"],
            "seven green lanterns\n",
        )
        .await;
        let events = since(&scene.app, seen).await;
        let told: Vec<_> = events.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(told, actions, "{word}");
        for event in events {
            assert_eq!((event.actor_id, event.subject_id), (None, Some(scene.user)));
            assert_eq!((event.address, event.user_agent), (None, None));
        }
    }
}

#[tokio::test]
async fn what_is_done_to_grants_applications_and_keys_is_told() {
    let scene = Scene::new().await;
    for (arguments, action) in [
        (
            &["grant", "add", "alice", SHOP, "shop:read"][..],
            "GRANT_CHANGED",
        ),
        (
            &["grant", "remove", "alice", SHOP, "shop:read"],
            "GRANT_CHANGED",
        ),
        (&["application", "create", "new"], "APPLICATION_CREATED"),
        (
            &["application", "update", "new", "--name", "New"],
            "APPLICATION_UPDATED",
        ),
        (&["application", "disable", "new"], "APPLICATION_UPDATED"),
        (&["application", "enable", "new"], "APPLICATION_UPDATED"),
        (&["keys", "rotate"], "SIGNING_KEY_ROTATED"),
    ] {
        let event = told(&scene.app, async {
            do_it(&scene.app, arguments, "").await;
        })
        .await;
        assert_eq!(summary(&event), (action, SUCCESS), "{arguments:?}");
        assert_eq!((event.actor_id, event.address), (None, None));
        assert!(
            event.detail.is_some_and(|detail| !detail.is_empty()),
            "{arguments:?}"
        );
        let is_grant = arguments[0] == "grant";
        assert_eq!(event.subject_id, is_grant.then_some(scene.user));
        assert_eq!(event.application_id.is_some(), arguments[0] != "keys");
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_not_done() {
    let mut scene = Scene::new().await;
    let (session, sibling) = (scene.sign_in().await, scene.sign_in().await);
    let app = &scene.app;
    let shop = app.application_id(SHOP).await;
    let seen = events(app).await.len();
    let database = app.database().await;
    let hide = "ALTER TABLE audit_events RENAME TO hidden_events";
    database.execute_unprepared(hide).await.expect("a table");
    let by = |request: Request| request.bearer(&session.token);
    let everywhere = |keep: bool| to_log_out_everywhere(&json!({ "keepCurrent": keep }));
    for request in [
        scene.alice.to_log_in_at(SHOP, "BODY"),
        Person::named("bob").to_sign_up(),
        session.to_log_out(),
        by(to_revoke(&sibling.id)),
        by(to_log_out_of(&shop)),
        by(everywhere(false)),
        by(everywhere(true)),
        by(to_change_password(
            &scene.alice.password,
            "nine orange llamas",
        )),
    ] {
        let answer = app.send(request).await;
        assert_eq!(answer.status, 500, "{}", answer.text());
        assert_eq!(answer.code().as_deref(), Some("INTERNAL_SERVER_ERROR"));
        assert!(answer.json()["data"].is_null(), "{}", answer.text());
        assert_eq!(crate::cookies::Cookie::all_of(&answer).len(), 0);
    }
    let bring_back = "ALTER TABLE hidden_events RENAME TO audit_events";
    database
        .execute_unprepared(bring_back)
        .await
        .expect("a table");
    assert_eq!(since(app, seen).await, []);
    for session in [&session, &sibling] {
        session.assert_live(app).await;
        session.refreshed(app).await.assert_live(app).await;
    }
    let rows = cardea_entity::sessions::Entity::find().all(&database).await;
    assert_eq!(rows.expect("the table is there").len(), 2);
    assert_eq!(
        Person::named("bob").sign_up(app).await,
        Vec::<serde_json::Value>::new()
    );
    scene.alice = Person::named("alice");
    scene
        .alice
        .log_in(&scene.app)
        .await
        .assert_live(&scene.app)
        .await;
}

#[tokio::test]
async fn no_secret_is_in_it() {
    let mut scene = Scene::new().await;
    let mut secrets = vec![scene.alice.password.clone()];
    let first = scene.sign_in().await;
    let second = first.refreshed(&scene.app).await;
    let third = second.refreshed(&scene.app).await;
    let stranger = scene.alice.log_in_at(SHOP, "COOKIE", &scene.app).await;
    let new = "nine orange llamas";
    let (_, kept) = third
        .change_password(&mut scene.alice, new, &scene.app)
        .await;
    let fourth = kept.refreshed(&scene.app).await;
    let fifth = fourth.refreshed(&scene.app).await;
    kept.assert_not_refreshed(&scene.app, "REUSED").await;
    secrets.push(new.to_owned());
    for session in [first, second, third, stranger, kept, fourth, fifth] {
        secrets.push(session.refresh.text().to_owned());
        secrets.extend(session.token.split('.').skip(1).map(str::to_owned));
    }
    let told = format!("{:?}", events(&scene.app).await);
    for secret in secrets {
        assert!(!told.contains(&secret), "{secret}");
    }
}
