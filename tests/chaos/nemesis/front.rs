//! The way of the sub-systems to the servers: all of it, some of it, or the feeds alone.

use super::way::{Way, Whose};
use super::{Fault, Nemesis};
use crate::chance::Chance;
use crate::proxy::Reach;

pub(super) fn run(nemesis: Nemesis<'_>) {
    let mut chance = Chance::new(nemesis.seed, 900);
    let way = Way {
        nemesis,
        whose: Whose::SubSystems,
        store: "the servers",
        proxy: &nemesis.cluster.front,
    };
    nemesis.act(
        || (),
        |()| {
            nemesis.calm(&mut chance);
            if !nemesis.history.is_over() {
                fault(&way, &mut chance);
            }
        },
    );
}

fn fault(way: &Way<'_>, chance: &mut Chance) {
    let kinds = [Fault::FeedBlock, Fault::FeedFlap];
    match way.nemesis.choose(&kinds, chance) {
        Some(Fault::FeedFlap) => way.flap(chance),
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
