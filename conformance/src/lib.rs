//! What every store must do, and the proof that the suite notices when one does not.
//!
//! The cases in `cases/` are data: any implementation in any language runs them ([`store`] is how Rust does). Nothing here
//! decides anything about referrals.

/// Numbers drawn from a seed.
pub mod draw;
/// What a suite found.
pub mod report;
/// Valid records of every kind, made from their descriptions.
pub mod samples;
/// The JSON cases, and how Rust runs them.
pub mod store;

pub use report::{Failure, Report};
