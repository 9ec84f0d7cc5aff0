//! What a node does to know what it may trust: its lease on `index_state`.

use super::action::Act;
use super::state::{Epoch, IndexState, Node, Renewal, Role, State, Trust};
use super::{CertifiedIndex, Rule};
use crate::rules::when;

impl CertifiedIndex {
    pub(super) fn act(&self, state: &mut State, who: usize, act: Act) -> Option<()> {
        let index = state.index;
        let node = &mut state.nodes[who];
        match (act, node.renewal) {
            (Act::NoteClock, Renewal::Idle | Renewal::Unconfirmed { .. }) => {
                let left = self.bounds.lease;
                node.renewal = Renewal::Noted { left };
            }
            (Act::ReadState, Renewal::Noted { left }) => {
                let trust = trusted(index);
                let epoch = index.epoch;
                node.renewal = Renewal::Answered { left, epoch, trust };
            }
            (Act::TakeLease, Renewal::Answered { left, epoch, trust }) => {
                node.renewal = Renewal::Unconfirmed { epoch };
                node.trust = trust;
                node.left = if self.rules.keep(Rule::LeaseFromNotedClock) {
                    left
                } else {
                    self.bounds.lease
                };
            }
            (Act::Confirm, renewal) => self.confirm(node, renewal, index.epoch)?,
            (Act::Overtake, Renewal::Answered { .. }) => {
                when(!self.rules.keep(Rule::OneReading))?;
                node.trust = trusted(index);
                node.confirmed = index.epoch;
            }
            (Act::LookOn, _) => self.look_on(state, who)?,
            _ => return None,
        }
        Some(())
    }

    /// "Replace the trust by what was read, then write that epoch into the lease row."
    fn confirm(&self, node: &mut Node, renewal: Renewal, newest: Epoch) -> Option<()> {
        let read = match renewal {
            Renewal::Unconfirmed { epoch } => {
                node.renewal = Renewal::Idle;
                epoch
            }
            Renewal::Answered { epoch, .. } if !self.rules.keep(Rule::ConfirmAfterTrust) => epoch,
            _ => return None,
        };
        let says = if self.rules.keep(Rule::ConfirmWhatWasRead) {
            read
        } else {
            newest
        };
        node.confirmed = node.confirmed.max(says);
        Some(())
    }

    /// Only without the rule that asks at each read does it matter who answered at first.
    pub(super) fn connect(&self, state: &mut State, who: usize, server: usize) -> Option<()> {
        when(!self.rules.keep(Rule::IdentityAtEachRead))?;
        when(state.servers[server].role == Role::Master)?;
        let identity = state.servers[server].identity;
        state.nodes[who].connection = (number(server), identity);
        Some(())
    }
}

/// What a node trusts that has read this.
fn trusted(index: IndexState) -> Trust {
    if index.is_trusted {
        index.trust()
    } else {
        Trust::NONE
    }
}

pub(super) fn number(index: usize) -> u8 {
    u8::try_from(index).expect("everything is few")
}
