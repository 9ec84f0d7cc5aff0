//! Whether everything can be settled from everywhere: the search for states that lead nowhere.

use super::{Found, Model, Search, Verdict};

/// For each state those that can follow it without a fault, one list after the other.
struct Followers {
    all: Vec<u32>,
    /// Where each state's list ends.
    ends: Vec<usize>,
}

impl Followers {
    fn of(&self, state: usize) -> &[u32] {
        let start = if state == 0 { 0 } else { self.ends[state - 1] };
        &self.all[start..self.ends[state]]
    }
}

impl<M: Model> Search<'_, M> {
    /// After all states were seen.
    pub(super) fn look_for_stuck_states(&self) -> Found {
        let followers = self.followers();
        let mut is_well: Vec<bool> = (0..)
            .map_while(|number| self.seen.get(number))
            .map(|state| self.model.is_settled(&state))
            .collect();
        // Most ways lead to later states, so that going backwards few rounds are needed.
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for state in (0..is_well.len()).rev() {
                let leads_on = || {
                    followers
                        .of(state)
                        .iter()
                        .any(|&next| is_well[next as usize])
                };
                if !is_well[state] && leads_on() {
                    is_well[state] = true;
                    has_changed = true;
                }
            }
        }
        match (0..).zip(is_well).find(|(_, is_well)| !is_well) {
            Some((state, _)) => (Verdict::Stuck, Some(state)),
            None => (Verdict::Holds, None),
        }
    }

    fn followers(&self) -> Followers {
        let wanted: Vec<_> = self
            .actions
            .iter()
            .copied()
            .filter(|&action| !self.model.is_fault(action))
            .collect();
        let mut followers = Followers {
            all: Vec::new(),
            ends: Vec::with_capacity(self.seen.len()),
        };
        for state in (0..).map_while(|number| self.seen.get(number)) {
            let next = wanted
                .iter()
                .filter_map(|&action| self.model.step(&state, action))
                .filter_map(|next| self.seen.find(&self.model.canonical(next)));
            followers.all.extend(next);
            followers.ends.push(followers.all.len());
        }
        followers
    }
}
