//! A server that takes questions and answers none: who asks nevertheless, and who doesn't wait for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Of a silent server one question is tried in this time: so soon is it noticed that it speaks again.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Whether questions are answered.
#[derive(Default)]
pub(crate) struct Silence(Mutex<State>);

/// A question that is asked.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    begun_at: Instant,
}

#[derive(Default)]
struct State {
    answered_at: Option<Instant>,
    /// When the next one is tried, while the server is silent.
    next_try: Option<Instant>,
    /// Nothing is asked before, though the server speaks.
    paused_until: Option<Instant>,
}

impl Silence {
    /// Whether it is of no use to ask now.
    pub(crate) fn reigns(&self) -> bool {
        self.state().forbids(Instant::now())
    }

    /// Leave to ask now, if it is of use. While the server is silent, one gets it.
    pub(crate) fn try_now(&self) -> Option<Attempt> {
        self.state().begin(Instant::now())
    }

    /// There was an answer, whatever it was.
    pub(crate) fn answered(&self) {
        self.state().answered(Instant::now());
    }

    /// There was none in time.
    pub(crate) fn timed_out(&self, attempt: Attempt) {
        self.state().timed_out(attempt, Instant::now());
    }

    /// The server doesn't want to be asked for so long.
    pub(crate) fn pause(&self, length: Duration) {
        self.state().paused_until = Some(Instant::now() + length);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forbids(&self, now: Instant) -> bool {
        let is_ahead = |time: Instant| now < time;
        self.next_try.is_some_and(is_ahead) || self.paused_until.is_some_and(is_ahead)
    }

    fn begin(&mut self, now: Instant) -> Option<Attempt> {
        if self.forbids(now) {
            return None;
        }
        // Whatever becomes of this one: a caller that hangs up must not keep the others waiting.
        self.next_try = self.next_try.map(|_| now + BETWEEN_TRIES);
        Some(Attempt { begun_at: now })
    }

    fn answered(&mut self, now: Instant) {
        self.answered_at = Some(now);
        self.next_try = None;
    }

    /// If anybody was answered since this was asked, it says nothing of the others.
    fn timed_out(&mut self, attempt: Attempt, now: Instant) {
        if self.answered_at.is_none_or(|at| at < attempt.begun_at) {
            self.next_try.get_or_insert(now + BETWEEN_TRIES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Duration = Duration::from_secs(2);
    const MOMENT: Duration = Duration::from_millis(1);

    /// How many of those who ask at this time may.
    fn leave(state: &mut State, now: Instant) -> usize {
        (0..100).filter_map(|_| state.begin(now)).count()
    }

    /// A server that was silent for as long as a request takes, and since when that is known.
    fn silent() -> (State, Instant) {
        let (mut state, begun_at) = (State::default(), Instant::now());
        let attempt = state.begin(begun_at).unwrap();
        state.timed_out(attempt, begun_at + REQUEST);
        (state, begun_at + REQUEST)
    }

    #[test]
    fn one_is_tried_each_second_until_one_is_answered() {
        let (mut state, mut now) = silent();
        for _ in 0..3 {
            assert_eq!(leave(&mut state, now + BETWEEN_TRIES - MOMENT), 0);
            now += BETWEEN_TRIES;
            assert_eq!(leave(&mut state, now), 1);
        }
        state.answered(now);
        assert_eq!(leave(&mut state, now), 100);
    }

    #[test]
    fn one_question_that_hangs_while_others_are_answered_is_no_silence() {
        let (mut state, now) = (State::default(), Instant::now());
        let hanging = state.begin(now).unwrap();
        state.answered(now + REQUEST / 2);
        state.timed_out(hanging, now + REQUEST);
        assert_eq!(leave(&mut state, now + REQUEST), 100);
        let later = state.begin(now + REQUEST).unwrap();
        state.timed_out(later, now + REQUEST * 2);
        assert_eq!(leave(&mut state, now + REQUEST * 2), 0);
    }

    #[test]
    fn a_pause_is_kept_by_all() {
        let (silence, now) = (Silence::default(), Instant::now());
        silence.pause(REQUEST);
        let mut state = silence.state();
        assert_eq!(leave(&mut state, now + REQUEST - MOMENT), 0);
        assert_eq!(leave(&mut state, now + REQUEST * 2), 100);
    }
}
