//! Campaigns: what people define, and what is decided by.

mod compiled;
mod lint;
mod model;
mod shape;
mod text;

pub use compiled::{Campaigns, Compiled, Limit, Rule, roots};
pub use model::*;
pub use shape::reference;
pub use text::{Checked, Format, MAX_TEXT};
