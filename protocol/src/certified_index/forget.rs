//! What nobody looks at again is forgotten.

use super::state::{Check, Epoch, Logout, MOST_REBUILDERS, Rebuilder, Renewal, State, Trust};
use super::{CertifiedIndex, Rule};
use crate::ledger::MOST_LOGOUTS;

impl CertifiedIndex {
    pub(super) fn forget(&self, state: &mut State) {
        self.forget_waiting(state);
        self.forget_confirmations(state);
        if self.rules.keep(Rule::EpochInCertificate) {
            self.forget_dead_certificates(state);
        }
    }

    /// Who has waited has waited, for the lease or for its holder.
    fn forget_waiting(&self, state: &mut State) {
        let before = *state;
        for logout in &mut state.logouts {
            if let Logout::Waiting { left, epoch } = logout
                && (*left == 0 || self.have_confirmed(&before, *epoch))
            {
                *left = 0;
                *epoch = 0;
            }
        }
        for who in 0..self.bounds.rebuilders {
            self.stop_waiting(state, who);
        }
    }

    /// What nobody waits for, and nobody will: a holder may as well have confirmed the one before.
    fn forget_confirmations(&self, state: &mut State) {
        let awaited = state.awaited_epochs();
        let as_awaited = |epoch: Epoch| {
            let is_reached = |awaited: &Epoch| *awaited <= epoch;
            awaited.into_iter().filter(is_reached).max().unwrap_or(0)
        };
        let says_what_was_read = self.rules.keep(Rule::ConfirmWhatWasRead);
        for node in &mut state.nodes {
            node.confirmed = as_awaited(node.confirmed);
            if let Renewal::Unconfirmed { epoch } | Renewal::Answered { epoch, .. } =
                &mut node.renewal
            {
                *epoch = as_awaited(*epoch);
            }
            if let Renewal::Unconfirmed { epoch } = node.renewal
                && epoch <= node.confirmed
                && says_what_was_read
            {
                node.renewal = Renewal::Idle;
            }
        }
    }

    /// An epoch doesn't come back: a certificate of an old one counts only where it is still trusted.
    fn forget_dead_certificates(&self, state: &mut State) {
        let before = *state;
        for server in &mut state.servers {
            let is_trusted = |trust: Trust| self.certifies(server.certificate, trust);
            let is_old = server.certificate.epoch < before.index.epoch;
            if is_old && !before.trusts().any(is_trusted) {
                server.certificate = Trust::NONE;
            }
        }
    }
}

impl State {
    /// Those of whoever waits or is going to, and the newest, which one may still read.
    fn awaited_epochs(&self) -> [Epoch; 1 + MOST_LOGOUTS + MOST_REBUILDERS] {
        let mut epochs = [self.index.epoch; 1 + MOST_LOGOUTS + MOST_REBUILDERS];
        let of_logouts = self.logouts.iter().filter_map(|logout| match *logout {
            Logout::Foreknows(known)
            | Logout::Knows(known)
            | Logout::Asked(known, _)
            | Logout::Wrote(known, _) => Some(known.epoch),
            Logout::Waiting { left: 1.., epoch } => Some(epoch),
            _ => None,
        });
        let of_rebuilders = self
            .rebuilders
            .iter()
            .filter_map(|rebuilder| match rebuilder {
                Rebuilder::Waiting { job, left: 1.. } => Some(job.epoch),
                _ => None,
            });
        for (place, epoch) in epochs.iter_mut().zip(of_logouts.chain(of_rebuilders)) {
            *place = epoch;
        }
        epochs
    }

    /// All that anybody trusts, or is about to.
    fn trusts(&self) -> impl Iterator<Item = Trust> {
        self.nodes.iter().flat_map(|node| {
            let answered = match node.renewal {
                Renewal::Answered { trust, .. } => trust,
                Renewal::Idle | Renewal::Noted { .. } | Renewal::Unconfirmed { .. } => Trust::NONE,
            };
            let checked_by = match node.check {
                Check::Running { trust, .. } => trust,
                Check::None | Check::Accepted => Trust::NONE,
            };
            [node.trust, answered, checked_by]
        })
    }
}
