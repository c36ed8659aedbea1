//! Reward rules: when they apply.

pub mod agent;
pub mod condition;
pub mod destination;
pub mod landing;
pub mod traffic;
