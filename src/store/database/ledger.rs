//! The ledger: revocations in the order of their commits.

use cardea_entity::{ledger_head, revocations};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbBackend, EntityTrait as _,
    FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Set,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{StoreError, Tables, news};
use crate::model::id::ApplicationId;
use crate::model::revocation::{Effect, Entry, Mark, Position, Revocation, Subject};
use crate::model::session::EndReason;
use crate::model::swept::Swept;
use crate::model::token::{MAXIMUM_LIFETIME, RETENTION_MARGIN};

/// The only row of `ledger_head`.
pub(super) const HEAD: i32 = 1;

/// How many rows a look at the ledger fetches at once.
const BATCH: u64 = 10_000;

/// A revocation that has no position yet.
#[derive(Clone, Copy, Debug)]
pub struct PendingRevocation {
    pub mark: Mark,
    pub reason: EndReason,
    pub concerns: Concerned,
    /// Whose tokens alone it may concern.
    pub application: Option<ApplicationId>,
}

impl PendingRevocation {
    fn at(self, position: Position, now: OffsetDateTime) -> Revocation {
        let last = match self.concerns {
            Concerned::Until(time) => time,
            Concerned::AllIssued => now + MAXIMUM_LIFETIME,
        };
        Revocation {
            mark: self.mark,
            entry: Entry {
                position,
                reason: self.reason,
                expires_at: last + RETENTION_MARGIN,
            },
        }
    }
}

/// Which tokens a revocation concerns: it is kept until the last of them is gone.
#[derive(Clone, Copy, Debug)]
pub enum Concerned {
    /// Those that expire by then.
    Until(OffsetDateTime),
    /// All that are out when it is committed, whatever their lifetime.
    AllIssued,
}

/// How the ledger stands.
#[derive(Clone, Copy, Debug)]
pub struct LedgerHead {
    /// Of the newest committed revocation.
    pub position: Position,
    /// The database's clock; on SQLite the process's, which is the same machine's.
    pub time: OffsetDateTime,
    pub swept: Swept,
}

/// What is read of a row, by its place: of a million that are read at start, each column counts, and
/// each name that is looked up.
pub(super) type Row = (i64, String, String, String, String, OffsetDateTime);

#[derive(FromQueryResult)]
struct Head {
    position: i64,
    swept_position: i64,
    swept_until: Option<OffsetDateTime>,
    time: Option<OffsetDateTime>,
}

impl Tables<'_> {
    /// The position of the newest committed revocation.
    pub async fn ledger_position(&self) -> Result<Position, StoreError> {
        let head = ledger_head::Entity::find_by_id(HEAD).one(&self.executor);
        let head = self.bounded(head).await?.ok_or_else(no_head)?;
        Ok(Position(head.position))
    }

    /// Where issuing begins: the position that a token carries as its `rev`, and the database's
    /// clock.
    pub async fn issuing_point(&self) -> Result<(Position, OffsetDateTime), StoreError> {
        let head = self.ledger_head().await?;
        Ok((head.position, head.time))
    }

    /// How the ledger stands.
    pub async fn ledger_head(&self) -> Result<LedgerHead, StoreError> {
        let mut query = ledger_head::Entity::find_by_id(HEAD)
            .select_only()
            .column(ledger_head::Column::Position)
            .column(ledger_head::Column::SweptPosition)
            .column(ledger_head::Column::SweptUntil);
        let is_sqlite = self.executor.get_database_backend() == DbBackend::Sqlite;
        if !is_sqlite {
            // Not now(): that is when the transaction began, and it may have waited since.
            query = query.column_as(Expr::cust("clock_timestamp()"), "time");
        }
        let query = query.into_model::<Head>().one(&self.executor);
        let head = self.bounded(query).await?.ok_or_else(no_head)?;
        Ok(LedgerHead {
            position: Position(head.position),
            time: match head.time {
                Some(time) => self.clock.shift(time),
                None => self.clock.now(),
            },
            swept: Swept {
                position: Position(head.swept_position),
                until: head.swept_until.map_or(0, OffsetDateTime::unix_timestamp),
            },
        })
    }

    /// Takes the counter's row for the rest of the transaction: who holds it is alone.
    pub async fn hold_ledger(&self) -> Result<(), StoreError> {
        let hold = ledger_head::Entity::update_many()
            .col_expr(
                ledger_head::Column::Position,
                Expr::col(ledger_head::Column::Position),
            )
            .filter(ledger_head::Column::Id.eq(HEAD))
            .exec(&self.executor);
        self.bounded(hold).await?;
        Ok(())
    }

    /// Raises the counter by far: what was issued up to there, nobody knows.
    pub async fn leap_ledger(&self, by: i64) -> Result<(), StoreError> {
        let leap = ledger_head::Entity::update_many()
            .col_expr(
                ledger_head::Column::Position,
                Expr::col(ledger_head::Column::Position).add(by),
            )
            .filter(ledger_head::Column::Id.eq(HEAD))
            .exec(&self.executor);
        self.bounded(leap).await?;
        Ok(())
    }

    /// Raises the counter and writes the rows, at least one, with the positions that they got, in
    /// this order. The last thing that a revoking transaction does, but for noting the position at
    /// what was cut off, and in the outbox: so positions are committed in order, without gaps. When it
    /// commits, the others hear of it from `process`.
    pub async fn append_to_ledger(
        &self,
        pending: &[PendingRevocation],
        process: Uuid,
    ) -> Result<Vec<Revocation>, StoreError> {
        let count = i64::try_from(pending.len()).unwrap_or(i64::MAX);
        let (newest, now) = self.raise_counter(count, process).await?;
        let positions = newest.0 - count + 1..=newest.0;
        let rows: Vec<_> = positions
            .zip(pending)
            .map(|(position, pending)| pending.at(Position(position), now))
            .collect();
        let created_at = self.clock.now();
        let insert = rows
            .iter()
            .zip(pending)
            .map(|(row, pending)| model(row, pending.application, created_at));
        let insert = revocations::Entity::insert_many(insert);
        self.bounded(insert.exec_without_returning(&self.executor))
            .await?;
        Ok(rows)
    }

    /// Takes the counter's row, adds to it, and reads the clock when it is held: whatever is issued
    /// from then on has a greater position.
    async fn raise_counter(
        &self,
        by: i64,
        process: Uuid,
    ) -> Result<(Position, OffsetDateTime), StoreError> {
        let position = ledger_head::Column::Position;
        let is_sqlite = self.executor.get_database_backend() == DbBackend::Sqlite;
        let mut told = vec![Expr::col(position)];
        if !is_sqlite {
            // In the same statement: nobody waits for another one while the row is held.
            told.extend([Expr::cust("clock_timestamp()"), news::word_of(process)]);
        }
        let raise = Query::update()
            .table(ledger_head::Entity)
            .value(position, Expr::col(position).add(by))
            .and_where(ledger_head::Column::Id.eq(HEAD))
            .returning(Query::returning().exprs(told))
            .to_owned();
        let row = self.bounded(self.executor.query_one(&raise)).await?;
        let row = row.ok_or_else(no_head)?;
        let now = if is_sqlite {
            self.clock.now()
        } else {
            self.clock.shift(row.try_get_by_index(1)?)
        };
        Ok((Position(row.try_get_by_index(0)?), now))
    }

    /// The rows after a position, oldest first, at most [`BATCH`]: ask again from the last one.
    pub async fn ledger_after(&self, position: Position) -> Result<Vec<Revocation>, StoreError> {
        let query = rows()
            .filter(revocations::Column::Position.gt(position.0))
            .order_by_asc(revocations::Column::Position)
            .limit(BATCH)
            .into_tuple()
            .all(&self.executor);
        self.bounded(query)
            .await?
            .into_iter()
            .map(revocation)
            .collect()
    }

    /// The rows about any of these marks.
    pub async fn ledger_about(&self, marks: &[Mark]) -> Result<Vec<Revocation>, StoreError> {
        let query = rows()
            .filter(about(marks))
            .limit(BATCH)
            .into_tuple()
            .all(&self.executor);
        self.bounded(query)
            .await?
            .into_iter()
            .map(revocation)
            .collect()
    }

    /// Deletes at most `limit` rows that no token is concerned by any more, and notes that; says
    /// how many. Both in one transaction: whoever misses a row finds the note.
    pub async fn sweep_ledger(&self, limit: u64) -> Result<u64, StoreError> {
        // First: of two at once the second sees what the first has noted and deleted.
        self.hold_ledger().await?;
        let head = self.ledger_head().await?;
        let expired = rows()
            .filter(revocations::Column::ExpiresAt.lt(head.time))
            .limit(limit)
            .into_tuple()
            .all(&self.executor);
        let expired: Result<Vec<_>, _> = self
            .bounded(expired)
            .await?
            .into_iter()
            .map(revocation)
            .collect();
        let expired = expired?;
        if expired.is_empty() {
            return Ok(0);
        }
        let swept = expired
            .iter()
            .fold(head.swept, |swept, row| swept.with(&row.entry));
        self.note_swept(swept).await?;
        let positions = expired.iter().map(|row| row.entry.position.0);
        let delete = revocations::Entity::delete_many()
            .filter(revocations::Column::Position.is_in(positions))
            .exec(&self.executor);
        Ok(self.bounded(delete).await?.rows_affected)
    }

    async fn note_swept(&self, swept: Swept) -> Result<(), StoreError> {
        let until = OffsetDateTime::from_unix_timestamp(swept.until).ok();
        let note = ledger_head::Entity::update_many()
            .col_expr(
                ledger_head::Column::SweptPosition,
                Expr::value(swept.position.0),
            )
            .col_expr(ledger_head::Column::SweptUntil, Expr::value(until))
            .filter(ledger_head::Column::Id.eq(HEAD))
            .exec(&self.executor);
        self.bounded(note).await?;
        Ok(())
    }
}

/// The rows about any of these marks.
pub(super) fn about(marks: &[Mark]) -> Condition {
    marks.iter().fold(Condition::any(), |any, mark| {
        let (kind, subject) = mark.subject.to_parts();
        any.add(
            revocations::Column::SubjectKind
                .eq(kind)
                .and(revocations::Column::Subject.eq(subject))
                .and(revocations::Column::Effect.eq(mark.effect.as_str())),
        )
    })
}

fn model(
    row: &Revocation,
    application: Option<ApplicationId>,
    created_at: OffsetDateTime,
) -> revocations::ActiveModel {
    let Revocation { mark, entry } = row;
    let (subject_kind, subject) = mark.subject.to_parts();
    revocations::ActiveModel {
        position: Set(entry.position.0),
        effect: Set(mark.effect.as_str().to_owned()),
        subject_kind: Set(subject_kind.to_owned()),
        subject: Set(subject),
        reason: Set(entry.reason.as_str().to_owned()),
        expires_at: Set(entry.expires_at),
        application_id: Set(application.map(|application| application.0)),
        created_at: Set(created_at),
    }
}

pub(super) fn rows() -> Select<revocations::Entity> {
    revocations::Entity::find().select_only().columns([
        revocations::Column::Position,
        revocations::Column::Effect,
        revocations::Column::SubjectKind,
        revocations::Column::Subject,
        revocations::Column::Reason,
        revocations::Column::ExpiresAt,
    ])
}

pub(super) fn revocation(
    (position, effect, kind, subject, reason, expires_at): Row,
) -> Result<Revocation, StoreError> {
    let corrupt = |column| {
        move || StoreError::Corrupt {
            table: "revocations",
            column,
        }
    };
    let subject = Subject::from_parts(&kind, &subject);
    Ok(Revocation {
        mark: Mark {
            subject: subject.ok_or_else(corrupt("subject"))?,
            effect: Effect::parse(&effect).ok_or_else(corrupt("effect"))?,
        },
        entry: Entry {
            position: Position(position),
            reason: EndReason::parse(&reason).ok_or_else(corrupt("reason"))?,
            expires_at,
        },
    })
}

pub(super) const fn no_head() -> StoreError {
    StoreError::Corrupt {
        table: "ledger_head",
        column: "id",
    }
}
