//! What handling a command gives back, before it is wrapped into a receipt.

use crate::command::{AnyOutcome, Decision, Outcome, Reason};
use crate::record::Document;

/// How long receipts are kept where the tenant says nothing.
pub(crate) const RECEIPT_DAYS: u32 = 7;

/// The result of handling one command. The engine makes a receipt from it.
pub(super) enum Decided {
    /// Something new.
    New(AnyOutcome),
    /// Declined, and what was written stays: a wrong attempt is counted.
    Refused(Reason),
    /// Its event was answered before, with this.
    Repeated(Document),
}

/// How an answer is stored, to be given again.
pub(super) fn document(outcome: &Outcome<AnyOutcome>, decision: &Decision) -> Document {
    // Outcomes and decisions have string keys and no floats: writing them cannot fail.
    Document(serde_json::to_value((outcome, decision)).unwrap_or_default())
}
