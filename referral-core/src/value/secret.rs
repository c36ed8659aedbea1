//! Secrets: bytes that never print, never serialise, and compare in constant time.

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::error::Error;

/// Thirty-two secret bytes: the root of a key, or a key.
///
/// It has no `Display`, no serde and a `Debug` that says nothing; [`Secret::expose`] is the one way out, easy to find in a
/// review. Two secrets compare in constant time.
///
/// ```
/// use referral_core::value::Secret;
/// let secret = Secret::from_hex(&"4f".repeat(32))?;
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret, Secret::new([0x4f; 32]));
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// The secret with these bytes, which must come from a random source.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits, the usual form in a host's configuration.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if it is anything else. The message never quotes the input.
    pub fn from_hex(text: &str) -> Result<Self, Error> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| Error::invalid("secret", "is not 64 hexadecimal digits"))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq::constant_time_eq_32(&self.0, &other.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_does_not_parse_is_not_quoted() {
        for text in ["", "hunter2", &"4f".repeat(31), &"4f".repeat(33), &"4g".repeat(32), &"é".repeat(32)] {
            let error = Secret::from_hex(text).unwrap_err();
            assert_eq!(error.to_string(), "secret: is not 64 hexadecimal digits");
        }
        assert_eq!(Secret::from_hex(&"4F".repeat(32)), Ok(Secret::new([0x4f; 32])));
        assert_ne!(Secret::new([1; 32]), Secret::new([2; 32]));
    }
}
