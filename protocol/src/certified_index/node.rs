//! What a node does to know what it may trust: its lease on `index_state`.

use super::action::Act;
use super::state::{Renewal, Role, State, Trust};
use super::{CertifiedIndex, Rule};
use crate::rules::when;

impl CertifiedIndex {
    pub(super) fn act(&self, state: &mut State, who: usize, act: Act) -> Option<()> {
        let index = state.index;
        let node = &mut state.nodes[who];
        match (act, node.renewal) {
            (Act::NoteClock, Renewal::Idle) => {
                let left = self.bounds.lease;
                node.renewal = Renewal::Noted { left };
            }
            (Act::ReadState, Renewal::Noted { left }) => {
                let trust = if index.is_trusted {
                    index.trust()
                } else {
                    Trust::NONE
                };
                node.renewal = Renewal::Answered { left, trust };
            }
            (Act::TakeLease, Renewal::Answered { left, trust }) => {
                node.renewal = Renewal::Idle;
                node.trust = trust;
                node.left = if self.rules.keep(Rule::LeaseFromNotedClock) {
                    left
                } else {
                    self.bounds.lease
                };
            }
            (Act::LookOn, _) => self.look_on(state, who)?,
            _ => return None,
        }
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

pub(super) fn number(index: usize) -> u8 {
    u8::try_from(index).expect("everything is few")
}
