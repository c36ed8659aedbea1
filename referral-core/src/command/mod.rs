//! What comes in and what goes out: commands, outcomes, reasons.

#[macro_use]
mod declare;
mod hidden;
mod reason;
mod outcome;
mod part;
mod request;
mod make;

pub use outcome::*;
pub use part::{EvidenceGiven, HostFacts, Person, Recipient, Reference, RefundAmount, Request, RewardMove, Who};
pub use reason::Reason;
pub use request::*;
