//! Subscriptions, one a file. Each gets its event from whoever executes it: once for each event.

mod session_events;

use async_graphql::MergedSubscription;

/// Root of all subscriptions.
#[derive(MergedSubscription, Default)]
pub(super) struct Subscription(session_events::SessionEventsSubscription);
