//! One server and its way to PostgreSQL: killed, stopped, paused, cut off, held up, slowed down.

use super::way::{LONGEST, Way, Whose};
use super::{Fault, Nemesis};
use crate::chance::Chance;
use crate::node::Node;
use crate::proxy::Reach;

pub(super) fn run(nemesis: Nemesis<'_>, number: usize) {
    let row = u64::try_from(number).expect("they are few");
    let mut chance = Chance::new(nemesis.seed, 400 + row);
    let prepare = || {
        let settings = nemesis.cluster.settings[number].clone();
        let mut node = Node::new(settings, nemesis.cluster.place(number));
        node.start();
        node
    };
    nemesis.act(prepare, |node| {
        nemesis.calm(&mut chance);
        if !nemesis.history.is_over() {
            fault(nemesis, number, node, &mut chance);
        }
    });
}

fn fault(nemesis: Nemesis<'_>, number: usize, node: &mut Node, chance: &mut Chance) {
    let history = nemesis.history;
    let way = Way {
        nemesis,
        whose: Whose::Node(number),
        store: "PostgreSQL",
        proxy: &nemesis.cluster.database_ways[number],
    };
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
            node.start();
            history.note(format!("node {number} is back"));
        }
        Some(Fault::Stop) => {
            history.fault("node stopped", format!("node {number} is told to stop"));
            node.stop();
            node.start();
            history.note(format!("node {number} is back"));
        }
        Some(Fault::Pause) => pause(&way, number, node, chance),
        Some(Fault::Flap) => way.flap(chance),
        Some(_) => {
            let reach = match chance.below(4) {
                0 => Reach::Feed,
                1 => Reach::Half(chance.number()),
                _ => Reach::All,
            };
            way.block(reach, chance);
        }
        None => {}
    }
}

fn pause(way: &Way<'_>, number: usize, node: &Node, chance: &mut Chance) {
    let nemesis = way.nemesis;
    let time = chance.milliseconds(100, LONGEST);
    let what = format!("node {number} is paused for {time:?}");
    nemesis.history.fault("node paused", what);
    node.pause();
    nemesis.rest(time);
    let is_slow_then = chance.one_in(2);
    if is_slow_then {
        way.delay(chance);
    }
    node.resume();
    nemesis.history.note(format!("node {number} goes on"));
    if is_slow_then {
        nemesis.rest(chance.milliseconds(100, LONGEST));
        way.heal();
    }
}
