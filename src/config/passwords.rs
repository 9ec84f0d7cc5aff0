//! `[passwords]`: what hashing them costs, and which ones are good enough.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults::Problems;

/// What hashing passwords costs (Argon2id, RFC 9106), and which ones are good enough.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    /// Memory of one hash, in KiB.
    #[schemars(
        range(min = 7168, max = 1_048_576),
        extend("because" = "less is cheap to attack, and more runs the server out of memory")
    )]
    pub memory_kibibytes: u32,
    /// Passes over that memory.
    #[schemars(
        range(min = 1, max = 100),
        extend("because" = "more makes a login take seconds")
    )]
    pub iterations: u32,
    /// Lanes of that memory.
    #[schemars(
        range(min = 1, max = 16),
        extend("because" = "more lanes than cores help only an attacker")
    )]
    pub parallelism: u32,
    /// Threads that hash; everything else keeps the other cores.
    #[schemars(
        range(min = 1, max = 64),
        extend("because" = "each needs a core and the memory of a hash")
    )]
    pub threads: usize,
    /// Log-ins that may wait for a thread; those beyond are told that the server is overloaded.
    #[schemars(
        range(min = 1, max = 10_000),
        extend("because" = "whoever waits longer has gone away")
    )]
    pub queue_length: usize,
    /// Characters that a new password has at least; 15 is advised where it is the only factor.
    #[schemars(
        range(min = 8, max = 64),
        extend("because" = "NIST SP 800-63B-4 allows no less, and wants 64 to be enough")
    )]
    pub min_length: usize,
    /// Characters that a password has at most.
    #[schemars(
        range(min = 64, max = 1024),
        extend("because" = "NIST SP 800-63B-4 wants 64 allowed, and hashing has to be bounded")
    )]
    pub max_length: usize,
    /// Strength that a new password has at least, as zxcvbn guesses it.
    #[schemars(
        range(min = 0, max = 4),
        extend("because" = "that is zxcvbn's scale")
    )]
    pub min_score: u8,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            memory_kibibytes: 19_456,
            iterations: 2,
            parallelism: 1,
            threads: 1,
            queue_length: 64,
            min_length: 8,
            max_length: 256,
            min_score: 3,
        }
    }
}

/// Memory in KiB and the passes that it needs at least: equivalent by OWASP's Password Storage Cheat Sheet.
const CHEAPEST: [(u32, u32); 5] = [
    (47_104, 1),
    (19_456, 2),
    (12_288, 3),
    (9_216, 4),
    (7_168, 5),
];

impl Passwords {
    pub(super) fn check(&self, problems: &mut Problems) {
        let (memory, iterations) = (self.memory_kibibytes, self.iterations);
        if !CHEAPEST
            .iter()
            .any(|&(enough, passes)| memory >= enough && iterations >= passes)
        {
            let choices = CHEAPEST
                .map(|(enough, passes)| format!("{enough} and {passes}"))
                .join(", ");
            problems.add(
                &["passwords.memory_kibibytes", "passwords.iterations"],
                format!(
                    "memory_kibibytes = {memory} with iterations = {iterations} is cheaper to attack than OWASP allows: \
                     take at least one of {choices}"
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashing_is_never_cheaper_than_owasp_allows() {
        for (memory_kibibytes, iterations, accepted) in [
            (19_456, 2, true),
            (19_455, 2, false),
            (19_456, 1, false),
            (47_104, 1, true),
            (12_288, 3, true),
            (12_288, 2, false),
            (9_216, 4, true),
            (7_168, 5, true),
            (7_168, 4, false),
            (65_536, 3, true),
        ] {
            let passwords = Passwords {
                memory_kibibytes,
                iterations,
                ..Passwords::default()
            };
            let told = Problems::collect(|problems| passwords.check(problems));
            assert_eq!(told.is_empty(), accepted, "{memory_kibibytes} {iterations}");
        }
    }
}
