//! Tokens that the server's own key signed, and that say what no token of ours says.

use serde_json::{Value, json};

use crate::app::{ISSUER, TestApp};
use crate::client::JSON;
use crate::client::Request;
use crate::forgery::{Key, Token};
use crate::people::{LOGOUT, ME, Session, ended};

const HOUR: i64 = 3600;

struct Forge {
    app: TestApp,
    session: Session,
    token: Token,
    key: Key,
}

impl Forge {
    async fn new() -> Self {
        let (app, alice) = TestApp::with_user("alice").await;
        let session = alice.log_in(&app).await;
        Self {
            token: Token::apart(&session.token),
            key: Key::of_server(&app).await,
            session,
            app,
        }
    }

    fn with(&self, name: &str, value: impl Into<Value>) -> String {
        self.token
            .clone()
            .with_claim(name, value)
            .signed_by(&self.key)
    }

    async fn assert_refused(&self, what: &str, token: &str, reason: &str) {
        let request = Request::graphql(ME, &Value::Null).bearer(token);
        let answer = self.app.send(request.clone()).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
        assert_eq!(
            answer.extension("reason").as_deref(),
            Some(reason),
            "{what}"
        );
        answer.assert_unauthenticated(reason);
        let as_json = self.app.send(request.accept(JSON)).await;
        assert_eq!((as_json.status, as_json.body), (200, answer.body), "{what}");
    }

    async fn assert_taken(&self, what: &str, token: &str) {
        let answer = self.app.ask_as(token, ME).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        assert!(answer.data()["me"]["id"].is_string(), "{what}");
    }
}

#[tokio::test]
async fn what_is_signed_anew_is_as_good_as_the_first() {
    let forge = Forge::new().await;
    let again = forge.token.signed_by(&forge.key);
    assert_ne!(again, forge.session.token, "each signature is another");
    forge.assert_taken("signed again", &again).await;
    let more = forge.with("scope", "openid");
    forge.assert_taken("with a scope", &more).await;
    forge
        .assert_taken("with a claim of nobody's", &forge.with("color", "blue"))
        .await;
}

#[tokio::test]
async fn each_claim_has_to_be_there() {
    let forge = Forge::new().await;
    for claim in [
        "iss",
        "aud",
        "sub",
        "sid",
        "jti",
        "iat",
        "exp",
        "auth_time",
        "amr",
        "client_id",
        "rev",
    ] {
        let token = forge
            .token
            .clone()
            .without_claim(claim)
            .signed_by(&forge.key);
        forge.assert_refused(claim, &token, "MALFORMED").await;
        forge
            .assert_refused(claim, &forge.with(claim, Value::Null), "MALFORMED")
            .await;
    }
    let nothing = forge.key.sign(&forge.token.header.to_string(), "{}");
    forge.assert_refused("nothing", &nothing, "MALFORMED").await;
}

#[tokio::test]
async fn each_claim_has_its_type() {
    let forge = Forge::new().await;
    let now = forge.app.now();
    for (claim, value) in [
        ("exp", json!((now + 60).to_string())),
        ("exp", json!("never")),
        ("exp", json!([now + 60])),
        ("exp", json!({})),
        ("exp", json!(true)),
        ("exp", json!(1e300)),
        ("iat", json!(now.to_string())),
        ("nbf", json!(now.to_string())),
        ("nbf", json!("0")),
        ("nbf", json!([now])),
        ("nbf", json!(false)),
        ("iss", json!([ISSUER])),
        ("sub", json!(1)),
        ("sub", json!("alice")),
        ("sub", json!("")),
        ("sid", json!("")),
        ("sid", json!("../..")),
        ("jti", json!("")),
        ("jti", json!("AAAA")),
        ("jti", json!("A".repeat(400))),
        ("jti", json!(7)),
        ("rev", json!("0")),
        ("rev", json!(0.5)),
        ("rev", json!(1e300)),
        ("amr", json!("pwd")),
        ("client_id", json!(["default"])),
    ] {
        let what = format!("{claim} = {value}");
        forge
            .assert_refused(&what, &forge.with(claim, value), "MALFORMED")
            .await;
    }
}

#[tokio::test]
async fn nothing_is_said_twice() {
    let forge = Forge::new().await;
    let (header, claims) = (
        forge.token.header.to_string(),
        forge.token.claims.to_string(),
    );
    let rest = claims.strip_prefix('{').expect("an object");
    let end = claims.strip_suffix('}').expect("an object");
    let far = forge.app.now() + HOUR;
    for (name, value) in [
        ("exp", far.to_string()),
        ("aud", "\"cardea\"".to_owned()),
        ("sid", "\"00000000-0000-7000-8000-000000000000\"".to_owned()),
        ("rev", "99".to_owned()),
        ("sub", forge.token.claims["sub"].to_string()),
    ] {
        for doubled in [
            format!("{{\"{name}\":{value},{rest}"),
            format!("{end},\"{name}\":{value}}}"),
        ] {
            let token = forge.key.sign(&header, &doubled);
            forge.assert_refused(name, &token, "MALFORMED").await;
            // It names no session either that could be ended by it.
            let answer = forge.app.ask_as(&token, LOGOUT).await;
            assert_eq!(ended(&answer), Vec::<String>::new(), "{name}");
        }
    }
    forge.session.assert_live(&forge.app).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_is_none_of_ours() {
    let forge = Forge::new().await;
    for issuer in [
        "https://login.example.com/".to_owned(),
        "https://LOGIN.example.com".to_owned(),
        "http://login.example.com".to_owned(),
        "https://login.example.com.evil.example".to_owned(),
        "https://login.example.co".to_owned(),
        format!("http://{}", forge.app.address),
        String::new(),
    ] {
        let token = forge.with("iss", issuer.clone());
        forge.assert_refused(&issuer, &token, "MALFORMED").await;
        assert_eq!(
            ended(&forge.app.ask_as(&token, LOGOUT).await),
            Vec::<String>::new()
        );
    }
    forge.session.assert_live(&forge.app).await;
}

#[tokio::test]
async fn a_token_of_another_application_is_no_use_here() {
    let forge = Forge::new().await;
    for audience in [
        "shop",
        "cardea2",
        "carde",
        "Cardea",
        "cardea ",
        " cardea",
        "cardea,shop",
        "",
    ] {
        let token = forge.with("aud", audience);
        forge
            .assert_refused(audience, &token, "WRONG_AUDIENCE")
            .await;
    }
    // One application, one audience: what says more is not ours.
    for audience in [
        json!(["cardea"]),
        json!(["cardea", "shop"]),
        json!([]),
        json!(["shop"]),
    ] {
        let what = audience.to_string();
        forge
            .assert_refused(&what, &forge.with("aud", audience), "MALFORMED")
            .await;
    }
}

#[tokio::test]
async fn a_token_lives_from_its_first_second_to_its_last() {
    let forge = Forge::new().await;
    let app = &forge.app;
    forge.assert_taken("new", &forge.session.token).await;
    app.advance_seconds(290);
    forge.assert_taken("old", &forge.session.token).await;
    app.advance_seconds(10);
    forge
        .assert_refused("at its end", &forge.session.token, "EXPIRED")
        .await;
    app.advance_seconds(86_400 * 365);
    forge
        .assert_refused("a year later", &forge.session.token, "EXPIRED")
        .await;
}

#[tokio::test]
async fn a_leeway_is_given_where_it_is_configured() {
    let app = TestApp::with(|config| config.tokens.leeway_seconds = 5).await;
    let alice = crate::people::Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    app.advance_seconds(302);
    session.assert_live(&app).await;
    session.log_out(&app).await;
    session.assert_dead(&app).await;
    app.advance_seconds(4);
    session.me(&app).await.assert_unauthenticated("EXPIRED");
}

#[tokio::test]
async fn a_token_of_the_future_is_not_valid_yet() {
    let forge = Forge::new().await;
    let now = forge.app.now();
    let at = |iat: i64, exp: i64| {
        let token = forge.token.clone().with_claim("iat", iat);
        token.with_claim("exp", exp).signed_by(&forge.key)
    };
    forge
        .assert_refused("nbf", &forge.with("nbf", now + 60), "NOT_YET_VALID")
        .await;
    forge
        .assert_refused("nbf, far", &forge.with("nbf", i64::MAX), "NOT_YET_VALID")
        .await;
    forge
        .assert_refused("iat", &at(now + 60, now + 360), "NOT_YET_VALID")
        .await;
    forge
        .assert_taken("nbf of before", &forge.with("nbf", now - 60))
        .await;
    forge.app.advance_seconds(70);
    forge
        .assert_taken("later", &forge.with("nbf", now + 60))
        .await;
}

#[tokio::test]
async fn no_token_lives_longer_than_an_hour() {
    let forge = Forge::new().await;
    let iat = forge.token.claim("iat");
    forge
        .assert_taken("an hour", &forge.with("exp", iat + HOUR))
        .await;
    for exp in [
        iat + HOUR + 1,
        iat + 86_400,
        i64::MAX,
        iat,
        iat - 1,
        0,
        -1,
        i64::MIN,
    ] {
        let what = format!("exp = {exp}");
        forge
            .assert_refused(&what, &forge.with("exp", exp), "MALFORMED")
            .await;
    }
    for iat in [i64::MIN, 0, -1] {
        let what = format!("iat = {iat}");
        forge
            .assert_refused(&what, &forge.with("iat", iat), "MALFORMED")
            .await;
    }
}

#[tokio::test]
async fn a_position_that_the_ledger_never_had_is_refused() {
    let forge = Forge::new().await;
    for rev in [1, 1000, i64::MAX] {
        let token = forge.with("rev", rev);
        forge
            .assert_refused(&format!("rev = {rev}"), &token, "REVOKED")
            .await;
    }
    forge
        .assert_taken("an older position", &forge.with("rev", 0))
        .await;
    let answer = forge.app.ask_as(&forge.with("rev", -1), ME).await;
    assert!(matches!(answer.status, 200 | 401), "{}", answer.text());
}

#[tokio::test]
async fn a_session_that_never_was_is_nobody() {
    let forge = Forge::new().await;
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let token = forge.with("sid", nobody);
    // Absence from a list of the dead is no proof of life, but only our key could sign this. What
    // matters: it is no error of ours, and shows nobody's session.
    let answer = forge.app.ask_as(&token, "{ currentSession { id } }").await;
    assert!(matches!(answer.status, 200 | 401), "{}", answer.text());
    assert!(answer.json()["data"]["currentSession"]["id"].is_null());
    assert_eq!(
        ended(&forge.app.ask_as(&token, LOGOUT).await),
        Vec::<String>::new()
    );

    let token = forge.with("sub", nobody);
    let answer = forge.app.ask_as(&token, ME).await;
    assert!(answer.json()["data"]["me"].is_null(), "{}", answer.text());
    assert_eq!(
        answer.code().as_deref(),
        Some("UNAUTHENTICATED"),
        "{}",
        answer.text()
    );
}
