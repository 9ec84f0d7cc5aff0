//! Chance that can be had again: numbers from a seed.

use std::time::Duration;

/// One row of numbers (`SplitMix64`). Whoever acts has a row of their own, so that one's haste
/// changes nobody else's choices.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64, row: u64) -> Self {
        Self(seed.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ row.wrapping_mul(0xAEF1_7502_108E_F2D9))
    }

    pub(crate) const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("it is short");
        usize::try_from(self.number() % end).expect("it is less than a usize was")
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, things: &'t [T]) -> Option<&'t T> {
        (!things.is_empty()).then(|| &things[self.below(things.len())])
    }

    pub(crate) fn milliseconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.number() % (to - from))
    }
}

#[test]
fn the_same_seed_gives_the_same_numbers_and_each_row_its_own() {
    let row = |seed, row| {
        let mut chance = Chance::new(seed, row);
        [0; 8].map(|_: u64| chance.number())
    };
    assert_eq!(row(1, 2), row(1, 2));
    assert_ne!(row(1, 2), row(1, 3));
    assert_ne!(row(1, 2), row(2, 2));
}
