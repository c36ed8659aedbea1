//! Totals of campaigns and of participants.

use crate::record::describe::records;
use crate::record::hand::EligibleStated;
use crate::record::name::{Dimension, Metric};
use crate::record::sums::Sums;
use crate::value::{CampaignId, ParticipantId, Timestamp};

records! {
    /// What is counted of a campaign in a period. A number's name is its metric, and its currency or unit: `clicks`,
    /// `revenue/EUR`.
    PeriodSums (PeriodSumsKey), sums {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// `d2026-05-01`; for what does not add up over days also `m2026-05` and `all`.
            period: String,
        }
        /// The numbers.
        sums: Sums,
    }

    /// The same by each dimension that the campaign names. A number's name is its metric, its currency or unit, the dimension
    /// and the member: `clicks//channel/whatsapp`.
    PartSums (PartSumsKey), sums {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// `d2026-05-01`.
            period: String,
        }
        /// The numbers.
        sums: Sums,
    }

    /// What is counted of one person in a campaign's life: as a referrer, and as who has rewards.
    PersonSums (PersonSumsKey), sums {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The person.
            participant: ParticipantId,
        }
        /// The numbers.
        sums: Sums,
    }

    /// How many customers could refer, as the host stated it: for the participation rate.
    Eligible (EligibleKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
        }
        /// Each number that was stated, by day; at most 400.
        stated: Vec<EligibleStated>,
    }

    /// What a limit has granted.
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

    /// A total of a participant that the campaign ranks by.
    Standing (StandingKey), counter {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// What is counted.
            metric: Metric,
            /// The currency, or the unit's name; empty for a number of things.
            unit: String,
            /// `d2026-05-01`, `m2026-05` or `all`.
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
