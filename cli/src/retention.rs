//! How long records are kept.

use referrals::Referrals;
use referrals::command::{Outcome, SetRetention};
use referrals::report::RetentionReport;
use referrals::value::Timestamp;

use crate::arguments::{Kept, RetentionJob};
use crate::failure::Failure;
use crate::hand;
use crate::telling::{Telling, table};

/// Does what is asked of retention.
pub(crate) fn run(job: &RetentionJob, referrals: &Referrals) -> Result<Telling, Failure> {
    match job {
        RetentionJob::Show => shown(referrals.retention()?),
        RetentionJob::Set(kept) => set(referrals, *kept),
    }
}

fn set(referrals: &Referrals, kept: Kept) -> Result<Telling, Failure> {
    let Kept { receipt_days, touch_days, uncounted_days, letter_days, most_letters } = kept;
    let command = SetRetention { receipt_days, touch_days, uncounted_days, letter_days, most_letters };
    let receipt = hand::run(referrals, command, None)?;
    match &receipt.outcome {
        Outcome::Accepted(_) => shown(referrals.retention()?),
        Outcome::Declined(_) => hand::answered(&receipt, hand::other),
    }
}

fn shown(kept: RetentionReport) -> Result<Telling, Failure> {
    let days = |days: u32| format!("{days} days");
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let rows = [
        ("receipts of commands", days(kept.receipt_days), time(kept.receipts_removed_before)),
        ("clicks and views that count", days(kept.touch_days), time(kept.touches_removed_before)),
        ("clicks and views that do not", days(kept.uncounted_days), time(kept.uncounted_removed_before)),
        ("letters", format!("{} days, at most {}", kept.letter_days, kept.most_letters), String::new()),
    ];
    let rows = rows.map(|(what, kept, before)| [what.to_owned(), kept, before]);
    Telling::new(table(["records", "kept", "removed before"], rows), kept)
}
