//! What a session shows of where it was opened: device, address, application.

use serde_json::json;

use crate::app::TestApp;
use crate::my_sessions::{Page, text};
use crate::people::Person;

/// A login by somebody whose client says that it is this, in whatever bytes.
async fn log_in_with(app: &TestApp, person: &Person, user_agent: &[u8]) -> Option<String> {
    let query =
        "mutation Login($input: LoginInput!) { login(input: $input) { ... on Authenticated {
        tokens { accessToken }
    } } }";
    let input = json!({ "identifier": person.email, "password": person.password });
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let mut request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nUser-Agent: ",
        app.client().address,
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(user_agent);
    request.extend_from_slice(b"\r\n\r\n");
    request.extend_from_slice(body.as_bytes());
    let answer = app.exchange(&request).await;
    if answer.status != 200 {
        return None;
    }
    let token = &answer.data()["login"]["tokens"]["accessToken"];
    Some(text(token))
}

const DEVICE: &str = "{ me { sessions(first: 1) { nodes {
    device { kind browser operatingSystem userAgent } ipAddress
    application { id clientId name audience enabled }
} } } }";

#[tokio::test]
async fn a_session_is_recognised_by_its_device() {
    let (app, alice) = TestApp::with_user("alice").await;
    let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 \
                  (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1";
    let token = log_in_with(&app, &alice, safari.as_bytes()).await;
    let token = token.expect("a login");
    let answer = app.ask_as(&token, DEVICE).await.data();
    let node = &answer["me"]["sessions"]["nodes"][0];
    let expected = json!({
        "kind": "MOBILE", "browser": "Safari", "operatingSystem": "iOS", "userAgent": safari,
    });
    assert_eq!(node["device"], expected);
    assert_eq!(node["ipAddress"], "127.0.0.1");
    let tokens = &app.config().tokens;
    assert_eq!(node["application"]["clientId"], json!(tokens.client_id));
    assert_eq!(node["application"]["audience"], json!(tokens.audience));
    assert_eq!(node["application"]["enabled"], true);

    let silent = alice.log_in(&app).await;
    let answer = app.ask_as(&silent.token, DEVICE).await.data();
    let unknown =
        json!({ "kind": "OTHER", "browser": null, "operatingSystem": null, "userAgent": null });
    assert_eq!(answer["me"]["sessions"]["nodes"][0]["device"], unknown);
}

#[tokio::test]
async fn a_user_agent_forges_no_line_and_no_screen() {
    let (app, alice) = TestApp::with_user("alice").await;
    let long = [b'a'; 4000];
    for user_agent in [
        &b"x\r\n 2026-11-22T00:00:00Z INFO logged in"[..],
        b"x\r\nX-Forwarded-For: 203.0.113.9",
        b"x\n2026-11-22T00:00:00Z INFO logged in",
        b"x\r2026",
        b"\x1b[2J\x1b[31mx",
        b"x\x00y",
        b"x\ty\x7f",
        "x\u{9b}31m\u{202e}y\u{2028}z".as_bytes(),
        b"x\xff\xfe",
        &long,
    ] {
        // Either it is no HTTP, or what is kept of it harms nobody.
        let Some(token) = log_in_with(&app, &alice, user_agent).await else {
            continue;
        };
        let answer = app.ask_as(&token, DEVICE).await.data();
        let kept = &answer["me"]["sessions"]["nodes"][0]["device"]["userAgent"];
        let kept = text(kept);
        assert!(kept.len() <= 512, "{}", kept.len());
        assert!(
            kept.bytes().all(|byte| matches!(byte, b' '..=b'~')),
            "{kept:?}"
        );
        assert!(kept.starts_with(['x', 'a', '[']), "{kept:?}");
    }
    let session = alice.log_in(&app).await;
    let seen = Page::of(&app, &session.token, json!({ "state": null })).await;
    assert!(seen.0["totalCount"].as_i64() > Some(4), "some got in");
}
