//! What an outage looks like from outside, whichever store is away: 503 in time, and nothing else.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::app::{TestApp, eventually};
use crate::client::{Answer, JSON, Request};
use crate::people::{ME, Session};

/// What the tests configure a store's timeout to, and what a busy machine may add.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(300);
pub(crate) const SLACK: Duration = Duration::from_millis(1200);

/// A store that is back is used again by then, without a restart of ours.
pub(crate) const RECOVERY: Duration = Duration::from_secs(3);

/// Words that would tell an attacker what we run on.
const BACKENDS: [&str; 14] = [
    "redis",
    "valkey",
    "postgres",
    "sqlite",
    "sql",
    "sqlx",
    "sea_orm",
    "seaorm",
    "connection",
    "refused",
    "pool",
    "127.0.0.1",
    "os error",
    "io error",
];

/// An answer that says: not now. Never a word of who the caller is or isn't.
#[track_caller]
pub(crate) fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.code().as_deref(), Some("STORE_UNAVAILABLE"));
    assert!(answer.json()["data"].is_null(), "{}", answer.text());
    let seconds = answer
        .header("retry-after")
        .and_then(|text| text.parse::<u64>().ok());
    assert!(seconds.is_some_and(|seconds| seconds >= 1), "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), None);
    let text = answer.text().to_lowercase();
    for word in BACKENDS {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

/// Sends, and fails if the answer takes longer than a store may.
pub(crate) async fn in_time(app: &TestApp, request: Request) -> Answer {
    let begun = Instant::now();
    let answer = app.send(request).await;
    let taken = begun.elapsed();
    assert!(taken < TIMEOUT + SLACK, "{taken:?} for {}", answer.text());
    answer
}

/// What needs the caller is refused as an outage over both media types, however often it is asked.
pub(crate) async fn assert_guarded_unavailable(app: &TestApp, session: &Session) {
    for query in [
        ME,
        "{ currentSession { id user { id } } }",
        "{ authSettings { issuer } me { id } }",
    ] {
        let request = Request::graphql(query, &Value::Null).bearer(&session.token);
        assert_unavailable(&in_time(app, request.clone()).await);
        let as_json = in_time(app, request.accept(JSON)).await;
        assert_eq!(as_json.status, 200);
        assert_eq!(as_json.code().as_deref(), Some("STORE_UNAVAILABLE"));
        assert!(as_json.json()["data"].is_null(), "{}", as_json.text());
    }
    let many = (0..20).map(|_| Request::graphql(ME, &Value::Null).bearer(&session.token));
    let begun = Instant::now();
    for answer in app.send_at_once(many.collect()).await {
        assert_unavailable(&answer);
    }
    assert!(
        begun.elapsed() < TIMEOUT + SLACK,
        "they waited for each other: {:?}",
        begun.elapsed()
    );
}

/// What needs no store goes on as ever; and the process lives, but does not want traffic.
pub(crate) async fn assert_otherwise_alive(app: &TestApp) {
    assert_lives(app).await;
    let ready = in_time(app, Request::get("/readyz")).await;
    assert_eq!((ready.status, ready.text().as_str()), (503, "not ready\n"));
}

/// The same, and the process can answer.
pub(crate) async fn assert_alive(app: &TestApp) {
    assert_lives(app).await;
    assert_eq!(in_time(app, Request::get("/readyz")).await.status, 200);
}

async fn assert_lives(app: &TestApp) {
    let answer = in_time(
        app,
        Request::graphql("{ me { id } authSettings { issuer } }", &Value::Null),
    )
    .await;
    assert!(answer.data()["me"].is_null());
    assert_eq!(in_time(app, Request::get("/livez")).await.status, 200);
    assert_eq!(
        in_time(app, Request::get("/.well-known/jwks.json"))
            .await
            .status,
        200
    );
    // A token that can't be ours needs no store to be refused.
    let garbage = Request::graphql(ME, &Value::Null).bearer("garbage");
    in_time(app, garbage)
        .await
        .assert_unauthenticated("MALFORMED");
}

pub(crate) async fn assert_recovers(app: &TestApp, session: &Session) {
    eventually(RECOVERY, "live again", async || {
        let answer = session.me(app).await;
        assert_ne!(
            answer.status, 401,
            "an outage must never look like a logout"
        );
        answer.status == 200 && answer.data()["me"]["id"].is_string()
    })
    .await;
    eventually(RECOVERY, "ready again", async || {
        app.send(Request::get("/readyz")).await.status == 200
    })
    .await;
}
