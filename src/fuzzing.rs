//! What the fuzzers call: the code that reads what anybody may send. In no release.

use std::sync::LazyLock;

use async_graphql::parser::parse_query;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};

use crate::crypto::jwt::{Claims, SigningKey, key_named_by};
use crate::graphql::bounds::{check_document, check_source};
use crate::http::caller;
use crate::model::caller::Bearer;
use crate::model::signing_key::Algorithm;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let private = SigningKey::generate(Algorithm::Es256);
    SigningKey::open(Algorithm::Es256, &private).expect("a key that was just made is a key")
});

/// An `Authorization` header, down to the signature.
pub fn bearer(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    if let Bearer::Presented(token) = caller::bearer(&headers) {
        let named = key_named_by(&token);
        let verified = KEY.verify::<Claims>(&token);
        assert!(named.is_err() || verified.is_err(), "nobody has this key");
    }
}

/// A query, up to its validation.
pub fn query(text: &str) {
    if check_source(text).is_ok()
        && let Ok(document) = parse_query(text)
    {
        let _ = check_document(&document, None);
    }
}
