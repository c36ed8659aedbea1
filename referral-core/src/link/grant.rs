//! A grant: the permission to make signed links offline, as a device holds it.
//!
//! Whoever takes the key out of the device can make links for the owner of the grant, and nothing else: who that is, is
//! said by the grant's record and not by the link.

use std::fmt;

use super::token::derive_grant_key;
use super::{LinkToken, SealedToken, refuse};
use crate::error::Error;
use crate::value::{CampaignId, GrantId, Keyring, LinkHost, Secret, TenantId, Timestamp};

/// A device's permission to make links for its owner without a network.
///
/// ```
/// use referral_core::link::Grant;
/// use referral_core::value::{CampaignId, GrantId, KeyState, Keyring, Secret, TenantId, Timestamp};
/// # let keyring = Keyring::builder()
/// #     .link_key(1, Secret::new([1; 32]), KeyState::Active)
/// #     .alias_key(Secret::new([2; 32]))
/// #     .lookup_key(Secret::new([3; 32]))
/// #     .build()?;
/// // On the server:
/// let (tenant, host) = (TenantId::default(), "go.shop.example".parse()?);
/// let mut grant = Grant::issue(&keyring, &tenant, CampaignId(7), GrantId([9; 8]), host);
/// // On the device, offline:
/// let at: Timestamp = "2026-05-01T09:30:00Z".parse()?;
/// let (first, second) = (grant.mint(at)?, grant.mint(at)?);
/// // On the server again:
/// assert_eq!(first.verify(&keyring, &tenant, &grant.link_host)?.counter, 0);
/// assert_eq!(second.verify(&keyring, &tenant, &grant.link_host)?.counter, 1);
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which grant it is.
    pub grant: GrantId,
    /// The campaign that its links are for.
    pub campaign: CampaignId,
    /// The link root that its key was derived from.
    pub key_id: u8,
    /// The host name of its links.
    pub link_host: LinkHost,
    /// The key that it signs with. The device keeps it where it keeps secrets.
    pub key: Secret,
    /// The number of its next link. The device stores it raised by one before it hands the link out.
    pub counter: u32,
}

impl Grant {
    /// The grant as it is handed to a device, under the active link root.
    #[must_use]
    pub fn issue(
        keyring: &Keyring,
        tenant: &TenantId,
        campaign: CampaignId,
        grant: GrantId,
        link_host: LinkHost,
    ) -> Self {
        let (key_id, link_key) = keyring.active_link_key();
        let key = derive_grant_key(link_key, tenant, grant);
        Self { grant, campaign, key_id, link_host, key, counter: 0 }
    }

    /// The next link, made at the time `at` by the device's clock.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] if the grant has made as many links as it can count, or as [`LinkToken::new`].
    pub fn mint(&mut self, at: Timestamp) -> Result<SealedToken, Error> {
        let next = self.counter.checked_add(1).ok_or_else(|| refuse("token", "its grant is used up"))?;
        let token = LinkToken::new(self.key_id, self.campaign, self.grant, at, self.counter)?;
        let sealed = token.seal(&self.key, &self.link_host)?;
        self.counter = next;
        Ok(sealed)
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant({}, campaign {}, counter {}, ..)", self.grant, self.campaign, self.counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            grant: GrantId([0xab; 8]),
            campaign: CampaignId(7),
            key_id: 1,
            link_host: "go.shop.example".parse().unwrap(),
            key: Secret::new([0x77; 32]),
            counter: 5,
        }
    }

    #[test]
    fn a_link_that_cannot_be_made_uses_no_number() {
        let mut grant = grant();
        assert!(grant.mint(Timestamp::FIRST).is_err());
        assert_eq!(grant.counter, 5);
        grant.mint("2026-05-01T09:30:00Z".parse().unwrap()).unwrap();
        assert_eq!(grant.counter, 6);
    }

    #[test]
    fn a_grant_never_makes_the_same_link_twice() {
        let mut grant = Grant { counter: u32::MAX, ..grant() };
        assert!(grant.mint("2026-05-01T09:30:00Z".parse().unwrap()).is_err());
        assert_eq!(grant.counter, u32::MAX);
    }

    #[test]
    fn the_key_of_a_grant_never_prints() {
        assert_eq!(format!("{:?}", grant()), "Grant(abababababababab, campaign 7, counter 5, ..)");
    }
}
