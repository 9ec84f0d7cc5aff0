//! The crate for sub-systems, against the server: a logout is in force there within moments.

use std::time::{Duration, Instant};

use cardea_verifier::{Refusal, Verified, Verifier, WhenStale};
use tokio::time::{sleep, timeout};

use crate::app::TestApp;
use crate::people::Person;
use crate::sub_systems::{BILLING, SHOP, SubSystem, Tokens};

/// Enough for a percentile that means something.
const LOGOUTS: usize = 200;

/// On loopback it is some milliseconds; a busy machine is no fault.
const WITHIN: Duration = Duration::from_secs(1);

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server that is reached at its issuer, with somebody who has an account there.
pub(crate) async fn reachable() -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        config.applications = vec![SHOP.application(), BILLING.application()];
        config.tokens.issuer = None;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

pub(crate) async fn verifier_of(who: SubSystem, app: &TestApp) -> Verifier {
    let issuer = format!("http://{}", app.address);
    let verifier = Verifier::new(issuer, format!("https://{}.example.com", who.client_id))
        .credentials(who.client_id, who.secret)
        .freshness_bound(Duration::from_secs(5))
        .when_stale(WhenStale::Refuse)
        .start()
        .expect("the settings are good");
    let ready = timeout(PATIENCE, verifier.ready()).await;
    ready.expect("the feed is heard");
    verifier
}

/// A token that was just issued: its position may be news, too.
pub(crate) async fn pass(verifier: &Verifier, token: &str) -> Verified {
    verifier.verify(token).await.expect("it is alive")
}

/// How long a token passes, and why no longer.
pub(crate) async fn end_of(verifier: &Verifier, token: &str) -> (Duration, Refusal) {
    let begun_at = Instant::now();
    let end = async {
        loop {
            if let Err(refusal) = verifier.verify(token).await {
                return (begun_at.elapsed(), refusal);
            }
            sleep(Duration::from_micros(200)).await;
        }
    };
    timeout(PATIENCE, end).await.expect("the end is heard of")
}

#[tokio::test]
async fn a_logout_is_in_force_at_a_sub_system_within_moments() {
    let (app, alice) = reachable().await;
    let verifier = verifier_of(SHOP, &app).await;
    let mut late = Vec::with_capacity(LOGOUTS);
    for _ in 0..LOGOUTS {
        let tokens = Tokens::of(&alice, "shop", &app).await;
        let caller = pass(&verifier, &tokens.access).await;
        assert_eq!(caller.claims().client_id, "shop");
        SHOP.revoke(&tokens.refresh, &app).await;
        let (after, refusal) = end_of(&verifier, &tokens.access).await;
        assert_eq!(refusal.verdict(), "REVOKED");
        late.push(after);
    }
    late.sort_unstable();
    let (median, p99, longest) = (
        late[LOGOUTS / 2],
        late[LOGOUTS * 99 / 100],
        late[LOGOUTS - 1],
    );
    assert!(
        p99 < WITHIN,
        "from the acknowledgement to the refusal: p50 {median:?}, p99 {p99:?}, max {longest:?}"
    );
}

#[tokio::test]
async fn each_sub_system_takes_its_own_tokens_and_hears_why_they_end() {
    let (app, alice) = reachable().await;
    let (shop, billing) = (
        verifier_of(SHOP, &app).await,
        verifier_of(BILLING, &app).await,
    );
    let here = Tokens::of(&alice, "shop", &app).await;
    let there = Tokens::of(&alice, "billing", &app).await;
    pass(&shop, &here.access).await;
    pass(&billing, &there.access).await;
    let refusal = billing
        .verify(&here.access)
        .await
        .expect_err("it is the sister's");
    assert_eq!(refusal, Refusal::WrongAudience);

    let everywhere =
        "mutation { logoutEverywhere(input: { keepCurrent: false }) { endedSessionIds } }";
    app.ask_as(&there.access, everywhere).await.data();
    for (verifier, tokens) in [(&shop, &here), (&billing, &there)] {
        let (_, refusal) = end_of(verifier, &tokens.access).await;
        assert_eq!(refusal.verdict(), "LOGGED_OUT_EVERYWHERE");
    }
    let again = Tokens::of(&alice, "shop", &app).await;
    pass(&shop, &again.access).await;
}

#[tokio::test]
async fn a_server_that_is_gone_makes_nobody_unknown() {
    let (mut app, alice) = reachable().await;
    let verifier = verifier_of(SHOP, &app).await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    pass(&verifier, &tokens.access).await;
    app.stop().await;
    // What was heard last is gone by for a while, and then by nothing.
    let (after, refusal) = end_of(&verifier, &tokens.access).await;
    assert_eq!((refusal.status(), refusal.verdict()), (503, "UNAVAILABLE"));
    assert!(after > Duration::from_secs(1), "{after:?}");
}
