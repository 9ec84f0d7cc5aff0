//! Known devices: a browser that has logged in keeps a token that says so (OWASP, "Slow Down Online
//! Guessing Attacks with Device Cookies").

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;

use crate::crypto::mac::MacKey;
use crate::crypto::random;
use crate::model::id::UserId;
use crate::model::secret::DeviceToken;

/// How long a device is known after its last login.
pub(super) const DEVICE_LIFETIME: Duration = Duration::from_hours(24 * 365);

/// A device's number, the second of its last login, and the tag that binds both to the user.
const TOKEN_LENGTH: usize = 16 + 8 + MacKey::TAG_LENGTH;

/// Recognises devices, and is the only one who can make them known.
pub(super) struct Devices(MacKey);

/// Which of a user's devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Device(pub(super) [u8; 16]);

impl Devices {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(MacKey::new(key))
    }

    /// The token of a device at which the user has just logged in; a new one, unless it is known.
    pub(super) fn issue(
        &self,
        user: UserId,
        known: Option<Device>,
        now: OffsetDateTime,
    ) -> DeviceToken {
        let Device(number) = known.unwrap_or_else(|| Device(random::bytes()));
        let seen = now.unix_timestamp().to_be_bytes();
        let tag = self.0.tag(&[user.0.as_bytes(), &number, &seen]);
        DeviceToken::new(URL_SAFE_NO_PAD.encode([&number[..], &seen, &tag].concat()))
    }

    /// Which device of this user this is; `None` for anything that we didn't make for him, and for
    /// what is too old.
    pub(super) fn recognise(
        &self,
        user: UserId,
        token: &DeviceToken,
        now: OffsetDateTime,
    ) -> Option<Device> {
        let mut bytes = [0; TOKEN_LENGTH];
        let length = URL_SAFE_NO_PAD.decode_slice(token.expose(), &mut bytes);
        let (number, rest) = bytes.split_first_chunk()?;
        let (seen, tag) = rest.split_first_chunk()?;
        let is_ours =
            length == Ok(TOKEN_LENGTH) && self.0.verifies(&[user.0.as_bytes(), number, seen], tag);
        let seen = OffsetDateTime::from_unix_timestamp(i64::from_be_bytes(*seen)).ok()?;
        (is_ours && now < seen + DEVICE_LIFETIME).then_some(Device(*number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_device_is_known_to_its_user_for_a_year() {
        let devices = Devices::new(&[1; 32]);
        let (alice, bob) = (UserId::new(), UserId::new());
        let token = devices.issue(alice, None, NOW);
        let device = devices.recognise(alice, &token, NOW);
        assert!(device.is_some());
        assert_eq!(devices.recognise(bob, &token, NOW), None);
        let other_key = Devices::new(&[2; 32]);
        assert_eq!(other_key.recognise(alice, &token, NOW), None);
        let last = NOW + DEVICE_LIFETIME - Duration::from_secs(1);
        assert_eq!(devices.recognise(alice, &token, last), device);
        let over = NOW + DEVICE_LIFETIME;
        assert_eq!(devices.recognise(alice, &token, over), None);
        // A login renews it, and it stays the same device.
        let renewed = devices.issue(alice, device, last);
        assert_eq!(devices.recognise(alice, &renewed, over), device);
        let another = devices.issue(alice, None, NOW);
        assert_ne!(devices.recognise(alice, &another, NOW), device);
    }

    #[test]
    fn what_we_did_not_make_is_nobodys_device() {
        let devices = Devices::new(&[1; 32]);
        let alice = UserId::new();
        let token = devices.issue(alice, None, NOW);
        let text = token.expose();
        for index in 0..text.len() {
            let other = if &text[index..=index] == "A" {
                "B"
            } else {
                "A"
            };
            let changed = format!("{}{other}{}", &text[..index], &text[index + 1..]);
            let changed = DeviceToken::new(changed);
            assert_eq!(devices.recognise(alice, &changed, NOW), None, "{index}");
        }
        for text in [
            "",
            "A",
            "\u{e4}",
            &text[1..],
            &format!("{text}A"),
            &format!("{text}="),
            &"A".repeat(text.len()),
            &"A".repeat(100_000),
        ] {
            let token = DeviceToken::new(text.to_owned());
            assert_eq!(devices.recognise(alice, &token, NOW), None, "{text}");
        }
    }
}
