//! The tokens that every verifier of ours must judge alike.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::clock::whole;
use crate::heard::{Heard, Opinion};
use crate::index::Verdict;
use crate::jws::{MAXIMUM_LENGTH, Unverified};
use crate::keys::KeySet;
use crate::refusal::Refusal;
use crate::token::{Expected, Token};

#[derive(Deserialize)]
struct Vectors {
    issuer: String,
    audience: String,
    client_id: String,
    now: f64,
    leeway_seconds: i64,
    jwks: Jwks,
    feed: Answer,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    token: String,
    verdict: String,
}

#[test]
fn every_token_of_the_vectors_is_judged_as_it_says_there() {
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let keys = KeySet::of(&vectors.jwks.keys);
    let heard = Heard::new();
    heard.learn(vectors.feed, vectors.now).unwrap();
    let expected = Expected {
        issuer: vectors.issuer,
        audience: vectors.audience,
        client_id: vectors.client_id,
        leeway_seconds: vectors.leeway_seconds,
    };
    let mut wrong = Vec::new();
    for Case {
        name,
        token,
        verdict,
    } in vectors.cases
    {
        let judged = judge(&token, &keys, &heard, &expected, vectors.now);
        if judged != verdict {
            wrong.push(format!("{name}: {judged} instead of {verdict}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn judge(token: &str, keys: &KeySet, heard: &Heard, expected: &Expected, now: f64) -> String {
    let token = match pass(token, keys, expected, now) {
        Ok(token) => token,
        Err(refusal) => return refusal.verdict().to_owned(),
    };
    let opinion = heard.judge(&token, now, Duration::from_secs(5));
    match opinion {
        Opinion::Known(Verdict::Live) => "valid".to_owned(),
        Opinion::Known(Verdict::Stale) => Refusal::Stale.verdict().to_owned(),
        Opinion::Known(Verdict::Dead(reason)) => Refusal::Ended(reason).verdict().to_owned(),
        Opinion::Known(Verdict::Expired) => Refusal::Expired.verdict().to_owned(),
        Opinion::Behind => "ASK".to_owned(),
        Opinion::Outdated => "too old".to_owned(),
    }
}

fn pass(token: &str, keys: &KeySet, expected: &Expected, now: f64) -> Result<Token, Refusal> {
    if token.len() > MAXIMUM_LENGTH {
        return Err(Refusal::Malformed);
    }
    let unverified = Unverified::read(token).ok_or(Refusal::Malformed)?;
    let key = keys.find(&unverified.kid).ok_or(Refusal::Malformed)?;
    let claims = unverified.claims(&key).ok_or(Refusal::Malformed)?;
    let token = Token::read(claims, &unverified.kid, expected).ok_or(Refusal::Malformed)?;
    token.check(expected, whole(now))?;
    Ok(token)
}
