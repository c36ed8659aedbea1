//! What an explanation says beside the stored decisions: what each rule comes to now and by which values, and how full limits
//! are.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::campaign::{Compiled, Trigger};
use crate::command::Reason;
use crate::decide::{AskedLimit, Decide, finding_of, limits_asked};
use crate::engine::Reader;
use crate::error::Result;
use crate::evaluate::{Facts, Line, Target, Unpaid, Why, evaluate, values};
use crate::record::{Cause, ConversionKey, Key, RecordKind, Referral, Reward, RewardKey, Role, Window};
use crate::rule::condition::Verdict;
use crate::value::{Amount, LimitId, RuleId, Timestamp};

/// So many verdicts of rules are told of a referral.
const MOST_VERDICTS: usize = 1_000;

/// What a rule comes to by the facts of a referral as they are now: what it owes, or why it owes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleVerdict {
    /// The rule; none: it is about whether the order qualifies the referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// The order, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<ConversionKey>,
    /// Whom it pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What it owes. Limits, pause and hands are not part of it: what they refused is on the reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owes: Option<Amount>,
    /// Why it owes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What decided it: the part of the condition that failed, the order's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The values of the fields that this part names, by their paths: amounts, places and times. What is known of a person,
    /// a country, a coupon and stated data are never among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// How full a limit is that a reward asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitState {
    /// The limit.
    pub limit: LimitId,
    /// The currency or unit of a limit on value; a limit on count has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What it counts now, in minor units, units or rewards, under all ids of a person: as read, so it may be behind.
    pub counted: i64,
    /// How much it allows.
    pub at_most: i64,
    /// The period that it counts in, such as `m2026-05`; of a rolling limit its length.
    pub period: String,
}

/// What the facts of a referral come to.
pub(super) struct Judged {
    pub(super) verdicts: Vec<RuleVerdict>,
    /// The reward of each line that is owed, with the time of what carries it.
    carried: Vec<(RewardKey, Timestamp)>,
}

/// What each rule of the referral's version comes to.
pub(super) fn judged(reader: &mut Reader<'_>, referral: &Referral) -> Decide<Judged> {
    let version = reader.version(referral.campaign, referral.version)?;
    let facts = Facts::of(referral);
    let target = evaluate(&version, &facts, reader.now())?;
    let key_of = |line: &Line| {
        let rule = version.rules.get(line.rule)?.model.id.clone();
        let participant = if line.role == Role::Referrer { referral.referrer } else { referral.invitee };
        Some(RewardKey { campaign: referral.campaign, rule, participant, cause: line.cause.clone() })
    };
    // Joining pays once over all leads of a person.
    let is_once = |line: &Line| matches!(line.cause, Cause::Referral(_));
    let elsewhere = match target.lines.iter().any(is_once) {
        true => reader.carried_by_others(&referral.key())?,
        false => BTreeSet::new(),
    };
    let is_elsewhere = |line: &Line| key_of(line).is_some_and(|key| elsewhere.contains(&key));
    let owed = |line: &Line| RuleVerdict {
        rule: key_of(line).map(|key| key.rule),
        order: line.carrier.clone(),
        role: Some(line.role),
        owes: Some(line.amount.clone()).filter(|_| !is_elsewhere(line)),
        reason: Some(Reason::AlreadyGranted).filter(|_| is_elsewhere(line)),
        detail: None,
        values: BTreeMap::new(),
    };
    let mut verdicts: Vec<RuleVerdict> = target.lines.iter().map(owed).collect();
    for found in target.unpaid.iter().take(MOST_VERDICTS) {
        verdicts.push(unpaid(&version, &facts, &target, found)?);
    }
    verdicts.truncate(MOST_VERDICTS);
    let carried = target.lines.iter().filter(|line| !is_elsewhere(line));
    let carried = carried.filter_map(|line| Some((key_of(line)?, line.at)));
    Ok(Judged { carried: carried.collect(), verdicts })
}

fn unpaid(version: &Compiled, facts: &Facts<'_>, target: &Target<'_>, found: &Unpaid<'_>) -> Result<RuleVerdict> {
    let rule = found.rule.and_then(|index| version.rules.get(index));
    let on_qualified = rule.is_some_and(|rule| rule.model.on == Trigger::Qualified);
    let since = target.qualified.as_ref().filter(|_| on_qualified).map(|qualified| qualified.since);
    let part = match &found.why {
        Why::NotMet(Verdict::Fails { part } | Verdict::Unknown { part, .. }) => *part,
        _ => "",
    };
    let values = values(version, facts, found.order.as_ref(), since.unwrap_or(facts.lead_at), part)?;
    let finding = finding_of(found);
    Ok(RuleVerdict {
        rule: rule.map(|rule| rule.model.id.clone()),
        order: found.order.clone(),
        role: None,
        owes: None,
        reason: Some(finding.reason),
        detail: finding.detail,
        values: values.into_iter().collect(),
    })
}

/// How full the limits of these rewards are, each once.
pub(super) fn limits(reader: &mut Reader<'_>, rewards: &[Reward], judged: Option<&Judged>) -> Decide<Vec<LimitState>> {
    let mut asked: Vec<AskedLimit> = Vec::new();
    for reward in rewards {
        let key = reward.key();
        let carried = judged.and_then(|judged| judged.carried.iter().find(|(carried, _)| *carried == key));
        let current = reader.campaign_of(key.campaign)?;
        let pinned = reader.version(key.campaign, reward.version)?;
        let at = carried.map_or(reward.granted_at, |(_, at)| *at);
        let ids = reader.ids(key.participant)?;
        for limit in limits_asked((&current.compiled, &pinned), reward, &ids, at) {
            if !asked.contains(&limit) {
                asked.push(limit);
            }
        }
    }
    reader.need(asked.iter().flat_map(|limit| limit.keys.iter().cloned()))?;
    asked.into_iter().map(|limit| state(reader, limit)).collect()
}

fn state(reader: &mut Reader<'_>, asked: AskedLimit) -> Decide<LimitState> {
    let AskedLimit { limit, unit, at_most, keys, span } = asked;
    let (mut counted, mut period) = (0_i64, span.map(|span| span.to_string()).unwrap_or_default());
    for key in keys {
        let by = match (key, span) {
            (Key::Window(window), Some(span)) => {
                let first = reader.now().plus(-span.delta());
                let grants = reader.peek::<Window>(window)?.map(|window| window.grants).unwrap_or_default();
                let live = grants.iter().filter(|grant| grant.at > first).map(|grant| grant.by);
                live.fold(0_i64, i64::saturating_add)
            }
            (Key::Total(total), _) => {
                period.clone_from(&total.period);
                reader.counter(total)?
            }
            (key, _) => reader.counter(key)?,
        };
        counted = counted.saturating_add(by);
    }
    Ok(LimitState { limit, unit, counted, at_most, period })
}

/// The referral that brought a reward about, if a single one did.
pub(super) fn referral_of(reader: &mut Reader<'_>, reward: &Reward) -> Decide<Option<Referral>> {
    let Some(invitee) = reward.invitee else { return Ok(None) };
    reader.lead(reward.campaign, invitee, reward.lead)
}
