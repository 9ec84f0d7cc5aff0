//! Sub-systems: they follow the servers by the way that there is, and judge tokens by what they heard.

use std::time::Duration;

use cardea_verifier::{Refusal, Verifier, WhenStale};

use crate::call::{Deed, Outcome};
use crate::cluster::{APPLICATIONS, AUDIENCE, Cluster, FOLLOWED, SECRET};
use crate::desk::Desk;
use crate::people::Token;

/// How many there are in a run.
pub(crate) const OBSERVERS: usize = 4;

/// For how long each believes what it heard, and what it does then. Not much longer than a
/// heartbeat, so that a fault that is over soon is long enough.
const KINDS: [(Duration, WhenStale); OBSERVERS] = [
    (Duration::from_millis(1500), WhenStale::Ask),
    (Duration::from_millis(2500), WhenStale::Ask),
    (Duration::from_millis(1500), WhenStale::Refuse),
    (Duration::from_millis(2500), WhenStale::Refuse),
];

/// How long one believes that lacks its bound.
#[cfg(feature = "teeth")]
const CREDULITY: Duration = Duration::from_mins(5);

pub(crate) struct Observer {
    pub bound: Duration,
    pub verifier: Verifier,
}

/// All of them. To be called in a runtime, when there are servers.
pub(crate) fn start(cluster: &Cluster, lacks: Option<&str>) -> Vec<Observer> {
    let observer = |(bound, when_stale)| Observer {
        bound,
        verifier: follow(cluster, believed_for(bound, lacks), when_stale),
    };
    KINDS.into_iter().map(observer).collect()
}

/// One more sub-system.
pub(crate) fn follow(cluster: &Cluster, bound: Duration, when_stale: WhenStale) -> Verifier {
    let verifier = Verifier::new(cluster.issuer(), AUDIENCE)
        .credentials(APPLICATIONS[FOLLOWED], SECRET)
        .freshness_bound(bound)
        .when_stale(when_stale)
        .start();
    verifier.expect("the settings are good")
}

#[cfg(not(feature = "teeth"))]
const fn believed_for(bound: Duration, _: Option<&str>) -> Duration {
    bound
}

#[cfg(feature = "teeth")]
fn believed_for(bound: Duration, lacks: Option<&str>) -> Duration {
    if lacks == Some("bound") {
        CREDULITY
    } else {
        bound
    }
}

impl Desk {
    /// Shows a token to a sub-system, if it is meant for it.
    pub(crate) async fn verify(&self, number: usize, token: &Token) -> Option<Outcome> {
        if token.application != FOLLOWED {
            return None;
        }
        let Observer { bound, verifier } = &self.observers[number];
        let deed = Deed::Verify {
            token: token.number,
            bound: *bound,
        };
        let call = self.history.begin(number, deed);
        let outcome = understood(verifier.verify(&token.text).await.err());
        self.history.end(call, &outcome);
        Some(outcome)
    }
}

fn understood(refusal: Option<Refusal>) -> Outcome {
    match refusal {
        None => Outcome::done(),
        Some(Refusal::Ended(reason)) => Outcome::Ended(reason.as_str().to_owned()),
        // A run may be longer than a token lives.
        Some(Refusal::Unavailable | Refusal::Expired) => Outcome::Unavailable,
        Some(refusal) => Outcome::Refused(refusal.verdict().to_owned()),
    }
}
