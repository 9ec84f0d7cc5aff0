//! PostgreSQL: paused, killed and started again.

use super::{Fault, Nemesis};
use crate::chance::Chance;
use crate::postgres_server::PostgresServer;

pub(super) fn run(nemesis: Nemesis<'_>, postgres: &mut PostgresServer) {
    let mut chance = Chance::new(nemesis.seed, 500);
    nemesis.act(
        || postgres,
        |postgres| {
            nemesis.rest(chance.milliseconds(4000, 12_000));
            if nemesis.faults.contains(&Fault::Database) && !nemesis.history.is_over() {
                fault(nemesis, postgres, &mut chance);
            }
        },
    );
}

fn fault(nemesis: Nemesis<'_>, postgres: &mut PostgresServer, chance: &mut Chance) {
    let history = nemesis.history;
    if chance.one_in(2) {
        let time = chance.milliseconds(200, 2000);
        let what = format!("PostgreSQL is paused for {time:?}");
        history.fault("PostgreSQL paused", what);
        postgres.pause();
        nemesis.rest(time);
        postgres.resume();
        history.note("PostgreSQL goes on".to_owned());
    } else {
        let what = "PostgreSQL is killed".to_owned();
        history.fault("PostgreSQL killed", what);
        postgres.kill();
        nemesis.rest(chance.milliseconds(1, 800));
        postgres.start_somewhere();
        nemesis.cluster.database.turn(postgres.port());
        history.note("PostgreSQL is back".to_owned());
    }
}
