//! What happens at once: refreshes, logouts and logins that overlap, and never lead to half a session.

use std::time::Duration;

use cardea_entity::sessions;
use sea_orm::EntityTrait as _;
use serde_json::json;

use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::people::{Person, RefreshToken, Session};
use crate::signed_in::{
    ended_by, refresh_failure, to_change_password, to_log_out_everywhere, to_log_out_of, to_revoke,
};
use crate::three_applications::{BILLING, CRM, DEFAULT, SHOP, row_id};

const KEEP: fn() -> Request = || to_log_out_everywhere(&json!({ "keepCurrent": true }));
const ALL: fn() -> Request = || to_log_out_everywhere(&json!({}));

async fn alice() -> (TestApp, Person) {
    let app = TestApp::with_applications().await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// Nobody was told of an outage: two that waited for each other would have been.
#[track_caller]
fn assert_no_outage(answers: &[Answer]) {
    for answer in answers {
        let code = answer.code();
        let is_refused = matches!(
            code.as_deref(),
            None | Some("UNAUTHENTICATED" | "NOT_FOUND")
        );
        assert!(is_refused, "{}: {}", answer.status, answer.text());
    }
}

/// A session lives or is dead as a whole: its access token, its refresh token, its row.
async fn is_alive(app: &TestApp, session: &Session) -> bool {
    let lives = session.me(app).await.status == 200;
    let row = sessions::Entity::find_by_id(row_id(&session.id));
    let row = row.one(&app.database().await).await;
    let row = row.expect("the table is there").expect("it is kept");
    let is_refreshed = session.try_refresh(app).await.is_ok();
    assert_eq!(
        (is_refreshed, row.ended_at.is_none()),
        (lives, lives),
        "{row:?}"
    );
    lives
}

#[tokio::test]
async fn sixteen_refreshes_at_once_get_the_same_successor() {
    for transport in ["COOKIE", "BODY"] {
        let (app, alice) = alice().await;
        let mut session = alice.log_in_at(SHOP, transport, &app).await;
        for _ in 0..3 {
            let requests = (0..16).map(|_| session.to_refresh()).collect();
            let answers = app.send_at_once(requests).await;
            assert_no_outage(&answers);
            let renewed: Vec<_> = answers
                .iter()
                .map(|answer| session.renewed_by(answer).expect("no thief"))
                .collect();
            for each in &renewed {
                assert_eq!(each.refresh, renewed[0].refresh);
                each.assert_live(&app).await;
            }
            session = renewed[0].clone();
        }
        assert!(is_alive(&app, &session).await);
    }
}

#[tokio::test]
async fn refreshes_on_two_nodes_at_once_get_the_same_successor() {
    let (a, alice) = alice().await;
    let b = a.another_node(|_| {}).await;
    let session = alice.log_in_at(SHOP, "COOKIE", &a).await;
    let requests = || (0..8).map(|_| session.to_refresh()).collect();
    let (on_a, on_b) = tokio::join!(a.send_at_once(requests()), b.send_at_once(requests()));
    let renewed: Vec<_> = on_a
        .iter()
        .chain(&on_b)
        .map(|answer| session.renewed_by(answer).expect("no thief"))
        .collect();
    for each in &renewed {
        assert_eq!(each.refresh, renewed[0].refresh);
    }
    for node in [&a, &b] {
        renewed[0].assert_live(node).await;
    }
}

#[tokio::test]
async fn a_thief_at_once_with_the_owner_ends_the_session_or_learns_nothing() {
    let (app, alice) = alice().await;
    for _ in 0..5 {
        let first = alice.log_in_at(SHOP, "BODY", &app).await;
        let second = first.refreshed(&app).await;
        let third = second.refreshed(&app).await;
        // The owner's newest, and the one that was used up.
        let requests = (0..8).map(|index| [&third, &first][index % 2].to_refresh());
        let answers = app.send_at_once(requests.collect()).await;
        assert_no_outage(&answers);
        for (index, answer) in answers.iter().enumerate() {
            if let Some(renewed) = third.renewed_by(answer) {
                assert_eq!(index % 2, 0, "{}", answer.text());
                let answer = renewed.me(&app).await;
                answer.assert_unauthenticated("REFRESH_TOKEN_REUSED");
            } else {
                assert_eq!(refresh_failure(answer).as_deref(), Some("REUSED"));
            }
        }
        assert!(!is_alive(&app, &third).await);
    }
}

#[tokio::test]
async fn whoever_wins_after_the_logout_nothing_of_the_session_lives() {
    let (app, alice) = alice().await;
    for round in 0..6 {
        let session = alice.log_in_at(SHOP, "BODY", &app).await;
        let refreshing = tokio::spawn({
            let (requests, client) = (vec![session.to_refresh(); 8], app.client());
            async move { client.send_at_once(requests).await }
        });
        tokio::time::sleep(Duration::from_millis(round)).await;
        let ended = match round % 3 {
            0 => session.log_out(&app).await,
            1 => ended_by(&app.send(ALL().bearer(&session.token)).await),
            _ => ended_by(
                &app.send(to_revoke(&session.id).bearer(&session.token))
                    .await,
            ),
        };
        assert_eq!(ended, [session.id.as_str()]);
        assert!(!is_alive(&app, &session).await);
        let answers = refreshing.await.expect("no panic");
        assert_no_outage(&answers);
        for renewed in answers
            .iter()
            .filter_map(|answer| session.renewed_by(answer))
        {
            assert!(!is_alive(&app, &renewed).await);
        }
    }
}

#[tokio::test]
async fn a_login_that_overlaps_a_logout_everywhere_is_wholly_in_or_wholly_out() {
    let (app, alice) = alice().await;
    for round in 0..4 {
        let session = alice.log_in_at(SHOP, "BODY", &app).await;
        let logging_in = tokio::spawn({
            let requests = vec![alice.to_log_in_at(BILLING, "BODY"); 8];
            let client = app.client();
            async move { client.send_at_once(requests).await }
        });
        tokio::time::sleep(Duration::from_millis(2 * round)).await;
        let answer = app.send(ALL().bearer(&session.token)).await;
        let ended = ended_by(&answer);
        assert!(!is_alive(&app, &session).await);
        let answers = logging_in.await.expect("no panic");
        assert_no_outage(&answers);
        for answer in &answers {
            let session = Session::of(answer);
            assert_eq!(is_alive(&app, &session).await, !ended.contains(&session.id));
        }
        assert!(is_alive(&app, &alice.log_in_at(SHOP, "BODY", &app).await).await);
    }
}

#[tokio::test]
async fn of_two_that_keep_themselves_alone_one_is_kept() {
    let (app, alice) = alice().await;
    for _ in 0..4 {
        let one = alice.log_in_at(SHOP, "BODY", &app).await;
        let two = alice.log_in_at(BILLING, "COOKIE", &app).await;
        let requests = [&one, &two].map(|session| KEEP().bearer(&session.token));
        let answers = app.send_at_once(requests.into()).await;
        assert_no_outage(&answers);
        let kept: Vec<_> = [&one, &two]
            .into_iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.status == 200)
            .map(|(session, answer)| session.renewed_by(answer).expect("it was kept"))
            .collect();
        let mut living = 0;
        for session in &kept {
            living += usize::from(is_alive(&app, session).await);
        }
        assert_eq!(living, 1, "of {}", kept.len());
    }
}

#[tokio::test]
async fn a_session_that_keeps_itself_twice_at_once_is_kept() {
    for transport in ["COOKIE", "BODY"] {
        let (app, alice) = alice().await;
        let session = alice.log_in_at(DEFAULT, transport, &app).await;
        let requests = vec![KEEP().bearer(&session.token); 6];
        let answers = app.send_at_once(requests).await;
        assert_no_outage(&answers);
        let kept: Vec<_> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| session.renewed_by(answer).expect("it was kept"))
            .collect();
        let mut live = 0;
        for each in &kept {
            live += usize::from(each.me(&app).await.status == 200);
        }
        // Each cut off the one before.
        assert_eq!(live, 1, "of {}", kept.len());
    }
}

#[tokio::test]
async fn a_refresh_that_overlaps_the_keeping_of_its_session_is_no_theft() {
    let (app, alice) = alice().await;
    for round in 0..6 {
        let session = alice.log_in_at(SHOP, "COOKIE", &app).await;
        let mut requests = vec![session.to_refresh(); 6];
        requests.insert(round, KEEP().bearer(&session.token));
        let answers = app.send_at_once(requests).await;
        assert_no_outage(&answers);
        let renewed: Vec<RefreshToken> = answers
            .iter()
            .map(|answer| {
                let renewed = session.renewed_by(answer);
                renewed
                    .unwrap_or_else(|| panic!("no thief: {}", answer.text()))
                    .refresh
            })
            .collect();
        // Whatever the browser kept of these, it is good.
        let kept = session.renewed_by(&answers[round]).expect("it was kept");
        kept.assert_live(&app).await;
        assert!(renewed.contains(&kept.refresh));
        kept.refreshed(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_refresh_that_overlaps_a_change_of_password_is_no_theft() {
    let (app, mut alice) = alice().await;
    for round in 0..6 {
        let session = alice.log_in_at(SHOP, "BODY", &app).await;
        let new = format!("nine orange llamas, {round} of them");
        let change = to_change_password(&alice.password, &new).bearer(&session.token);
        let mut requests = vec![session.to_refresh(); 6];
        requests.insert(round, change);
        let answers = app.send_at_once(requests).await;
        assert_no_outage(&answers);
        alice.password = new;
        for answer in &answers {
            // It was before the change, or after it.
            let failure = refresh_failure(answer);
            assert!(matches!(failure.as_deref(), None | Some("REVOKED")));
        }
        let kept = session.renewed_by(&answers[round]).expect("it was kept");
        kept.assert_live(&app).await;
        kept.refreshed(&app).await.assert_live(&app).await;
    }
}

#[tokio::test]
async fn a_lifetime_that_was_lowered_hides_no_token_that_is_out() {
    let app = TestApp::with(|config| config.tokens.access_lifetime_seconds = 3600).await;
    let alice = Person::signed_up("alice", &app).await;
    let short = app
        .another_node(|config| config.tokens.access_lifetime_seconds = 10)
        .await;
    for end in ["logout", "revokeSession", "logoutEverywhere", "keepCurrent"] {
        let long = alice.log_in_at(DEFAULT, "BODY", &app).await;
        long.assert_live(&short).await;
        let refreshed = long.refreshed(&short).await;
        let request = match end {
            "logout" => refreshed.to_log_out(),
            "revokeSession" => to_revoke(&long.id).bearer(&refreshed.token),
            "keepCurrent" => KEEP().bearer(&refreshed.token),
            _ => ALL().bearer(&refreshed.token),
        };
        assert_eq!(short.send(request).await.status, 200);
        for seconds in [0, 60, 1800, 1700] {
            app.advance_seconds(seconds);
            let node = short.another_node(|_| {}).await;
            for node in [&short, &node] {
                let answer = long.me(node).await;
                assert_eq!(answer.status, 401, "{end}: {}", answer.text());
                assert_ne!(answer.extension("reason").as_deref(), Some("EXPIRED"));
            }
        }
    }
}

#[tokio::test]
async fn everything_at_once_is_no_outage() {
    let (app, alice) = alice().await;
    let (shop, billing) = (
        app.application_id(SHOP).await,
        app.application_id(BILLING).await,
    );
    for _ in 0..3 {
        let mut sessions = Vec::new();
        for client_id in [SHOP, BILLING, CRM, SHOP, BILLING, CRM] {
            sessions.push(alice.log_in_at(client_id, "BODY", &app).await);
        }
        let by = |index: usize, request: Request| request.bearer(&sessions[index].token);
        let requests = vec![
            alice.to_log_in_at(SHOP, "BODY"),
            by(0, to_log_out_of(&shop)),
            by(1, KEEP()),
            sessions[2].to_refresh(),
            by(3, to_log_out_of(&billing)),
            by(4, to_revoke(&sessions[5].id)),
            by(5, KEEP()),
            sessions[1].to_refresh(),
            by(2, to_revoke(&sessions[0].id)),
            sessions[4].to_log_out(),
            alice.to_log_in_at(CRM, "BODY"),
            by(0, ALL()),
            sessions[0].to_refresh(),
            by(3, to_revoke(&sessions[4].id)),
        ];
        assert_no_outage(&app.send_at_once(requests).await);
        let last = alice.log_in_at(SHOP, "BODY", &app).await;
        assert!(is_alive(&app, &last).await);
        assert_eq!(app.send(ALL().bearer(&last.token)).await.status, 200);
        for session in &sessions {
            assert!(!is_alive(&app, session).await);
        }
    }
}
