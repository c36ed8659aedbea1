//! Transfers that came back: what they paid is payable again, and no debt is left of it.

use std::collections::{BTreeMap, BTreeSet};

use super::balance::{self, handed_over};
use super::campaign::Current;
use super::halt::{Decide, Halt};
use super::ledger::post;
use super::missed;
use super::netting;
use super::redemption;
use super::standing;
use super::timer;
use super::view::View;
use crate::command::{Finding, Reason};
use crate::record::{Account, EntryKind, Netting, RecordKind, Reward, RewardKey, RewardState};
use crate::value::Amount;

/// Takes back that a reward was handed over; how much came back.
///
/// It is payable again as far as the reward is still owed. The rest ends, in this order, what was written off, what the
/// reward still owes, and the nettings that paid its debt, the latest first. What was used does not come back.
pub(super) fn transfer(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<i64> {
    let quantity = redemption::usable(reward);
    if quantity <= 0 || reward.state == RewardState::Issuing {
        return Err(Halt::Declined(Reason::RewardState));
    }
    let mut held = Held::default();
    held.note(reward);
    post(view, current, reward, EntryKind::Return, (Account::Issued, Account::Owed), quantity)?;
    reward.issued -= quantity;
    redemption::keep_timer(view, reward)?;
    reward.reason = Some(why.to_owned());
    let amount = Amount::from_unit_key(&reward.unit, quantity)?;
    view.find(Finding::new(Reason::Returned).about(&reward.key()).of(amount).because(why));
    let key = reward.key();
    balance::put(view, reward.clone());
    let payers = undo(view, current, &mut held, key.clone())?;
    held.settle(view, current)?;
    for payer in payers {
        // It is payable again: its holds are asked again.
        let mut payer = view.expect::<Reward>(payer)?;
        missed::post(view, current, &mut payer)?;
        balance::put(view, payer);
    }
    *reward = view.expect::<Reward>(key)?;
    Ok(quantity)
}

/// What lay among what is held of each held reward, before a transfer came back.
#[derive(Default)]
struct Held(BTreeMap<RewardKey, i64>);

impl Held {
    fn note(&mut self, reward: &Reward) {
        if reward.state == RewardState::Pending {
            self.0.entry(reward.key()).or_insert_with(|| balance::outstanding(reward));
        }
    }

    /// Moves what is outstanding now to what is held.
    fn settle(self, view: &mut View<'_>, current: &Current) -> Decide<()> {
        for (key, before) in self.0 {
            let reward = view.expect::<Reward>(key)?;
            let by = balance::outstanding(&reward) - before;
            post(view, current, &reward, EntryKind::Hold, (Account::Owed, Account::Held), by.max(0))?;
            post(view, current, &reward, EntryKind::Release, (Account::Held, Account::Owed), (-by).max(0))?;
        }
        Ok(())
    }
}

/// Lets what was taken back fall to what is still more than a reward is worth. Undone nettings make other rewards payable,
/// and these may have been paid back themselves: each is looked at in turn. The rewards whose nettings were undone.
fn undo(view: &mut View<'_>, current: &Current, held: &mut Held, first: RewardKey) -> Decide<BTreeSet<RewardKey>> {
    let mut payers = BTreeSet::new();
    let mut open = vec![first];
    while let Some(key) = open.pop() {
        let mut reward = view.expect::<Reward>(key)?;
        let justified = handed_over(&reward).saturating_sub(reward.quantity).max(0);
        let excess = |reward: &Reward| (reward.reclaimed + reward.written_off).saturating_sub(justified).max(0);
        let written_off = excess(&reward).min(reward.written_off);
        balance::end_write_off(view, current, &mut reward, written_off, Account::Owed)?;
        let owed = excess(&reward).min(reward.owes);
        balance::end_debt(view, &mut reward, owed)?;
        while excess(&reward) > 0 {
            // A debt that a transfer under way pays, or that was forgotten, cannot be undone.
            let last = reward.paid_by.pop().ok_or(Halt::Declined(Reason::RewardState))?;
            let by = excess(&reward).min(last.quantity);
            if last.quantity > by {
                let rest = last.quantity - by;
                reward.paid_by.push(Netting { reward: last.reward.clone(), quantity: rest });
            }
            reward.paid_back -= by;
            reward.reclaimed -= by;
            unnet(view, current, held, &last.reward, by)?;
            payers.insert(last.reward.clone());
            open.push(last.reward);
        }
        netting::give_room(view, &mut reward)?;
        make_payable(view, &mut reward)?;
        balance::put(view, reward);
    }
    Ok(payers)
}

/// Takes back that a reward paid a debt.
fn unnet(view: &mut View<'_>, current: &Current, held: &mut Held, payer: &RewardKey, by: i64) -> Decide<()> {
    let mut payer = view.expect::<Reward>(payer.clone())?;
    if payer.state == RewardState::Issuing {
        return Err(Halt::Declined(Reason::RewardState));
    }
    held.note(&payer);
    // Within one account: it moves no balance.
    post(view, current, &payer, EntryKind::Unnet, (Account::Owed, Account::Owed), by)?;
    payer.netted -= by;
    balance::put(view, payer);
    Ok(())
}

/// What is outstanding is due again, and begins to expire anew.
fn make_payable(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    let now = view.now();
    standing::touch(view, reward);
    if balance::outstanding(reward) <= 0 {
        return Ok(());
    }
    if reward.state.is_issued() {
        timer::restart_expiry(view, reward)?;
        return standing::set_state(view, reward, RewardState::Due, now);
    }
    if matches!(reward.state, RewardState::Due | RewardState::Approved | RewardState::Failed) {
        return timer::restart_expiry(view, reward);
    }
    timer::expire_anew(view, reward);
    Ok(())
}
