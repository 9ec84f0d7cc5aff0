//! The index in Redis: a key per mark, one round trip per check.

use std::time::Duration;

use async_trait::async_trait;
use redis::{Script, ToRedisArgs};
use time::OffsetDateTime;

use super::Redis;
use crate::model::revocation::{Effect, Entry, Findings, Mark, Marks, Position, Revocation};
use crate::model::session::EndReason;
use crate::store::index::{IndexError, RevocationIndex};

/// What all our keys begin with.
const PREFIX: &str = "cardea:revoked:";

/// How many rows one script takes: few enough that Redis is back at once.
const CHUNK: usize = 500;

/// The greater position and the later expiry win. Never a plain SET: rows arrive twice, and late.
/// Three arguments a key; a value is `position reason expiry`, the expiry in milliseconds since
/// 1970.
const TAKE: &str = r"
for i, key in ipairs(KEYS) do
  local position, reason, expiry = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  local known = redis.call('GET', key)
  if known then
    local p, r, e = string.match(known, '^(%d+) (%S+) (%d+)$')
    if not p then return redis.error_reply('CORRUPT an entry of the index is not ours') end
    if tonumber(p) > tonumber(position) then position, reason = p, r end
    if tonumber(e) > tonumber(expiry) then expiry = e end
  end
  redis.call('SET', key, position .. ' ' .. reason .. ' ' .. expiry, 'PXAT', expiry)
end
return #KEYS
";

/// The index that all nodes share.
pub struct RedisIndex {
    redis: Redis,
    take: Script,
}

impl RedisIndex {
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            take: Script::new(TAKE),
        }
    }

    async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, IndexError>> + Send,
    ) -> Result<T, IndexError> {
        let timeout: Duration = self.redis.timeout;
        tokio::time::timeout(timeout, work)
            .await
            .unwrap_or(Err(IndexError::Silent))
    }
}

#[async_trait]
impl RevocationIndex for RedisIndex {
    async fn look_up(&self, marks: &Marks) -> Result<Findings, IndexError> {
        let mut command = redis::cmd("MGET");
        for mark in &marks.0 {
            command.arg(Key(mark));
        }
        let mut connection = self.redis.shared.clone();
        let values: Vec<Option<String>> = self
            .bounded(async {
                command
                    .query_async(&mut connection)
                    .await
                    .map_err(unavailable)
            })
            .await?;
        let mut findings = Findings::default();
        if values.len() != findings.len() {
            return Err(IndexError::Corrupt);
        }
        for (finding, value) in findings.iter_mut().zip(values) {
            *finding = value
                .map(|text| parse(&text).ok_or(IndexError::Corrupt))
                .transpose()?;
        }
        Ok(findings)
    }

    async fn take(&self, rows: &[Revocation]) -> Result<(), IndexError> {
        for chunk in rows.chunks(CHUNK) {
            let mut script = self.take.prepare_invoke();
            for Revocation { mark, entry } in chunk {
                script
                    .key(Key(mark))
                    .arg(entry.position.0)
                    .arg(entry.reason.as_str())
                    .arg(milliseconds(entry.expires_at));
            }
            self.bounded(async {
                let mut connection = self.redis.pool.get().await.map_err(unavailable)?;
                script
                    .invoke_async::<()>(&mut *connection)
                    .await
                    .map_err(unavailable)
            })
            .await?;
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), IndexError> {
        let mut connection = self.redis.shared.clone();
        self.bounded(async {
            redis::cmd("PING")
                .query_async(&mut connection)
                .await
                .map_err(unavailable)
        })
        .await
    }

    fn forget_expired(&self, _before: OffsetDateTime) {
        // Redis does: every key has its expiry.
    }
}

/// A mark as a key: the prefix, a letter for what it is, and the bytes of the identifiers.
struct Key<'m>(&'m Mark);

impl ToRedisArgs for Key<'_> {
    fn write_redis_args<W: ?Sized + redis::RedisWrite>(&self, out: &mut W) {
        let (kind, subject) = self.0.subject.to_parts();
        let effect = match self.0.effect {
            Effect::Dead => "",
            Effect::Stale => "stale:",
        };
        let mut key = String::with_capacity(PREFIX.len() + 96);
        for part in [PREFIX, effect, kind, ":", &subject] {
            key.push_str(part);
        }
        out.write_arg(key.as_bytes());
    }
}

impl redis::ToSingleRedisArg for Key<'_> {}

fn parse(text: &str) -> Option<Entry> {
    let mut parts = text.split(' ');
    let (position, reason, expiry) = (parts.next()?, parts.next()?, parts.next()?);
    let nanoseconds = i128::from(expiry.parse::<i64>().ok()?) * 1_000_000;
    Some(Entry {
        position: Position(position.parse().ok()?),
        reason: EndReason::parse(reason)?,
        expires_at: OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?,
    })
}

/// Rounded up: an entry lives no shorter than its row.
fn milliseconds(time: OffsetDateTime) -> i64 {
    let milliseconds = (time.unix_timestamp_nanos() + 999_999) / 1_000_000;
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> IndexError {
    IndexError::Unavailable(Box::new(error))
}
