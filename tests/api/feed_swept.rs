//! Followers that begin when the ledger was swept by a clock that was ahead: they are told what they can't be told any more.

use std::time::Duration;

use cardea_verifier::{Refusal, Verifier, WhenStale};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::app::TestApp;
use crate::following::{SOON, claim, over, position, rows, with_alice};
use crate::people::Person;
use crate::sub_systems::{BILLING, SHOP, SubSystem, Tokens};

/// Longer than any row of the ledger is kept.
const JUMP_SECONDS: u64 = 2 * 3600;

async fn jump_ahead_and_back(app: &TestApp) {
    app.advance_seconds(JUMP_SECONDS);
    app.sweep_ledger().await;
    app.set_back_seconds(JUMP_SECONDS);
}

/// Whether the nodes' rule lets a token pass that nothing is known against.
fn is_spared(tokens: &Tokens, swept: &Value) -> bool {
    let number = |value: &Value| value.as_i64().expect("a number");
    number(&claim(tokens, "rev")) >= number(&swept["position"])
        || number(&claim(tokens, "exp")) > number(&swept["exp"])
}

#[tokio::test]
async fn what_was_swept_too_early_is_told_to_who_comes_later() {
    let (app, alice) = with_alice().await;
    let gone = over(&alice, SHOP, &app).await;
    jump_ahead_and_back(&app).await;
    let next = Tokens::of(&alice, "shop", &app).await;
    let told = SHOP.hear("?wait=0", &app).await;
    assert_eq!((rows(&told).len(), position(&told)), (0, 1));
    let swept = json!({ "position": 1, "exp": claim(&gone, "exp") });
    assert_eq!(told["swept"], swept);
    assert!(!is_spared(&gone, &swept) && is_spared(&next, &swept));
    // To whom it doesn't concern as well: who was told of the row is not known any more.
    let mut stream = BILLING.stream("", &app).await;
    assert_eq!(stream.next().await.data["swept"], swept);
    // From memory, too.
    let second = over(&alice, SHOP, &app).await;
    let told = SHOP.hear("?wait=0&after=1", &app).await;
    assert_eq!((rows(&told).len(), &told["swept"]), (1, &swept));
    assert!(is_spared(&second, &swept));
}

#[tokio::test]
async fn who_listens_when_it_is_swept_is_told_as_well() {
    let (app, alice) = with_alice().await;
    let mut stream = SHOP.stream("", &app).await;
    let event = stream.next().await;
    assert_eq!(event.data["swept"], json!({ "position": 0, "exp": 0 }));
    let gone = over(&alice, SHOP, &app).await;
    stream.news().await;
    jump_ahead_and_back(&app).await;
    let swept = json!({ "position": 1, "exp": claim(&gone, "exp") });
    let told = async { while stream.next().await.data["swept"] != swept {} };
    timeout(SOON * 2, told)
        .await
        .expect("it is told in the end");
}

#[tokio::test]
async fn a_verifier_that_starts_later_takes_no_token_whose_logout_was_swept() {
    let app = TestApp::with(|config| {
        config.applications = vec![SHOP.application()];
        config.tokens.issuer = None;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    let gone = over(&alice, SHOP, &app).await;
    jump_ahead_and_back(&app).await;
    let next = Tokens::of(&alice, "shop", &app).await;
    let verifier = late(SHOP, &app).await;
    let refusal = verifier.verify(&gone.access).await;
    assert_eq!(refusal.expect_err("it is dead"), Refusal::Expired);
    assert!(verifier.verify(&next.access).await.is_ok());
}

async fn late(who: SubSystem, app: &TestApp) -> Verifier {
    let audience = format!("https://{}.example.com", who.client_id);
    let verifier = Verifier::new(format!("http://{}", app.address), audience)
        .credentials(who.client_id, who.secret)
        .freshness_bound(Duration::from_secs(30))
        .when_stale(WhenStale::Refuse)
        .start()
        .expect("the settings are good");
    let ready = timeout(Duration::from_secs(20), verifier.ready()).await;
    ready.expect("the feed is heard");
    verifier
}
