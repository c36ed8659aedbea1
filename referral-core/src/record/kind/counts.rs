//! Totals of campaigns and of participants.

use crate::record::describe::records;
use crate::record::name::{Dimension, Metric};
use crate::value::{CampaignId, ParticipantId, Timestamp};

records! {
    /// A total of a campaign.
    Total (TotalKey), counter {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// What is counted.
            metric: Metric,
            /// The currency, or the unit's name; empty for a number of things.
            unit: String,
            /// What it is told apart by.
            dimension: Dimension,
            /// `d2026-05-01`, `m2026-05` or `all`; the window of a limit.
            period: String,
            /// The channel, the country, the version, the limit.
            member: String,
        }
        /// The total.
        value: i64,
        /// When it was last changed.
        reached_at: Timestamp,
    }

    /// A total of a participant: what leaderboards rank.
    Standing (StandingKey), counter {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// What is counted.
            metric: Metric,
            /// The currency, or the unit's name; empty for a number of things.
            unit: String,
            /// `m2026-05` or `all`.
            period: String,
            /// The participant.
            participant: ParticipantId,
        }
        /// The total.
        value: i64,
        /// When it was last changed: who was there first.
        reached_at: Timestamp,
        @index BY_VALUE = "by_value" [campaign Ascending, metric Ascending, unit Ascending, period Ascending, value Descending, reached_at Ascending]
    }
}
