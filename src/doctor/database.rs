//! The database: whether it answers, its version, its schema, and what it does with a commit.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::finding::Findings;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::database::{Database, StoreError, has_write_ahead_log, sqlite_file};

const OLDEST_POSTGRESQL: u32 = 15;

const CHECK: &str = "database";

/// The database, if it answers and has our tables.
pub(super) async fn examine(
    config: &Config,
    clock: &Clock,
    findings: &mut Findings,
) -> Option<Database> {
    let url = config.database_url();
    let file = sqlite_file(url.expose_secret());
    if let Some(file) = file.as_ref().filter(|file| !file.exists()) {
        let shown = file.display();
        findings.warn(CHECK, format!(
            "there is none at {shown}; if there should be, check `database.url` and `data.directory`; if not, a server that starts makes it"
        ));
        return None;
    }
    let database = Database::look(url.expose_secret(), &config.database, clock.clone()).await;
    let asked = match database {
        Ok(database) => version(&database, findings).await.map(|()| database),
        Err(error) => Err(error),
    };
    let database = match asked {
        Ok(database) => database,
        Err(error) => {
            let remedy =
                "check `database.url`, and that the database runs; what it holds was not looked at";
            findings.unanswered(CHECK, &error, remedy);
            return None;
        }
    };
    let settings = if let Some(file) = &file {
        sqlite(file, &database, findings).await
    } else {
        postgresql(config, &database, findings).await
    };
    if let Err(error) = settings {
        findings.unanswered(
            "database settings",
            &error,
            "see whether it is well, and ask again",
        );
    }
    schema(&database, findings).await.then_some(database)
}

async fn version(database: &Database, findings: &mut Findings) -> Result<(), StoreError> {
    let (name, version) = database.version().await?;
    let major = version
        .split('.')
        .next()
        .and_then(|major| major.trim().parse::<u32>().ok());
    if name == "PostgreSQL" && major.is_some_and(|major| major < OLDEST_POSTGRESQL) {
        let text =
            format!("{name} {version} is too old; upgrade it to {OLDEST_POSTGRESQL} or newer");
        findings.fault(CHECK, text);
    } else {
        findings.ok(CHECK, format!("{name} {version} answers"));
    }
    Ok(())
}

async fn sqlite(
    file: &Path,
    database: &Database,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    const CHECK: &str = "commits";
    let synchronous = database.synchronous().await?;
    if !has_write_ahead_log(file).unwrap_or(false) {
        findings.warn(CHECK, "the file keeps no write-ahead log; a server that starts makes it so, unless the file system can't: then put it on a local disk");
    } else if synchronous < 2 {
        findings.fault(
            CHECK,
            "they don't wait for the disk; synchronous must be FULL",
        );
    } else {
        findings.ok(CHECK, "they wait for the disk (WAL, synchronous FULL)");
    }
    Ok(())
}

async fn postgresql(
    config: &Config,
    database: &Database,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    if database.is_standby().await? {
        findings.fault(
            "database role",
            "it is a standby and takes no writes; let `database.url` name the primary",
        );
    }
    let mut is_durable = true;
    for (setting, wanted) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
    ] {
        let value = database.setting(setting).await?;
        if value != wanted && value != "remote_apply" {
            is_durable = false;
            findings.fault("commits", format!(
                "{setting} is {value}: a logout that was answered may be forgotten in a crash; set it to {wanted} (if a pooler stands between, let it pass startup parameters on)"
            ));
        }
    }
    if is_durable {
        findings.ok(
            "commits",
            "they wait for the disk (fsync, full_page_writes, synchronous_commit)",
        );
    }
    let isolation = database.setting("default_transaction_isolation").await?;
    if isolation == "read committed" {
        findings.ok("isolation", "read committed");
    } else {
        findings.warn("isolation", format!(
            "default_transaction_isolation is {isolation}: Cardea's transactions choose read committed themselves, its single statements may be refused under load; set it to read committed for its role (ALTER ROLE .. SET default_transaction_isolation)"
        ));
    }
    let most = database.setting("max_connections").await?;
    // The pool's, three that follow the ledger and tell it, and one that listens.
    let own = u64::from(config.database.max_connections) + 4;
    match most.parse::<u64>() {
        Ok(most) if most < own => findings.fault("connections", format!(
            "one server of ours may take {own}, and max_connections is {most}; lower `database.max_connections`, or raise that"
        )),
        _ => findings.ok("connections", format!("one server of ours may take {own} of {most}")),
    }
    Ok(())
}

async fn schema(database: &Database, findings: &mut Findings) -> bool {
    const CHECK: &str = "schema";
    match database.missing_migrations().await {
        Ok(missing) if missing.is_empty() => {
            findings.ok(CHECK, "all migrations are applied");
            true
        }
        Ok(missing) => {
            findings.fault(CHECK, format!(
                "it lacks {}; run `cardea migrate up`, or start a server. What the tables hold was not looked at",
                missing.join(", ")
            ));
            false
        }
        Err(error) => {
            let remedy = "if a newer version of Cardea has run on it, run that one here, too";
            findings.unanswered(CHECK, &error, remedy);
            false
        }
    }
}
