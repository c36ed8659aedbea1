//! Entries against rewards, balances and debts.

use std::collections::BTreeMap;

use super::books::{Books, reward_name, root};
use super::expected::{Apart, Expected, Number, OfPerson, Quantity};
use super::{Audited, Invariant};
use crate::decide::{EVER, balance_of, outstanding};
use crate::record::{
    Account, BalanceKey, DebtKey, Dimension, Entry, EntryKind, Metric, Reward, RewardKey, RewardState,
};
use crate::value::CampaignId;

/// What a reward's entries amount to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fold {
    granted: i64,
    quantity: i64,
    issued: i64,
    netted: i64,
    redeemed: i64,
    lapsed: i64,
    written_off: i64,
    held: i64,
    owed: i64,
}

impl Fold {
    fn post(&mut self, entry: &Entry) {
        let by = entry.quantity;
        match entry.did {
            EntryKind::WriteOff if entry.debit == Account::Expense => grow(&mut self.written_off, by),
            EntryKind::WriteOff => shrink(&mut self.written_off, by),
            EntryKind::Issue => grow(&mut self.issued, by),
            EntryKind::Return => shrink(&mut self.issued, by),
            EntryKind::Net => grow(&mut self.netted, by),
            EntryKind::Unnet => shrink(&mut self.netted, by),
            EntryKind::Redeem => grow(&mut self.redeemed, by),
            EntryKind::Lapse if entry.debit == Account::Issued => grow(&mut self.lapsed, by),
            EntryKind::Lapse => shrink(&mut self.lapsed, by),
            EntryKind::Release | EntryKind::Hold => {}
            _ if entry.debit == Account::Expense => grow(&mut self.quantity, by),
            _ => shrink(&mut self.quantity, by),
        }
        if entry.did == EntryKind::Grant {
            grow(&mut self.granted, by);
        }
        for (account, change) in [(entry.debit, shrink as fn(&mut i64, i64)), (entry.credit, grow)] {
            match account {
                Account::Held => change(&mut self.held, by),
                Account::Owed => change(&mut self.owed, by),
                _ => {}
            }
        }
    }

    /// What a reward says of itself. Where it lies follows from its state.
    fn told_by(reward: &Reward) -> Self {
        let outstanding = outstanding(reward);
        let held = if reward.state == RewardState::Pending { outstanding } else { 0 };
        Self {
            granted: reward.granted,
            quantity: reward.quantity,
            issued: reward.issued,
            netted: reward.netted,
            redeemed: reward.redeemed,
            lapsed: reward.lapsed,
            written_off: reward.written_off,
            held,
            owed: reward.quantity.saturating_sub(reward.issued).saturating_add(reward.written_off).saturating_sub(held),
        }
    }
}

/// Whether more was used, or lapsed, than was handed over.
fn is_used_beyond(reward: &Reward) -> bool {
    reward.lapsed < 0 || reward.redeemed.saturating_add(reward.lapsed) > reward.issued
}

/// Adds, and stops at the greatest number: what is stored may be anything, and is to be told, not to end the audit.
fn grow(sum: &mut i64, by: i64) {
    *sum = sum.saturating_add(by);
}

fn shrink(sum: &mut i64, by: i64) {
    *sum = sum.saturating_sub(by);
}

pub(super) fn check(books: &Books, audited: &mut Audited) {
    rewards(books, audited);
    debts(books, audited);
    nets(books, audited);
    balances(books, audited);
}

fn rewards(books: &Books, audited: &mut Audited) {
    let mut folds: BTreeMap<(RewardKey, String), Fold> = BTreeMap::new();
    let mut grants: BTreeMap<RewardKey, u32> = BTreeMap::new();
    for entry in books.entries.values() {
        let Entry { campaign, rule, participant, cause, .. } = entry.clone();
        let key = RewardKey { campaign, rule, participant, cause };
        let fits = books.rewards.contains_key(&key) && entry.quantity > 0;
        if !fits {
            let subject = format!("entry {}", entry.entry);
            audited.differ(Invariant::RewardIsFoldOfEntries, subject, "a reward", reward_name(&key));
        }
        if entry.did == EntryKind::Grant {
            *grants.entry(key.clone()).or_default() += 1;
        }
        folds.entry((key, entry.unit.clone())).or_default().post(entry);
    }
    for (key, reward) in &books.rewards {
        let mut fold = folds.remove(&(key.clone(), reward.unit.clone())).unwrap_or_default();
        // A reward that went on in another unit was granted anew in it, perhaps more than once, or not yet.
        let anew = grants.get(key).is_some_and(|grants| *grants > 1);
        if anew || reward.granted == 0 || folds.keys().any(|(other, _)| other == key) {
            fold.granted = reward.granted;
        }
        audited.compare(Invariant::RewardIsFoldOfEntries, reward_name(key), &fold, &Fold::told_by(reward));
        if outstanding(reward) < 0 || is_used_beyond(reward) || reward.quantity < 0 {
            let Reward { redeemed, lapsed, .. } = reward;
            let found = format!("outstanding {}, redeemed {redeemed}, lapsed {lapsed}", outstanding(reward));
            audited.differ(Invariant::NothingBelowZero, reward_name(key), "nothing below zero", found);
        }
        let ended = !reward.state.counts() || reward.state == RewardState::Expired;
        if ended != (reward.quantity == 0) {
            let found = format!("{} with {}", reward.state, reward.quantity);
            audited.differ(Invariant::RewardIsFoldOfEntries, reward_name(key), "a quantity that fits the state", found);
        }
    }
    // A reward that went on in another unit left nothing in the first.
    for ((key, unit), fold) in folds {
        audited.compare(
            Invariant::RewardIsFoldOfEntries,
            format!("{} in {unit}", reward_name(&key)),
            &Fold { granted: fold.granted, ..Fold::default() },
            &fold,
        );
    }
}

fn debts(books: &Books, audited: &mut Audited) {
    let mut debts: BTreeMap<DebtKey, i64> = BTreeMap::new();
    let (mut fixed, mut netted): (BTreeMap<&RewardKey, i64>, BTreeMap<&RewardKey, i64>) = Default::default();
    for reward in books.rewards.values() {
        let Reward { campaign, participant, unit, .. } = reward.clone();
        let participant = root(books, participant);
        grow(debts.entry(DebtKey { campaign, participant, unit }).or_default(), reward.owes);
        for debt in reward.fixed.iter().flat_map(|fixed| &fixed.debts) {
            grow(fixed.entry(&debt.reward).or_default(), debt.quantity);
        }
        for payer in &reward.paid_by {
            grow(netted.entry(&payer.reward).or_default(), payer.quantity);
        }
    }
    for (key, reward) in &books.rewards {
        let paid = reward.paid_by.iter().map(|payer| payer.quantity).fold(0, i64::saturating_add);
        let expected = (fixed.get(key).copied().unwrap_or(0), netted.get(key).copied().unwrap_or(0), paid);
        let under_way = reward.reclaimed.saturating_sub(reward.owes).saturating_sub(reward.paid_back);
        let found = (under_way, reward.netted, reward.paid_back);
        audited.compare(Invariant::DebtIsReclaimedLessNetted, reward_name(key), &expected, &found);
    }
    let mut stored: BTreeMap<DebtKey, i64> = BTreeMap::new();
    for (key, debt) in &books.debts {
        let of_person = DebtKey { participant: root(books, key.participant), ..key.clone() };
        debts.entry(of_person.clone()).or_default();
        grow(stored.entry(of_person).or_default(), debt.quantity);
    }
    for (key, sum) in debts {
        let found = stored.get(&key).copied().unwrap_or_default();
        let subject = format!("debt {}/{}/{}", key.campaign, key.participant, key.unit);
        audited.compare(Invariant::DebtIsReclaimedLessNetted, subject, &sum, &found);
    }
}

/// What each participant is owed, less what the participant owes, and what of it is receivable.
fn nets(books: &Books, audited: &mut Audited) {
    let mut nets: BTreeMap<BalanceKey, i64> = BTreeMap::new();
    let mut stored: BTreeMap<BalanceKey, i64> = BTreeMap::new();
    let mut receivable: BTreeMap<(CampaignId, String), i64> = BTreeMap::new();
    for (key, balance) in &books.balances {
        let of_person = BalanceKey { participant: root(books, key.participant), ..key.clone() };
        nets.entry(of_person.clone()).or_default();
        grow(stored.entry(of_person).or_default(), balance.net);
        let owes = balance.net.min(0).saturating_neg();
        grow(receivable.entry((key.campaign, key.unit.clone())).or_default(), owes);
        let (campaign, unit, participant) = (key.campaign, key.unit.clone(), key.participant);
        let of = OfPerson { campaign, metric: Metric::Receivable, unit, period: EVER.to_owned(), participant };
        let found = books.people.get(&of).copied().unwrap_or_default();
        let subject = format!("receivable {campaign}/{participant}/{}", key.unit);
        audited.compare(Invariant::BalanceIsFoldOfEntries, subject, &owes, &found);
    }
    for entry in books.entries.values() {
        let is_claim = |account| matches!(account, Account::Held | Account::Owed);
        let sign = i64::from(is_claim(entry.credit)) - i64::from(is_claim(entry.debit));
        let Entry { campaign, participant, unit, quantity, .. } = entry.clone();
        let participant = root(books, participant);
        grow(nets.entry(BalanceKey { campaign, participant, unit }).or_default(), sign.saturating_mul(quantity));
    }
    for (key, net) in nets {
        let subject = format!("balance {}/{}/{}", key.campaign, key.participant, key.unit);
        let found = stored.get(&key).copied().unwrap_or_default();
        audited.compare(Invariant::BalanceIsFoldOfEntries, subject, &net, &found);
    }
    let all = |key: &Number| key.metric == Metric::Receivable && key.dimension == Dimension::All;
    for (key, number) in books.numbers.iter().filter(|(key, _)| all(key)) {
        shrink(receivable.entry((key.campaign, key.unit.clone())).or_default(), *number);
    }
    for ((campaign, unit), left) in receivable {
        audited.compare(Invariant::BalanceIsFoldOfEntries, format!("receivable {campaign}/{unit}"), &0, &left);
    }
}

/// Metrics that are balances of accounts.
pub(super) const BALANCES: [Metric; 5] =
    [Metric::Granted, Metric::Held, Metric::Owed, Metric::Issued, Metric::Redeemed];

fn balances(books: &Books, audited: &mut Audited) {
    let mut expected = Expected::default();
    for entry in books.entries.values().filter(|entry| entry.debit != entry.credit) {
        move_balance(books, &mut expected, entry, entry.debit, entry.quantity.saturating_neg());
        move_balance(books, &mut expected, entry, entry.credit, entry.quantity);
    }
    expected.compare(books, audited, Invariant::BalanceIsFoldOfEntries, &|metric| BALANCES.contains(&metric));
}

fn move_balance(books: &Books, expected: &mut Expected, entry: &Entry, account: Account, by: i64) {
    let (metric, sign) = balance_of(account);
    let by = by.saturating_mul(sign);
    let day = books.day(entry.campaign, entry.at);
    let quantity = Quantity { campaign: entry.campaign, metric, unit: &entry.unit, day, by };
    let apart = Apart { rule: Some(entry.rule.clone()), ..Apart::default() };
    expected.count(books, quantity, &apart);
    expected.count_person(books, quantity, entry.participant);
}
