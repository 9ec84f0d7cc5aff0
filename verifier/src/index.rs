//! The rule of revocation, and what is known of revocations.

use std::collections::HashMap;

use crate::answer::{Effect, Reason, Row, Subject, Swept};
use crate::claims::Claims;

/// What is known of revocations that can still concern a living token.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Kept apart: a newer stale row must never mask an older dead one.
    dead: HashMap<Subject, Entry>,
    stale: HashMap<Subject, Entry>,
    /// Nothing is known any more of tokens that were issued before this position, and are over by
    /// that time.
    swept: Option<Swept>,
}

/// Everything that a token can be revoked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks([Subject; 6]);

/// What is to be thought of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Live,
    /// Out of date: a refresh brings another one.
    Stale,
    Dead(Reason),
    /// What there was against it may have been dropped: it is over, whatever the time is.
    Expired,
}

/// The newest that is known of a subject.
#[derive(Clone, Copy, Debug)]
struct Entry {
    position: i64,
    /// Concerns the tokens whose `rev` is smaller: of what is no cut-off, all.
    concerns_below: i64,
    reason: Reason,
    expires_at: i64,
}

impl Index {
    /// Learns a revocation. Of two about the same subject the greater position and the later
    /// expiry win, in whatever order they come.
    pub fn learn(&mut self, row: Row) {
        let rows = match row.effect {
            Effect::Dead => &mut self.dead,
            Effect::Stale => &mut self.stale,
        };
        let new = Entry {
            position: row.position,
            concerns_below: if row.cut_off { row.position } else { i64::MAX },
            reason: row.reason,
            expires_at: row.expires_at,
        };
        rows.entry(row.subject)
            .and_modify(|known| *known = known.merge(new))
            .or_insert(new);
    }

    /// Takes note of what was dropped at the server. It only rises.
    pub fn note_swept(&mut self, swept: Swept) {
        let known = self.swept.get_or_insert(swept);
        known.position = known.position.max(swept.position);
        known.exp = known.exp.max(swept.exp);
    }

    /// Drops what concerns no token that lives then (in seconds since 1970-01-01), and takes note of
    /// that: should the clock have been ahead, whom a row concerned has expired nevertheless. Nothing
    /// else removes a row. Say a time at which not even a leeway lets those tokens pass.
    pub fn forget_expired(&mut self, now: i64) {
        let over = |entry: &Entry| entry.expires_at < now;
        let all = self.dead.values().chain(self.stale.values());
        let gone = all.filter(|entry| over(entry)).copied();
        for entry in gone.collect::<Vec<_>>() {
            self.note_swept(Swept {
                position: entry.position,
                exp: entry.expires_at,
            });
        }
        for rows in [&mut self.dead, &mut self.stale] {
            rows.retain(|_, entry| !over(entry));
        }
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dead.len() + self.stale.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one rule: a token is dead if something that it names is, unless that was cut off no
    /// later than its `rev`. Dead beats stale; of several reasons the oldest is told. One that
    /// nothing speaks against has expired if what did may have been dropped.
    #[must_use]
    pub fn judge(&self, rev: i64, exp: i64, marks: &Marks) -> Verdict {
        let concerning = |rows: &HashMap<Subject, Entry>| {
            let found = marks.0.iter().filter_map(|subject| rows.get(subject));
            let concerning = found.filter(|entry| rev < entry.concerns_below);
            concerning.min_by_key(|entry| entry.position).copied()
        };
        if let Some(entry) = concerning(&self.dead) {
            return Verdict::Dead(entry.reason);
        }
        // Most have none.
        if !self.stale.is_empty() && concerning(&self.stale).is_some() {
            return Verdict::Stale;
        }
        let is_swept = |swept: Swept| rev < swept.position && exp <= swept.exp;
        if self.swept.is_some_and(is_swept) {
            return Verdict::Expired;
        }
        Verdict::Live
    }

    /// Whether whatever this key signed is dead.
    #[must_use]
    pub fn is_key_revoked(&self, kid: &str) -> bool {
        self.dead.contains_key(&Subject::Key(kid.into()))
    }
}

impl Marks {
    /// The marks of a token that says this and was signed by the key of this `kid`.
    #[must_use]
    pub fn of(claims: &Claims, kid: &str) -> Self {
        let text = |text: &str| Box::<str>::from(text);
        let (sub, client) = (&claims.sub, &claims.client_id);
        Self([
            Subject::Token(text(&claims.jti)),
            Subject::Session(text(&claims.sid)),
            Subject::Key(text(kid)),
            Subject::User(text(sub)),
            Subject::Grant(text(sub), text(client)),
            Subject::Application(text(client)),
        ])
    }
}

impl Entry {
    fn merge(self, other: Self) -> Self {
        let newest = if other.position > self.position {
            other
        } else {
            self
        };
        Self {
            concerns_below: self.concerns_below.max(other.concerns_below),
            expires_at: self.expires_at.max(other.expires_at),
            ..newest
        }
    }
}

#[cfg(test)]
mod tests;
