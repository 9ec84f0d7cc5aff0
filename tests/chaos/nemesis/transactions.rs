//! Other people's transactions: some stay open and hold the counter that positions come from, or
//! somebody's row, so that others commit in another order than they began; and the servers' own are
//! refused at the very end.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection, DbErr, TransactionTrait as _,
};

use super::{Fault, Nemesis};
use crate::chance::Chance;

const COUNTER: &str = "UPDATE ledger_head SET position = position WHERE id = 1";
/// What a login takes, and whoever ends somebody's sessions.
const SOMEBODY: &str = "UPDATE users SET status = status WHERE email_key = 'person1@example.com'";
/// What a refresh and a logout take.
const SESSIONS: &str = "UPDATE sessions SET position = position WHERE ended_at IS NULL";

/// From then on whoever writes to the ledger is refused at the commit, and not before, while a time
/// stands here that has not come yet. So it ends by itself, whatever else is broken then.
const REFUSAL: &str = "
    CREATE TABLE IF NOT EXISTS refused_commits (until TIMESTAMPTZ);
    CREATE OR REPLACE FUNCTION refuse_commit() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM refused_commits WHERE until > clock_timestamp()) THEN
            RAISE EXCEPTION 'refused' USING ERRCODE = '40001';
        END IF;
        RETURN NULL;
    END $$;
    DROP TRIGGER IF EXISTS refusal ON revocations;
    CREATE CONSTRAINT TRIGGER refusal AFTER INSERT ON revocations
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit()";

/// PostgreSQL may be away, and rows be held by others.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn run(nemesis: Nemesis<'_>) {
    let mut chance = Chance::new(nemesis.seed, 600);
    nemesis.act(
        || (),
        |()| {
            nemesis.calm(&mut chance);
            if !nemesis.history.is_over() {
                fault(nemesis, &mut chance);
            }
        },
    );
}

fn fault(nemesis: Nemesis<'_>, chance: &mut Chance) {
    let held = match nemesis.choose(&[Fault::Hold, Fault::Refuse], chance) {
        Some(Fault::Hold) => match chance.below(4) {
            0 => Some(("somebody held", SOMEBODY)),
            1 => Some(("sessions held", SESSIONS)),
            _ => Some(("counter held", COUNTER)),
        },
        Some(_) => None,
        None => return,
    };
    let time = chance.milliseconds(50, 1500);
    let name = held.map_or("commits refused", |(name, _)| name);
    nemesis.history.fault(name, format!("{name} for {time:?}"));
    let broken = async {
        let connection = connect(nemesis).await?;
        match held {
            Some((_, statement)) => hold(&connection, statement, time).await?,
            None => refuse(&connection, time).await?,
        }
        connection.close().await
    };
    // Where PostgreSQL is away, nothing is held.
    let limit = time + PATIENCE + PATIENCE;
    let broken = nemesis
        .runtime
        .block_on(async { tokio::time::timeout(limit, broken).await });
    drop(broken);
}

async fn connect(nemesis: Nemesis<'_>) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(nemesis.cluster.database_url());
    options.max_connections(1).sqlx_logging(false);
    options.acquire_timeout(PATIENCE);
    sea_orm::Database::connect(options).await
}

async fn hold(
    connection: &DatabaseConnection,
    statement: &str,
    time: Duration,
) -> Result<(), DbErr> {
    let transaction = connection.begin().await?;
    transaction.execute_unprepared(statement).await?;
    tokio::time::sleep(time).await;
    transaction.rollback().await
}

async fn refuse(connection: &DatabaseConnection, time: Duration) -> Result<(), DbErr> {
    connection.execute_unprepared(REFUSAL).await?;
    let milliseconds = time.as_millis();
    let until = format!("clock_timestamp() + INTERVAL '{milliseconds} ms'");
    let statement = format!("INSERT INTO refused_commits VALUES ({until})");
    connection.execute_unprepared(&statement).await?;
    tokio::time::sleep(time).await;
    Ok(())
}
