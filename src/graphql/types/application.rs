//! `Application`: what its users may know of it.

use std::sync::Arc;

use async_graphql::{ID, Object};

use super::node::application_id;
use crate::model::application;

/// An application, to be shown to its users.
pub(in crate::graphql) struct Application(pub Arc<application::Application>);

/// Something that people sign in to: a single-page app, or a sub-system that verifies its tokens.
#[Object]
impl Application {
    pub(super) async fn id(&self) -> ID {
        application_id(self.0.id)
    }

    async fn client_id(&self) -> &str {
        &self.0.client_id
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// `aud` of its access tokens.
    async fn audience(&self) -> &str {
        &self.0.audience
    }

    /// Nobody can sign in to one that isn't.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }
}
