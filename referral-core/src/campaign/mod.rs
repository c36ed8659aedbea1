//! Campaigns: what people define, and what is decided by.

mod compiled;
mod model;

pub use compiled::{Campaigns, Compiled, Limit, Rule, roots};
pub use model::*;
