//! Tokens that were issued before rows of the ledger were dropped, perhaps by a clock that was ahead.

use serde_json::{Value, json};

use crate::revocations::{ENDED, STALE};
use crate::signer::Signers;
use crate::{Case, SWEPT_EXP, SWEPT_POSITION, case, claims_with};

pub(crate) fn cases(signers: &Signers) -> Vec<Case> {
    let saying = |changes: &Value| signers.es256.token(&claims_with(changes));
    let judged = [
        (
            "what there was against it was dropped",
            json!({ "rev": SWEPT_POSITION - 1, "exp": SWEPT_EXP }),
            "EXPIRED",
        ),
        (
            "what there was against it was dropped, but for its application's end",
            json!({ "rev": 0, "exp": SWEPT_EXP }),
            "REVOKED",
        ),
        (
            "issued at the position up to which rows were dropped",
            json!({ "rev": SWEPT_POSITION, "exp": SWEPT_EXP }),
            "valid",
        ),
        (
            "issued before rows were dropped, and longer alive than they were kept",
            json!({ "rev": SWEPT_POSITION - 1, "exp": SWEPT_EXP + 1 }),
            "valid",
        ),
        (
            "logged out, and issued before rows were dropped",
            json!({ "sid": ENDED[0].1, "rev": SWEPT_POSITION - 1, "exp": SWEPT_EXP }),
            "LOGGED_OUT",
        ),
        (
            "out of date, and issued before rows were dropped",
            json!({ "sub": STALE, "rev": SWEPT_POSITION - 1, "exp": SWEPT_EXP }),
            "TOKEN_STALE",
        ),
        (
            "another audience, and issued before rows were dropped",
            json!({ "aud": "https://billing.example.com", "rev": SWEPT_POSITION - 1, "exp": SWEPT_EXP }),
            "WRONG_AUDIENCE",
        ),
    ];
    let judged = judged.iter();
    judged
        .map(|(name, changes, verdict)| case(name, saying(changes), verdict))
        .collect()
}
