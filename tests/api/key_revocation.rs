//! A key that somebody else has: whatever it signed is dead, and sessions can go on.

use crate::app::{TestApp, eventually};
use crate::command_line::run;
use crate::forgery::{Key, Token};
use crate::keys::{LEAD_SECONDS, OVERLAP_SECONDS, SOON, command, kept, kids, new_kids, signer};
use crate::people::{LOGOUT, ended};

const ME: &str = "{ me { id } }";

#[tokio::test]
async fn what_a_revoked_key_signed_is_dead_whoever_signed_it() {
    let (app, alice) = TestApp::with_user("alice").await;
    let (session, unseen) = (alice.log_in(&app).await, alice.log_in(&app).await);
    session.assert_live(&app).await;
    let thief = Key::of_server(&app).await;
    let token = Token::apart(&session.token).with_claim("jti", crate::forgery::encode(&[7; 16]));
    let forged = token.signed_by(&thief);
    assert_eq!(app.ask_as(&forged, ME).await.status, 200);
    let stolen = kids(&app).await;

    let said = command(&app, &["revoke", &stolen[0]]).await;
    assert!(
        said.starts_with(&format!("Revoked {}.", stolen[0])),
        "{said}"
    );
    // Remembered or not: the ledger is followed sooner than the keys.
    eventually(SOON, "dead", async || session.me(&app).await.status == 401).await;
    for token in [&session.token, &unseen.token, &forged] {
        let answer = app.ask_as(token, ME).await;
        answer.assert_unauthenticated("REVOKED");
    }
    eventually(SOON, "another key is published", async || {
        let kids = kids(&app).await;
        kids.len() == 1 && kids != stolen
    })
    .await;
    let new = alice.log_in(&app).await;
    assert_eq!(vec![signer(&new)], kids(&app).await);
    new.assert_live(&app).await;
    // Whoever has the key can't name a session to end, either.
    let aimed = Token::apart(&new.token)
        .with_header("kid", stolen[0].as_str())
        .signed_by(&thief);
    let answer = app.ask_as(&aimed, ME).await;
    answer.assert_unauthenticated("REVOKED");
    assert_eq!(
        ended(&app.ask_as(&aimed, LOGOUT).await),
        Vec::<String>::new()
    );
    new.assert_live(&app).await;
}

#[tokio::test]
async fn a_revoked_key_is_dead_until_it_is_gone_and_afterwards() {
    let app = TestApp::with(|config| config.tokens.access_lifetime_seconds = 3600).await;
    let alice = crate::people::Person::signed_up("alice", &app).await;
    let token = Token::apart(&alice.log_in(&app).await.token);
    let thief = Key::of_server(&app).await;
    let stolen = kids(&app).await;
    let forged = |issued_at: i64| {
        let token = token.clone().with_claim("iat", issued_at);
        token.with_claim("exp", issued_at + 3600).signed_by(&thief)
    };
    command(&app, &["revoke", &stolen[0]]).await;
    eventually(SOON, "dead", async || {
        app.ask_as(&forged(app.now()), ME).await.status == 401
    })
    .await;
    // Over all that time no moment lets it in again: neither the ledger's row nor the key's goes
    // before the other may.
    for _ in 0..8 {
        let answer = app.ask_as(&forged(app.now()), ME).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
        app.advance_seconds(OVERLAP_SECONDS / 6);
    }
    eventually(SOON, "gone", async || {
        !kept(&app).await.contains(&stolen[0])
    })
    .await;
    let answer = app.ask_as(&forged(app.now()), ME).await;
    answer.assert_unauthenticated("MALFORMED");
    let unknown = run(&app, &["keys", "revoke", &stolen[0]], "").await;
    assert!(!unknown.succeeded, "{}", unknown.said);
    assert!(
        unknown.complained.contains("cardea keys list"),
        "{}",
        unknown.complained
    );
}

#[tokio::test]
async fn a_key_that_waits_or_only_verifies_is_revoked_without_a_successor() {
    let (app, alice) = TestApp::with_user("alice").await;
    let first = kids(&app).await;
    command(&app, &["rotate"]).await;
    let waiting = new_kids(&app, 2, &first).await;
    let said = command(&app, &["revoke", &waiting[0]]).await;
    assert!(said.contains("It did not sign"), "{said}");
    eventually(SOON, "unpublished", async || kids(&app).await == first).await;
    app.advance_seconds(LEAD_SECONDS + 1);
    let session = alice.log_in(&app).await;
    assert_eq!(signer(&session), first[0], "it goes on");

    command(&app, &["rotate", "--now"]).await;
    let third = new_kids(&app, 2, &first).await;
    session.assert_live(&app).await;
    let said = command(&app, &["revoke", &first[0]]).await;
    assert!(said.contains("It did not sign"), "{said}");
    eventually(SOON, "dead", async || session.me(&app).await.status == 401).await;
    session.me(&app).await.assert_unauthenticated("REVOKED");
    eventually(SOON, "unpublished", async || kids(&app).await == third).await;
    // Again, without harm.
    command(&app, &["revoke", &first[0]]).await;
    let list = command(&app, &["list"]).await;
    assert_eq!(list.matches("  revoked  ").count(), 2, "{list}");
    let next = alice.log_in(&app).await;
    assert_eq!(signer(&next), third[0]);
    next.assert_live(&app).await;
}
