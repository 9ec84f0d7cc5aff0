//! What should be: for each token ever seen, whether it is live.

/// How long a replayed refresh token gets the same successor. No two times that are compared here
/// are closer than ten seconds: the test itself takes its time.
pub(super) const GRACE: u64 = 50;

/// Seconds: of an access token, of a session that isn't refreshed, of any session.
pub(super) const LIFETIMES: [[u64; 3]; 3] = [[310, 3610, 7210], [110, 350, 1210], [310, 610, 610]];

#[derive(Default)]
pub(super) struct Model {
    pub now: u64,
    pub sessions: Vec<Session>,
}

/// Its tokens have numbers, in the order in which they were given out.
pub(super) struct Session {
    pub user: usize,
    pub application: usize,
    is_ended: bool,
    end: u64,
    idle_end: u64,
    /// When each access token expires; never, if it was cut off.
    access: Vec<Option<u64>>,
    refresh_tokens: usize,
    current: usize,
    previous: Option<usize>,
    /// Those before this one were withdrawn.
    first_of_era: usize,
    rotated_at: u64,
}

impl Model {
    pub(super) fn is_over(&self, session: usize) -> bool {
        let session = &self.sessions[session];
        session.is_ended || self.now >= session.end.min(session.idle_end)
    }

    pub(super) fn is_live(&self, session: usize, access: usize) -> bool {
        self.sessions[session].access[access].is_some_and(|expires_at| self.now < expires_at)
    }

    pub(super) fn log_in(&mut self, user: usize, application: usize) {
        self.sessions.push(Session {
            user,
            application,
            is_ended: false,
            end: self.now + LIFETIMES[application][2],
            idle_end: 0,
            access: Vec::new(),
            refresh_tokens: 1,
            current: 0,
            previous: None,
            first_of_era: 0,
            rotated_at: self.now,
        });
        self.issue(self.sessions.len() - 1);
    }

    /// The number of the refresh token that it gets, new or not; `None`, if it gets none.
    pub(super) fn refresh(&mut self, session: usize, shown: usize) -> Option<usize> {
        let state = &self.sessions[session];
        if self.is_over(session) || shown < state.first_of_era {
            return None;
        }
        let is_replayed = state.previous == Some(shown);
        if shown == state.current || is_replayed && self.now >= state.rotated_at + GRACE {
            self.rotate(session, shown);
        } else if !is_replayed {
            self.end(session);
            return None;
        }
        self.issue(session);
        Some(self.sessions[session].current)
    }

    /// While all others of its user end, a session gets a new access token, and no refresh token.
    pub(super) fn keep(&mut self, session: usize) {
        let state = &mut self.sessions[session];
        state.access.fill(None);
        let idle_end = state.idle_end;
        let expires_at = self.issue(session);
        self.sessions[session].idle_end = idle_end.max(expires_at);
    }

    /// The same, but none of its old refresh tokens stays good. The number of the new one.
    pub(super) fn renew(&mut self, session: usize) -> usize {
        let state = &mut self.sessions[session];
        state.access.fill(None);
        let current = state.current;
        self.rotate(session, current);
        let state = &mut self.sessions[session];
        state.previous = None;
        state.first_of_era = state.current;
        self.issue(session);
        self.sessions[session].current
    }

    /// Ends those of these that are not over; says which.
    pub(super) fn end_all(&mut self, concerns: impl Fn(usize, &Session) -> bool) -> Vec<usize> {
        let all = 0..self.sessions.len();
        let concerned = all.filter(|&index| concerns(index, &self.sessions[index]));
        let ended: Vec<_> = concerned.filter(|&index| !self.is_over(index)).collect();
        for &index in &ended {
            self.end(index);
        }
        ended
    }

    fn end(&mut self, session: usize) {
        self.sessions[session].is_ended = true;
        self.sessions[session].access.fill(None);
    }

    fn rotate(&mut self, session: usize, used: usize) {
        let state = &mut self.sessions[session];
        state.previous = Some(used);
        state.current = state.refresh_tokens;
        state.refresh_tokens += 1;
        state.rotated_at = self.now;
    }

    /// When the new access token expires.
    fn issue(&mut self, session: usize) -> u64 {
        let state = &mut self.sessions[session];
        let [access, idle, _] = LIFETIMES[state.application];
        let expires_at = (self.now + access).min(state.end);
        state.idle_end = self.now + idle;
        state.access.push(Some(expires_at));
        expires_at
    }
}
