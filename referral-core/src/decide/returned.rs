//! Transfers that came back: what they paid is payable again, and no debt is left of it.

use super::balance::{self, handed_over};
use super::campaign::Current;
use super::halt::{Decide, Halt};
use super::ledger::post;
use super::netting;
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
    let quantity = reward.issued - reward.redeemed;
    if quantity <= 0 || reward.state == RewardState::Issuing {
        return Err(Halt::Declined(Reason::RewardState));
    }
    post(view, current, reward, EntryKind::Return, (Account::Issued, Account::Owed), quantity)?;
    reward.issued -= quantity;
    reward.reason = Some(why.to_owned());
    let amount = Amount::from_unit_key(&reward.unit, quantity)?;
    view.find(Finding::new(Reason::Returned).about(&reward.key()).of(amount).because(why));
    let key = reward.key();
    balance::put(view, reward.clone());
    undo(view, current, key.clone())?;
    *reward = view.expect::<Reward>(key)?;
    Ok(quantity)
}

/// Lets what was taken back fall to what is still more than a reward is worth. Undone nettings make other rewards payable,
/// and these may have been paid back themselves: each is looked at in turn.
fn undo(view: &mut View<'_>, current: &Current, first: RewardKey) -> Decide<()> {
    let mut open = vec![first];
    while let Some(key) = open.pop() {
        let mut reward = view.expect::<Reward>(key)?;
        let justified = handed_over(&reward).saturating_sub(reward.quantity).max(0);
        let excess = |reward: &Reward| (reward.reclaimed + reward.written_off).saturating_sub(justified).max(0);
        let written_off = excess(&reward).min(reward.written_off);
        balance::end_write_off(view, current, &mut reward, written_off)?;
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
            unnet(view, current, &last.reward, by)?;
            open.push(last.reward);
        }
        netting::give_room(view, &mut reward)?;
        make_payable(view, &mut reward)?;
        balance::put(view, reward);
    }
    Ok(())
}

/// Takes back that a reward paid a debt.
fn unnet(view: &mut View<'_>, current: &Current, payer: &RewardKey, by: i64) -> Decide<()> {
    let mut payer = view.expect::<Reward>(payer.clone())?;
    if payer.state == RewardState::Issuing {
        return Err(Halt::Declined(Reason::RewardState));
    }
    // Within one account: it moves no balance.
    post(view, current, &payer, EntryKind::Unnet, (Account::Owed, Account::Owed), by)?;
    payer.netted -= by;
    balance::put(view, payer);
    Ok(())
}

/// What is outstanding is due again, and its span until it expires begins anew.
fn make_payable(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    let now = view.now();
    if balance::outstanding(reward) <= 0 {
        reward.changed_at = now;
        return Ok(());
    }
    match reward.state {
        state if state.is_issued() => standing::set_state(view, reward, RewardState::Due, now),
        RewardState::Due | RewardState::Approved | RewardState::Failed => timer::set_expiry(view, reward, now),
        _ => {
            reward.changed_at = now;
            Ok(())
        }
    }
}
