//! Tells the host what happened: leases deliveries from the outbox, hands them over, and acknowledges them.
//!
//! At least once, in any order, each with a stable id. A notification is put by the commit of what it tells; here it is
//! never made, and never changed. It holds ids only: what is handed over is read when it is handed over.

mod acknowledge;
mod lease;
mod mail;
mod notice;
mod notifier;
mod relay;
mod schedule;

pub use acknowledge::{Acknowledge, Delivered, HandOver};
pub use lease::{Lease, Leased};
pub use mail::Mail;
pub use notice::{Notice, NoticeLookup, NoticePerson, NoticeReferral, NoticeReward};
pub use notifier::{AsyncNotifier, Notifier, NotifierError, Retry};
pub use relay::{Relay, Relayed, relay, relay_async};
pub use schedule::Schedule;
