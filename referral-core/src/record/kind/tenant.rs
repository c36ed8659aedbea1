//! What a tenant set for itself, what commands answered, and what time will bring.

use crate::record::describe::records;
use crate::record::part::{Document, Subject, Subscription};
use crate::record::retention::Retention;
use crate::record::state::TimerKind;
use crate::value::{CampaignId, CommandKey, Timestamp};

records! {
    /// What a tenant set for itself: one record.
    Settings (SettingsKey) {
        key {}
        /// The number that the next new campaign gets.
        next_campaign: u32,
        /// Who is told what; at most 64.
        subscriptions: Vec<Subscription>,
        /// How long receipts are kept, in days.
        receipt_days: u32,
        /// How long touches are kept, and how far receipts and touches have been swept.
        retention: Retention,
        /// The check values of the keyring that this tenant was last opened with.
        key_checks: Document,
    }

    /// What a command answered.
    Receipt (ReceiptKey) {
        key {
            /// The command's idempotency key.
            command: CommandKey,
        }
        /// The command's name.
        name: String,
        /// The hash of the command.
        content: [u8; 32],
        /// The outcome and the decision.
        answer: Document,
        /// When.
        at: Timestamp,
    }

    /// Something that time will bring.
    Timer (TimerKey) {
        key {
            /// When.
            due_at: Timestamp,
            /// What comes.
            brings: TimerKind,
            /// What it is about.
            subject: Subject,
        }
        /// The campaign, for reports.
        campaign: Option<CampaignId>,
    }
}
