//! What the ledger itself says of a token: one statement, for when the index can't be asked.

use cardea_entity::{ledger_head, revocations};
use sea_orm::sea_query::{Expr, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, FromQueryResult};
use time::OffsetDateTime;

use super::ledger::{HEAD, Row, about, no_head, revocation};
use super::{StoreError, Tables};
use crate::model::revocation::{Mark, Position, Revocation};
use crate::model::swept::Swept;

/// What the ledger answered, as of one moment.
#[derive(Clone, Debug)]
pub struct LedgerAnswer {
    /// Of the newest committed revocation.
    pub position: Position,
    pub swept: Swept,
    /// Those about the marks that were asked for.
    pub rows: Vec<Revocation>,
}

/// The head, and one row beside it, or none.
#[derive(FromQueryResult)]
struct Line {
    position: i64,
    swept_position: i64,
    swept_until: Option<OffsetDateTime>,
    row_position: Option<i64>,
    effect: Option<String>,
    subject_kind: Option<String>,
    subject: Option<String>,
    reason: Option<String>,
    expires_at: Option<OffsetDateTime>,
}

impl Tables<'_> {
    /// The ledger's head and its rows about any of these marks.
    pub async fn ask_ledger(&self, marks: &[Mark]) -> Result<LedgerAnswer, StoreError> {
        let statement = self.executor.get_database_backend().build(&question(marks));
        let lines = Line::find_by_statement(statement).all(&self.executor);
        let lines = self.bounded(lines).await?;
        let head = lines.first().ok_or_else(no_head)?;
        Ok(LedgerAnswer {
            position: Position(head.position),
            swept: Swept {
                position: Position(head.swept_position),
                until: head.swept_until.map_or(0, OffsetDateTime::unix_timestamp),
            },
            rows: lines
                .into_iter()
                .filter_map(Line::row)
                .map(revocation)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn question(marks: &[Mark]) -> SelectStatement {
    use ledger_head::Column as Head;
    use revocations::Column as Of;
    let mut query = Query::select();
    for column in [Head::Position, Head::SweptPosition, Head::SweptUntil] {
        query.column((ledger_head::Entity, column));
    }
    query.expr_as(
        Expr::col((revocations::Entity, Of::Position)),
        "row_position",
    );
    for column in [
        Of::Effect,
        Of::SubjectKind,
        Of::Subject,
        Of::Reason,
        Of::ExpiresAt,
    ] {
        query.column((revocations::Entity, column));
    }
    query
        .from(ledger_head::Entity)
        .join(JoinType::LeftJoin, revocations::Entity, about(marks))
        .and_where(Head::Id.eq(HEAD))
        .take()
}

impl Line {
    fn row(self) -> Option<Row> {
        Some((
            self.row_position?,
            self.effect?,
            self.subject_kind?,
            self.subject?,
            self.reason?,
            self.expires_at?,
        ))
    }
}
