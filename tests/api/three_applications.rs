//! Three applications to sign in to, beside the default one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cardea::config::{Application, Config};
use cardea_entity::applications;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::app::TestApp;

pub(crate) const SHOP: &str = "shop";
pub(crate) const BILLING: &str = "billing";
pub(crate) const CRM: &str = "crm";
pub(crate) const ALL: [&str; 3] = [SHOP, BILLING, CRM];

/// What the server makes of its own accord.
pub(crate) const DEFAULT: &str = "default";

/// What their own servers show.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Has them in the configuration, each with an origin and scopes of its own.
pub(crate) fn declare(config: &mut Config) {
    config.applications = ALL.map(declared).into();
}

pub(crate) fn declared(client_id: &str) -> Application {
    Application {
        client_id: client_id.to_owned(),
        allowed_origins: vec![origin(client_id)],
        scopes: vec![format!("{client_id}:read"), format!("{client_id}:write")],
        secret: Some(SECRET.to_owned().into()),
        ..Application::default()
    }
}

/// Where an application's pages are.
pub(crate) fn origin(client_id: &str) -> String {
    format!("https://{client_id}.example.com")
}

impl TestApp {
    /// With the three applications.
    pub(crate) async fn with_applications() -> Self {
        Self::with(declare).await
    }

    /// The row's id.
    pub(crate) async fn application(&self, client_id: &str) -> Uuid {
        let found = applications::Entity::find()
            .filter(applications::Column::ClientId.eq(client_id))
            .one(&self.database().await)
            .await;
        let found = found.expect("the table is there");
        found.expect("it was declared").id
    }

    /// As clients name it.
    pub(crate) async fn application_id(&self, client_id: &str) -> String {
        global_id("Application", self.application(client_id).await)
    }
}

/// The identifier of something, for clients.
pub(crate) fn global_id(kind: &str, id: Uuid) -> String {
    STANDARD.encode(format!("{kind}:{id}"))
}

/// What it is the identifier of.
pub(crate) fn row_id(id: &str) -> Uuid {
    let text = STANDARD.decode(id).ok().map(String::from_utf8);
    let text = text.and_then(Result::ok);
    let uuid = text.as_deref().and_then(|text| text.split(':').nth(1));
    let uuid = uuid.and_then(|uuid| uuid.parse().ok());
    uuid.expect("it is one of ours")
}
