//! Races for counters with bounds.

use std::collections::BTreeSet;

use referral_core::record::{Key, Kind, PeriodSumsKey};
use referral_core::store::{Add, AddSums, Batch, Commit, Listing, Store, Version};
use referral_core::value::CampaignId;

use super::{Effort, add, at_once, batch, commit, exactly, list, load, notification, place, put, rounds, total, value};
use crate::draw::Draw;

/// N threads race for places under a cap; each place comes with records. Every place is given once, every place is given,
/// and what came with a place is there exactly where a place was given.
///
/// # Errors
/// What did not hold.
pub fn last_place(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    let cap = (effort.threads * effort.attempts / 3).max(1);
    rounds("last_place", effort, |tenant| {
        let places = total("places");
        let given = at_once(effort.threads, |thread| {
            let mut draw = Draw::new(thread as u64, tenant.as_str());
            let mut given = Vec::new();
            for attempt in 0..effort.attempts {
                let records = [place(thread, attempt)?, notification(thread, attempt)];
                let keys = [records[0].key(), records[1].key(), places.clone()];
                let puts = records.map(|record| put(record, Version::ABSENT, &mut draw)).to_vec();
                let adds = vec![Add { at_most: Some(cap as i64), ..add(&places, 1) }];
                match commit(store, &Batch { puts, adds, ..batch(tenant) })? {
                    Commit::Applied => {
                        exactly("records of a place at once after it was given", 3, load(store, tenant, &keys)?.len())?;
                        given.push(keys);
                    }
                    Commit::Refused { stale, over } => {
                        exactly("stale keys of a place that was not given", Vec::new(), stale)?;
                        exactly("counters of a place that was not given", vec![places.clone()], over)?;
                    }
                }
                let so_far = value(store, tenant, &places)?;
                exactly("whether the counter is within its bounds", true, (0..=cap as i64).contains(&so_far))?;
            }
            Ok(given)
        })?;
        let given: Vec<_> = given.into_iter().flatten().collect();
        exactly("places given", cap, given.len())?;
        exactly("the counter of places", cap as i64, value(store, tenant, &places)?)?;
        for (number, kind) in [Kind::CampaignName, Kind::Notification].into_iter().enumerate() {
            let expected: BTreeSet<Option<&Key>> = given.iter().map(|keys| keys.get(number)).collect();
            let found: Vec<Key> = list(store, tenant, Listing::All(kind))?.iter().map(|row| row.record.key()).collect();
            exactly("records of places", expected, found.iter().map(Some).collect())?;
        }
        Ok(())
    })
}

/// N threads race for a budget with amounts of different size. It is never overspent, and no amount is refused that would
/// have fitted.
///
/// # Errors
/// What did not hold.
pub fn last_of_a_budget(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    let budget = (effort.threads * effort.attempts * 10) as i64;
    rounds("last_of_a_budget", effort, |tenant| {
        let spent = total("budget");
        let taken = at_once(effort.threads, |thread| {
            let mut draw = Draw::new(thread as u64, tenant.as_str());
            let (mut taken, mut least_refused) = (0, i64::MAX);
            for _ in 0..effort.attempts {
                let amount = 1 + draw.below(97) as i64;
                let adds = vec![Add { at_most: Some(budget), at_least: Some(0), ..add(&spent, amount) }];
                match commit(store, &Batch { adds, ..batch(tenant) })? {
                    Commit::Applied => taken += amount,
                    Commit::Refused { .. } => least_refused = least_refused.min(amount),
                }
            }
            Ok((taken, least_refused))
        })?;
        let sum: i64 = taken.iter().map(|(taken, _)| taken).sum();
        let least_refused = taken.iter().map(|(_, refused)| *refused).min().unwrap_or(i64::MAX);
        exactly("what was taken, by the counter", sum, value(store, tenant, &spent)?)?;
        exactly("whether the budget was kept", true, sum <= budget)?;
        // The counter only grew, so what was refused once would not fit now either.
        exactly("whether all that was refused did not fit", true, sum.saturating_add(least_refused) > budget)
    })
}

/// N threads take places under a cap and give them back. Who holds a place can give it back, and in the end all are free.
///
/// # Errors
/// What did not hold.
pub fn places_given_back(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    let cap = (effort.threads / 2).max(1) as i64;
    rounds("places_given_back", effort, |tenant| {
        let places = total("places");
        let taken = at_once(effort.threads, |_| {
            let mut taken = 0;
            for _ in 0..effort.attempts {
                let take = Add { at_most: Some(cap), ..add(&places, 1) };
                if commit(store, &Batch { adds: vec![take], ..batch(tenant) })? != Commit::Applied {
                    continue;
                }
                taken += 1;
                let held = value(store, tenant, &places)?;
                exactly("whether the counter is within its bounds", true, (1..=cap).contains(&held))?;
                let give = Add { at_least: Some(0), ..add(&places, -1) };
                let given = commit(store, &Batch { adds: vec![give], ..batch(tenant) })?;
                exactly("giving back a place that is held", Commit::Applied, given)?;
            }
            Ok(taken)
        })?;
        exactly("whether each place was taken", true, taken.iter().sum::<i64>() >= cap)?;
        exactly("places held in the end", 0, value(store, tenant, &places)?)
    })
}

/// N threads add to several counters at once, without bounds. The sums are exact.
///
/// # Errors
/// What did not hold.
pub fn adds_are_not_lost(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    rounds("adds_are_not_lost", effort, |tenant| {
        let counters = ["a", "b", "c"].map(total);
        let row = Key::from(PeriodSumsKey { campaign: CampaignId(1), period: "all".to_owned() });
        let added = at_once(effort.threads, |thread| {
            let mut draw = Draw::new(thread as u64, tenant.as_str());
            let mut added = [0; 3];
            for _ in 0..effort.attempts {
                let by = [0; 3].map(|_: i64| draw.below(200) as i64 - 100);
                let adds = counters.iter().zip(by).map(|(key, by)| add(key, by)).collect();
                let numbers = by.iter().enumerate().map(|(number, by)| (number.to_string(), *by));
                let sums = vec![AddSums { key: row.clone(), by: numbers.collect() }];
                let committed = commit(store, &Batch { adds, sums, ..batch(tenant) })?;
                exactly("an add without bounds", Commit::Applied, committed)?;
                added.iter_mut().zip(by).for_each(|(added, by)| *added += by);
            }
            Ok(added)
        })?;
        for (number, counter) in counters.iter().enumerate() {
            let sum = added.iter().filter_map(|added| added.get(number)).sum::<i64>();
            exactly("the sum of a counter", sum, value(store, tenant, counter)?)?;
            let stored = load(store, tenant, std::slice::from_ref(&row))?.pop();
            let stored = stored.and_then(|stored| stored.record.sums().cloned());
            exactly("a number of a row of sums", sum, stored.unwrap_or_default().get(&number.to_string()))?;
        }
        Ok(())
    })
}
