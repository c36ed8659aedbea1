//! Leaderboards: by metric, then by who was there first, then by id; competition ranking (1, 1, 3).

use std::cmp::Reverse;

use uuid::Uuid;

use super::place::{Begin, Leaderboard, Period, Place};
use super::question::{ShowLeaderboard, bounded};
use super::shown::shown;
use super::summed::{self, MOST_SUMMED};
use crate::campaign::CampaignModel;
use crate::command::Who;
use crate::decide::{Decide, EVER, day_period};
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{PersonKey, Private, Record, Standing, StandingKey};
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{CampaignId, Day, ParticipantId};

/// The most days that are added up.
const MOST_DAYS: i64 = 92;

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowLeaderboard) -> Decide<Leaderboard> {
    let current = reader.campaign(&asked.campaign)?;
    check(&current.compiled.model, asked)?;
    let campaign = current.id();
    let mut board = match (days_of(asked.period)?, &asked.begin) {
        (Some(days), begin) => {
            let all = summed::over(reader, asked, campaign, days)?;
            summed::page(reader, asked, begin, campaign, all)?
        }
        (None, Begin::Around(who)) => {
            let listing = board(asked, campaign, period(asked.period));
            let all = reader.every::<Standing>(listing, MOST_SUMMED)?;
            summed::page(reader, asked, &Begin::Around(who.clone()), campaign, all)?
        }
        (None, begin) => stored(reader, asked, begin, campaign)?,
    };
    if asked.names {
        name(reader, &mut board.places)?;
    }
    Ok(board)
}

/// A page of a board that the store keeps in order.
fn stored(
    reader: &mut Reader<'_>,
    asked: &ShowLeaderboard,
    begin: &Begin,
    campaign: CampaignId,
) -> Decide<Leaderboard> {
    let board = board(asked, campaign, period(asked.period));
    let after = match begin {
        Begin::Top => None,
        Begin::After(cursor) => Some(cursor.clone()),
        Begin::At(who) | Begin::Around(who) => match before(reader, &board, asked, campaign, who)? {
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

fn board(asked: &ShowLeaderboard, campaign: CampaignId, period: String) -> Listing {
    Listing::Leaderboard { campaign, metric: asked.metric, unit: asked.unit.clone(), period }
}

/// The days of a period that no row is kept for; none for one that the store keeps in order.
fn days_of(period: Period) -> Result<Option<(Day, Day)>, Error> {
    let (from, until) = match period {
        Period::Ever | Period::Month(_) | Period::Day(_) => return Ok(None),
        Period::Week(day) => {
            let monday = day.week_start();
            (monday, std::iter::successors(Some(monday), |day| Some(day.next())).nth(7).unwrap_or(monday))
        }
        Period::Days { from, until } => (from, until),
    };
    let length = until.to_chrono().signed_duration_since(from.to_chrono()).num_days();
    if !(1..=MOST_DAYS).contains(&length) {
        return Err(Error::command("period", "is of 1 to 92 days"));
    }
    Ok(Some((from, until)))
}

/// Gives each place the name by which its person chose to be shown.
fn name(reader: &mut Reader<'_>, places: &mut [Place]) -> Decide<()> {
    reader.need(places.iter().map(|place| PersonKey { participant: place.participant }.into()))?;
    for place in places {
        place.name = reader.row(place.participant)?.as_ref().and_then(shown).map(Private);
    }
    Ok(())
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

/// The period of the rows that the store keeps in order.
fn period(period: Period) -> String {
    match period {
        Period::Month(month) => format!("m{month}"),
        Period::Day(day) | Period::Week(day) => day_period(day),
        Period::Ever | Period::Days { .. } => EVER.to_owned(),
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
        places.push(Place { rank, participant, name: None, value, reached_at });
    }
    Ok(places)
}
