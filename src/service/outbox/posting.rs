//! Writing to the outbox: who wants to hear is asked before the ledger's counter is taken, for which all
//! that revoke wait; what there is to tell is written behind it, when the position is known.

use std::collections::BTreeSet;

use crate::model::id::{ApplicationId, UserId};
use crate::model::outbox::{Channel, EventKind, Happening, Initiator};
use crate::model::revocation::Position;
use crate::model::session::{EndReason, Session};
use crate::store::database::{Among, PendingEvent, Recipient, StoreError, Tables};

/// What is told of one unit of work: nothing, if nobody wants to hear.
#[derive(Debug, Default)]
pub(in crate::service) struct Posting(Vec<PendingEvent>);

impl Posting {
    /// Of what happened at applications, in its order.
    pub(in crate::service) async fn of(
        tables: &Tables<'_>,
        happened: Vec<(ApplicationId, Happening)>,
    ) -> Result<Self, StoreError> {
        let applications: BTreeSet<_> = happened.iter().map(|(at, _)| *at).collect();
        if applications.is_empty() {
            return Ok(Self::default());
        }
        let applications: Vec<_> = applications.into_iter().collect();
        let recipients = tables.recipients(Among::These(&applications)).await?;
        let mut posting = Self::default();
        for (application, happening) in happened {
            let recipient = recipients.iter().find(|it| it.application == application);
            if let Some(recipient) = recipient {
                posting.tell(recipient, &happening);
            }
        }
        Ok(posting)
    }

    /// And that a user has another password, for all applications that know the user.
    pub(in crate::service) async fn and_password_changed(
        mut self,
        tables: &Tables<'_>,
        user: UserId,
        initiator: Initiator,
    ) -> Result<Self, StoreError> {
        let happening = Happening::PasswordChanged { user, initiator };
        for recipient in tables.recipients(Among::ApplicationsOf(user)).await? {
            self.tell(&recipient, &happening);
        }
        Ok(self)
    }

    /// Writes it, in the transaction that does what it tells of, each at its row's position.
    pub(in crate::service) async fn write(
        self,
        tables: &Tables<'_>,
        position: impl Fn(&Happening) -> Position,
    ) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let placed = |event: PendingEvent| (position(&event.happening), event);
        let events = self.0.into_iter().map(placed).collect();
        tables.insert_outbox(events).await
    }

    fn tell(&mut self, recipient: &Recipient, happening: &Happening) {
        let kind = happening.kind();
        let is_called = recipient.is_called && kind == EventKind::SessionRevoked;
        let ways = [
            (Channel::Stream, recipient.streamed.contains(&kind)),
            (Channel::Logout, is_called),
        ];
        for (channel, is_taken) in ways {
            if is_taken {
                self.0.push(PendingEvent {
                    application: recipient.application,
                    channel,
                    happening: happening.clone(),
                });
            }
        }
    }
}

/// The end of a session, as its application is told of it.
pub(in crate::service) const fn revoked(
    session: &Session,
    reason: EndReason,
    initiator: Initiator,
) -> (ApplicationId, Happening) {
    let happening = Happening::SessionRevoked {
        session: session.id,
        user: session.user,
        reason,
        initiator,
    };
    (session.application, happening)
}
