//! Rewards: what is owed, and what was handed over.

use referrals::Referrals;
use referrals::command::{AnyCommand, AnyOutcome, MoveReward, Outcome, Receipt, RewardMove};
use referrals::record::{RewardKey, RewardState, Subject};
use referrals::report::{PageOf, RewardReport, ShowReward, Unexplained};
use referrals::value::{Amount, CampaignSlug, Timestamp};
use serde_json::{Value, json};

use crate::arguments::{Hand, Moved, RewardJob, Taken};
use crate::failure::Failure;
use crate::grants;
use crate::hand;
use crate::reward_keys::keys;
use crate::show::by_hand;
use crate::store::bar;
use crate::telling::{Telling, facts, table};

/// So many commands are sent together.
const TOGETHER: usize = 200;

pub(crate) fn run(job: &RewardJob, open: &dyn Fn() -> Result<Referrals, Failure>) -> Result<Telling, Failure> {
    match job {
        RewardJob::Due { campaign, state, limit } => due(&open()?, campaign, *state, *limit),
        RewardJob::Issue { rewards, all_due, reference, dry_run, hand } => {
            let (referrals, named) = keys(open, rewards)?;
            let keys = match all_due {
                Some(campaign) => {
                    let due = payable(&referrals, campaign, usize::MAX)?;
                    due.into_iter().map(|reward| reward.reward).collect()
                }
                None => named,
            };
            let to = RewardMove::Issue(reference.clone());
            if *dry_run { rehearse(&referrals, &keys) } else { moves(&referrals, &keys, &to, hand) }
        }
        RewardJob::Show { reward } => {
            let (referrals, keys) = keys(open, std::slice::from_ref(reward))?;
            keys.first().map_or_else(|| Err(Failure::usage("no reward is named")), |key| show(&referrals, key))
        }
        RewardJob::Approve(moved) => at_hand(open, moved, &RewardMove::Approve),
        RewardJob::Begin(moved) => at_hand(open, moved, &RewardMove::BeginIssue),
        RewardJob::Fail(taken) => back(open, taken, RewardMove::Fail),
        RewardJob::Return(taken) => back(open, taken, RewardMove::ReturnIssue),
        RewardJob::Cancel(taken) => back(open, taken, RewardMove::Cancel),
        RewardJob::Reverse(taken) => back(open, taken, RewardMove::Reverse),
        RewardJob::Refused(asked) => grants::refused(&open()?, asked),
        RewardJob::Grant { .. } => grants::grant(open, job),
        RewardJob::Give(gift) => grants::give(&open()?, gift),
    }
}

fn at_hand(open: &dyn Fn() -> Result<Referrals, Failure>, moved: &Moved, to: &RewardMove) -> Result<Telling, Failure> {
    let (referrals, keys) = keys(open, &moved.rewards)?;
    moves(&referrals, &keys, to, &moved.hand)
}

fn back(
    open: &dyn Fn() -> Result<Referrals, Failure>,
    taken: &Taken,
    to: fn(String) -> RewardMove,
) -> Result<Telling, Failure> {
    let (referrals, keys) = keys(open, &taken.rewards)?;
    let hand = Hand { by: taken.by.clone(), why: None, at: taken.at };
    moves(&referrals, &keys, &to(taken.why.clone()), &hand)
}

/// Moves rewards on, and tells what became of each.
fn moves(referrals: &Referrals, keys: &[RewardKey], to: &RewardMove, hand: &Hand) -> Result<Telling, Failure> {
    let command = |key: &RewardKey| {
        let (actor, reason) = (hand.by.clone(), hand.why.clone());
        MoveReward { actor, reason, ..MoveReward::new(key.clone(), to.clone()) }.into()
    };
    each(referrals, keys, command, hand.at)
}

/// Executes a command for each reward, and tells what became of it.
pub(crate) fn each(
    referrals: &Referrals,
    keys: &[RewardKey],
    command: impl Fn(&RewardKey) -> AnyCommand,
    at: Option<Timestamp>,
) -> Result<Telling, Failure> {
    let bar = bar(keys.len() as u64, "marking");
    let (mut rows, mut documents, mut is_well) = (Vec::new(), Vec::new(), true);
    for keys in keys.chunks(TOGETHER) {
        let requests = hand::requests(referrals, keys.iter().map(&command), at)?;
        for (key, result) in keys.iter().zip(referrals.execute_requests(requests)) {
            let (mut told, amounts, is_done) = became(result);
            if !is_done && let Some(state) = state_of(referrals, key) {
                told = format!("{told}; it is `{state}`");
            }
            is_well &= is_done;
            let [amount, netted] = amounts.clone().unwrap_or_default();
            let shown = amounts.map(|[amount, netted]| json!({ "amount": amount, "pays_debts": netted }));
            documents.push(json!({ "key": text_of(key), "result": told, "moved": shown }));
            rows.push([told, amount, netted, text_of(key)]);
        }
        bar.inc(keys.len() as u64);
    }
    bar.finish_and_clear();
    Ok(Telling::new(table(["result", "amount", "pays debts", "reward"], rows), documents)?.unless(is_well))
}

/// Where a reward is that was left as it is.
fn state_of(referrals: &Referrals, key: &RewardKey) -> Option<RewardState> {
    referrals.ask(ShowReward { reward: key.clone() }).ok().map(|reward| reward.state)
}

/// What became of a reward, how much was moved and how much of it pays debts, and whether it was done.
fn became(result: referrals::error::Result<Receipt>) -> (String, Option<[String; 2]>, bool) {
    match result.map(|receipt| receipt.outcome) {
        Ok(Outcome::Accepted(AnyOutcome::RewardMoved(done))) => {
            let netted = done.amount.with_quantity(done.netted).to_string();
            (done.state.to_string(), Some([done.amount.to_string(), netted]), true)
        }
        Ok(Outcome::Accepted(other)) => (other.name().to_owned(), None, true),
        Ok(Outcome::Declined(reason)) => (format!("declined: {reason}"), None, false),
        Err(error) => (format!("failed: {error}"), None, false),
    }
}

/// The key of a reward as text.
pub(crate) fn text_of(key: &RewardKey) -> String {
    Subject::Reward(key.clone()).to_string()
}

fn list(
    referrals: &Referrals,
    campaign: &CampaignSlug,
    state: RewardState,
    most: usize,
    fits: impl Fn(&RewardReport) -> bool,
) -> Result<Vec<RewardReport>, Failure> {
    let mut rewards = Vec::new();
    let mut page = PageOf { after: None, limit: 1_000 };
    while rewards.len() < most {
        let found = referrals.rewards(campaign, state, page.clone())?;
        rewards.extend(found.rewards.into_iter().filter(&fits));
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    rewards.truncate(most);
    Ok(rewards)
}

/// A reward as a document, with its key as it is typed.
pub(crate) fn with_key(reward: &RewardReport) -> Result<Value, Failure> {
    let mut document = serde_json::to_value(reward).map_err(|error| Failure::new("output", error.to_string()))?;
    if let Value::Object(fields) = &mut document {
        fields.insert("key".to_owned(), json!(text_of(&reward.reward)));
    }
    Ok(document)
}

/// What is to be handed over now, oldest first: in whichever state it is, and also where time has ended its hold and no `settle`
/// came since.
fn payable(referrals: &Referrals, campaign: &CampaignSlug, most: usize) -> Result<Vec<RewardReport>, Failure> {
    let mut rewards = Vec::new();
    for state in [RewardState::Due, RewardState::Approved, RewardState::Failed, RewardState::Pending] {
        rewards.extend(list(referrals, campaign, state, most, |reward| reward.due.quantity() > 0)?);
    }
    rewards.sort_by(|a, b| (a.granted_at, &a.reward).cmp(&(b.granted_at, &b.reward)));
    rewards.truncate(most);
    Ok(rewards)
}

fn due(
    referrals: &Referrals,
    campaign: &CampaignSlug,
    state: Option<RewardState>,
    limit: usize,
) -> Result<Telling, Failure> {
    let rewards = match state {
        Some(state) => list(referrals, campaign, state, limit, |_| true)?,
        None => payable(referrals, campaign, limit)?,
    };
    Telling::new(listed(&rewards), rewards.iter().map(with_key).collect::<Result<Vec<_>, _>>()?)
}

/// Rewards as a table.
pub(crate) fn listed(rewards: &[RewardReport]) -> String {
    let rows = rewards.iter().map(|reward| {
        let hold = reward.hold.map(|hold| hold.to_string()).unwrap_or_default();
        let (outstanding, debt, payable) = (&reward.outstanding, &reward.debt, &reward.payable);
        let amounts = [outstanding, debt, payable].map(ToString::to_string);
        let [outstanding, debt, payable] = amounts;
        let (state, since) = (reward.state.to_string(), reward.changed_at.to_string());
        [state, outstanding, debt, payable, since, hold, text_of(&reward.reward)]
    });
    table(["state", "amount", "pays debts", "payable", "since", "held for", "reward"], rows)
}

fn rehearse(referrals: &Referrals, keys: &[RewardKey]) -> Result<Telling, Failure> {
    let mut rows = Vec::new();
    for key in keys {
        let reward = referrals.ask(ShowReward { reward: key.clone() })?;
        let would = if reward.due.quantity() > 0 { "would be issued" } else { "would be declined" };
        rows.push([would.to_owned(), reward.state.to_string(), reward.outstanding.to_string(), text_of(key)]);
    }
    let document: Vec<_> = rows
        .iter()
        .map(|[would, state, amount, key]| json!({ "key": key, "state": state, "amount": amount, "would": would }))
        .collect();
    Telling::new(table(["what", "state", "amount", "reward"], rows), document)
}

/// A reward, and what hands did with it.
fn show(referrals: &Referrals, key: &RewardKey) -> Result<Telling, Failure> {
    let reward = referrals.ask(ShowReward { reward: key.clone() })?;
    let explained = referrals.explain(Unexplained::Reward(key.clone()))?;
    let some = |amount: &Amount| (amount.quantity() != 0).then(|| amount.to_string());
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let refused = some(&reward.refused).map(|amount| {
        let because = reward.refused_because.as_ref().map(|because| format!(", because of `{because}`"));
        amount + &because.unwrap_or_default()
    });
    let mut text = facts([
        ("reward", Some(text_of(key))),
        ("for the", Some(format!("{} {}", reward.role, key.participant))),
        ("rule", Some(format!("`{}` of version {}", key.rule, reward.version))),
        ("order", reward.base.as_ref().map(|order| format!("{}/{}", order.source, order.event))),
        ("state", Some(reward.state.to_string())),
        ("amount", Some(reward.amount.to_string())),
        ("due", some(&reward.due)),
        ("pays debts", some(&reward.debt)),
        ("payable", some(&reward.payable)),
        ("being handed over since", time(reward.issuing_since)),
        ("held for", reward.hold.map(|hold| hold.to_string())),
        ("held until", time(reward.held_until)),
        ("expires", time(reward.expires_at)),
        ("refused", refused),
        ("handed over", some(&reward.issued)),
        ("paid debts", some(&reward.netted)),
        ("expired", some(&reward.expired)),
        ("owed to you", some(&reward.owes)),
        ("used", some(&reward.redeemed)),
        ("lapsed", some(&reward.lapsed)),
        ("to be used by", time(reward.redeem_by)),
        ("reference", reward.issue_reference.clone()),
        ("because", reward.reason.clone()),
        ("granted", Some(reward.granted_at.to_string())),
        ("changed", Some(reward.changed_at.to_string())),
    ]);
    if !explained.hands.is_empty() {
        text.push('\n');
        explained.hands.iter().for_each(|hand| text.push_str(&by_hand(hand)));
    }
    let mut document = with_key(&reward)?;
    if let Value::Object(fields) = &mut document {
        fields.insert("hands".to_owned(), json!(explained.hands));
    }
    Telling::new(text, document)
}
