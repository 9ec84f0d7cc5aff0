//! Handlers that take a caller, and routers behind the layer.

use axum::Router;
use axum::body::Body;
use axum::extract::Extension;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Request};
use axum::routing::get;
use cardea_verifier::{Caller, Refusal, Verified};
use tower::ServiceExt as _;

use crate::following::{ADA, BOB};
use crate::server::{Server, logout};

const INVALID: &str = "Bearer error=\"invalid_token\", error_description=";
const LACKING: &str =
    "Bearer error=\"insufficient_scope\", error_description=\"FORBIDDEN\", scope=\"orders:write\"";
const DEAD: &str = "{\"code\":\"UNAUTHENTICATED\",\"reason\":\"LOGGED_OUT\"}";

async fn orders(caller: Caller) -> Result<String, Refusal> {
    caller.require("orders:read")?;
    Ok(caller.session_id().to_string())
}

async fn cancel(caller: Caller) -> Result<(), Refusal> {
    caller.require("orders:write")
}

async fn behind(Extension(caller): Extension<Verified>) -> String {
    caller.session_id().to_string()
}

/// Status, `WWW-Authenticate` or nothing, and body.
async fn ask(router: &Router, path: &str, tokens: &[&str]) -> (u16, String, HeaderMap, String) {
    let mut request = Request::get(path);
    for token in tokens {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1024)
        .await
        .expect("a short body");
    let challenge = parts.headers.get(WWW_AUTHENTICATE);
    let challenge = challenge
        .map_or("", |value| value.to_str().expect("a text"))
        .to_owned();
    let body = String::from_utf8(body.to_vec()).expect("a text");
    (parts.status.as_u16(), challenge, parts.headers, body)
}

#[tokio::test]
async fn a_handler_takes_its_caller_and_a_layer_lets_nobody_else_in() {
    let server = Server::start().await;
    let (verifier, stream) = server.followed().await;
    stream.tell(101, &[logout(BOB, 101)]).await;
    let ada = server.token(ADA, 101);
    assert!(verifier.verify(&ada).await.is_ok());
    let bob = server.token(BOB, 100);
    let ahead = server.token(ADA, 200);
    let guarded = Router::new()
        .route("/behind", get(behind))
        .layer(verifier.layer());
    let router = Router::new()
        .route("/orders", get(orders))
        .route("/cancel", get(cancel))
        .with_state(verifier)
        .merge(guarded);

    for path in ["/orders", "/behind"] {
        let (status, _, _, body) = ask(&router, path, &[&ada]).await;
        assert_eq!((status, body.as_str()), (200, ADA), "{path}");
        let (status, challenge, _, body) = ask(&router, path, &[&bob]).await;
        assert_eq!((status, body.as_str()), (401, DEAD), "{path}");
        assert_eq!(challenge, format!("{INVALID}\"LOGGED_OUT\""));
        let (status, challenge, _, _) = ask(&router, path, &[]).await;
        assert_eq!((status, challenge.as_str()), (401, "Bearer"), "{path}");
        let (status, challenge, _, _) = ask(&router, path, &[&ada, &ada]).await;
        assert_eq!(status, 401, "{path}");
        assert_eq!(challenge, format!("{INVALID}\"MALFORMED\""));
        let (status, challenge, headers, body) = ask(&router, path, &[&ahead]).await;
        assert_eq!((status, challenge.as_str()), (503, ""), "{path}");
        assert_eq!(headers[RETRY_AFTER], "1");
        assert_eq!(body, "{\"code\":\"UNAVAILABLE\"}");
    }
    let (status, challenge, _, body) = ask(&router, "/cancel", &[&ada]).await;
    assert_eq!((status, challenge.as_str()), (403, LACKING));
    assert_eq!(body, "{\"code\":\"FORBIDDEN\",\"scope\":\"orders:write\"}");
}
