//! What of a reward is granted, handed over and outstanding, and how a changed quantity moves between accounts and debts.

use super::campaign::Current;
use super::halt::Decide;
use super::ledger::post;
use super::metrics::{self, Dimensions};
use super::view::View;
use crate::campaign::Debts;
use crate::command::{Finding, Reason};
use crate::error::Error;
use crate::record::{Account, ConversionKey, Debt, DebtKey, EntryKind, Metric, RecordKind, Reward, RewardState};

/// The order on which a reward rests, if it rests on one.
pub(super) fn carrier_of(reward: &Reward) -> Option<ConversionKey> {
    let (source, event) = (reward.base_source.clone()?, reward.base_event.clone()?);
    Some(ConversionKey { source, event })
}

/// What was granted, expired or refused: what the target is compared with.
pub(super) fn promised(reward: &Reward) -> i64 {
    posted(reward).saturating_add(reward.refused)
}

/// What was granted, expired or not.
pub(super) fn posted(reward: &Reward) -> i64 {
    reward.quantity.saturating_add(reward.expired)
}

/// What was handed over, as money or by paying a debt.
pub(super) fn handed_over(reward: &Reward) -> i64 {
    reward.issued.saturating_add(reward.netted)
}

/// What limits count of a reward: the greater of what is posted and what is handed over.
pub(super) fn counted(reward: &Reward) -> i64 {
    posted(reward).max(handed_over(reward))
}

/// The account in which what is not handed over of a reward lies.
fn account_of(reward: &Reward) -> Account {
    if reward.state == RewardState::Pending { Account::Held } else { Account::Owed }
}

pub(super) fn count(view: &mut View<'_>, current: &Current, reward: &Reward, by: i64) {
    let dimensions =
        Dimensions { version: Some(reward.version), referrer: Some(reward.participant), ..Dimensions::default() };
    metrics::count(view, current, Metric::Rewards, by, &dimensions);
}

/// Lets a reward follow another version of its campaign, and its count with it.
pub(super) fn follow_version(view: &mut View<'_>, current: &Current, reward: &mut Reward, version: u32) {
    let counts = i64::from(reward.state.counts());
    count(view, current, reward, -counts);
    reward.version = version;
    count(view, current, reward, counts);
}

/// How much is still to be handed over.
pub(crate) fn outstanding(reward: &Reward) -> i64 {
    let taken_back = reward.reclaimed.saturating_add(reward.written_off);
    reward.quantity.saturating_sub(handed_over(reward)).saturating_add(taken_back)
}

/// Posts the difference to a new quantity, and settles what it leaves: too little outstanding is a debt, too much pays
/// back first what was taken.
pub(super) fn move_quantity(
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
    if reward.reclaimed == 0 {
        return Ok(());
    }
    let debt = debt_of(view, reward)?;
    let forgiven = (left - restored).min(reward.reclaimed).min(debt);
    if forgiven > 0 {
        put_debt(view, reward, debt - forgiven);
        reward.reclaimed -= forgiven;
    }
    Ok(())
}
