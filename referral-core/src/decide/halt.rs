//! Why an attempt to decide ended early.

use crate::command::Reason;
use crate::error::{Error, StoreError};

/// What a decide function returns.
pub type Decide<T> = Result<T, Halt>;

/// Why an attempt to decide ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Keys are not loaded yet; the view knows which.
    Missing,
    /// The command is declined.
    Declined(Reason),
    /// The command is wrong, or names something that does not exist.
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
