//! A unit of work that revokes: it changes what it changes, writes its rows of the ledger last,
//! commits, and tells the index.

use std::collections::HashMap;

use time::OffsetDateTime;
use tokio::sync::SemaphorePermit;

use super::group::Ending;
use super::over::Over;
use super::{Confirmation, Revocations};
use crate::model::application::Application;
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::id::{ApplicationId, KeyId, SessionId, TokenId, UserId};
use crate::model::outbox::{Happening, Initiator};
use crate::model::refusal::Stop;
use crate::model::revocation::{Effect, Mark, Position, Revocation, Subject};
use crate::model::session::{EndReason, Session};
use crate::service::outbox::{Posting, revoked};
use crate::store::database::{Concerned, IfTaken, PendingRevocation, SessionsOf, Tables, Unit};
use crate::teeth::{Safeguard, lacks};

/// Dropped without [`Revoking::commit`], nothing of it happened.
pub struct Revoking<'r> {
    revocations: &'r Revocations,
    unit: Unit,
    rows: Vec<Revocation>,
    /// Sessions that end one by one.
    ended: Vec<Over>,
    turn: SemaphorePermit<'r>,
}

/// Why something is revoked, and by whom.
#[derive(Clone, Debug)]
pub struct Cause {
    pub reason: EndReason,
    pub actor: Actor,
}

/// Whose tokens are cut off.
#[derive(Clone, Debug)]
pub struct CutOff {
    pub of: SessionsOf,
    /// The session that is not ended by it. Its tokens are dead all the same: it needs new ones.
    pub but: Option<SessionId>,
    pub cause: Cause,
}

/// What a cut-off came to.
#[derive(Clone, Debug)]
pub struct Ended {
    pub sessions: Vec<SessionId>,
    /// The cut-off's own position.
    pub position: Position,
}

impl Revocations {
    /// Begins, when it is its turn.
    pub async fn begin(&self) -> Result<Revoking<'_>, Stop> {
        let turn = self.0.turns.take().await?;
        self.begin_in(turn).await
    }

    pub(super) async fn begin_in<'r>(
        &'r self,
        turn: SemaphorePermit<'r>,
    ) -> Result<Revoking<'r>, Stop> {
        Ok(Revoking {
            revocations: self,
            unit: self.0.database.begin().await?,
            rows: Vec::new(),
            ended: Vec::new(),
            turn,
        })
    }
}

impl<'r> Revoking<'r> {
    /// The tables, as this unit of work sees them.
    #[must_use]
    pub fn tables(&self) -> Tables<'_> {
        self.unit.tables()
    }

    /// Ends all sessions of a user, or of a user at an application, in one row of the ledger,
    /// whatever their number.
    pub async fn cut_off(&mut self, cut_off: CutOff) -> Result<Ended, Stop> {
        let CutOff { of, but, cause } = cut_off;
        let tables = self.unit.tables();
        let (user, application) = match of {
            SessionsOf::User(user) => (user, None),
            SessionsOf::Grant(user, application) => (user, Some(application)),
        };
        // First, so that of two at once the second sees what the first did, and so that rows are
        // always taken in one order: the user's, the grant's, the sessions', the counter's.
        let is_there = tables.hold_user(user).await?;
        // Who was deleted a moment ago has no grant to hold.
        if let Some(application) = application
            && is_there
        {
            tables.hold_grant(user, application).await?;
        }
        let (_, now) = tables.issuing_point().await?;
        let sessions = tables.end_sessions(of, but, now, cause.reason).await?;
        let count = sessions.len();
        let posting = self.posting_of_cut_off(user, &sessions, &cause).await?;
        let event = AuditEvent {
            subject: Some(user),
            application,
            detail: Some(format!("{}: {count} sessions", cause.reason.as_str())),
            ..AuditEvent::new(AuditAction::of_end(cause.reason), cause.actor)
        };
        tables.record(event).await?;
        let subject = match application {
            None => Subject::User(user),
            Some(application) => Subject::Grant(user, application),
        };
        let row = self
            .append(dead(subject), cause.reason, application)
            .await?;
        let position = row.entry.position;
        posting.write(&tables, |_| position).await?;
        match application {
            None => {
                tables.set_user_cutoff(user, position).await?;
            }
            Some(application) => tables.set_grant_cutoff(user, application, position).await?,
        }
        self.rows.push(row);
        let sessions = sessions.iter().map(|session| session.id).collect();
        Ok(Ended { sessions, position })
    }

    async fn posting_of_cut_off(
        &self,
        user: UserId,
        sessions: &[Session],
        Cause { reason, actor }: &Cause,
    ) -> Result<Posting, Stop> {
        let tables = self.unit.tables();
        let initiator = Initiator::of(*reason, actor, user);
        let ended = sessions
            .iter()
            .map(|session| revoked(session, *reason, initiator));
        let posting = Posting::of(&tables, ended.collect()).await?;
        Ok(match reason {
            EndReason::PasswordChanged => {
                posting
                    .and_password_changed(&tables, user, initiator)
                    .await?
            }
            _ => posting,
        })
    }

    /// Ends these sessions, each one that has not ended; says which it did. None is named twice.
    pub(super) async fn end_sessions(
        &mut self,
        endings: Vec<Ending>,
        if_taken: IfTaken,
    ) -> Result<Vec<SessionId>, Stop> {
        let tables = self.unit.tables();
        let (_, now) = tables.issuing_point().await?;
        let mut by_reason: HashMap<EndReason, Vec<SessionId>> = HashMap::new();
        for Ending { session, cause, .. } in &endings {
            by_reason.entry(cause.reason).or_default().push(*session);
        }
        let mut ended = HashMap::new();
        for (reason, ids) in by_reason {
            let sessions = tables.end_each(&ids, if_taken, now, reason).await?;
            ended.extend(sessions.into_iter().map(|session| (session.id, session)));
        }
        if ended.is_empty() {
            return Ok(Vec::new());
        }
        let over: Vec<_> = endings
            .into_iter()
            .filter_map(|ending| Some(Over::new(ended.remove(&ending.session)?, ending)))
            .collect();
        tables.record_all(over.iter().map(Over::event)).await?;
        let posting = Posting::of(&tables, over.iter().map(Over::happening).collect()).await?;
        let pending: Vec<_> = over.iter().map(Over::revocation).collect();
        let process = self.revocations.0.process;
        let rows = tables.append_to_ledger(&pending, process).await?;
        let position = |happening: &Happening| position_of(happening, &over, &rows);
        posting.write(&tables, position).await?;
        self.rows.extend(rows);
        let ids = over.iter().map(|over| over.session.id).collect();
        self.ended.extend(over);
        Ok(ids)
    }

    /// Ends all sessions of an application. Their rows are marked as ended afterwards.
    pub async fn cut_off_application(&mut self, application: &Application) -> Result<(), Stop> {
        let tables = self.unit.tables();
        // Before the counter, as everybody takes rows.
        tables
            .set_application_cutoff(application.id, application.cutoff)
            .await?;
        let mark = dead(Subject::Application(application.id));
        let row = self
            .append(mark, EndReason::Revoked, Some(application.id))
            .await?;
        tables
            .set_application_cutoff(application.id, row.entry.position)
            .await?;
        self.rows.push(row);
        Ok(())
    }

    /// Makes a user's live tokens at an application out of date: they are refreshed, and nobody is
    /// thrown out.
    pub async fn make_stale(
        &mut self,
        user: UserId,
        application: ApplicationId,
    ) -> Result<(), Stop> {
        let mark = stale(user, application);
        let row = self
            .append(mark, EndReason::Revoked, Some(application))
            .await?;
        self.rows.push(row);
        Ok(())
    }

    /// Kills one access token of an application, until it expires, and notes it as this event.
    pub async fn end_token(
        &mut self,
        token: TokenId,
        until: OffsetDateTime,
        event: AuditEvent,
    ) -> Result<(), Stop> {
        let application = event.application;
        self.unit.tables().record(event).await?;
        self.end_absolute(Subject::Token(token), until, application)
            .await
    }

    /// Kills whatever a key signed, as long as anybody knows the key.
    pub async fn end_key(&mut self, key: KeyId, until: OffsetDateTime) -> Result<(), Stop> {
        self.end_absolute(Subject::Key(key), until, None).await
    }

    async fn end_absolute(
        &mut self,
        subject: Subject,
        until: OffsetDateTime,
        application: Option<ApplicationId>,
    ) -> Result<(), Stop> {
        let pending = PendingRevocation {
            mark: dead(subject),
            reason: EndReason::Revoked,
            concerns: Concerned::Until(until),
            application,
        };
        let row = self.write(pending).await?;
        self.rows.push(row);
        Ok(())
    }

    /// The row of something that concerns all tokens that are out.
    async fn append(
        &self,
        mark: Mark,
        reason: EndReason,
        application: Option<ApplicationId>,
    ) -> Result<Revocation, Stop> {
        let concerns = Concerned::AllIssued;
        self.write(PendingRevocation {
            mark,
            reason,
            concerns,
            application,
        })
        .await
    }

    async fn write(&self, pending: PendingRevocation) -> Result<Revocation, Stop> {
        let process = self.revocations.0.process;
        let mut rows = self.tables().append_to_ledger(&[pending], process).await?;
        Ok(rows.pop().expect("one row for one"))
    }

    /// Undoes it all, and gives the turn back to whoever has it.
    pub(super) fn give_up(self) -> SemaphorePermit<'r> {
        self.turn
    }

    /// Makes it durable, and puts it in force.
    pub async fn commit(self) -> Result<(), Stop> {
        Ok(self.commit_and_go_on().await?.acknowledge()?)
    }

    /// The same, for whoever has more to do once it is durable: whether it is confirmed as well is
    /// for the end of all.
    pub async fn commit_and_go_on(self) -> Result<Confirmation, Stop> {
        let Self {
            revocations,
            unit,
            rows,
            ended,
            turn,
        } = self;
        if lacks(Safeguard::Write) {
            drop(unit);
        } else {
            let committed = unit.commit().await;
            if !lacks(Safeguard::Commit) {
                committed?;
            }
        }
        for over in ended {
            over.tell();
        }
        revocations.0.metrics.revocations.committed(&rows);
        for row in &rows {
            tell(row);
        }
        Ok(revocations.publish(&rows, turn).await)
    }
}

/// The position of the row by which a session ended, of rows in the order of the sessions.
fn position_of(happening: &Happening, over: &[Over], rows: &[Revocation]) -> Position {
    let is_about = |over: &Over| over.happening().1 == *happening;
    let row = over.iter().position(is_about).and_then(|at| rows.get(at));
    row.map_or(Position::NOTHING, |row| row.entry.position)
}

/// Only what is durable is told.
fn tell(Revocation { mark, entry }: &Revocation) {
    let (kind, subject) = mark.subject.to_parts();
    let (reason, position) = (entry.reason.as_str(), entry.position.0);
    let text = match (mark.subject, mark.effect) {
        // Told with its user.
        (Subject::Session(_), _) => return,
        (_, Effect::Stale) => "tokens made stale",
        (_, Effect::Dead) => "cut off",
    };
    tracing::info!(kind, subject, reason, position, "{text}");
}

/// What makes a user's tokens at an application out of date.
#[must_use]
pub const fn stale(user: UserId, application: ApplicationId) -> Mark {
    Mark {
        subject: Subject::Grant(user, application),
        effect: Effect::Stale,
    }
}

pub(super) const fn dead(subject: Subject) -> Mark {
    Mark {
        subject,
        effect: Effect::Dead,
    }
}
