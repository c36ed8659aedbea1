//! The secrets of a sender: the current one, and those before it until the sender has changed over.

use std::fmt;

use crate::error::{InboundError, Result};

const MOST_SECRETS: usize = 8;
const SHORTEST: usize = 16;

/// Between one and eight secrets of at least 16 bytes, any of which verifies. They never print.
#[derive(Clone)]
pub struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// The secrets, as the sender shows them.
    ///
    /// # Errors
    /// [`InboundError::SecretInvalid`] if there is none, more than eight, or one of fewer than 16 bytes.
    pub fn new<S: AsRef<[u8]>>(secrets: &[S]) -> Result<Self> {
        let wrong = |problem| Err(InboundError::SecretInvalid { problem });
        if secrets.is_empty() {
            return wrong("there is none");
        }
        if secrets.len() > MOST_SECRETS {
            return wrong("there are more than eight");
        }
        if secrets.iter().any(|secret| secret.as_ref().len() < SHORTEST) {
            return wrong("one has fewer than 16 bytes");
        }
        Ok(Self(secrets.iter().map(|secret| secret.as_ref().to_vec()).collect()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}
