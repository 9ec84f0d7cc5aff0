//! Writes `vectors.json`: tokens with every defect and under every revocation, and what is to be
//! thought of each. The server, this crate and its likes in other languages are held to it. Its
//! keys are made afresh and thrown away.

mod contents;
mod defects;
mod headers;
mod revocations;
mod signer;
mod swept;
mod valid;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use self::signer::Signers;

const ISSUER: &str = "https://login.example.com";
const AUDIENCE: &str = "https://shop.example.com";
const CLIENT_ID: &str = "shop";

/// When the tokens are looked at: seconds since 1970-01-01.
const NOW: i64 = 1_795_330_447;

/// How long after its `exp`, and before its `iat` and `nbf`, a token is taken.
const LEEWAY_SECONDS: i64 = 5;

/// How far the feed has been heard.
const POSITION: i64 = 1000;

/// What was dropped of the feed: tokens that were issued before this position, and are over by then.
const SWEPT_POSITION: i64 = 400;
const SWEPT_EXP: i64 = NOW + 100;

/// What is to be thought of a token.
struct Case {
    name: &'static str,
    token: String,
    verdict: &'static str,
}

fn main() {
    let signers = Signers::new();
    let mut feed = Vec::new();
    let mut cases = valid::cases(&signers);
    cases.extend(defects::cases(&signers));
    cases.extend(revocations::cases(&signers, &mut feed));
    cases.extend(swept::cases(&signers));
    let vectors = json!({
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "client_id": CLIENT_ID,
        "now": NOW,
        "leeway_seconds": LEEWAY_SECONDS,
        "jwks": signers.published(),
        "feed": {
            "ledger": "01a20153-7a10-7d44-9c0e-5f2d8b1e6a34",
            "position": POSITION,
            "more": false,
            "time": NOW,
            "swept": { "position": SWEPT_POSITION, "exp": SWEPT_EXP },
            "revocations": feed,
        },
        "cases": cases.iter().map(told).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&vectors).expect("JSON has a text");
    text.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors.json");
    fs::write(path, text).expect("the file can be written");
}

fn told(case: &Case) -> Value {
    json!({ "name": case.name, "token": case.token, "verdict": case.verdict })
}

fn case(name: &'static str, token: String, verdict: &'static str) -> Case {
    Case {
        name,
        token,
        verdict,
    }
}

/// What a good token says.
fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "01a20153-8c1f-7c2e-b1a7-3f0d6c1b9a52",
        "sid": "01a20153-902e-769c-8605-f0b632ee6d80",
        "jti": "ngI5v02XV96UylzlLJxxCQ",
        "iat": NOW - 60,
        "exp": NOW + 240,
        "auth_time": NOW - 60,
        "amr": ["pwd"],
        "client_id": CLIENT_ID,
        "scope": "orders:read orders:write",
        "rev": 900,
    })
}

/// The same, with other values for some claims; null leaves one out.
fn claims_with(changes: &Value) -> Value {
    with(claims(), changes)
}

fn with(mut object: Value, changes: &Value) -> Value {
    let members = object.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    object
}
