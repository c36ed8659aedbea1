//! Who hands notices over: an adapter or the host.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use super::notice::Notice;
use crate::error::Error;
use crate::store::BoxFuture;
use crate::value::Span;

/// Hands one notice over: to a webhook, a mailer, a queue.
///
/// # Contract
///
/// - A notice may come more than once, and in any order. [`Notice::id`] is the same each time.
/// - `Ok` means that whoever is told has it, durably.
pub trait Notifier: fmt::Debug + Send + Sync {
    /// Hands `notice` over.
    ///
    /// # Errors
    /// [`NotifierError`], which also says whether and when to try again.
    fn notify(&self, notice: &Notice) -> Result<(), NotifierError>;
}

/// A [`Notifier`] whose answers come later. The same contract holds.
pub trait AsyncNotifier: fmt::Debug + Send + Sync {
    /// See [`Notifier::notify`].
    fn notify<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), NotifierError>>;
}

/// Why a notice could not be handed over.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{problem}")]
pub struct NotifierError {
    /// What went wrong, without anything of the notice's content: it is stored.
    pub problem: String,
    /// Whether and when to try again.
    pub retry: Retry,
}

/// Whether and when a delivery that failed is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// When the schedule says.
    #[default]
    OnSchedule,
    /// Not before so long, because whoever is told asked for that. The schedule still says how often.
    After(Span),
    /// Never: it can never succeed.
    Never,
    /// Never, nor any other: whoever is told is gone, and its subscription ends.
    Gone,
}

impl NotifierError {
    /// A failure that is tried again when the schedule says.
    #[must_use]
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), retry: Retry::OnSchedule }
    }

    /// The same, tried again after so long.
    #[must_use]
    pub fn after(mut self, span: Span) -> Self {
        self.retry = Retry::After(span);
        self
    }

    /// The same, never tried again.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.retry = Retry::Never;
        self
    }

    /// The same, and whoever is told is gone: its subscription ends, until the host subscribes it anew.
    #[must_use]
    pub fn gone(mut self) -> Self {
        self.retry = Retry::Gone;
        self
    }
}

impl From<NotifierError> for Error {
    fn from(error: NotifierError) -> Self {
        Self::Notifier { problem: error.problem }
    }
}
