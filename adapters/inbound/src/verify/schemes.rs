//! The schemes, one function each.

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use referral_core::value::Timestamp;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::{Delivery, MOST_SIGNATURES, Secrets, WINDOW_SECONDS, invalid};
use crate::error::{InboundError, Result};

const STRIPE: &str = "stripe-signature";
const HUBSPOT: &str = "x-hubspot-signature-v3";
const HUBSPOT_TIME: &str = "x-hubspot-request-timestamp";
const INTERCOM: &str = "x-hub-signature";
const STANDARD: &str = "webhook-signature";
const STANDARD_ID: &str = "webhook-id";
const STANDARD_TIME: &str = "webhook-timestamp";

pub(super) fn stripe(delivery: &Delivery<'_>, secrets: &Secrets, now: Timestamp) -> Result<()> {
    let header = delivery.header(STRIPE)?;
    let (mut time, mut given) = (None, Vec::new());
    for part in header.split(',') {
        let (name, value) = part.split_once('=').ok_or_else(|| invalid(STRIPE, "is not a list of `name=value`"))?;
        match name.trim() {
            "t" if time.is_some() => return Err(invalid(STRIPE, "has two times")),
            "t" => time = Some(value),
            "v1" => given.push(hex::<32>(value)),
            // Older schemes and those to come say nothing here.
            _ => {}
        }
    }
    let time = time.ok_or_else(|| invalid(STRIPE, "has no time"))?;
    let seconds = seconds(time).ok_or_else(|| invalid(STRIPE, "has a time that is no number"))?;
    let parts = [time.as_bytes(), b".", delivery.body];
    matches_any(STRIPE, &given, secrets.iter().map(|secret| sha256(secret, &parts)))?;
    within_window(seconds.saturating_mul(1_000), now)
}

pub(super) fn hubspot(
    delivery: &Delivery<'_>,
    secrets: &Secrets,
    now: Timestamp,
    method: &str,
    uri: &str,
) -> Result<()> {
    let (header, time) = (delivery.header(HUBSPOT)?, delivery.header(HUBSPOT_TIME)?);
    let millis = seconds(time).ok_or_else(|| invalid(HUBSPOT_TIME, "is no number"))?;
    let uri = hubspot_uri(uri);
    let parts = [method.as_bytes(), uri.as_bytes(), delivery.body, time.as_bytes()];
    matches_any(HUBSPOT, &[base64(header)], secrets.iter().map(|secret| sha256(secret, &parts)))?;
    within_window(millis, now)
}

/// HubSpot decodes these, and only these, before it signs. The question mark before the query stands as it is.
fn hubspot_uri(uri: &str) -> String {
    const DECODED: &[(&str, &str)] = &[
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
        ("%3B", ";"),
    ];
    let mut decoded = uri.to_owned();
    for (encoded, plain) in DECODED {
        decoded = decoded.replace(encoded, plain).replace(&encoded.to_ascii_lowercase(), plain);
    }
    decoded
}

pub(super) fn intercom(delivery: &Delivery<'_>, secrets: &Secrets) -> Result<()> {
    let header = delivery.header(INTERCOM)?;
    let given = header.strip_prefix("sha1=").ok_or_else(|| invalid(INTERCOM, "does not begin with `sha1=`"))?;
    let made = |secret: &[u8]| {
        let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
        mac.update(delivery.body);
        Some(mac.finalize().into_bytes().into())
    };
    matches_any::<20>(INTERCOM, &[hex(given)], secrets.iter().map(made))
}

pub(super) fn standard<'a>(delivery: &Delivery<'a>, secrets: &Secrets, now: Timestamp) -> Result<&'a str> {
    let (id, time) = (delivery.header(STANDARD_ID)?, delivery.header(STANDARD_TIME)?);
    if id.is_empty() || id.len() > 255 || id.chars().any(char::is_control) {
        return Err(invalid(STANDARD_ID, "is empty, too long, or holds a control character"));
    }
    let seconds = seconds(time).ok_or_else(|| invalid(STANDARD_TIME, "is no number"))?;
    let header = delivery.header(STANDARD)?;
    let given: Vec<_> = header.split(' ').filter_map(|part| part.strip_prefix("v1,")).map(base64).collect();
    let keys: Option<Vec<Vec<u8>>> = secrets.iter().map(standard_key).collect();
    let keys = keys.ok_or(InboundError::SecretInvalid { problem: "is not Base64 after `whsec_`" })?;
    let parts = [id.as_bytes(), b".", time.as_bytes(), b".", delivery.body];
    matches_any(STANDARD, &given, keys.iter().map(|key| sha256(key, &parts)))?;
    within_window(seconds.saturating_mul(1_000), now)?;
    Ok(id)
}

fn standard_key(secret: &[u8]) -> Option<Vec<u8>> {
    let text = secret.strip_prefix(b"whsec_").unwrap_or(secret);
    let key = BASE64.decode(text).or_else(|_| BASE64_NOPAD.decode(text)).ok();
    key.filter(|key| !key.is_empty())
}

/// Hashed first, so that neither content nor length is compared byte by byte.
pub(super) fn shared(delivery: &Delivery<'_>, secrets: &Secrets, header: &str) -> Result<()> {
    let given = delivery.header(header)?;
    let given = given.strip_prefix("Bearer ").unwrap_or(given).trim();
    let hashed = |bytes: &[u8]| Some(<[u8; 32]>::from(Sha256::digest(bytes)));
    matches_any(header, &[hashed(given.as_bytes())], secrets.iter().map(hashed))
}

fn sha256(secret: &[u8], parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

/// Compares everything with everything, whatever was found on the way.
fn matches_any<const N: usize>(
    header: &str,
    given: &[Option<[u8; N]>],
    made: impl Iterator<Item = Option<[u8; N]>>,
) -> Result<()> {
    if given.len() > MOST_SIGNATURES {
        return Err(invalid(header, "has more than 16 signatures"));
    }
    let mut found = Choice::from(0);
    for made in made.flatten() {
        for given in given.iter().flatten() {
            found |= made.as_slice().ct_eq(given.as_slice());
        }
    }
    if bool::from(found) { Ok(()) } else { Err(InboundError::SignatureMismatch) }
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?.try_into().ok()
}

fn base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text.trim().as_bytes()).ok()?.try_into().ok()
}

/// A time as digits and nothing else: neither sign nor space, which other readers would take for the same number.
fn seconds(text: &str) -> Option<u64> {
    let is_plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn within_window(millis: u64, now: Timestamp) -> Result<()> {
    let now = u64::try_from(now.as_millis()).unwrap_or_default();
    let away = now.abs_diff(millis);
    if away > WINDOW_SECONDS * 1_000 {
        return Err(InboundError::OutsideWindow { seconds: away.div_ceil(1_000), most: WINDOW_SECONDS });
    }
    Ok(())
}
