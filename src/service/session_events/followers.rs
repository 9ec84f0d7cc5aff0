//! Those who follow users' sessions, each with a queue of a bounded length.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::told::Told;
use crate::model::id::{SessionId, UserId};
use crate::model::session::Session;
use crate::model::session_event::SessionEvent;

/// How many events may wait for one follower: more sign-ins and logouts than a person makes in the time
/// that a client may take to read.
const QUEUE: usize = 64;

#[derive(Default)]
pub(super) struct Followers(HashMap<UserId, Followed>);

/// A user that somebody follows.
#[derive(Default)]
struct Followed {
    /// `None` before the first look, which finds what was there.
    told: Option<Told>,
    followers: Vec<Follower>,
}

struct Follower {
    events: mpsc::Sender<Arc<SessionEvent>>,
    stage: Stage,
}

enum Stage {
    /// Is not told of what was found by a look that was begun before.
    New(oneshot::Sender<()>),
    /// The look that is under way was begun after.
    LookedFor(oneshot::Sender<()>),
    Ready,
}

impl Followers {
    pub(super) fn add(
        &mut self,
        user: UserId,
    ) -> (mpsc::Receiver<Arc<SessionEvent>>, oneshot::Receiver<()>) {
        let (events, queue) = mpsc::channel(QUEUE);
        let (ready, is_ready) = oneshot::channel();
        self.0.entry(user).or_default().followers.push(Follower {
            events,
            stage: Stage::New(ready),
        });
        (queue, is_ready)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whom a look that begins now is for. Who has gone is forgotten.
    pub(super) fn begin_look(&mut self) -> Vec<UserId> {
        self.0.retain(|_, followed| {
            let followers = &mut followed.followers;
            followers.retain(|follower| !follower.events.is_closed());
            for follower in &mut *followers {
                follower.stage = match std::mem::replace(&mut follower.stage, Stage::Ready) {
                    Stage::New(ready) => Stage::LookedFor(ready),
                    stage => stage,
                };
            }
            !followers.is_empty()
        });
        self.0.keys().copied().collect()
    }

    /// What a look has found of a user's sessions, as they stand.
    pub(super) fn tell(&mut self, user: UserId, found: Vec<Session>, made: SessionId) {
        let Some(followed) = self.0.get_mut(&user) else {
            return;
        };
        let news = match &mut followed.told {
            Some(told) => told.news(found, made),
            none => {
                *none = Some(Told::of(&found));
                Vec::new()
            }
        };
        let news: Vec<_> = news.into_iter().map(Arc::new).collect();
        followed.followers.retain_mut(|follower| {
            match std::mem::replace(&mut follower.stage, Stage::Ready) {
                // Who can't keep up comes to an end: there is no gap that nobody hears of.
                Stage::Ready => news
                    .iter()
                    .all(|event| follower.events.try_send(Arc::clone(event)).is_ok()),
                Stage::LookedFor(ready) => ready.send(()).is_ok(),
                stage @ Stage::New(_) => {
                    follower.stage = stage;
                    true
                }
            }
        });
    }

    /// Comes to an end for these: what happened can't be told.
    pub(super) fn dismiss(&mut self, users: &[UserId]) {
        for user in users {
            self.0.remove(user);
        }
    }
}

#[cfg(test)]
mod tests;
