//! The index in this process's memory.

use std::sync::Arc;

use async_trait::async_trait;
use foldhash::fast::RandomState;
use papaya::{HashMap, LocalGuard};
use seize::Collector;
use time::OffsetDateTime;

use super::marked::Marked;
use crate::model::id::{ApplicationId, KeyId, SessionId, TokenId, UserId};
use crate::model::revocation::{Effect, Entry, Findings, Mark, Marks, Revocation, Subject};
use crate::model::swept::Swept;
use crate::store::index::{IndexError, Presence, RevocationIndex};

/// Maps that readers never wait for: one for each kind of mark, so that a key is no longer than
/// it has to be, and where nothing of a kind is revoked there is nothing to look at.
pub struct MemoryIndex {
    /// Of all of them: who looks seven things up enters once, and the processor looks for all seven
    /// at the same time.
    collector: Arc<Collector>,
    tokens: Marked<TokenId>,
    sessions: Marked<SessionId>,
    keys: Marked<KeyId>,
    users: Marked<UserId>,
    grants: Marked<(UserId, ApplicationId)>,
    applications: Marked<ApplicationId>,
    /// Of whatever kind, with the effect that they don't have as a rule.
    stale: Marked<Subject>,
    /// Empty, unless an allowlist is kept.
    present: HashMap<SessionId, Presence, RandomState>,
}

impl MemoryIndex {
    fn findings(&self, marks: &Marks) -> Findings {
        let guard = self.collector.enter();
        marks.0.each_ref().map(|mark| self.find(mark, &guard))
    }

    fn find(&self, Mark { subject, effect }: &Mark, guard: &LocalGuard<'_>) -> Option<Entry> {
        match (effect, subject) {
            (Effect::Stale, subject) => self.stale.get(subject, guard),
            (Effect::Dead, Subject::Token(id)) => self.tokens.get(id, guard),
            (Effect::Dead, Subject::Session(id)) => self.sessions.get(id, guard),
            (Effect::Dead, Subject::Key(id)) => self.keys.get(id, guard),
            (Effect::Dead, Subject::User(id)) => self.users.get(id, guard),
            (Effect::Dead, Subject::Grant(user, application)) => {
                self.grants.get(&(*user, *application), guard)
            }
            (Effect::Dead, Subject::Application(id)) => self.applications.get(id, guard),
        }
    }

    fn take_one(&self, Revocation { mark, entry }: Revocation) {
        match (mark.effect, mark.subject) {
            (Effect::Stale, subject) => self.stale.take(subject, entry),
            (Effect::Dead, Subject::Token(id)) => self.tokens.take(id, entry),
            (Effect::Dead, Subject::Session(id)) => self.sessions.take(id, entry),
            (Effect::Dead, Subject::Key(id)) => self.keys.take(id, entry),
            (Effect::Dead, Subject::User(id)) => self.users.take(id, entry),
            (Effect::Dead, Subject::Grant(user, application)) => {
                self.grants.take((user, application), entry);
            }
            (Effect::Dead, Subject::Application(id)) => self.applications.take(id, entry),
        }
    }
}

impl Default for MemoryIndex {
    fn default() -> Self {
        let collector = Arc::new(Collector::new());
        Self {
            tokens: Marked::new(&collector),
            sessions: Marked::new(&collector),
            keys: Marked::new(&collector),
            users: Marked::new(&collector),
            grants: Marked::new(&collector),
            applications: Marked::new(&collector),
            stale: Marked::new(&collector),
            present: HashMap::default(),
            collector,
        }
    }
}

#[async_trait]
impl RevocationIndex for MemoryIndex {
    async fn look_up(&self, marks: &Marks) -> Result<Findings, IndexError> {
        Ok(self.findings(marks))
    }

    async fn look_up_with_presence(
        &self,
        marks: &Marks,
        session: SessionId,
    ) -> Result<(Findings, Option<Presence>), IndexError> {
        let presence = self.present.pin().get(&session).copied();
        Ok((self.findings(marks), presence))
    }

    async fn take(&self, rows: &[Revocation]) -> Result<(), IndexError> {
        for row in rows {
            self.take_one(*row);
        }
        Ok(())
    }

    async fn admit(&self, session: SessionId, presence: Presence) -> Result<(), IndexError> {
        let present = self.present.pin();
        present.update_or_insert(session, |known| presence.max(*known), presence);
        Ok(())
    }

    fn forget(&self, swept: Swept) {
        self.tokens.forget(swept);
        self.sessions.forget(swept);
        self.keys.forget(swept);
        self.users.forget(swept);
        self.grants.forget(swept);
        self.applications.forget(swept);
        self.stale.forget(swept);
    }

    fn forget_presence(&self, before: OffsetDateTime) {
        self.present
            .pin()
            .retain(|_, presence| presence.until >= before);
    }
}

#[cfg(test)]
mod tests;
