//! The form that a client sends: its parameters, each once (RFC 6749, section 3.2).

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, Uri};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::refusal::Refused;
use crate::http::{Limits, body, media};

pub(super) const CLIENT_ID: &str = "client_id";
pub(super) const CLIENT_SECRET: &str = "client_secret";
/// A way to authenticate that we don't offer (RFC 7521, section 4.2).
pub(super) const CLIENT_ASSERTION: &str = "client_assertion";
const TOKEN: &str = "token";
/// What the client thinks that the token is: never needed, so never believed.
const TOKEN_TYPE_HINT: &str = "token_type_hint";

/// The parameters that mean something here. All others are ignored, as the standard asks.
const KNOWN: [&str; 5] = [
    CLIENT_ID,
    CLIENT_SECRET,
    CLIENT_ASSERTION,
    TOKEN,
    TOKEN_TYPE_HINT,
];

/// The parameters that have a value: without one it is as if they weren't there.
#[derive(Default)]
pub(super) struct Form(HashMap<&'static str, Zeroizing<String>>);

impl Form {
    fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            let Some(name) = known(&name) else { continue };
            let value = Zeroizing::new(value.into_owned());
            if parameters.insert(name, value).is_some() {
                let sentence = "a parameter is there twice";
                return Err(Refused::request(StatusCode::BAD_REQUEST, sentence));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    /// What it is about.
    pub(super) fn token(&self) -> Result<&str, Refused> {
        let missing = "there is no parameter `token`";
        self.get(TOKEN)
            .ok_or_else(|| Refused::request(StatusCode::BAD_REQUEST, missing))
    }
}

/// Reads the body, which is nothing but a form.
pub(super) async fn read(
    limits: &Limits,
    headers: &HeaderMap,
    body: Body,
) -> Result<Form, Refused> {
    if !media::is_form(headers) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let sentence = "the body must be application/x-www-form-urlencoded, in UTF-8";
        return Err(Refused::request(status, sentence));
    }
    let bytes = body::read(limits, headers, body).await;
    Form::parse(&bytes.map_err(|why| Refused::request(why.status, why.sentence))?)
}

/// Refuses what belongs into the body: URLs stand in logs and histories.
pub(in crate::http) fn check_url(uri: &Uri) -> Result<(), Refused> {
    let mut parameters = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if parameters.any(|(name, _)| known(&name).is_some()) {
        let sentence = "parameters belong into the body, never into the URL";
        return Err(Refused::request(StatusCode::BAD_REQUEST, sentence));
    }
    Ok(())
}

fn known(name: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|known| *known == name)
}
