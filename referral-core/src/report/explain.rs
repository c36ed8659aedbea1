//! Why something is as it is: the decisions that were stored, and the ledger.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::hands::{self, HandReport};
use super::question::Explain;
use super::reasons::{self, LimitState, RuleVerdict};
use super::referral::{existing, reward_keys};
use super::text::sentence;
use crate::command::{AnyOutcome, Decision, Finding, Outcome, Who};
use crate::decide::{Decide, first_lead};
use crate::engine::Reader;
use crate::error::{Error, StoreError};
use crate::record::{
    Account, Cause, Conversion, ConversionKey, Document, Entry, EntryKind, Group, GroupKey, Key, Member, OrderFact,
    Receipt, ReceiptKey, RecordKind, Referral, Refund, RefundKey, Reward, RewardKey,
};
use crate::store::Listing;
use crate::value::{Amount, CampaignId, CampaignSlug, CommandKey, EntryId, ParticipantId, Timestamp};

const MOST_ENTRIES: usize = 20_000;
const MOST_REFUNDS: usize = 1_000;

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unexplained {
    /// A reward: what granted it, what changed it, and its ledger entries.
    Reward(RewardKey),
    /// A referral: what made it, what moved it.
    Referral {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// Which of the invitee's leads; the latest, if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead: Option<u32>,
    },
    /// A conversion and its refunds.
    Conversion(ConversionKey),
    /// One refund.
    Refund(RefundKey),
    /// A command, as long as its receipt is kept.
    Command(CommandKey),
}

/// Why something is as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What it is now, in one sentence.
    pub summary: String,
    /// Whose referral it is: of a referral, and of a reward that a single referral brought about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<ExplainedReferral>,
    /// The stored decisions that touched it, oldest first. Receipts of commands are kept for some days; the decisions
    /// of conversions and refunds for good.
    pub decisions: Vec<StoredDecision>,
    /// The ledger entries of the reward, or of the referral's rewards, in order.
    pub entries: Vec<EntryReport>,
    /// Of a referral, what each rule comes to by the facts as they are now, with the values that decided it; at most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleVerdict>,
    /// How full the limits are that the reward asks, or those that the referral's rewards ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitState>,
    /// What hands did, in order of time. A referral remembers its last 16 marks and findings of moderation, a reward its last
    /// 16 moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hands: Vec<HandReport>,
}

impl Explanation {
    fn new(summary: String, decisions: Vec<StoredDecision>) -> Self {
        let (entries, rules, limits, hands) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { summary, referral: None, decisions, entries, rules, limits, hands }
    }
}

/// A referral by the ids of its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedReferral {
    /// The campaign.
    pub campaign: CampaignId,
    /// Who was referred.
    pub invitee: ParticipantId,
    /// Which of the invitee's leads it is.
    pub lead: u32,
    /// Who referred.
    pub referrer: ParticipantId,
}

impl ExplainedReferral {
    fn of(referral: &Referral) -> Self {
        let Referral { campaign, invitee, lead, referrer, .. } = *referral;
        Self { campaign, invitee, lead, referrer }
    }
}

/// A decision, as it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDecision {
    /// What was decided.
    pub of: DecisionOf,
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub outcome: Outcome<AnyOutcome>,
    /// What was found, in order; of a reward or referral, what concerns it.
    pub findings: Vec<Explained>,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionOf {
    /// A command.
    Command(CommandKey),
    /// A conversion.
    Conversion(ConversionKey),
    /// A refund.
    Refund(RefundKey),
}

/// A finding with its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// In English.
    pub text: String,
}

/// A ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryReport {
    /// The entry.
    pub entry: EntryId,
    /// The reward.
    pub reward: RewardKey,
    /// What it did.
    pub did: EntryKind,
    /// The account debited.
    pub debit: Account,
    /// The account credited.
    pub credit: Account,
    /// How much.
    pub amount: Amount,
    /// The command that posted it. A conversion, a refund and a timer have no receipt under it.
    pub command: CommandKey,
    /// When.
    pub at: Timestamp,
}

pub(super) fn explain(reader: &mut Reader<'_>, asked: &Explain) -> Decide<Explanation> {
    match &asked.what {
        Unexplained::Reward(key) => of_reward(reader, key),
        Unexplained::Referral { campaign, invitee, lead } => {
            let campaign = reader.campaign(campaign)?.id();
            let invitee = reader.participant(invitee)?.participant;
            let referral = existing(reader, campaign, invitee, *lead)?;
            of_referral(reader, referral)
        }
        Unexplained::Conversion(key) => of_conversion(reader, key),
        Unexplained::Refund(key) => of_refund(reader, key),
        Unexplained::Command(key) => of_command(reader, *key),
    }
}

fn of_command(reader: &mut Reader<'_>, command: CommandKey) -> Decide<Explanation> {
    let missing = || Error::not_found("receipt", command);
    let receipt = reader.peek::<Receipt>(ReceiptKey { command })?.ok_or_else(missing)?;
    let decision = stored(DecisionOf::Command(command), receipt.at, &receipt.answer)?;
    let summary = match &decision.outcome {
        Outcome::Accepted(_) => format!("the command `{}` was accepted", receipt.name),
        Outcome::Declined(reason) => format!("the command `{}` was declined: `{reason}`", receipt.name),
    };
    Ok(Explanation::new(summary, vec![decision]))
}

fn of_conversion(reader: &mut Reader<'_>, key: &ConversionKey) -> Decide<Explanation> {
    let missing = || Error::not_found("conversion", format!("{}/{}", key.source, key.event));
    let conversion = reader.peek::<Conversion>(key.clone())?.ok_or_else(missing)?;
    let counted = conversion.counted_in.len();
    let summary = format!("the conversion is {} and counted in {counted} campaigns", conversion.state);
    let hands = hands::in_order(hands::of_conversion(&conversion));
    let commands = hands.iter().map(|hand| hand.command).collect();
    let decisions = decisions(reader, [key.clone()], commands, &|_| true)?;
    Ok(Explanation { hands, ..Explanation::new(summary, decisions) })
}

fn of_refund(reader: &mut Reader<'_>, key: &RefundKey) -> Decide<Explanation> {
    let missing = || Error::not_found("refund", format!("{}/{}/{}", key.source, key.event, key.refund));
    let refund = reader.peek::<Refund>(key.clone())?.ok_or_else(missing)?;
    let amount = crate::value::Money::new(refund.amount_minor, refund.currency);
    let summary =
        if refund.cumulative { format!("{amount} were refunded so far") } else { format!("{amount} were refunded") };
    let main = reader.first_id(&ConversionKey { source: key.source.clone(), event: key.event.clone() })?;
    let conversion = reader.peek::<Conversion>(main)?;
    let known = conversion.iter().flat_map(|conversion| conversion.refunds.iter().map(move |fact| (conversion, fact)));
    let own = known.filter(|(_, fact)| fact.refund == key.refund);
    let hands = hands::in_order(own.flat_map(|(conversion, fact)| hands::of_refund(conversion, fact)).collect());
    let commands = hands.iter().map(|hand| hand.command).collect();
    let mut decisions = decisions(reader, [], commands, &|_| true)?;
    decisions.push(stored(DecisionOf::Refund(key.clone()), refund.received_at, &refund.answer)?);
    decisions.sort_by(|a, b| (a.at, &a.of).cmp(&(b.at, &b.of)));
    Ok(Explanation { hands, ..Explanation::new(summary, decisions) })
}

fn of_referral(reader: &mut Reader<'_>, referral: Referral) -> Decide<Explanation> {
    let summary = format!(
        "the referral is {}, by {}, and {} by moderation",
        referral.progress, referral.evidence, referral.moderation
    );
    let conversions = conversions_of(reader, &referral)?;
    let campaign = referral.campaign;
    let concerns = move |finding: &Finding| finding.campaign.is_none_or(|other| other == campaign);
    let rewards: BTreeSet<RewardKey> = reward_keys(reader, &referral)?.into_iter().collect();
    let beneficiaries: BTreeSet<_> = rewards.iter().map(|reward| reward.participant).collect();
    let mut all = Vec::new();
    for participant in beneficiaries {
        let of_person = reader.every::<Entry>(Listing::EntriesOf { participant }, MOST_ENTRIES)?;
        all.extend(of_person.into_iter().filter(|entry| rewards.contains(&reward_of(entry))));
    }
    let rewards = existing_rewards(reader, rewards)?;
    let of_orders = conversions.iter().flat_map(hands::of_conversion);
    let by_hand = hands::of_referral(reader, &referral)?.into_iter().chain(of_orders);
    let hands = hands::in_order(by_hand.chain(hands::of_rewards(&rewards)).collect());
    let judged = reasons::judged(reader, &referral)?;
    let limits = reasons::limits(reader, &rewards, Some(&judged))?;
    let by_hand = hands.iter().map(|hand| hand.command);
    let commands = all.iter().map(|entry| entry.command).chain([referral.command]).chain(by_hand).collect();
    let decisions = decisions(reader, conversions.iter().map(RecordKind::key), commands, &concerns)?;
    let (referral, entries) = (Some(ExplainedReferral::of(&referral)), entries(all)?);
    Ok(Explanation { summary, referral, decisions, entries, rules: judged.verdicts, limits, hands })
}

/// The conversions that were counted for a referral.
fn conversions_of(reader: &mut Reader<'_>, referral: &Referral) -> Decide<Vec<Conversion>> {
    let mut conversions = reader.conversions(referral.invitee, MOST_ENTRIES)?;
    conversions.retain(|conversion| conversion.counted_in.contains(&referral.campaign));
    Ok(conversions)
}

/// Those of the rewards that exist.
fn existing_rewards(reader: &mut Reader<'_>, keys: BTreeSet<RewardKey>) -> Decide<Vec<Reward>> {
    reader.need(keys.iter().cloned().map(Key::from))?;
    let mut rewards = Vec::new();
    for key in keys {
        rewards.extend(reader.peek::<Reward>(key)?);
    }
    Ok(rewards)
}

fn of_reward(reader: &mut Reader<'_>, key: &RewardKey) -> Decide<Explanation> {
    let missing = || Error::not_found("reward", format!("{}/{}/{}", key.rule, key.participant, key.cause));
    let reward = reader.peek::<Reward>(key.clone())?.ok_or_else(missing)?;
    let conversions = behind(reader, &reward)?;
    let concerns = |finding: &Finding| finding.reward.as_ref() == Some(key);
    let of_person = reader.every::<Entry>(Listing::EntriesOf { participant: key.participant }, MOST_ENTRIES)?;
    let own: Vec<Entry> = of_person.into_iter().filter(|entry| reward_of(entry) == *key).collect();
    let commands = own.iter().map(|entry| entry.command).chain(reward.hands.iter().map(|hand| hand.command)).collect();
    let mut decisions = decisions(reader, conversions, commands, &concerns)?;
    decisions.retain(|decision| !decision.findings.is_empty());
    let referral = reasons::referral_of(reader, &reward)?;
    let judged = referral.as_ref().map(|referral| reasons::judged(reader, referral)).transpose()?;
    let rewards = [reward];
    let limits = reasons::limits(reader, &rewards, judged.as_ref())?;
    let hands = hands::in_order(hands::of_rewards(&rewards).collect());
    let [reward] = &rewards;
    let (referral, found) =
        (referral.as_ref().map(ExplainedReferral::of), Explanation::new(summary(reward)?, decisions));
    Ok(Explanation { referral, entries: entries(own)?, limits, hands, ..found })
}

fn summary(reward: &Reward) -> Decide<String> {
    let amount = |quantity| Amount::from_unit_key(&reward.unit, quantity);
    let mut text = format!("{} is {}", amount(reward.quantity)?, reward.state);
    if let Some(hold) = reward.hold {
        text.push_str(&format!(", held for `{hold}`"));
        if let Some(until) = reward.held_until {
            text.push_str(&format!(" until {until}"));
        }
    }
    if let Some(reason) = &reward.reason {
        text.push_str(&format!(": {reason}"));
    }
    Ok(format!(
        "{text}; {} was granted under rule `{}` of version {}",
        amount(reward.granted)?,
        reward.rule,
        reward.version
    ))
}

/// The conversions behind a reward: its cause, its base, what qualified the referrals that it rests on.
fn behind(reader: &mut Reader<'_>, reward: &Reward) -> Decide<Vec<ConversionKey>> {
    let mut conversions = Vec::new();
    if let Cause::Event(source, event) = &reward.cause {
        conversions.push(ConversionKey { source: source.clone(), event: event.clone() });
    }
    if let Some((source, event)) = reward.base_source.clone().zip(reward.base_event.clone()) {
        conversions.push(ConversionKey { source, event });
    }
    let campaign = reward.campaign;
    let mut invitees: Vec<_> = reward.invitee.into_iter().collect();
    if let Cause::Group(group) = reward.cause {
        let (rule, participant) = (reward.rule.clone(), reward.participant);
        let members = reader.peek::<Group>(GroupKey { campaign, rule, participant, group })?.map(|group| group.members);
        invitees.extend(members.unwrap_or_default().into_iter().map(|Member { invitee, .. }| invitee));
    }
    reader.need(invitees.iter().map(|invitee| Key::from(first_lead(campaign, *invitee))))?;
    for invitee in invitees {
        let leads = reader.leads(campaign, invitee)?;
        conversions.extend(leads.iter().flat_map(|lead| &lead.orders).map(OrderFact::key));
    }
    Ok(conversions)
}

/// The decisions of conversions, of their refunds and of commands whose receipts are kept, oldest first, with the findings
/// that concern what is explained.
fn decisions(
    reader: &mut Reader<'_>,
    conversions: impl IntoIterator<Item = ConversionKey>,
    commands: BTreeSet<CommandKey>,
    concerns: &dyn Fn(&Finding) -> bool,
) -> Decide<Vec<StoredDecision>> {
    let keys: BTreeSet<ConversionKey> = conversions.into_iter().collect();
    let receipt = |command: &CommandKey| Key::from(ReceiptKey { command: *command });
    reader.need(keys.iter().cloned().map(Key::from).chain(commands.iter().map(receipt)))?;
    let refunds_of = |key: &ConversionKey| Listing::RefundsOf { source: key.source.clone(), event: key.event.clone() };
    reader.need_pages(keys.iter().map(|key| Reader::all_of(refunds_of(key))))?;
    let mut decisions = Vec::new();
    for key in keys {
        let refunds = reader.every::<Refund>(refunds_of(&key), MOST_REFUNDS)?;
        if let Some(conversion) = reader.peek::<Conversion>(key.clone())?
            && conversion.content.is_some()
        {
            decisions.push(stored(DecisionOf::Conversion(key), conversion.received_at, &conversion.answer)?);
        }
        for refund in refunds {
            decisions.push(stored(DecisionOf::Refund(refund.key()), refund.received_at, &refund.answer)?);
        }
    }
    for command in commands {
        if let Some(receipt) = reader.peek::<Receipt>(ReceiptKey { command })? {
            decisions.push(stored(DecisionOf::Command(command), receipt.at, &receipt.answer)?);
        }
    }
    decisions.sort_by(|a, b| (a.at, &a.of).cmp(&(b.at, &b.of)));
    for decision in &mut decisions {
        decision.findings.retain(|explained| concerns(&explained.finding));
    }
    Ok(decisions)
}

fn stored(of: DecisionOf, at: Timestamp, answer: &Document) -> Decide<StoredDecision> {
    let unreadable = |_| StoreError::Corrupt("a stored decision cannot be read back".to_owned());
    let (outcome, decision): (Outcome<AnyOutcome>, Decision) =
        serde_json::from_value(answer.0.clone()).map_err(unreadable)?;
    let explained = |finding: Finding| Explained { text: sentence(&finding), finding };
    Ok(StoredDecision { of, at, outcome, findings: decision.findings.into_iter().map(explained).collect() })
}

fn reward_of(entry: &Entry) -> RewardKey {
    let Entry { campaign, rule, participant, cause, .. } = entry.clone();
    RewardKey { campaign, rule, participant, cause }
}

fn entries(mut entries: Vec<Entry>) -> Decide<Vec<EntryReport>> {
    // Ids of one instant have no order of their own; kinds do.
    entries.sort_by_key(|entry| (entry.at, entry.did, entry.entry));
    let report = |entry: Entry| {
        let amount = Amount::from_unit_key(&entry.unit, entry.quantity)?;
        let reward = reward_of(&entry);
        let Entry { entry, did, debit, credit, command, at, .. } = entry;
        Ok(EntryReport { entry, reward, did, debit, credit, amount, command, at })
    };
    entries.into_iter().map(report).collect()
}
