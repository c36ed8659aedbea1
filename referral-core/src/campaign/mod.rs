//! Campaigns: what people define, and what is decided by.

mod builder;
mod compiled;
mod diff;
mod lint;
mod model;
mod shape;
mod text;

pub use builder::{CampaignBuilder, GiveBuilder, LimitBuilder, RuleBuilder};
pub use compiled::{Campaigns, Compiled, Limit, Rule, roots};
pub use diff::{Change, diff};
pub use model::*;
pub use shape::{condition_reference, reference};
pub use text::{Checked, Format, MAX_TEXT};

#[cfg(test)]
mod tests;
