//! Why a socket is closed: the codes of RFC 6455 (section 7.4), and those of `graphql-transport-ws`.

use std::borrow::Cow;

use crate::metrics::SocketEnd;
use crate::model::refusal::{Refusal, Unauthenticated};

/// The end of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// By the client, who needs not be told.
    ByClient,
    /// Nobody is there to be told.
    Gone,
    /// The server stops.
    GoingAway,
    /// The frames are none of RFC 6455.
    Protocol,
    /// A text that isn't UTF-8.
    NotText,
    TooBig,
    /// More of something than a client needs.
    TooMany(&'static str),
    Internal,
    /// Something can't be known now, or was lost.
    TryAgainLater(&'static str),
    /// A message that is none of the protocol's.
    InvalidMessage(&'static str),
    /// There is no token yet, or it is none any more, while its session may go on.
    Unauthorized(Option<&'static str>),
    /// The token was refused, or its session has ended.
    Forbidden(&'static str),
    /// Of those that the client offers.
    SubprotocolNotAcceptable(Offered),
    InitTimeout,
    /// A subscription of this id is there already.
    SubscriberExists(String),
    TooManyInits,
}

/// What a client offers that does not speak our protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    None,
    /// The one before ours, whose name, `graphql-ws`, is that of a library which doesn't speak it.
    Older,
}

impl Close {
    /// A token that was refused in `connection_init`: whatever its fault, that is 4403.
    pub(super) fn of_init(refusal: Refusal) -> Self {
        match Self::of(refusal) {
            Self::Unauthorized(Some(reason)) => Self::Forbidden(reason),
            close => close,
        }
    }

    /// A token that was taken before, and is refused now.
    pub(super) fn of(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated(Unauthenticated::Ended(reason)) => {
                Self::Forbidden(reason.as_str())
            }
            Refusal::Unauthenticated(why) => Self::Unauthorized(Some(why.reason())),
            Refusal::TokenStale => Self::Unauthorized(Some("TOKEN_STALE")),
            Refusal::StoreUnavailable | Refusal::Unconfirmed | Refusal::Overloaded { .. } => {
                Self::TryAgainLater("STORE_UNAVAILABLE")
            }
            _ => Self::Forbidden("FORBIDDEN"),
        }
    }

    /// The code, if the client is to be told.
    pub(super) const fn code(&self) -> Option<u16> {
        Some(match self {
            Self::ByClient | Self::Gone => return None,
            Self::GoingAway => 1001,
            Self::Protocol => 1002,
            Self::NotText => 1007,
            Self::TooMany(_) => 1008,
            Self::TooBig => 1009,
            Self::Internal => 1011,
            Self::TryAgainLater(_) => 1013,
            Self::InvalidMessage(_) => 4400,
            Self::Unauthorized(_) => 4401,
            Self::Forbidden(_) => 4403,
            Self::SubprotocolNotAcceptable(_) => 4406,
            Self::InitTimeout => 4408,
            Self::SubscriberExists(_) => 4409,
            Self::TooManyInits => 4429,
        })
    }

    /// Beside the code: at most 123 bytes (RFC 6455, section 5.5).
    pub(super) fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::ByClient | Self::Gone => "".into(),
            Self::GoingAway => "Going Away".into(),
            Self::Protocol => "Protocol error".into(),
            Self::NotText => "Text must be UTF-8".into(),
            Self::TooMany(what) => format!("Too many {what}").into(),
            Self::TooBig => "Message too big".into(),
            Self::Internal => "Internal server error".into(),
            Self::TryAgainLater(why) => format!("Try Again Later: {why}").into(),
            Self::InvalidMessage(why) => format!("Invalid message: {why}").into(),
            Self::Unauthorized(None) => "Unauthorized".into(),
            Self::Unauthorized(Some(reason)) => format!("Unauthorized: {reason}").into(),
            Self::Forbidden(reason) => format!("Forbidden: {reason}").into(),
            Self::SubprotocolNotAcceptable(Offered::None) => "Subprotocol not acceptable".into(),
            Self::SubprotocolNotAcceptable(Offered::Older) => {
                "Subprotocol not acceptable: graphql-ws is the older one, speak graphql-transport-ws".into()
            }
            Self::InitTimeout => "Connection initialisation timeout".into(),
            Self::SubscriberExists(id) => format!("Subscriber for {id} already exists").into(),
            Self::TooManyInits => "Too many initialisation requests".into(),
        }
    }

    /// As it is counted.
    pub(super) fn end(&self) -> SocketEnd {
        match (self, self.code()) {
            (_, Some(code)) => SocketEnd::Code(code),
            (Self::ByClient, None) => SocketEnd::Client,
            (_, None) => SocketEnd::Gone,
        }
    }
}
