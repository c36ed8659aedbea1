//! Where a reward stands: held, due, expired. Each state has its timer and its notification.

use super::balance::{carrier_of, expire_at, handed_over, move_quantity, outstanding};
use super::campaign::Current;
use super::earned::Hold;
use super::halt::Decide;
use super::ledger::{date_of, post, post_at};
use super::notify::{self, About};
use super::redemption;
use super::timer;
use super::view::View;
use crate::command::{Finding, Reason};
use crate::record::{Account, Approval, EntryKind, HoldKind, NotificationKind, RecordKind, Reward, RewardState};
use crate::value::Timestamp;

/// Notes that a reward changes now. A command that claims an earlier time changes it when it last changed.
pub(super) fn touch(view: &View<'_>, reward: &mut Reward) {
    reward.changed_at = date_of(view, reward);
}

/// Sets the timer that the reward's state asks for, and tells of it. What is due is so `since` then.
pub(super) fn enter_state(view: &mut View<'_>, reward: &mut Reward, since: Timestamp) -> Decide<()> {
    let about = About::reward(reward);
    redemption::keep_timer(view, reward)?;
    match reward.state {
        RewardState::Pending => {
            timer::set_hold(view, reward);
            notify::tell(view, NotificationKind::RewardPending, &about)
        }
        RewardState::Due => {
            timer::set_expiry(view, reward, since)?;
            notify::tell(view, NotificationKind::RewardDue, &about)
        }
        RewardState::Approved => {
            timer::set_expiry(view, reward, since)?;
            notify::tell(view, NotificationKind::RewardApproved, &about)
        }
        RewardState::Issued => notify::tell(view, NotificationKind::RewardIssued, &about),
        RewardState::Redeemed => notify::tell(view, NotificationKind::RewardRedeemed, &about),
        RewardState::Cancelled => notify::tell(view, NotificationKind::RewardCancelled, &about),
        RewardState::Expired => notify::tell(view, NotificationKind::RewardExpired, &about),
        RewardState::Failed => notify::tell(view, NotificationKind::RewardFailed, &about),
        RewardState::Reversed => notify::tell(view, NotificationKind::RewardReversed, &about),
        RewardState::Issuing | RewardState::Refused => Ok(()),
    }
}

/// Why a reward of this quantity is held now; nothing if it is not.
pub(super) fn hold_now(view: &View<'_>, reward: &Reward, hold: Hold, quantity: i64) -> Option<HoldKind> {
    let covers = |approval: &Approval| quantity <= approval.quantity && is_carried_as_seen(reward, hold, approval);
    let approved = reward.approval.as_ref().is_some_and(covers);
    if hold.flagged {
        return Some(HoldKind::Moderation);
    }
    if hold.until.is_some_and(|until| until > view.received_at()) {
        return Some(HoldKind::RefundWindow);
    }
    (hold.approval && !approved).then_some(HoldKind::Approval)
}

/// Whether what carries a reward is what a hand saw when it approved.
fn is_carried_as_seen(reward: &Reward, hold: Hold, seen: &Approval) -> bool {
    hold.as_seen.unwrap_or_else(|| seen.carrier == carrier_of(reward))
}

/// Holds a reward, or ends its hold, as its rule and its referral ask. What is being handed over stays as it is.
pub(super) fn hold_as(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    hold: Hold,
    at: Timestamp,
) -> Decide<()> {
    let open =
        matches!(reward.state, RewardState::Pending | RewardState::Due | RewardState::Approved | RewardState::Failed);
    if !open || outstanding(reward) <= 0 {
        return Ok(());
    }
    let wanted = hold_now(view, reward, hold, reward.quantity);
    let is_moved = reward.held_until != hold.until;
    match wanted {
        None if reward.state == RewardState::Pending => {
            let since = hold.until.unwrap_or(at);
            if reward.hold != Some(HoldKind::RefundWindow) {
                timer::expire_anew(view, reward);
            }
            let approved = reward.approval.is_some() && hold.approval;
            let state = if approved { RewardState::Approved } else { RewardState::Due };
            release(view, current, reward, state, since)?;
            reward.held_until = hold.until;
            Ok(())
        }
        None => {
            reward.held_until = hold.until;
            let expires_at = reward.expires_at;
            timer::set_expiry(view, reward, hold.until.unwrap_or(at))?;
            if reward.expires_at == expires_at { Ok(()) } else { catch_up(view, current, reward) }
        }
        Some(kind) => {
            let was_held = reward.state == RewardState::Pending;
            if was_held && reward.hold == Some(kind) && !is_moved {
                return Ok(());
            }
            timer::drop_timers(view, reward)?;
            (reward.hold, reward.held_until) = (Some(kind), hold.until);
            let moved = if was_held { 0 } else { outstanding(reward) };
            post(view, current, reward, EntryKind::Hold, (Account::Owed, Account::Held), moved)?;
            view.find(Finding::new(Reason::Held).about(&reward.key()).because(kind.as_str()));
            set_state(view, reward, RewardState::Pending, at)
        }
    }
}

/// Lets a reward stand as its rule and its referral ask now: what expired by an earlier date is due again, and holds are
/// those of the present carrier.
pub(super) fn renew(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    hold: Hold,
    at: Timestamp,
) -> Decide<()> {
    let since = timer::expiry_start(reward, hold.until.unwrap_or(at));
    let expires_at = reward.expires_after.map(|span| since.plus(span.delta()));
    // What a hand approved was another carrier's: it is asked again, and what is held does not expire.
    let is_other = |seen: &Approval| !is_carried_as_seen(reward, hold, seen);
    let is_asked_again = hold.approval && reward.approval.as_ref().is_some_and(is_other);
    if reward.expired > 0 && (is_asked_again || expires_at.is_none_or(|at| at > view.received_at())) {
        let by = std::mem::take(&mut reward.expired);
        reward.state = RewardState::Due;
        move_quantity(view, current, reward, reward.quantity.saturating_add(by), EntryKind::Reinstate)?;
        view.find(Finding::new(Reason::Reinstated).about(&reward.key()));
        set_state(view, reward, RewardState::Due, since)?;
    }
    hold_as(view, current, reward, hold, at)
}

/// Moves a reward to another state without moving money. What is due is so `since` then.
pub(super) fn set_state(view: &mut View<'_>, reward: &mut Reward, state: RewardState, since: Timestamp) -> Decide<()> {
    reward.state = state;
    touch(view, reward);
    enter_state(view, reward, since)
}

/// Ends a hold: the reward is owed since then.
pub(super) fn release(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    state: RewardState,
    since: Timestamp,
) -> Decide<()> {
    touch(view, reward);
    release_at(view, current, reward, state, since)
}

/// Ends a hold when the reward last changed.
fn release_at(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    state: RewardState,
    since: Timestamp,
) -> Decide<()> {
    timer::drop_timers(view, reward)?;
    reward.hold = None;
    let (at, accounts) = (reward.changed_at, (Account::Held, Account::Owed));
    post_at(view, current, (reward, at), EntryKind::Release, accounts, outstanding(reward))?;
    view.find(Finding::new(Reason::Due).about(&reward.key()));
    reward.state = state;
    enter_state(view, reward, since)
}

/// Posts what time has brought to a reward: its hold has ended, or it has expired. It is dated when it was due, so that no
/// total depends on who came by first.
pub(super) fn catch_up(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let now = view.received_at();
    let is_held = reward.state == RewardState::Pending && reward.hold == Some(HoldKind::RefundWindow);
    if let Some(until) = reward.held_until.filter(|until| is_held && *until <= now) {
        reward.changed_at = reward.changed_at.max(until);
        release_at(view, current, reward, RewardState::Due, until)?;
    }
    let claimable = matches!(reward.state, RewardState::Due | RewardState::Approved | RewardState::Failed);
    let over = reward.expired > 0 || (claimable && reward.expires_at.is_some_and(|at| at <= now));
    let open = claimable || reward.state == RewardState::Expired || reward.state.is_issued();
    if over && open && outstanding(reward) > 0 {
        reward.changed_at = reward.changed_at.max(reward.expires_at.unwrap_or(now));
        expire(view, current, reward)?;
    }
    redemption::catch_up(view, current, reward)
}

/// When what is open of a reward expires, or expired and was not posted; nothing if time does not end it.
pub(super) fn expires(reward: &Reward) -> Option<Timestamp> {
    match reward.state {
        RewardState::Due | RewardState::Approved | RewardState::Failed => reward.expires_at,
        RewardState::Pending if reward.hold == Some(HoldKind::RefundWindow) => {
            let since = timer::expiry_start(reward, reward.held_until?);
            Some(since.plus(reward.expires_after?.delta()))
        }
        _ => None,
    }
}

/// Whether something of a reward is due at a time, whether or not that was posted: its hold has ended, and it has not
/// expired.
pub(crate) fn is_due(reward: &Reward, now: Timestamp) -> bool {
    if outstanding(reward) <= 0 || reward.expired > 0 {
        return false;
    }
    match reward.state {
        RewardState::Due | RewardState::Approved | RewardState::Failed => reward.expires_at.is_none_or(|at| now < at),
        RewardState::Pending if reward.hold == Some(HoldKind::RefundWindow) => reward.held_until.is_some_and(|until| {
            let over = reward.expires_after.is_some_and(|span| until.plus(span.delta()) <= now);
            until <= now && !over
        }),
        _ => false,
    }
}

/// Lets what is not handed over expire when the reward last changed. It still counts towards limits.
fn expire(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    view.find(Finding::new(Reason::Expired).about(&reward.key()));
    timer::drop_timers(view, reward)?;
    let at = reward.changed_at;
    expire_at(view, current, reward, at)?;
    reward.hold = None;
    let state = if handed_over(reward) > 0 { RewardState::Issued } else { RewardState::Expired };
    reward.state = state;
    if state == RewardState::Issued {
        return notify::tell(view, NotificationKind::RewardExpired, &About::reward(reward));
    }
    enter_state(view, reward, at)
}
