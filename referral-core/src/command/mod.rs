//! What comes in and what goes out: commands, outcomes, reasons.

mod outcome;
mod reason;
mod request;

pub use outcome::*;
pub use reason::Reason;
pub use request::*;
