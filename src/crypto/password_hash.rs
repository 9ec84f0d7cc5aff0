//! Password hashes: Argon2id (RFC 9106) in PHC strings.

use std::sync::OnceLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use crate::crypto::random;
use crate::model::secret::Password;

/// What hashing costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub memory_kibibytes: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

/// Hashes with one cost, verifies with any.
#[derive(Clone, Debug)]
pub struct Hasher {
    parameters: Params,
    /// Nobody's hash, made when it is first needed.
    decoy: OnceLock<String>,
}

/// The cost is not one that Argon2 knows.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("Argon2id can't be run at this cost: {0}")]
pub struct BadCost(argon2::Error);

impl Hasher {
    pub fn new(cost: Cost) -> Result<Self, BadCost> {
        let Cost {
            memory_kibibytes,
            iterations,
            parallelism,
        } = cost;
        let parameters =
            Params::new(memory_kibibytes, iterations, parallelism, None).map_err(BadCost)?;
        Ok(Self {
            parameters,
            decoy: OnceLock::new(),
        })
    }

    /// A PHC string of the password and a new salt.
    #[must_use]
    pub fn hash(&self, password: &Password) -> String {
        self.hash_bytes(password.expose().as_bytes())
    }

    /// Whether the password is the one that was hashed. A string that is no hash matches nothing.
    #[must_use]
    pub fn verify(&self, password: &Password, hash: &str) -> bool {
        self.argon2()
            .verify_password(password.expose().as_bytes(), hash)
            .is_ok()
    }

    /// Takes as long as [`Self::verify`] and finds nothing: what is done for a user who isn't
    /// there, so that the clock doesn't tell.
    pub fn verify_nothing(&self, password: &Password) {
        let _never = self.verify(password, self.decoy());
    }

    /// Takes the time by which verifying this hash was cheaper than today's would be: else the
    /// clock would tell a user with an old hash from nobody. Time goes with memory times
    /// iterations.
    pub fn make_up_for(&self, password: &Password, hash: &str) {
        let Some(missing) = self.missing_work(hash) else {
            return;
        };
        let (iterations, lanes) = (self.parameters.t_cost(), self.parameters.p_cost());
        if let Ok(parameters) = Params::new(missing / iterations, iterations, lanes, None) {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
            drop(argon2.hash_password(password.expose().as_bytes()));
        }
    }

    /// In kibibytes times iterations.
    fn missing_work(&self, hash: &str) -> Option<u32> {
        let old = Params::try_from(&PasswordHash::new(hash).ok()?).ok()?;
        let work = |cost: &Params| cost.m_cost().saturating_mul(cost.t_cost());
        work(&self.parameters).checked_sub(work(&old))
    }

    /// Whether the hash was made at another cost than today's.
    #[must_use]
    pub fn is_outdated(&self, hash: &str) -> bool {
        let Ok(hash) = PasswordHash::new(hash) else {
            return false;
        };
        let Ok(old) = Params::try_from(&hash) else {
            return true;
        };
        let cost = |of: &Params| (of.m_cost(), of.t_cost(), of.p_cost());
        hash.algorithm != Algorithm::Argon2id.ident() || cost(&old) != cost(&self.parameters)
    }

    /// Nobody's hash, made if it isn't there yet.
    pub fn decoy(&self) -> &str {
        self.decoy
            .get_or_init(|| self.hash_bytes(&random::bytes::<32>()))
    }

    fn hash_bytes(&self, password: &[u8]) -> String {
        let hash = self.argon2().hash_password(password);
        hash.expect("these parameters have been tried, and passwords are short")
            .to_string()
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.parameters.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(iterations: u32) -> Hasher {
        let cost = Cost {
            memory_kibibytes: 8,
            iterations,
            parallelism: 1,
        };
        Hasher::new(cost).expect("a cheap cost")
    }

    #[test]
    fn a_password_matches_its_hash_alone() {
        let hasher = hasher(1);
        let password = Password::new(" Pässwörd ".to_owned());
        let hash = hasher.hash(&password);
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(hasher.verify(&password, &hash));
        assert_ne!(
            hash,
            hasher.hash(&password),
            "each hash has a salt of its own"
        );
        for other in ["pässwörd", " Pässwörd", ""] {
            assert!(!hasher.verify(&Password::new(other.to_owned()), &hash));
        }
        assert!(!hasher.verify(&password, "no hash"));
    }

    #[test]
    fn every_byte_of_a_long_password_counts() {
        let hasher = hasher(1);
        let long = "a".repeat(255);
        let hash = hasher.hash(&Password::new(format!("{long}b")));
        assert!(!hasher.verify(&Password::new(format!("{long}c")), &hash));
    }

    #[test]
    fn a_hash_of_another_cost_is_outdated() {
        let cheap = hasher(1).hash(&Password::new("x".to_owned()));
        assert!(hasher(2).is_outdated(&cheap));
        assert!(!hasher(1).is_outdated(&cheap));
    }
}
