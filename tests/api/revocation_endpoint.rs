//! Revocation (RFC 7009): what an application revokes is dead when that has returned, and nothing else is.

use cardea_entity::{audit_events, revocations};
use sea_orm::{EntityTrait as _, QueryOrder as _};

use crate::app::TestApp;
use crate::client::Request;
use crate::forgery::Token;
use crate::sub_systems::{
    BILLING, PUBLIC, REVOKE, SHOP, Tokens, assert_acknowledged, assert_error, form, with_alice,
};

async fn ledger(app: &TestApp) -> Vec<revocations::Model> {
    let rows = revocations::Entity::find().order_by_asc(revocations::Column::Position);
    rows.all(&app.database().await).await.expect("it answers")
}

async fn events(app: &TestApp, action: &str) -> Vec<audit_events::Model> {
    let events = audit_events::Entity::find().order_by_asc(audit_events::Column::Id);
    let events = events.all(&app.database().await).await.expect("it answers");
    let of_action = |event: &audit_events::Model| event.action == action;
    events.into_iter().filter(of_action).collect()
}

#[tokio::test]
async fn a_revoked_access_token_is_dead_and_its_session_goes_on() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let sibling = Tokens::of(&alice, "shop", &app).await;
    SHOP.revoke(&tokens.access, &app).await;
    tokens.assert_dead("REVOKED", &app).await;
    SHOP.assert_inactive(&tokens.access, &app).await;
    SHOP.assert_active(&tokens.refresh, &app).await;
    tokens.refreshed(&app).await.assert_live(&app).await;
    sibling.assert_live(&app).await;
    let rows = ledger(&app).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].subject_kind, "token");
    assert_eq!(rows[0].subject, Token::apart(&tokens.access).claims["jti"]);
}

#[tokio::test]
async fn a_revoked_access_token_stays_dead_through_a_restart_and_is_dead_on_other_nodes() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    SHOP.revoke(&tokens.access, &app).await;
    let other = app.another_node(|_| {}).await;
    tokens.assert_dead("REVOKED", &other).await;
    SHOP.assert_inactive(&tokens.access, &other).await;
    let again = app.restarted(|_| {}).await;
    tokens.assert_dead("REVOKED", &again).await;
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_its_session_with_all_of_its_tokens() {
    let (app, alice) = with_alice().await;
    let first = Tokens::of(&alice, "shop", &app).await;
    let second = first.refreshed(&app).await;
    let sibling = Tokens::of(&alice, "shop", &app).await;
    SHOP.revoke(&second.refresh, &app).await;
    for tokens in [&first, &second] {
        tokens.assert_dead("REVOKED", &app).await;
        SHOP.assert_inactive(&tokens.access, &app).await;
        SHOP.assert_inactive(&tokens.refresh, &app).await;
    }
    second.assert_not_refreshed("REVOKED", &app).await;
    sibling.assert_live(&app).await;
    SHOP.assert_active(&sibling.refresh, &app).await;
    assert_eq!(ledger(&app).await.len(), 1);
}

#[tokio::test]
async fn a_used_up_refresh_token_ends_its_session_all_the_same() {
    let (app, alice) = with_alice().await;
    let first = Tokens::of(&alice, "shop", &app).await;
    let third = first.refreshed(&app).await.refreshed(&app).await;
    SHOP.assert_inactive(&first.refresh, &app).await;
    SHOP.revoke(&first.refresh, &app).await;
    third.assert_dead("REVOKED", &app).await;
    third.assert_not_refreshed("REVOKED", &app).await;
}

#[tokio::test]
async fn another_applications_token_is_refused_and_lives() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let ended = Tokens::of(&alice, "shop", &app).await;
    SHOP.revoke(&ended.refresh, &app).await;
    // Dead or alive is not told to others.
    for token in [
        &tokens.access,
        &tokens.refresh,
        &ended.access,
        &ended.refresh,
    ] {
        let answer = app.send(BILLING.to_revoke(token)).await;
        assert_error(&answer, 400, "invalid_grant");
        let public = form(REVOKE, &[("token", token), ("client_id", PUBLIC)]);
        assert_error(&app.send(public).await, 400, "invalid_grant");
    }
    tokens.assert_live(&app).await;
    SHOP.assert_active(&tokens.refresh, &app).await;
    assert_eq!(ledger(&app).await.len(), 1);
}

#[tokio::test]
async fn a_public_application_names_itself() {
    let (app, alice) = with_alice().await;
    let revoke = |token: &str| form(REVOKE, &[("token", token), ("client_id", PUBLIC)]);
    let tokens = Tokens::of(&alice, PUBLIC, &app).await;
    assert_acknowledged(&app.send(revoke(&tokens.access)).await);
    tokens.assert_dead("REVOKED", &app).await;
    let next = tokens.refreshed(&app).await;
    next.assert_live(&app).await;
    assert_acknowledged(&app.send(revoke(&next.refresh)).await);
    next.assert_dead("REVOKED", &app).await;
    next.assert_not_refreshed("REVOKED", &app).await;
}

#[tokio::test]
async fn a_name_is_not_enough_for_an_application_that_has_a_secret() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let named = form(REVOKE, &[("token", &tokens.refresh), ("client_id", "shop")]);
    assert_error(&app.send(named).await, 401, "invalid_client");
    tokens.assert_live(&app).await;
}

#[tokio::test]
async fn what_was_never_a_token_needs_no_revocation() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let cut = |token: &str| token[..token.len() - 1].to_owned();
    for token in [
        "x".to_owned(),
        "a.b.c".to_owned(),
        "ü🦀".to_owned(),
        "x".repeat(60_000),
        cut(&tokens.access),
        cut(&tokens.refresh),
        tokens.session.clone(),
        Token::apart(&tokens.access).unsigned(""),
    ] {
        SHOP.revoke(&token, &app).await;
    }
    tokens.assert_live(&app).await;
    SHOP.assert_active(&tokens.refresh, &app).await;
    assert_eq!(ledger(&app).await.len(), 0);
}

#[tokio::test]
async fn an_expired_token_is_as_good_as_revoked() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    app.advance_seconds(app.config().tokens.access_lifetime_seconds + 1);
    SHOP.revoke(&tokens.access, &app).await;
    assert_eq!(ledger(&app).await.len(), 0);
    SHOP.assert_active(&tokens.refresh, &app).await;
    app.advance_seconds(app.config().sessions.idle_lifetime_seconds + 1);
    SHOP.revoke(&tokens.refresh, &app).await;
    assert_eq!(ledger(&app).await.len(), 0);
}

#[tokio::test]
async fn asking_again_is_acknowledged_again_and_writes_nothing_more() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    for _ in 0..3 {
        SHOP.revoke(&tokens.access, &app).await;
    }
    assert_eq!(ledger(&app).await.len(), 1);
    for _ in 0..3 {
        SHOP.revoke(&tokens.refresh, &app).await;
    }
    assert_eq!(ledger(&app).await.len(), 2);
    // Its session is dead: there is nothing to add to that.
    let other = Tokens::of(&alice, "shop", &app).await;
    SHOP.revoke(&other.refresh, &app).await;
    SHOP.revoke(&other.access, &app).await;
    assert_eq!(ledger(&app).await.len(), 3);
    assert_eq!(events(&app, "TOKEN_REVOKED").await.len(), 1);
    assert_eq!(events(&app, "SESSION_REVOKED").await.len(), 2);
}

#[tokio::test]
async fn many_at_once_are_all_acknowledged() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let requests = (0..24).map(|index| match index % 2 {
        0 => SHOP.to_revoke(&tokens.access),
        _ => SHOP.to_revoke(&tokens.refresh),
    });
    for answer in app.send_at_once(requests.collect()).await {
        assert_acknowledged(&answer);
    }
    tokens.assert_dead("REVOKED", &app).await;
    SHOP.assert_inactive(&tokens.refresh, &app).await;
}

#[tokio::test]
async fn a_hint_is_only_a_hint() {
    let (app, alice) = with_alice().await;
    for (hint, is_refresh) in [
        ("refresh_token", false),
        ("access_token", true),
        ("x", true),
    ] {
        let tokens = Tokens::of(&alice, "shop", &app).await;
        let token = if is_refresh {
            &tokens.refresh
        } else {
            &tokens.access
        };
        let parameters = [("token", token.as_str()), ("token_type_hint", hint)];
        let request = form(REVOKE, &parameters).header("Authorization", &SHOP.basic());
        assert_acknowledged(&app.send(request).await);
        SHOP.assert_inactive(token, &app).await;
    }
}

#[tokio::test]
async fn who_revoked_what_and_from_where_is_noted() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let agent = |request: Request| request.header("User-Agent", "shop-backend/1.0");
    app.send(agent(SHOP.to_revoke(&tokens.access))).await;
    app.send(agent(SHOP.to_revoke(&tokens.refresh))).await;
    let claims = Token::apart(&tokens.access).claims;
    for action in ["TOKEN_REVOKED", "SESSION_REVOKED"] {
        let events = events(&app, action).await;
        let [event] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(event.outcome, "SUCCESS");
        assert_eq!(event.actor_id, None);
        assert_eq!(
            event.subject_id.map(|id| id.to_string()).as_deref(),
            claims["sub"].as_str()
        );
        assert_eq!(
            event.session_id.map(|id| id.to_string()).as_deref(),
            claims["sid"].as_str()
        );
        assert!(event.application_id.is_some());
        assert_eq!(event.address.as_deref(), Some("127.0.0.1"));
        assert_eq!(event.user_agent.as_deref(), Some("shop-backend/1.0"));
        let text = format!("{event:?}");
        assert!(!text.contains(&tokens.refresh) && !text.contains(&tokens.access));
    }
}
