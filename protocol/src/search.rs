//! The search: every state that a model can reach, breadth first, so that each trace is a shortest one.

mod seen;
mod settling;
#[cfg(test)]
mod tests;

use std::hash::Hash;

use seen::Seen;

/// Something that can be in states, and acts.
pub(crate) trait Model {
    type State: Copy + Eq + Hash;
    type Action: Copy;

    fn start(&self) -> Self::State;

    /// Whatever anybody could ever do, possible now or not.
    fn actions(&self) -> Vec<Self::Action>;

    /// What comes of an action; `None` where it is not possible.
    fn step(&self, state: &Self::State, action: Self::Action) -> Option<Self::State>;

    /// One state in the place of all that differ in names alone.
    fn canonical(&self, state: Self::State) -> Self::State;

    /// The promise that is broken here.
    fn broken(&self, state: &Self::State) -> Option<&'static str>;

    /// Everything that was begun is done, and everybody answers: what must stay possible.
    fn is_settled(&self, state: &Self::State) -> bool;

    /// Something that need not happen: no way to a settled state may count on it.
    fn is_fault(&self, action: Self::Action) -> bool;

    /// A line of a trace: what was done, and what came of it.
    fn tell(&self, before: &Self::State, action: Self::Action, after: &Self::State) -> String;
}

/// What is asked about a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Is a promise broken anywhere?
    Safety,
    /// And can everything be settled from everywhere, without another fault?
    SafetyAndSettling,
}

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every state that can be reached was looked at.
    Holds,
    /// The trace leads to a state in which this promise is broken.
    Broken(&'static str),
    /// The trace leads to a state from which nothing can be settled any more.
    Stuck,
    /// Nothing was found before there were too many states.
    Unfinished,
}

/// A verdict, and what it rests on.
#[derive(Clone, Debug)]
pub struct Findings {
    pub verdict: Verdict,
    pub states: usize,
    /// The actions that lead from the start to what is wrong; empty if nothing is.
    pub trace: Vec<String>,
}

/// Searches until something is wrong, all states were seen, or there are more than `most_states`.
pub(crate) fn search<M: Model>(model: &M, question: Question, most_states: usize) -> Findings {
    let mut search = Search::new(model);
    let (verdict, at) = match (search.look_everywhere(most_states), question) {
        ((Verdict::Holds, _), Question::SafetyAndSettling) => search.look_for_stuck_states(),
        (found, _) => found,
    };
    Findings {
        verdict,
        states: search.seen.len(),
        trace: at.map_or_else(Vec::new, |at| search.trace(at)),
    }
}

struct Search<'m, M: Model> {
    model: &'m M,
    actions: Vec<M::Action>,
    seen: Seen<M::State>,
    /// For each state the one that it was first reached from; the start is its own.
    parents: Vec<u32>,
}

/// A verdict, and the state that it is about.
type Found = (Verdict, Option<u32>);

impl<'m, M: Model> Search<'m, M> {
    fn new(model: &'m M) -> Self {
        let mut seen = Seen::default();
        seen.insert(model.canonical(model.start()));
        Self {
            model,
            actions: model.actions(),
            seen,
            parents: vec![0],
        }
    }

    fn look_everywhere(&mut self, most_states: usize) -> Found {
        let mut at = 0;
        while let Some(state) = self.seen.get(at) {
            if self.seen.len() > most_states {
                return (Verdict::Unfinished, None);
            }
            for index in 0..self.actions.len() {
                let Some(next) = self.model.step(&state, self.actions[index]) else {
                    continue;
                };
                let next = self.model.canonical(next);
                let Some(new) = self.seen.insert(next) else {
                    continue;
                };
                self.parents.push(at);
                if let Some(promise) = self.model.broken(&next) {
                    return (Verdict::Broken(promise), Some(new));
                }
            }
            at += 1;
        }
        (Verdict::Holds, None)
    }

    /// The way from the start to a state. It is walked again with the names of the start, because
    /// canonical states give other names to the same things from one step to the next.
    fn trace(&self, mut at: u32) -> Vec<String> {
        let mut way = Vec::new();
        while at != 0 {
            way.push(at);
            at = self.parents[at as usize];
        }
        let mut state = self.model.start();
        let mut trace = Vec::new();
        for &target in way.iter().rev() {
            let target = self.seen.get(target);
            let (action, next) = self
                .actions
                .iter()
                .filter_map(|&action| Some((action, self.model.step(&state, action)?)))
                .find(|(_, next)| Some(self.model.canonical(*next)) == target)
                .expect("states that differ in names alone can do the same");
            trace.push(self.model.tell(&state, action, &next));
            state = next;
        }
        trace
    }
}
