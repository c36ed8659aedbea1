//! The ledger: every movement of a reward is an immutable entry, and every balance is the fold of entries.

use super::campaign::Current;
use super::halt::Decide;
use super::merged;
use super::metrics::{self, Dimensions};
use super::view::View;
use crate::record::{Account, Balance, BalanceKey, Entry, EntryKind, Key, Metric, Reward};
use crate::value::{EntryId, Timestamp};

/// The date of what a command posts about a reward: never before the reward last changed, so that no balance of a past day
/// falls below what it was.
pub(super) fn date_of(view: &View<'_>, reward: &Reward) -> Timestamp {
    view.now().max(reward.changed_at)
}

/// Posts an entry about `reward` and moves the balances of both accounts. Nothing is posted for nothing.
pub(super) fn post(
    view: &mut View<'_>,
    current: &Current,
    reward: &Reward,
    did: EntryKind,
    accounts: (Account, Account),
    quantity: i64,
) -> Decide<()> {
    let at = date_of(view, reward);
    post_at(view, current, (reward, at), did, accounts, quantity)
}

/// The same, dated: what time brought was due then.
pub(super) fn post_at(
    view: &mut View<'_>,
    current: &Current,
    (reward, at): (&Reward, Timestamp),
    did: EntryKind,
    (debit, credit): (Account, Account),
    quantity: i64,
) -> Decide<()> {
    if quantity == 0 {
        return Ok(());
    }
    let is_claim = |account| matches!(account, Account::Held | Account::Owed);
    let by = quantity * (i64::from(is_claim(credit)) - i64::from(is_claim(debit)));
    move_net(view, current, (reward, at), by)?;
    let entry = EntryId::mint(at, view.entropy());
    view.put(Entry {
        entry,
        campaign: reward.campaign,
        participant: reward.participant,
        rule: reward.rule.clone(),
        cause: reward.cause.clone(),
        did,
        debit,
        credit,
        unit: reward.unit.clone(),
        quantity,
        command: view.command(),
        at,
    });
    if debit != credit {
        move_balance(view, current, (reward, at), debit, -quantity);
        move_balance(view, current, (reward, at), credit, quantity);
    }
    Ok(())
}

/// Moves what the participant is owed, less what the participant owes. What is owed to the host beyond that is receivable.
fn move_net(view: &mut View<'_>, current: &Current, (reward, at): (&Reward, Timestamp), by: i64) -> Decide<()> {
    if by == 0 {
        return Ok(());
    }
    let participant = merged::root(view, reward.participant)?.participant;
    let key = |participant| BalanceKey { campaign: reward.campaign, participant, unit: reward.unit.clone() };
    if participant != reward.participant {
        fold(view, current, key(reward.participant), key(participant), at)?;
    }
    move_net_of(view, current, (key(participant), at), by)
}

/// Moves all of a balance to that of whom its person turned out to be.
pub(super) fn fold(
    view: &mut View<'_>,
    current: &Current,
    from: BalanceKey,
    to: BalanceKey,
    at: Timestamp,
) -> Decide<()> {
    view.need([Key::from(from.clone()), to.clone().into()])?;
    let net = view.get::<Balance>(from.clone())?.map_or(0, |balance| balance.net);
    if net != 0 {
        move_net_of(view, current, (from, at), -net)?;
        move_net_of(view, current, (to, at), net)?;
    }
    Ok(())
}

/// Moves what a person is owed in a unit, less what the person owes.
fn move_net_of(view: &mut View<'_>, current: &Current, (key, at): (BalanceKey, Timestamp), by: i64) -> Decide<()> {
    let BalanceKey { campaign, participant, unit } = key.clone();
    let before = view.get::<Balance>(key)?.map_or(0, |balance| balance.net);
    let net = before.saturating_add(by);
    let receivable = |net: i64| net.min(0).saturating_neg();
    let change = receivable(net) - receivable(before);
    view.put(Balance { campaign, participant, unit: unit.clone(), net });
    if change != 0 {
        let dimensions = Dimensions { person: Some(participant), ..Dimensions::default() };
        metrics::count_at(view, current, Metric::Receivable, &unit, change, at, &dimensions);
    }
    Ok(())
}

/// The metric that is an account's balance, and the sign with which a credit moves it.
pub(crate) fn balance_of(account: Account) -> (Metric, i64) {
    match account {
        // What the campaign spends grows by debits.
        Account::Expense => (Metric::Granted, -1),
        Account::Held => (Metric::Held, 1),
        Account::Owed => (Metric::Owed, 1),
        Account::Issued => (Metric::Issued, 1),
        Account::Redeemed => (Metric::Redeemed, 1),
    }
}

fn move_balance(
    view: &mut View<'_>,
    current: &Current,
    (reward, at): (&Reward, Timestamp),
    account: Account,
    credit: i64,
) {
    let (metric, sign) = balance_of(account);
    let (rule, person) = (Some(reward.rule.clone()), Some(reward.participant));
    let dimensions = Dimensions { rule, person, ..Dimensions::default() };
    metrics::count_at(view, current, metric, &reward.unit, credit * sign, at, &dimensions);
}
