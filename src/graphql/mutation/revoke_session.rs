//! `revokeSession`: ending one session of a list.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::graphql::error::Failure;
use crate::graphql::guard::{self, whoever};
use crate::graphql::types::{Session, UserError, parse_session_id, session_id};
use crate::model::scope::READ_USERS;
use crate::service::Services;

#[derive(Default)]
pub(super) struct RevokeSessionMutation;

#[derive(InputObject)]
struct RevokeSessionInput {
    session_id: ID,
}

#[derive(SimpleObject)]
struct RevokeSessionPayload {
    ended_session_ids: Vec<ID>,
    /// Null, if it was another's and the viewer lacks the scope `cardea:users:read`.
    session: Option<Session>,
    user_errors: Vec<UserError>,
}

#[Object]
impl RevokeSessionMutation {
    /// End one session: the viewer's own, or anyone's with the scope `cardea:sessions:revoke`. Another's is `NOT_FOUND`, as if it did not exist.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        input: RevokeSessionInput,
    ) -> Result<RevokeSessionPayload, Failure> {
        let caller = guard::session(ctx).await?;
        let services = ctx.data_unchecked::<Arc<Services>>();
        let id = parse_session_id(&input.session_id)?;
        let visitor = whoever(ctx);
        let origin = &visitor.caller.origin;
        let (ended, row) = services.sessions.revoke(caller, id, origin).await?;
        visitor.forget_cookies(services, &[id]);
        // Whoever may end anybody's sessions need not be shown whose they were.
        let is_own = row.user == caller.user();
        let user = if is_own || caller.scopes().contains(READ_USERS) {
            services.directory.user(row.user).await?
        } else {
            None
        };
        Ok(RevokeSessionPayload {
            ended_session_ids: ended.into_iter().map(session_id).collect(),
            session: user.map(|user| Session {
                is_current: row.id == caller.session(),
                row,
                user,
            }),
            user_errors: Vec::new(),
        })
    }
}
