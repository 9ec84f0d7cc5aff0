//! `graphql-transport-ws` to the letter: each close code, and what is no message.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::app::TestApp;
use crate::client::{Client, Request};
use crate::people::Session;
use crate::socket::{SUBSCRIPTION, Socket, handshake};

/// Somebody who is signed in, and has said so.
async fn scene() -> (TestApp, Session, Socket) {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let socket = Socket::of(&session.token, &app).await;
    (app, session, socket)
}

async fn opened(client: &Client, request: Request) -> Socket {
    let socket = Socket::by(client, request).await;
    socket.unwrap_or_else(|answer| panic!("{}: {}", answer.status, answer.text()))
}

fn init(payload: &Value) -> Value {
    json!({ "type": "connection_init", "payload": payload })
}

#[tokio::test]
async fn another_subprotocol_or_none_is_not_acceptable() {
    let app = TestApp::start().await;
    let mut none = handshake();
    none.remove("Sec-WebSocket-Protocol");
    let older = handshake().replace("Sec-WebSocket-Protocol", "graphql-ws, soap");
    let foreign = handshake().replace("Sec-WebSocket-Protocol", "soap");
    let plain = "Subprotocol not acceptable";
    let told =
        "Subprotocol not acceptable: graphql-ws is the older one, speak graphql-transport-ws";
    for (request, reason) in [(none, plain), (foreign, plain), (older, told)] {
        let mut socket = opened(&app, request).await;
        socket.assert_closed(4406, reason).await;
    }
    let among = handshake().replace("Sec-WebSocket-Protocol", "soap, graphql-transport-ws");
    let mut socket = opened(&app, among).await;
    socket.settle().await;
}

#[tokio::test]
async fn what_is_no_handshake_gets_an_answer() {
    let app = TestApp::start().await;
    for (name, value, status) in [
        ("Sec-WebSocket-Version", "8", 426),
        ("Sec-WebSocket-Version", "", 400),
        ("Sec-WebSocket-Key", "", 400),
        ("Connection", "close", 400),
    ] {
        let mut request = handshake();
        request.remove(name);
        if !value.is_empty() {
            request = request.header(name, value);
        }
        let answer = Socket::by(&app, request).await.err().expect("no socket");
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert_eq!(answer.code().as_deref(), Some("BAD_USER_INPUT"));
        let version = answer.header("sec-websocket-version");
        assert_eq!(version, (status == 426).then_some("13"), "{name}");
    }
}

#[tokio::test]
async fn a_client_says_first_who_it_is() {
    let (app, session, _) = scene().await;
    let mut socket = Socket::open(&app).await;
    socket.subscribe("1", SUBSCRIPTION).await;
    socket.assert_closed(4401, "Unauthorized").await;
    let mut socket = Socket::open(&app).await;
    for harmless in [
        json!({ "type": "pong" }),
        json!({ "type": "complete", "id": "1" }),
    ] {
        socket.send(&harmless).await;
    }
    socket.settle().await;
    socket.init(&session.token).await;
    assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
    socket.init(&session.token).await;
    let reason = "Too many initialisation requests";
    socket.assert_closed(4429, reason).await;
    // Two in one breath.
    let mut socket = Socket::open(&app).await;
    socket.init(&session.token).await;
    socket.init(&session.token).await;
    assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
    socket.assert_closed(4429, reason).await;
}

#[tokio::test]
async fn who_shows_no_good_token_is_forbidden() {
    let (app, session, mut socket) = scene().await;
    session.end(&app).await;
    socket.assert_closed(4403, "Forbidden: LOGGED_OUT").await;
    let dead = format!("Bearer {}", session.token);
    for (payload, reason) in [
        (json!({}), "MISSING"),
        (json!(null), "MISSING"),
        (json!({ "token": dead }), "MISSING"),
        (json!({ "authorization": "" }), "MALFORMED"),
        (json!({ "authorization": null }), "MALFORMED"),
        (json!({ "authorization": session.token }), "MALFORMED"),
        (json!({ "authorization": "Bearer garbage" }), "MALFORMED"),
        (json!({ "authorization": "Basic YTpi" }), "MALFORMED"),
        (json!({ "authorization": { "token": dead } }), "MALFORMED"),
        (
            json!({ "authorization": dead, "Authorization": dead }),
            "MALFORMED",
        ),
        (json!({ "authorization": dead }), "LOGGED_OUT"),
        (json!({ "Authorization": dead }), "LOGGED_OUT"),
    ] {
        let mut socket = Socket::open(&app).await;
        socket.send(&init(&payload)).await;
        let (code, told) = socket.closed().await;
        assert_eq!(
            (code, told),
            (4403, format!("Forbidden: {reason}")),
            "{payload}"
        );
    }
}

#[tokio::test]
async fn a_header_may_show_the_token_and_a_cookie_never_does() {
    let (app, session, _) = scene().await;
    let ack = json!({ "type": "connection_ack" });
    let mut socket = opened(&app, handshake().bearer(&session.token)).await;
    socket.send(&json!({ "type": "connection_init" })).await;
    assert_eq!(socket.next().await, ack);
    let mut socket = opened(&app, handshake().bearer(&session.token)).await;
    socket.init(&session.token).await;
    assert_eq!(socket.next().await, ack);
    // Of two that differ, which one counts?
    let mut socket = opened(&app, handshake().bearer("another")).await;
    socket.init(&session.token).await;
    socket.assert_closed(4403, "Forbidden: MALFORMED").await;
    let cookie = format!("__Host-cardea-default={}", session.refresh.text());
    let mut socket = opened(&app, handshake().header("Cookie", &cookie)).await;
    socket.send(&json!({ "type": "connection_init" })).await;
    socket.assert_closed(4403, "Forbidden: MISSING").await;
}

#[tokio::test]
async fn who_never_says_who_they_are_is_cut_off() {
    let app = TestApp::with(|config| config.sockets.init_timeout_seconds = 1).await;
    let reason = "Connection initialisation timeout";
    let mut silent = Socket::open(&app).await;
    let mut half = Socket::open(&app).await;
    // The first half of a frame's head.
    half.send_bytes(&[0x81]).await;
    let mut chatty = Socket::open(&app).await;
    chatty.settle().await;
    for socket in [&mut silent, &mut half, &mut chatty] {
        socket.assert_closed(4408, reason).await;
    }
}

#[tokio::test]
async fn what_is_no_message_closes_with_4400() {
    let (app, session, _) = scene().await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let subscribe = |payload: Value| json!({ "type": "subscribe", "id": "1", "payload": payload });
    for text in [
        String::new(),
        "{".to_owned(),
        "hello".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        json!({ "type": 1 }).to_string(),
        json!({ "type": "start", "id": "1" }).to_string(),
        json!({ "type": "next", "id": "1" }).to_string(),
        json!({ "type": "connection_ack" }).to_string(),
        json!({ "type": "ping", "payload": "text" }).to_string(),
        json!({ "type": "complete" }).to_string(),
        json!({ "type": "complete", "id": "" }).to_string(),
        json!({ "type": "subscribe", "id": "1" }).to_string(),
        json!({ "type": "subscribe", "payload": { "query": SUBSCRIPTION } }).to_string(),
        json!({ "type": "subscribe", "id": 1, "payload": { "query": SUBSCRIPTION } }).to_string(),
        json!({ "type": "subscribe", "id": "x".repeat(65), "payload": { "query": "{ me }" } })
            .to_string(),
        subscribe(json!({})).to_string(),
        subscribe(json!({ "query": 1 })).to_string(),
        subscribe(json!({ "query": SUBSCRIPTION, "variables": [] })).to_string(),
        json!([{ "type": "ping" }]).to_string(),
        deep.clone(),
        format!("{{\"type\":\"ping\",\"payload\":{{\"a\":{deep}}}}}"),
    ] {
        let mut socket = Socket::of(&session.token, &app).await;
        socket.send_text(&text).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{text:.80}");
        assert!(reason.starts_with("Invalid message: "), "{reason}");
    }
    let mut socket = Socket::of(&session.token, &app).await;
    let ping = json!({ "type": "ping" }).to_string();
    socket.send_frame(Message::binary(ping.into_bytes())).await;
    socket
        .assert_closed(4400, "Invalid message: messages are texts")
        .await;
}

#[tokio::test]
async fn what_is_no_frame_closes_with_the_code_of_its_fault() {
    let (app, session, mut socket) = scene().await;
    // Not masked.
    socket.send_bytes(&[0x81, 0x02, b'{', b'}']).await;
    socket.assert_closed(1002, "Protocol error").await;
    let mut socket = Socket::of(&session.token, &app).await;
    // A reserved bit.
    socket.send_bytes(&[0xf1, 0x80, 0, 0, 0, 0]).await;
    socket.assert_closed(1002, "Protocol error").await;
    let mut socket = Socket::of(&session.token, &app).await;
    socket
        .send_bytes(&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])
        .await;
    socket.assert_closed(1007, "Text must be UTF-8").await;
    let mut socket = Socket::of(&session.token, &app).await;
    let long = "x".repeat(app.config().http.body_limit_bytes + 1);
    socket.send_text(&long).await;
    socket.assert_closed(1009, "Message too big").await;
    // In pieces that are small each.
    let mut socket = Socket::of(&session.token, &app).await;
    let mut piece = vec![0x01, 0xfe, 0x80, 0, 0, 0, 0, 0];
    piece.resize(8 + 0x8000, b'x');
    for _ in 0..3 {
        socket.send_bytes(&piece).await;
        piece[0] = 0x00;
    }
    socket.assert_closed(1009, "Message too big").await;
    // In pieces that are nothing each, without end.
    let mut socket = Socket::of(&session.token, &app).await;
    socket.send_bytes(&[0x01, 0x80, 0, 0, 0, 0]).await;
    let nothing = [0x00, 0x80, 0, 0, 0, 0].repeat(app.config().http.body_limit_bytes / 2);
    socket.send_bytes(&nothing).await;
    socket.assert_closed(1009, "Message too big").await;
}

#[tokio::test]
async fn pings_are_answered_with_what_they_brought() {
    let (_app, _, mut socket) = scene().await;
    socket.settle().await;
    let payload = json!({ "sent": 17 });
    socket
        .send(&json!({ "type": "ping", "payload": payload }))
        .await;
    assert_eq!(
        socket.next().await,
        json!({ "type": "pong", "payload": payload })
    );
    // Whoever answers nothing was asked nothing.
    socket
        .send(&json!({ "type": "pong", "payload": payload }))
        .await;
    socket.settle().await;
}

#[tokio::test]
async fn a_client_may_leave_and_is_seen_off() {
    let (_app, _, mut socket) = scene().await;
    let code = CloseCode::Normal;
    let reason = "done".into();
    socket
        .send_frame(Message::Close(Some(CloseFrame { code, reason })))
        .await;
    socket.assert_closed(1000, "done").await;
}

#[tokio::test]
async fn a_name_is_for_one_subscription_at_a_time() {
    let (_app, _, mut socket) = scene().await;
    let id = "ü".repeat(32);
    socket.subscribe(&id, SUBSCRIPTION).await;
    socket.subscribe(&id, SUBSCRIPTION).await;
    let reason = format!("Subscriber for {id} already exists");
    socket.assert_closed(4409, &reason).await;
}

#[tokio::test]
async fn an_operation_that_is_refused_leaves_the_socket_open() {
    let (app, session, mut socket) = scene().await;
    let nested = format!(
        "subscription {{ a(b: {}{}) }}",
        "[".repeat(2000),
        "]".repeat(2000)
    );
    let objects = format!(
        "subscription {{ a(b: {}1{}) }}",
        "{a:".repeat(2000),
        "}".repeat(2000)
    );
    let fields =
        "subscription { ".to_owned() + &"sessionEvents { ".repeat(100) + &"} ".repeat(100) + "}";
    for (query, code) in [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { sessionEvents }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription { a: sessionEvents { __typename } b: sessionEvents { __typename } }",
            "",
        ),
        (&nested, ""),
        (&objects, ""),
        (&fields, ""),
        ("{ me { id } }", "BAD_USER_INPUT"),
        ("mutation { logout { endedSessionIds } }", "BAD_USER_INPUT"),
    ] {
        socket.subscribe("1", query).await;
        let message = socket.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("error"), &json!("1"))
        );
        let told = message["payload"][0]["extensions"]["code"].as_str();
        let told = told.unwrap_or_else(|| panic!("{message}"));
        assert!(code.is_empty() || told == code, "{query:.60}: {message}");
    }
    socket.subscribe("1", SUBSCRIPTION).await;
    socket.settle().await;
    session.assert_live(&app).await;
}

#[tokio::test]
async fn a_subscription_over_http_is_refused() {
    let (app, session, _) = scene().await;
    let answer = app.ask_as(&session.token, SUBSCRIPTION).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.json().get("data").is_none(), "{}", answer.text());
}
