//! The rules, held against each call as it ends: who was logged out is let in by nobody, and who
//! was not is never told that their session has ended.

mod accepted;
mod violation;

use std::collections::HashMap;
use std::time::Duration;

pub(crate) use self::violation::{Breach, Violation};

use crate::call::{
    ApplicationNumber, Call, Deed, Done, Logout, LogoutNumber, Outcome, Scope, SessionNumber, Time,
    TokenNumber, UserNumber,
};

/// For so long a call that got no answer may still happen: longer than all bounded waits that it
/// can meet, one after another, on machines that stand still in between.
const AFTERMATH: Duration = Duration::from_mins(1);

/// From the beginning of a call to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub begun: Time,
    pub ended: Time,
}

/// What is known of everything, call by call.
#[derive(Default)]
pub(crate) struct Checker {
    users: HashMap<UserNumber, User>,
    sessions: Vec<Session>,
    tokens: Vec<Token>,
    logouts: Vec<Record>,
    names: HashMap<String, SessionNumber>,
    /// Since when no sub-system can have heard anything.
    silent_since: Option<Time>,
    /// How long after a logout, at most, a sub-system let somebody in.
    pub latest: Duration,
    pub violations: Vec<Violation>,
}

#[derive(Default)]
struct User {
    /// Sessions that no acknowledged logout concerned.
    live: Vec<SessionNumber>,
    cut_offs: Vec<LogoutNumber>,
    /// The newest password whose setting was acknowledged.
    password: Option<(usize, LogoutNumber)>,
}

struct Session {
    user: UserNumber,
    application: ApplicationNumber,
    opened: Span,
    tokens: Vec<TokenNumber>,
    /// The first acknowledged logout that ended it, whatever tokens it gets.
    dead: Option<LogoutNumber>,
    /// A refresh got no answer. If it happens after a later one, it shows a token that was used up
    /// by then: that is theft to the server, and it ends the session, rightly.
    is_doubtful: bool,
    /// Logouts that are about this session alone.
    endings: Vec<LogoutNumber>,
}

struct Token {
    session: SessionNumber,
    issued: Span,
    /// The logout that kept its session, if it came with one.
    issued_by: Option<LogoutNumber>,
    /// The first acknowledged logout that was begun when it was out.
    dead: Option<LogoutNumber>,
}

/// A logout, from its beginning on.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub logout: Logout,
    pub node: usize,
    pub begun: Time,
    pub end: Option<(Time, Fate)>,
}

/// What became of a logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Acknowledged,
    NotDone,
    Open,
}

impl Record {
    fn acknowledged_at(&self) -> Option<Time> {
        let (at, fate) = self.end?;
        (fate == Fate::Acknowledged).then_some(at)
    }

    /// What was begun later it can't have concerned; `None` if that can't be told.
    fn over_at(&self) -> Option<Time> {
        match self.end? {
            (at, Fate::Open) => Some(at + AFTERMATH),
            (at, Fate::Acknowledged | Fate::NotDone) => Some(at),
        }
    }
}

impl Checker {
    pub(crate) fn begin(&mut self, begun: Time, node: usize, deed: Deed) -> Call {
        let mut call = Call {
            deed,
            node,
            begun,
            logout: None,
        };
        if let Deed::Logout(logout) = deed {
            let number = LogoutNumber(self.logouts.len());
            self.logouts.push(Record {
                logout,
                node,
                begun,
                end: None,
            });
            match logout.scope {
                Scope::Session(session) => self.sessions[session.0].endings.push(number),
                Scope::Grant(user, _) | Scope::User(user) => {
                    self.users.entry(user).or_default().cut_offs.push(number);
                }
            }
            call.logout = Some(number);
        }
        call
    }

    /// To be called in the order of the ends. Says under which numbers the tokens are known that
    /// the answer brought.
    pub(crate) fn end(
        &mut self,
        call: Call,
        ended: Time,
        outcome: &Outcome,
    ) -> Option<(SessionNumber, TokenNumber)> {
        let span = Span {
            begun: call.begun,
            ended,
        };
        match (call.deed, outcome) {
            (Deed::Me(token), Outcome::Done(_)) => self.accepted(call, span, token),
            (Deed::Verify { token, bound }, Outcome::Done(_)) => {
                self.believed(call, span, token, bound);
            }
            (Deed::Me(token) | Deed::Verify { token, .. }, Outcome::Ended(why)) => {
                self.refused(call, span, token, why);
            }
            // There is nothing wrong with any of our tokens.
            (Deed::Verify { .. }, Outcome::Refused(why)) => {
                self.report(Breach::Refused(why.clone()), call, span, None);
            }
            (Deed::Refresh(session), Outcome::Done(_)) => {
                self.refreshed(call, span, session);
                return Some(self.issued(session, span, None));
            }
            (Deed::Refresh(session), Outcome::Ended(why))
                if !self.may_have_ended(session, None) =>
            {
                self.report(Breach::Refused(why.clone()), call, span, None);
            }
            (Deed::Refresh(session), outcome) if outcome.is_open() => {
                self.sessions[session.0].is_doubtful = true;
            }
            (Deed::Login { .. }, Outcome::Done(done)) => return self.logged_in(call, span, done),
            (Deed::Logout(logout), _) => return self.logged_out(call, span, logout, outcome),
            _ => {}
        }
        None
    }

    fn refused(&mut self, call: Call, span: Span, token: TokenNumber, why: &str) {
        let session = self.tokens[token.0].session;
        if self.tokens[token.0].dead.is_none() && !self.may_have_ended(session, Some(token)) {
            self.report(Breach::Refused(why.to_owned()), call, span, None);
        }
    }

    fn refreshed(&mut self, call: Call, span: Span, session: SessionNumber) {
        if let Some(logout) = self.sessions[session.0].dead
            && let Some(at) = self.logouts[logout.0].acknowledged_at()
            && at < span.begun
        {
            self.report(Breach::Revived, call, span, Some(logout));
        }
    }

    /// Whether anything was begun that may have ended a session; or, if a token is given, that may
    /// have killed it.
    fn may_have_ended(&self, session: SessionNumber, token: Option<TokenNumber>) -> bool {
        let known = &self.sessions[session.0];
        let cut_offs = self.users.get(&known.user).map(|user| &user.cut_offs);
        let begun = known.endings.iter();
        let begun = begun.chain(cut_offs.into_iter().flatten().rev());
        known.dead.is_some() || known.is_doubtful || { begun }
            .any(|number| self.may_concern(*number, session, token))
    }

    fn may_concern(
        &self,
        number: LogoutNumber,
        session: SessionNumber,
        token: Option<TokenNumber>,
    ) -> bool {
        let record = &self.logouts[number.0];
        let known = &self.sessions[session.0];
        if matches!(record.end, Some((_, Fate::NotDone))) {
            return false;
        }
        match record.logout.scope {
            // Of a session that ends no token lives, whenever it was issued.
            Scope::Session(ended) => return ended == session,
            Scope::Grant(_, application) if application != known.application => return false,
            Scope::Grant(..) | Scope::User(_) => {}
        }
        let token = token.map(|token| &self.tokens[token.0]);
        if record.logout.kept == Some(session) {
            // It lives on; its older tokens don't.
            let Some(token) = token.filter(|token| token.issued_by != Some(number)) else {
                return false;
            };
            return record.over_at().is_none_or(|at| token.issued.begun <= at);
        }
        let begun = token.map_or(known.opened.begun, |token| token.issued.begun);
        record.over_at().is_none_or(|at| begun <= at)
    }

    fn logged_in(
        &mut self,
        call: Call,
        span: Span,
        done: &Done,
    ) -> Option<(SessionNumber, TokenNumber)> {
        let Deed::Login {
            user,
            application,
            password,
        } = call.deed
        else {
            return None;
        };
        let number = SessionNumber(self.sessions.len());
        self.sessions.push(Session {
            user,
            application,
            opened: span,
            tokens: Vec::new(),
            dead: None,
            is_doubtful: false,
            endings: Vec::new(),
        });
        self.names.insert(done.issued.clone()?, number);
        let known = self.users.entry(user).or_default();
        known.live.push(number);
        if let Some((newest, logout)) = known.password
            && password < newest
            && let Some(at) = self.logouts[logout.0].acknowledged_at()
            && at < span.begun
        {
            self.report(Breach::OldPassword, call, span, Some(logout));
        }
        Some(self.issued(number, span, None))
    }

    fn issued(
        &mut self,
        session: SessionNumber,
        issued: Span,
        issued_by: Option<LogoutNumber>,
    ) -> (SessionNumber, TokenNumber) {
        let token = TokenNumber(self.tokens.len());
        self.tokens.push(Token {
            session,
            issued,
            issued_by,
            dead: None,
        });
        self.sessions[session.0].tokens.push(token);
        (session, token)
    }

    fn logged_out(
        &mut self,
        call: Call,
        span: Span,
        logout: Logout,
        outcome: &Outcome,
    ) -> Option<(SessionNumber, TokenNumber)> {
        let number = call.logout?;
        let fate = match outcome {
            Outcome::Done(_) => Fate::Acknowledged,
            outcome if outcome.is_open() => Fate::Open,
            _ => Fate::NotDone,
        };
        self.logouts[number.0].end = Some((span.ended, fate));
        match (outcome, logout.caller) {
            (Outcome::Done(_), Some(caller)) => self.accepted(call, span, caller),
            (Outcome::Ended(why), Some(caller)) => self.refused(call, span, caller, why),
            _ => {}
        }
        let Outcome::Done(done) = outcome else {
            return None;
        };
        self.kill(number, logout, span);
        for name in &done.ended {
            // One that isn't known is that of a login whose answer got lost.
            if let Some(session) = self.names.get(name).copied() {
                self.bury(session, number);
            }
        }
        let user = match logout.scope {
            Scope::Session(session) => self.sessions[session.0].user,
            Scope::Grant(user, _) | Scope::User(user) => user,
        };
        let known = self.users.entry(user).or_default();
        if let Some(password) = logout.password
            && known.password.is_none_or(|(newest, _)| newest < password)
        {
            known.password = Some((password, number));
        }
        let kept = logout.kept.filter(|_| done.issued.is_some())?;
        Some(self.issued(kept, span, Some(number)))
    }

    /// Notes what an acknowledged logout concerned for sure: what was out when it was begun.
    fn kill(&mut self, number: LogoutNumber, logout: Logout, span: Span) {
        let (user, application) = match logout.scope {
            Scope::Session(session) => return self.bury(session, number),
            Scope::Grant(user, application) => (user, Some(application)),
            Scope::User(user) => (user, None),
        };
        let live = self.users.entry(user).or_default().live.clone();
        for session in live {
            let known = &self.sessions[session.0];
            if application.is_some_and(|application| application != known.application) {
                continue;
            }
            if known.opened.ended < span.begun && logout.kept != Some(session) {
                self.bury(session, number);
                continue;
            }
            for token in &known.tokens {
                let token = &mut self.tokens[token.0];
                if token.issued.ended < span.begun {
                    token.dead.get_or_insert(number);
                }
            }
        }
    }

    /// This session is over, with all tokens that it has and may get.
    fn bury(&mut self, session: SessionNumber, number: LogoutNumber) {
        let known = &mut self.sessions[session.0];
        known.dead.get_or_insert(number);
        let user = self.users.entry(known.user).or_default();
        user.live.retain(|live| *live != session);
    }

    fn report(&mut self, breach: Breach, call: Call, span: Span, against: Option<LogoutNumber>) {
        let token = match breach {
            Breach::Accepted(token) | Breach::Believed(token) => Some(self.tokens[token.0].issued),
            _ => None,
        };
        self.violations.push(Violation {
            breach,
            call,
            span,
            against: against.map(|logout| self.logouts[logout.0].clone()),
            token,
        });
    }
}

#[cfg(test)]
mod tests;
