//! Applications: what people sign in to.

use super::id::ApplicationId;
use super::revocation::Position;

/// An application, as tokens and sessions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub id: ApplicationId,
    pub client_id: String,
    /// The `aud` of its access tokens.
    pub audience: String,
    pub enabled: bool,
    /// The position of the newest cut-off of all of its sessions.
    pub cutoff: Position,
}
