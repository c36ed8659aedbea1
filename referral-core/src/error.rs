//! What can go wrong: one enum, stable codes, five families.
//!
//! A declined command is not an error: it is an outcome with reasons. Messages are lower case, quote the input in
//! backticks and never carry a secret or personal data.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::quote::excerpt;

/// The result of nearly everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The five families of errors. Python has an exception class for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// The caller handed in something that can never work.
    InvalidInput,
    /// Something that was named does not exist.
    NotFound,
    /// Something that was named is in another state than the command needs, or was taken.
    Conflict,
    /// The store failed. Whether to try again is told by [`Error::is_retryable`].
    StoreFailed,
    /// A notifier failed.
    NotifierFailed,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// A value does not parse, or lies outside its range.
    #[error("{what}: {problem}")]
    InvalidValue {
        /// What was parsed: `email`, `money`, `token`.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A link token or a code is malformed, or its signature does not hold.
    #[error("{what}: {problem}")]
    InvalidLink {
        /// `token`, `code` or `claim link`.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A campaign has mistakes. Each names its place.
    #[error("campaign: {}", ListOf(.0))]
    InvalidCampaign(Vec<Mistake>),
    /// A command contradicts itself or lacks something.
    #[error("{field}: {problem}")]
    InvalidCommand {
        /// The field of the command.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// An idempotency key is older than receipts are kept.
    #[error("command key `{key}` is older than the {days} days that receipts are kept")]
    KeyTooOld {
        /// The key.
        key: String,
        /// How long receipts are kept, in days.
        days: u32,
    },
    /// Something that the command names does not exist.
    #[error("no {what} `{name}`")]
    NotFound {
        /// The kind of thing: `campaign`, `participant`, `reward`.
        what: &'static str,
        /// How the command named it. Never personal data.
        name: String,
    },
    /// The same idempotency key came with another command.
    #[error("command key `{key}` was used for another command")]
    CommandReused {
        /// The key.
        key: String,
    },
    /// The same event id came with other content.
    #[error("event `{event}` of source `{source_name}` was recorded with other content")]
    EventReused {
        /// The source.
        source_name: String,
        /// The event id.
        event: String,
    },
    /// A name that must be unique is taken.
    #[error("{what} `{name}` is taken")]
    Taken {
        /// The kind of name: `code`, `campaign`, `host id`.
        what: &'static str,
        /// The name, unless it is personal data.
        name: String,
    },
    /// Too many writers raced for the same records; nothing was written. Retryable.
    #[error("the command lost {losses} races for the same records; nothing was written")]
    Contended {
        /// How many commits were refused.
        losses: u32,
    },
    /// The keyring is not the one that this store was opened with first.
    #[error("the keyring does not fit this store: {problem}")]
    KeyringMismatch {
        /// Which key, and how.
        problem: String,
    },
    /// The store failed.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A notifier failed.
    #[error("notifier: {problem}")]
    Notifier {
        /// What it said, without payload.
        problem: String,
    },
}

/// How a store failed.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum StoreError {
    /// The store was busy for longer than it waits. Nothing was written. Retryable.
    #[error("busy: {0}")]
    Busy(String),
    /// The store could not be reached, or gave no answer: a commit may or may not have happened. Retryable.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The database was written by a newer version of this software.
    #[error("the database has version {found}, this software knows {known}")]
    NewerVersion {
        /// The version found.
        found: u32,
        /// The newest version this software knows.
        known: u32,
    },
    /// A stored row cannot be read back.
    #[error("corrupt: {0}")]
    Corrupt(String),
    /// A setting that durability rests on does not hold, or the store cannot be opened.
    #[error("setup: {0}")]
    Setup(String),
    /// Anything else that the store reports. Not retryable.
    #[error("{0}")]
    Failed(String),
}

impl StoreError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::NoAnswer(_))
    }
}

/// One mistake in a campaign, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// The path of the field: `rewards[2].when`.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// The line in the text, from 1, where the text is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in that line, from 1, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Mistake {
    /// A mistake whose place is not known yet.
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { path: String::new(), problem: problem.into(), line: None, column: None }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)
    }
}

struct ListOf<'a>(&'a [Mistake]);

impl fmt::Display for ListOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl Error {
    /// The stable code of this error, the same in every language. The full list is `conformance/codes.json`.
    ///
    /// ```
    /// use referral_core::error::{Error, Family};
    /// let error = Error::NotFound { what: "campaign", name: "spring".into() };
    /// assert_eq!(error.code(), "not_found");
    /// assert_eq!(error.family(), Family::NotFound);
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidValue { .. } => "invalid_value",
            Self::InvalidLink { .. } => "invalid_link",
            Self::InvalidCampaign(_) => "invalid_campaign",
            Self::InvalidCommand { .. } => "invalid_command",
            Self::KeyTooOld { .. } => "key_too_old",
            Self::NotFound { .. } => "not_found",
            Self::CommandReused { .. } => "command_reused",
            Self::EventReused { .. } => "event_reused",
            Self::Taken { .. } => "taken",
            Self::Contended { .. } => "contended",
            Self::KeyringMismatch { .. } => "keyring_mismatch",
            Self::Store(StoreError::Busy(_)) => "store_busy",
            Self::Store(StoreError::NoAnswer(_)) => "store_no_answer",
            Self::Store(StoreError::NewerVersion { .. }) => "store_newer_version",
            Self::Store(StoreError::Corrupt(_)) => "store_corrupt",
            Self::Store(StoreError::Setup(_)) => "store_setup",
            Self::Store(StoreError::Failed(_)) => "store_failed",
            Self::Notifier { .. } => "notifier_failed",
        }
    }

    /// The family of this error.
    #[must_use]
    pub fn family(&self) -> Family {
        match self {
            Self::InvalidValue { .. }
            | Self::InvalidLink { .. }
            | Self::InvalidCampaign(_)
            | Self::InvalidCommand { .. }
            | Self::KeyTooOld { .. } => Family::InvalidInput,
            Self::NotFound { .. } => Family::NotFound,
            Self::CommandReused { .. }
            | Self::EventReused { .. }
            | Self::Taken { .. }
            | Self::Contended { .. }
            | Self::KeyringMismatch { .. } => Family::Conflict,
            Self::Store(_) => Family::StoreFailed,
            Self::Notifier { .. } => Family::NotifierFailed,
        }
    }

    /// Whether the same command may succeed when it is sent again unchanged.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Contended { .. } | Self::Notifier { .. } => true,
            Self::Store(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// A value that does not parse.
    pub(crate) fn invalid(what: &'static str, problem: impl Into<String>) -> Self {
        Self::InvalidValue { what, problem: problem.into() }
    }

    /// A command's field that does not hold.
    pub(crate) fn command(field: &'static str, problem: impl Into<String>) -> Self {
        Self::InvalidCommand { field, problem: problem.into() }
    }

    /// Something that does not exist.
    pub(crate) fn not_found(what: &'static str, name: impl fmt::Display) -> Self {
        Self::NotFound { what, name: named(&name.to_string()) }
    }

    /// Something that has one name with another thing.
    pub(crate) fn taken(what: &'static str, name: impl fmt::Display) -> Self {
        Self::Taken { what, name: named(&name.to_string()) }
    }

    /// An event that came with other content.
    pub(crate) fn event_reused(source: impl fmt::Display, event: &str) -> Self {
        Self::EventReused { source_name: source.to_string(), event: excerpt(event) }
    }
}

/// A name of several parts, each as a message quotes it: an event's id is a text of the caller.
fn named(name: &str) -> String {
    // A key of a reward has the most parts: its rule, its person, and a cause of three.
    name.splitn(6, '/').map(excerpt).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_errors_are_short_and_never_what_may_be_an_email() {
        let long = "a".repeat(255);
        let errors = [
            Error::not_found("conversion", format!("shop/{long}")),
            Error::not_found("conversion", "shop/smith@example.com"),
            Error::taken("reference", "shop/\u{1b}[2Jsmith@example.com"),
            Error::event_reused("shop", "smith@example.com"),
            Error::event_reused("shop", &format!("\u{202e}{long}")),
        ];
        for error in errors {
            for text in [error.to_string(), format!("{error:?}")] {
                assert!(
                    text.len() < 200 && !text.contains("smith") && !text.contains(['\u{1b}', '\u{202e}']),
                    "{text}"
                );
            }
        }
        assert_eq!(Error::not_found("conversion", "shop/order-1").to_string(), "no conversion `shop/order-1`");
    }

    /// One error of each code. A new variant does not compile until it stands in the match, which says where it is made.
    fn one_of_each() -> Vec<Error> {
        let text = String::new;
        let made = vec![
            Error::InvalidValue { what: "", problem: text() },
            Error::InvalidLink { what: "", problem: text() },
            Error::InvalidCampaign(Vec::new()),
            Error::InvalidCommand { field: "", problem: text() },
            Error::KeyTooOld { key: text(), days: 7 },
            Error::NotFound { what: "", name: text() },
            Error::CommandReused { key: text() },
            Error::EventReused { source_name: text(), event: text() },
            Error::Taken { what: "", name: text() },
            Error::Contended { losses: 3 },
            Error::KeyringMismatch { problem: text() },
            Error::Store(StoreError::Busy(text())),
            Error::Store(StoreError::NoAnswer(text())),
            Error::Store(StoreError::NewerVersion { found: 2, known: 1 }),
            Error::Store(StoreError::Corrupt(text())),
            Error::Store(StoreError::Setup(text())),
            Error::Store(StoreError::Failed(text())),
            Error::Notifier { problem: text() },
        ];
        let place = |error: &Error| match error {
            Error::InvalidValue { .. } => 0,
            Error::InvalidLink { .. } => 1,
            Error::InvalidCampaign(_) => 2,
            Error::InvalidCommand { .. } => 3,
            Error::KeyTooOld { .. } => 4,
            Error::NotFound { .. } => 5,
            Error::CommandReused { .. } => 6,
            Error::EventReused { .. } => 7,
            Error::Taken { .. } => 8,
            Error::Contended { .. } => 9,
            Error::KeyringMismatch { .. } => 10,
            Error::Store(StoreError::Busy(_)) => 11,
            Error::Store(StoreError::NoAnswer(_)) => 12,
            Error::Store(StoreError::NewerVersion { .. }) => 13,
            Error::Store(StoreError::Corrupt(_)) => 14,
            Error::Store(StoreError::Setup(_)) => 15,
            Error::Store(StoreError::Failed(_)) => 16,
            Error::Notifier { .. } => 17,
        };
        assert!(made.iter().enumerate().all(|(number, error)| place(error) == number));
        made
    }

    #[test]
    fn the_list_of_codes_that_all_languages_share_is_complete_and_true() {
        #[derive(Deserialize)]
        struct Listed {
            code: String,
            family: Family,
            retryable: bool,
            meaning: String,
        }
        let listed: serde_json::Value = serde_json::from_str(include_str!("../../conformance/codes.json")).unwrap();
        let listed: Vec<Listed> = serde_json::from_value(listed["errors"].clone()).unwrap();
        assert!(listed.iter().all(|error| !error.meaning.is_empty()));
        let listed: Vec<_> = listed.iter().map(|error| (error.code.as_str(), error.family, error.retryable)).collect();
        let made = one_of_each();
        let made: Vec<_> = made.iter().map(|error| (error.code(), error.family(), error.is_retryable())).collect();
        assert_eq!(listed, made);
    }
}
