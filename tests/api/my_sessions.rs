//! `me { sessions }`: a user's own sessions, in pages, and nobody else's.

use cardea::config;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::people::{Person, Session, credentials};

const PAGE: &str = "query Page(
    $first: Int, $after: String, $last: Int, $before: String, $state: SessionState, $application: ID
) { me { sessions(
    first: $first, after: $after, last: $last, before: $before, state: $state,
    applicationId: $application
) {
    edges { cursor node { id } }
    nodes { id state isCurrent endedAt endReason expiresAt createdAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
} } }";

/// A page of somebody's sessions.
pub(crate) struct Page(pub Value);

impl Page {
    /// The page that these variables ask for.
    pub(crate) async fn of(app: &TestApp, token: &str, variables: Value) -> Self {
        let answer = ask(app, token, variables).await;
        Self(answer.data()["me"]["sessions"].take())
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let ids = self.list("nodes").iter().map(|node| text(&node["id"]));
        let ids: Vec<_> = ids.collect();
        let of_edges = self.list("edges").iter();
        let of_edges: Vec<_> = of_edges.map(|edge| text(&edge["node"]["id"])).collect();
        assert_eq!(ids, of_edges, "nodes are the edges' nodes");
        ids
    }

    pub(crate) fn cursors(&self) -> Vec<String> {
        let edges = self.list("edges").iter();
        edges.map(|edge| text(&edge["cursor"])).collect()
    }

    pub(crate) fn list(&self, name: &str) -> &Vec<Value> {
        self.0[name].as_array().expect("a list")
    }

    /// A field of each node.
    pub(crate) fn each(&self, name: &str) -> Vec<&Value> {
        self.list("nodes").iter().map(|node| &node[name]).collect()
    }

    pub(crate) fn info(&self, name: &str) -> &Value {
        &self.0["pageInfo"][name]
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub(crate) async fn ask(app: &TestApp, token: &str, variables: Value) -> Answer {
    app.send(Request::graphql(PAGE, &variables).bearer(token))
        .await
}

/// Signs somebody in so often; the newest session first.
pub(crate) async fn many(app: &TestApp, person: &Person, number: usize) -> Vec<Session> {
    let mut sessions = Vec::new();
    for _ in 0..number {
        sessions.push(person.log_in(app).await);
    }
    sessions.reverse();
    sessions
}

fn ids(sessions: &[Session]) -> Vec<String> {
    sessions.iter().map(|session| session.id.clone()).collect()
}

async fn roomy() -> (TestApp, Person) {
    let app = TestApp::with(|config| config.sessions.maximum_per_user = 200).await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

#[tokio::test]
async fn a_walk_either_way_meets_each_session_once_newest_first() {
    let (app, alice) = roomy().await;
    let sessions = many(&app, &alice, 150).await;
    let (all, token) = (ids(&sessions), &sessions[0].token);
    for size in [100, 40] {
        let (mut forth, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = Page::of(&app, token, json!({ "first": size, "after": after })).await;
            assert_eq!(page.info("hasPreviousPage"), &json!(!forth.is_empty()));
            forth.extend(page.ids());
            assert_eq!(page.info("hasNextPage"), &json!(forth.len() < all.len()));
            assert_eq!(page.0["totalCount"], 150);
            let cursors = page.cursors();
            assert_eq!(page.info("startCursor"), &json!(cursors.first()));
            assert_eq!(page.info("endCursor"), &json!(cursors.last()));
            if page.info("hasNextPage") == false {
                break;
            }
            after = page.info("endCursor").clone();
        }
        assert_eq!(forth, all);
        let (mut back, mut before) = (Vec::new(), Value::Null);
        loop {
            let page = Page::of(&app, token, json!({ "last": size, "before": before })).await;
            assert_eq!(page.info("hasNextPage"), &json!(!back.is_empty()));
            back.splice(0..0, page.ids());
            assert_eq!(page.info("hasPreviousPage"), &json!(back.len() < all.len()));
            if page.info("hasPreviousPage") == false {
                break;
            }
            before = page.info("startCursor").clone();
        }
        assert_eq!(back, all);
    }
    let page = Page::of(&app, token, json!({})).await;
    assert_eq!(page.ids(), all[..20], "twenty, if nobody says");
    let page = Page::of(&app, token, json!({ "before": page.info("endCursor") })).await;
    assert_eq!(page.ids(), all[..19]);
}

#[tokio::test]
async fn what_comes_and_goes_meanwhile_moves_nobody_to_another_page() {
    let (app, alice) = TestApp::with_user("alice").await;
    let mut sessions = many(&app, &alice, 6).await;
    let token = sessions[0].token.clone();
    let first = Page::of(&app, &token, json!({ "first": 3 })).await;
    assert_eq!(first.ids(), ids(&sessions[..3]));
    alice.log_in(&app).await;
    // The one that the cursor stands for, and the next.
    sessions.remove(3).end(&app).await;
    sessions.remove(2).end(&app).await;
    let after = first.info("endCursor");
    let second = Page::of(&app, &token, json!({ "first": 3, "after": after })).await;
    assert_eq!(second.ids(), ids(&sessions[2..]));
    assert_eq!(second.info("hasPreviousPage"), true);
    assert_eq!(second.info("hasNextPage"), false);
    assert_eq!(second.0["totalCount"], 5);
}

#[tokio::test]
async fn an_empty_page_has_no_cursors_and_knows_what_lies_beyond() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    for (variables, has_next, has_previous, total) in [
        (json!({ "first": 0 }), true, false, 1),
        (json!({ "last": 0 }), false, true, 1),
        (json!({ "state": "ENDED" }), false, false, 0),
    ] {
        let page = Page::of(&app, &session.token, variables.clone()).await;
        assert_eq!(page.ids(), Vec::<String>::new());
        let expected = json!({
            "hasNextPage": has_next, "hasPreviousPage": has_previous,
            "startCursor": null, "endCursor": null,
        });
        assert_eq!(page.0["pageInfo"], expected, "{variables}");
        assert_eq!(page.0["totalCount"], total, "{variables}");
    }
    let only = Page::of(&app, &session.token, json!({})).await;
    let beyond = json!({ "after": only.info("endCursor") });
    let page = Page::of(&app, &session.token, beyond).await;
    assert_eq!(page.info("hasPreviousPage"), true);
    assert_eq!(page.info("hasNextPage"), false);
}

#[tokio::test]
async fn the_session_that_asks_is_marked_and_no_other() {
    let (app, alice) = TestApp::with_user("alice").await;
    let sessions = many(&app, &alice, 3).await;
    for (index, session) in sessions.iter().enumerate() {
        let page = Page::of(&app, &session.token, json!({})).await;
        let marks: Vec<_> = (0..3).map(|other| json!(other == index)).collect();
        assert_eq!(page.each("isCurrent"), marks.iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn ended_ones_are_shown_with_when_and_why() {
    let (app, alice) = TestApp::with_user("alice").await;
    let ran_out = alice.log_in(&app).await;
    let before = Page::of(&app, &ran_out.token, json!({})).await;
    assert_eq!(before.each("endReason"), [&Value::Null]);
    app.advance_seconds(31 * 24 * 3600);
    let logged_out = alice.log_in(&app).await;
    logged_out.end(&app).await;
    let current = alice.log_in(&app).await;

    let active = Page::of(&app, &current.token, json!({ "state": "ACTIVE" })).await;
    assert_eq!(active.ids(), std::slice::from_ref(&current.id));
    assert_eq!(active.0["totalCount"], 1);
    for default in [
        json!({}),
        json!({ "first": 20 }),
        json!({ "application": null }),
    ] {
        let page = Page::of(&app, &current.token, default).await;
        assert_eq!(page.0, active.0, "active ones, if nobody says");
    }
    let literal = "{ me { sessions { nodes { id } } } }";
    let literal = app.ask_as(&current.token, literal).await.data();
    assert_eq!(
        literal["me"]["sessions"]["nodes"],
        json!([{ "id": current.id }])
    );

    let ended = Page::of(&app, &current.token, json!({ "state": "ENDED" })).await;
    assert_eq!(ended.ids(), [logged_out.id.clone(), ran_out.id.clone()]);
    assert_eq!(ended.0["totalCount"], 2);
    assert_eq!(ended.each("state"), [&json!("ENDED"), &json!("ENDED")]);
    let reasons = [&json!("LOGGED_OUT"), &json!("EXPIRED")];
    assert_eq!(ended.each("endReason"), reasons);
    for node in ended.list("nodes") {
        let (ended_at, created_at) = (text(&node["endedAt"]), text(&node["createdAt"]));
        // Not refreshed for a week, it ran out long before its absolute end.
        let expires_at = text(&node["expiresAt"]);
        assert!(created_at < ended_at && ended_at < expires_at, "{node}");
    }

    let all = Page::of(&app, &current.token, json!({ "state": null })).await;
    assert_eq!(all.ids(), [current.id, logged_out.id, ran_out.id]);
    assert_eq!(all.0["totalCount"], 3);
}

#[tokio::test]
async fn another_users_sessions_are_never_shown() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    let alices = many(&app, &alice, 2).await;
    let bobs = many(&app, &bob, 2).await;
    let of_alice = Page::of(&app, &alices[0].token, json!({ "state": null })).await;
    assert_eq!(of_alice.ids(), ids(&alices));
    // A cursor is a place in one's own list, wherever it was found.
    for variables in [
        json!({ "state": null, "last": 20, "before": of_alice.info("endCursor") }),
        json!({ "state": null, "after": of_alice.info("endCursor") }),
    ] {
        let of_bob = Page::of(&app, &bobs[0].token, variables).await;
        assert!(
            of_bob.ids().iter().all(|id| ids(&bobs).contains(id)),
            "{}",
            of_bob.0
        );
        assert_eq!(of_bob.0["totalCount"], 2);
    }
    let nobody = app.ask("{ me { sessions { nodes { id } } } }").await;
    assert_eq!(nobody.data(), json!({ "me": null }));
}

#[tokio::test]
async fn who_signs_in_sees_their_sessions_at_once_and_not_those_of_the_token_they_had() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    let alices = alice.log_in(&app).await;
    let before = bob.log_in(&app).await;
    let query =
        "mutation Login($input: LoginInput!) { login(input: $input) { ... on Authenticated {
        session { id user { sessions { nodes { id isCurrent } totalCount } } }
        user { sessions(first: 1) { nodes { id isCurrent application { clientId } } } }
    } } }";
    let input = json!({ "identifier": bob.email, "password": bob.password });
    let request = Request::graphql(query, &json!({ "input": input }));
    for request in [
        request.clone(),
        request.clone().bearer(&alices.token),
        request.bearer("garbage"),
    ] {
        let login = app.send(request).await.data()["login"].take();
        let id = &login["session"]["id"];
        let first = &login["user"]["sessions"]["nodes"][0];
        assert_eq!(&first["id"], id);
        assert_eq!(first["isCurrent"], true);
        assert!(first["application"]["clientId"].is_string());
        let nodes = login["session"]["user"]["sessions"]["nodes"].as_array();
        let nodes = nodes.expect("a list");
        assert_eq!(nodes.last().expect("the first login")["id"], before.id);
        assert!(
            nodes
                .iter()
                .all(|node| node["isCurrent"] == (&node["id"] == id))
        );
    }
    let request = credentials(&bob.email, "wrong").bearer(&alices.token);
    let failed = app.send(request).await;
    assert_eq!(failed.data()["login"]["code"], "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn one_applications_sessions_are_found_among_all() {
    let app = TestApp::with(|config| {
        config.applications.push(config::Application {
            client_id: "shop".to_owned(),
            name: Some("The Shop".to_owned()),
            ..config::Application::default()
        });
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let query =
        "mutation Login($input: LoginInput!) { login(input: $input) { ... on Authenticated {
        tokens { accessToken } session { id application { id clientId name audience } }
    } } }";
    let input = json!({
        "identifier": alice.email, "password": alice.password, "clientId": "shop",
    });
    let request = Request::graphql(query, &json!({ "input": input }));
    let shop = app.send(request).await.data()["login"].take();
    let application = &shop["session"]["application"];
    assert_eq!(application["clientId"], "shop");
    assert_eq!(application["name"], "The Shop");
    let at_default = alice.log_in(&app).await;
    let all = Page::of(&app, &at_default.token, json!({})).await;
    let ids = [at_default.id, text(&shop["session"]["id"])];
    assert_eq!(all.ids(), ids, "each application shows both");
    let of_shop = json!({ "application": application["id"] });
    let token = text(&shop["tokens"]["accessToken"]);
    for token in [&token, &at_default.token] {
        let found = Page::of(&app, token, of_shop.clone()).await;
        assert_eq!(found.ids(), ids[1..]);
        assert_eq!(found.0["totalCount"], 1);
    }
    // One that isn't there, or that somebody else uses: nobody can tell which.
    let nowhere = base64("Application:01a20153-902e-769c-8605-f0b632ed6d80");
    let found = Page::of(&app, &token, json!({ "application": nowhere })).await;
    assert_eq!(found.0["totalCount"], 0);
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn who_may_look_people_up_sees_their_profile_but_not_their_sessions() {
    let (app, alice) = TestApp::with_user("alice").await;
    let bob = Person::signed_up("bob", &app).await;
    bob.log_in(&app).await;
    let database = app.database().await;
    for statement in [
        "UPDATE applications SET scopes = 'cardea:users:read'",
        "INSERT INTO grants (user_id, application_id, scopes, cutoff)
         SELECT users.id, applications.id, 'cardea:users:read', 0 FROM users, applications
         WHERE users.username = 'alice'",
    ] {
        let done = database.execute_unprepared(statement).await;
        done.expect("the tables are there");
    }
    let session = alice.log_in(&app).await;
    let profile = format!(
        "{{ user(by: {{ email: \"{}\" }}) {{ username }} }}",
        bob.email
    );
    let profile = app.ask_as(&session.token, &profile).await.data();
    assert_eq!(profile["user"]["username"], "bob");
    let sessions = format!(
        "{{ user(by: {{ email: \"{}\" }}) {{ id email sessions {{ totalCount nodes {{ id }} }} }} }}",
        bob.email
    );
    let refused = app.ask_as(&session.token, &sessions).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert_eq!(refused.code().as_deref(), Some("FORBIDDEN"));
    assert_eq!(refused.json()["data"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_read_is_no_empty_list_and_nobody_is_signed_out() {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let database = app.database().await;
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    let away = rename("sessions", "elsewhere");
    let done = database.execute_unprepared(&away).await;
    done.expect("the table is there");
    let answer = ask(&app, &session.token, json!({})).await;
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert_eq!(answer.code().as_deref(), Some("INTERNAL_SERVER_ERROR"));
    assert_eq!(answer.json()["data"], Value::Null, "`me` is not null");
    assert!(!answer.text().contains("elsewhere"), "{}", answer.text());
    let back = rename("elsewhere", "sessions");
    let done = database.execute_unprepared(&back).await;
    done.expect("it is there again");
    let page = Page::of(&app, &session.token, json!({})).await;
    assert_eq!(page.0["totalCount"], 1);
}
