//! The states that were seen, each with its number: a hash table of numbers beside one list.

use std::hash::{Hash, Hasher};
use std::mem;

/// States, numbered in the order in which they came.
pub(super) struct Seen<S> {
    states: Vec<S>,
    /// A power of two of places, at most half of them taken.
    table: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    /// The number of a state, or [`Self::FREE`].
    number: u32,
    /// A part of its hash: most other states are told apart by it, and nothing is hashed twice.
    mark: u32,
}

impl Place {
    const FREE: Self = Self {
        number: u32::MAX,
        mark: 0,
    };

    const fn is_free(self) -> bool {
        self.number == Self::FREE.number
    }

    /// Where to look for it first, in a table of this size.
    const fn home(self, places: usize) -> usize {
        self.mark as usize & (places - 1)
    }
}

impl<S> Default for Seen<S> {
    fn default() -> Self {
        Self {
            states: Vec::new(),
            table: vec![Place::FREE; 1 << 10],
        }
    }
}

impl<S: Copy + Eq + Hash> Seen<S> {
    pub(super) const fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn get(&self, number: u32) -> Option<S> {
        self.states.get(number as usize).copied()
    }

    /// The number of a state; `None` if it was not seen.
    pub(super) fn find(&self, state: &S) -> Option<u32> {
        let place = self.table[self.place(state, mark(state))];
        (!place.is_free()).then_some(place.number)
    }

    /// The number of a state that is new; `None` if it was seen before.
    pub(super) fn insert(&mut self, state: S) -> Option<u32> {
        let mark = mark(&state);
        let place = self.place(&state, mark);
        if !self.table[place].is_free() {
            return None;
        }
        let number = u32::try_from(self.states.len()).expect("no memory holds so many states");
        self.table[place] = Place { number, mark };
        self.states.push(state);
        if self.states.len() * 2 > self.table.len() {
            self.grow();
        }
        Some(number)
    }

    /// Where a state is, or would be.
    fn place(&self, state: &S, mark: u32) -> usize {
        let wanted = Place { number: 0, mark };
        let mut at = wanted.home(self.table.len());
        loop {
            let place = self.table[at];
            let is_it = || place.mark == mark && self.states[place.number as usize] == *state;
            if place.is_free() || is_it() {
                return at;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    fn grow(&mut self) {
        let places = self.table.len() * 2;
        let before = mem::replace(&mut self.table, vec![Place::FREE; places]);
        for place in before.into_iter().filter(|place| !place.is_free()) {
            let mut at = place.home(places);
            while !self.table[at].is_free() {
                at = (at + 1) & (places - 1);
            }
            self.table[at] = place;
        }
    }
}

fn mark(state: &impl Hash) -> u32 {
    let mut hasher = Mixing::default();
    state.hash(&mut hasher);
    let hash = hasher.finish();
    u32::try_from(hash >> 32).expect("half of the bits are left")
}

/// Odd, and without a pattern in its bits: the golden ratio's.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Eight small numbers at a time, for that is what states are made of. Nobody chooses them to collide.
#[derive(Default)]
struct Mixing {
    mixed: u64,
    waiting: u64,
    bits: u32,
}

impl Hasher for Mixing {
    fn finish(&self) -> u64 {
        let all = (self.mixed ^ self.waiting).wrapping_mul(MULTIPLIER);
        (all ^ (all >> 29)).wrapping_mul(MULTIPLIER)
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.waiting |= u64::from(number) << self.bits;
        self.bits += u8::BITS;
        if self.bits == u64::BITS {
            let mixed = (self.mixed ^ self.waiting).wrapping_mul(MULTIPLIER);
            self.mixed = mixed ^ (mixed >> 32);
            self.waiting = 0;
            self.bits = 0;
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u8(byte);
        }
    }

    /// Which variant of an enum it is: there are fewer than 256.
    #[inline]
    fn write_isize(&mut self, variant: isize) {
        self.write_u8(variant.to_le_bytes()[0]);
    }

    /// The lengths of arrays are the same in all states.
    fn write_usize(&mut self, _: usize) {}
}
