//! Tokens that are not ours, or no longer what we signed: each is refused, in the same shape.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Answer, JSON, Request};
use crate::forgery::{Key, Token, decode, der, encode, twin, with_signature};
use crate::people::{LOGOUT, Session, ended};

/// It would answer something to anybody: so if any of it ran, that would be seen.
const QUERY: &str = "{ authSettings { issuer } me { id } currentSession { id } }";

/// Sends a token over both media types; both must refuse it as the table of refusals says.
async fn assert_refused(app: &TestApp, name: &str, token: &str, reason: &str) {
    let request = Request::graphql(QUERY, &Value::Null).bearer(token);
    let answer = app.send(request.clone()).await;
    with_name(name, || answer.assert_unauthenticated(reason));
    let as_json = app.send(request.accept(JSON)).await;
    assert_eq!(as_json.status, 200, "{name}");
    assert_eq!(as_json.body, answer.body, "{name}: the same message");
    assert!(as_json.header("www-authenticate").is_some(), "{name}");
}

fn with_name(name: &str, check: impl FnOnce()) {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check));
    assert!(outcome.is_ok(), "the defect was: {name}");
}

/// A server, somebody's live session on it, and its token in parts.
pub(crate) async fn target() -> (TestApp, Session, Token) {
    let (app, alice) = TestApp::with_user("alice").await;
    let session = alice.log_in(&app).await;
    let token = Token::apart(&session.token);
    (app, session, token)
}

pub(crate) async fn assert_malformed(app: &TestApp, defects: &[(&str, String)]) {
    for (name, token) in defects {
        assert_refused(app, name, token, "MALFORMED").await;
        // Nor does it end anything.
        let answer = app.ask_as(token, LOGOUT).await;
        assert_eq!(ended(&answer), Vec::<String>::new(), "{name}");
    }
}

#[tokio::test]
async fn what_has_not_the_shape_of_a_token_is_malformed() {
    let (app, session, _) = target().await;
    let live = session.token.as_str();
    let parts: Vec<_> = live.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("a token has three parts")
    };
    let padded = |text: &str| format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
    assert_malformed(
        &app,
        &[
            ("a word", "x".to_owned()),
            ("dots", "..".to_owned()),
            ("letters", "a.b.c".to_owned()),
            ("two parts", format!("{header}.{claims}")),
            ("four parts", format!("{live}.{signature}")),
            ("five parts, as of a JWE", format!("{live}.a.b")),
            ("no header", format!(".{claims}.{signature}")),
            ("no claims", format!("{header}..{signature}")),
            ("no signature", format!("{header}.{claims}.")),
            ("truncated", live[..live.len() - 1].to_owned()),
            ("extended", format!("{live}A")),
            ("padded", format!("{live}==")),
            (
                "a padded header",
                format!("{}.{claims}.{signature}", padded(&format!("{header}A"))),
            ),
            ("percent", live.replace('.', "%2E")),
            (
                "not base64url",
                format!("{header}.{claims}.{}", "+/".repeat(43)),
            ),
            ("parts swapped", format!("{claims}.{header}.{signature}")),
            (
                "claims for a header",
                format!("{claims}.{claims}.{signature}"),
            ),
            ("JSON", r#"{"alg":"none"}"#.to_owned()),
            ("quoted", format!("\"{live}\"")),
            ("over 8 KiB", format!("{live}{}", "A".repeat(8192))),
            ("over 8 KiB of dots", ".".repeat(8193)),
            (
                "a header that is no object",
                format!("{}.{claims}.{signature}", encode(b"[]")),
            ),
            (
                "a header that is no JSON",
                format!("{}.{claims}.{signature}", encode(b"{")),
            ),
            (
                "a header that is no UTF-8",
                format!("{}.{claims}.{signature}", encode(b"\xff")),
            ),
        ],
    )
    .await;
    session.assert_live(&app).await;
}

#[tokio::test]
async fn a_signature_is_checked_in_full() {
    let (app, session, token) = target().await;
    let live = session.token.as_str();
    let foreign = Key::foreign();
    let other = Token::apart(&session.token)
        .with_claim("rev", 0)
        .signed_by(&foreign);
    let others = decode(other.rsplit('.').next().expect("a signature"));
    assert_malformed(
        &app,
        &[
            ("another key's, same kid", token.signed_by(&foreign)),
            ("another token's", with_signature(live, |_| others)),
            ("zeros", with_signature(live, |_| vec![0; 64])),
            ("empty", with_signature(live, |_| Vec::new())),
            (
                "cut by a byte",
                with_signature(live, |bytes| bytes[..63].to_vec()),
            ),
            ("half", with_signature(live, |bytes| bytes[..32].to_vec())),
            (
                "a byte longer",
                with_signature(live, |bytes| [bytes, &[0]].concat()),
            ),
            (
                "a byte before",
                with_signature(live, |bytes| [&[0], bytes].concat()),
            ),
            ("twice", with_signature(live, |bytes| bytes.repeat(2))),
            (
                "r and s swapped",
                with_signature(live, |bytes| [&bytes[32..], &bytes[..32]].concat()),
            ),
            ("DER", with_signature(live, der)),
            (
                "r of zero",
                with_signature(live, |bytes| [&[0; 32], &bytes[32..]].concat()),
            ),
            (
                "s of zero",
                with_signature(live, |bytes| [&bytes[..32], &[0; 32]].concat()),
            ),
            (
                "s beyond the order",
                with_signature(live, |bytes| [&bytes[..32], &[255; 32]].concat()),
            ),
        ],
    )
    .await;
    session.assert_live(&app).await;
}

#[tokio::test]
async fn no_bit_of_a_token_may_differ() {
    let (app, session, _) = target().await;
    let live = session.token.as_bytes();
    // Each 13th letter, so that all parts get their share.
    for index in (0..live.len())
        .step_by(13)
        .filter(|index| live[*index] != b'.')
    {
        let mut changed = live.to_vec();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        let answer = app.ask_as(&changed, QUERY).await;
        assert_eq!(answer.status, 401, "letter {index}");
    }
    // The last letter of a signature has two bits that mean nothing: they must be as we wrote them.
    let (rest, last) = session.token.split_at(live.len() - 1);
    for letter in ["A", "Q", "g", "w", "B", "R", "h", "x"]
        .into_iter()
        .filter(|letter| *letter != last)
    {
        let answer = app.ask_as(&format!("{rest}{letter}"), QUERY).await;
        answer.assert_unauthenticated("MALFORMED");
    }
}

#[tokio::test]
async fn unsigned_tokens_are_refused_in_every_spelling() {
    let (app, _session, token) = target().await;
    let mut defects = Vec::new();
    for algorithm in ["none", "None", "NONE", "nOnE", "none ", "", "null"] {
        let token = token.clone().with_header("alg", algorithm);
        defects.push((algorithm, token.unsigned("")));
        defects.push((algorithm, token.unsigned(&encode(&token.signature))));
    }
    defects.push((
        "null",
        token.clone().with_header("alg", Value::Null).unsigned(""),
    ));
    defects.push((
        "a list",
        token
            .clone()
            .with_header("alg", json!(["none", "ES256"]))
            .unsigned(""),
    ));
    defects.push(("missing", token.clone().without_header("alg").unsigned("")));
    assert_malformed(&app, &defects).await;
}

#[tokio::test]
async fn a_good_token_may_be_spelt_as_the_standards_allow() {
    let (app, session, token) = target().await;
    let server = Key::of_server(&app).await;
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
    ] {
        let spelt = token.clone().with_header("typ", typ).signed_by(&server);
        let answer: Answer = app.ask_as(&spelt, QUERY).await;
        assert!(answer.data()["me"]["id"].is_string(), "{typ}");
    }
    session.log_out(&app).await;
    for typ in ["at+jwt", "application/at+jwt"] {
        let spelt = token.clone().with_header("typ", typ).signed_by(&server);
        let answer = app.ask_as(&spelt, QUERY).await;
        answer.assert_unauthenticated("LOGGED_OUT");
    }
}

#[tokio::test]
async fn a_logged_out_token_is_dead_in_every_spelling() {
    let (app, session, _) = target().await;
    let twin = with_signature(&session.token, twin);
    assert_ne!(twin, session.token);
    // The twin may be taken for as long as the token lives.
    let before = app.ask_as(&twin, QUERY).await;
    assert!(matches!(before.status, 200 | 401), "{}", before.text());
    session.assert_live(&app).await;
    session.log_out(&app).await;
    let spellings = [
        format!("Bearer {}", session.token),
        format!("bearer {}", session.token),
        format!("Bearer   {}", session.token),
        format!("Bearer {twin}"),
        format!("Bearer {}=", session.token),
        format!("Bearer {}==", session.token),
    ];
    for spelling in spellings {
        let request = Request::graphql(QUERY, &Value::Null).header("Authorization", &spelling);
        let answer = app.send(request).await;
        assert_eq!(answer.status, 401, "{spelling}");
        assert!(answer.json().get("data").is_none());
    }
    // And it can be ended by its twin as well.
    assert_eq!(
        ended(&app.ask_as(&twin, LOGOUT).await),
        Vec::<String>::new()
    );
}
