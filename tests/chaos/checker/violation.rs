//! A rule that was broken, and by which calls.

use std::fmt;

use super::{Record, Span};
use crate::call::{Call, Deed, SessionNumber, Time, TokenNumber};

/// Which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// A token was taken after the acknowledgement of a logout that concerned it.
    Accepted(TokenNumber),
    /// A sub-system took a token when it could hear nobody, for longer than it believes what it heard.
    Believed(TokenNumber),
    /// A session was refreshed after the acknowledgement of a logout that ended it.
    Revived,
    /// A session was refused as ended that nobody had ended.
    Refused(String),
    /// A password opened a session after the acknowledgement of a newer one.
    OldPassword,
}

#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub breach: Breach,
    pub call: Call,
    pub span: Span,
    /// The logout that should have prevented it.
    pub against: Option<Record>,
    /// When the token was issued that was taken.
    pub token: Option<Span>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match &self.breach {
            Breach::Accepted(_) => "a logged-out token was accepted",
            Breach::Believed(_) => {
                "a sub-system accepted a token after it had heard nothing for too long"
            }
            Breach::Revived => "a session that had ended was refreshed",
            Breach::Refused(_) => "a session that nobody ended was refused as ended",
            Breach::OldPassword => "an old password opened a session",
        };
        writeln!(f, "{rule}:")?;
        let (name, node) = (self.call.deed.name(), self.call.node);
        let place = match self.call.deed {
            Deed::Verify { .. } => "at sub-system",
            _ => "on node",
        };
        write!(f, "  {name} {place} {node}, {}", self.span)?;
        match self.call.deed {
            Deed::Refresh(SessionNumber(session)) => write!(f, ", of session {session}")?,
            Deed::Me(TokenNumber(token)) => write!(f, ", with token {token}")?,
            Deed::Verify {
                token: TokenNumber(token),
                bound,
            } => write!(
                f,
                ", with token {token}, which believes for {bound:?} what it heard"
            )?,
            Deed::Login { .. } | Deed::Logout(_) => {}
        }
        if let Some(issued) = self.token {
            write!(f, "; the token was issued {issued}")?;
        }
        if let Breach::Refused(why) = &self.breach {
            write!(f, ": {why}")?;
        }
        let Some(logout) = &self.against else {
            return Ok(());
        };
        let (name, scope) = (Deed::Logout(logout.logout).name(), logout.logout.scope);
        let ended = logout.end.map_or(logout.begun, |(at, _)| at);
        let span = Span {
            begun: logout.begun,
            ended,
        };
        write!(f, "\n  {name} of {scope} on node {}, {span}", logout.node)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: Time| time.as_secs_f64();
        write!(
            f,
            "{:.3} s to {:.3} s",
            seconds(self.begun),
            seconds(self.ended)
        )
    }
}
