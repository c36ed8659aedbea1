//! Whether what a row says was said before, or was followed by something else: then the row is left alone.
//!
//! A row with a time is a fact of that time: it counts unless the same or something later is known. A row without one is
//! said once: if it is known to have been said, it is not said again, also when a hand said something else since.

use std::cmp::Ordering;
use std::collections::HashMap;

use referrals::record::{Conversion, ConversionKey, Mark, MarkKind, Moderation, Referral};
use referrals::value::{CommandKey, EventId, ParticipantId, Timestamp};

use crate::draft::Wrong;
use crate::report::RowResult;

/// Something later is known.
const SUPERSEDED: &str = "superseded";

/// Why a sign-up without a time need not be told: this very row told it, today or on another day.
pub(crate) fn signed_up(leads: &[Referral], key: CommandKey) -> Option<&'static str> {
    let is_row = |told: CommandKey| drawn(told) == drawn(key);
    let further = leads.iter().flat_map(|lead| &lead.further).map(|met| met.command);
    leads.iter().map(|lead| lead.command).chain(further).any(is_row).then_some("already_signed_up")
}

/// What of a row's key does not depend on the day.
fn drawn(key: CommandKey) -> u128 {
    const TIME_BITS: u32 = 48;
    key.0.as_u128() << TIME_BITS
}

/// Why a mark need not be told.
pub(crate) fn marked(referral: &Referral, says: MarkKind, at: Option<Timestamp>) -> Option<&'static str> {
    let latest = referral.marks.iter().max_by_key(|mark| (mark.at, mark.command));
    let known = referral.marks.iter().rev().find(|mark| mark.says == says);
    let is_told = |known: &&Mark| at.is_none_or(|at| known.at >= at);
    match known.filter(is_told) {
        Some(known) if latest == Some(known) => Some("already_marked"),
        Some(_) => Some(SUPERSEDED),
        // With a time it is a fact: a mark of an earlier time may come later.
        None if says == MarkKind::None && latest.is_none() && at.is_none() => Some("nothing_marked"),
        None => None,
    }
}

/// Why a finding of moderation need not be told.
pub(crate) fn moderated(referral: &Referral, found: Moderation, at: Timestamp) -> Option<&'static str> {
    let latest = referral.moderating.last()?;
    match referral.moderating.iter().any(|known| known.at == at && known.says == found) {
        true if latest.says == found => Some("already_moderated"),
        is_told => (is_told || latest.at > at).then_some(SUPERSEDED),
    }
}

/// Why it need not be told of an order whether it never was.
pub(crate) fn voided(conversion: Option<&Conversion>, is_void: bool, at: Option<Timestamp>) -> Option<&'static str> {
    let known = conversion?.voiding.as_ref()?;
    let is_later = at.is_none_or(|at| known.at > at);
    let is_same = known.is_void == is_void && at.is_none_or(|at| known.at == at);
    match (is_same, is_later) {
        (true, _) if is_void => Some("already_void"),
        (true, _) => Some("already_restored"),
        (false, true) => Some(SUPERSEDED),
        (false, false) => None,
    }
}

/// Why a correction of an order need not be told.
pub(crate) fn corrected(conversion: Option<&Conversion>, correction: &EventId, at: Timestamp) -> Option<&'static str> {
    let known = conversion?.correction.as_ref()?;
    match (known.at, &known.correction).cmp(&(at, correction)) {
        Ordering::Equal => Some("already_corrected"),
        Ordering::Greater => Some(SUPERSEDED),
        Ordering::Less => None,
    }
}

/// Why it need not be told that a refund did not leave.
pub(crate) fn cancelled(conversion: Option<&Conversion>, refund: &EventId) -> Option<&'static str> {
    let known = conversion?.refunds.iter().find(|known| known.refund == *refund)?;
    known.taken_back.as_ref().map(|_| "already_cancelled")
}

/// What rows of one file say something of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum About {
    Referral(ParticipantId),
    Order(ConversionKey),
}

/// What the rows of one file said so far. As large as the file has rows at most, whose number is limited.
#[derive(Debug, Default)]
pub(crate) struct Said(HashMap<About, (&'static str, Option<Timestamp>)>);

impl Said {
    /// Notes what a row says. Rows of one file that state no time share one, so their order would not count.
    pub(crate) fn note(&mut self, about: About, says: &'static str, at: Option<Timestamp>) -> Result<(), Wrong> {
        match self.0.insert(about, (says, at)) {
            Some((before, then)) if before == says && then == at => {
                Err(Wrong { result: RowResult::Already, reason: "said_before", detail: String::new() })
            }
            Some((_, None)) if at.is_none() => {
                let problem = "at: is missing; another row of this file says something else of the same";
                Err(Wrong::new("no_time", problem))
            }
            _ => Ok(()),
        }
    }
}
