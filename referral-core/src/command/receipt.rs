//! What a command answers: its outcome, and the decision that explains it.

use serde::{Deserialize, Serialize};

use super::decision::Decision;
use super::outcome::AnyOutcome;
use super::reason::Reason;
use crate::value::CommandKey;

/// What a command came to: it was accepted, or declined for a reason. Declined is an outcome, not an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// It was done; this is what came of it.
    Accepted(T),
    /// It was not done; this is why.
    Declined(Reason),
}

impl<T> Outcome<T> {
    /// What came of it, if it was accepted.
    #[must_use]
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Accepted(outcome) => Some(outcome),
            Self::Declined(_) => None,
        }
    }

    /// The same with another content.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Accepted(outcome) => Outcome::Accepted(with(outcome)),
            Self::Declined(reason) => Outcome::Declined(reason),
        }
    }
}

/// What a command answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt<T = AnyOutcome> {
    /// The command's idempotency key.
    pub key: CommandKey,
    /// What it came to.
    pub outcome: Outcome<T>,
    /// Why.
    pub decision: Decision,
    /// Whether this command, or this event, was answered before: nothing was done now.
    #[serde(default)]
    pub repeated: bool,
}
