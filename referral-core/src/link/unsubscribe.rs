//! The token with which a person unsubscribes: 33 bytes in every mail, good for ever.
//!
//! ```text
//! byte    0             1..17        17..33
//!         version·type  participant  tag
//! ```
//!
//! Version (high four bits) is 1, type (low four bits) is 4; written as 44 characters of base64url. It is stored nowhere:
//! the tag is derived by the lookup key when a mail is handed over. All that its holder can do is end the mails to one
//! person, so it neither expires nor is used up: people unsubscribe by mails that are years old, and mail programs click
//! twice.

use std::fmt;
use std::str::FromStr;

use constant_time_eq::constant_time_eq_16;

use super::{mailed, refuse};
use crate::error::Error;
use crate::value::{Keyring, ParticipantId, TenantId};

/// Version 1, type 4.
const VERSION_AND_TYPE: u8 = 0x14;
const PURPOSE: &str = "unsubscribe";

/// The token with which a person unsubscribes, verified or not.
///
/// ```
/// use referral_core::link::UnsubscribeToken;
/// use referral_core::value::{KeyState, Keyring, ParticipantId, Secret, TenantId};
/// let keyring = Keyring::builder()
///     .link_key(1, Secret::new([1; 32]), KeyState::Active)
///     .alias_key(Secret::new([2; 32]))
///     .lookup_key(Secret::new([3; 32]))
///     .build()?;
/// let ada: ParticipantId = "019a0000-0000-7000-8000-000000000001".parse()?;
/// let token = UnsubscribeToken::derive(&keyring, &TenantId::default(), ada);
///
/// let received: UnsubscribeToken = token.expose().parse()?;
/// assert_eq!(received.verify(&keyring, &TenantId::default())?, ada);
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct UnsubscribeToken {
    participant: ParticipantId,
    tag: [u8; 16],
}

impl UnsubscribeToken {
    /// The good token of a person.
    #[must_use]
    pub fn derive(keyring: &Keyring, tenant: &TenantId, participant: ParticipantId) -> Self {
        Self { participant, tag: keyring.lookup_tag(tenant, PURPOSE, participant.0.as_bytes()) }
    }

    /// The person whose token it is. Compared in constant time.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] if it was not derived under this keyring for this tenant.
    pub fn verify(&self, keyring: &Keyring, tenant: &TenantId) -> Result<ParticipantId, Error> {
        if constant_time_eq_16(&self.tag, &Self::derive(keyring, tenant, self.participant).tag) {
            return Ok(self.participant);
        }
        Err(Self::unknown())
    }

    /// What one that was sent to nobody is refused with.
    pub(crate) fn unknown() -> Error {
        refuse("unsubscribe token", "is none that was sent")
    }

    /// The 44 characters that a mail carries.
    #[must_use]
    pub fn expose(&self) -> String {
        mailed::write(VERSION_AND_TYPE, self.participant.0, &self.tag)
    }
}

impl FromStr for UnsubscribeToken {
    type Err = Error;
    /// # Errors
    /// [`Error::InvalidLink`] if it is none. The message never quotes the input.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (id, tag) = mailed::read("unsubscribe token", VERSION_AND_TYPE, text)?;
        Ok(Self { participant: ParticipantId(id), tag })
    }
}

impl fmt::Debug for UnsubscribeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnsubscribeToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{KeyState, Secret};

    fn keyring(lookup: u8) -> Keyring {
        let builder = Keyring::builder().link_key(1, Secret::new([1; 32]), KeyState::Active);
        builder.alias_key(Secret::new([2; 32])).lookup_key(Secret::new([lookup; 32])).build().unwrap()
    }

    #[test]
    fn every_changed_character_another_key_and_another_tenant_are_refused() {
        let ada: ParticipantId = "019a0000-0000-7000-8000-000000000001".parse().unwrap();
        let (one, two) = (TenantId::default(), TenantId::new("two").unwrap());
        let text = UnsubscribeToken::derive(&keyring(3), &one, ada).expose();
        let good = |text: &str, lookup: u8, tenant: &TenantId| {
            text.parse::<UnsubscribeToken>().and_then(|token| token.verify(&keyring(lookup), tenant))
        };
        assert_eq!(good(&format!(" {text}\n"), 3, &one), Ok(ada));
        assert!(good(&text, 4, &one).is_err() && good(&text, 3, &two).is_err());
        for at in 0..text.len() {
            for other in "ABab01-_".chars().filter(|other| !text[at..].starts_with(*other)) {
                let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                assert_eq!(good(&changed, 3, &one).unwrap_err().code(), "invalid_link", "{changed}");
            }
        }
        for text in ["", "x", &"A".repeat(43), &"A".repeat(44), &"A".repeat(45), &"é".repeat(22)] {
            let error = good(text, 3, &one).unwrap_err();
            assert_eq!(error.code(), "invalid_link");
        }
    }
}
