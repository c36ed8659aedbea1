//! The tables that come with the crate: JSON under `tables/`, to be taken as they are, set by constants and maps, or edited.

use crate::table::{Table, TableMistake};

/// Stripe's events. Constants: `campaign`. Maps: `promotion_codes`.
pub const STRIPE: &str = include_str!("../tables/stripe.json");

/// Reads a table of ours. Its text is checked by tests, so the error is never seen.
type Read = Result<Table, Vec<TableMistake>>;

impl Table {
    /// Stripe: checkouts, invoices, refunds and subscriptions that ended.
    ///
    /// Set the constant `campaign` to make leads of checkouts with evidence, and the map `promotion_codes` to tell which of
    /// Stripe's promotion code ids stands for which code.
    ///
    /// # Errors
    /// None that a test would not have seen.
    pub fn stripe() -> Read {
        Self::from_json(STRIPE)
    }
}
