//! Leaderboards and explanations.

use std::fmt::Write as _;
use std::path::Path;

use referral_graph::timeline;
use referrals::Referrals;
use referrals::command::{Outcome, Who};
use referrals::record::ConversionKey;
use referrals::report::{
    Begin, DecisionOf, Explanation, HandReport, LimitState, Period, RuleVerdict, ShowLeaderboard, Unexplained,
};
use referrals::value::{CampaignSlug, Timestamp};

use crate::arguments::{Leaderboard, What};
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::metrics::amount;
use crate::people;
use crate::reward_keys;
use crate::telling::{Telling, facts, table};

/// Ranks referrers.
pub(crate) fn leaderboard(asked: &Leaderboard, referrals: &Referrals) -> Result<Telling, Failure> {
    let board = referrals.ask(ShowLeaderboard {
        campaign: asked.campaign.clone(),
        metric: asked.metric,
        unit: asked.unit.clone(),
        period: period(asked),
        begin: asked.around.as_deref().map(people::who).transpose()?.map(Begin::Around).unwrap_or_default(),
        limit: asked.limit,
        names: asked.names,
    })?;
    let rows = board.places.iter().map(|place| {
        let value = if asked.unit.is_empty() { place.value.to_string() } else { amount(&asked.unit, place.value) };
        let name = place.name.as_ref().map(|name| name.0.clone());
        let who = name.unwrap_or_else(|| place.participant.to_string());
        [place.rank.to_string(), who, value, place.reached_at.to_string()]
    });
    Telling::new(table(["rank", "referrer", asked.metric.as_str(), "since"], rows), &board)
}

fn period(asked: &Leaderboard) -> Period {
    let days = asked.from.zip(asked.until).map(|(from, until)| Period::Days { from, until });
    let one = asked.day.map(Period::Day).or(asked.week.map(Period::Week));
    one.or(asked.month.map(Period::Month)).or(days).unwrap_or_default()
}

/// Tells why something is as it is.
pub(crate) fn explain(what: &What, referrals: &Referrals) -> Result<Telling, Failure> {
    let what = match what {
        What::Referral { campaign, invitee, svg, replace } => {
            let invitee = people::who(invitee)?;
            if let Some(path) = svg {
                return draw(referrals, campaign, invitee, path, Existing::by(*replace));
            }
            Unexplained::Referral { campaign: campaign.clone(), invitee, lead: None }
        }
        What::Reward { reward } => Unexplained::Reward(reward_keys::one(referrals, reward_keys::named(reward)?)?),
        What::Conversion { source, event } => {
            Unexplained::Conversion(ConversionKey { source: source.parse()?, event: event.parse()? })
        }
        What::Command { key } => Unexplained::Command(*key),
    };
    let explanation = referrals.explain(what)?;
    Telling::new(told(&explanation), explanation)
}

/// Tells why a referral is as it is, and draws it.
fn draw(
    referrals: &Referrals,
    campaign: &CampaignSlug,
    invitee: Who,
    path: &Path,
    existing: Existing,
) -> Result<Telling, Failure> {
    existing.allows(path)?;
    let shown = referrals.referral(campaign, &invitee)?;
    let explanation = referrals.explain(Unexplained::Referral { campaign: campaign.clone(), invitee, lead: None })?;
    files::write_private(path, &timeline(&shown, &explanation), existing)?;
    let text = format!("{}wrote `{}`\n", told(&explanation), path.display());
    Telling::new(text, explanation)
}

fn told(explanation: &Explanation) -> String {
    let mut text = format!("{}\n", explanation.summary);
    if let Some(of) = &explanation.referral {
        text.push_str(&facts([("invitee", Some(of.invitee.to_string())), ("referrer", Some(of.referrer.to_string()))]));
    }
    steps(explanation).iter().for_each(|step| text.push_str(step));
    explanation.rules.iter().for_each(|rule| text.push_str(&now(rule)));
    explanation.limits.iter().for_each(|limit| text.push_str(&full(limit)));
    for entry in &explanation.entries {
        let _ = writeln!(text, "{}  {}  {}: {} -> {}", entry.at, entry.amount, entry.did, entry.debit, entry.credit);
    }
    text
}

/// Each step in order of time: what a hand did stands above what its command was answered.
fn steps(explanation: &Explanation) -> Vec<String> {
    let mut steps: Vec<(Timestamp, String)> = Vec::new();
    let mut hands: Vec<&HandReport> = explanation.hands.iter().collect();
    for decision in &explanation.decisions {
        let is_of = |hand: &HandReport| decision.of == DecisionOf::Command(hand.command);
        let mut step: String = hands.iter().filter(|hand| is_of(hand)).map(|hand| by_hand(hand)).collect();
        hands.retain(|hand| !is_of(hand));
        if step.is_empty() {
            let answer = match &decision.outcome {
                Outcome::Accepted(outcome) => outcome.name().to_owned(),
                Outcome::Declined(reason) => format!("declined: {reason}"),
            };
            step = format!("{}  {answer}\n", decision.at);
        }
        for finding in &decision.findings {
            let _ = writeln!(step, "    {}: {}", finding.finding.reason, finding.text);
        }
        steps.push((decision.at, step));
    }
    // Of these the receipts are not kept any more.
    steps.extend(hands.iter().map(|hand| (hand.at, by_hand(hand))));
    steps.sort_by_key(|(at, _)| *at);
    steps.into_iter().map(|(_, step)| step).collect()
}

/// What a hand did, in one line.
pub(crate) fn by_hand(hand: &HandReport) -> String {
    let actor = hand.actor.as_deref().unwrap_or("a hand");
    let reason = hand.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{}  by {actor}: {}{reason}\n", hand.at, hand.text)
}

/// The present result of a rule, in one line.
fn now(verdict: &RuleVerdict) -> String {
    let what = verdict.rule.as_ref().map_or("qualification".to_owned(), |rule| format!("rule `{rule}`"));
    let order = verdict.order.as_ref().map(|order| format!(", order {}/{}", order.source, order.event));
    let mut text = format!("now: {what}{}: ", order.unwrap_or_default());
    if let (Some(amount), Some(role)) = (&verdict.owes, verdict.role) {
        let _ = write!(text, "owes the {role} {amount}");
    }
    if let Some(reason) = verdict.reason {
        let _ = write!(text, "{reason}");
    }
    if let Some(detail) = &verdict.detail {
        let _ = write!(text, ": {detail}");
    }
    if !verdict.values.is_empty() {
        let values: Vec<_> = verdict.values.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        let _ = write!(text, " ({})", values.join(", "));
    }
    text + "\n"
}

/// How full a limit is, in one line.
fn full(limit: &LimitState) -> String {
    let amount = |quantity| limit.unit.as_ref().map_or(format!("{quantity} rewards"), |unit| amount(unit, quantity));
    let (counted, at_most) = (amount(limit.counted), amount(limit.at_most));
    format!("limit `{}`: {counted} of {at_most} in {}\n", limit.limit, limit.period)
}
