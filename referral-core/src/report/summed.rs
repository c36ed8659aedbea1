//! Leaderboards that no row is kept for: days that are added up, and the neighbours of a person. All places are read.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::place::{Begin, Leaderboard, Place};
use super::question::{ShowLeaderboard, bounded};
use crate::command::Who;
use crate::decide::{Decide, day_period};
use crate::engine::Reader;
use crate::error::Error;
use crate::record::Standing;
use crate::store::Listing;
use crate::value::{CampaignId, Day, ParticipantId};

/// The most places that are read at once.
pub(super) const MOST_SUMMED: usize = 100_000;

/// The standings of all days, added up. A sum is reached when the last day that changed it reached its own.
pub(super) fn over(
    reader: &mut Reader<'_>,
    asked: &ShowLeaderboard,
    campaign: CampaignId,
    (from, until): (Day, Day),
) -> Decide<Vec<Standing>> {
    let days = std::iter::successors(Some(from), |day| Some(day.next())).take_while(|day| *day < until);
    let board = |day: Day| Listing::Leaderboard {
        campaign,
        metric: asked.metric,
        unit: asked.unit.clone(),
        period: day_period(day),
    };
    let boards: Vec<Listing> = days.map(board).collect();
    reader.need_pages(boards.iter().cloned().map(Reader::all_of))?;
    let mut sums: BTreeMap<ParticipantId, Standing> = BTreeMap::new();
    for board in boards {
        for standing in reader.every::<Standing>(board, MOST_SUMMED)? {
            match sums.get_mut(&standing.participant) {
                None => drop(sums.insert(standing.participant, standing)),
                Some(sum) => {
                    sum.value = sum.value.saturating_add(standing.value);
                    sum.reached_at = sum.reached_at.max(standing.reached_at);
                }
            }
        }
        if sums.len() > MOST_SUMMED {
            return Err(Error::command("period", "has more people than can be added up").into());
        }
    }
    Ok(sums.into_values().collect())
}

/// A page of places that were all read.
pub(super) fn page(
    reader: &mut Reader<'_>,
    asked: &ShowLeaderboard,
    begin: &Begin,
    campaign: CampaignId,
    mut all: Vec<Standing>,
) -> Decide<Leaderboard> {
    all.retain(|standing| standing.value > 0);
    all.sort_by_key(|standing| (Reverse(standing.value), standing.reached_at, standing.participant));
    let limit = usize::try_from(bounded(asked.limit)).unwrap_or(usize::MAX);
    let first = match begin {
        Begin::Top => Some(0),
        Begin::At(who) => place_of(reader, &all, who)?,
        Begin::Around(who) => place_of(reader, &all, who)?.map(|place| place.saturating_sub(limit / 2)),
        Begin::After(_) => {
            return Err(
                Error::command("begin", "is `top`, `at` or `around`: days that are added up have one page").into()
            );
        }
    };
    let places = first.map_or_else(Vec::new, |first| ranked(&all).into_iter().skip(first).take(limit).collect());
    Ok(Leaderboard { campaign, places, next: None })
}

/// Where a person stands first, under whichever id.
fn place_of(reader: &mut Reader<'_>, all: &[Standing], who: &Who) -> Decide<Option<usize>> {
    let person = reader.participant(who)?.participant;
    let ids = reader.ids(person)?;
    Ok(all.iter().position(|standing| ids.contains(&standing.participant)))
}

/// Competition ranking: who has as much has the same rank.
fn ranked(all: &[Standing]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(all.len());
    for (index, Standing { participant, value, reached_at, .. }) in all.iter().enumerate() {
        let rank = match places.last().filter(|last| last.value == *value) {
            Some(last) => last.rank,
            None => (index as u64).saturating_add(1),
        };
        places.push(Place { rank, participant: *participant, name: None, value: *value, reached_at: *reached_at });
    }
    places
}
