//! Runs the referral engine from a seed: people, some of them cheating, campaigns, days, races and faults at every store
//! call; then holds what is left against the promises.
//!
//! Everything follows from the seed, so a failure is a number. Nothing here is threaded inside a run: processes are
//! interleaved at their store calls, which is where races are decided. It never looks at how the core decides, only at
//! what it answers and what it stored.

/// A store that fails on demand.
pub mod fault;
/// What occurred: commands, outcomes, reasons, faults.
pub mod coverage;
/// The world that a seed makes: tenants, people, campaigns, and what they do next.
pub mod world;
/// One run: processes, deliveries, a clock, and what was promised meanwhile.
pub mod run;
/// What must hold of a store at rest, read independently of the code that wrote it.
pub mod check;
/// Many runs side by side.
pub mod ci;
/// Scenes for what chance would hardly meet.
pub mod directed;
/// The sweep of the k-th fault.
pub mod sweep;
/// One referral's events in any order.
pub mod order;
mod stage;
/// What a run writes down.
pub mod report;
