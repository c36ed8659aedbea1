//! Until when what was handed over may be used: the terms of its rule may end that, so long after it was handed over.
//!
//! What lapses was handed over all the same: limits and debts count it as before.

use super::campaign::{self, Current};
use super::halt::{Decide, Halt};
use super::ledger::{post, post_at};
use super::notify::{self, About};
use super::timer;
use super::view::View;
use crate::command::{Finding, Reason};
use crate::record::{Account, EntryKind, NotificationKind, RecordKind, Reward, RewardState};
use crate::value::Amount;

/// What of a reward was handed over, and may still be used.
pub(super) fn usable(reward: &Reward) -> i64 {
    reward.issued.saturating_sub(reward.redeemed).saturating_sub(reward.lapsed)
}

/// Notes until when what is handed over now may be used, if its rule says so. A later handing over is for all of it.
pub(super) fn begin(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    if usable(reward) == 0 {
        return Ok(());
    }
    let pinned = campaign::version(view, reward.campaign, reward.version)?;
    let Some(span) = pinned.rule(&reward.rule).and_then(|rule| rule.model.redeem_within) else { return Ok(()) };
    end_timer(view, reward)?;
    reward.redeem_by = Some(view.now().plus(span.delta()));
    Ok(())
}

/// Whether a timer waits for the end of the use of a reward.
pub(crate) fn has_timer(reward: &Reward) -> bool {
    reward.redeem_by.is_some() && usable(reward) > 0 && reward.state.counts()
}

/// Puts or removes the timer that ends the use of a reward, as it stands now.
pub(super) fn keep_timer(view: &mut View<'_>, reward: &Reward) -> Decide<()> {
    if has_timer(reward) { timer::set_redemption_end(view, reward) } else { end_timer(view, reward) }
}

fn end_timer(view: &mut View<'_>, reward: &Reward) -> Decide<()> {
    timer::drop_redemption_end(view, reward)
}

/// Lets lapse what was not used in time. Nothing is posted while a reward is being handed over.
pub(super) fn catch_up(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let over = reward.redeem_by.filter(|by| *by <= view.received_at());
    let Some(at) = over.filter(|_| has_timer(reward) && reward.state != RewardState::Issuing) else { return Ok(()) };
    let rest = usable(reward);
    reward.changed_at = reward.changed_at.max(at);
    let dated = (&*reward, reward.changed_at);
    post_at(view, current, dated, EntryKind::Lapse, (Account::Issued, Account::Expense), rest)?;
    reward.lapsed += rest;
    let amount = Amount::from_unit_key(&reward.unit, rest)?;
    view.find(Finding::new(Reason::Lapsed).about(&reward.key()).of(amount));
    end_timer(view, reward)?;
    notify::tell(view, NotificationKind::RewardExpired, &About::reward(reward))
}

/// Uses so much of a reward. A use that happened in time counts, also if it is told later.
pub(super) fn redeem(view: &mut View<'_>, current: &Current, reward: &mut Reward, quantity: i64) -> Decide<()> {
    let in_time = reward.redeem_by.is_none_or(|by| view.now() < by);
    let lapsed = if in_time { reward.lapsed } else { 0 };
    if quantity > usable(reward).saturating_add(lapsed) {
        let is_over = quantity <= usable(reward).saturating_add(reward.lapsed);
        return Err(Halt::Declined(if is_over { Reason::Lapsed } else { Reason::MoreThanIssued }));
    }
    let again = quantity.saturating_sub(usable(reward)).max(0);
    post(view, current, reward, EntryKind::Lapse, (Account::Expense, Account::Issued), again)?;
    reward.lapsed -= again;
    post(view, current, reward, EntryKind::Redeem, (Account::Issued, Account::Redeemed), quantity)?;
    reward.redeemed += quantity;
    keep_timer(view, reward)
}
