//! A reward's life in one place: granting, following its amount, taking back, giving back.
//!
//! INVARIANT: what is still to be handed over, `outstanding`, is never negative: what was handed over beyond the quantity
//! became a debt (`reclaimed`) or was given up (`written_off`).

use super::campaign::Current;
use super::halt::Decide;
use super::ledger::post;
use super::limits::{self, Room};
use super::metrics::{self, Dimensions};
use super::notify::{self, About};
use super::timer;
use super::view::View;
use crate::campaign::{Debts, Hold, Rule};
use crate::command::{Finding, Reason};
use crate::error::Error;
use crate::record::{
    Account, CampaignState, Cause, ConversionKey, Debt, DebtKey, EntryKind, HoldKind, Metric, NotificationKind,
    Participant, ParticipantState, RecordKind, Reward, RewardKey, RewardState, Role,
};
use crate::value::{Amount, ParticipantId, Timestamp};

/// What somebody has earned, before limits.
#[derive(Debug)]
pub(super) struct Earned<'a> {
    /// The campaign as it is now.
    pub(super) current: &'a Current,
    /// The rule, of the version that the reward follows.
    pub(super) rule: &'a Rule,
    /// That version.
    pub(super) version: u32,
    /// The beneficiary's side.
    pub(super) role: Role,
    /// The beneficiary.
    pub(super) beneficiary: &'a Participant,
    /// The cause.
    pub(super) cause: Cause,
    /// The invitee of the one referral that brought it about.
    pub(super) invitee: Option<ParticipantId>,
    /// Whether that referral is under review.
    pub(super) is_flagged: bool,
    /// The conversion on which its amount rests.
    pub(super) base: Option<ConversionKey>,
    /// How much.
    pub(super) amount: Amount,
}

impl Earned<'_> {
    fn key(&self) -> RewardKey {
        RewardKey {
            campaign: self.current.id(),
            rule: self.rule.model.id.clone(),
            participant: self.beneficiary.participant,
            cause: self.cause.clone(),
        }
    }
}

/// Grants a reward, if nothing stands against it; what does is noted.
pub(super) fn grant(view: &mut View<'_>, earned: &Earned<'_>) -> Decide<Option<Reward>> {
    let key = earned.key();
    let refuse = |view: &mut View<'_>, reason, detail: &str| {
        let finding = Finding::new(reason).about(&key).of(earned.amount.clone());
        view.find(if detail.is_empty() { finding } else { finding.because(detail) });
        Ok(None)
    };
    if view.get::<Reward>(key.clone())?.is_some() {
        return refuse(view, Reason::AlreadyGranted, "");
    }
    if earned.current.record.state == CampaignState::Paused {
        return refuse(view, Reason::CampaignPaused, "");
    }
    if earned.beneficiary.state != ParticipantState::Active {
        return refuse(view, Reason::BeneficiaryNotActive, "");
    }
    if earned.amount.quantity() == 0 {
        return refuse(view, Reason::AmountZero, "");
    }
    let taken = match limits::take(view, earned.current, &key, earned.role, &earned.amount)? {
        Room::Taken(taken) => taken,
        Room::Reached(limit) => {
            let about = About::rule(key.campaign, key.participant, &key.rule);
            notify::tell(view, NotificationKind::LimitReached, &about)?;
            return refuse(view, Reason::LimitReached, &limit);
        }
    };
    let mut reward = new_reward(earned, key, view.now());
    (reward.used, reward.windows) = (taken.used, taken.windows);
    let account = account_of(&reward);
    post(view, earned.current, &reward, EntryKind::Grant, (Account::Expense, account), reward.quantity);
    count(view, earned.current, &reward, 1);
    enter_state(view, &mut reward)?;
    view.find(Finding::new(Reason::Granted).about(&earned.key()).of(earned.amount.clone()));
    if let Some(hold) = reward.hold {
        view.find(Finding::new(Reason::Held).about(&earned.key()).because(hold.as_str()));
    }
    view.put(reward.clone());
    Ok(Some(reward))
}

fn new_reward(earned: &Earned<'_>, key: RewardKey, now: Timestamp) -> Reward {
    let held_until = match earned.rule.model.hold {
        Some(Hold::For(span)) => Some(now.plus(span.delta())),
        _ => None,
    };
    let hold = match earned.rule.model.hold {
        _ if earned.is_flagged => Some(HoldKind::Moderation),
        Some(Hold::For(_)) => Some(HoldKind::RefundWindow),
        Some(Hold::Approval) => Some(HoldKind::Approval),
        None => None,
    };
    let RewardKey { campaign, rule, participant, cause } = key;
    Reward {
        campaign,
        rule,
        participant,
        cause,
        role: earned.role,
        invitee: earned.invitee,
        version: earned.version,
        state: if hold.is_some() { RewardState::Pending } else { RewardState::Due },
        unit: earned.amount.unit_key(),
        granted: earned.amount.quantity(),
        quantity: earned.amount.quantity(),
        issued: 0,
        netted: 0,
        reclaimed: 0,
        written_off: 0,
        redeemed: 0,
        hold,
        held_until,
        expires_after: earned.rule.model.expires,
        expires_at: None,
        base_source: earned.base.as_ref().map(|base| base.source.clone()),
        base_event: earned.base.as_ref().map(|base| base.event.clone()),
        used: Vec::new(),
        windows: Vec::new(),
        reason: None,
        issue_reference: None,
        attempts: 0,
        granted_at: now,
        changed_at: now,
    }
}

/// The account in which a reward that is not handed over lies.
fn account_of(reward: &Reward) -> Account {
    if reward.state == RewardState::Pending { Account::Held } else { Account::Owed }
}

fn count(view: &mut View<'_>, current: &Current, reward: &Reward, by: i64) {
    let dimensions =
        Dimensions { version: Some(reward.version), referrer: Some(reward.participant), ..Dimensions::default() };
    metrics::count(view, current, Metric::Rewards, by, &dimensions);
}

/// How much is still to be handed over.
pub(crate) fn outstanding(reward: &Reward) -> i64 {
    let handed_over = reward.issued.saturating_add(reward.netted);
    let taken_back = reward.reclaimed.saturating_add(reward.written_off);
    reward.quantity.saturating_sub(handed_over).saturating_add(taken_back)
}

/// Sets the timer that the reward's state asks for, and tells of it.
fn enter_state(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    reward.changed_at = view.now();
    let about = About::reward(&reward.key(), reward.invitee);
    match reward.state {
        RewardState::Pending => {
            timer::set_hold(view, reward);
            notify::tell(view, NotificationKind::RewardPending, &about)
        }
        RewardState::Due => {
            timer::set_expiry(view, reward)?;
            notify::tell(view, NotificationKind::RewardDue, &about)
        }
        RewardState::Approved => notify::tell(view, NotificationKind::RewardApproved, &about),
        RewardState::Issued => notify::tell(view, NotificationKind::RewardIssued, &about),
        RewardState::Redeemed => notify::tell(view, NotificationKind::RewardRedeemed, &about),
        RewardState::Cancelled => notify::tell(view, NotificationKind::RewardCancelled, &about),
        RewardState::Expired => notify::tell(view, NotificationKind::RewardExpired, &about),
        RewardState::Failed => notify::tell(view, NotificationKind::RewardFailed, &about),
        RewardState::Reversed => notify::tell(view, NotificationKind::RewardReversed, &about),
        RewardState::Issuing => Ok(()),
    }
}

/// Moves a reward to another state without moving money.
pub(super) fn set_state(view: &mut View<'_>, reward: &mut Reward, state: RewardState) -> Decide<()> {
    reward.state = state;
    enter_state(view, reward)
}

/// Ends a hold: the reward is owed from now on.
pub(super) fn release(view: &mut View<'_>, current: &Current, reward: &mut Reward, state: RewardState) -> Decide<()> {
    timer::drop_timers(view, reward)?;
    reward.hold = None;
    post(view, current, reward, EntryKind::Release, (Account::Held, Account::Owed), outstanding(reward));
    view.find(Finding::new(Reason::Due).about(&reward.key()));
    if state == RewardState::Approved {
        timer::set_expiry(view, reward)?;
    }
    set_state(view, reward, state)
}

/// Holds a reward that is owed, while its referral is under review.
pub(super) fn hold_again(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    timer::drop_timers(view, reward)?;
    reward.hold = Some(HoldKind::Moderation);
    if reward.state == RewardState::Pending {
        reward.changed_at = view.now();
        return Ok(());
    }
    post(view, current, reward, EntryKind::Hold, (Account::Owed, Account::Held), outstanding(reward));
    view.find(Finding::new(Reason::Held).about(&reward.key()).because(HoldKind::Moderation.as_str()));
    set_state(view, reward, RewardState::Pending)
}

/// Lets a reward follow its amount. Nothing of it left takes it back. Whether it was changed.
pub(super) fn set_quantity(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    quantity: i64,
    reason: &str,
) -> Decide<bool> {
    if !reward.state.counts() || reward.state == RewardState::Expired || quantity == reward.quantity {
        return Ok(false);
    }
    if quantity == 0 {
        take_back(view, current, reward, reason)?;
        return Ok(true);
    }
    if !limits::follow(view, reward, quantity)? {
        view.find(Finding::new(Reason::LimitReached).about(&reward.key()));
        return Ok(false);
    }
    move_quantity(view, current, reward, quantity, EntryKind::Adjust)?;
    let amount = Amount::from_unit_key(&reward.unit, quantity)?;
    view.find(Finding::new(Reason::Adjusted).about(&reward.key()).of(amount).because(reason));
    if reward.state.is_issued() && outstanding(reward) > 0 {
        set_state(view, reward, RewardState::Due)?;
    }
    reward.changed_at = view.now();
    Ok(true)
}

/// Takes a reward back whole: cancels it, or reverses it if something of it was handed over.
// INVARIANT: an issued reward is never cancelled, only reversed.
pub(super) fn take_back(view: &mut View<'_>, current: &Current, reward: &mut Reward, reason: &str) -> Decide<()> {
    if !reward.state.counts() || reward.state == RewardState::Expired {
        return Ok(());
    }
    let was_handed_over = reward.issued + reward.netted > 0;
    let (state, kind, found) = if was_handed_over {
        (RewardState::Reversed, EntryKind::Reverse, Reason::Reversed)
    } else {
        (RewardState::Cancelled, EntryKind::Cancel, Reason::Cancelled)
    };
    let amount = Amount::from_unit_key(&reward.unit, reward.quantity)?;
    view.find(Finding::new(found).about(&reward.key()).of(amount).because(reason));
    end(view, current, reward, state, kind)?;
    limits::release(view, reward)?;
    count(view, current, reward, -1);
    reward.reason = Some(reason.to_owned());
    Ok(())
}

/// Lets a reward that was not claimed in time expire. It still counts towards limits.
pub(super) fn expire(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    view.find(Finding::new(Reason::Expired).about(&reward.key()));
    end(view, current, reward, RewardState::Expired, EntryKind::Expire)
}

fn end(view: &mut View<'_>, current: &Current, reward: &mut Reward, state: RewardState, kind: EntryKind) -> Decide<()> {
    timer::drop_timers(view, reward)?;
    move_quantity(view, current, reward, 0, kind)?;
    reward.hold = None;
    set_state(view, reward, state)
}

/// Gives back a reward that was taken back, if its limits have room.
pub(super) fn reinstate(view: &mut View<'_>, current: &Current, reward: &mut Reward, amount: &Amount) -> Decide<bool> {
    let key = reward.key();
    let taken = match limits::take(view, current, &key, reward.role, amount)? {
        Room::Taken(taken) => taken,
        Room::Reached(limit) => {
            view.find(Finding::new(Reason::LimitReached).about(&key).because(limit));
            return Ok(false);
        }
    };
    (reward.used, reward.windows) = (taken.used, taken.windows);
    let still_held = reward.held_until.is_some_and(|until| until > view.now());
    reward.state = if still_held { RewardState::Pending } else { RewardState::Due };
    reward.hold = still_held.then_some(HoldKind::RefundWindow);
    reward.reason = None;
    move_quantity(view, current, reward, amount.quantity(), EntryKind::Reinstate)?;
    if outstanding(reward) == 0 {
        reward.state = RewardState::Issued;
        reward.hold = None;
    }
    count(view, current, reward, 1);
    view.find(Finding::new(Reason::Reinstated).about(&key).of(amount.clone()));
    enter_state(view, reward)?;
    Ok(true)
}

/// Posts the difference to a new quantity, and settles what it leaves: too little outstanding is a debt, too much pays
/// back first what was taken.
fn move_quantity(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    quantity: i64,
    kind: EntryKind,
) -> Decide<()> {
    let by = quantity - reward.quantity;
    let account = account_of(reward);
    // Of a reward that is held again, only what is outstanding lies among what is held.
    let held = if account == Account::Held { outstanding(reward).max(0) } else { 0 };
    let from_held = (-by).clamp(0, held);
    post(view, current, reward, kind, (Account::Held, Account::Expense), from_held);
    post(view, current, reward, kind, (Account::Owed, Account::Expense), (-by).max(0) - from_held);
    post(view, current, reward, kind, (Account::Expense, account), by.max(0));
    reward.quantity = quantity;
    let left = outstanding(reward);
    if left < 0 {
        return fall_short(view, current, reward, -left);
    }
    if by > 0 && left > 0 { make_good(view, current, reward, left) } else { Ok(()) }
}

fn debt_key(reward: &Reward) -> DebtKey {
    DebtKey { campaign: reward.campaign, participant: reward.participant, unit: reward.unit.clone() }
}

/// The beneficiary's debt in this campaign and unit.
pub(super) fn debt_of(view: &mut View<'_>, reward: &Reward) -> Decide<i64> {
    Ok(view.get::<Debt>(debt_key(reward))?.map_or(0, |debt| debt.quantity))
}

/// Writes the beneficiary's debt.
pub(super) fn put_debt(view: &mut View<'_>, reward: &Reward, quantity: i64) {
    let DebtKey { campaign, participant, unit } = debt_key(reward);
    if quantity == 0 {
        view.delete(DebtKey { campaign, participant, unit });
    } else {
        view.put(Debt { campaign, participant, unit, quantity });
    }
}

fn fall_short(view: &mut View<'_>, current: &Current, reward: &mut Reward, short: i64) -> Decide<()> {
    match current.compiled.model.debts {
        Debts::Net => {
            let debt = debt_of(view, reward)?;
            let sum = debt.checked_add(short).ok_or_else(|| Error::command("reward", "the debt is too great"))?;
            put_debt(view, reward, sum);
            reward.reclaimed += short;
        }
        Debts::WriteOff => {
            post(view, current, reward, EntryKind::WriteOff, (Account::Expense, Account::Owed), short);
            view.find(Finding::new(Reason::WrittenOff).about(&reward.key()));
            reward.written_off += short;
        }
    }
    Ok(())
}

fn make_good(view: &mut View<'_>, current: &Current, reward: &mut Reward, left: i64) -> Decide<()> {
    let restored = left.min(reward.written_off);
    post(view, current, reward, EntryKind::WriteOff, (account_of(reward), Account::Expense), restored);
    reward.written_off -= restored;
    let debt = debt_of(view, reward)?;
    let forgiven = (left - restored).min(reward.reclaimed).min(debt);
    if forgiven > 0 {
        put_debt(view, reward, debt - forgiven);
        reward.reclaimed -= forgiven;
    }
    Ok(())
}
