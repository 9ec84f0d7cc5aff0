//! `Tokens`: what a client gets for a session.

use async_graphql::{Enum, SimpleObject};

use crate::model::session;
use crate::service::sessions::SessionTokens;

#[derive(SimpleObject)]
pub(in crate::graphql) struct Tokens {
    access_token: String,
    token_type: TokenType,
    /// Seconds until the access token expires: schedule the refresh from this, never from the local clock.
    expires_in: i64,
    /// Null with TokenTransport.COOKIE, and where the one that the client has stays good.
    refresh_token: Option<String>,
    /// Seconds until the session is over, unless it is refreshed before.
    refresh_expires_in: u64,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum TokenType {
    Bearer,
}

/// Where the refresh token travels. COOKIE: a `__Host-` cookie that no script reads and no other site sends, absent from the response body.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "session::TokenTransport")]
pub(in crate::graphql) enum TokenTransport {
    Cookie,
    Body,
}

impl From<SessionTokens> for Tokens {
    fn from(tokens: SessionTokens) -> Self {
        let in_body = tokens.transport == session::TokenTransport::Body;
        Self {
            access_token: tokens.access.token.expose().to_owned(),
            token_type: TokenType::Bearer,
            expires_in: tokens.access.expires_in_seconds,
            refresh_token: tokens
                .refresh
                .filter(|_| in_body)
                .map(|token| token.expose().to_owned()),
            refresh_expires_in: tokens.refresh_lives.as_secs(),
        }
    }
}
