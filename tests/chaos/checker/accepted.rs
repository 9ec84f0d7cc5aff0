//! Whether a token was rightly let in: by a server, and by a sub-system, which may be late.

use std::time::Duration;

use super::{Breach, Checker, Span};
use crate::call::{Call, LogoutNumber, Time, TokenNumber};

impl Checker {
    /// By a server: the logout that was acknowledged is in force.
    pub(super) fn accepted(&mut self, call: Call, span: Span, token: TokenNumber) {
        if let Some((_, logout)) = self.over_before(span.begun, token) {
            self.report(Breach::Accepted(token), call, span, Some(logout));
        }
    }

    /// By a sub-system: it is in force as soon as what was heard before is too old to be believed.
    pub(super) fn believed(&mut self, call: Call, span: Span, token: TokenNumber, bound: Duration) {
        let is_too_late = |since: Time| span.begun > since + bound;
        if self.silent_since.is_some_and(is_too_late) {
            self.report(Breach::Believed(token), call, span, None);
        }
        let Some((at, logout)) = self.over_before(span.begun, token) else {
            return;
        };
        self.latest = self.latest.max(span.begun.saturating_sub(at));
        if is_too_late(at) {
            self.report(Breach::Accepted(token), call, span, Some(logout));
        }
    }

    /// From now on no sub-system can hear anything, or each may again. To be called while it is so:
    /// after it began, and before it ends.
    pub(crate) fn silence(&mut self, now: Time, is_silent: bool) {
        self.silent_since = is_silent.then(|| self.silent_since.unwrap_or(now));
    }

    /// When the token was known to be dead before that, and by which logout.
    fn over_before(&self, begun: Time, token: TokenNumber) -> Option<(Time, LogoutNumber)> {
        let token = &self.tokens[token.0];
        let killers = [token.dead, self.sessions[token.session.0].dead];
        let acknowledged = killers.into_iter().flatten().filter_map(|logout| {
            let at = self.logouts[logout.0].acknowledged_at()?;
            (at < begun).then_some((at, logout))
        });
        acknowledged.min_by_key(|(at, _)| *at)
    }
}
