//! Signatures by [Standard Webhooks](https://www.standardwebhooks.com/): HMAC-SHA256 over id, time and body.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use referral_core::error::{Error, Result};
use referral_core::value::Timestamp;
use serde::Deserialize;
use sha2::Sha256;

const PREFIX: &str = "whsec_";
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret that an endpoint shares with its receiver: `whsec_` and the base64 of 24 to 64 random bytes.
///
/// It never prints and never serialises; [`SigningSecret::expose`] is the one way out.
///
/// ```
/// use referral_webhook::SigningSecret;
/// let secret: SigningSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// assert_eq!(format!("{secret:?}"), "SigningSecret(..)");
/// assert_eq!(secret.expose(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// The secret with these bytes, which must come from a random source.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if they are fewer than 24 or more than 64.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        if !LENGTHS.contains(&bytes.len()) {
            return Err(invalid("does not hold 24 to 64 bytes"));
        }
        Ok(Self(bytes.to_vec()))
    }

    /// The secret as its receiver needs it.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(&self.0))
    }

    fn signature(&self, id: &str, seconds: i64, body: &[u8]) -> Result<String> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| invalid("has a length that cannot be used"))?;
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        Ok(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
    }
}

impl FromStr for SigningSecret {
    type Err = Error;
    /// The message of an error never quotes the input.
    fn from_str(text: &str) -> Result<Self> {
        let encoded = text.strip_prefix(PREFIX).ok_or_else(|| invalid("does not begin with `whsec_`"))?;
        let bytes = BASE64.decode(encoded.as_bytes()).map_err(|_| invalid("is not base64 behind `whsec_`"))?;
        Self::new(&bytes)
    }
}

impl TryFrom<String> for SigningSecret {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

/// The headers that make a body a signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `webhook-id`: the same for each attempt, so that a receiver knows what it already has.
    pub id: String,
    /// `webhook-timestamp`: when this attempt was made, in seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: a signature by each secret, separated by spaces.
    pub signature: String,
}

/// Signs `body` with every secret: while one is being replaced, receivers that know either accept it.
///
/// `id` must not hold a dot, which separates the parts of what is signed.
///
/// ```
/// use referral_webhook::{SigningSecret, sign};
/// let secret: SigningSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// let at = "2021-03-24T07:45:30Z".parse()?;
/// let signed = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#)?;
/// assert!(signed.signature.starts_with("v1,"));
/// # Ok::<(), referral_core::error::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidValue`] if there is no secret, or `id` holds anything but letters, digits, `-` and `_`.
pub fn sign(secrets: &[SigningSecret], id: &str, at: Timestamp, body: &[u8]) -> Result<Signed> {
    if secrets.is_empty() {
        return Err(invalid("is missing"));
    }
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Err(Error::InvalidValue {
            what: "message id",
            problem: "holds more than a-z, 0-9, `-` and `_`".to_owned(),
        });
    }
    let seconds = at.as_millis() / 1_000;
    let signatures = secrets.iter().map(|secret| secret.signature(id, seconds, body)).collect::<Result<Vec<_>>>()?;
    Ok(Signed { id: id.to_owned(), timestamp: seconds.to_string(), signature: signatures.join(" ") })
}

fn invalid(problem: &str) -> Error {
    Error::InvalidValue { what: "signing secret", problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_example_of_the_specification_is_signed_as_it_says() {
        let at = Timestamp::from_millis(1_614_265_330_000).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = sign(&[SECRET.parse().unwrap()], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body).unwrap();
        assert_eq!(signed.timestamp, "1614265330");
        assert_eq!(signed.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let (old, new) = (SigningSecret::new(&[1; 24]).unwrap(), SigningSecret::new(&[2; 64]).unwrap());
        let by = |secrets: &[SigningSecret]| sign(secrets, "id", Timestamp::FIRST, b"{}").unwrap().signature;
        let both = by(&[old.clone(), new.clone()]);
        assert_eq!(both, format!("{} {}", by(&[old]), by(&[new])));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_quoted() {
        let short = format!("whsec_{}", BASE64.encode(&[7; 23]));
        let long = format!("whsec_{}", BASE64.encode(&[7; 65]));
        for text in ["", "whsec_", "hunter2", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_hunter2!", &short, &long] {
            let error = text.parse::<SigningSecret>().unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        for (secrets, id) in [(0, "id"), (1, ""), (1, "a.b"), (1, "a b"), (1, "é"), (1, "a\r\nb")] {
            let secrets = vec![SECRET.parse().unwrap(); secrets];
            assert!(sign(&secrets, id, Timestamp::FIRST, b"").is_err(), "{id}");
        }
    }
}
