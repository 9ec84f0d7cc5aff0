//! A way from one to another, as a node's to one of its stores: cut off, held up, slowed down.

use std::fmt;
use std::time::Duration;

use super::Nemesis;
use crate::chance::Chance;
use crate::proxy::{Direction, Kind, Proxy, Reach, Trouble};

/// Longer than the longest lease, and long enough for a logout to be acknowledged meanwhile.
pub(super) const LONGEST: u64 = 3000;

pub(super) struct Way<'run> {
    pub nemesis: Nemesis<'run>,
    pub whose: Whose,
    /// What it leads to.
    pub store: &'static str,
    pub proxy: &'run Proxy,
}

#[derive(Clone, Copy)]
pub(super) enum Whose {
    Node(usize),
    SubSystems,
}

impl Way<'_> {
    pub(super) fn block(&self, reach: Reach, chance: &mut Chance) {
        let kind = match chance.below(7) {
            0 => Kind::Cut,
            1 => Kind::Hold(Direction::Both),
            2 => Kind::Hold(Direction::ToServer),
            3 => Kind::Hold(Direction::ToClient),
            _ => delayed(chance),
        };
        self.make(Trouble { kind, reach });
        self.rest(chance.milliseconds(100, LONGEST));
        match chance.below(3) {
            0 => {
                // What was on its way is lost, and nobody knows whether it arrived.
                let kind = Kind::Cut;
                self.make(Trouble { kind, reach });
            }
            1 => {
                self.delay(chance);
                self.rest(chance.milliseconds(100, LONGEST));
            }
            _ => {}
        }
        self.heal();
    }

    /// It is unsteady: now and then something gets through, late, and in the end nothing does.
    pub(super) fn flap(&self, chance: &mut Chance) {
        for _ in 0..=chance.below(4) {
            self.make_all(Kind::Hold(Direction::ToClient));
            self.rest(chance.milliseconds(50, 950));
            self.heal();
            self.rest(chance.milliseconds(5, 100));
        }
        self.make_all(Kind::Hold(Direction::Both));
        self.rest(chance.milliseconds(500, LONGEST));
        self.heal();
    }

    pub(super) fn delay(&self, chance: &mut Chance) {
        self.make_all(delayed(chance));
    }

    pub(super) fn heal(&self) {
        self.tell_of_silence(false);
        self.proxy.heal();
        let what = format!("{self} is free");
        self.nemesis.history.note(what);
    }

    pub(super) fn make_all(&self, kind: Kind) {
        let reach = Reach::All;
        self.make(Trouble { kind, reach });
    }

    fn make(&self, trouble: Trouble) {
        let Trouble { reach, kind } = trouble;
        let name = match kind {
            Kind::Nothing => "healed",
            Kind::Cut => "cut",
            Kind::Delay(_) => "delayed",
            Kind::Hold(Direction::Both) => "held",
            Kind::Hold(Direction::ToServer) => "held for questions",
            Kind::Hold(Direction::ToClient) => "held for answers",
        };
        let what = format!("{self}: {kind:?}, {reach:?}");
        let name = format!("way to {} {name}", self.store);
        self.nemesis.history.fault(&name, what);
        let is_silence = trouble.is_silence();
        if !is_silence {
            self.tell_of_silence(false);
        }
        self.proxy.make(trouble);
        if is_silence {
            self.tell_of_silence(true);
        }
    }

    /// What servers don't hear is their own business.
    fn tell_of_silence(&self, is_silent: bool) {
        if matches!(self.whose, Whose::SubSystems) {
            self.nemesis.history.silence(is_silent);
        }
    }

    fn rest(&self, time: Duration) {
        self.nemesis.rest(time);
    }
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whose {
            Whose::Node(node) => write!(f, "node {node}'s way to {}", self.store),
            Whose::SubSystems => write!(f, "the sub-systems' way to {}", self.store),
        }
    }
}

fn delayed(chance: &mut Chance) -> Kind {
    Kind::Delay(chance.milliseconds(5, 120))
}
