//! Messages of other systems that could not be used: their ids and their bodies.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The id of a letter in its source: a keyed hash of the message, so that the same message has the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LetterId(pub [u8; 16]);

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LetterId({self})")
    }
}

impl FromStr for LetterId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| Error::invalid("letter", "is not 32 hexadecimal digits"))
    }
}

impl TryFrom<String> for LetterId {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<LetterId> for String {
    fn from(id: LetterId) -> Self {
        id.to_string()
    }
}

/// The raw body of a message, of at most 1 MiB. In JSON it is Base64. It may hold personal data and never prints.
///
/// ```
/// use referral_core::value::MessageBody;
/// let body = MessageBody::new(b"{}".to_vec())?;
/// assert_eq!(format!("{body:?}"), "MessageBody(2 bytes)");
/// assert_eq!(serde_json::to_string(&body).ok().as_deref(), Some("\"e30=\""));
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageBody(Vec<u8>);

impl MessageBody {
    /// The most bytes: 1 MiB, and what fills the last group of Base64.
    pub const MOST_BYTES: usize = (1_usize << 20).div_ceil(3) * 3;
    /// The most bytes of its text in JSON.
    pub const MOST_TEXT: usize = Self::MOST_BYTES / 3 * 4;

    /// The body with these bytes.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if they are more than [`MessageBody::MOST_BYTES`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, Error> {
        if bytes.len() > Self::MOST_BYTES {
            return Err(Error::invalid("body", format!("has more than {} bytes", Self::MOST_BYTES)));
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for MessageBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageBody({} bytes)", self.0.len())
    }
}

impl TryFrom<String> for MessageBody {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        if text.len() > Self::MOST_TEXT {
            return Err(Error::invalid("body", format!("has more than {} bytes of Base64", Self::MOST_TEXT)));
        }
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| Error::invalid("body", "is not Base64 with padding"))?;
        Self::new(bytes)
    }
}

impl From<MessageBody> for String {
    fn from(body: MessageBody) -> Self {
        BASE64.encode(&body.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_too_large_or_no_base64_is_refused_without_being_quoted() {
        assert!(MessageBody::new(vec![0; MessageBody::MOST_BYTES]).is_ok());
        assert!(MessageBody::new(vec![0; MessageBody::MOST_BYTES + 1]).is_err());
        for text in ["smith@example.com", "e30", "e3 0="] {
            let error = MessageBody::try_from(text.to_owned()).unwrap_err();
            assert_eq!(error.to_string(), "body: is not Base64 with padding");
        }
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = LetterId([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "ab", &"AB".repeat(16), &"zz".repeat(16), &"ab".repeat(17)] {
            assert!(wrong.parse::<LetterId>().is_err(), "{wrong}");
        }
    }
}
