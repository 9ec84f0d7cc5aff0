//! The values of the index: `position reason expiry`, the expiry in milliseconds since 1970.

use time::OffsetDateTime;

use crate::model::revocation::{Entry, Findings, Position, Revocation};
use crate::model::session::EndReason;
use crate::store::index::{IndexError, Presence};

/// Takes rows in: the greater position and the later expiry win. Never a plain SET: rows arrive
/// twice, and late. Three arguments a key.
pub(super) const TAKE: &str = r"
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

/// Notes that a session lives: the later time wins. The value is that time, in milliseconds since
/// 1970; the second argument is when the key may go.
pub(super) const ADMIT: &str = r"
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
if known and known >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
return 1
";

/// A row's three arguments.
pub(super) fn arguments(row: &Revocation) -> (i64, &'static str, i64) {
    let entry = &row.entry;
    (
        entry.position.0,
        entry.reason.as_str(),
        milliseconds(entry.expires_at),
    )
}

pub(super) fn findings(values: &[Option<String>]) -> Result<Findings, IndexError> {
    let mut findings = Findings::default();
    for (finding, value) in findings.iter_mut().zip(values) {
        *finding = value
            .as_deref()
            .map(|text| entry(text).ok_or(IndexError::Corrupt))
            .transpose()?;
    }
    Ok(findings)
}

pub(super) fn presence(text: &str) -> Result<Presence, IndexError> {
    let until = time(text).ok_or(IndexError::Corrupt)?;
    Ok(Presence { until })
}

/// Rounded up: an entry lives no shorter than its row.
pub(super) fn milliseconds(time: OffsetDateTime) -> i64 {
    let milliseconds = (time.unix_timestamp_nanos() + 999_999) / 1_000_000;
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

fn entry(text: &str) -> Option<Entry> {
    let mut parts = text.split(' ');
    let (position, reason, expiry) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Entry {
        position: Position(position.parse().ok()?),
        reason: EndReason::parse(reason)?,
        expires_at: time(expiry)?,
    })
}

/// The answer to `TIME`: seconds, and microseconds of the next one.
pub(super) fn clock((seconds, microseconds): (i64, i64)) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    Some(time + time::Duration::microseconds(microseconds))
}

/// The inverse of [`milliseconds`].
fn time(text: &str) -> Option<OffsetDateTime> {
    let nanoseconds = i128::from(text.parse::<i64>().ok()?) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}
