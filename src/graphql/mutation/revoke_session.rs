//! `revokeSession`: ending one session of a list.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::graphql::error::Failure;
use crate::graphql::guard::{self, whoever};
use crate::graphql::types::{Session, UserError, parse_session_id, session_id};
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
        let user = services.directory.user(row.user).await?;
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
