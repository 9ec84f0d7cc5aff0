//! What a server does unasked: it follows the ledger, sweeps, and looks after the keys.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::service::Services;

/// Expired rows are in nobody's way: a minute more or less does not matter.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

/// How soon a node heeds what another one, or the command line, changed of an application: they say
/// within a second.
const REGISTRY_INTERVAL: Duration = Duration::from_millis(500);

/// Tasks that run as long as the server does.
pub(super) struct Tasks(JoinSet<()>);

impl Tasks {
    pub(super) fn start(services: &Services) -> Self {
        let mut tasks = JoinSet::new();
        let poll = Duration::from_millis(services.settings.revocation.poll_milliseconds);
        tasks.spawn(services.revocations.clone().follow(poll));
        tasks.spawn(services.feed.clone().read());
        tasks.spawn(services.revocations.clone().keep_certified());
        tasks.spawn(services.revocations.clone().sweep(SWEEP_INTERVAL));
        tasks.spawn(services.sessions.clone().sweep(SWEEP_INTERVAL));
        tasks.spawn(services.outbox.clone().sweep(SWEEP_INTERVAL));
        tasks.spawn(services.back_channel.clone().call());
        tasks.spawn(services.event_streams.clone().look_out());
        tasks.spawn(services.session_events.clone().watch());
        tasks.spawn(services.registry.clone().follow(REGISTRY_INTERVAL));
        tasks.spawn(services.keys.clone().keep());
        Self(tasks)
    }

    pub(super) async fn stop(mut self) {
        self.0.shutdown().await;
    }
}
