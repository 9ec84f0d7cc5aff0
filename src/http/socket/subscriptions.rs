//! The subscriptions of one socket, by the names that its client gave them.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use crate::graphql::Subscribed;
use crate::model::session_event::SessionEvent;

#[derive(Default)]
pub(super) struct Subscriptions(Vec<(String, Subscribed)>);

impl Subscriptions {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|(known, _)| known == id)
    }

    pub(super) fn add(&mut self, id: String, subscribed: Subscribed) {
        self.0.push((id, subscribed));
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.0.retain(|(known, _)| known != id);
    }

    pub(super) fn get(&self, index: usize) -> &(String, Subscribed) {
        &self.0[index]
    }

    /// The next event, and for which; without any subscription, never.
    pub(super) async fn next(&mut self) -> (usize, Option<Arc<SessionEvent>>) {
        poll_fn(|cx| {
            for (index, (_, subscribed)) in self.0.iter_mut().enumerate() {
                if let Poll::Ready(event) = subscribed.poll_next(cx) {
                    return Poll::Ready((index, event));
                }
            }
            Poll::Pending
        })
        .await
    }
}
