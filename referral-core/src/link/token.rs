//! The signed link: 33 bytes that name a campaign and a grant, and prove that whoever holds the grant made them.
//!
//! ```text
//! byte    0           1       2..6      6..14   14..17             17..21    21..33
//!         version·type key id campaign  grant   hours since 2000   counter   tag
//! ```
//!
//! Numbers are big endian. Version (high four bits) is 1, type (low four bits) is 1. Written as 44 characters of base64url,
//! without padding, or for print as 53 characters of Crockford's base32, whose one slack bit is zero.
//!
//! With `len(x)` for the length of `x` in eight bytes, little endian:
//!
//! ```text
//! K_link  = BLAKE3.derive_key("referrals 2026 link key 1", root[key id])
//! K_grant = BLAKE3.keyed_hash(K_link, len(tenant) ‖ tenant ‖ grant)
//! tag     = BLAKE3.keyed_hash(K_grant, len(label) ‖ label ‖ len(host) ‖ host ‖ bytes[0..21])[..12]
//! label   = "referrals link token 1"
//! ```
//!
//! Length, alphabet, version and key id are checked before anything is hashed, the tag (in constant time) before anything
//! is looked up. The tag binds a campaign to a grant as whoever holds the grant's key chose to: the grant's record says
//! which campaign it is for, and whoever loads it compares.

use std::fmt;
use std::str::FromStr;

use constant_time_eq::constant_time_eq_n;
use data_encoding::{BASE32HEX_NOPAD, BASE64URL_NOPAD};

use super::refuse;
use crate::error::Error;
use crate::value::digest::Digest;
use crate::value::{CampaignId, GrantId, KeyState, Keyring, LinkHost, Secret, TenantId, Timestamp};

const LABEL_TAG: &str = "referrals link token 1";

/// Version 1, type 1.
const VERSION_AND_TYPE: u8 = 0x11;
const SIGNED_BYTES: usize = 21;
const TAG_BYTES: usize = 12;
const TOKEN_BYTES: usize = SIGNED_BYTES + TAG_BYTES;
const BASE64_CHARS: usize = 44;
const BASE32_CHARS: usize = 53;
/// 2000-01-01T00:00:00Z in seconds since 1970.
const YEAR_2000_SECONDS: i64 = 946_684_800;
/// Three bytes of hours last until the year 3913.
const MAX_HOURS: u32 = 0x00ff_ffff;

/// What a signed link says. Nothing in it is worth anything: it only names records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkToken {
    /// The link root that it is signed under.
    pub key_id: u8,
    /// The campaign.
    pub campaign: CampaignId,
    /// The grant that made it. Its record says whose it is.
    pub grant: GrantId,
    /// When it was made, in whole hours since 2000, as its maker's clock had it. Below 2²⁴.
    pub hours: u32,
    /// Which link of its grant it is.
    pub counter: u32,
}

impl LinkToken {
    /// A token made at the time `at`.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] if `at` lies before 2000 or after 3913.
    pub fn new(key_id: u8, campaign: CampaignId, grant: GrantId, at: Timestamp, counter: u32) -> Result<Self, Error> {
        let hours = (at.as_millis() / 1_000 - YEAR_2000_SECONDS).div_euclid(3_600);
        let hours = u32::try_from(hours).ok().filter(|hours| *hours <= MAX_HOURS);
        let hours = hours.ok_or_else(|| refuse("token", format!("`{at}` is not between 2000 and 3913")))?;
        Ok(Self { key_id, campaign, grant, hours, counter })
    }

    /// Signs a token under the active link root: what a server does.
    ///
    /// ```
    /// use referral_core::link::{LinkToken, SealedToken};
    /// use referral_core::value::{CampaignId, GrantId, KeyState, Keyring, LinkHost, Secret, TenantId, Timestamp};
    /// let keyring = Keyring::builder()
    ///     .link_key(1, Secret::new([1; 32]), KeyState::Active)
    ///     .alias_key(Secret::new([2; 32]))
    ///     .lookup_key(Secret::new([3; 32]))
    ///     .build()?;
    /// let (tenant, host): (_, LinkHost) = (TenantId::default(), "go.shop.example".parse()?);
    /// let at: Timestamp = "2026-05-01T09:30:00Z".parse()?;
    /// let token = LinkToken::mint(&keyring, &tenant, &host, CampaignId(7), GrantId([9; 8]), at, 1)?;
    ///
    /// let received: SealedToken = token.to_string().parse()?;
    /// assert_eq!(received.verify(&keyring, &tenant, &host)?.campaign, CampaignId(7));
    /// assert!(received.verify(&keyring, &tenant, &"evil.example".parse()?).is_err());
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`LinkToken::new`].
    pub fn mint(
        keyring: &Keyring,
        tenant: &TenantId,
        host: &LinkHost,
        campaign: CampaignId,
        grant: GrantId,
        at: Timestamp,
        counter: u32,
    ) -> Result<SealedToken, Error> {
        let (key_id, link_key) = keyring.active_link_key();
        Self::new(key_id, campaign, grant, at, counter)?.seal(&derive_grant_key(link_key, tenant, grant), host)
    }

    /// Signs this with the key of its grant.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] if `hours` does not fit three bytes.
    pub fn seal(&self, grant_key: &Secret, host: &LinkHost) -> Result<SealedToken, Error> {
        if self.hours > MAX_HOURS {
            return Err(refuse("token", format!("{} hours do not fit", self.hours)));
        }
        let [_, hours @ ..] = self.hours.to_be_bytes();
        let parts: [&[u8]; 5] = [
            &[VERSION_AND_TYPE, self.key_id],
            &self.campaign.0.to_be_bytes(),
            &self.grant.0,
            &hours,
            &self.counter.to_be_bytes(),
        ];
        let mut signed = [0; SIGNED_BYTES];
        for (to, from) in signed.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        Ok(SealedToken { tag: tag(grant_key, host, &signed), signed })
    }

    /// When it was made, to the hour, as its maker's clock had it.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        let seconds = YEAR_2000_SECONDS + i64::from(self.hours) * 3_600;
        Timestamp::from_millis(seconds * 1_000).unwrap_or(Timestamp::LAST)
    }
}

/// A signed link as it travels. What it says is known only once its signature is verified.
///
/// `Display` is the form for URLs, [`SealedToken::print_form`] the one for print; both are read back.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealedToken {
    signed: [u8; SIGNED_BYTES],
    tag: [u8; TAG_BYTES],
}

impl SealedToken {
    /// What the token says, once it is certain that `tenant` made it for `host`.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] if its key id is unknown or retired (nothing is hashed then), or its signature does not hold.
    pub fn verify(&self, keyring: &Keyring, tenant: &TenantId, host: &LinkHost) -> Result<LinkToken, Error> {
        let token = self.read();
        let link_key = live_link_key(keyring, token.key_id)?;
        let expected = tag(&derive_grant_key(link_key, tenant, token.grant), host, &self.signed);
        if !constant_time_eq_n(&expected, &self.tag) {
            return Err(refuse("token", "its signature does not hold"));
        }
        Ok(token)
    }

    /// The campaign that it names, not verified: whose definition says which host to verify it for.
    #[must_use]
    pub fn campaign(&self) -> CampaignId {
        self.read().campaign
    }

    /// The 33 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; TOKEN_BYTES] {
        let mut bytes = [0; TOKEN_BYTES];
        for (to, from) in bytes.iter_mut().zip(self.signed.iter().chain(&self.tag)) {
            *to = *from;
        }
        bytes
    }

    /// The form for print, 53 characters of Crockford's base32: no case, no look-alikes.
    #[must_use]
    pub fn print_form(&self) -> String {
        BASE32HEX_NOPAD.encode(&self.to_bytes()).bytes().map(to_crockford).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let problem = || refuse("token", format!("does not have {TOKEN_BYTES} bytes"));
        let (signed, tag) = bytes.split_first_chunk::<SIGNED_BYTES>().ok_or_else(problem)?;
        let token = Self { signed: *signed, tag: tag.try_into().map_err(|_| problem())? };
        if token.signed.first() != Some(&VERSION_AND_TYPE) {
            return Err(refuse("token", "is of a version or type that is not known"));
        }
        Ok(token)
    }

    fn read(&self) -> LinkToken {
        let [_, key_id, c0, c1, c2, c3, g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, n0, n1, n2, n3] = self.signed;
        LinkToken {
            key_id,
            campaign: CampaignId(u32::from_be_bytes([c0, c1, c2, c3])),
            grant: GrantId([g0, g1, g2, g3, g4, g5, g6, g7]),
            hours: u32::from_be_bytes([0, h0, h1, h2]),
            counter: u32::from_be_bytes([n0, n1, n2, n3]),
        }
    }
}

impl FromStr for SealedToken {
    type Err = Error;
    /// Reads either form. In the form for print, case and dashes do not matter, `O` is read as `0`, `I` and `L` as `1`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() == BASE64_CHARS {
            let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
            return Self::from_bytes(&bytes.map_err(|_| refuse("token", "has a character that is not of base64url"))?);
        }
        // Counted before anything is built: the text may be as long as a stranger likes.
        if text.bytes().filter(|byte| *byte != b'-').count() != BASE32_CHARS {
            return Err(refuse("token", format!("has neither {BASE64_CHARS} nor {BASE32_CHARS} characters")));
        }
        let symbols: Option<Vec<u8>> = text.bytes().filter(|byte| *byte != b'-').map(from_crockford).collect();
        let bytes = symbols.and_then(|symbols| BASE32HEX_NOPAD.decode(&symbols).ok());
        Self::from_bytes(&bytes.ok_or_else(|| refuse("token", "has a character that is not of Crockford's base32"))?)
    }
}

impl fmt::Display for SealedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.to_bytes()))
    }
}

impl fmt::Debug for SealedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedToken({self})")
    }
}

/// The key that a grant signs its tokens with: what a device is given, and no more.
///
/// # Errors
/// [`Error::InvalidLink`] if the key id is unknown or retired.
pub fn grant_key(keyring: &Keyring, key_id: u8, tenant: &TenantId, grant: GrantId) -> Result<Secret, Error> {
    Ok(derive_grant_key(live_link_key(keyring, key_id)?, tenant, grant))
}

fn live_link_key(keyring: &Keyring, key_id: u8) -> Result<&Secret, Error> {
    match keyring.link_key(key_id) {
        Some((key, KeyState::Active | KeyState::VerifyOnly)) => Ok(key),
        Some((_, KeyState::Retired)) => Err(refuse("token", format!("key id {key_id} is retired"))),
        None => Err(refuse("token", format!("key id {key_id} is not known"))),
    }
}

/// `K_grant`, from the link key that its key id names.
pub(super) fn derive_grant_key(link_key: &Secret, tenant: &TenantId, grant: GrantId) -> Secret {
    Secret::new(Digest::keyed_without_label(link_key).text(tenant.as_str()).fixed(&grant.0).finish())
}

fn tag(grant_key: &Secret, host: &LinkHost, signed: &[u8; SIGNED_BYTES]) -> [u8; TAG_BYTES] {
    Digest::keyed(grant_key, LABEL_TAG).text(host.as_str()).fixed(signed).finish()
}

/// Crockford's symbol for the value that base32hex writes as `symbol`: he leaves out I, L, O and U.
fn to_crockford(symbol: u8) -> char {
    char::from(match symbol {
        b'I'..=b'J' => symbol + 1,
        b'K'..=b'L' => symbol + 2,
        b'M'..=b'Q' => symbol + 3,
        b'R'..=b'V' => symbol + 4,
        other => other,
    })
}

/// The symbol of base32hex for the value of one of Crockford's, as he reads it: in any case, `O` as 0, `I` and `L` as 1.
fn from_crockford(symbol: u8) -> Option<u8> {
    let symbol = symbol.to_ascii_uppercase();
    match symbol {
        b'0'..=b'9' | b'A'..=b'H' => Some(symbol),
        b'O' => Some(b'0'),
        b'I' | b'L' => Some(b'1'),
        b'J' | b'K' => Some(symbol - 1),
        b'M' | b'N' => Some(symbol - 2),
        b'P'..=b'T' => Some(symbol - 3),
        b'V'..=b'Z' => Some(symbol - 4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Entropy;

    fn keyring() -> Keyring {
        let secret = |byte| Secret::new([byte; 32]);
        Keyring::builder()
            .link_key(1, secret(1), KeyState::Retired)
            .link_key(2, secret(2), KeyState::VerifyOnly)
            .link_key(3, secret(3), KeyState::Active)
            .alias_key(secret(8))
            .lookup_key(secret(9))
            .build()
            .unwrap()
    }

    fn host() -> LinkHost {
        "go.shop.example".parse().unwrap()
    }

    fn sealed(seed: u8) -> SealedToken {
        let mut entropy = Entropy::new([seed; 32]);
        let (campaign, grant) = (CampaignId(entropy.number() as u32), GrantId::mint(&mut entropy));
        let at = Timestamp::from_millis(1_800_000_000_000 + i64::from(seed) * 3_600_000).unwrap();
        let counter = entropy.number() as u32;
        LinkToken::mint(&keyring(), &TenantId::default(), &host(), campaign, grant, at, counter).unwrap()
    }

    #[test]
    fn a_token_survives_both_written_forms() {
        for seed in 0..50 {
            let token = sealed(seed);
            assert_eq!((token.to_string().len(), token.print_form().len()), (44, 53));
            assert_eq!(token.to_string().parse(), Ok(token));
            assert_eq!(token.print_form().parse(), Ok(token));
            assert_eq!(token.print_form().to_lowercase().parse(), Ok(token));
            let sloppy = token.print_form().replace('0', "o").replacen('1', "I", 1).replace('1', "l");
            assert_eq!(format!("{}-{}", &sloppy[..20], &sloppy[20..]).parse(), Ok(token));
        }
    }

    #[test]
    fn the_two_alphabets_translate_into_each_other() {
        let (crockford, hex) = ("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "0123456789ABCDEFGHIJKLMNOPQRSTUV");
        assert_eq!(hex.bytes().map(to_crockford).collect::<String>(), crockford);
        assert_eq!(crockford.bytes().filter_map(from_crockford).collect::<Vec<_>>(), hex.as_bytes());
        assert_eq!(crockford.to_lowercase().bytes().filter_map(from_crockford).collect::<Vec<_>>(), hex.as_bytes());
        let read: Vec<u8> = (0..=u8::MAX).filter(|byte| from_crockford(*byte).is_some()).collect();
        assert_eq!(read.len(), 10 + 25 * 2, "all letters but U");
    }

    #[test]
    fn a_token_says_what_was_signed() {
        let at: Timestamp = "2026-05-01T09:59:59Z".parse().unwrap();
        let token = LinkToken::new(3, CampaignId(u32::MAX), GrantId([7; 8]), at, u32::MAX).unwrap();
        let key = grant_key(&keyring(), 3, &TenantId::default(), token.grant).unwrap();
        let sealed = token.seal(&key, &host()).unwrap();
        assert_eq!(sealed.verify(&keyring(), &TenantId::default(), &host()), Ok(token));
        assert_eq!(token.made_at().to_string(), "2026-05-01T09:00:00Z");
    }

    #[test]
    fn a_token_of_another_tenant_or_host_is_refused() {
        let token = sealed(1);
        let (tenant, other) = (TenantId::default(), TenantId::new("other").unwrap());
        assert!(token.verify(&keyring(), &tenant, &host()).is_ok());
        assert!(token.verify(&keyring(), &other, &host()).is_err());
        assert!(token.verify(&keyring(), &tenant, &"go.shop.example.org".parse().unwrap()).is_err());
    }

    #[test]
    fn a_token_lives_as_long_as_its_key() {
        let tenant = TenantId::default();
        let at: Timestamp = "2026-05-01T09:30:00Z".parse().unwrap();
        for (key_id, problem) in [(1, "retired"), (2, ""), (3, ""), (4, "not known")] {
            let link_key = keyring().link_key(key_id).map_or(Secret::new([4; 32]), |(key, _)| key.clone());
            let key = derive_grant_key(&link_key, &tenant, GrantId([1; 8]));
            let token = LinkToken::new(key_id, CampaignId(1), GrantId([1; 8]), at, 0).unwrap();
            match token.seal(&key, &host()).unwrap().verify(&keyring(), &tenant, &host()) {
                Ok(found) => assert!(found == token && problem.is_empty(), "{key_id}"),
                Err(error) => assert!(!problem.is_empty() && error.to_string().contains(problem), "{error}"),
            }
            assert_eq!(grant_key(&keyring(), key_id, &tenant, GrantId([1; 8])).is_ok(), problem.is_empty());
        }
    }

    #[test]
    fn a_token_of_another_length_version_or_alphabet_is_refused_with_its_reason() {
        let good = sealed(1);
        let mut other_version = good.to_bytes();
        other_version[0] = 0x21;
        let mut other_type = good.to_bytes();
        other_type[0] = 0x12;
        let print = good.print_form();
        let cases = [
            (String::new(), "neither 44 nor 53"),
            (good.to_string()[1..].to_owned(), "neither 44 nor 53"),
            (format!("{good}="), "neither 44 nor 53"),
            ("é".repeat(22), "base64url"),
            (good.to_string().replacen(|_: char| true, "+", 1), "base64url"),
            (format!("U{}", &print[1..]), "Crockford"),
            (format!("{}1", &print[..52]), "Crockford"),
            (BASE64URL_NOPAD.encode(&other_version), "version"),
            (BASE64URL_NOPAD.encode(&other_type), "version"),
        ];
        for (text, problem) in cases {
            let error = text.parse::<SealedToken>().unwrap_err();
            assert_eq!(error.code(), "invalid_link");
            assert!(error.to_string().contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn a_time_that_three_bytes_of_hours_do_not_hold_is_refused() {
        let token = |at: &str| LinkToken::new(1, CampaignId(1), GrantId([1; 8]), at.parse().unwrap(), 0);
        assert!(token("1999-12-31T23:59:59Z").is_err());
        assert_eq!(token("2000-01-01T00:59:59Z").unwrap().hours, 0);
        assert_eq!(token("3913-12-08T15:00:00Z").unwrap().hours, MAX_HOURS);
        assert!(token("3913-12-08T16:00:00Z").is_err());
        let too_late = LinkToken { hours: MAX_HOURS + 1, ..token("2000-01-01T00:59:59Z").unwrap() };
        assert!(too_late.seal(&Secret::new([1; 32]), &host()).is_err());
    }
}
