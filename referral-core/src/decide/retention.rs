//! How long a tenant keeps receipts and touches.

use super::campaign;
use super::halt::Decide;
use super::view::View;
use crate::command::{RetentionSet, SetRetention};
use crate::error::{Error, Result};

const MOST_DAYS: u32 = 3_650;

/// Sets how long receipts and touches are kept. The sweep removes what is older.
pub(super) fn set(view: &mut View<'_>, command: &SetRetention) -> Decide<RetentionSet> {
    let mut settings = campaign::settings(view)?;
    settings.receipt_days = days("receipt_days", command.receipt_days, settings.receipt_days)?;
    let retention = &mut settings.retention;
    retention.touch_days = days("touch_days", command.touch_days, retention.touch_days)?;
    retention.uncounted_days = days("uncounted_days", command.uncounted_days, retention.uncounted_days)?;
    if retention.uncounted_days > retention.touch_days {
        return Err(Error::command("uncounted_days", "are not more than `touch_days`").into());
    }
    let (receipt_days, retention) = (settings.receipt_days, settings.retention);
    view.put(settings);
    let (touch_days, uncounted_days) = (retention.touch_days, retention.uncounted_days);
    Ok(RetentionSet { receipt_days, touch_days, uncounted_days })
}

fn days(field: &'static str, given: Option<u32>, known: u32) -> Result<u32> {
    match given {
        Some(days) if (1..=MOST_DAYS).contains(&days) => Ok(days),
        Some(_) => Err(Error::command(field, format!("are from 1 to {MOST_DAYS}"))),
        None => Ok(known),
    }
}
