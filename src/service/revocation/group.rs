//! Group commit: sessions that are to end at the same time end in one transaction.
//!
//! Revocations commit one after another, and what a commit costs is paid for all that are in it. Who
//! comes when none is under way goes at once; who comes meanwhile goes with the next one.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tracing::Span;

use super::session::may_live;
use super::turns::OVERLOADED;
use super::{Cause, Revocations};
use crate::model::id::SessionId;
use crate::model::refusal::{Refusal, Stop};
use crate::store::database::IfTaken;

/// How many sessions end in one transaction at most.
const GROUP: usize = 64;

/// Those who wait to go together.
pub(super) struct Gathering {
    queue: Mutex<Queue>,
    may_wait: usize,
    /// Of the one group that is under way, until its rows are in the index.
    turn: Semaphore,
}

#[derive(Default)]
struct Queue {
    members: VecDeque<Member>,
    /// Somebody is on the way to take them.
    is_called: bool,
}

struct Member {
    ending: Ending,
    answer: oneshot::Sender<Result<Fate, Refusal>>,
}

/// A session that is to end.
#[derive(Clone)]
pub(super) struct Ending {
    pub session: SessionId,
    pub cause: Cause,
    /// The request that asked for it, for the log.
    pub asked_in: Span,
}

/// What a group did with a member's session.
pub(super) enum Fate {
    /// It was ended by this, and is so everywhere.
    Ended,
    /// It had ended, or somebody else had taken its row, or the group fell apart: it is to be looked
    /// at by itself.
    LeftAlone,
}

impl Fate {
    const fn of(is_ended: bool) -> Self {
        if is_ended {
            Self::Ended
        } else {
            Self::LeftAlone
        }
    }
}

impl Gathering {
    pub(super) fn new(may_wait: usize) -> Self {
        Self {
            queue: Mutex::default(),
            may_wait,
            turn: Semaphore::new(1),
        }
    }

    /// Says whether somebody has to be called.
    fn join(&self, member: Member) -> Result<bool, Refusal> {
        let mut queue = self.queue();
        if queue.members.len() >= self.may_wait {
            return Err(OVERLOADED);
        }
        queue.members.push_back(member);
        Ok(!std::mem::replace(&mut queue.is_called, true))
    }

    /// Those who go next, and whether somebody has to be called for the rest.
    fn leave(&self) -> (Vec<Member>, bool) {
        let mut queue = self.queue();
        let going = queue.members.len().min(GROUP);
        let group = queue.members.drain(..going).collect();
        queue.is_called = !queue.members.is_empty();
        (group, queue.is_called)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Revocations {
    /// Ends a session together with whichever others are to end now. It is done, or not, whatever
    /// becomes of whoever asked.
    pub(super) async fn end_in_group(&self, ending: Ending) -> Result<Fate, Refusal> {
        let (answer, told) = oneshot::channel();
        if self.0.gathering.join(Member { ending, answer })? {
            self.call_for_group();
        }
        told.await.unwrap_or(Ok(Fate::LeftAlone))
    }

    fn call_for_group(&self) {
        let revocations = self.clone();
        tokio::spawn(async move { revocations.lead_group().await });
    }

    async fn lead_group(&self) {
        let gathering = &self.0.gathering;
        let Ok(turn) = gathering.turn.acquire().await else {
            return;
        };
        let (group, are_more) = gathering.leave();
        if are_more {
            self.call_for_group();
        }
        let (endings, answers): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|member| (member.ending, member.answer))
            .unzip();
        let sessions: Vec<_> = endings.iter().map(|ending| ending.session).collect();
        let mut ended = match self.end_together(endings, turn).await {
            Ok(ended) => Ok(ended),
            Err(Stop::Refused(refusal)) => Err(refusal),
            // Perhaps one member's alone.
            Err(Stop::Failed(fault)) => {
                let error = &fault as &dyn std::error::Error;
                tracing::warn!(error, "these sessions can't be ended together");
                Ok(HashSet::new())
            }
        };
        for (session, answer) in sessions.iter().zip(answers) {
            let fate = match &mut ended {
                Err(refusal) => Err(*refusal),
                // Of several that asked for the same one, the first ended it.
                Ok(ended) => Ok(Fate::of(ended.remove(session))),
            };
            // Who has gone does not want to know.
            drop(answer.send(fate));
        }
    }

    async fn end_together(
        &self,
        endings: Vec<Ending>,
        turn: SemaphorePermit<'_>,
    ) -> Result<HashSet<SessionId>, Stop> {
        // Looked at first: a transaction that writes is not to be had for the asking.
        let endings = self.worth_a_transaction(endings).await?;
        if endings.is_empty() {
            return Ok(HashSet::new());
        }
        let mut revoking = self.begin_in(turn).await?;
        let ended = revoking.end_sessions(endings, IfTaken::Leave).await?;
        if !ended.is_empty() {
            revoking.commit().await?;
        }
        Ok(ended.into_iter().collect())
    }

    /// Those that may live, each once.
    async fn worth_a_transaction(&self, mut endings: Vec<Ending>) -> Result<Vec<Ending>, Stop> {
        let ids: HashSet<_> = endings.iter().map(|ending| ending.session).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let known = self.0.database.tables().sessions_among(&ids).await?;
        let now = self.0.clock.now();
        let living = known.iter().filter(|session| may_live(session, now));
        let mut living: HashSet<_> = living.map(|session| session.id).collect();
        endings.retain(|ending| living.remove(&ending.session));
        Ok(endings)
    }
}
