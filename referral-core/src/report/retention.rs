//! How long a tenant keeps what nobody is owed by.

use serde::{Deserialize, Serialize};

use super::question::ShowRetention;
use crate::decide::{Decide, RECEIPT_DAYS};
use crate::engine::Reader;
use crate::record::{Retention, Settings, SettingsKey, Swept};
use crate::value::Timestamp;

/// How long receipts, touches and letters are kept, and how far they have been removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionReport {
    /// How long receipts are kept, in days.
    pub receipt_days: u32,
    /// How long counted clicks and views are kept, and the visitors behind them, in days.
    pub touch_days: u32,
    /// How long uncounted clicks and views are kept, in days.
    pub uncounted_days: u32,
    /// How long letters are kept, in days.
    pub letter_days: u32,
    /// How many letters may be kept at once.
    pub most_letters: u32,
    /// Older receipts are removed; none, if none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts_removed_before: Option<Timestamp>,
    /// Older counted clicks and views are removed; none, if none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touches_removed_before: Option<Timestamp>,
    /// Older uncounted clicks and views are removed; none, if none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncounted_removed_before: Option<Timestamp>,
}

pub(super) fn show(reader: &mut Reader<'_>, _: &ShowRetention) -> Decide<RetentionReport> {
    let settings = reader.peek::<Settings>(SettingsKey {})?;
    let receipt_days = settings.as_ref().map_or(RECEIPT_DAYS, |settings| settings.receipt_days);
    let retention = settings.map_or_else(Retention::default, |settings| settings.retention);
    let Retention { touch_days, uncounted_days, letter_days, most_letters, receipts, touches, uncounted } = retention;
    let before = |swept: Swept| Some(swept.done).filter(|done| *done > Timestamp::FIRST);
    Ok(RetentionReport {
        receipt_days,
        touch_days,
        uncounted_days,
        letter_days,
        most_letters,
        receipts_removed_before: before(receipts),
        touches_removed_before: before(touches),
        uncounted_removed_before: before(uncounted),
    })
}
