//! Rewards: what is owed, and what was handed over.

use referrals::Referrals;
use referrals::command::{MoveReward, Outcome, RewardMove};
use referrals::quote::quoted;
use referrals::record::{RewardKey, RewardState, Subject};
use referrals::report::{PageOf, RewardReport};
use referrals::value::CampaignSlug;
use serde_json::{Value, json};

use crate::arguments::RewardJob;
use crate::failure::Failure;
use crate::store::bar;
use crate::telling::{Telling, table};

pub(crate) fn run(job: &RewardJob, open: &dyn Fn() -> Result<Referrals, Failure>) -> Result<Telling, Failure> {
    match job {
        RewardJob::Due { campaign, state, limit } => due(&open()?, campaign, *state, *limit),
        RewardJob::Issue { rewards, all_due, reference, dry_run } => {
            let named = rewards.iter().map(|text| key(text)).collect::<Result<Vec<_>, _>>()?;
            let referrals = open()?;
            let keys = match all_due {
                Some(campaign) => {
                    let due = list(&referrals, campaign, RewardState::Due, usize::MAX)?;
                    due.into_iter().map(|reward| reward.reward).collect()
                }
                None => named,
            };
            if *dry_run { rehearse(&referrals, &keys) } else { issue(&referrals, &keys, reference) }
        }
    }
}

/// A reward's key from its text.
pub(crate) fn key(text: &str) -> Result<RewardKey, Failure> {
    match text.parse() {
        Ok(Subject::Reward(key)) => Ok(key),
        _ => Err(Failure::new("invalid_value", format!("{} is no key of a reward", quoted(text)))
            .mistyped()
            .help("`referrals rewards due CAMPAIGN` prints keys: `reward/1/thanks/…`")),
    }
}

/// The key of a reward as text.
fn text_of(key: &RewardKey) -> String {
    Subject::Reward(key.clone()).to_string()
}

fn list(
    referrals: &Referrals,
    campaign: &CampaignSlug,
    state: RewardState,
    most: usize,
) -> Result<Vec<RewardReport>, Failure> {
    let mut rewards = Vec::new();
    let mut page = PageOf { after: None, limit: 1_000 };
    while rewards.len() < most {
        let found = referrals.rewards(campaign, state, page.clone())?;
        rewards.extend(found.rewards);
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    rewards.truncate(most);
    Ok(rewards)
}

fn with_key(reward: &RewardReport) -> Result<Value, Failure> {
    let mut document = serde_json::to_value(reward).map_err(|error| Failure::new("output", error.to_string()))?;
    if let Value::Object(fields) = &mut document {
        fields.insert("key".to_owned(), json!(text_of(&reward.reward)));
    }
    Ok(document)
}

fn due(referrals: &Referrals, campaign: &CampaignSlug, state: RewardState, limit: usize) -> Result<Telling, Failure> {
    let rewards = list(referrals, campaign, state, limit)?;
    let rows = rewards.iter().map(|reward| {
        let hold = reward.hold.map(|hold| hold.to_string()).unwrap_or_default();
        let (outstanding, debt, payable) = (&reward.outstanding, &reward.debt, &reward.payable);
        let amounts = [outstanding, debt, payable].map(ToString::to_string);
        let [outstanding, debt, payable] = amounts;
        [outstanding, debt, payable, reward.changed_at.to_string(), hold, text_of(&reward.reward)]
    });
    let text = table(["amount", "pays debts", "payable", "since", "held for", "reward"], rows);
    Telling::new(text, rewards.iter().map(with_key).collect::<Result<Vec<_>, _>>()?)
}

fn rehearse(referrals: &Referrals, keys: &[RewardKey]) -> Result<Telling, Failure> {
    let mut rows = Vec::new();
    for key in keys {
        let reward = referrals.ask(referrals::report::ShowReward { reward: key.clone() })?;
        let would = if reward.state == RewardState::Due { "would be issued" } else { "would be declined" };
        rows.push([would.to_owned(), reward.state.to_string(), reward.outstanding.to_string(), text_of(key)]);
    }
    let document: Vec<_> = rows
        .iter()
        .map(|[would, state, amount, key]| json!({ "key": key, "state": state, "amount": amount, "would": would }))
        .collect();
    Telling::new(table(["what", "state", "amount", "reward"], rows), document)
}

fn issue(referrals: &Referrals, keys: &[RewardKey], reference: &str) -> Result<Telling, Failure> {
    let bar = bar(keys.len() as u64, "marking");
    let (mut rows, mut documents, mut is_well) = (Vec::new(), Vec::new(), true);
    for keys in keys.chunks(200) {
        let moves = keys.iter().map(|key| MoveReward::new(key.clone(), RewardMove::Issue(reference.to_owned())));
        for (key, result) in keys.iter().zip(referrals.execute_all(moves)?) {
            let told = match result {
                Ok(receipt) => match receipt.outcome {
                    Outcome::Accepted(_) => "issued".to_owned(),
                    Outcome::Declined(reason) => format!("declined: {reason}"),
                },
                Err(error) => format!("failed: {error}"),
            };
            is_well &= told == "issued";
            documents.push(json!({ "key": text_of(key), "result": told }));
            rows.push([told, text_of(key)]);
        }
        bar.inc(keys.len() as u64);
    }
    bar.finish_and_clear();
    Ok(Telling::new(table(["result", "reward"], rows), documents)?.unless(is_well))
}
