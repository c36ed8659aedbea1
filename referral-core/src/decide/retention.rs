//! How long a tenant keeps receipts, touches and letters.

use super::campaign;
use super::halt::Decide;
use super::view::View;
use crate::command::{RetentionSet, SetRetention};
use crate::error::{Error, Result};
use crate::record::Retention;

const MOST_DAYS: u32 = 3_650;
const MOST_LETTERS: u32 = 1_000_000;

/// Sets how long receipts, touches and letters are kept. The sweep removes what is older.
pub(super) fn set(view: &mut View<'_>, command: &SetRetention) -> Decide<RetentionSet> {
    let mut settings = campaign::settings(view)?;
    settings.receipt_days = days("receipt_days", command.receipt_days, settings.receipt_days)?;
    let retention = &mut settings.retention;
    retention.touch_days = days("touch_days", command.touch_days, retention.touch_days)?;
    retention.uncounted_days = days("uncounted_days", command.uncounted_days, retention.uncounted_days)?;
    if retention.uncounted_days > retention.touch_days {
        return Err(Error::command("uncounted_days", "are not more than `touch_days`").into());
    }
    retention.letter_days = days("letter_days", command.letter_days, retention.letter_days)?;
    retention.most_letters = within("most_letters", command.most_letters, retention.most_letters, MOST_LETTERS)?;
    let (receipt_days, retention) = (settings.receipt_days, settings.retention);
    view.put(settings);
    let Retention { touch_days, uncounted_days, letter_days, most_letters, .. } = retention;
    Ok(RetentionSet { receipt_days, touch_days, uncounted_days, letter_days, most_letters })
}

fn days(field: &'static str, given: Option<u32>, known: u32) -> Result<u32> {
    within(field, given, known, MOST_DAYS)
}

fn within(field: &'static str, given: Option<u32>, known: u32, most: u32) -> Result<u32> {
    match given {
        Some(number) if (1..=most).contains(&number) => Ok(number),
        Some(_) => Err(Error::command(field, format!("are from 1 to {most}"))),
        None => Ok(known),
    }
}
