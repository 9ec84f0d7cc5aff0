//! Cookies, as far as the rules know of them: what is to be set or taken away.

use std::time::Duration;

use super::id::SessionId;
use super::secret::DeviceToken;
use super::secret::RefreshToken;

/// What an answer does to the browser's cookies: at most one change of each.
#[derive(Debug, Default)]
pub struct CookieChanges(Vec<CookieChange>);

/// What is done to one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieChange {
    /// An application's refresh token.
    SetRefresh {
        client_id: String,
        token: RefreshToken,
        /// Whose it is.
        session: SessionId,
        lives: Duration,
    },
    /// The one of this session is of no more use.
    ForgetRefresh {
        client_id: String,
        session: SessionId,
    },
    /// What the device is recognised by; no logout takes it away.
    SetDevice { token: DeviceToken, lives: Duration },
}

impl CookieChanges {
    /// Notes a change. The later one of a cookie counts; but one that was set for a session stays
    /// when that of another is forgotten, which it has replaced.
    pub fn note(&mut self, change: CookieChange) {
        let Some(known) = self.0.iter_mut().find(|known| known.is_of_same(&change)) else {
            return self.0.push(change);
        };
        let is_of_another = matches!(
            (&*known, &change),
            (CookieChange::SetRefresh { session: set, .. }, CookieChange::ForgetRefresh { session, .. })
                if set != session
        );
        if !is_of_another {
            *known = change;
        }
    }

    /// Notes that sessions are over: what was to be set for one of them is forgotten instead.
    pub fn end(&mut self, over: &[SessionId]) {
        for known in &mut self.0 {
            if let CookieChange::SetRefresh {
                client_id, session, ..
            } = known
                && over.contains(session)
            {
                *known = CookieChange::ForgetRefresh {
                    client_id: std::mem::take(client_id),
                    session: *session,
                };
            }
        }
    }

    /// All of them, in the order in which the cookies were first noted.
    #[must_use]
    pub fn take(&mut self) -> Vec<CookieChange> {
        std::mem::take(&mut self.0)
    }
}

impl CookieChange {
    /// Whether the other one is about the same cookie.
    fn is_of_same(&self, other: &Self) -> bool {
        self.application() == other.application()
    }

    /// Whose refresh token the cookie holds; `None` of the one that is of no application.
    fn application(&self) -> Option<&str> {
        match self {
            Self::SetRefresh { client_id, .. } | Self::ForgetRefresh { client_id, .. } => {
                Some(client_id)
            }
            Self::SetDevice { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> SessionId {
        SessionId(uuid::Uuid::from_u128(number))
    }

    fn set(client_id: &str, session: u128) -> CookieChange {
        CookieChange::SetRefresh {
            client_id: client_id.to_owned(),
            token: RefreshToken::new("token".to_owned()),
            session: id(session),
            lives: Duration::from_secs(1),
        }
    }

    fn forget(client_id: &str, session: u128) -> CookieChange {
        CookieChange::ForgetRefresh {
            client_id: client_id.to_owned(),
            session: id(session),
        }
    }

    fn device(name: &str) -> CookieChange {
        CookieChange::SetDevice {
            token: DeviceToken::new(name.to_owned()),
            lives: Duration::from_secs(1),
        }
    }

    #[test]
    fn of_each_cookie_there_is_one_change() {
        for (noted, kept) in [
            (vec![set("a", 1), forget("a", 2)], vec![set("a", 1)]),
            (vec![set("a", 1), forget("a", 1)], vec![forget("a", 1)]),
            (vec![forget("a", 2), set("a", 1)], vec![set("a", 1)]),
            (vec![set("a", 1), set("a", 2)], vec![set("a", 2)]),
            (vec![forget("a", 1), forget("a", 1)], vec![forget("a", 1)]),
            (
                vec![set("a", 1), device("x"), forget("b", 2), device("y")],
                vec![set("a", 1), device("y"), forget("b", 2)],
            ),
        ] {
            let mut changes = CookieChanges::default();
            for change in &noted {
                changes.note(change.clone());
            }
            assert_eq!(changes.take(), kept, "{noted:?}");
            assert_eq!(changes.take(), []);
        }
    }

    #[test]
    fn what_was_set_for_a_session_that_is_over_is_forgotten() {
        let mut changes = CookieChanges::default();
        changes.note(set("a", 1));
        changes.note(set("b", 2));
        changes.end(&[id(2), id(3)]);
        assert_eq!(changes.take(), [set("a", 1), forget("b", 2)]);
    }
}
