//! Moves rewards on: approval, handing over in two phases, redemption, cancelling, reversing.

use super::balance;
use super::balance::outstanding;
use super::campaign::{self, Current};
use super::group;
use super::halt::{Decide, Halt};
use super::hand;
use super::ledger::post;
use super::milestone;
use super::missed;
use super::netting;
use super::overdue;
use super::redemption;
use super::returned;
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
    overdue::catch_up(view, &current, &mut reward)?;
    let was_issuing = reward.state == RewardState::Issuing;
    let moved = match &command.to {
        RewardMove::Approve => approve(view, &current, &mut reward)?,
        RewardMove::BeginIssue => begin_issue(view, &current, &mut reward)?,
        RewardMove::Issue(reference) => issue(view, &current, &mut reward, text("to.issue", reference)?)?,
        RewardMove::Fail(why) => fail(view, &current, &mut reward, text("to.fail", why)?)?,
        RewardMove::ReturnIssue(why) => {
            let why = text("to.return_issue", why)?;
            Moved { quantity: returned::transfer(view, &current, &mut reward, why)?, netted: 0 }
        }
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
    balance::put(view, reward);
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
    let at = view.now();
    let (referral, carrier) = match milestone::carrier_of(view, reward)? {
        Some((invitee, order)) => (Some(invitee), order),
        None => (None, balance::carrier_of(reward)),
    };
    let members = group::seen_by_hand(view, reward)?;
    reward.approval = Some(Approval { quantity: reward.quantity, carrier, referral, members, at });
    timer::expire_anew(view, reward);
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
    let share = netting::share(view, reward)?;
    // A reward that is being handed over does not expire meanwhile.
    timer::drop_timers(view, reward)?;
    let debts = netting::fix(view, reward, share)?;
    let netted = debts.iter().map(|debt| debt.quantity).sum();
    let payable = outstanding(reward) - netted;
    reward.fixed = Some(FixedIssue { payable, netted, since: view.now(), debts });
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
    let Some(FixedIssue { payable, netted, debts, .. }) = reward.fixed.take() else { return Ok(Moved::default()) };
    if netted > 0 {
        reward.netted += netted;
        // Within one account: it says which reward paid the debt, and moves no balance.
        post(view, current, reward, EntryKind::Net, (Account::Owed, Account::Owed), netted)?;
        netting::book(view, &command_key(reward), debts)?;
        let amount = Amount::from_unit_key(&reward.unit, netted)?;
        view.find(Finding::new(Reason::Netted).about(&command_key(reward)).of(amount));
    }
    post(view, current, reward, EntryKind::Issue, (Account::Owed, Account::Issued), payable)?;
    reward.issued += payable;
    redemption::begin(view, reward)?;
    reward.issue_reference = (!reference.is_empty()).then(|| reference.to_owned());
    let amount = Amount::from_unit_key(&reward.unit, payable)?;
    view.find(Finding::new(Reason::Issued).about(&command_key(reward)).of(amount));
    // Why an earlier transfer failed is over.
    reward.reason = None;
    let now = view.now();
    standing::set_state(view, reward, RewardState::Issued, now)?;
    Ok(Moved { quantity: payable, netted })
}

fn command_key(reward: &Reward) -> crate::record::RewardKey {
    crate::record::RecordKind::key(reward)
}

fn fail(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<Moved> {
    require(reward, &[RewardState::Issuing])?;
    if let Some(fixed) = reward.fixed.take() {
        netting::give_up(view, current, fixed.debts)?;
    }
    balance::make_good(view, current, reward)?;
    reward.reason = Some(why.to_owned());
    let now = view.now();
    timer::restart_expiry(view, reward)?;
    standing::set_state(view, reward, RewardState::Failed, now)?;
    Ok(Moved::default())
}

fn redeem(view: &mut View<'_>, current: &Current, reward: &mut Reward, quantity: i64) -> Decide<Moved> {
    if quantity <= 0 {
        return Err(Error::command("to.redeem", "is greater than zero").into());
    }
    require(reward, &[RewardState::Issued])?;
    redemption::redeem(view, current, reward, quantity)?;
    if reward.redeemed == reward.issued {
        let now = view.now();
        standing::set_state(view, reward, RewardState::Redeemed, now)?;
    }
    Ok(Moved { quantity, netted: 0 })
}

fn cancel(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<Moved> {
    let was = reward.quantity;
    // While it is being handed over nothing is posted: the transfer ends first.
    let cancellable = reward.state == RewardState::Pending || ISSUABLE.contains(&reward.state);
    if !cancellable || reward.issued + reward.netted > 0 {
        return Err(Halt::Declined(Reason::RewardState));
    }
    close(view, current, reward, why)?;
    Ok(Moved { quantity: was, netted: 0 })
}

fn reverse(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<Moved> {
    let was = reward.quantity;
    let reversible = reward.state.counts() && !matches!(reward.state, RewardState::Expired | RewardState::Issuing);
    if reward.issued + reward.netted == 0 || !reversible {
        return Err(Halt::Declined(Reason::RewardState));
    }
    close(view, current, reward, why)?;
    Ok(Moved { quantity: was, netted: 0 })
}

/// Takes a reward back for good: no rule gives it back.
fn close(view: &mut View<'_>, current: &Current, reward: &mut Reward, why: &str) -> Decide<()> {
    reward::lower(view, current, reward, 0, why)?;
    reward.closed = true;
    Ok(())
}
