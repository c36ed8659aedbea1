//! The claim link: what a device makes that never was online, and so has no grant.
//!
//! ```text
//! byte    0            1          2..6      6..18
//!         version·type link host  campaign  commitment
//! ```
//!
//! Version 1, type 2. Numbers are big endian; the link host is a number that the tenant assigned. Written as 24 characters
//! of base64url. With `len(x)` for the length of `x` in eight bytes, little endian:
//!
//! ```text
//! commitment = BLAKE3(len(label) ‖ label ‖ len(tenant) ‖ tenant ‖ campaign ‖ secret)[..12]
//! label      = "referrals claim link 1"
//! ```
//!
//! The link proves nothing by itself. It waits unclaimed until the device reveals the secret, which only it can know.

use std::fmt;
use std::str::FromStr;

use constant_time_eq::constant_time_eq_n;
use data_encoding::BASE64URL_NOPAD;

use super::refuse;
use crate::error::Error;
use crate::value::digest::Digest;
use crate::value::{CampaignId, Secret, TenantId};

const LABEL_COMMITMENT: &str = "referrals claim link 1";
/// Version 1, type 2.
const VERSION_AND_TYPE: u8 = 0x12;
const CLAIM_CHARS: usize = 24;

/// A link that will belong to whoever reveals the secret behind its commitment first.
///
/// ```
/// use referral_core::link::ClaimLink;
/// use referral_core::value::{CampaignId, Secret, TenantId};
/// let (tenant, secret) = (TenantId::default(), Secret::new([5; 32]));
/// let link = ClaimLink::new(0, &tenant, CampaignId(7), &secret);
/// let received: ClaimLink = link.to_string().parse()?;
/// assert!(received.check_reveal(&tenant, &secret).is_ok());
/// assert!(received.check_reveal(&tenant, &Secret::new([6; 32])).is_err());
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimLink {
    /// The number of the host name that it opens at.
    pub link_host: u8,
    /// The campaign.
    pub campaign: CampaignId,
    /// What the secret must hash to.
    pub commitment: [u8; 12],
}

impl ClaimLink {
    /// The link of a device that drew `secret` and keeps it.
    #[must_use]
    pub fn new(link_host: u8, tenant: &TenantId, campaign: CampaignId, secret: &Secret) -> Self {
        Self { link_host, campaign, commitment: commitment(tenant, campaign, secret) }
    }

    /// Whether `secret` is the one that this link was made with.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] if it is not.
    pub fn check_reveal(&self, tenant: &TenantId, secret: &Secret) -> Result<(), Error> {
        if constant_time_eq_n(&commitment(tenant, self.campaign, secret), &self.commitment) {
            return Ok(());
        }
        Err(refuse("claim link", "it was not made with this secret"))
    }
}

fn commitment(tenant: &TenantId, campaign: CampaignId, secret: &Secret) -> [u8; 12] {
    let digest = Digest::open(LABEL_COMMITMENT).text(tenant.as_str());
    digest.fixed(&campaign.0.to_be_bytes()).fixed(secret.expose()).finish()
}

impl FromStr for ClaimLink {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() != CLAIM_CHARS {
            return Err(refuse("claim link", format!("does not have {CLAIM_CHARS} characters")));
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
        let bytes = bytes.map_err(|_| refuse("claim link", "has a character that is not of base64url"))?;
        match *bytes.as_slice() {
            [VERSION_AND_TYPE, link_host, a, b, c, d, ref commitment @ ..] => Ok(Self {
                link_host,
                campaign: CampaignId(u32::from_be_bytes([a, b, c, d])),
                commitment: commitment.try_into().map_err(|_| refuse("claim link", "does not have 18 bytes"))?,
            }),
            _ => Err(refuse("claim link", "is of a version or type that is not known")),
        }
    }
}

impl fmt::Display for ClaimLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![VERSION_AND_TYPE, self.link_host];
        bytes.extend_from_slice(&self.campaign.0.to_be_bytes());
        bytes.extend_from_slice(&self.commitment);
        f.write_str(&BASE64URL_NOPAD.encode(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reveal_holds_only_for_its_tenant_campaign_and_secret() {
        let (tenant, other) = (TenantId::default(), TenantId::new("other").unwrap());
        let secret = Secret::new([5; 32]);
        let link = ClaimLink::new(3, &tenant, CampaignId(7), &secret);
        assert_eq!(link.to_string().len(), 24);
        assert_eq!(link.to_string().parse(), Ok(link));
        assert!(link.check_reveal(&tenant, &secret).is_ok());
        assert!(link.check_reveal(&other, &secret).is_err());
        assert!(link.check_reveal(&tenant, &Secret::new([4; 32])).is_err());
        assert!(ClaimLink { campaign: CampaignId(8), ..link }.check_reveal(&tenant, &secret).is_err());
        for bit in 0..96 {
            let mut commitment = link.commitment;
            commitment[bit / 8] ^= 1 << (bit % 8);
            assert!(ClaimLink { commitment, ..link }.check_reveal(&tenant, &secret).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn what_is_no_claim_link_is_refused_with_its_reason() {
        let good = ClaimLink::new(3, &TenantId::default(), CampaignId(7), &Secret::new([5; 32])).to_string();
        let cases = [
            (String::new(), "24 characters"),
            (good[1..].to_owned(), "24 characters"),
            ("é".repeat(12), "base64url"),
            (format!("{}+", &good[..23]), "base64url"),
            (format!("A{}", &good[1..]), "version"),
            (BASE64URL_NOPAD.encode(&[0x11; 18]), "version"),
        ];
        for (text, problem) in cases {
            let error = text.parse::<ClaimLink>().unwrap_err();
            assert!(error.code() == "invalid_link" && error.to_string().contains(problem), "{text}: {error}");
        }
    }
}
