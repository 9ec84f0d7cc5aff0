//! The index in Redis: a key per mark and per session that lives, one round trip per check.

use std::time::Duration;

use async_trait::async_trait;
use redis::{Cmd, Script, ScriptInvocation, ToRedisArgs};
use time::OffsetDateTime;

use super::Redis;
use crate::model::id::SessionId;
use crate::model::revocation::{Effect, Entry, Findings, Mark, Marks, Position, Revocation};
use crate::model::session::EndReason;
use crate::model::swept::Swept;
use crate::model::token::RETENTION_MARGIN;
use crate::store::index::{IndexError, Presence, RevocationIndex};

/// What the keys of revocations begin with.
const REVOKED: &str = "cardea:revoked:";

/// What the keys of sessions that live begin with.
const PRESENT: &str = "cardea:present:";

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

/// The later time wins. The value is that time, in milliseconds since 1970; the second argument
/// is when the key may go.
const ADMIT: &str = r"
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
if known and known >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
return 1
";

/// The index that all nodes share.
pub struct RedisIndex {
    redis: Redis,
    take: Script,
    admit: Script,
}

impl RedisIndex {
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            take: Script::new(TAKE),
            admit: Script::new(ADMIT),
        }
    }

    /// The values of as many keys as the command asks for.
    async fn values<const COUNT: usize>(
        &self,
        command: Cmd,
    ) -> Result<[Option<String>; COUNT], IndexError> {
        let mut connection = self.redis.shared.clone();
        let values: Vec<Option<String>> = self
            .bounded(async {
                command
                    .query_async(&mut connection)
                    .await
                    .map_err(unavailable)
            })
            .await?;
        values.try_into().map_err(|_| IndexError::Corrupt)
    }

    async fn invoke(&self, script: &ScriptInvocation<'_>) -> Result<(), IndexError> {
        self.bounded(async {
            let mut connection = self.redis.pool.get().await.map_err(unavailable)?;
            script
                .invoke_async::<()>(&mut *connection)
                .await
                .map_err(unavailable)
        })
        .await
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
        let values = self.values::<{ Marks::COUNT }>(mget(marks)).await?;
        findings(&values)
    }

    async fn look_up_with_presence(
        &self,
        marks: &Marks,
        session: SessionId,
    ) -> Result<(Findings, Option<Presence>), IndexError> {
        let mut command = mget(marks);
        command.arg(PresenceKey(session));
        let values = self.values::<{ Marks::COUNT + 1 }>(command).await?;
        let [marks @ .., presence] = &values;
        let presence = presence.as_deref().map(parse_presence).transpose()?;
        Ok((findings(marks)?, presence))
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
            self.invoke(&script).await?;
        }
        Ok(())
    }

    async fn admit(&self, session: SessionId, presence: Presence) -> Result<(), IndexError> {
        let mut script = self.admit.prepare_invoke();
        script
            .key(PresenceKey(session))
            .arg(milliseconds(presence.until))
            .arg(milliseconds(presence.until + RETENTION_MARGIN));
        self.invoke(&script).await
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

    // Redis does: every key has its expiry.
    fn forget(&self, _swept: Swept) {}

    fn forget_presence(&self, _before: OffsetDateTime) {}
}

/// The question that a check asks.
fn mget(marks: &Marks) -> Cmd {
    let mut command = redis::cmd("MGET");
    for mark in &marks.0 {
        command.arg(Key(mark));
    }
    command
}

fn findings(values: &[Option<String>]) -> Result<Findings, IndexError> {
    let mut findings = Findings::default();
    for (finding, value) in findings.iter_mut().zip(values) {
        *finding = value
            .as_deref()
            .map(|text| parse(text).ok_or(IndexError::Corrupt))
            .transpose()?;
    }
    Ok(findings)
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
        let mut key = String::with_capacity(REVOKED.len() + 96);
        for part in [REVOKED, effect, kind, ":", &subject] {
            key.push_str(part);
        }
        out.write_arg(key.as_bytes());
    }
}

impl redis::ToSingleRedisArg for Key<'_> {}

struct PresenceKey(SessionId);

impl ToRedisArgs for PresenceKey {
    fn write_redis_args<W: ?Sized + redis::RedisWrite>(&self, out: &mut W) {
        out.write_arg(format!("{PRESENT}{}", self.0).as_bytes());
    }
}

impl redis::ToSingleRedisArg for PresenceKey {}

fn parse(text: &str) -> Option<Entry> {
    let mut parts = text.split(' ');
    let (position, reason, expiry) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Entry {
        position: Position(position.parse().ok()?),
        reason: EndReason::parse(reason)?,
        expires_at: time(expiry)?,
    })
}

fn parse_presence(text: &str) -> Result<Presence, IndexError> {
    let until = time(text).ok_or(IndexError::Corrupt)?;
    Ok(Presence { until })
}

/// The inverse of [`milliseconds`].
fn time(text: &str) -> Option<OffsetDateTime> {
    let nanoseconds = i128::from(text.parse::<i64>().ok()?) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

/// Rounded up: an entry lives no shorter than its row.
fn milliseconds(time: OffsetDateTime) -> i64 {
    let milliseconds = (time.unix_timestamp_nanos() + 999_999) / 1_000_000;
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> IndexError {
    IndexError::Unavailable(Box::new(error))
}
