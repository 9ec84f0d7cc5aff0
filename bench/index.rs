//! What the index of revocations costs, measured on the index itself, for `cargo xtask bench`.
//! Never in a release.
//!
//! `bench_index memory ROWS` fills the one in memory, and tells a line for each figure: its name,
//! its median over some passes, the least and the greatest. `bench_index redis URL ROWS` tells what
//! rows take in a Redis that nobody else uses, and `bench_index ledger URL ROWS` writes rows into a
//! database that no server uses now.

#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cardea::clock::Clock;
use cardea::config::Config;
use cardea::model::id::{ApplicationId, KeyId, LedgerId, SessionId, TokenId, UserId};
use cardea::model::index_state::{Epoch, IndexState};
use cardea::model::revocation::{Entry, Marks, Position, Revocation, Verdict, judge};
use cardea::model::session::EndReason;
use cardea::model::swept::Swept;
use cardea::store::embedded::index::MemoryIndex;
use cardea::store::index::RevocationIndex;
use cardea::store::redis::{self, index::RedisIndex};
use sea_orm::{ConnectionTrait as _, Database, DbBackend};
use time::OffsetDateTime;
use uuid::Uuid;

/// As the server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As the ledger is read.
const BATCH: u64 = 10_000;

/// How many tokens are checked in a pass: each is another session's.
const TOKENS: u64 = 1 << 12;

const PASSES: usize = 9;

/// As many as one sweep drops.
const SWEPT: u64 = 500;

/// All rows expire within so many seconds, evenly, beginning in a minute.
const LIFETIME: u64 = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["memory", rows] => in_memory(&Rows::new(rows)?).await,
        ["redis", url, rows] => in_redis(url, &Rows::new(rows)?).await,
        ["ledger", url, rows] => write_ledger(url, rows.parse()?).await,
        _ => bail!("bench_index memory ROWS | redis URL ROWS | ledger URL ROWS"),
    }
}

async fn in_memory(rows: &Rows) -> Result<()> {
    let empty = resident_bytes()?;
    let index = MemoryIndex::default();
    let begun = busy();
    rows.hand_to(&index).await?;
    tell("take_ns", &mut [(busy() - begun) / as_float(rows.count)]);
    let grown = resident_bytes()?.saturating_sub(empty);
    tell("bytes", &mut [as_float(grown) / as_float(rows.count)]);
    // A token that nobody revoked; one whose session ended; and one that is younger than its user's
    // logout everywhere.
    let live = Verdict::Live;
    for (name, first, expected) in [
        ("live_ns", rows.count, live),
        ("ended_ns", 4, Verdict::Dead(EndReason::LoggedOut)),
        ("cut_off_ns", 0, live),
    ] {
        // Spread over all rows, in no order.
        let among = |number: u64| number * 7919 % (rows.count / 16) * 16;
        let tokens: Vec<_> = (0..TOKENS).map(|n| token(first + among(n))).collect();
        let mut passes = [0.0; PASSES];
        for pass in &mut passes {
            let begun = busy();
            for marks in &tokens {
                let findings = index.look_up(black_box(marks)).await?;
                let verdict = judge(Position(i64::MAX), marks, &findings);
                if verdict != expected {
                    bail!("{name}: a token is {verdict:?}");
                }
            }
            *pass = (busy() - begun) / as_float(TOKENS);
        }
        tell(name, &mut passes);
    }
    let mut passes = [0.0; PASSES];
    for (number, pass) in (1..).zip(&mut passes) {
        let last = rows.row((number * SWEPT).min(rows.count) - 1).entry;
        let swept = Swept::default().with(&last);
        let begun = busy();
        index.forget(swept);
        *pass = (busy() - begun) / 1e3;
    }
    tell("forget_us", &mut passes);
    Ok(())
}

async fn in_redis(url: &str, rows: &Rows) -> Result<()> {
    let index = RedisIndex::new(redis::connect(url, &Config::default().redis)?);
    index.heed(&IndexState {
        ledger: LedgerId::new(),
        epoch: Epoch::default(),
        identity: None,
        is_trusted: false,
    });
    // So that what it keeps of its scripts is not counted.
    let one = Rows { count: 1, ..*rows };
    one.hand_to(&index).await?;
    let empty = used_bytes(url).await?;
    rows.hand_to(&index).await?;
    let grown = used_bytes(url).await?.saturating_sub(empty);
    tell("bytes", &mut [as_float(grown) / as_float(rows.count - 1)]);
    Ok(())
}

/// What Redis says that it has allocated.
async fn used_bytes(url: &str) -> Result<u64> {
    let mut connection = ::redis::Client::open(url)?
        .get_multiplexed_async_connection()
        .await?;
    let info: String = ::redis::cmd("INFO")
        .arg("memory")
        .query_async(&mut connection)
        .await?;
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    Ok(line.context("Redis tells it")?.trim().parse()?)
}

/// Sessions that ended just now.
async fn write_ledger(url: &str, rows: u32) -> Result<()> {
    let database = Database::connect(url).await?;
    let numbers = match database.get_database_backend() {
        DbBackend::Sqlite => format!(
            "WITH RECURSIVE numbers(number) AS \
             (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {rows}) \
             SELECT (SELECT position FROM ledger_head) + number, 'dead', 'session', \
             lower(hex(randomblob(16))), 'LOGGED_OUT', \
             strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 hour'), \
             strftime('%Y-%m-%dT%H:%M:%SZ', 'now') FROM numbers"
        ),
        _ => format!(
            "SELECT (SELECT position FROM ledger_head) + number, 'dead', 'session', \
             gen_random_uuid()::text, 'LOGGED_OUT', now() + interval '1 hour', now() \
             FROM generate_series(1, {rows}) AS number"
        ),
    };
    let insert = format!(
        "INSERT INTO revocations \
         (position, effect, subject_kind, subject, reason, expires_at, created_at) {numbers}"
    );
    let raise = format!("UPDATE ledger_head SET position = position + {rows}");
    for statement in [&insert, &raise, "ANALYZE"] {
        database.execute_unprepared(statement).await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Rows {
    count: u64,
    /// When the first one expires.
    since: OffsetDateTime,
}

impl Rows {
    fn new(count: &str) -> Result<Self> {
        Ok(Self {
            count: count.parse()?,
            since: Clock::default().now() + Duration::from_mins(1),
        })
    }

    async fn hand_to(&self, index: &dyn RevocationIndex) -> Result<()> {
        let mut next = 0;
        while next < self.count {
            let end = self.count.min(next + BATCH);
            let batch: Vec<_> = (next..end).map(|number| self.row(number)).collect();
            index.take(&batch).await?;
            next = end;
        }
        Ok(())
    }

    /// Of sixteen rows twelve end a session, two a token, and one each logs a user out everywhere,
    /// and out of an application. Each is about another user's token.
    fn row(&self, number: u64) -> Revocation {
        let [token, session, _, user, grant, ..] = token(number).0;
        let mark = match number % 16 {
            0 => user,
            1 => grant,
            2 | 3 => token,
            _ => session,
        };
        let expires_at = self.since + Duration::from_secs(number * LIFETIME / self.count);
        Revocation {
            mark,
            entry: Entry {
                position: Position(number.cast_signed() + 1),
                reason: EndReason::LoggedOut,
                expires_at,
            },
        }
    }
}

/// Of a user, a session and a signature of its own.
fn token(number: u64) -> Marks {
    Marks::of(
        TokenId(random(number, 1).into_bytes()),
        SessionId(random(number, 2)),
        KeyId([7; 32]),
        UserId(random(number, 3)),
        ApplicationId(random(0, 4)),
    )
}

/// Ids as they are drawn, and the same again for the same numbers (splitmix64).
fn random(number: u64, salt: u64) -> Uuid {
    let half = |number: u64| {
        let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let seed = number * 8 + salt;
    Uuid::from_u64_pair(half(seed), half(!seed))
}

/// What the process holds of the machine's memory now (proc(5)).
fn resident_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kibibytes: u64 = kibibytes.context("proc(5) has it")?.trim().parse()?;
    Ok(kibibytes * 1024)
}

/// A line: the name of a figure, its median, the least and the greatest.
fn tell(name: &str, passes: &mut [f64]) {
    passes.sort_by(f64::total_cmp);
    if let (&[least, ..], &[.., greatest]) = (&*passes, &*passes) {
        let median = passes[passes.len() / 2];
        println!("{name} {median:.1} {least:.1} {greatest:.1}");
    }
}

/// What this thread has worked so far, in nanoseconds: what else the machine does is not in it.
fn busy() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(time.tv_sec.cast_unsigned(), nanoseconds).as_secs_f64() * 1e9
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn as_float(count: u64) -> f64 {
    count as f64
}
