//! What a run came to, for people to read.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::call::Time;
use crate::run::Findings;

/// Of what the nemesis did, so much before and after is told.
const AROUND: Duration = Duration::from_secs(5);

/// So many broken rules are told.
const TOLD: usize = 5;

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seed = self.plan.seed;
        let lasted = self.tally.lasted.as_secs_f64();
        let check = self.plan.check.name();
        writeln!(f, "checked in {check}, seed {seed}, {lasted:.1} s")?;
        for failure in &self.tally.failures {
            writeln!(f, "{failure}")?;
        }
        for violation in self.tally.violations.iter().take(TOLD) {
            writeln!(f, "{violation}")?;
        }
        // The others follow from the first, more often than not.
        if let Some(violation) = self.tally.violations.first() {
            let begun = violation.against.as_ref().map(|record| record.begun);
            let from = begun.unwrap_or(violation.span.begun);
            self.tell_events(f, from, violation.span.ended)?;
        }
        match &self.recovery {
            Ok(took) => writeln!(f, "all servers answered again after {took:.1?}")?,
            Err(fault) => {
                writeln!(f, "at the end: {fault}")?;
                self.tell_events(f, self.tally.lasted, self.tally.lasted)?;
            }
        }
        writeln!(f, "calls:")?;
        let mut line = String::new();
        let mut last = "";
        for ((name, outcome), count) in &self.tally.calls {
            if *name != last {
                write!(line, "\n  {name}: ")?;
                last = name;
            }
            write!(line, "{count} {outcome}  ")?;
        }
        writeln!(f, "{}", line.trim_start_matches('\n'))?;
        writeln!(f, "faults:")?;
        for (name, count) in &self.tally.faults {
            writeln!(f, "  {count} {name}")?;
        }
        let slowest = self.tally.slowest_logout;
        writeln!(f, "slowest acknowledged logout: {slowest:.2?}")?;
        let latest = self.tally.latest;
        write!(
            f,
            "the latest that a sub-system let somebody in after a logout: {latest:.2?}"
        )
    }
}

impl Findings {
    fn tell_events(&self, f: &mut fmt::Formatter<'_>, from: Time, to: Time) -> fmt::Result {
        writeln!(f, "what was broken about then:")?;
        let (from, to) = (from.saturating_sub(AROUND), to + AROUND);
        for (at, what) in &self.tally.events {
            if (from..=to).contains(at) {
                writeln!(f, "  {:8.3} s  {what}", at.as_secs_f64())?;
            }
        }
        Ok(())
    }
}
