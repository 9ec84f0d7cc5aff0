//! Tokens that are good, but for what the ledger says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};

use crate::signer::{Signers, encode};
use crate::{CLIENT_ID, Case, NOW, POSITION, case, claims, claims_with};

/// The order of P-256 (FIPS 186-5).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Dead sessions, and the reasons that are told.
pub(crate) const ENDED: [(&str, &str, &str); 7] = [
    (
        "logged out",
        "01a20153-0001-7000-8000-000000000001",
        "LOGGED_OUT",
    ),
    (
        "logged out of the application",
        "01a20153-0001-7000-8000-000000000002",
        "LOGGED_OUT_OF_APPLICATION",
    ),
    (
        "logged out everywhere",
        "01a20153-0001-7000-8000-000000000003",
        "LOGGED_OUT_EVERYWHERE",
    ),
    ("revoked", "01a20153-0001-7000-8000-000000000004", "REVOKED"),
    (
        "the password was changed",
        "01a20153-0001-7000-8000-000000000005",
        "PASSWORD_CHANGED",
    ),
    (
        "suspended",
        "01a20153-0001-7000-8000-000000000006",
        "SUSPENDED",
    ),
    (
        "a refresh token was used twice",
        "01a20153-0001-7000-8000-000000000007",
        "REFRESH_TOKEN_REUSED",
    ),
];

/// Users with a cut-off, an out-of-date grant, or more than one of these.
const CUT_OFF: &str = "01a20153-0002-7000-8000-000000000001";
const CUT_OFF_HERE: &str = "01a20153-0002-7000-8000-000000000002";
pub(crate) const STALE: &str = "01a20153-0002-7000-8000-000000000003";
const STALE_AND_CUT_OFF: &str = "01a20153-0002-7000-8000-000000000004";
const CUT_OFF_TWICE: &str = "01a20153-0002-7000-8000-000000000005";
const SUSPENDED_LATER: &str = "01a20153-0002-7000-8000-000000000006";
const ELSEWHERE: &str = "01a20153-0002-7000-8000-000000000007";

/// Of two sessions, each older or newer than something else that is known of them.
const ENDED_FIRST: &str = "01a20153-0003-7000-8000-000000000001";
const ENDED_LAST: &str = "01a20153-0003-7000-8000-000000000002";

const REVOKED_TOKEN: &str = "cmV2b2tlZCB0b2tlbiE_MQ";

/// Where the application was cut off: before what else happened.
const APPLICATION_POSITION: i64 = 10;

pub(crate) fn cases(signers: &Signers, feed: &mut Vec<Value>) -> Vec<Case> {
    feed.extend(rows(signers));
    let saying = |changes: &Value| signers.es256.token(&claims_with(changes));
    let mut cases: Vec<_> = ENDED
        .iter()
        .map(|&(name, sid, reason)| case(name, saying(&json!({ "sid": sid })), reason))
        .collect();
    cases.extend(absolute(signers));
    let judged = [cut_offs(), several(), orders()].into_iter().flatten();
    cases.extend(judged.map(|(name, changes, verdict)| case(name, saying(&changes), verdict)));
    cases
}

/// Claims that are changed, and the verdict.
type Judged = (&'static str, Value, &'static str);

fn cut_offs() -> Vec<Judged> {
    vec![
        (
            "a user who was cut off later",
            json!({ "sub": CUT_OFF, "rev": 599 }),
            "LOGGED_OUT_EVERYWHERE",
        ),
        (
            "a user who was cut off at that position",
            json!({ "sub": CUT_OFF, "rev": 600 }),
            "valid",
        ),
        (
            "a user who was cut off before",
            json!({ "sub": CUT_OFF, "rev": 601 }),
            "valid",
        ),
        (
            "a user who was cut off here later",
            json!({ "sub": CUT_OFF_HERE, "rev": 609 }),
            "LOGGED_OUT_OF_APPLICATION",
        ),
        (
            "a user who was cut off here before",
            json!({ "sub": CUT_OFF_HERE, "rev": 610 }),
            "valid",
        ),
        (
            "an application that was cut off later",
            json!({ "rev": APPLICATION_POSITION - 1 }),
            "REVOKED",
        ),
        (
            "an application that was cut off before",
            json!({ "rev": APPLICATION_POSITION }),
            "valid",
        ),
    ]
}

/// More than one thing at once.
fn several() -> Vec<Judged> {
    vec![
        (
            "out of date",
            json!({ "sub": STALE, "rev": 619 }),
            "TOKEN_STALE",
        ),
        (
            "issued after the change",
            json!({ "sub": STALE, "rev": 620 }),
            "valid",
        ),
        (
            "dead, and out of date since",
            json!({ "sub": STALE_AND_CUT_OFF, "rev": 500 }),
            "LOGGED_OUT_OF_APPLICATION",
        ),
        (
            "out of date, though no longer dead",
            json!({ "sub": STALE_AND_CUT_OFF, "rev": 635 }),
            "TOKEN_STALE",
        ),
        (
            "out of date, and its session has ended",
            json!({ "sub": STALE, "sid": ENDED[0].1, "rev": 500 }),
            "LOGGED_OUT",
        ),
        (
            "of two cut-offs the older one's reason",
            json!({ "sub": CUT_OFF_TWICE, "rev": 500 }),
            "LOGGED_OUT_OF_APPLICATION",
        ),
        (
            "of two cut-offs only the newer one",
            json!({ "sub": CUT_OFF_TWICE, "rev": 650 }),
            "PASSWORD_CHANGED",
        ),
    ]
}

/// Which of them counts first.
fn orders() -> Vec<Judged> {
    vec![
        (
            "logged out, and suspended later",
            json!({ "sub": SUSPENDED_LATER, "sid": ENDED_FIRST, "rev": 500 }),
            "LOGGED_OUT",
        ),
        (
            "suspended, and logged out later",
            json!({ "sub": SUSPENDED_LATER, "sid": ENDED_LAST, "rev": 500 }),
            "SUSPENDED",
        ),
        (
            "a session that was ended at a position before its token's",
            json!({ "sub": SUSPENDED_LATER, "sid": ENDED_FIRST, "rev": 999 }),
            "LOGGED_OUT",
        ),
        (
            "a user who was cut off at another application",
            json!({ "sub": ELSEWHERE, "rev": 500 }),
            "valid",
        ),
        (
            "logged out, and expired",
            json!({ "sid": ENDED[0].1, "iat": NOW - 600, "exp": NOW - 300 }),
            "EXPIRED",
        ),
        (
            "logged out, and another audience",
            json!({ "sid": ENDED[0].1, "aud": "https://billing.example.com" }),
            "WRONG_AUDIENCE",
        ),
        (
            "issued at a position that was not heard yet",
            json!({ "rev": POSITION + 1 }),
            "ASK",
        ),
        (
            "issued at a position far away",
            json!({ "rev": 9_007_199_254_740_991_i64 }),
            "ASK",
        ),
        (
            "its session has ended, whatever else may follow",
            json!({ "sid": ENDED[0].1, "rev": POSITION + 1 }),
            "LOGGED_OUT",
        ),
    ]
}

fn absolute(signers: &Signers) -> Vec<Case> {
    let revoked = claims_with(&json!({ "jti": REVOKED_TOKEN }));
    let token = signers.es256.token(&revoked);
    let twin = twin_of(&token);
    let fresh = signers.es256.token(&claims_with(
        &json!({ "jti": REVOKED_TOKEN, "rev": POSITION }),
    ));
    let living = signers.es256.token(&claims());
    vec![
        case("a token that was revoked", token, "REVOKED"),
        case("the twin of a token that was revoked", twin, "REVOKED"),
        case(
            "a token that was revoked, whatever its position",
            fresh,
            "REVOKED",
        ),
        case("the twin of a good token", twin_of(&living), "valid"),
        case(
            "signed with a key that was revoked",
            signers.revoked.token(&claims()),
            "REVOKED",
        ),
        case(
            "a user with the id of a session that ended",
            signers
                .es256
                .token(&claims_with(&json!({ "sub": ENDED[0].1 }))),
            "valid",
        ),
    ]
}

fn rows(signers: &Signers) -> Vec<Value> {
    let dead = |position, subject: Value, reason| row(position, "dead", &subject, reason);
    let stale = |position, subject: Value| row(position, "stale", &subject, "REVOKED");
    let here = |user| json!({ "sub": user, "client_id": CLIENT_ID });
    let mut rows = vec![
        dead(
            APPLICATION_POSITION,
            json!({ "client_id": CLIENT_ID }),
            "REVOKED",
        ),
        dead(20, json!({ "kid": signers.revoked.kid() }), "REVOKED"),
        dead(30, json!({ "jti": REVOKED_TOKEN }), "REVOKED"),
        dead(600, json!({ "sub": CUT_OFF }), "LOGGED_OUT_EVERYWHERE"),
        dead(610, here(CUT_OFF_HERE), "LOGGED_OUT_OF_APPLICATION"),
        stale(620, here(STALE)),
        dead(630, here(STALE_AND_CUT_OFF), "LOGGED_OUT_OF_APPLICATION"),
        stale(640, here(STALE_AND_CUT_OFF)),
        dead(650, here(CUT_OFF_TWICE), "LOGGED_OUT_OF_APPLICATION"),
        dead(660, json!({ "sub": CUT_OFF_TWICE }), "PASSWORD_CHANGED"),
        dead(670, json!({ "sid": ENDED_FIRST }), "LOGGED_OUT"),
        dead(680, json!({ "sub": SUSPENDED_LATER }), "SUSPENDED"),
        dead(690, json!({ "sid": ENDED_LAST }), "LOGGED_OUT"),
        dead(
            695,
            json!({ "sub": ELSEWHERE, "client_id": "billing" }),
            "LOGGED_OUT_OF_APPLICATION",
        ),
    ];
    let ended = (700..).zip(ENDED);
    rows.extend(
        ended.map(|(position, (_, sid, reason))| dead(position, json!({ "sid": sid }), reason)),
    );
    rows
}

fn row(position: i64, effect: &str, subject: &Value, reason: &str) -> Value {
    let cut_off = ["jti", "sid", "kid"]
        .iter()
        .all(|name| subject.get(name).is_none());
    json!({
        "position": position,
        "effect": effect,
        "cut_off": cut_off,
        "subject": subject,
        "reason": reason,
        "expires_at": NOW + 3600,
    })
}

/// The other signature by which an ES256 token verifies: (r, n - s).
fn twin_of(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').expect("a token has three parts");
    let mut signature = BASE64URL.decode(signature).expect("base64url");
    let mut borrow = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).expect("a remainder of 256");
    }
    format!("{message}.{}", encode(signature))
}
