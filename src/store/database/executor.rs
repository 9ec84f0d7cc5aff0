//! Where statements go.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value,
};
use time::format_description::well_known::Iso8601;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, TimePrecision};
use time::{OffsetDateTime, UtcOffset};

/// A connection or a transaction. On SQLite, which compares times as texts, it writes them in one
/// width: sqlx leaves trailing zeros out, and `"14.12Z"` sorts after `"14.123Z"`.
pub(super) struct Executor<'c>(pub(super) DatabaseExecutor<'c>);

#[async_trait]
impl ConnectionTrait for Executor<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(sortable(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(sortable(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(sortable(statement)).await
    }
}

fn sortable(mut statement: Statement) -> Statement {
    if statement.db_backend == DbBackend::Sqlite {
        for value in statement.values.iter_mut().flat_map(|values| &mut values.0) {
            if let Value::TimeDateTimeWithTimeZone(Some(time)) = value {
                *value = text(*time).into();
            }
        }
    }
    statement
}

/// RFC 3339 in UTC, to the microsecond.
fn text(time: OffsetDateTime) -> String {
    const MICROSECONDS: EncodedConfig = Config::DEFAULT
        .set_time_precision(TimePrecision::Second {
            decimal_digits: std::num::NonZeroU8::new(6),
        })
        .encode();
    let time = time.to_offset(UtcOffset::UTC);
    let text = time.format(&Iso8601::<MICROSECONDS>);
    text.expect("a time of this era has a text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_sort_as_their_times() {
        let second = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
        let after = [0, 1, 10, 120_000, 123_000, 123_456, 999_999, 1_000_000];
        let texts = after.map(|after| text(second + time::Duration::microseconds(after)));
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[3], "2024-10-04T00:00:00.120000Z");
        let elsewhere = UtcOffset::from_hms(-7, 0, 0).expect("a zone");
        assert_eq!(text(second.to_offset(elsewhere)), texts[0]);
    }
}
