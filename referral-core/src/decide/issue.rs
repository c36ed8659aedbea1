//! Moves rewards on: approval, handing over in two phases, redemption, cancelling, reversing.

use super::balance;
use super::balance::{debt_of, outstanding, put_debt};
use super::campaign::{self, Current};
use super::halt::{Decide, Halt};
use super::hand;
use super::ledger::post;
use super::missed;
use super::reward;
use super::standing;
use super::timer;
use super::view::View;
use crate::command::{Finding, MoveReward, Reason, RewardMove, RewardMoved};
use crate::error::Error;
use crate::record::{Account, Approval, EntryKind, FixedIssue, HoldKind, Reward, RewardState};
use crate::value::Amount;

const LONGEST_TEXT: usize = 255;

/// How much a move moved.
#[derive(Default)]
struct Moved {
    quantity: i64,
    netted: i64,
}

/// Moves a reward on.
pub(super) fn move_reward(view: &mut View<'_>, command: &MoveReward) -> Decide<RewardMoved> {
    let key = &command.reward;
    let name = || format!("{}/{}/{}", key.rule, key.participant, key.cause);
    let mut reward = view.get::<Reward>(key.clone())?.ok_or_else(|| Error::not_found("reward", name()))?;
    let current = campaign::existing(view, key.campaign)?;
    standing::catch_up(view, &current, &mut reward)?;
    let was_issuing = reward.state == RewardState::Issuing;
    let moved = match &command.to {
        RewardMove::Approve => approve(view, &current, &mut reward)?,
        RewardMove::BeginIssue => begin_issue(view, &current, &mut reward)?,
        RewardMove::Issue(reference) => issue(view, &current, &mut reward, text("to.issue", reference)?)?,
        RewardMove::Fail(why) => fail(view, &mut reward, text("to.fail", why)?)?,
        RewardMove::ReturnIssue(why) => return_issue(view, &current, &mut reward, text("to.return_issue", why)?)?,
        RewardMove::Redeem(quantity) => redeem(view, &current, &mut reward, *quantity)?,
        RewardMove::Cancel(why) => cancel(view, &current, &mut reward, text("to.cancel", why)?)?,
        RewardMove::Reverse(why) => reverse(view, &current, &mut reward, text("to.reverse", why)?)?,
    };
    hand::moved(view, &mut reward, command)?;
    let is_returned = matches!(command.to, RewardMove::ReturnIssue(_));
    if (was_issuing && reward.state != RewardState::Issuing) || is_returned {
        missed::post(view, &current, &mut reward)?;
    }
    let amount = Amount::from_unit_key(&reward.unit, moved.quantity)?;
    let outcome = RewardMoved { reward: key.clone(), state: reward.state, amount, netted: moved.netted };
    view.put(reward);
    Ok(outcome)
}

fn text<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Error> {
    if text.len() > LONGEST_TEXT || text.contains(char::is_control) {
        return Err(Error::command(field, "has at most 255 bytes, none of them a control character"));
    }
    Ok(text)
}

fn require(reward: &Reward, states: &[RewardState]) -> Decide<()> {
    if states.contains(&reward.state) {
        return Ok(());
    }
    let under_review = reward.state == RewardState::Pending && reward.hold == Some(HoldKind::Moderation);
    Err(Halt::Declined(if under_review { Reason::UnderReview } else { Reason::RewardState }))
}

/// Approves the quantity and the carrier that the hand saw: a greater quantity or another carrier is asked again.
fn approve(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<Moved> {
    let is_held = reward.state == RewardState::Pending && reward.hold == Some(HoldKind::Approval);
    if !is_held {
        require(reward, &[RewardState::Due])?;
    }
    let (at, carrier) = (view.now(), balance::carrier_of(reward));
    reward.approval = Some(Approval { quantity: reward.quantity, carrier, at });
    if is_held {
        standing::release(view, current, reward, RewardState::Approved, at)?;
    } else {
        standing::set_state(view, reward, RewardState::Approved, at)?;
    }
    Ok(Moved::default())
}

const ISSUABLE: [RewardState; 3] = [RewardState::Due, RewardState::Approved, RewardState::Failed];

/// Fixes what is payable of what is outstanding, and what of it pays an older debt. With nothing payable that is all.
fn begin_issue(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<Moved> {
    let moved = fix(view, reward)?;
    if moved.quantity == 0 {
        return book(view, current, reward, "");
    }
    reward.attempts = reward.attempts.saturating_add(1);
    let now = view.now();
    standing::set_state(view, reward, RewardState::Issuing, now)?;
    Ok(moved)
}

fn fix(view: &mut View<'_>, reward: &mut Reward) -> Decide<Moved> {
    require(reward, &ISSUABLE)?;
    // A reward that is being handed over does not expire meanwhile.
    timer::drop_timers(view, reward)?;
    let debt = debt_of(view, reward)?;
    let netted = outstanding(reward).min(debt);
    if netted > 0 {
        put_debt(view, reward, debt - netted);
    }
    let payable = outstanding(reward) - netted;
    reward.fixed = Some(FixedIssue { payable, netted });
    Ok(Moved { quantity: payable, netted })
}

/// Hands over what was fixed; without that, what is payable now.
fn issue(view: &mut View<'_>, current: &Current, reward: &mut Reward, reference: &str) -> Decide<Moved> {
    if reward.state != RewardState::Issuing {
        fix(view, reward)?;
    }
    book(view, current, reward, reference)
}

/// Books what was fixed.
fn book(view: &mut View<'_>, current: &Current, reward: &mut Reward, reference: &str) -> Decide<Moved> {
    let FixedIssue { payable, netted } = reward.fixed.take().unwrap_or(FixedIssue { payable: 0, netted: 0 });
    if netted > 0 {
        reward.netted += netted;
        // Within one account: it says which reward paid the debt, and moves no balance.
        post(view, current, reward, EntryKind::Net, (Account::Owed, Account::Owed), netted);
        let amount = Amount::from_unit_key(&reward.unit, netted)?;
        view.find(Finding::new(Reason::Netted).about(&command_key(reward)).of(amount));
    }
    post(view, current, reward, EntryKind::Issue, (Account::Owed, Account::Issued), payable);
    reward.issued += payable;
    reward.issue_reference = (!reference.is_empty()).then(|| reference.to_owned());
    let amount = Amount::from_unit_key(&reward.unit, payable)?;
    view.find(Finding::new(Reason::Issued).about(&command_key(reward)).of(amount));
    // Why an earlier transfer failed is over.
    reward.reason = None;
    let now = view.now();
    standing::set_state(view, reward, RewardState::Issued, now)?;
    Ok(Moved { quantity: payable, netted })
}

/// Gives back what was fixed to pay a debt.
fn unfix(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    if let Some(fixed) = reward.fixed.take().filter(|fixed| fixed.netted > 0) {
        let debt = debt_of(view, reward)?;
        put_debt(view, reward, debt.saturating_add(fixed.netted));
    }
    Ok(())
}

/// The transfer came back. What it paid is payable again; of a reversed reward it ends the debt that is left. Money whose
/// debt was paid by another reward since then cannot come back under this one.
fn return_issue(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<Moved> {
    require(reward, &[RewardState::Issued, RewardState::Due, RewardState::Approved, RewardState::Reversed])?;
    let returned = reward.issued - reward.redeemed;
    let debt = debt_of(view, reward)?;
    // What was used is not returned, and what is still owed is paid again.
    let owed = reward.quantity.saturating_sub(reward.redeemed).max(0);
    let wants_no_more = returned.saturating_sub(owed).max(0);
    let ended = wants_no_more.min(reward.reclaimed);
    if returned == 0 || wants_no_more > reward.reclaimed.saturating_add(reward.written_off) || ended > debt {
        return Err(Halt::Declined(Reason::RewardState));
    }
    post(view, current, reward, EntryKind::Return, (Account::Issued, Account::Owed), returned);
    reward.issued -= returned;
    reward.reclaimed -= ended;
    put_debt(view, reward, debt - ended);
    let forgiven = wants_no_more - ended;
    post(view, current, reward, EntryKind::WriteOff, (Account::Owed, Account::Expense), forgiven);
    reward.written_off -= forgiven;
    let amount = Amount::from_unit_key(&reward.unit, returned)?;
    view.find(Finding::new(Reason::Returned).about(&command_key(reward)).of(amount).because(why));
    reward.reason = Some(why.to_owned());
    let now = view.now();
    match reward.state {
        RewardState::Issued => standing::set_state(view, reward, RewardState::Due, now)?,
        RewardState::Due | RewardState::Approved => timer::set_expiry(view, reward, now)?,
        _ => reward.changed_at = now,
    }
    Ok(Moved { quantity: returned, netted: 0 })
}

fn command_key(reward: &Reward) -> crate::record::RewardKey {
    crate::record::RecordKind::key(reward)
}

fn fail(view: &mut View<'_>, reward: &mut Reward, why: &str) -> Decide<Moved> {
    require(reward, &[RewardState::Issuing])?;
    unfix(view, reward)?;
    reward.reason = Some(why.to_owned());
    let now = view.now();
    timer::set_expiry(view, reward, now)?;
    standing::set_state(view, reward, RewardState::Failed, now)?;
    Ok(Moved::default())
}

fn redeem(view: &mut View<'_>, current: &Current, reward: &mut Reward, quantity: i64) -> Decide<Moved> {
    if quantity <= 0 {
        return Err(Error::command("to.redeem", "is greater than zero").into());
    }
    require(reward, &[RewardState::Issued])?;
    let left = reward.issued - reward.redeemed;
    if quantity > left {
        return Err(Halt::Declined(Reason::MoreThanIssued));
    }
    post(view, current, reward, EntryKind::Redeem, (Account::Issued, Account::Redeemed), quantity);
    reward.redeemed += quantity;
    if reward.redeemed == reward.issued {
        let now = view.now();
        standing::set_state(view, reward, RewardState::Redeemed, now)?;
    }
    Ok(Moved { quantity, netted: 0 })
}

fn cancel(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<Moved> {
    let was = reward.quantity;
    let cancellable =
        matches!(reward.state, RewardState::Pending | RewardState::Issuing) || ISSUABLE.contains(&reward.state);
    if !cancellable || reward.issued + reward.netted > 0 {
        return Err(Halt::Declined(Reason::RewardState));
    }
    close(view, current, reward, why)?;
    Ok(Moved { quantity: was, netted: 0 })
}

fn reverse(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<Moved> {
    let was = reward.quantity;
    if reward.issued + reward.netted == 0 || !reward.state.counts() || reward.state == RewardState::Expired {
        return Err(Halt::Declined(Reason::RewardState));
    }
    close(view, current, reward, why)?;
    Ok(Moved { quantity: was, netted: 0 })
}

/// Takes a reward back for good: no rule gives it back.
fn close(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<()> {
    unfix(view, reward)?;
    reward::lower(view, current, reward, 0, why)?;
    reward.closed = true;
    Ok(())
}
