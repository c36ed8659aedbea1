//! The pure core of the referral engine.
//!
//! It decides who referred whom, what that earns, and why. It does no I/O, reads no clock, draws no randomness, starts
//! no thread and holds no `unsafe`: time, entropy and stored records are inputs. The same inputs give the same outputs
//! on every platform.
//!
//! The modules below stand in reading order; each imports only from those listed before it (`cargo xtask tidy` checks).

// How a message quotes what somebody else wrote.
pub mod quote;
// What can go wrong, in five families with stable codes.
pub mod error;
// Ids, times, money, emails and addresses: parsed once, valid ever after.
pub mod value;
// Tokens, codes and grants: what a link carries and how it is checked.
pub mod link;
// What is stored: closed kinds of records, each described once.
pub mod record;
// Where records live: the contract of a store, listings, and the store in memory.
pub mod store;
// What a rule says: typed conditions.
pub mod rule;
// What a campaign says, and what is decided by.
pub mod campaign;
// What a referral is, by its facts: a pure function.
pub mod evaluate;
// What comes in and what goes out: commands, outcomes, reasons.
pub mod command;
// One function for each command: straight-line code over a view.
pub mod decide;
// Steps: what an operation asks of a store, and the loops that drive it.
pub mod engine;
// Answers: funnels, leaderboards, what a person has, what is owed, and why.
pub mod report;
// Tells the host what happened: leases deliveries, hands them over, acknowledges them.
pub mod notify;
