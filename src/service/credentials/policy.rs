//! Which passwords are good enough (NIST SP 800-63B-4, section 3.1.1.2).

use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

use crate::model::secret::Password;

/// How many characters are judged: the time that it takes grows with their square, and the rest
/// can only make a password better.
const JUDGED: usize = 40;

/// Words that an attacker would try first here.
const CONTEXT: [&str; 3] = ["cardea", "login", "password"];

/// Lengths are in characters (Unicode scalar values). No composition rules, no rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    pub min_length: usize,
    pub max_length: usize,
    /// zxcvbn's score, 0 to 4.
    pub min_score: u8,
}

/// What an attacker knows of a person: none of it makes a good password.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    pub email: String,
    pub username: Option<String>,
    pub display_name: Option<String>,
}

/// Why a password is not good enough.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error("The password needs at least {0} characters.")]
    TooShort(usize),
    #[error("The password may have at most {0} characters.")]
    TooLong(usize),
    /// With the reason, in English, for the person.
    #[error("The password is too easy to guess. {0}")]
    TooGuessable(String),
}

impl PasswordPolicy {
    pub(super) fn check_length(&self, password: &Password) -> Result<(), Weakness> {
        if !self.check_length_bound(password) {
            return Err(Weakness::TooLong(self.max_length));
        }
        if password.expose().chars().count() < self.min_length {
            return Err(Weakness::TooShort(self.min_length));
        }
        Ok(())
    }

    /// Whether it isn't too long: hashing must be bounded.
    pub(super) fn check_length_bound(&self, password: &Password) -> bool {
        password.expose().chars().nth(self.max_length).is_none()
    }

    pub(super) fn check_strength(
        &self,
        password: &Password,
        identity: &Identity,
    ) -> Result<(), Weakness> {
        let judged: String = password.expose().chars().take(JUDGED).collect();
        let entropy = zxcvbn(&Zeroizing::new(judged), &identity.words());
        if u8::from(entropy.score()) >= self.min_score {
            return Ok(());
        }
        let advice = entropy
            .feedback()
            .map(ToString::to_string)
            .unwrap_or_default();
        let advice = if advice.is_empty() {
            "Use more, and less common, words.".to_owned()
        } else {
            advice
        };
        Err(Weakness::TooGuessable(advice))
    }
}

impl Identity {
    fn words(&self) -> Vec<&str> {
        let names = [
            Some(self.email.as_str()),
            self.username.as_deref(),
            self.display_name.as_deref(),
        ];
        let names = names.into_iter().flatten();
        let parts = names
            .clone()
            .flat_map(|name| name.split(|c: char| !c.is_alphanumeric()));
        CONTEXT
            .into_iter()
            .chain(names.clone())
            .chain(parts)
            .filter(|word| !word.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: PasswordPolicy = PasswordPolicy {
        min_length: 8,
        max_length: 256,
        min_score: 3,
    };

    fn judge(text: &str) -> Result<(), Weakness> {
        let identity = Identity {
            email: "wilhelmina.tenenbaum@example.com".to_owned(),
            username: Some("velvetunderpass".to_owned()),
            display_name: None,
        };
        let password = Password::new(text.to_owned());
        POLICY
            .check_length(&password)
            .and_then(|()| POLICY.check_strength(&password, &identity))
    }

    #[test]
    fn good_passwords_of_any_script_and_length_pass() {
        let longest = "k7 Qw!".repeat(42) + "zzzz";
        for good in [
            "correct horse battery staple",
            "пурпурный тостер 42",
            "😀🦊🐙🚲🎻🪐🧵🗿🥁🛶",
            &longest,
        ] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert_eq!(judge("Ünïcödé"), Err(Weakness::TooShort(8)));
        assert_eq!(judge(&"ü".repeat(257)), Err(Weakness::TooLong(256)));
    }

    #[test]
    fn common_passwords_and_the_persons_own_words_are_refused() {
        for bad in [
            "password",
            "Password1!",
            "qwertyuiop",
            "iloveyou123",
            "12345678",
            "aaaaaaaaaaaa",
            "velvetunderpass",
            "wilhelmina.tenenbaum@example.com",
            "tenenbaum1",
            "cardeacardea",
        ] {
            assert!(
                matches!(judge(bad), Err(Weakness::TooGuessable(_))),
                "{bad}"
            );
        }
    }
}
