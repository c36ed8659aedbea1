//! Leaderboards: by metric, then by who was there first, then by id; competition ranking (1, 1, 3).

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::question::{ShowLeaderboard, bounded};
use crate::campaign::CampaignModel;
use crate::command::Who;
use crate::decide::{Decide, EVER, day_period};
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{Record, Standing, StandingKey};
use crate::store::{Cursor, Listing, PageRequest};
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
}

/// A page of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// The campaign.
    pub campaign: CampaignId,
    /// The places, the greatest value first. Who has nothing has no place.
    pub places: Vec<Place>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

/// A place on a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// 1 + how many have more. Who has as much has the same rank, and the rank behind them is skipped.
    pub rank: u64,
    /// The participant.
    pub participant: ParticipantId,
    /// How much, in minor units or units, or how many.
    pub value: i64,
    /// Since when: of two with the same value, the earlier stands first.
    pub reached_at: Timestamp,
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowLeaderboard) -> Decide<Leaderboard> {
    let current = reader.campaign(&asked.campaign)?;
    check(&current.compiled.model, asked)?;
    let campaign = current.id();
    let period = period(asked.period);
    let board = Listing::Leaderboard { campaign, metric: asked.metric, unit: asked.unit.clone(), period };
    let after = match &asked.begin {
        Begin::Top => None,
        Begin::After(cursor) => Some(cursor.clone()),
        Begin::At(who) => match before(reader, &board, asked, campaign, who)? {
            Some(cursor) => Some(cursor),
            None => return Ok(Leaderboard { campaign, places: Vec::new(), next: None }),
        },
    };
    let request = PageRequest { after, ..board.first(bounded(asked.limit)) };
    let Rows { mut rows, mut next, first_rank } = reader.rows::<Standing>(&request)?;
    let before = rows.len();
    rows.retain(|standing| standing.value > 0);
    if rows.len() < before {
        next = None;
    }
    Ok(Leaderboard { campaign, places: ranked(reader, &request, rows, first_rank.unwrap_or(1))?, next })
}

fn check(model: &CampaignModel, asked: &ShowLeaderboard) -> Result<(), Error> {
    match (asked.metric, asked.unit.is_empty()) {
        (metric, _) if !model.leaderboard.contains(&metric) => {
            let ranked: Vec<_> = model.leaderboard.iter().map(|metric| format!("`{metric}`")).collect();
            let by = if ranked.is_empty() { "nothing".to_owned() } else { ranked.join(", ") };
            Err(Error::command("metric", format!("the campaign ranks people by {by}, not by `{metric}`")))
        }
        (metric, true) if metric.has_unit() => {
            Err(Error::command("unit", format!("`{metric}` is counted by currency or unit: say which")))
        }
        (metric, false) if !metric.has_unit() => Err(Error::command("unit", format!("`{metric}` has none"))),
        _ => Ok(()),
    }
}

fn period(period: Period) -> String {
    match period {
        Period::Ever => EVER.to_owned(),
        Period::Month(month) => format!("m{month}"),
        Period::Day(day) => day_period(day),
    }
}

/// The cursor of the place just before a participant's own; none if the participant has no place.
fn before(
    reader: &mut Reader<'_>,
    board: &Listing,
    asked: &ShowLeaderboard,
    campaign: CampaignId,
    who: &Who,
) -> Decide<Option<Cursor>> {
    let person = reader.participant(who)?.participant;
    let key = |participant| StandingKey {
        campaign,
        metric: asked.metric,
        unit: asked.unit.clone(),
        period: period(asked.period),
        participant,
    };
    let ids = reader.ids(person)?;
    reader.need(ids.iter().map(|id| key(*id).into()))?;
    let mut standings = Vec::with_capacity(ids.len());
    for id in ids {
        standings.extend(reader.peek::<Standing>(key(id))?.filter(|standing| standing.value > 0));
    }
    // Of a person with several places, the first.
    let first = standings.into_iter().max_by_key(|standing| (standing.value, Reverse(standing.reached_at)));
    Ok(first.map(|standing| {
        // The id is the last thing that places are ordered by, so the next smaller id stands just before.
        let smaller = ParticipantId(Uuid::from_u128(standing.participant.0.as_u128().saturating_sub(1)));
        board.behind(&Record::from(Standing { participant: smaller, ..standing }))
    }))
}

/// Gives each standing its rank. The first one's is known; that of the first with less is known on the first page, and
/// asked for on every other, which may begin in the middle of those who have the same.
fn ranked(reader: &mut Reader<'_>, request: &PageRequest, rows: Vec<Standing>, first_rank: u64) -> Decide<Vec<Place>> {
    let same = rows.first().map_or(0, |first| rows.iter().take_while(|row| row.value == first.value).count());
    let mut rank = first_rank;
    let mut rank_of_less = first_rank.saturating_add(same as u64);
    if let (Some(_), Some(last), true) = (&request.after, rows.get(same.saturating_sub(1)), rows.len() > same) {
        let after = Some(request.listing.behind(&Record::from(last.clone())));
        let less = PageRequest { after, ..request.listing.clone().first(1) };
        rank_of_less = reader.rows::<Standing>(&less)?.first_rank.unwrap_or(rank_of_less);
    }
    let mut places: Vec<Place> = Vec::with_capacity(rows.len());
    for (index, standing) in rows.into_iter().enumerate() {
        let Standing { participant, value, reached_at, .. } = standing;
        if places.last().is_some_and(|last| last.value != value) {
            rank = rank_of_less.saturating_add(index.saturating_sub(same) as u64);
        }
        places.push(Place { rank, participant, value, reached_at });
    }
    Ok(places)
}
