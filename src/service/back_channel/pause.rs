//! How long an application is left alone that could not be told.

use std::time::Duration;

use crate::crypto::random;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// After so many failures in a row: twice as long after each, and somewhere between half of that and
/// all of it, so that those that failed together don't come back together.
pub(super) fn after(failures: u32) -> Duration {
    let [chance] = random::bytes();
    within(failures, chance)
}

fn within(failures: u32, chance: u8) -> Duration {
    let whole = FIRST * 2_u32.saturating_pow(failures.min(16));
    let whole = whole.min(LONGEST);
    whole / 2 + whole / 2 * u32::from(chance) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_from_one_second_to_five_minutes() {
        let seconds = |failures, chance| within(failures, chance).as_secs_f64();
        for (failures, least, most) in [
            (1, 1.0, 2.0),
            (2, 2.0, 4.0),
            (8, 128.0, 256.0),
            (9, 150.0, 300.0),
            (u32::MAX, 150.0, 300.0),
        ] {
            assert!((seconds(failures, 0) - least).abs() < 1e-6, "{failures}");
            assert!(
                (seconds(failures, u8::MAX) - most).abs() < 1e-6,
                "{failures}"
            );
            let between = seconds(failures, 100);
            assert!(least < between && between < most, "{failures}: {between}");
        }
    }
}
