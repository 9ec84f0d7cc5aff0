//! Redis: paused, emptied, started again with nothing or with what it had once, and replaced by
//! another that lacks what was written last.

use super::{Fault, Nemesis};
use crate::chance::Chance;
use crate::cluster::NODES;
use crate::proxy::{Direction, Kind, Reach, Trouble};
use crate::redis_pair::RedisPair;

const KINDS: [Fault; 6] = [
    Fault::RedisPause,
    Fault::RedisFlush,
    Fault::RedisRestart,
    Fault::RedisFile,
    Fault::RedisFailOver,
    Fault::RedisSwap,
];

pub(super) fn run(nemesis: Nemesis<'_>, pair: &mut RedisPair) {
    let mut chance = Chance::new(nemesis.seed, 800);
    nemesis.act(
        || pair,
        |pair| {
            nemesis.long_calm(&mut chance);
            if !nemesis.history.is_over() {
                fault(nemesis, pair, &mut chance);
            }
        },
    );
}

fn fault(nemesis: Nemesis<'_>, pair: &mut RedisPair, chance: &mut Chance) {
    match nemesis.choose(&KINDS, chance) {
        Some(Fault::RedisPause) => pause(nemesis, pair, chance),
        Some(Fault::RedisFlush) => {
            let what = "Redis is flushed".to_owned();
            nemesis.history.fault("Redis flushed", what);
            pair.master().flush();
        }
        Some(Fault::RedisRestart) => {
            pair.master().forget_saved();
            let what = "Redis is killed, with all that it has".to_owned();
            nemesis.history.fault("Redis started empty", what);
            restart(nemesis, pair, chance);
        }
        Some(Fault::RedisFile) => {
            pair.master().save();
            nemesis.rest(chance.milliseconds(100, 1500));
            let what = "Redis is killed, a while after it saved".to_owned();
            nemesis.history.fault("Redis started from a file", what);
            restart(nemesis, pair, chance);
        }
        Some(Fault::RedisFailOver) => {
            let what = "Redis fails over to a replica".to_owned();
            nemesis.history.fault("Redis failed over", what);
            fail_over(nemesis, pair, chance);
        }
        Some(_) => {
            let what = "Redis is swapped for an empty one".to_owned();
            nemesis.history.fault("Redis swapped", what);
            pair.promote();
            pair.master().flush();
            take_over(nemesis, pair, chance);
        }
        None => {}
    }
}

fn pause(nemesis: Nemesis<'_>, pair: &RedisPair, chance: &mut Chance) {
    let time = chance.milliseconds(50, 2000);
    let what = format!("Redis is paused for {time:?}");
    nemesis.history.fault("Redis paused", what);
    pair.master().pause();
    nemesis.rest(time);
    pair.master().resume();
    nemesis.history.note("Redis goes on".to_owned());
}

fn restart(nemesis: Nemesis<'_>, pair: &mut RedisPair, chance: &mut Chance) {
    pair.master_mut().kill();
    nemesis.rest(chance.milliseconds(1, 800));
    pair.master_mut().start_somewhere();
    pair.track();
    for way in &nemesis.cluster.redis_ways {
        way.target.turn(pair.master().port());
    }
    nemesis.history.note("Redis is back".to_owned());
}

/// To a replica that has not heard of all: the way to it broke before.
fn fail_over(nemesis: Nemesis<'_>, pair: &mut RedisPair, chance: &mut Chance) {
    let kind = match chance.below(2) {
        0 => Kind::Cut,
        _ => Kind::Hold(Direction::Both),
    };
    let reach = Reach::All;
    let is_in_step = pair.replica().is_in_step();
    pair.link.make(Trouble { kind, reach });
    nemesis.rest(chance.milliseconds(100, 1500));
    let is_asleep = chance.one_in(3);
    if is_asleep {
        pair.master().pause();
    }
    pair.promote();
    let what =
        format!("the replica leads; it followed: {is_in_step}, the master sleeps: {is_asleep}");
    nemesis.history.note(what);
    take_over(nemesis, pair, chance);
}

/// Servers turn to the new master one after another, while the old one answers the others.
fn take_over(nemesis: Nemesis<'_>, pair: &RedisPair, chance: &mut Chance) {
    let ways = &nemesis.cluster.redis_ways;
    let first = chance.below(NODES);
    for number in 0..NODES {
        let node = (first + number) % NODES;
        ways[node].target.turn(pair.master().port());
        let is_sudden = chance.one_in(2);
        if is_sudden {
            // Else old connections stay, and only new ones lead to the new master.
            ways[node].target.close();
        }
        let what = format!("node {node} turns to the new Redis; at once: {is_sudden}");
        nemesis.history.note(what);
        nemesis.rest(chance.milliseconds(1, 600));
    }
    pair.link.heal();
    pair.replica().resume();
    nemesis.rest(chance.milliseconds(1, 600));
    pair.demote();
    nemesis.history.note("the old Redis follows".to_owned());
    nemesis.rest(chance.milliseconds(1, 300));
    // As Sentinel does with whoever is left.
    for way in ways {
        way.target.close();
    }
    nemesis.history.note("all have turned".to_owned());
}
