//! Looking for what became of the sessions of those who are followed: at a word of the ledger, when
//! this process has signed somebody in, and every second, for the others may have.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch::Receiver;

use super::SessionEvents;
use crate::model::id::{SessionId, UserId};
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::model::session::Session;
use crate::store::database::Lately;

/// Between two looks, if nothing is heard.
const INTERVAL: Duration = Duration::from_secs(1);

/// The least between two looks, whatever is heard.
const LEAST: Duration = Duration::from_millis(100);

/// How many users one statement asks about, and how many rows it may find: some fifty for each. Of more
/// it asks about fewer.
const USERS: usize = 100;
const ROWS: u64 = 5000;

impl SessionEvents {
    /// For ever.
    pub async fn watch(self) {
        let mut word = self.0.revocations.word();
        let mut since = self.lately();
        let mut answered_at = self.0.clock.boot();
        loop {
            if self.followers().is_empty() {
                self.0.call.notified().await;
                // What happened while nobody followed is nobody's news.
                since = self.lately();
                answered_at = self.0.clock.boot();
            }
            let position = self.0.revocations.position();
            match self.look(since).await {
                Ok(next) => {
                    since = next;
                    answered_at = self.0.clock.boot();
                }
                Err(stop) => self.bear(&stop, answered_at),
            }
            tokio::time::sleep(LEAST).await;
            self.await_call(&mut word, position).await;
        }
    }

    /// Looks once, and tells what it finds; from when on the next look is to look.
    async fn look(&self, since: Lately) -> Result<Lately, Stop> {
        let next = self.lately();
        let users = self.followers().begin_look();
        let mut parts: Vec<_> = users.chunks(USERS).collect();
        while let Some(users) = parts.pop() {
            let now = self.0.clock.now();
            let tables = self.0.database.tables();
            let found = tables.sessions_lately(users, since, now, ROWS).await?;
            let is_all = (found.len() as u64) < ROWS;
            match users.split_at(users.len() / 2) {
                _ if is_all => self.tell(users, found, since.made, now),
                // Whoever makes too many sessions takes nobody else along.
                (some @ [_, ..], others) => parts.extend([some, others]),
                ([], one) => {
                    tracing::warn!(user = ?one, "too many sessions at once to tell of each");
                    self.followers().dismiss(one);
                }
            }
        }
        // Clocks may be set back: what was told and forgotten must not come again.
        Ok(Lately {
            made: next.made.max(since.made),
            ended: next.ended.max(since.ended),
        })
    }

    fn tell(&self, users: &[UserId], found: Vec<Session>, made: SessionId, now: OffsetDateTime) {
        let mut by_user: HashMap<_, Vec<_>> = HashMap::new();
        for session in found {
            let session = self.as_it_stands(session, now);
            by_user.entry(session.user).or_default().push(session);
        }
        let mut followers = self.followers();
        for user in users {
            let found = by_user.remove(user).unwrap_or_default();
            followers.tell(*user, found, made);
        }
    }

    fn as_it_stands(&self, session: Session, now: OffsetDateTime) -> Session {
        let application = self.0.registry.find(session.application);
        let cutoff = application.map(|application| application.cutoff);
        let state = session.standing_beside(cutoff.unwrap_or_default(), now);
        Session { state, ..session }
    }

    /// Events wait for a database that is silent, but not for ever.
    fn bear(&self, stop: &Stop, answered_at: Duration) {
        let error = stop as &dyn std::error::Error;
        tracing::debug!(error, "could not look for what became of sessions");
        if self.0.clock.boot() > answered_at + self.0.patience {
            let mut followers = self.followers();
            let all = followers.begin_look();
            if !all.is_empty() {
                tracing::warn!(
                    error,
                    "sessions can't be followed: those who do are dismissed"
                );
            }
            followers.dismiss(&all);
        }
    }

    async fn await_call(&self, word: &mut Receiver<()>, position: Position) {
        let revocations = &self.0.revocations;
        tokio::select! {
            () = self.0.call.notified() => {}
            () = revocations.moved_from(word, position) => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }

    /// What a look after this one has to find.
    fn lately(&self) -> Lately {
        Lately {
            made: SessionId::least_of(self.0.overlap),
            ended: self.0.clock.now() - self.0.overlap,
        }
    }
}
