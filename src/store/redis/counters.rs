//! The counters in Redis, which all nodes share: a key per bucket, one script for all of them.

use std::time::Duration;

use async_trait::async_trait;
use redis::{FromRedisValue, Script, ScriptInvocation};
use time::OffsetDateTime;

use super::Redis;
use crate::clock::Clock;
use crate::store::counters::{Bucket, Counters, CountersError, Receipt, Taken};

/// What all our keys begin with.
const PREFIX: &str = "cardea:limit:";

/// Redis' own time, so that nodes whose clocks differ count alike; the first argument moves it for
/// tests. A key's value is when its bucket is full, in microseconds since 1970, and it is gone by
/// then.
const TIME: &str = r"
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2]) + tonumber(ARGV[1])
local function read(key)
  local value = redis.call('GET', key)
  return value and (tonumber(value) or error('not ours: ' .. key))
end
local function write(key, full)
  redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
end
";

/// Two arguments a key, interval and burst. Answers how long one of them is empty, and, if none
/// is, when each will be full.
const TAKE: &str = r"
local answer = { 0 }
for i, key in ipairs(KEYS) do
  local interval, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local capacity = interval * burst
  local full = math.min(math.max(read(key) or now, now), now + capacity) + interval
  answer[1] = math.max(answer[1], full - now - capacity)
  answer[i + 1] = full
end
if answer[1] > 0 then return { answer[1] } end
for i, key in ipairs(KEYS) do write(key, answer[i + 1]) end
return answer
";

/// Two arguments a key, interval and the receipt's time.
const GIVE_BACK: &str = r"
for i, key in ipairs(KEYS) do
  local interval, due = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local full = read(key)
  if full and due > now then
    full = full - math.min(interval, due - now)
    if full > now then write(key, full) else redis.call('DEL', key) end
  end
end
return 0
";

/// The buckets that all nodes take from.
pub struct RedisCounters {
    redis: Redis,
    clock: Clock,
    take: Script,
    give_back: Script,
}

impl RedisCounters {
    #[must_use]
    pub fn new(redis: Redis, clock: Clock) -> Self {
        Self {
            redis,
            clock,
            take: Script::new(&[TIME, TAKE].concat()),
            give_back: Script::new(&[TIME, GIVE_BACK].concat()),
        }
    }

    /// A script with its first argument: how far tests have moved the clock.
    fn prepare<'s>(&self, script: &'s Script) -> ScriptInvocation<'s> {
        let moved = self.clock.shift(OffsetDateTime::UNIX_EPOCH) - OffsetDateTime::UNIX_EPOCH;
        let mut invocation = script.prepare_invoke();
        let microseconds = i64::try_from(moved.whole_microseconds()).unwrap_or_default();
        invocation.arg(microseconds);
        invocation
    }

    async fn invoke<T: FromRedisValue>(
        &self,
        invocation: ScriptInvocation<'_>,
    ) -> Result<T, CountersError> {
        let work = async {
            let mut connection = self.redis.pool.get().await.map_err(unavailable)?;
            let answer = invocation.invoke_async(&mut *connection).await;
            answer.map_err(unavailable)
        };
        tokio::time::timeout(self.redis.timeout, work)
            .await
            .unwrap_or(Err(CountersError::Silent))
    }
}

#[async_trait]
impl Counters for RedisCounters {
    async fn take(&self, buckets: &[Bucket]) -> Result<Taken, CountersError> {
        let mut script = self.prepare(&self.take);
        for bucket in buckets {
            script
                .key(key(bucket))
                .arg(bucket.allowance.interval_microseconds())
                .arg(bucket.allowance.burst);
        }
        let answer: Vec<i64> = self.invoke(script).await?;
        let (wait, full_at) = answer.split_first().ok_or(CountersError::Corrupt)?;
        if *wait > 0 {
            return Ok(Taken::Nothing {
                retry_after: Duration::from_micros(wait.unsigned_abs()),
            });
        }
        if full_at.len() != buckets.len() {
            return Err(CountersError::Corrupt);
        }
        let receipts = buckets.iter().zip(full_at);
        let receipts = receipts.map(|(&bucket, &full_at_microseconds)| Receipt {
            bucket,
            full_at_microseconds,
        });
        Ok(Taken::All(receipts.collect()))
    }

    async fn give_back(&self, receipts: &[Receipt]) -> Result<(), CountersError> {
        let mut script = self.prepare(&self.give_back);
        for receipt in receipts {
            script
                .key(key(&receipt.bucket))
                .arg(receipt.bucket.allowance.interval_microseconds())
                .arg(receipt.full_at_microseconds);
        }
        let _done: i64 = self.invoke(script).await?;
        Ok(())
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> CountersError {
    CountersError::Unavailable(Box::new(error))
}

fn key(bucket: &Bucket) -> String {
    let digest = u128::from_be_bytes(bucket.digest);
    format!("{PREFIX}{}:{digest:032x}", bucket.kind.as_str())
}
