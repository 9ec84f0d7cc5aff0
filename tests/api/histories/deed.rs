//! What somebody may do next.

use proptest::prelude::*;

/// Sessions, tokens and so on are meant among those that there are: a number beyond wraps around.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    LogIn {
        user: usize,
        application: usize,
        in_cookie: bool,
    },
    /// With the newest refresh token, or one so much older.
    Refresh {
        session: usize,
        older: usize,
    },
    LogOut {
        session: usize,
    },
    LogOutByRefreshToken {
        session: usize,
        older: usize,
    },
    LogOutOf {
        session: usize,
        application: usize,
    },
    LogOutEverywhere {
        session: usize,
    },
    KeepItself {
        session: usize,
    },
    Revoke {
        session: usize,
        other: usize,
    },
    ChangePassword {
        session: usize,
    },
    Wait {
        seconds: u64,
    },
}

/// Jumps of time, shorter and longer than each lifetime, and mostly short. All are multiples of
/// twenty, and no lifetime is.
const JUMPS: [u64; 10] = [20, 20, 40, 60, 60, 60, 120, 320, 620, 3620];

/// Few sessions are meant, and mostly the newest tokens: what is rare is seldom met twice in one
/// history.
pub(super) fn deed() -> impl Strategy<Value = Deed> {
    let session = || 0..4_usize;
    let refresh = |session, older| Deed::Refresh { session, older };
    prop_oneof![
        3 => (0..2_usize, 0..3_usize, any::<bool>())
            .prop_map(|(user, application, in_cookie)| Deed::LogIn { user, application, in_cookie }),
        5 => session().prop_map(move |session| refresh(session, 0)),
        5 => session().prop_map(move |session| refresh(session, 1)),
        1 => (session(), 2..4_usize).prop_map(move |(session, older)| refresh(session, older)),
        1 => session().prop_map(|session| Deed::LogOut { session }),
        1 => (session(), 0..3_usize)
            .prop_map(|(session, older)| Deed::LogOutByRefreshToken { session, older }),
        1 => (session(), 0..3_usize)
            .prop_map(|(session, application)| Deed::LogOutOf { session, application }),
        1 => session().prop_map(|session| Deed::LogOutEverywhere { session }),
        2 => session().prop_map(|session| Deed::KeepItself { session }),
        1 => (session(), session()).prop_map(|(session, other)| Deed::Revoke { session, other }),
        1 => session().prop_map(|session| Deed::ChangePassword { session }),
        8 => prop::sample::select(&JUMPS[..]).prop_map(|seconds| Deed::Wait { seconds }),
    ]
}
