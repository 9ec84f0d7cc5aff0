//! The whole matrix: what each event does to each credential.
//!
//! Alice is signed in at the shop (`own`), there on another device (`sibling`), and at billing
//! (`elsewhere`); Bob is signed in at the shop (`another's`). Then something happens to her own
//! session, or to all that are hers. `answered` are the tokens that the event itself gave her.
//!
//! Introspection has no table of its own: it calls active exactly what is live here, and never
//! answers with an error, not even where the application that asks is disabled itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::command_line::do_it;
use crate::forgery::Token;
use crate::people::{Person, Session};
use crate::signed_in::{ended_by, ids, to_log_out_everywhere, to_log_out_of, to_revoke};
use crate::sub_systems::{INTROSPECT, basic, form};
use crate::three_applications::{BILLING, SECRET, SHOP};

/// What becomes of the access tokens: `live`, `stale`, or dead, and why.
const ACCESS: &str = "
    event                                    | own                       | sibling                   | elsewhere                 | another's | answered
    nothing                                  | live                      | live                      | live                      | live      | -
    refresh                                  | live                      | live                      | live                      | live      | live
    refresh token shown again                | REFRESH_TOKEN_REUSED      | live                      | live                      | live      | -
    logout                                   | LOGGED_OUT                | live                      | live                      | live      | -
    logout by cookie                         | LOGGED_OUT                | live                      | live                      | live      | -
    revokeSession: own                       | REVOKED                   | live                      | live                      | live      | -
    revokeSession: sibling                   | live                      | REVOKED                   | live                      | live      | -
    logoutApplication: own                   | LOGGED_OUT_OF_APPLICATION | LOGGED_OUT_OF_APPLICATION | live                      | live      | -
    logoutApplication: elsewhere             | live                      | live                      | LOGGED_OUT_OF_APPLICATION | live      | -
    logoutEverywhere                         | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | live      | -
    logoutEverywhere keepCurrent             | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | live      | live
    changePassword                           | PASSWORD_CHANGED          | PASSWORD_CHANGED          | PASSWORD_CHANGED          | live      | live
    user logout                              | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | LOGGED_OUT_EVERYWHERE     | live      | -
    user set-password                        | PASSWORD_CHANGED          | PASSWORD_CHANGED          | PASSWORD_CHANGED          | live      | -
    user suspend                             | SUSPENDED                 | SUSPENDED                 | SUSPENDED                 | live      | -
    user suspend + user reinstate            | SUSPENDED                 | SUSPENDED                 | SUSPENDED                 | live      | -
    user delete                              | REVOKED                   | REVOKED                   | REVOKED                   | live      | -
    grant add                                | stale                     | stale                     | live                      | live      | -
    grant remove                             | stale                     | stale                     | live                      | live      | -
    grant add + logout                       | LOGGED_OUT                | stale                     | live                      | live      | -
    application disable                      | REVOKED                   | REVOKED                   | live                      | REVOKED   | -
    application disable + application enable | REVOKED                   | REVOKED                   | live                      | REVOKED   | -
    keys rotate                              | live                      | live                      | live                      | live      | -
    keys revoke                              | REVOKED                   | REVOKED                   | REVOKED                   | REVOKED   | -
    the access token expires                 | EXPIRED                   | EXPIRED                   | EXPIRED                   | EXPIRED   | -
    the session runs out                     | EXPIRED                   | EXPIRED                   | EXPIRED                   | EXPIRED   | -
";

/// What becomes of the refresh tokens: `live`, or why a refresh is refused.
const REFRESH: &str = "
    event                                    | own     | sibling | elsewhere | another's | answered
    nothing                                  | live    | live    | live      | live      | -
    refresh                                  | live    | live    | live      | live      | live
    refresh token shown again                | REUSED  | live    | live      | live      | -
    logout                                   | REVOKED | live    | live      | live      | -
    logout by cookie                         | REVOKED | live    | live      | live      | -
    revokeSession: own                       | REVOKED | live    | live      | live      | -
    revokeSession: sibling                   | live    | REVOKED | live      | live      | -
    logoutApplication: own                   | REVOKED | REVOKED | live      | live      | -
    logoutApplication: elsewhere             | live    | live    | REVOKED   | live      | -
    logoutEverywhere                         | REVOKED | REVOKED | REVOKED   | live      | -
    logoutEverywhere keepCurrent             | live    | REVOKED | REVOKED   | live      | live
    changePassword                           | REVOKED | REVOKED | REVOKED   | live      | live
    user logout                              | REVOKED | REVOKED | REVOKED   | live      | -
    user set-password                        | REVOKED | REVOKED | REVOKED   | live      | -
    user suspend                             | REVOKED | REVOKED | REVOKED   | live      | -
    user suspend + user reinstate            | REVOKED | REVOKED | REVOKED   | live      | -
    user delete                              | REVOKED | REVOKED | REVOKED   | live      | -
    grant add                                | live    | live    | live      | live      | -
    grant remove                             | live    | live    | live      | live      | -
    grant add + logout                       | REVOKED | live    | live      | live      | -
    application disable                      | REVOKED | REVOKED | live      | REVOKED   | -
    application disable + application enable | REVOKED | REVOKED | live      | REVOKED   | -
    keys rotate                              | live    | live    | live      | live      | -
    keys revoke                              | live    | live    | live      | live      | -
    the access token expires                 | live    | live    | live      | live      | -
    the session runs out                     | EXPIRED | EXPIRED | EXPIRED   | EXPIRED   | -
";

/// A server asks after new keys every ten seconds.
const KEYS_ARE_READ: Duration = Duration::from_secs(30);

/// Rows that are tried at the same time.
const AT_ONCE: usize = 4;

/// What becomes of each credential by an event: its access token, and its refresh token.
type Row = Vec<(&'static str, [String; 2])>;

#[tokio::test]
async fn each_event_kills_what_it_should_and_nothing_else() {
    let (names, access) = parse(ACCESS);
    let (_, refresh) = parse(REFRESH);
    let seen = LocalSet::new().run_until(try_all(access.keys())).await;
    let mut differences = Vec::new();
    for (event, row) in seen {
        assert_eq!(row.len(), names.len());
        for (index, (name, seen)) in row.iter().enumerate() {
            assert_eq!(*name, names[index]);
            for (kind, table, seen) in [
                ("access", &access, &seen[0]),
                ("refresh", &refresh, &seen[1]),
            ] {
                let expected = &table[&event][index];
                if expected != seen {
                    differences.push(format!(
                        "{event}: {name} ({kind}) is {seen}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

async fn try_all(events: impl Iterator<Item = &String>) -> Vec<(String, Row)> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut trying = JoinSet::new();
    for event in events {
        let (event, permits) = (event.clone(), Arc::clone(&permits));
        trying.spawn_local(async move {
            let _permit = permits.acquire().await;
            let row = row(&event).await;
            (event, row)
        });
    }
    trying.join_all().await
}

/// Has something happen, and looks.
async fn row(event: &str) -> Row {
    let (scene, answered) = Scene::after(event).await;
    let (mut row, mut active) = (Row::new(), Vec::new());
    for (name, session) in scene.credentials(answered.as_ref()) {
        let access = scene.access_cell(session).await;
        active.push(scene.introspect(session.map(|it| it.refresh.text())).await);
        row.push((name, [access, String::new()]));
    }
    // Only now: a refresh changes what it looks at.
    for (index, (_, session)) in scene.credentials(None).into_iter().enumerate() {
        row[index].1[1] = scene.refresh_cell(session, active[index]).await;
    }
    // A thief who was looked at just now has ended this one, too.
    if answered.is_some() {
        let (scene, answered) = Scene::after(event).await;
        let cell = scene
            .refresh_cell(answered.as_ref(), active[ANSWERED])
            .await;
        row[ANSWERED].1[1] = cell;
    }
    row
}

/// The last column.
const ANSWERED: usize = 4;

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
    /// With the session whose tokens were answered.
    async fn after(event: &str) -> (Self, Option<Session>) {
        let mut scene = Self::before(event).await;
        let mut answered = None;
        for step in event.split(" + ") {
            answered = scene.happens(step).await;
        }
        (scene, answered)
    }

    async fn before(event: &str) -> Self {
        let app = TestApp::with_applications().await;
        let alice = Person::signed_up("alice", &app).await;
        if event == "grant remove" {
            do_it(&app, &["grant", "add", "alice", SHOP, "shop:read"], "").await;
        }
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
        if let Some((noun @ ("user" | "grant" | "application" | "keys"), verb)) =
            event.split_once(' ')
        {
            self.command(noun, verb).await;
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

    /// An operator's command; when it returns, the server has heard of it.
    async fn command(&self, noun: &str, verb: &str) {
        let kid = Token::apart(&self.own.token).header["kid"].clone();
        let objects = match (noun, verb) {
            ("grant", _) => &["alice", SHOP, "shop:read"][..],
            ("application", _) => &[SHOP],
            ("keys", "revoke") => &[kid.as_str().expect("a text")],
            ("keys", _) => &["--now"],
            _ => &["alice"],
        };
        let arguments = [&[noun, verb], objects].concat();
        do_it(&self.app, &arguments, "nine orange llamas\n").await;
        // A token that is newer than all the server knows makes it look; a key takes its time.
        let carol = Person::named("carol");
        carol.sign_up(&self.app).await;
        eventually(KEYS_ARE_READ, "who signs in now lives", async || {
            carol.log_in(&self.app).await.me(&self.app).await.status == 200
        })
        .await;
    }
}

/// What is seen of the tokens.
impl Scene {
    async fn access_cell(&self, session: Option<&Session>) -> String {
        let Some(session) = session else {
            return "-".to_owned();
        };
        let answer = session.me(&self.app).await;
        let cell = match answer.code().as_deref() {
            None => {
                session.assert_live(&self.app).await;
                "live".to_owned()
            }
            Some("TOKEN_STALE") => "stale".to_owned(),
            Some(_) => {
                let reason = answer.extension("reason").expect("a reason");
                answer.assert_unauthenticated(&reason);
                reason
            }
        };
        with_introspection(cell, self.introspect(Some(&session.token)).await)
    }

    async fn refresh_cell(&self, session: Option<&Session>, is_active: Option<bool>) -> String {
        let Some(session) = session else {
            return "-".to_owned();
        };
        let cell = match session.try_refresh(&self.app).await {
            Ok(renewed) => {
                renewed.assert_live(&self.app).await;
                "live".to_owned()
            }
            Err(code) => code,
        };
        with_introspection(cell, is_active)
    }

    /// Whether the sub-system that it was issued to is told that a token is active.
    async fn introspect(&self, token: Option<&str>) -> Option<bool> {
        let token = token?;
        let is_elsewhere = [&self.elsewhere.token, self.elsewhere.refresh.text()].contains(&token);
        let client_id = if is_elsewhere { BILLING } else { SHOP };
        let request = form(INTROSPECT, &[("token", token)]);
        let request = request.header("Authorization", &basic(client_id, SECRET));
        let answer = self.app.send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Some(answer.json()["active"] == true)
    }
}

/// Only where introspection disagrees is it told of.
fn with_introspection(cell: String, is_active: Option<bool>) -> String {
    match is_active {
        Some(is_active) if is_active != (cell == "live") => {
            format!("{cell}, and introspected as active: {is_active}")
        }
        _ => cell,
    }
}

/// The columns' names, and the rows by their events.
fn parse(table: &str) -> (Vec<String>, BTreeMap<String, Vec<String>>) {
    let lines = table.lines().filter(|line| !line.trim().is_empty());
    let mut rows = lines.map(|line| {
        let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
        let first = cells.next().expect("a line is not empty");
        (first, cells.collect::<Vec<_>>())
    });
    let (_, names) = rows.next().expect("a header");
    let rows: BTreeMap<_, _> = rows.collect();
    assert!(rows.values().all(|row| row.len() == names.len()));
    (names, rows)
}
