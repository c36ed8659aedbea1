//! Which debts a transfer pays: a person's oldest debts, shared over the oldest due rewards, in the order in which lists
//! show them.
//!
//! The claims of a person are listed, and each is got by key before a decision rests on it. A listing may be behind: a
//! claim that it does not show yet has its turn at a later transfer.

use super::balance::{self, debt_of, outstanding};
use super::campaign::Current;
use super::halt::Decide;
use super::limits;
use super::merged;
use super::standing::is_due;
use super::view::View;
use crate::record::{Claim, Key, Netting, ParticipantKey, RecordKind, Reward, RewardKey};
use crate::store::{Listing, PageRequest};
use crate::value::Timestamp;

/// How many claims a page holds.
const PAGE: u32 = 100;
/// The most debts that one transfer pays.
const MOST_DEBTS: usize = 256;
/// The most rewards of which a debtor remembers that they paid.
const MOST_PAYERS: usize = 256;

/// How much of the beneficiary's debt a due reward pays: what older due rewards leave of it.
pub(crate) fn share(view: &mut View<'_>, reward: &Reward) -> Decide<i64> {
    let mut debt = debt_of(view, reward)?;
    if debt == 0 {
        return Ok(0);
    }
    let (key, now) = (reward.key(), view.received_at());
    let own = (reward.granted_at, key.clone());
    each_claim(view, reward, Claim::Open, |other| {
        if place(other) >= own || debt <= 0 {
            return false;
        }
        if other.unit == reward.unit && is_due(other, now) {
            debt = debt.saturating_sub(outstanding(other));
        }
        true
    })?;
    Ok(debt.clamp(0, outstanding(reward).max(0)))
}

/// Names what [`share`] of these rewards reads first: debts, and the first claims of who owes something.
pub(crate) fn need_shares(view: &mut View<'_>, rewards: &[Reward]) -> Decide<()> {
    let now = view.received_at();
    let due: Vec<&Reward> = rewards.iter().filter(|reward| is_due(reward, now)).collect();
    view.need(due.iter().map(|reward| ParticipantKey { participant: reward.participant }.into()))?;
    let keys = due.iter().map(|reward| balance::debt_keys(view, reward)).collect::<Decide<Vec<_>>>()?;
    view.need(keys.into_iter().flatten().map(Key::from))?;
    let mut pages = Vec::new();
    for reward in due {
        if debt_of(view, reward)? > 0 {
            pages.extend(claims_of(view, reward, Claim::Open)?);
        }
    }
    view.need_pages(pages)
}

/// Fixes the oldest debts that `quantity` pays: until the transfer ends no other one pays them.
pub(super) fn fix(view: &mut View<'_>, reward: &Reward, quantity: i64) -> Decide<Vec<Netting>> {
    let (mut left, mut debtors) = (quantity, Vec::new());
    if quantity > 0 {
        each_claim(view, reward, Claim::Debt, |other| {
            if left > 0 && other.unit == reward.unit && other.owes > 0 && other.paid_by.len() < MOST_PAYERS {
                let pays = left.min(other.owes);
                left -= pays;
                debtors.push((other.clone(), pays));
            }
            left > 0 && debtors.len() < MOST_DEBTS
        })?;
    }
    let mut debts = Vec::with_capacity(debtors.len());
    for (mut debtor, pays) in debtors {
        balance::move_debt(view, &mut debtor, -pays)?;
        debts.push(Netting { reward: debtor.key(), quantity: pays });
        balance::put(view, debtor);
    }
    Ok(debts)
}

/// Books that a reward paid debts: who owed them keeps less of what was handed over.
pub(super) fn book(view: &mut View<'_>, payer: &RewardKey, debts: Vec<Netting>) -> Decide<()> {
    for Netting { reward, quantity } in debts {
        let mut debtor = view.expect::<Reward>(reward)?;
        debtor.paid_back += quantity;
        match debtor.paid_by.iter_mut().find(|known| known.reward == *payer) {
            Some(known) => known.quantity += quantity,
            None => debtor.paid_by.push(Netting { reward: payer.clone(), quantity }),
        }
        give_room(view, &mut debtor)?;
        balance::put(view, debtor);
    }
    Ok(())
}

/// Gives fixed debts back: the transfer that would have paid them did not.
pub(super) fn give_up(view: &mut View<'_>, current: &Current, debts: Vec<Netting>) -> Decide<()> {
    for Netting { reward, quantity } in debts {
        let mut debtor = view.expect::<Reward>(reward)?;
        balance::move_debt(view, &mut debtor, quantity)?;
        if debtor.fixed.is_none() {
            balance::make_good(view, current, &mut debtor)?;
        }
        balance::put(view, debtor);
    }
    Ok(())
}

/// Gives back what a reward took from limits beyond what it counts now.
pub(super) fn give_room(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    match balance::counted(reward) {
        0 => limits::release(view, reward),
        counted => limits::give_back(view, reward, counted),
    }
}

/// Where a reward stands among the claims of its beneficiary.
fn place(reward: &Reward) -> (Timestamp, RewardKey) {
    (reward.granted_at, reward.key())
}

/// The first pages of the claims of a reward's beneficiary in its campaign: one for each of the person's ids.
fn claims_of(view: &mut View<'_>, reward: &Reward, claim: Claim) -> Decide<Vec<PageRequest>> {
    let campaign = reward.campaign;
    let page = |participant| Listing::ClaimsOf { participant, campaign, claim }.first(PAGE);
    Ok(merged::ids(view, reward.participant)?.into_iter().map(page).collect())
}

/// Looks at the claims of a reward's beneficiary in its campaign, oldest first, as long as `look` asks for more.
fn each_claim(view: &mut View<'_>, reward: &Reward, claim: Claim, mut look: impl FnMut(&Reward) -> bool) -> Decide<()> {
    let pages = claims_of(view, reward, claim)?;
    if let [only] = pages.as_slice() {
        return each_listed(view, only.clone(), &mut look).map(drop);
    }
    let mut claims = Vec::new();
    for page in pages {
        each_listed(view, page, &mut |claim: &Reward| {
            claims.push(claim.clone());
            true
        })?;
    }
    claims.sort_by_key(place);
    for claim in &claims {
        if !look(claim) {
            break;
        }
    }
    Ok(())
}

/// Looks at the claims of a listing in their order. Whether `look` asked for all of them.
fn each_listed(view: &mut View<'_>, mut request: PageRequest, look: &mut dyn FnMut(&Reward) -> bool) -> Decide<bool> {
    loop {
        let page = view.page(&request)?;
        let keys: Vec<RewardKey> =
            page.rows.iter().filter_map(|stored| Reward::from_record(&stored.record)).map(Reward::key).collect();
        view.need(keys.iter().map(|key| key.clone().into()))?;
        for key in keys {
            // It may be gone since it was listed.
            let Some(other) = view.get::<Reward>(key)? else { continue };
            if !look(&other) {
                return Ok(false);
            }
        }
        let Some(next) = page.next.clone() else { return Ok(true) };
        request.after = Some(next);
    }
}
