//! A call, as the history keeps it: what was asked, of which node or sub-system, when, and what came of it.

use std::fmt;
use std::time::Duration;

/// Since the run began, on the harness's own clock.
pub(crate) type Time = Duration;

/// Things of the run have numbers, in the order in which they were first heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UserNumber(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ApplicationNumber(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionNumber(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TokenNumber(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LogoutNumber(pub usize);

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Login {
        user: UserNumber,
        application: ApplicationNumber,
        /// Which of the user's passwords: the greater, the newer.
        password: usize,
    },
    Refresh(SessionNumber),
    Me(TokenNumber),
    /// Of a sub-system, which believes what it heard for so long.
    Verify {
        token: TokenNumber,
        bound: Duration,
    },
    Logout(Logout),
}

/// Whatever ends sessions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Logout {
    pub way: Way,
    pub scope: Scope,
    /// Whose token must be good for it; `logout` asks nobody for that, nor does an operator.
    pub caller: Option<TokenNumber>,
    /// The session that lives on, with new tokens.
    pub kept: Option<SessionNumber>,
    /// The user's password after it, if it sets one.
    pub password: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Logout,
    RevokeSession,
    LogoutApplication,
    LogoutEverywhere,
    LogoutElsewhere,
    ChangePassword,
    Operator,
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Session(SessionNumber),
    Grant(UserNumber, ApplicationNumber),
    User(UserNumber),
}

/// A call that was begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub deed: Deed,
    /// Or which sub-system.
    pub node: usize,
    pub begun: Time,
    /// Under which its logout is known, if it is one.
    pub logout: Option<LogoutNumber>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Done(Done),
    /// The session has ended, it says: why.
    Ended(String),
    /// Any other no.
    Refused(String),
    /// Not now: nothing is known of what was done.
    Unavailable,
    /// No answer, or none in time: nothing is known, either.
    Silence,
    /// Nobody took the connection: nothing was done.
    Unsent,
    /// Something went wrong there, it says.
    Fault,
}

/// What an answer brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    /// The server's name of the session for which it brought new tokens.
    pub issued: Option<String>,
    /// The server's names of the sessions that it ended.
    pub ended: Vec<String>,
}

impl Deed {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Login { .. } => "login",
            Self::Refresh(_) => "refreshSession",
            Self::Me(_) => "me",
            Self::Verify { .. } => "verify",
            Self::Logout(logout) => logout.way.name(),
        }
    }
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::RevokeSession => "revokeSession",
            Self::LogoutApplication => "logoutApplication",
            Self::LogoutEverywhere => "logoutEverywhere",
            Self::LogoutElsewhere => "logoutEverywhere(keepCurrent)",
            Self::ChangePassword => "changePassword",
            Self::Operator => "cardea user logout",
        }
    }
}

impl Outcome {
    /// Nothing more than that it was done.
    pub(crate) fn done() -> Self {
        Self::Done(Done::default())
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Ended(_) => "ended",
            Self::Refused(_) => "refused",
            Self::Unavailable => "unavailable",
            Self::Silence => "no answer",
            Self::Unsent => "unsent",
            Self::Fault => "FAULT",
        }
    }

    /// Whether it may have been done, or may be yet.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Silence | Self::Fault)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(SessionNumber(session)) => write!(f, "session {session}"),
            Self::Grant(UserNumber(user), ApplicationNumber(application)) => {
                write!(f, "user {user} at application {application}")
            }
            Self::User(UserNumber(user)) => write!(f, "user {user}"),
        }
    }
}
