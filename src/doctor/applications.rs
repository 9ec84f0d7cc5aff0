//! The applications: those that are declared are there, and no two are taken for one another.

use std::collections::HashMap;

use super::finding::Findings;
use crate::config::Config;
use crate::model::application::Application;
use crate::store::database::Database;

const CHECK: &str = "applications";

pub(super) async fn examine(config: &Config, database: &Database, findings: &mut Findings) {
    let known = match database.tables().applications().await {
        Ok(known) => known,
        Err(error) => {
            return findings.unanswered(CHECK, &error, "see whether the database is well");
        }
    };
    let enabled = known.iter().filter(|application| application.enabled);
    let count = (known.len(), enabled.clone().count());
    let default = std::iter::once(&config.tokens.client_id);
    let declared = default.chain(
        config
            .applications
            .iter()
            .map(|declared| &declared.client_id),
    );
    let missing: Vec<_> = declared
        .filter(|client_id| !known.iter().any(|known| known.client_id == **client_id))
        .map(|client_id| format!("`{client_id}`"))
        .collect();
    if missing.is_empty() {
        findings.ok(
            CHECK,
            format!("{} in all, {} of them enabled", count.0, count.1),
        );
    } else {
        findings.warn(
            CHECK,
            format!(
                "declared, and not made yet: {}; a server that starts makes them",
                missing.join(", ")
            ),
        );
    }
    audiences(&known, findings);
    origins(enabled, findings);
}

fn audiences(known: &[Application], findings: &mut Findings) {
    let mut owners = HashMap::new();
    for Application {
        client_id,
        audience,
        ..
    } in known
    {
        if let Some(other) = owners.insert(audience, client_id) {
            findings.fault("audiences", format!(
                "`{other}` and `{client_id}` have the same, {audience:?}: a token of one is good at the other; give one of them another"
            ));
        }
    }
}

fn origins<'a>(enabled: impl Iterator<Item = &'a Application>, findings: &mut Findings) {
    let mut owners = HashMap::new();
    for application in enabled {
        for origin in &application.allowed_origins {
            let client_id = &application.client_id;
            if let Some(other) = owners.insert(origin, client_id) {
                findings.warn("origins", format!(
                    "{origin} stands with `{other}` and with `{client_id}`, and can belong to one only; take it from the other"
                ));
            }
        }
    }
}
