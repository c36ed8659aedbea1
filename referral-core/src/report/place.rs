//! Leaderboards: over which period, where a page begins, and who has which place.

use serde::{Deserialize, Serialize};

use crate::command::Who;
use crate::record::Private;
use crate::store::Cursor;
use crate::value::{CampaignId, Day, Month, ParticipantId, Timestamp};

/// A period over which referrers are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The campaign's life.
    #[default]
    Ever,
    /// A calendar month of the campaign's zone.
    Month(Month),
    /// A day of the campaign's zone.
    Day(Day),
    /// The week from Monday to Sunday in which this day lies.
    Week(Day),
    /// The days `[from, until)`, at most 92.
    Days {
        /// The first day.
        from: Day,
        /// The first day behind the last.
        until: Day,
    },
}

/// Where a page of a leaderboard begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begin {
    /// With the first place.
    #[default]
    Top,
    /// Behind the page before.
    After(Cursor),
    /// With this participant. A participant without a place gets an empty page.
    At(Who),
    /// With those before this participant: half of the page. A participant without a place gets an empty page.
    Around(Who),
}

/// A page of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// The campaign.
    pub campaign: CampaignId,
    /// The places, the greatest value first. Who has nothing has no place.
    pub places: Vec<Place>,
    /// Where the next page begins; none if this is the last, and where days are added up or neighbours were asked for: there a page
    /// behind begins `at` a person.
    pub next: Option<Cursor>,
}

/// A place on a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// 1 + how many have more. Who has as much has the same rank, and the rank behind them is skipped.
    pub rank: u64,
    /// The participant.
    pub participant: ParticipantId,
    /// The name by which the participant chose to be shown, if the question asks for names and there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private>,
    /// How much, in minor units or units, or how many.
    pub value: i64,
    /// Since when: of two with the same value, the earlier stands first.
    pub reached_at: Timestamp,
}
