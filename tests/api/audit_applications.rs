//! The audit log: what happens to applications, and at those that are disabled.

use crate::app::TestApp;
use crate::audit::{FAILURE, SUCCESS, events, since, summary, told};
use crate::command_line::do_it;
use crate::three_applications::SHOP;

#[tokio::test]
async fn what_the_configuration_makes_and_changes_of_applications_is_told() {
    let app = TestApp::with_applications().await;
    let made = events(&app).await;
    let seen = made.len();
    let made = made
        .iter()
        .map(|event| (summary(event).0, event.detail.as_deref()));
    let made: Vec<_> = made.collect();
    assert!(
        made.contains(&("APPLICATION_CREATED", Some(SHOP))),
        "{made:?}"
    );
    let shop = app.application(SHOP).await;
    let app = app
        .restarted(|config| {
            config.applications[0].audience = Some("https://shop.example".to_owned());
            config.applications[0].access_lifetime_seconds = Some(60);
        })
        .await;
    let event = since(&app, seen).await;
    let [event] = &event[..] else {
        panic!("{event:?}");
    };
    assert_eq!(summary(event), ("APPLICATION_UPDATED", SUCCESS));
    assert_eq!(event.application_id, Some(shop));
    assert_eq!(event.detail.as_deref(), Some("audience lifetimes"));
    // What is so already is no change.
    let app = app.restarted(|_| {}).await;
    assert_eq!(since(&app, seen + 1).await, []);
}

#[tokio::test]
async fn a_login_that_a_disabled_application_refuses_is_told() {
    let (app, alice) = TestApp::with_user("alice").await;
    let signed_up = events(&app).await.pop().expect("an event");
    do_it(&app, &["application", "create", "hr"], "").await;
    do_it(&app, &["application", "disable", "hr"], "").await;
    let event = told(&app, async {
        let answer = app.send(alice.to_log_in_at("hr", "BODY")).await;
        assert_eq!(answer.status, 403, "{}", answer.text());
    });
    let event = event.await;
    assert_eq!(summary(&event), ("LOGIN", FAILURE));
    assert_eq!(event.subject_id, signed_up.subject_id);
    assert_eq!(event.application_id, Some(app.application("hr").await));
}
