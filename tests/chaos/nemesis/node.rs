//! One server and its way to PostgreSQL: killed, stopped, paused, cut off, held up, slowed down.

use std::time::{Duration, Instant};

use super::{Fault, Nemesis};
use crate::chance::Chance;
use crate::node::Node;
use crate::proxy::{Direction, Kind, Reach, Trouble};

/// Longer than the longest lease, and long enough for a logout to be acknowledged meanwhile.
const LONGEST: u64 = 3000;

/// How soon a server that found no database is started again.
const START_PAUSE: Duration = Duration::from_millis(100);
const START_LIMIT: Duration = Duration::from_secs(30);

pub(super) fn run(nemesis: Nemesis<'_>, number: usize) {
    let row = u64::try_from(number).expect("they are few");
    let mut chance = Chance::new(nemesis.seed, 400 + row);
    let prepare = || {
        let settings = nemesis.cluster.settings[number].clone();
        let mut node = Node::new(settings, nemesis.cluster.port(number));
        start(&mut node);
        node
    };
    nemesis.stages.take_part(nemesis.history, prepare, |node| {
        while !nemesis.history.is_over() {
            nemesis.calm(&mut chance);
            if !nemesis.history.is_over() {
                fault(nemesis, number, node, &mut chance);
            }
        }
    });
}

fn start(node: &mut Node) {
    let begun = Instant::now();
    while !node.try_start() {
        assert!(begun.elapsed() < START_LIMIT, "a server does not start");
        std::thread::sleep(START_PAUSE);
    }
}

fn fault(nemesis: Nemesis<'_>, number: usize, node: &mut Node, chance: &mut Chance) {
    let history = nemesis.history;
    let kinds = [
        Fault::Kill,
        Fault::Stop,
        Fault::Pause,
        Fault::Flap,
        Fault::Block,
    ];
    match nemesis.choose(&kinds, chance) {
        Some(Fault::Kill) => {
            history.fault("node killed", format!("node {number} is killed"));
            node.kill();
            nemesis.rest(chance.milliseconds(1, 1000));
            start(node);
            history.note(format!("node {number} is back"));
        }
        Some(Fault::Stop) => {
            history.fault("node stopped", format!("node {number} is told to stop"));
            node.stop();
            start(node);
            history.note(format!("node {number} is back"));
        }
        Some(Fault::Pause) => pause(nemesis, number, node, chance),
        Some(Fault::Flap) => flap(nemesis, number, chance),
        Some(_) => block(nemesis, number, chance),
        None => {}
    }
}

fn pause(nemesis: Nemesis<'_>, number: usize, node: &Node, chance: &mut Chance) {
    let time = chance.milliseconds(100, LONGEST);
    let what = format!("node {number} is paused for {time:?}");
    nemesis.history.fault("node paused", what);
    node.pause();
    nemesis.rest(time);
    let is_slow_then = chance.one_in(2);
    if is_slow_then {
        make(nemesis, number, delay(chance));
    }
    node.resume();
    nemesis.history.note(format!("node {number} goes on"));
    if is_slow_then {
        nemesis.rest(chance.milliseconds(100, LONGEST));
        heal(nemesis, number);
    }
}

fn block(nemesis: Nemesis<'_>, number: usize, chance: &mut Chance) {
    let reach = match chance.below(4) {
        0 => Reach::Feed,
        1 => Reach::Half(chance.number()),
        _ => Reach::All,
    };
    let kind = match chance.below(7) {
        0 => Kind::Cut,
        1 => Kind::Hold(Direction::Both),
        2 => Kind::Hold(Direction::ToDatabase),
        3 => Kind::Hold(Direction::ToNode),
        _ => delay(chance).kind,
    };
    make(nemesis, number, Trouble { kind, reach });
    nemesis.rest(chance.milliseconds(100, LONGEST));
    match chance.below(3) {
        0 => {
            // What was on its way is lost, and nobody knows whether it arrived.
            let kind = Kind::Cut;
            make(nemesis, number, Trouble { kind, reach });
        }
        1 => {
            make(nemesis, number, delay(chance));
            nemesis.rest(chance.milliseconds(100, LONGEST));
        }
        _ => {}
    }
    heal(nemesis, number);
}

/// An unsteady way: now and then something gets through, late, and in the end nothing does.
fn flap(nemesis: Nemesis<'_>, number: usize, chance: &mut Chance) {
    let hold = |direction| Trouble {
        kind: Kind::Hold(direction),
        reach: Reach::All,
    };
    for _ in 0..=chance.below(4) {
        make(nemesis, number, hold(Direction::ToNode));
        nemesis.rest(chance.milliseconds(50, 950));
        heal(nemesis, number);
        nemesis.rest(chance.milliseconds(5, 100));
    }
    make(nemesis, number, hold(Direction::Both));
    nemesis.rest(chance.milliseconds(500, LONGEST));
    heal(nemesis, number);
}

fn delay(chance: &mut Chance) -> Trouble {
    Trouble {
        kind: Kind::Delay(chance.milliseconds(5, 120)),
        reach: Reach::All,
    }
}

fn make(nemesis: Nemesis<'_>, number: usize, trouble: Trouble) {
    let (reach, kind) = (trouble.reach, trouble.kind);
    let name = match kind {
        Kind::Nothing => "connections healed",
        Kind::Cut => "connections cut",
        Kind::Delay(_) => "connections delayed",
        Kind::Hold(Direction::Both) => "connections held",
        Kind::Hold(Direction::ToDatabase) => "questions held",
        Kind::Hold(Direction::ToNode) => "answers held",
    };
    let what = format!("node {number}'s way to PostgreSQL: {kind:?}, {reach:?}");
    nemesis.history.fault(name, what);
    nemesis.cluster.proxies[number].make(trouble);
}

fn heal(nemesis: Nemesis<'_>, number: usize) {
    nemesis.cluster.proxies[number].heal();
    let what = format!("node {number}'s way to PostgreSQL is free");
    nemesis.history.note(what);
}
