//! `cardea recover`: after a restore from a backup.

use std::io::{Write as _, stdout};

use super::{CommandError, open};
use crate::config::Config;

/// What a backup can't know, and nobody can do in the operator's stead.
const UNDONE: &str = "What was done after the backup was made is undone: suspend and delete again whom you did, revoke \
                      again the keys that you revoked (`cardea keys`), and tell people whose password it is that changed.";

pub(super) async fn run(config: Config) -> Result<(), CommandError> {
    let services = open(config).await?;
    let recovered = services.revocations.recover().await;
    services.close().await;
    let recovered = recovered?;
    writeln!(
        stdout(),
        "Recovered: everybody is signed out, at all {} applications; the ledger goes on from {}.\n{UNDONE}",
        recovered.applications,
        recovered.position.0
    )?;
    Ok(())
}
