//! A session that ends by itself: its row of the ledger, its event, its line in the log.

use tracing::Span;

use super::group::Ending;
use super::{Cause, revoking::dead};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::id::ApplicationId;
use crate::model::outbox::{Happening, Initiator};
use crate::model::revocation::Subject;
use crate::model::session::Session;
use crate::service::outbox::revoked;
use crate::store::database::{Concerned, PendingRevocation};

pub(super) struct Over {
    pub session: Session,
    cause: Cause,
    asked_in: Span,
}

impl Over {
    pub(super) fn new(session: Session, ending: Ending) -> Self {
        let Ending {
            cause, asked_in, ..
        } = ending;
        Self {
            session,
            cause,
            asked_in,
        }
    }

    pub(super) fn revocation(&self) -> PendingRevocation {
        PendingRevocation {
            mark: dead(Subject::Session(self.session.id)),
            reason: self.cause.reason,
            concerns: Concerned::Until(self.session.token_expires_at),
            application: Some(self.session.application),
        }
    }

    pub(super) fn happening(&self) -> (ApplicationId, Happening) {
        let Cause { reason, actor } = &self.cause;
        let initiator = Initiator::of(*reason, actor, self.session.user);
        revoked(&self.session, *reason, initiator)
    }

    pub(super) fn event(&self) -> AuditEvent {
        let Self { session, cause, .. } = self;
        AuditEvent {
            subject: Some(session.user),
            application: Some(session.application),
            session: Some(session.id),
            detail: Some(cause.reason.as_str().to_owned()),
            ..AuditEvent::new(AuditAction::of_end(cause.reason), cause.actor.clone())
        }
    }

    /// Only what is durable is told.
    pub(super) fn tell(&self) {
        let (session, user) = (self.session.id, self.session.user);
        tracing::info!(parent: &self.asked_in, %session, %user, "session ended");
    }
}
