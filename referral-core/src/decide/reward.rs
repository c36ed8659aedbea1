//! Grants rewards, lets them grow and fall, and takes them back.
//!
//! INVARIANT: granting, growing and giving back ask the same guards, in [`raise`], and nothing else adds to a reward.

use super::balance::{self, count, counted, handed_over, kept, move_quantity, outstanding, posted, promised};
use super::campaign::Current;
use super::earned::{By, Earned, Raise};
use super::halt::Decide;
use super::limits::{self, Room};
use super::notify::{self, About};
use super::overdue;
use super::standing::{catch_up, enter_state, hold_as, hold_now, set_state, touch};
use super::timer;
use super::view::View;
use crate::campaign::Debts;
use crate::command::{Finding, Reason};
use crate::record::{
    CampaignState, Claim, EntryKind, NotificationKind, ParticipantState, RecordKind, Reward, RewardKey, RewardState,
};
use crate::value::{Amount, Timestamp};

/// Grants a reward that does not exist yet, or records that it was refused.
pub(super) fn grant(view: &mut View<'_>, earned: &Earned<'_>) -> Decide<Option<Reward>> {
    grant_by(view, earned, By::Rule)
}

/// The same, by a rule's word or by a hand's.
pub(super) fn grant_by(view: &mut View<'_>, earned: &Earned<'_>, by: By) -> Decide<Option<Reward>> {
    let refuse = |view: &mut View<'_>, reason| {
        view.find(Finding::new(reason).about(&earned.key).of(earned.amount.clone()));
        Ok(None)
    };
    if view.get::<Reward>(earned.key.clone())?.is_some() {
        return refuse(view, Reason::AlreadyGranted);
    }
    if earned.amount.quantity() == 0 {
        return refuse(view, Reason::AmountZero);
    }
    let mut reward = new_reward(earned, (view.received_at(), view.now()));
    overdue::catch_up(view, earned.current, &mut reward)?;
    let raised = Raise {
        current: earned.current,
        pinned: earned.pinned,
        beneficiary: earned.beneficiary,
        target: earned.amount.quantity(),
        refused: earned.refused,
        at: earned.at,
        hold: earned.hold,
        by,
    };
    raise(view, &raised, &mut reward)?;
    balance::put(view, reward.clone());
    Ok(Some(reward))
}

fn new_reward(earned: &Earned<'_>, (granted_at, changed_at): (Timestamp, Timestamp)) -> Reward {
    let RewardKey { campaign, rule, participant, cause } = earned.key.clone();
    Reward {
        campaign,
        rule,
        participant,
        cause,
        role: earned.role,
        invitee: earned.invitee,
        lead: earned.lead,
        version: earned.version,
        state: RewardState::Refused,
        unit: earned.amount.unit_key(),
        granted: 0,
        quantity: 0,
        refused: 0,
        refused_because: None,
        expired: 0,
        approval: None,
        closed: false,
        issued: 0,
        netted: 0,
        fixed: None,
        reclaimed: 0,
        owes: 0,
        paid_back: 0,
        paid_by: Vec::new(),
        claim: Claim::None,
        written_off: 0,
        redeemed: 0,
        lapsed: 0,
        redeem_by: None,
        hold: None,
        // Also of what is refused: a hand that grants it holds it as long as its rule would have.
        held_until: earned.hold.until,
        expires_after: earned.expires,
        expires_at: None,
        expires_from: None,
        base_source: earned.base.as_ref().map(|base| base.source.clone()),
        base_event: earned.base.as_ref().map(|base| base.event.clone()),
        used: Vec::new(),
        windows: Vec::new(),
        reason: None,
        issue_reference: None,
        attempts: 0,
        hands: Vec::new(),
        granted_at,
        changed_at,
    }
}

/// Lets a reward grow to what is owed. What does not fit is refused whole and kept as refused.
///
/// Giving back what was handed over asks nothing: it ends a debt.
pub(super) fn raise(view: &mut View<'_>, raise: &Raise<'_>, reward: &mut Reward) -> Decide<()> {
    let grow = raise.target.saturating_sub(promised(reward));
    if grow <= 0 {
        return Ok(());
    }
    let given_back = kept(reward).saturating_sub(posted(reward)).clamp(0, grow);
    let asked = grow - given_back;
    let mut by = given_back;
    if asked > 0 {
        match refusal(view, raise, reward, asked)? {
            None => by += asked,
            Some((reason, detail)) => refuse(view, reward, asked, reason, &detail)?,
        }
    }
    if by > 0 { add(view, raise, reward, by) } else { Ok(()) }
}

/// Why a reward may not grow by `asked`; nothing if it may. Then its limits are taken.
fn refusal(
    view: &mut View<'_>,
    raise: &Raise<'_>,
    reward: &mut Reward,
    asked: i64,
) -> Decide<Option<(Reason, String)>> {
    let plain = |reason| Ok(Some((reason, String::new())));
    if raise.by != By::Rule {
        return hand_limits(view, raise, reward, asked);
    }
    if let Some(reason) = raise.refused {
        return plain(reason);
    }
    if let Some(reason) = reward.refused_because.as_ref().filter(|_| reward.refused > 0) {
        return plain(reason.parse().unwrap_or(Reason::LimitReached));
    }
    if raise.current.record.state == CampaignState::Paused {
        return plain(Reason::CampaignPaused);
    }
    if raise.beneficiary.state != ParticipantState::Active {
        return plain(Reason::BeneficiaryNotActive);
    }
    let amount = Amount::from_unit_key(&reward.unit, asked)?;
    let room = limits::take(view, raise, reward, &amount)?;
    Ok(match room {
        Room::Taken => None,
        Room::Reached(limit) => Some((Reason::LimitReached, limit)),
    })
}

/// What a hand grants asks limits alone, and not even those if the host says so.
fn hand_limits(
    view: &mut View<'_>,
    raise: &Raise<'_>,
    reward: &mut Reward,
    asked: i64,
) -> Decide<Option<(Reason, String)>> {
    let amount = Amount::from_unit_key(&reward.unit, asked)?;
    Ok(match limits::take(view, raise, reward, &amount)? {
        Room::Taken => None,
        Room::Reached(limit) => Some((Reason::LimitReached, limit)),
    })
}

fn refuse(view: &mut View<'_>, reward: &mut Reward, by: i64, reason: Reason, detail: &str) -> Decide<()> {
    let key = reward.key();
    let finding = Finding::new(reason).about(&key).of(Amount::from_unit_key(&reward.unit, by)?);
    view.find(if detail.is_empty() { finding } else { finding.because(detail) });
    if reason == Reason::LimitReached {
        notify::tell(view, NotificationKind::LimitReached, &About::rule(key.campaign, key.participant, &key.rule))?;
    }
    reward.refused = reward.refused.saturating_add(by);
    reward.refused_because = Some(reason.as_str().to_owned());
    touch(view, reward);
    if posted(reward) == 0 && handed_over(reward) == 0 {
        reward.state = RewardState::Refused;
        reward.reason = Some(reason.as_str().to_owned());
    }
    Ok(())
}

/// Adds to a reward what its guards allow.
fn add(view: &mut View<'_>, raise: &Raise<'_>, reward: &mut Reward, by: i64) -> Decide<()> {
    let current = raise.current;
    let amount = Amount::from_unit_key(&reward.unit, by)?;
    let quantity = reward.quantity.saturating_add(by);
    if !reward.state.counts() {
        let is_new = reward.granted == 0;
        // What was handed over is given back first: only what is left to hand over can be held.
        let hold = if handed_over(reward) > 0 { None } else { hold_now(view, reward, raise.hold, quantity) };
        reward.state = if hold.is_some() { RewardState::Pending } else { RewardState::Due };
        (reward.hold, reward.held_until, reward.reason) = (hold, raise.hold.until, None);
        if is_new {
            (reward.granted, reward.granted_at) = (by, view.received_at());
        }
        let kind = if is_new { EntryKind::Grant } else { EntryKind::Reinstate };
        move_quantity(view, current, reward, quantity, kind)?;
        count(view, current, reward, 1);
        let reason = if is_new { Reason::Granted } else { Reason::Reinstated };
        view.find(Finding::new(reason).about(&reward.key()).of(amount));
        if let Some(hold) = reward.hold {
            view.find(Finding::new(Reason::Held).about(&reward.key()).because(hold.as_str()));
        }
        if outstanding(reward) == 0 {
            set_state(view, reward, RewardState::Issued, raise.at)?;
            return catch_up(view, current, reward);
        }
        touch(view, reward);
        enter_state(view, reward, raise.hold.until.unwrap_or(raise.at))?;
        hold_as(view, current, reward, raise.hold, raise.at)?;
    } else {
        move_quantity(view, current, reward, quantity, EntryKind::Adjust)?;
        let now = Amount::from_unit_key(&reward.unit, quantity)?;
        view.find(Finding::new(Reason::Adjusted).about(&reward.key()).of(now));
        touch(view, reward);
        if reward.expired == 0 && reward.state.is_issued() && outstanding(reward) > 0 {
            set_state(view, reward, RewardState::Due, raise.hold.until.unwrap_or(raise.at))?;
            // What is added may wait for a hand, and then does not expire.
            hold_as(view, current, reward, raise.hold, raise.at)?;
        }
    }
    catch_up(view, current, reward)
}

/// Lets a reward fall to `target`: first what was refused of it, then what expired, then what was granted. Nothing left
/// of it takes it back.
// INVARIANT: a reward of which something was handed over is never cancelled, only reversed.
pub(super) fn lower(view: &mut View<'_>, current: &Current, reward: &mut Reward, target: i64, why: &str) -> Decide<()> {
    let mut cut = promised(reward).saturating_sub(target);
    if cut <= 0 {
        return Ok(());
    }
    touch(view, reward);
    let was_posted = posted(reward);
    for part in [&mut reward.refused, &mut reward.expired] {
        let taken = cut.min(*part);
        *part -= taken;
        cut -= taken;
    }
    if reward.refused == 0 {
        reward.refused_because = None;
    }
    let short = cut.saturating_sub(outstanding(reward).max(0));
    if short > 0 && current.compiled.model.debts == Debts::Net {
        overdue::catch_up_before(view, current, reward, short)?;
    }
    if was_posted == 0 && reward.refused > 0 {
        // Nothing was granted, and a part stays refused.
        return Ok(());
    }
    if posted(reward) == cut {
        return take_back(view, current, reward, was_posted, why);
    }
    if cut > 0 {
        let quantity = reward.quantity - cut;
        move_quantity(view, current, reward, quantity, EntryKind::Adjust)?;
        let amount = Amount::from_unit_key(&reward.unit, quantity)?;
        view.find(Finding::new(Reason::Adjusted).about(&reward.key()).of(amount).because(why));
    }
    limits::give_back(view, reward, counted(reward))?;
    let open = matches!(reward.state, RewardState::Due | RewardState::Approved | RewardState::Failed);
    if (open || reward.state == RewardState::Pending) && outstanding(reward) == 0 && handed_over(reward) > 0 {
        timer::drop_timers(view, reward)?;
        reward.hold = None;
        let now = view.now();
        return set_state(view, reward, RewardState::Issued, now);
    }
    Ok(())
}

/// Lets a reward fall to what is owed, if that is less; one that is owed in another unit falls to nothing. While it is being
/// handed over nothing is posted.
pub(super) fn fall(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    owed: Option<&Amount>,
    why: &str,
) -> Decide<()> {
    if reward.state == RewardState::Issuing || reward.closed {
        return Ok(());
    }
    overdue::catch_up(view, current, reward)?;
    let target = owed.filter(|owed| owed.unit_key() == reward.unit).map_or(0, Amount::quantity);
    lower(view, current, reward, target, why)
}

/// Takes back all that was posted of a reward: cancels it, or reverses it if something of it was handed over.
fn take_back(view: &mut View<'_>, current: &Current, reward: &mut Reward, was_posted: i64, why: &str) -> Decide<()> {
    let now = view.now();
    timer::drop_timers(view, reward)?;
    let handed = handed_over(reward) > 0;
    let (state, kind, found) = if handed {
        (RewardState::Reversed, EntryKind::Reverse, Reason::Reversed)
    } else {
        (RewardState::Cancelled, EntryKind::Cancel, Reason::Cancelled)
    };
    reward.reason = Some(why.to_owned());
    if was_posted > 0 {
        let amount = Amount::from_unit_key(&reward.unit, was_posted)?;
        view.find(Finding::new(found).about(&reward.key()).of(amount).because(why));
        move_quantity(view, current, reward, 0, kind)?;
        count(view, current, reward, -1);
    }
    reward.hold = None;
    if counted(reward) > 0 {
        limits::give_back(view, reward, counted(reward))?;
    } else {
        limits::release(view, reward)?;
    }
    set_state(view, reward, state, now)
}

/// Lets a reward go on in the unit of another amount: only one of which nothing was handed over. Whether it does.
pub(super) fn change_unit(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    amount: &Amount,
    why: &str,
) -> Decide<bool> {
    if reward.state == RewardState::Issuing || reward.closed {
        return Ok(false);
    }
    lower(view, current, reward, 0, why)?;
    if handed_over(reward) > 0 {
        view.find(Finding::new(Reason::Currency).about(&reward.key()));
        return Ok(false);
    }
    reward.unit = amount.unit_key();
    (reward.granted, reward.refused, reward.refused_because) = (0, 0, None);
    overdue::catch_up(view, current, reward)?;
    Ok(true)
}
