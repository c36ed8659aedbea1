//! Posts what time has brought to other rewards of somebody who owes something, in order of time.
//!
//! Receivable is what a person owes beyond what is due and held. So the day on which something is receivable depends on when other
//! rewards of that person expired. Before the balance of such a person moves, what has expired is posted, dated when it
//! expired: no total of a past day depends on when `settle` ran. While rewards that have not expired cover the debt, nothing is
//! receivable in any order, and nothing more is posted.

use super::balance::{self, debt_of, outstanding};
use super::campaign::Current;
use super::halt::Decide;
use super::merged;
use super::standing;
use super::timer;
use super::view::View;
use crate::record::{Claim, DebtKey, Key, RecordKind, Reward, RewardKey};
use crate::store::Listing;
use crate::value::Timestamp;

/// How many claims a page holds.
const PAGE: u32 = 100;
/// One command posts the expiry of so many other rewards at most.
const MOST: usize = 256;

/// When something expired, and what.
type Expired = (Timestamp, RewardKey);

/// Posts what time has brought to a reward and, if its beneficiary owes something, to the person's other rewards.
pub(super) fn catch_up(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let debt = debt_of(view, reward)?;
    let expired = expired(view, (&account_of(reward), debt), Some(&reward.key()))?;
    let own = standing::expires(reward).filter(|at| *at <= view.received_at()).map(|at| (at, reward.key()));
    let is_earlier = |other: &Expired| own.as_ref().is_none_or(|own| other < own);
    let (earlier, later): (Vec<_>, Vec<_>) = expired.into_iter().partition(is_earlier);
    post(view, current, earlier)?;
    standing::catch_up(view, current, reward)?;
    post(view, current, later)
}

/// Posts what time has brought to other rewards of a beneficiary who owes `more` from now on.
pub(super) fn catch_up_before(view: &mut View<'_>, current: &Current, reward: &Reward, more: i64) -> Decide<()> {
    let debt = debt_of(view, reward)?.saturating_add(more);
    let expired = expired(view, (&account_of(reward), debt), Some(&reward.key()))?;
    post(view, current, expired)
}

/// Posts what time has brought to all rewards of a person in a campaign and unit.
pub(super) fn catch_up_all(view: &mut View<'_>, current: &Current, account: &DebtKey) -> Decide<()> {
    let expired = expired(view, (account, i64::MAX), None)?;
    post(view, current, expired)
}

/// Where what a beneficiary owes is kept.
fn account_of(reward: &Reward) -> DebtKey {
    DebtKey { campaign: reward.campaign, participant: reward.participant, unit: reward.unit.clone() }
}

/// What of a person has expired and was not posted, but for one reward; nothing if what has not expired covers the debt. A listing
/// may be behind: what it does not show yet is posted later, with the same date.
fn expired(view: &mut View<'_>, (account, debt): (&DebtKey, i64), but: Option<&RewardKey>) -> Decide<Vec<Expired>> {
    let (now, mut left, mut expired) = (view.received_at(), debt, Vec::new());
    if debt <= 0 {
        return Ok(expired);
    }
    let DebtKey { campaign, participant, unit } = account;
    for participant in merged::ids(view, *participant)? {
        let mut request = Listing::ClaimsOf { participant, campaign: *campaign, claim: Claim::Open }.first(PAGE);
        loop {
            let page = view.page(&request)?;
            for listed in page.rows.iter().filter_map(|stored| Reward::from_record(&stored.record)) {
                let key = listed.key();
                let claim = view.glance::<Reward>(key.clone()).unwrap_or(listed);
                if claim.unit != *unit || but == Some(&key) {
                    continue;
                }
                match standing::expires(claim).filter(|at| *at <= now) {
                    Some(at) => expired.push((at, key)),
                    None => left = left.saturating_sub(outstanding(claim).max(0)),
                }
            }
            if left <= 0 {
                return Ok(Vec::new());
            }
            let Some(next) = page.next.clone() else { break };
            request.after = Some(next);
        }
    }
    expired.sort();
    expired.truncate(MOST);
    Ok(expired)
}

fn post(view: &mut View<'_>, current: &Current, expired: Vec<Expired>) -> Decide<()> {
    view.need(expired.iter().map(|(_, key)| Key::from(key.clone())))?;
    let timers = expired.iter().filter_map(|(_, key)| view.glance::<Reward>(key.clone())).flat_map(timer::keys);
    let timers: Vec<Key> = timers.collect();
    view.need(timers)?;
    for (_, key) in expired {
        // It may be gone since it was listed.
        let Some(mut reward) = view.get::<Reward>(key)? else { continue };
        standing::catch_up(view, current, &mut reward)?;
        balance::put(view, reward);
    }
    Ok(())
}
