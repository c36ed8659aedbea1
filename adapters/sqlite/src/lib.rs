//! Keeps the records of the referral engine in one SQLite file, in tables that people can read.
//!
//! Generic over the core's description of its records: no record kind is named here. Decides nothing, knows no campaign
//! and no reward, reads no clock for anything that is stored.
//!
//! - [`SqliteStore`] opens a file of its own.
//! - [`HostStore`], [`load_in`], [`list_in`] and [`commit_in`] work inside a transaction of the host, on tables that
//!   [`install`] put beside the host's own.
//! - [`Snapshot`] is one state of a store, for audits and exports.

mod cell;
mod commit;
mod connect;
mod described;
mod error;
mod file;
mod host;
mod list;
mod load;
mod migrate;
mod pool;
mod schema;
mod snapshot;
mod sql;
mod store;

pub use commit::commit_in;
pub use connect::Options;
pub use host::HostStore;
pub use list::list_in;
pub use load::load_in;
pub use migrate::{APPLICATION_ID, SCHEMA_VERSION, install};
pub use rusqlite;
pub use schema::initial_schema;
pub use snapshot::Snapshot;
pub use store::SqliteStore;
