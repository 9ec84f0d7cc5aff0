//! The people of a run, and what each of them has: passwords, sessions, and tokens from before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::call::{SessionNumber, TokenNumber, UserNumber};
use crate::chance::Chance;

/// How many, by what becomes of them. Nobody ends the sessions of the quiet ones: whoever says so
/// is wrong.
const BUSY: usize = 8;
const QUIET: usize = 3;

/// So many tokens somebody remembers, dead ones too: to see whether they stay dead.
const REMEMBERED: usize = 12;

pub(crate) struct Person {
    pub number: UserNumber,
    pub email: String,
    pub is_quiet: bool,
    wallet: Mutex<Wallet>,
}

pub(crate) struct Wallet {
    pub passwords: Passwords,
    pub sessions: Vec<Session>,
    tokens: VecDeque<Token>,
}

/// Passwords are numbered, the newest last.
pub(crate) struct Passwords {
    /// How many there have been.
    count: usize,
    /// Which may be the right one: several, when a change got no answer. The likeliest is last.
    possible: Vec<usize>,
}

/// One that may be signed in by. Who refreshes it, or ends it, takes it out of the wallet: two who
/// show one refresh token are a thief and a victim.
#[derive(Clone)]
pub(crate) struct Session {
    pub number: SessionNumber,
    /// The server's name.
    pub id: String,
    pub application: usize,
    pub application_id: String,
    pub token: Token,
    pub refresh_token: String,
}

#[derive(Clone)]
pub(crate) struct Token {
    pub number: TokenNumber,
    pub session: SessionNumber,
    pub application: usize,
    pub text: Arc<str>,
}

/// All of them.
pub(crate) fn all() -> Vec<Arc<Person>> {
    let person = |number| {
        Arc::new(Person {
            number: UserNumber(number),
            email: format!("person{number}@example.com"),
            is_quiet: number >= BUSY,
            wallet: Mutex::new(Wallet {
                passwords: Passwords {
                    count: 1,
                    possible: vec![0],
                },
                sessions: Vec::new(),
                tokens: VecDeque::new(),
            }),
        })
    };
    (0..BUSY + QUIET).map(person).collect()
}

impl Person {
    pub(crate) fn wallet(&self) -> MutexGuard<'_, Wallet> {
        self.wallet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn password(&self, number: usize) -> String {
        let UserNumber(user) = self.number;
        format!("seven purple person {user} toasters {number}")
    }
}

impl Wallet {
    /// One of the sessions, out of the wallet.
    pub(crate) fn take(&mut self, chance: &mut Chance) -> Option<Session> {
        let count = self.sessions.len();
        (count > 0).then(|| self.sessions.swap_remove(chance.below(count)))
    }

    /// Those that an answer named are over.
    pub(crate) fn forget(&mut self, is_over: impl Fn(&Session) -> bool) {
        self.sessions.retain(|session| !is_over(session));
    }

    pub(crate) fn remember(&mut self, token: Token) {
        if self.tokens.len() == REMEMBERED {
            self.tokens.pop_front();
        }
        self.tokens.push_back(token);
    }

    /// Any; rather a newer one, about which there may be news.
    pub(crate) fn token(&self, chance: &mut Chance) -> Option<Token> {
        let count = self.tokens.len();
        let mut any = || chance.below(count);
        (count > 0).then(|| self.tokens[any().max(any())].clone())
    }

    /// The newest ones, of a session or of all.
    pub(crate) fn tokens(&self, of: Option<SessionNumber>) -> impl Iterator<Item = Token> {
        let meant = |token: &&Token| of.is_none_or(|session| token.session == session);
        let tokens: Vec<_> = self.tokens.iter().rev().filter(meant).cloned().collect();
        tokens.into_iter()
    }
}

impl Passwords {
    /// The likeliest.
    pub(crate) fn current(&self) -> usize {
        self.possible.last().copied().unwrap_or_default()
    }

    /// A number for a new one.
    pub(crate) const fn next(&mut self) -> usize {
        self.count += 1;
        self.count - 1
    }

    /// This one was right just now.
    pub(crate) fn was_right(&mut self, number: usize) {
        if let Some(at) = self.possible.iter().position(|known| *known == number) {
            self.possible[at..].rotate_left(1);
        }
    }

    /// Another one may be right.
    pub(crate) fn was_wrong(&mut self, number: usize) {
        if self.current() == number {
            self.possible.rotate_right(1);
        }
    }

    /// It was set for sure.
    pub(crate) fn is_set(&mut self, number: usize) {
        self.possible.retain(|known| *known > number);
        self.possible.push(number);
    }

    /// It may have been set.
    pub(crate) fn may_be_set(&mut self, number: usize) {
        self.possible.push(number);
    }
}
