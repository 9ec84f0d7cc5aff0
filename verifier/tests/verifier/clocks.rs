//! Clocks that differ: what is over is over, unless we were told otherwise; what begins in a moment has begun.

use std::time::Duration;

use axum::http::StatusCode;
use cardea_verifier::Refusal;
use serde_json::json;

use crate::following::ADA;
use crate::server::Server;

#[tokio::test]
async fn a_token_is_over_at_its_end_or_a_leeway_later_and_may_begin_in_a_moment() {
    let server = Server::start().await;
    server.answer(StatusCode::OK, json!({ "active": true }));
    let strict = server.settings().start().expect("sound settings");
    let lenient = server.settings().leeway(Duration::from_secs(5));
    let lenient = lenient.start().expect("sound settings");
    // Its issue and its end, from now; what either says.
    for (iat, exp, by_default, with_leeway) in [
        (-300, 60, Ok(()), Ok(())),
        (-300, 0, Err(Refusal::Expired), Ok(())),
        (-300, -2, Err(Refusal::Expired), Ok(())),
        (-300, -5, Err(Refusal::Expired), Err(Refusal::Expired)),
        (3, 300, Ok(()), Ok(())),
        (
            60,
            300,
            Err(Refusal::NotYetValid),
            Err(Refusal::NotYetValid),
        ),
    ] {
        let mut claims = server.claims(ADA, 100);
        (claims.exp, claims.iat) = (claims.iat + exp, claims.iat + iat);
        let token = server.signer.sign(&claims);
        for (verifier, verdict) in [(&strict, by_default), (&lenient, with_leeway)] {
            let judged = verifier.verify(&token).await.map(|_| ());
            assert_eq!(judged, verdict, "issued {iat} s, over {exp} s from now");
        }
    }
}
