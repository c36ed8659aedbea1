//! Webhooks and events in: verified from raw bytes, and mapped to ordinary commands.
//!
//! [`handle`] does all that an HTTP handler needs. It is made of three steps, of which the first two are pure (no clock, no network,
//! no store):
//!
//! 1. [`verify`] a [`Delivery`] by its [`Scheme`], with one or several [`Secrets`], at a time that is handed in.
//! 2. [`Table::map`] what was [`Verified`] to requests: by a table in JSON that the host can edit. [`tables`] come with
//!    the crate.
//! 3. Execute the requests, all together, with the front door. What could not be used is kept as a letter: see [`replay`].
//!
//! The way out is the same kind of table: [`Shapes`] make of a notification what another system takes.
//!
//! Nothing unverified is mapped: there is no other way to a [`Verified`].

mod currency;
mod error;
mod json;
mod receive;
mod shape;
mod table;
pub mod tables;
mod verify;

pub use error::{InboundError, Result};
pub use json::{Json, MOST_BYTES, MOST_DEPTH};
pub use receive::{Hand, Received, Replayed, handle, keep_message, receive, replay};
pub use shape::Shapes;
pub use table::{Answer, Erasure, Expected, Mapped, Origin, Shortfall, Table, TableMistake, Unrecorded};
pub use verify::{Delivery, Scheme, Secrets, Verified, WINDOW_SECONDS, verify};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/integrations.md")]
struct Integrations;
