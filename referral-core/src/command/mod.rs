//! What comes in and what goes out: commands, outcomes, reasons.

#[macro_use]
mod declare;
mod hidden;
mod reason;
mod class;
mod decision;
mod outcome;
mod receipt;
mod part;
mod request;
mod earning;
mod letter;
mod any;
pub(crate) mod bounds;
mod make;

pub use any::{AnyCommand, Command};
pub use bounds::{Bound, Holds, bounds, bounds_reference};
pub use class::ReasonClass;
pub use decision::*;
pub use earning::*;
pub use letter::*;
pub use outcome::*;
pub use part::{
    EvidenceGiven, FetchHeaders, HostFacts, Person, Recipient, Reference, RefundAmount, Request, Revocable, RewardMove,
    Who,
};
pub use reason::Reason;
pub use receipt::{Outcome, Receipt};
pub use request::*;
