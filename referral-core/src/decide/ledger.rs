//! The ledger: every movement of a reward is an immutable entry, and every balance is the fold of entries.

use super::campaign::Current;
use super::metrics::{self, Dimensions};
use super::view::View;
use crate::record::{Account, Entry, EntryKind, Metric, Reward};
use crate::value::{EntryId, ParticipantId};

/// Posts an entry about `reward` and moves the balances of both accounts. Nothing is posted for nothing.
pub(super) fn post(
    view: &mut View<'_>,
    current: &Current,
    reward: &Reward,
    did: EntryKind,
    (debit, credit): (Account, Account),
    quantity: i64,
) {
    if quantity == 0 {
        return;
    }
    let at = view.now();
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
        move_balance(view, current, reward.participant, &reward.unit, debit, -quantity);
        move_balance(view, current, reward.participant, &reward.unit, credit, quantity);
    }
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
    participant: ParticipantId,
    unit: &str,
    account: Account,
    credit: i64,
) {
    let (metric, sign) = balance_of(account);
    let now = view.now();
    let dimensions = Dimensions { referrer: Some(participant), ..Dimensions::default() };
    metrics::count_at(view, current, metric, unit, credit * sign, now, &dimensions);
}
