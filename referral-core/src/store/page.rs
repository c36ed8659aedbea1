//! Listings: a closed list of questions, one index each, and the one general form that an adapter runs.

use serde::{Deserialize, Serialize};

use super::contract::Stored;
use super::scan::Scan;
use crate::record::{
    Alias, Cell, Claim, Code, Conversion, Delivery, DeliveryState, Entry, Field, Grant, Kind, Letter, LetterState,
    Metric, Moderation, Record, Referral, Reward, RewardState, Standing, Touch,
};
use crate::value::{CampaignId, EventId, GrantId, ParticipantId, SourceName, SubscriberName, Timestamp};

/// Where a page ended: the next page begins behind it. Opaque to callers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub Vec<Cell>);

/// What a listing asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// All records of a kind, by key.
    All(Kind),
    /// All timers that are due at a time, by time.
    TimersDue {
        /// The time; a timer at that very time is due.
        until: Timestamp,
    },
    /// Deliveries of one subscriber that are due at a time, by time.
    DeliveriesDue {
        /// Who is told.
        subscriber: SubscriberName,
        /// The time; a delivery at that very time is due.
        until: Timestamp,
    },
    /// Deliveries of one subscriber in a state.
    DeliveriesIn {
        /// Who is told.
        subscriber: SubscriberName,
        /// The state.
        state: DeliveryState,
    },
    /// Rewards in a state in one campaign, oldest first.
    RewardsIn {
        /// The state.
        state: RewardState,
        /// The campaign.
        campaign: CampaignId,
    },
    /// Rewards of one participant, oldest first.
    RewardsOf {
        /// The beneficiary.
        participant: ParticipantId,
    },
    /// Rewards of a campaign of which something is refused for a reason, by when they were granted or refused first.
    RewardsRefused {
        /// The campaign.
        campaign: CampaignId,
        /// The code of the reason.
        because: String,
        /// The first time.
        #[serde(default)]
        from: Option<Timestamp>,
        /// The first time behind the last.
        #[serde(default)]
        until: Option<Timestamp>,
    },
    /// What one participant is owed in a campaign, or owes there: the rewards by granting and key.
    ClaimsOf {
        /// The beneficiary.
        participant: ParticipantId,
        /// The campaign.
        campaign: CampaignId,
        /// Whether the beneficiary is owed something, or owes something.
        claim: Claim,
    },
    /// Referrals made by one participant, oldest first.
    ReferralsBy {
        /// The campaign.
        campaign: CampaignId,
        /// Who referred.
        referrer: ParticipantId,
    },
    /// Referrals of a campaign, oldest first.
    ReferralsIn {
        /// The campaign.
        campaign: CampaignId,
    },
    /// Referrals of a campaign that became a lead from one time to before another, oldest first.
    ReferralsBetween {
        /// The campaign.
        campaign: CampaignId,
        /// The first time.
        from: Timestamp,
        /// The first time behind the last.
        until: Timestamp,
    },
    /// Referrals of a campaign in a moderation state, oldest first: the review queue.
    ReferralsModerated {
        /// The campaign.
        campaign: CampaignId,
        /// The state.
        moderation: Moderation,
    },
    /// Participants enrolled in a campaign, by id.
    EnrolmentsIn {
        /// The campaign.
        campaign: CampaignId,
    },
    /// Touches of a campaign from one time to before another, oldest first.
    TouchesIn {
        /// The campaign.
        campaign: CampaignId,
        /// The first time.
        from: Timestamp,
        /// The first time behind the last.
        until: Timestamp,
    },
    /// Grants of one participant, by id.
    GrantsOf {
        /// The campaign.
        campaign: CampaignId,
        /// The participant.
        participant: ParticipantId,
    },
    /// Codes of one participant, by code.
    CodesOf {
        /// The campaign.
        campaign: CampaignId,
        /// The participant.
        participant: ParticipantId,
    },
    /// Links of one grant, by counter.
    LinksOf {
        /// The campaign.
        campaign: CampaignId,
        /// The grant.
        grant: GrantId,
    },
    /// Refunds that came under one conversion's id.
    RefundsOf {
        /// The conversion's source.
        source: SourceName,
        /// The conversion's event id.
        event: EventId,
    },
    /// Conversions of one person, oldest first.
    ConversionsOf {
        /// The person.
        participant: ParticipantId,
    },
    /// Ledger entries of one participant, oldest first.
    EntriesOf {
        /// The participant.
        participant: ParticipantId,
    },
    /// Aliases of one participant.
    AliasesOf {
        /// The participant.
        participant: ParticipantId,
    },
    /// Letters in a state that were received before a time, oldest first.
    LettersIn {
        /// The state.
        state: LetterState,
        /// The first time behind the last.
        #[serde(default)]
        until: Option<Timestamp>,
    },
    /// Letters that name somebody, by the keyed hash of an id or an email.
    LettersNaming {
        /// The hash.
        hash: [u8; 16],
    },
    /// What is counted of a campaign, from one period to before another.
    PeriodSums {
        /// The campaign.
        campaign: CampaignId,
        /// The first period, such as `d2026-05-01`.
        from: String,
        /// The first period behind the last.
        until: String,
    },
    /// The same by dimension.
    PartSums {
        /// The campaign.
        campaign: CampaignId,
        /// The first period, such as `d2026-05-01`.
        from: String,
        /// The first period behind the last.
        until: String,
    },
    /// Standings from the greatest to the least, then by who was there first, then by id.
    Leaderboard {
        /// The campaign.
        campaign: CampaignId,
        /// The metric.
        metric: Metric,
        /// The currency or unit; empty for a number of things.
        unit: String,
        /// `d2026-05-01`, `m2026-05` or `all`.
        period: String,
    },
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// What is asked for.
    pub listing: Listing,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// How many records at most, from 1 to [`PageRequest::MOST`].
    pub limit: u32,
    /// The columns that are needed, where whole records are not: a store may answer their cells alone, in [`Page::cells`].
    /// Empty: whole records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// What a store answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The records, in order.
    pub rows: Vec<Stored>,
    /// Instead of the records, the cells of the columns that the request names, row by row. Only a store that answers these
    /// has no rows here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Cell>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
    /// For a leaderboard with rows: 1 + the number of records with a greater value than the first row's.
    pub first_rank: Option<u64>,
}

fn just_behind(time: Timestamp) -> Option<Cell> {
    Some(Cell::Integer(time.as_micros().saturating_add(1)))
}

fn rewards_in(state: RewardState, campaign: CampaignId) -> Scan {
    Scan::by_index(&Reward::BY_STATE, vec![state.to_cell(), campaign.to_cell()])
}

fn referrals_between(campaign: CampaignId, from: Timestamp, until: Timestamp) -> Scan {
    Scan::by_index(&Referral::BY_TIME, vec![campaign.to_cell()]).range(Some(from.to_cell()), Some(until.to_cell()))
}

fn letters_in(state: LetterState, until: Option<&Timestamp>) -> Scan {
    Scan::by_index(&Letter::BY_STATE, vec![state.to_cell()]).range(None, until.map(Field::to_cell))
}

impl Listing {
    /// The general form.
    #[must_use]
    pub fn scan(&self) -> Scan {
        match self {
            Self::All(kind) => Scan::by_key(*kind, Vec::new()),
            Self::TimersDue { until } => Scan::by_key(Kind::Timer, Vec::new()).range(None, just_behind(*until)),
            Self::DeliveriesDue { subscriber, until } => {
                let equals = vec![subscriber.to_cell(), DeliveryState::Waiting.to_cell()];
                Scan::by_index(&Delivery::BY_DUE, equals).range(None, just_behind(*until))
            }
            Self::DeliveriesIn { subscriber, state } => {
                Scan::by_index(&Delivery::BY_DUE, vec![subscriber.to_cell(), state.to_cell()])
            }
            Self::RewardsIn { state, campaign } => rewards_in(*state, *campaign),
            Self::RewardsOf { participant } => Scan::by_index(&Reward::BY_PARTICIPANT, vec![participant.to_cell()]),
            Self::RewardsRefused { campaign, because, from, until } => {
                Scan::by_index(&Reward::BY_REFUSAL, vec![campaign.to_cell(), because.to_cell()])
                    .range(from.as_ref().map(Field::to_cell), until.as_ref().map(Field::to_cell))
            }
            Self::ClaimsOf { participant, campaign, claim } => {
                Scan::by_index(&Reward::BY_CLAIM, vec![participant.to_cell(), campaign.to_cell(), claim.to_cell()])
            }
            Self::ReferralsBy { campaign, referrer } => {
                Scan::by_index(&Referral::BY_REFERRER, vec![campaign.to_cell(), referrer.to_cell()])
            }
            Self::ReferralsIn { campaign } => Scan::by_index(&Referral::BY_TIME, vec![campaign.to_cell()]),
            Self::ReferralsBetween { campaign, from, until } => referrals_between(*campaign, *from, *until),
            Self::ReferralsModerated { campaign, moderation } => {
                Scan::by_index(&Referral::BY_MODERATION, vec![campaign.to_cell(), moderation.to_cell()])
            }
            Self::EnrolmentsIn { campaign } => Scan::by_key(Kind::Enrolment, vec![campaign.to_cell()]),
            Self::TouchesIn { campaign, from, until } => Scan::by_index(&Touch::BY_CAMPAIGN, vec![campaign.to_cell()])
                .range(Some(from.to_cell()), Some(until.to_cell())),
            Self::GrantsOf { campaign, participant } => {
                Scan::by_index(&Grant::BY_PARTICIPANT, vec![campaign.to_cell(), participant.to_cell()])
            }
            Self::CodesOf { campaign, participant } => {
                Scan::by_index(&Code::BY_PARTICIPANT, vec![campaign.to_cell(), participant.to_cell()])
            }
            Self::LinksOf { campaign, grant } => Scan::by_key(Kind::Link, vec![campaign.to_cell(), grant.to_cell()]),
            Self::RefundsOf { source, event } => Scan::by_key(Kind::Refund, vec![source.to_cell(), event.to_cell()]),
            Self::ConversionsOf { participant: of } => Scan::by_index(&Conversion::BY_PARTICIPANT, vec![of.to_cell()]),
            Self::EntriesOf { participant } => Scan::by_index(&Entry::BY_PARTICIPANT, vec![participant.to_cell()]),
            Self::AliasesOf { participant } => Scan::by_index(&Alias::BY_PARTICIPANT, vec![participant.to_cell()]),
            Self::LettersIn { state, until } => letters_in(*state, until.as_ref()),
            Self::LettersNaming { hash } => Scan::by_key(Kind::LetterPerson, vec![hash.to_cell()]),
            Self::PeriodSums { campaign, from, until } => Scan::by_key(Kind::PeriodSums, vec![campaign.to_cell()])
                .range(Some(from.to_cell()), Some(until.to_cell())),
            Self::PartSums { campaign, from, until } => Scan::by_key(Kind::PartSums, vec![campaign.to_cell()])
                .range(Some(from.to_cell()), Some(until.to_cell())),
            Self::Leaderboard { campaign, metric, unit, period } => {
                let equals = vec![campaign.to_cell(), metric.to_cell(), unit.to_cell(), period.to_cell()];
                Scan { ranked: true, ..Scan::by_index(&Standing::BY_VALUE, equals) }
            }
        }
    }

    /// The cursor of the place just behind `record` in this listing.
    ///
    /// The cells of a record that is not of the listing's kind are null, and nothing stands behind them in particular.
    #[must_use]
    pub fn behind(&self, record: &Record) -> Cursor {
        let scan = self.scan();
        let of_kind = Some(record).filter(|record| record.kind() == scan.kind);
        let cell = |name: &str| of_kind.and_then(|record| record.cell(name)).unwrap_or(Cell::Null);
        Cursor(scan.order().into_iter().skip(scan.equals.len()).map(|(name, _)| cell(name)).collect())
    }

    /// The first page of this listing.
    #[must_use]
    pub fn first(self, limit: u32) -> PageRequest {
        PageRequest { listing: self, after: None, limit, columns: Vec::new() }
    }
}

impl Page {
    /// For each record the cells of the columns that its request names, however the store answered. The cell of a column that
    /// the kind does not have is null.
    pub fn into_cells(self, columns: &[String]) -> impl Iterator<Item = Vec<Cell>> + use<> {
        let of = |stored: &Stored| -> Vec<Cell> {
            columns.iter().map(|column| stored.record.cell(column).unwrap_or(Cell::Null)).collect()
        };
        let whole: Vec<Vec<Cell>> = self.rows.iter().map(of).collect();
        let mut cells = self.cells.into_iter();
        let width = columns.len();
        let narrow = std::iter::from_fn(move || {
            let row: Vec<Cell> = cells.by_ref().take(width).collect();
            Some(row).filter(|row| !row.is_empty())
        });
        whole.into_iter().chain(narrow)
    }
}

impl PageRequest {
    /// The same page with the cells of some columns alone, where the store can do that.
    #[must_use]
    pub fn only(self, columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|column| (*column).to_owned()).collect(), ..self }
    }

    /// The most records that one page holds.
    pub const MOST: u32 = 10_000;

    /// The limit within its bounds.
    #[must_use]
    pub fn bounded_limit(&self) -> usize {
        self.limit.clamp(1, Self::MOST) as usize
    }
}
