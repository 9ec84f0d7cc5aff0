//! Answering from Redis: an index that is trusted while SQL says so, and what happens to its servers.

mod action;
mod cases;
mod check;
mod forget;
mod logout;
mod names;
mod node;
mod rebuild;
mod redis;
mod rule;
mod state;

use std::fmt::{self, Display, Formatter};

pub use cases::{large, small};
pub use rule::Rule;

use crate::ledger::{Ticks, count_down};
use crate::rules::Rules;
use crate::search::Model;
use crate::times::Times;
use action::{Act, Action, Event, Move, Task};
use check::Look;
use state::{
    Check, Faults, IndexState, Logout, MOST_REBUILDERS, Node, Rebuilder, Renewal, Role, Server,
    State, Trust,
};

/// The protocol of section 7, within bounds, and perhaps without some of its rules.
pub(crate) struct CertifiedIndex {
    rules: Rules<Rule>,
    bounds: Bounds,
    /// What a check looks at, by these rules.
    looks: Vec<Look>,
}

/// How large a world is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) nodes: usize,
    pub(crate) logouts: usize,
    pub(crate) rebuilders: usize,
    /// One, or two: the second is the first one's replica.
    pub(crate) servers: usize,
    /// Whether each write is followed by `WAIT` for whatever replica is attached. The protocol has
    /// no use for it: "Nor does `WAIT` help."
    pub(crate) waits_for_replicas: bool,
    /// The length of a lease.
    pub(crate) lease: Ticks,
    pub(crate) faults: Faults,
}

impl CertifiedIndex {
    pub(crate) fn new(rules: Rules<Rule>, bounds: Bounds) -> Self {
        Self {
            rules,
            bounds,
            looks: check::looks(rules),
        }
    }
}

impl Model for CertifiedIndex {
    type State = State;
    type Action = Action;

    /// All is well: the first server is trusted, and everybody knows.
    fn start(&self) -> State {
        let mut state = State {
            index: IndexState {
                epoch: 1,
                identity: 1,
                is_trusted: true,
            },
            faults: self.bounds.faults,
            ..State::default()
        };
        let goes_by_run_id = !self.rules.keep(Rule::ReplicationIdentity);
        for (index, server) in state.servers[..self.bounds.servers].iter_mut().enumerate() {
            let is_first = index == 0;
            *server = Server {
                role: if is_first {
                    Role::Master
                } else {
                    Role::Replica
                },
                identity: if goes_by_run_id && !is_first { 2 } else { 1 },
                certificate: self.certificate(Trust::FIRST),
                ..Server::default()
            };
        }
        let node = Node {
            left: self.bounds.lease,
            trust: Trust::FIRST,
            confirmed: 1,
            ..Node::default()
        };
        state.nodes[..self.bounds.nodes].fill(node);
        state
    }

    fn actions(&self) -> Vec<Action> {
        let Bounds {
            nodes,
            logouts,
            rebuilders,
            servers,
            ..
        } = self.bounds;
        let mut actions = vec![Action::Tick];
        for server in 0..servers {
            let evictions = (0..logouts).map(Event::Evict);
            let events = Event::OF_THE_WHOLE.into_iter().chain(evictions);
            actions.extend(events.map(|event| Action::Server(server, event)));
            for node in 0..nodes {
                actions.push(Action::Connect { node, server });
                let check = |logout| Action::Check {
                    node,
                    logout,
                    server,
                };
                actions.extend((0..logouts).map(check));
            }
            for logout in 0..logouts {
                let moves = [Move::Write(server), Move::AskIdentity(server)];
                actions.extend(moves.map(|what| Action::Logout(logout, what)));
            }
            let begin = |rebuilder| Action::BeginRebuild { rebuilder, server };
            actions.extend((0..rebuilders).map(begin));
            for rebuilder in 0..rebuilders {
                let tasks = [Task::PutMarker, Task::WriteChunk, Task::RunScript];
                actions.extend(tasks.map(|task| Action::Rebuild(rebuilder, task(server))));
            }
        }
        for node in 0..nodes {
            actions.extend(Act::ALL.map(|act| Action::Node(node, act)));
        }
        for logout in 0..logouts {
            actions.extend(Move::WITHOUT_SERVER.map(|what| Action::Logout(logout, what)));
        }
        for rebuilder in 0..rebuilders {
            actions.extend(Task::WITHOUT_SERVER.map(|task| Action::Rebuild(rebuilder, task)));
        }
        actions
    }

    fn step(&self, state: &State, action: Action) -> Option<State> {
        let mut next = *state;
        match action {
            Action::Tick => self.tick(&mut next),
            Action::Server(server, event) => self.happen(&mut next, server, event)?,
            Action::Node(node, act) => self.act(&mut next, node, act)?,
            Action::Connect { node, server } => self.connect(&mut next, node, server)?,
            Action::Check {
                node,
                logout,
                server,
            } => self.begin_check(&mut next, node, logout, server)?,
            Action::Logout(logout, what) => self.proceed(&mut next, logout, what)?,
            Action::BeginRebuild { rebuilder, server } => {
                self.begin_rebuild(&mut next, rebuilder, server)?;
            }
            Action::Rebuild(rebuilder, task) => self.rebuild(&mut next, rebuilder, task)?,
        }
        Some(next)
    }

    /// Nodes are all alike, and what epochs and identities are called says nothing.
    fn canonical(&self, mut state: State) -> State {
        self.forget(&mut state);
        state.renumber();
        if self.rules.keep(Rule::RandomMarker) {
            state.forget_idle_markers();
            if self.bounds.rebuilders == MOST_REBUILDERS {
                state.sort_rebuilders();
            }
        }
        state.nodes[..self.bounds.nodes].sort_unstable();
        state
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        let rolled_back = |logout: &Logout| *logout == Logout::RolledBack;
        let ledger = state.ledger();
        let refuses_others = |server: &Server| !server.rows.are_within(ledger);
        if state.nodes.iter().any(|node| node.check == Check::Accepted) {
            Some("a check that started after the acknowledgement is ACCEPTED")
        } else if state.logouts.iter().any(rolled_back) && state.servers.iter().any(refuses_others)
        {
            Some("a session that nobody ended is refused as ended")
        } else {
            None
        }
    }

    fn is_settled(&self, state: &State) -> bool {
        let index = &state.index;
        let is_done = |logout: &Logout| {
            matches!(
                logout,
                Logout::NotBegun | Logout::RolledBack | Logout::Acknowledged
            )
        };
        let answers = |server: &Server| {
            server.role == Role::Master
                && server.identity == index.identity
                && self.certifies(server.certificate, index.trust())
        };
        let trusts = |node: &Node| {
            node.left > 0
                && node.trust.epoch == index.epoch
                && node.trust.identity == index.identity
        };
        index.is_trusted
            && state.logouts.iter().all(is_done)
            && state.servers.iter().any(answers)
            && state.nodes[..self.bounds.nodes].iter().all(trusts)
    }

    fn is_fault(&self, action: Action) -> bool {
        matches!(
            action,
            Action::Server(
                _,
                Event::Promote | Event::Flush | Event::Restart | Event::Evict(_)
            ) | Action::Logout(_, Move::Die | Move::RollBack)
        )
    }

    fn tell(&self, before: &State, action: Action, after: &State) -> String {
        let look = match action {
            Action::Check { .. } => self.looks.first().copied(),
            Action::Node(who, Act::LookOn) => self.next_look(&before.nodes[who]),
            _ => None,
        };
        let acknowledged = |state: &State| {
            let is_it = |logout: &&Logout| **logout == Logout::Acknowledged;
            state.logouts.iter().filter(is_it).count()
        };
        let mut told = action.to_string();
        if let Some(look) = look {
            let is_fine = after.nodes.iter().any(|node| node.check != Check::None);
            let answer = if is_fine { "yes" } else { "no" };
            told = format!("{told}: {look} {answer}");
        }
        if after.index != before.index {
            told = format!("{told}: index_state is now {}", after.index);
        }
        if acknowledged(after) > acknowledged(before) {
            told.push_str(": ACKNOWLEDGED");
        }
        told
    }
}

impl CertifiedIndex {
    fn tick(&self, state: &mut State) {
        for node in &mut state.nodes {
            count_down(&mut node.left);
            // Nobody may go by what it trusted any more.
            if node.left == 0
                && self.rules.keep(Rule::TrustUnderLease)
                && self.rules.keep(Rule::LeaseBeforeRead)
            {
                node.trust = Trust::NONE;
            }
            if let Renewal::Noted { left } | Renewal::Answered { left, .. } = &mut node.renewal {
                count_down(left);
                if *left == 0 && self.rules.keep(Rule::LeaseFromNotedClock) {
                    node.renewal = Renewal::Idle;
                }
            }
        }
        for logout in &mut state.logouts {
            if let Logout::Waiting { left, .. } = logout {
                count_down(left);
            }
        }
        for rebuilder in &mut state.rebuilders {
            if let Rebuilder::Waiting { left, .. } = rebuilder {
                count_down(left);
            }
        }
    }
}

impl Display for Bounds {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Faults {
            flushes,
            restarts,
            promotions,
            deaths,
        } = self.faults;
        let Self {
            nodes,
            logouts,
            rebuilders,
            servers,
            lease,
            ..
        } = self;
        write!(
            out,
            "nodes={nodes} logouts={logouts} rebuilders={rebuilders}"
        )?;
        write!(out, " servers={servers} lease={lease}")?;
        if self.waits_for_replicas {
            write!(out, " WAIT")?;
        }
        for (name, number) in [
            ("flushes", flushes),
            ("restarts", restarts),
            ("fail-overs", promotions),
            ("deaths", deaths),
        ] {
            if number != Times::NEVER {
                write!(out, " {name}={number}")?;
            }
        }
        Ok(())
    }
}
