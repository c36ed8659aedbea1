//! What an explanation says beside the stored decisions: what each rule comes to now and by which values, how full limits
//! are, and what hands did.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::campaign::{Compiled, Trigger};
use crate::command::Reason;
use crate::decide::{AskedLimit, Decide, finding_of, limits_asked};
use crate::engine::Reader;
use crate::error::Result;
use crate::evaluate::{Facts, Line, Target, Unpaid, Why, evaluate, values};
use crate::record::{
    Conversion, ConversionKey, Correction, HandKind, Key, MarkKind, Moderation, Reassignment, RecordKind, Referral,
    Reward, RewardKey, Role, Said, Voiding, Window,
};
use crate::rule::condition::Verdict;
use crate::value::{Amount, CommandKey, EventId, LimitId, ParticipantId, RuleId, Timestamp};

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
    /// What it counts now, in minor units, units or rewards: as read, so it may be behind.
    pub counted: i64,
    /// How much it allows.
    pub at_most: i64,
    /// The period that it counts in, such as `m2026-05`; of a rolling limit its length.
    pub period: String,
}

/// What a hand did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandReport {
    /// What it did.
    pub did: HandDid,
    /// When, as the host claims.
    pub at: Timestamp,
    /// By which command.
    pub command: CommandKey,
    /// Who, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a hand did, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandDid {
    /// Marked the referral. Of each mark the latest is kept.
    Mark(MarkKind),
    /// Moderated the referral: the latest finding.
    Moderate(Moderation),
    /// Gave the referral to its referrer; whose it was.
    Reassign(ParticipantId),
    /// Gave an order new amounts, by the correction of that id.
    CorrectConversion(ConversionKey, EventId),
    /// Took the refund of that id back: the money did not leave.
    CancelRefund(ConversionKey, EventId),
    /// Said that an order never was.
    VoidConversion(ConversionKey),
    /// Said that a voided order was after all.
    RestoreConversion(ConversionKey),
    /// Moved a reward, or granted what was refused of it.
    Reward(HandKind, RewardKey),
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
    let rule = |index: usize| version.rules.get(index).map(|rule| rule.model.id.clone());
    let owed = |line: &Line| RuleVerdict {
        rule: rule(line.rule),
        order: line.carrier.clone(),
        role: Some(line.role),
        owes: Some(line.amount.clone()),
        reason: None,
        detail: None,
        values: BTreeMap::new(),
    };
    let mut verdicts: Vec<RuleVerdict> = target.lines.iter().map(owed).collect();
    for found in target.unpaid.iter().take(MOST_VERDICTS) {
        verdicts.push(unpaid(&version, &facts, &target, found)?);
    }
    verdicts.truncate(MOST_VERDICTS);
    let carried = target.lines.iter().filter_map(|line| {
        let participant = if line.role == Role::Referrer { referral.referrer } else { referral.invitee };
        let cause = line.cause.clone();
        Some((RewardKey { campaign: referral.campaign, rule: rule(line.rule)?, participant, cause }, line.at))
    });
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
        for limit in limits_asked(&current.compiled, &pinned, reward, at) {
            if !asked.contains(&limit) {
                asked.push(limit);
            }
        }
    }
    reader.need(asked.iter().map(|limit| limit.key.clone()))?;
    asked.into_iter().map(|limit| state(reader, limit)).collect()
}

fn state(reader: &mut Reader<'_>, asked: AskedLimit) -> Decide<LimitState> {
    let AskedLimit { limit, unit, at_most, key, span } = asked;
    let (counted, period) = match (key, span) {
        (Key::Window(window), Some(span)) => {
            let first = reader.now().plus(-span.delta());
            let grants = reader.peek::<Window>(window)?.map(|window| window.grants).unwrap_or_default();
            let live = grants.iter().filter(|grant| grant.at > first).map(|grant| grant.by);
            (live.fold(0_i64, i64::saturating_add), span.to_string())
        }
        (Key::Total(total), _) => (reader.counter(total.clone())?, total.period),
        (key, _) => (reader.counter(key)?, String::new()),
    };
    Ok(LimitState { limit, unit, counted, at_most, period })
}

/// What hands did with a referral, its orders and its rewards, oldest first.
pub(super) fn hands(referral: Option<&Referral>, conversions: &[Conversion], rewards: &[Reward]) -> Vec<HandReport> {
    let mut hands = Vec::new();
    for mark in referral.map(|referral| referral.marks.as_slice()).unwrap_or_default() {
        let (actor, reason) = (mark.actor.clone(), mark.reason.clone());
        hands.push(HandReport { did: HandDid::Mark(mark.says), at: mark.at, command: mark.command, actor, reason });
    }
    if let Some(said) = referral.and_then(|referral| referral.moderating.last()) {
        let (actor, reason, did) = (said.actor.clone(), said.reason.clone(), HandDid::Moderate(said.says));
        hands.push(HandReport { did, at: said.at, command: said.command, actor, reason });
    }
    if let Some(Reassignment { from, at, command, actor, reason }) =
        referral.and_then(|referral| referral.reassigned.clone())
    {
        hands.push(HandReport { did: HandDid::Reassign(from), at, command, actor, reason });
    }
    conversions.iter().for_each(|conversion| hands.extend(of_conversion(conversion)));
    for reward in rewards {
        hands.extend(reward.hands.iter().cloned().map(|hand| HandReport {
            did: HandDid::Reward(hand.did, reward.key()),
            at: hand.at,
            command: hand.command,
            actor: hand.actor,
            reason: hand.reason,
        }));
    }
    hands.sort_by_key(|hand| (hand.at, hand.command));
    hands
}

/// What hands said of a conversion and of its refunds: of corrections and of voids the last one.
fn of_conversion(conversion: &Conversion) -> Vec<HandReport> {
    let mut hands = Vec::new();
    if let Some(Correction { correction, at, command, actor, reason, .. }) = conversion.correction.clone() {
        hands.push(HandReport {
            did: HandDid::CorrectConversion(conversion.key(), correction),
            at,
            command,
            actor,
            reason,
        });
    }
    if let Some(Voiding { at, command, is_void, actor, reason }) = conversion.voiding.clone() {
        let key = conversion.key();
        let did = if is_void { HandDid::VoidConversion(key) } else { HandDid::RestoreConversion(key) };
        hands.push(HandReport { did, at, command, actor, reason });
    }
    for refund in &conversion.refunds {
        if let Some(Said { at, command, actor, reason }) = refund.taken_back.clone() {
            let did = HandDid::CancelRefund(conversion.key(), refund.refund.clone());
            hands.push(HandReport { did, at, command, actor, reason });
        }
    }
    hands
}

/// The referral that brought a reward about, if a single one did.
pub(super) fn referral_of(reader: &mut Reader<'_>, reward: &Reward) -> Decide<Option<Referral>> {
    let Some(invitee) = reward.invitee else { return Ok(None) };
    reader.lead(reward.campaign, invitee, reward.lead)
}
