//! Signing keys that are changed while people come and go at sub-systems: no good token is refused, and no dead one taken.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cardea_verifier::Verifier;
use tokio::task::JoinSet;

use crate::app::eventually;
use crate::client::Client;
use crate::command_line::do_it;
use crate::forgery::Token;
use crate::keys::kid;
use crate::people::Person;
use crate::sub_systems::{SHOP, Tokens};
use crate::verifier::{PATIENCE, end_of, pass, reachable, verifier_of};

const FOLLOWERS: usize = 3;
const ROTATIONS: usize = 2;

/// How many come and go at once.
const COMING: usize = 4;

/// Of those who came.
#[derive(Default)]
struct Seen {
    live: Vec<Tokens>,
    dead: Vec<Tokens>,
}

fn signer(tokens: &Tokens) -> String {
    kid(&Token::apart(&tokens.access).header)
}

/// Comes, is let in by all; and every other time goes, and is let in by nobody.
async fn come_and_go(
    (client, person): (Client, Person),
    followers: Vec<Verifier>,
    is_over: Arc<AtomicBool>,
) -> Seen {
    let mut seen = Seen::default();
    while !is_over.load(Ordering::Acquire) {
        let tokens = Tokens::of(&person, SHOP.client_id, &client).await;
        for follower in &followers {
            pass(follower, &tokens.access).await;
        }
        if seen.live.len() <= seen.dead.len() {
            seen.live.push(tokens);
            continue;
        }
        SHOP.revoke(&tokens.refresh, &client).await;
        for follower in &followers {
            let (_, refusal) = end_of(follower, &tokens.access).await;
            assert_eq!(refusal.verdict(), "REVOKED");
        }
        seen.dead.push(tokens);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    seen
}

#[tokio::test]
async fn keys_change_while_people_come_and_go() {
    let (app, alice) = reachable().await;
    let mut followers = Vec::new();
    for _ in 0..FOLLOWERS {
        followers.push(verifier_of(SHOP, &app).await);
    }
    let first = signer(&Tokens::of(&alice, SHOP.client_id, &app).await);
    let is_over = Arc::new(AtomicBool::new(false));
    let mut coming = JoinSet::new();
    for number in 0..COMING {
        let person = Person::signed_up(&format!("person{number}"), &app).await;
        let who = (app.client(), person);
        coming.spawn(come_and_go(who, followers.clone(), Arc::clone(&is_over)));
    }
    let mut newest = first.clone();
    for _ in 0..ROTATIONS {
        do_it(&app, &["keys", "rotate", "--now"], "").await;
        eventually(PATIENCE, "the new key signs", async || {
            let tokens = Tokens::of(&alice, SHOP.client_id, &app).await;
            pass(&followers[0], &tokens.access).await;
            signer(&tokens) != newest
        })
        .await;
        newest = signer(&Tokens::of(&alice, SHOP.client_id, &app).await);
    }
    is_over.store(true, Ordering::Release);
    let mut seen = Seen::default();
    for each in coming.join_all().await {
        seen.live.extend(each.live);
        seen.dead.extend(each.dead);
    }
    let signers: BTreeSet<_> = seen.live.iter().chain(&seen.dead).map(signer).collect();
    assert_eq!(signers.len(), 1 + ROTATIONS, "each key signed for somebody");
    for follower in &followers {
        for tokens in &seen.live {
            pass(follower, &tokens.access).await;
        }
        for tokens in &seen.dead {
            let refusal = follower.verify(&tokens.access).await.expect_err("dead");
            assert_eq!(refusal.verdict(), "REVOKED");
        }
    }
    // One that got into wrong hands takes all its tokens with it, and no others.
    do_it(&app, &["keys", "revoke", &first], "").await;
    for follower in &followers {
        for tokens in &seen.live {
            if signer(tokens) == first {
                let (_, refusal) = end_of(follower, &tokens.access).await;
                assert_eq!(refusal.verdict(), "REVOKED");
            } else {
                pass(follower, &tokens.access).await;
            }
        }
    }
}
