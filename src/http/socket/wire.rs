//! One socket's frames: read within bounds, written within a time.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::Instant;
use tungstenite::Error;
use tungstenite::error::CapacityError;

use super::close::Close;
use super::message::{FromClient, ToClient};
use crate::http::Limits;
use crate::http::received::Received;

/// Messages that a client may send at once, and in each second for long: a page subscribes to some
/// things when it opens, and answers pings.
const BURST: f64 = 100.0;
const PER_SECOND: f64 = 20.0;

/// How long a client is given to say farewell as well.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) struct Wire {
    socket: WebSocket,
    /// A client that reads nothing for so long is gone.
    patience: Duration,
    heard_at: Instant,
    /// Messages that the client may send now.
    allowance: f64,
    received: Received,
    /// How much had been received when the last message was complete.
    complete: u64,
    /// What a message may have, its frames included.
    limit: u64,
}

impl Wire {
    pub(super) fn new(socket: WebSocket, received: Received, limits: &Limits) -> Self {
        Self {
            socket,
            patience: limits.request_timeout,
            heard_at: Instant::now(),
            allowance: BURST,
            complete: received.bytes(),
            received,
            limit: 2 * limits.body_bytes as u64,
        }
    }

    /// Refuses a message that doesn't come to its end: of frames without anything in them it may have any number.
    pub(super) fn check_length(&self) -> Result<(), Close> {
        if self.received.bytes() - self.complete > self.limit {
            return Err(Close::TooBig);
        }
        Ok(())
    }

    /// How long nothing has come from the client.
    pub(super) fn silence(&self) -> Duration {
        self.heard_at.elapsed()
    }

    /// The next message. Dropped half-way, nothing is lost.
    pub(super) async fn read(&mut self) -> Result<FromClient, Close> {
        loop {
            let message = self.socket.recv().await.ok_or(Close::Gone)?;
            let message = message.map_err(broken)?;
            self.complete = self.received.bytes();
            self.count()?;
            match message {
                Message::Text(text) => return FromClient::parse(&text),
                Message::Binary(_) => return Err(Close::InvalidMessage("messages are texts")),
                Message::Close(_) => return Err(Close::ByClient),
                // Answered beneath.
                Message::Ping(_) | Message::Pong(_) => {}
            }
        }
    }

    /// Writes a message, to the last byte.
    pub(super) async fn send(&mut self, message: &ToClient<'_>) -> Result<(), Close> {
        let text = Message::Text(message.to_text().into());
        let sent = tokio::time::timeout(self.patience, self.socket.send(text));
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Close::Gone),
        }
    }

    /// Tells the client why, and waits a moment for its answer: what is dropped with unread bytes
    /// takes the word with it.
    pub(super) async fn close(mut self, close: &Close) {
        if *close == Close::Gone {
            return;
        }
        let word = close.code().map(|code| CloseFrame {
            code,
            reason: close.reason().as_ref().into(),
        });
        let parting = async {
            // The client's own word is answered beneath.
            if let Some(word) = word {
                self.socket.send(Message::Close(Some(word))).await?;
            }
            while self.socket.recv().await.transpose()?.is_some() {}
            Ok::<_, axum::Error>(())
        };
        drop(tokio::time::timeout(FAREWELL, parting).await);
    }

    fn count(&mut self) -> Result<(), Close> {
        let gained = self.silence().as_secs_f64() * PER_SECOND;
        self.heard_at = Instant::now();
        self.allowance = (self.allowance + gained).min(BURST) - 1.0;
        if self.allowance < 0.0 {
            return Err(Close::TooMany("messages"));
        }
        Ok(())
    }
}

/// What a client did to break a socket.
fn broken(error: axum::Error) -> Close {
    match error.into_inner().downcast_ref::<Error>() {
        Some(Error::Capacity(CapacityError::MessageTooLong { .. })) => Close::TooBig,
        Some(Error::Utf8(_)) => Close::NotText,
        Some(Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)) => {
            Close::Gone
        }
        Some(Error::Protocol(_)) => Close::Protocol,
        _ => Close::Gone,
    }
}
