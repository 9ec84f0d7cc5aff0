//! `logoutApplication`: ending the viewer's sessions at one application.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};

use crate::graphql::error::Failure;
use crate::graphql::guard::{self, whoever};
use crate::graphql::types::{LogoutPayload, parse_application_id};
use crate::service::Services;

#[derive(Default)]
pub(super) struct LogoutApplicationMutation;

#[derive(InputObject)]
struct LogoutApplicationInput {
    application_id: ID,
}

#[Object]
impl LogoutApplicationMutation {
    /// End the viewer's sessions in one application, on all devices.
    async fn logout_application(
        &self,
        ctx: &Context<'_>,
        input: LogoutApplicationInput,
    ) -> Result<LogoutPayload, Failure> {
        let caller = guard::session(ctx).await?;
        let services = ctx.data_unchecked::<Arc<Services>>();
        let application = parse_application_id(&input.application_id)?;
        let visitor = whoever(ctx);
        let origin = &visitor.caller.origin;
        let ended = services
            .sessions
            .log_out_of_application(caller, application, origin)
            .await?;
        visitor.forget_cookies(services, &ended);
        Ok(LogoutPayload::of(ended))
    }
}
