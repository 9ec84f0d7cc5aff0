//! `benchMe`: a constant of `me`'s shape, unguarded, that `me` is measured against. Never in a
//! release.

use std::sync::{Arc, LazyLock};

use async_graphql::Object;
use time::OffsetDateTime;

use crate::graphql::types::User;
use crate::model::id::UserId;
use crate::model::revocation::Position;
use crate::model::user::{self, UserStatus};

#[derive(Default)]
pub(super) struct BenchMeQuery;

static SOMEBODY: LazyLock<Arc<user::User>> = LazyLock::new(|| {
    Arc::new(user::User {
        id: UserId::new(),
        email: "somebody@example.com".to_owned(),
        username: None,
        display_name: None,
        status: UserStatus::Active,
        cutoff: Position(0),
        created_at: OffsetDateTime::UNIX_EPOCH,
        last_login_at: None,
    })
});

#[Object]
impl BenchMeQuery {
    /// A constant, for measuring.
    async fn bench_me(&self) -> Option<User> {
        Some(User(Arc::clone(&SOMEBODY)))
    }
}
