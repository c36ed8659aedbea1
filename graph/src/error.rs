//! What can go wrong with a graph.

use referrals::Error;

/// What can go wrong with a graph.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The store could not be read, or there is no such campaign.
    #[error(transparent)]
    Read(#[from] Error),
    /// There are more people than a graph holds: 2³²−2.
    #[error("a graph holds at most 4294967294 people")]
    TooManyPeople,
    /// A sum left the range of 64 bits.
    #[error("a sum of `{unit}` is out of range")]
    OutOfRange {
        /// The currency or unit, or `leads`.
        unit: String,
    },
    /// So many people cannot be drawn so that somebody can read it.
    #[error("{people} people are too many for a picture of at most {most}")]
    TooManyToDraw {
        /// How many.
        people: usize,
        /// How many can be.
        most: usize,
    },
    /// A thread of the reader ended by a panic.
    #[error("reading ended by a panic")]
    Panicked,
}
