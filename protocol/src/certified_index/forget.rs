//! What nobody looks at again is forgotten.

use super::state::{Check, Renewal, State, Trust};
use super::{CertifiedIndex, Rule};

impl CertifiedIndex {
    pub(super) fn forget(&self, state: &mut State) {
        if self.rules.keep(Rule::EpochInCertificate) {
            self.forget_dead_certificates(state);
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
    /// All that anybody trusts, or is about to.
    fn trusts(&self) -> impl Iterator<Item = Trust> {
        self.nodes.iter().flat_map(|node| {
            let answered = match node.renewal {
                Renewal::Answered { trust, .. } => trust,
                Renewal::Idle | Renewal::Noted { .. } => Trust::NONE,
            };
            let checked_by = match node.check {
                Check::Running { trust, .. } => trust,
                Check::None | Check::Accepted => Trust::NONE,
            };
            [node.trust, answered, checked_by]
        })
    }
}
