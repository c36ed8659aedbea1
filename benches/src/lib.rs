//! What the benchmarks share: a campaign, a flow, databases of a size, and the ways to run a flow.
//!
//! Measures nothing itself: `flow.rs` and `micro.rs` beside this folder do. Nothing here is used by the product.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot prepare or finish its work ends by panicking, as a test does"
)]

mod flow;
mod ours;
mod data;
mod build;
mod forest;
#[path = "../peers/mod.rs"]
pub mod peers;

pub use build::{build_file, fill, participants};
pub use data::{Database, Scratch, database};
pub use flow::{Drawer, Flow, Referrer, campaign_definition, keyring, link_host, start};
pub use forest::{forest_file, id, plant, referrers};
pub use ours::Ours;

/// One way to run flows. Whatever fails panics: a benchmark of failures would measure nothing.
pub trait Contender {
    /// Runs one flow, each of its four commands durable before the next begins.
    fn single(&mut self, flow: &Flow);

    /// Runs many flows, a step of all of them at a time: as many commands as there are flows in one operation.
    fn batch(&mut self, flows: &[Flow]);
}
