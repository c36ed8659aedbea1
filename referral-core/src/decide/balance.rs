//! What of a reward is granted, handed over and outstanding, and how a changed quantity moves between accounts and debts.

use super::campaign::Current;
use super::halt::Decide;
use super::ledger::{date_of, post, post_at};
use super::merged;
use super::metrics::{self, Dimensions};
use super::view::View;
use crate::campaign::Debts;
use crate::command::{Finding, Reason};
use crate::error::Error;
use crate::record::{
    Account, Claim, ConversionKey, Debt, DebtKey, EntryKind, Key, Metric, RecordKind, Reward, RewardState,
};
use crate::value::Timestamp;

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

/// What the beneficiary keeps of what was handed over: less what other rewards paid back.
pub(super) fn kept(reward: &Reward) -> i64 {
    handed_over(reward).saturating_sub(reward.paid_back)
}

/// What limits count of a reward: the greater of what is posted and what the beneficiary keeps.
pub(super) fn counted(reward: &Reward) -> i64 {
    posted(reward).max(kept(reward))
}

/// Writes a reward, in its place among claims.
pub(super) fn put(view: &mut View<'_>, mut reward: Reward) {
    reward.claim = match reward.state {
        _ if reward.owes > 0 => Claim::Debt,
        RewardState::Pending | RewardState::Due | RewardState::Approved | RewardState::Failed
            if outstanding(&reward) > 0 =>
        {
            Claim::Open
        }
        _ => Claim::None,
    };
    view.put(reward);
}

/// The account in which what is not handed over of a reward lies.
fn account_of(reward: &Reward) -> Account {
    if reward.state == RewardState::Pending { Account::Held } else { Account::Owed }
}

pub(super) fn count(view: &mut View<'_>, current: &Current, reward: &Reward, by: i64) {
    let (version, rule, person) = (Some(reward.version), Some(reward.rule.clone()), Some(reward.participant));
    let dimensions = Dimensions { version, rule, person, ..Dimensions::default() };
    let at = date_of(view, reward);
    metrics::count_at(view, current, Metric::Rewards, "", by, at, &dimensions);
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

/// Lets what is outstanding of a reward expire at a time.
pub(super) fn expire_at(view: &mut View<'_>, current: &Current, reward: &mut Reward, at: Timestamp) -> Decide<()> {
    let rest = outstanding(reward);
    post_at(view, current, (reward, at), EntryKind::Expire, (account_of(reward), Account::Expense), rest)?;
    reward.quantity = reward.quantity.saturating_sub(rest);
    reward.expired = reward.expired.saturating_add(rest);
    Ok(())
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
    post(view, current, reward, kind, (Account::Held, Account::Expense), from_held)?;
    post(view, current, reward, kind, (Account::Owed, Account::Expense), (-by).max(0) - from_held)?;
    post(view, current, reward, kind, (Account::Expense, account), by.max(0))?;
    reward.quantity = quantity;
    let left = outstanding(reward);
    if left < 0 {
        return fall_short(view, current, reward, -left);
    }
    if by > 0 { make_good(view, current, reward) } else { Ok(()) }
}

/// The key of the beneficiary's debt in this campaign and unit: under the id of whom the beneficiary turned out to be.
pub(super) fn debt_key(view: &mut View<'_>, reward: &Reward) -> Decide<DebtKey> {
    let participant = merged::root(view, reward.participant)?.participant;
    Ok(DebtKey { campaign: reward.campaign, participant, unit: reward.unit.clone() })
}

/// The keys of the beneficiary's debts in this campaign and unit, under all ids of the person.
pub(super) fn debt_keys(view: &mut View<'_>, reward: &Reward) -> Decide<Vec<DebtKey>> {
    let Reward { campaign, participant, unit, .. } = reward.clone();
    debt_keys_of(view, &DebtKey { campaign, participant, unit })
}

fn debt_keys_of(view: &mut View<'_>, of: &DebtKey) -> Decide<Vec<DebtKey>> {
    let key = |participant| DebtKey { participant, ..of.clone() };
    Ok(merged::ids(view, of.participant)?.into_iter().map(key).collect())
}

/// The beneficiary's debt in this campaign and unit.
pub(super) fn debt_of(view: &mut View<'_>, reward: &Reward) -> Decide<i64> {
    let Reward { campaign, participant, unit, .. } = reward.clone();
    debt_of_person(view, &DebtKey { campaign, participant, unit })
}

/// A person's debt in a campaign and unit, under all ids of the person.
pub(super) fn debt_of_person(view: &mut View<'_>, of: &DebtKey) -> Decide<i64> {
    let keys = debt_keys_of(view, of)?;
    view.need(keys.iter().cloned().map(Key::from))?;
    keys.into_iter().try_fold(0_i64, |sum, key| {
        let debt = view.get::<Debt>(key)?.map_or(0, |debt| debt.quantity);
        Ok(sum.saturating_add(debt))
    })
}

/// Moves all of a debt to that of whom its person turned out to be.
pub(super) fn fold_debt(view: &mut View<'_>, from: DebtKey, to: DebtKey) -> Decide<()> {
    view.need([Key::from(from.clone()), to.clone().into()])?;
    let debt = view.get::<Debt>(from.clone())?.map_or(0, |debt| debt.quantity);
    if debt != 0 {
        view.delete(from);
        add_debt(view, to, debt)?;
    }
    Ok(())
}

/// Changes how much a reward owes, and with it the beneficiary's debt.
pub(super) fn move_debt(view: &mut View<'_>, reward: &mut Reward, by: i64) -> Decide<()> {
    reward.owes = reward.owes.checked_add(by).ok_or_else(|| Error::command("reward", "the debt is too great"))?;
    let key = debt_key(view, reward)?;
    if key.participant != reward.participant {
        fold_debt(view, DebtKey { participant: reward.participant, ..key.clone() }, key.clone())?;
    }
    add_debt(view, key, by)
}

/// Changes a person's debt.
pub(super) fn add_debt(view: &mut View<'_>, key: DebtKey, by: i64) -> Decide<()> {
    let known = view.get::<Debt>(key.clone())?.map_or(0, |debt| debt.quantity);
    let debt = known.checked_add(by).ok_or_else(|| Error::command("reward", "the debt is too great"))?;
    let DebtKey { campaign, participant, unit } = key;
    if debt == 0 {
        view.delete(DebtKey { campaign, participant, unit });
    } else {
        view.put(Debt { campaign, participant, unit, quantity: debt });
    }
    Ok(())
}

fn fall_short(view: &mut View<'_>, current: &Current, reward: &mut Reward, short: i64) -> Decide<()> {
    match current.compiled.model.debts {
        Debts::Net => {
            reward.reclaimed += short;
            move_debt(view, reward, short)
        }
        Debts::WriteOff => {
            post(view, current, reward, EntryKind::WriteOff, (Account::Expense, Account::Owed), short)?;
            view.find(Finding::new(Reason::WrittenOff).about(&reward.key()));
            reward.written_off += short;
            Ok(())
        }
    }
}

/// What is outstanding first ends what was written off, then what the reward itself owes.
pub(super) fn make_good(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let restored = outstanding(reward).clamp(0, reward.written_off);
    let account = account_of(reward);
    end_write_off(view, current, reward, restored, account)?;
    let ended = outstanding(reward).clamp(0, reward.owes);
    end_debt(view, reward, ended)
}

/// Ends a part of what was written off: it is owed to nobody.
pub(super) fn end_write_off(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    by: i64,
    account: Account,
) -> Decide<()> {
    post(view, current, reward, EntryKind::WriteOff, (account, Account::Expense), by)?;
    reward.written_off -= by;
    Ok(())
}

/// Ends a part of what a reward owes.
pub(super) fn end_debt(view: &mut View<'_>, reward: &mut Reward, by: i64) -> Decide<()> {
    if by > 0 {
        move_debt(view, reward, -by)?;
        reward.reclaimed -= by;
    }
    Ok(())
}
