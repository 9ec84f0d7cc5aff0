//! Proxies: what they say of a client's address counts only from those that are trusted.

use cardea::config::Config;

use crate::app::TestApp;
use crate::people::{Person, Session};

/// The address that a login's session has, when these were forwarded.
async fn address(app: &TestApp, alice: &Person, forwarded: &[&str]) -> String {
    let mut request = alice.to_log_in();
    for value in forwarded {
        request = request.header("X-Forwarded-For", value);
    }
    let answer = app.send(request).await;
    let session = Session::of(&answer);
    let seen = app
        .ask_as(&session.token, "{ currentSession { ipAddress } }")
        .await;
    let seen = seen.data()["currentSession"]["ipAddress"].take();
    assert_eq!(answer.data()["login"]["session"]["ipAddress"], seen);
    seen.as_str().expect("an address").to_owned()
}

async fn trusting(networks: &'static [&'static str]) -> (TestApp, Person) {
    let change = |config: &mut Config| {
        let parsed = networks
            .iter()
            .map(|network| network.parse().expect("a network"));
        config.http.trusted_proxies = parsed.collect();
    };
    let app = TestApp::with(change).await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

#[tokio::test]
async fn nobody_is_believed_who_is_not_trusted() {
    for networks in [&[][..], &["10.0.0.0/8", "::1/128"]] {
        let (app, alice) = trusting(networks).await;
        assert_eq!(address(&app, &alice, &[]).await, "127.0.0.1");
        assert_eq!(address(&app, &alice, &["203.0.113.9"]).await, "127.0.0.1");
        assert_eq!(
            address(&app, &alice, &["203.0.113.9, 10.0.0.1"]).await,
            "127.0.0.1"
        );
    }
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_about_its_own_client_only() {
    let (app, alice) = trusting(&["127.0.0.0/8", "10.0.0.0/8"]).await;
    for (forwarded, expected) in [
        (&[][..], "127.0.0.1"),
        (&["203.0.113.9"], "203.0.113.9"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (&["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        (&["198.51.100.1, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        (&["198.51.100.1, 203.0.113.9", "10.0.0.7"], "203.0.113.9"),
        (&["10.0.0.8, 10.0.0.7"], "10.0.0.8"),
        (&["nonsense"], "127.0.0.1"),
        (&["nonsense, 203.0.113.9"], "203.0.113.9"),
        (&["203.0.113.9, nonsense"], "127.0.0.1"),
        (&["203.0.113.9, "], "127.0.0.1"),
        (&[""], "127.0.0.1"),
        (&["::ffff:203.0.113.9"], "203.0.113.9"),
    ] {
        assert_eq!(
            address(&app, &alice, forwarded).await,
            expected,
            "{forwarded:?}"
        );
    }
}

#[tokio::test]
async fn other_headers_than_the_one_count_for_nothing() {
    let (app, alice) = trusting(&["127.0.0.0/8"]).await;
    let mut request = alice.to_log_in();
    for name in [
        "X-Real-IP",
        "Forwarded",
        "CF-Connecting-IP",
        "True-Client-IP",
        "X-Client-IP",
    ] {
        request = request.header(name, "203.0.113.9");
    }
    let answer = app.send(request).await;
    assert_eq!(answer.data()["login"]["session"]["ipAddress"], "127.0.0.1");
}
