//! From a row to what a hand or a payment system says: refunds, voids, corrections, marks, findings of moderation.

use referrals::command::{CorrectConversion, HostFacts, RecordRefund, RefundAmount};
use referrals::record::ConversionKey;
use referrals::value::{EventId, Money, SourceName};

use crate::draft::{Draft, Hand, Wrong, amount, currency, invitee, order, parsed, yes_or_no};
use crate::mapping::Mapping;
use crate::rows::Row;

/// Who did what a row says, and why: as the row says, else as the mapping says of all rows.
pub(crate) fn of(row: &Row<'_>, mapping: &Mapping) -> Hand {
    let text = |field: &str, stated: &Option<String>| row.get(field).map(ToOwned::to_owned).or_else(|| stated.clone());
    Hand { actor: text("actor", &mapping.actor), reason: text("reason", &mapping.reason) }
}

/// A refund, or that one did not leave. `id` is the row's key.
pub(crate) fn refund(
    row: &Row<'_>,
    mapping: &Mapping,
    source: &SourceName,
    id: &str,
    facts: HostFacts,
) -> Result<Draft, Wrong> {
    let order = order(row, source)?;
    let refund: EventId = id.parse().map_err(|error| Wrong::of("id", &error))?;
    if yes_or_no(row, "cancelled")?.unwrap_or(false) {
        if !row.columns().has("id") {
            // The key of a row without an id is made of what it holds, and the row of the refund held something else.
            return Err(Wrong::new("no_id", "id: is missing; a refund that was cancelled is named by its id"));
        }
        return Ok(Draft::CancelRefund(order, refund, of(row, mapping), facts));
    }
    let currency = currency(row, mapping)?;
    let money = |field: &'static str| -> Result<Option<Money>, Wrong> {
        let read = |text: &str| amount(text, mapping, currency).map_err(|wrong| wrong.in_field(field));
        row.get(field).map(read).transpose()
    };
    let amount = match (money("amount")?, money("cumulative")?) {
        (Some(amount), None) => RefundAmount::Amount(amount),
        (None, Some(so_far)) => RefundAmount::Cumulative(so_far),
        (None, None) => return Err(Wrong::new("no_amount", "amount: is missing, and so is `cumulative`")),
        (Some(_), Some(_)) => return Err(Wrong::new("two_amounts", "amount: is said beside `cumulative`")),
    };
    let ((source, event), Hand { actor, reason }) = ((order.source, order.event), of(row, mapping));
    Ok(Draft::Run(RecordRefund { source, event, refund, amount, actor, reason }.into(), facts))
}

/// That an order never was, or that it was after all.
pub(crate) fn void(row: &Row<'_>, mapping: &Mapping, source: &SourceName, facts: HostFacts) -> Result<Draft, Wrong> {
    let is_void = yes_or_no(row, "void")?.unwrap_or(true);
    if !is_void && facts.at.is_none() {
        return Err(Wrong::new("no_time", "at: is missing; that an order was after all is said with its time"));
    }
    Ok(Draft::Void(order(row, source)?, is_void, of(row, mapping), facts))
}

/// New amounts of an order. `id` is the row's key.
pub(crate) fn correction(
    row: &Row<'_>,
    mapping: &Mapping,
    source: &SourceName,
    id: &str,
    facts: HostFacts,
) -> Result<Draft, Wrong> {
    let ConversionKey { source, event } = order(row, source)?;
    let correction: EventId = id.parse().map_err(|error| Wrong::of("id", &error))?;
    if facts.at.is_none() {
        return Err(Wrong::new("no_time", "at: is missing; an order is corrected as of a time"));
    }
    let currency = currency(row, mapping)?;
    let money = |field: &'static str| -> Result<Option<Money>, Wrong> {
        let read = |text: &str| amount(text, mapping, currency).map_err(|wrong| wrong.in_field(field));
        row.get(field).map(read).transpose()
    };
    let total = money("total")?.ok_or_else(|| Wrong::new("no_amount", "total: is missing"))?;
    let (tax, shipping, Hand { actor, reason }) = (money("tax")?, money("shipping")?, of(row, mapping));
    Ok(Draft::Correct(CorrectConversion { source, event, correction, total, tax, shipping, actor, reason }, facts))
}

/// A mark on a referral.
pub(crate) fn mark(row: &Row<'_>, mapping: &Mapping, facts: HostFacts) -> Result<Draft, Wrong> {
    let says = parsed(row, "mark")?.ok_or_else(|| Wrong::new("no_mark", "mark: is empty"))?;
    Ok(Draft::Mark(invitee(row)?, says, of(row, mapping), facts))
}

/// What moderation found of a referral.
pub(crate) fn moderation(row: &Row<'_>, mapping: &Mapping, facts: HostFacts) -> Result<Draft, Wrong> {
    let found = parsed(row, "moderation")?.ok_or_else(|| Wrong::new("no_moderation", "moderation: is empty"))?;
    if facts.at.is_none() {
        return Err(Wrong::new("no_time", "at: is missing; a finding of moderation is said with its time"));
    }
    Ok(Draft::Moderate(invitee(row)?, found, of(row, mapping), facts))
}
