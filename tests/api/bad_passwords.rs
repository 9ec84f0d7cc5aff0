//! A new password that will not do, or a current one that is none: nothing changes.

use serde_json::{Value, json};

use crate::bad_input::{alice, counted, long};
use crate::signed_in::to_change_password;
use crate::three_applications::SHOP;

#[tokio::test]
async fn a_password_that_will_not_do_changes_nothing() {
    let (app, alice) = alice().await;
    let own = alice.log_in_at(SHOP, "BODY", &app).await;
    let sibling = alice.log_in_at(SHOP, "BODY", &app).await;
    let before = counted(&app).await;
    let right = alice.password.as_str();
    for (current, new, code, field) in [
        (
            "wrong",
            "nine orange llamas",
            "PASSWORD_INCORRECT",
            "currentPassword",
        ),
        (
            "",
            "nine orange llamas",
            "PASSWORD_INCORRECT",
            "currentPassword",
        ),
        (
            "\0",
            "nine orange llamas",
            "PASSWORD_INCORRECT",
            "currentPassword",
        ),
        (
            &long(),
            "nine orange llamas",
            "PASSWORD_INCORRECT",
            "currentPassword",
        ),
        (right, "", "PASSWORD_TOO_WEAK", "newPassword"),
        (right, "short", "PASSWORD_TOO_WEAK", "newPassword"),
        (right, "password1", "PASSWORD_TOO_WEAK", "newPassword"),
        (
            right,
            "alice@example.com",
            "PASSWORD_TOO_WEAK",
            "newPassword",
        ),
        (right, &long(), "TOO_LONG", "newPassword"),
    ] {
        let answer = app
            .send(to_change_password(current, new).bearer(&own.token))
            .await;
        let payload = answer.data()["changePassword"].take();
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], code, "{}", answer.text());
        assert_eq!(error["field"], json!(["input", field]));
        assert_eq!(
            (&payload["tokens"], &payload["endedSessionIds"]),
            (&Value::Null, &json!([]))
        );
    }
    assert_eq!(counted(&app).await, before);
    for session in [own, sibling] {
        session.assert_live(&app).await;
        session.refreshed(&app).await.assert_live(&app).await;
    }
    alice.log_in(&app).await.assert_live(&app).await;
}
