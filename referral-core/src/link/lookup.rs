//! The token of a lookup: 33 bytes that whoever asked to check their referrals gets by email.
//!
//! ```text
//! byte    0             1..17    17..33
//!         version·type  lookup   tag
//! ```
//!
//! Version (high four bits) is 1, type (low four bits) is 3; written as 44 characters of base64url. It is stored nowhere:
//! the tag is derived from the lookup's id by the lookup key when the notification is handed over, and again when the token
//! comes back. It is single-use because the lookup's record remembers that it was used, not because of anything in here.

use std::fmt;
use std::str::FromStr;

use constant_time_eq::constant_time_eq_16;

use super::mailed;
use crate::error::Error;
use crate::value::{Keyring, LookupId, TenantId};

/// Version 1, type 3.
const VERSION_AND_TYPE: u8 = 0x13;
const PURPOSE: &str = "token";

/// The token of a lookup, verified or not. Whoever holds a good one sees a person's referrals: it never prints.
///
/// ```
/// use referral_core::link::LookupToken;
/// use referral_core::value::{KeyState, Keyring, LookupId, Secret, TenantId};
/// let keyring = Keyring::builder()
///     .link_key(1, Secret::new([1; 32]), KeyState::Active)
///     .alias_key(Secret::new([2; 32]))
///     .lookup_key(Secret::new([3; 32]))
///     .build()?;
/// let lookup: LookupId = "019a0000-0000-7000-8000-000000000001".parse()?;
/// let token = LookupToken::derive(&keyring, &TenantId::default(), lookup);
///
/// let received: LookupToken = token.expose().parse()?;
/// assert!(received.is_good(&keyring, &TenantId::default()));
/// assert_eq!(format!("{received:?}"), "LookupToken(..)");
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct LookupToken {
    lookup: LookupId,
    tag: [u8; 16],
}

impl LookupToken {
    /// The good token of a lookup.
    #[must_use]
    pub fn derive(keyring: &Keyring, tenant: &TenantId, lookup: LookupId) -> Self {
        Self { lookup, tag: keyring.lookup_tag(tenant, PURPOSE, lookup.0.as_bytes()) }
    }

    /// The lookup that it names.
    #[must_use]
    pub fn lookup(&self) -> LookupId {
        self.lookup
    }

    /// Whether it was derived under this keyring for this tenant. Compared in constant time.
    #[must_use]
    pub fn is_good(&self, keyring: &Keyring, tenant: &TenantId) -> bool {
        constant_time_eq_16(&self.tag, &Self::derive(keyring, tenant, self.lookup).tag)
    }

    /// The 44 characters that are sent.
    #[must_use]
    pub fn expose(&self) -> String {
        mailed::write(VERSION_AND_TYPE, self.lookup.0, &self.tag)
    }
}

impl FromStr for LookupToken {
    type Err = Error;
    /// # Errors
    /// [`Error::InvalidLink`] if it is none. The message never quotes the input.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (id, tag) = mailed::read("lookup token", VERSION_AND_TYPE, text)?;
        Ok(Self { lookup: LookupId(id), tag })
    }
}

impl fmt::Debug for LookupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupToken(..)")
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
    fn every_changed_character_is_refused() {
        let (keyring, tenant) = (keyring(3), TenantId::default());
        let good = LookupToken::derive(&keyring, &tenant, LookupId(uuid::Uuid::from_u128(7))).expose();
        let is_good = |text: &str| text.parse::<LookupToken>().is_ok_and(|token| token.is_good(&keyring, &tenant));
        assert!(is_good(&good) && is_good(&format!(" {good}\n")));
        for at in 0..good.len() {
            for other in b"Aa0-_=" {
                let mut bytes = good.clone().into_bytes();
                if bytes[at] != *other {
                    bytes[at] = *other;
                    assert!(!is_good(std::str::from_utf8(&bytes).unwrap()), "{at}");
                }
            }
        }
    }

    #[test]
    fn a_token_of_another_tenant_or_key_is_none() {
        let lookup = LookupId(uuid::Uuid::from_u128(7));
        let token = LookupToken::derive(&keyring(3), &TenantId::default(), lookup);
        assert!(!token.is_good(&keyring(4), &TenantId::default()));
        assert!(!token.is_good(&keyring(3), &TenantId::new("two").unwrap()));
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_quoted() {
        for text in ["", "hunter2", &"A".repeat(44), &"E".repeat(43), &"é".repeat(22), &"=".repeat(44)] {
            let error = text.parse::<LookupToken>().unwrap_err();
            assert_eq!(error.to_string(), "lookup token: is not 44 characters of the form that was sent");
        }
    }
}
