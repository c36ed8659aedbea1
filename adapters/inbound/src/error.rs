//! What can be wrong with a delivery. Messages name fields and places and never quote what was sent.

use thiserror::Error as ThisError;

/// The result of everything in this crate.
pub type Result<T, E = InboundError> = std::result::Result<T, E>;

/// Why a delivery, or a part of it, is refused.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum InboundError {
    /// A header that the signature needs is not there.
    #[error("header `{name}` is missing")]
    HeaderMissing {
        /// The header.
        name: String,
    },
    /// A header that the signature needs is there twice or cannot be read.
    #[error("header `{name}`: {problem}")]
    HeaderInvalid {
        /// The header.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The host's secrets cannot verify anything.
    #[error("secret: {problem}")]
    SecretInvalid {
        /// What is wrong with it. Never the secret.
        problem: &'static str,
    },
    /// No signature in the request was made over this body with one of the secrets.
    #[error("no signature matches the body and one of the secrets")]
    SignatureMismatch,
    /// The signed time is more than five minutes from now.
    #[error("the signed time is {seconds} s away from now; at most {most} s are accepted")]
    OutsideWindow {
        /// How far it is away, in seconds.
        seconds: u64,
        /// How far it may be away, in seconds.
        most: u64,
    },
    /// The body is larger than any that is read.
    #[error("the body has {bytes} bytes; at most {most} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// The body is not JSON in UTF-8, or JSON that two readers could understand differently.
    #[error("the body at byte {offset}: {problem}")]
    NotJson {
        /// Where, from 0.
        offset: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// What the table calls a list of events is none, or has too many of them.
    #[error("the list of events: {problem}")]
    EventsInvalid {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A field that the command needs is not in the event.
    #[error("rule `{rule}`: the event has nothing for `{field}`")]
    FieldMissing {
        /// The rule of the table.
        rule: String,
        /// The field of the command.
        field: String,
    },
    /// A field of the event does not fit the command.
    #[error("rule `{rule}`: `{field}`: {problem}")]
    FieldInvalid {
        /// The rule of the table.
        rule: String,
        /// The field of the command.
        field: String,
        /// What is wrong, without personal data.
        problem: String,
    },
}

impl InboundError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::HeaderMissing { .. } => "header_missing",
            Self::HeaderInvalid { .. } => "header_invalid",
            Self::SecretInvalid { .. } => "secret_invalid",
            Self::SignatureMismatch => "signature_mismatch",
            Self::OutsideWindow { .. } => "outside_window",
            Self::TooLarge { .. } => "body_too_large",
            Self::NotJson { .. } => "body_not_json",
            Self::EventsInvalid { .. } => "events_invalid",
            Self::FieldMissing { .. } => "field_missing",
            Self::FieldInvalid { .. } => "field_invalid",
        }
    }

    /// The HTTP status to answer with: 401 if the sender is not who it should be, 413 if there is too much, 500 if the host's
    /// own secrets are the problem, 400 if the body can never be understood.
    ///
    /// ```
    /// use referral_inbound::InboundError;
    /// assert_eq!(InboundError::SignatureMismatch.status(), 401);
    /// ```
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::HeaderMissing { .. }
            | Self::HeaderInvalid { .. }
            | Self::SignatureMismatch
            | Self::OutsideWindow { .. } => 401,
            Self::SecretInvalid { .. } => 500,
            Self::TooLarge { .. } => 413,
            Self::NotJson { .. }
            | Self::EventsInvalid { .. }
            | Self::FieldMissing { .. }
            | Self::FieldInvalid { .. } => 400,
        }
    }
}
