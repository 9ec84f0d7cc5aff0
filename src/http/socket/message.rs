//! The messages of `graphql-transport-ws`, both ways.

use async_graphql::{Response, ServerError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::close::Close;
use crate::graphql::bounds::check_json;
use crate::http::graphql::Parameters;
use crate::http::message::Message;

/// What a client's subscription is called: it stands in a close reason, which is short.
const MAXIMUM_ID_BYTES: usize = 64;

/// From a client.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromClient {
    ConnectionInit {
        payload: Option<Map<String, Value>>,
    },
    Ping {
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Parameters,
    },
    Complete {
        id: String,
    },
}

/// To a client.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ToClient<'m> {
    ConnectionAck,
    Ping,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    Next {
        id: &'m str,
        payload: Message<'m>,
    },
    Error {
        id: &'m str,
        payload: &'m [ServerError],
    },
    Complete {
        id: &'m str,
    },
}

impl FromClient {
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let bounded = check_json(text.as_bytes());
        bounded.map_err(|_| Close::InvalidMessage("its JSON is too deep or too wide"))?;
        let message = serde_json::from_str(text);
        let message = message.map_err(|_| Close::InvalidMessage("not of graphql-transport-ws"))?;
        if let Self::Subscribe { id, .. } | Self::Complete { id } = &message
            && !(1..=MAXIMUM_ID_BYTES).contains(&id.len())
        {
            return Err(Close::InvalidMessage("an id has 1 to 64 bytes"));
        }
        Ok(message)
    }
}

impl<'m> ToClient<'m> {
    pub(super) fn next(id: &'m str, response: &'m Response) -> Self {
        let payload = Message::from(response);
        Self::Next { id, payload }
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("GraphQL values are JSON")
    }
}
