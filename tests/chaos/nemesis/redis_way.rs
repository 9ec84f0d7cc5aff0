//! One server's way to Redis, while another's may be whole.

use super::way::{Way, Whose};
use super::{Fault, Nemesis};
use crate::chance::Chance;
use crate::proxy::Reach;

pub(super) fn run(nemesis: Nemesis<'_>, number: usize) {
    let row = u64::try_from(number).expect("they are few");
    let mut chance = Chance::new(nemesis.seed, 700 + row);
    let way = Way {
        nemesis,
        whose: Whose::Node(number),
        store: "Redis",
        proxy: &nemesis.cluster.redis_ways[number].proxy,
    };
    nemesis.act(
        || (),
        |()| {
            nemesis.long_calm(&mut chance);
            if !nemesis.history.is_over() {
                fault(&way, &mut chance);
            }
        },
    );
}

fn fault(way: &Way<'_>, chance: &mut Chance) {
    let kinds = [Fault::RedisBlock, Fault::RedisFlap];
    match way.nemesis.choose(&kinds, chance) {
        Some(Fault::RedisFlap) => way.flap(chance),
        Some(_) => {
            let reach = match chance.below(4) {
                0 => Reach::Half(chance.number()),
                _ => Reach::All,
            };
            way.block(reach, chance);
        }
        None => {}
    }
}
