//! Reward rules: when they apply.

pub mod condition;
pub mod destination;
pub mod traffic;
