//! The whole matrix: what each event does to each credential.
//!
//! Alice is signed in at the shop (`own`), there on another device (`sibling`), and at billing
//! (`elsewhere`); Bob is signed in at the shop (`another's`). Then something happens to her own
//! session, or to all that are hers. `answered` are the tokens that the event itself gave her.

use std::collections::BTreeMap;

use serde_json::json;

use crate::app::TestApp;
use crate::client::Request;
use crate::command_line::do_it;
use crate::people::{Person, Session};
use crate::signed_in::{ended_by, ids, to_log_out_everywhere, to_log_out_of, to_revoke};
use crate::three_applications::{BILLING, SHOP};

/// What becomes of the access tokens: `live`, `stale`, or dead, and why.
const ACCESS: &str = "
    event                        | own                       | sibling                   | elsewhere            | another's | answered
    nothing                      | live                      | live                      | live                 | live      | -
    refresh                      | live                      | live                      | live                 | live      | live
    refresh token shown again    | REFRESH_TOKEN_REUSED      | live                      | live                 | live      | -
    logout                       | LOGGED_OUT                | live                      | live                 | live      | -
    logout by cookie             | LOGGED_OUT                | live                      | live                 | live      | -
    revokeSession: own           | REVOKED                   | live                      | live                 | live      | -
    revokeSession: sibling       | live                      | REVOKED                   | live                 | live      | -
    logoutApplication: own       | LOGGED_OUT_OF_APPLICATION | LOGGED_OUT_OF_APPLICATION | live                 | live      | -
    logoutApplication: elsewhere | live                      | live                      | LOGGED_OUT_OF_APPLICATION | live | -
    logoutEverywhere             | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE | live     | -
    logoutEverywhere keepCurrent | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE | live     | live
    changePassword               | PASSWORD_CHANGED          | PASSWORD_CHANGED          | PASSWORD_CHANGED     | live      | live
    user logout                  | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE | live     | -
    user set-password            | PASSWORD_CHANGED          | PASSWORD_CHANGED          | PASSWORD_CHANGED     | live      | -
    user suspend                 | SUSPENDED                 | SUSPENDED                 | SUSPENDED            | live      | -
    user suspend, reinstate      | SUSPENDED                 | SUSPENDED                 | SUSPENDED            | live      | -
    user delete                  | REVOKED                   | REVOKED                   | REVOKED              | live      | -
    the access token expires     | EXPIRED                   | EXPIRED                   | EXPIRED              | EXPIRED   | -
    the session runs out         | EXPIRED                   | EXPIRED                   | EXPIRED              | EXPIRED   | -
";

/// What becomes of the refresh tokens: `live`, or why a refresh is refused.
const REFRESH: &str = "
    event                        | own     | sibling | elsewhere | another's | answered
    nothing                      | live    | live    | live      | live      | -
    refresh                      | live    | live    | live      | live      | live
    refresh token shown again    | REUSED  | live    | live      | live      | -
    logout                       | REVOKED | live    | live      | live      | -
    logout by cookie             | REVOKED | live    | live      | live      | -
    revokeSession: own           | REVOKED | live    | live      | live      | -
    revokeSession: sibling       | live    | REVOKED | live      | live      | -
    logoutApplication: own       | REVOKED | REVOKED | live      | live      | -
    logoutApplication: elsewhere | live    | live    | REVOKED   | live      | -
    logoutEverywhere             | REVOKED | REVOKED | REVOKED   | live      | -
    logoutEverywhere keepCurrent | live    | REVOKED | REVOKED   | live      | live
    changePassword               | live    | REVOKED | REVOKED   | live      | live
    user logout                  | REVOKED | REVOKED | REVOKED   | live      | -
    user set-password            | REVOKED | REVOKED | REVOKED   | live      | -
    user suspend                 | REVOKED | REVOKED | REVOKED   | live      | -
    user suspend, reinstate      | REVOKED | REVOKED | REVOKED   | live      | -
    user delete                  | REVOKED | REVOKED | REVOKED   | live      | -
    the access token expires     | live    | live    | live      | live      | -
    the session runs out         | EXPIRED | EXPIRED | EXPIRED   | EXPIRED   | -
";

/// Cells by their event and credential.
type Matrix = BTreeMap<(String, String), String>;

#[tokio::test]
async fn each_event_kills_what_it_should_and_nothing_else() {
    let (access, refresh) = (parse(ACCESS), parse(REFRESH));
    let events: Vec<_> = rows(ACCESS).skip(1).map(|row| row[0].clone()).collect();
    let (mut seen_access, mut seen_refresh) = (Matrix::new(), Matrix::new());
    for event in events {
        let mut scene = Scene::new().await;
        let answered = scene.happens(&event).await;
        let credentials = scene.credentials(answered.as_ref());
        for (name, session) in &credentials {
            let cell = access_cell(&scene.app, *session).await;
            seen_access.insert((event.clone(), (*name).to_owned()), cell);
        }
        // Only now: a refresh changes what it looks at.
        for (name, session) in &credentials {
            let cell = refresh_cell(&scene.app, *session).await;
            seen_refresh.insert((event.clone(), (*name).to_owned()), cell);
        }
    }
    let mut differences = differences("access", &access, &seen_access);
    differences.extend(self::differences("refresh", &refresh, &seen_refresh));
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// Who is signed in, and where.
struct Scene {
    app: TestApp,
    alice: Person,
    own: Session,
    sibling: Session,
    elsewhere: Session,
    anothers: Session,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::with_applications().await;
        let alice = Person::signed_up("alice", &app).await;
        let bob = Person::signed_up("bob", &app).await;
        Self {
            own: alice.log_in_at(SHOP, "COOKIE", &app).await,
            sibling: alice.log_in_at(SHOP, "BODY", &app).await,
            elsewhere: alice.log_in_at(BILLING, "COOKIE", &app).await,
            anothers: bob.log_in_at(SHOP, "BODY", &app).await,
            alice,
            app,
        }
    }

    /// The columns.
    fn credentials<'s>(
        &'s self,
        answered: Option<&'s Session>,
    ) -> [(&'static str, Option<&'s Session>); 5] {
        [
            ("own", Some(&self.own)),
            ("sibling", Some(&self.sibling)),
            ("elsewhere", Some(&self.elsewhere)),
            ("another's", Some(&self.anothers)),
            ("answered", answered),
        ]
    }

    /// Makes it happen; gives the session with the tokens that were answered.
    async fn happens(&mut self, event: &str) -> Option<Session> {
        if let Some(arguments) = event.strip_prefix("user ") {
            self.command(arguments).await;
            return None;
        }
        let (app, own) = (&self.app, &self.own);
        let all = [own, &self.sibling, &self.elsewhere];
        match event {
            "nothing" => {}
            "refresh" => return Some(own.refreshed(app).await),
            "refresh token shown again" => {
                let first = own.clone();
                self.own = first.refreshed(app).await.refreshed(app).await;
                first.assert_not_refreshed(app, "REUSED").await;
            }
            "logout" => own.end(app).await,
            "logout by cookie" => {
                let request = crate::signed_in::logout_with(&json!({ "clientId": SHOP }));
                let request = request.cookie(SHOP, own.refresh.text());
                self.ends(request, &[own]).await;
            }
            "revokeSession: own" => self.ends(self.by_own(to_revoke(&own.id)), &[own]).await,
            "revokeSession: sibling" => {
                let request = self.by_own(to_revoke(&self.sibling.id));
                self.ends(request, &all[1..2]).await;
            }
            "logoutApplication: own" => {
                let request = to_log_out_of(&app.application_id(SHOP).await);
                self.ends(self.by_own(request), &all[..2]).await;
            }
            "logoutApplication: elsewhere" => {
                let request = to_log_out_of(&app.application_id(BILLING).await);
                self.ends(self.by_own(request), &all[2..]).await;
            }
            "logoutEverywhere" => {
                let request = to_log_out_everywhere(&json!({}));
                self.ends(self.by_own(request), &all).await;
            }
            "logoutEverywhere keepCurrent" => {
                let (ended, kept) = own.log_out_elsewhere(app).await;
                assert_eq!(ended, ids(&all[1..]));
                return Some(kept);
            }
            "changePassword" => {
                let new = "nine orange llamas";
                let (ended, kept) = own.change_password(&mut self.alice, new, app).await;
                assert_eq!(ended, ids(&all[1..]));
                return Some(kept);
            }
            "the access token expires" => app.advance_seconds(300),
            "the session runs out" => app.advance_seconds(7 * 86_400),
            _ => panic!("nobody knows how to make this happen: {event}"),
        }
        None
    }

    fn by_own(&self, request: Request) -> Request {
        request.bearer(&self.own.token)
    }

    /// Sends what has to end these sessions, and no others.
    async fn ends(&self, request: Request, sessions: &[&Session]) {
        let answer = self.app.send(request).await;
        assert_eq!(ended_by(&answer), ids(sessions));
    }

    /// Runs `cardea user` with alice; when it returns, the server has heard of it.
    async fn command(&self, words: &str) {
        for word in words.split(", ") {
            do_it(&self.app, &["user", word, "alice"], "nine orange llamas\n").await;
        }
        // A token that is newer than all the server knows makes it look.
        let carol = Person::signed_up("carol", &self.app).await;
        carol.log_in(&self.app).await.assert_live(&self.app).await;
    }
}

async fn access_cell(app: &TestApp, session: Option<&Session>) -> String {
    let Some(session) = session else {
        return "-".to_owned();
    };
    let answer = session.me(app).await;
    match answer.code().as_deref() {
        None => {
            session.assert_live(app).await;
            "live".to_owned()
        }
        Some("TOKEN_STALE") => "stale".to_owned(),
        Some(_) => {
            let reason = answer.extension("reason").expect("a reason");
            answer.assert_unauthenticated(&reason);
            reason
        }
    }
}

async fn refresh_cell(app: &TestApp, session: Option<&Session>) -> String {
    let Some(session) = session else {
        return "-".to_owned();
    };
    match session.try_refresh(app).await {
        Ok(renewed) => {
            renewed.assert_live(app).await;
            "live".to_owned()
        }
        Err(code) => code,
    }
}

fn rows(table: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    let lines = table.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
}

fn parse(table: &str) -> Matrix {
    let names = rows(table).next().expect("a header");
    let mut matrix = Matrix::new();
    for row in rows(table).skip(1) {
        assert_eq!(row.len(), names.len(), "{row:?}");
        for (name, cell) in names.iter().zip(&row).skip(1) {
            matrix.insert((row[0].clone(), name.clone()), cell.clone());
        }
    }
    matrix
}

fn differences(kind: &str, expected: &Matrix, seen: &Matrix) -> Vec<String> {
    let keys = expected
        .keys()
        .chain(seen.keys().filter(|key| !expected.contains_key(*key)));
    keys.filter(|key| expected.get(*key) != seen.get(*key))
        .map(|key| {
            let (event, name) = key;
            let (expected, seen) = (expected.get(key), seen.get(key));
            format!("{event}: {name} ({kind}): {seen:?}, and not {expected:?}")
        })
        .collect()
}
