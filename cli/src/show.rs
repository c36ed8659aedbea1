//! Leaderboards and explanations.

use std::fmt::Write as _;

use referrals::Referrals;
use referrals::command::Outcome;
use referrals::record::ConversionKey;
use referrals::report::{Begin, Explanation, Period, ShowLeaderboard, Unexplained};

use crate::arguments::{Leaderboard, What};
use crate::failure::Failure;
use crate::people;
use crate::rewards;
use crate::telling::{Telling, table};

/// Ranks referrers.
pub(crate) fn leaderboard(asked: &Leaderboard, referrals: &Referrals) -> Result<Telling, Failure> {
    let board = referrals.ask(ShowLeaderboard {
        campaign: asked.campaign.clone(),
        metric: asked.metric,
        unit: asked.unit.clone(),
        period: asked.month.map_or(Period::Ever, Period::Month),
        begin: Begin::default(),
        limit: asked.limit,
    })?;
    let rows = board.places.iter().map(|place| {
        [place.rank.to_string(), place.participant.to_string(), place.value.to_string(), place.reached_at.to_string()]
    });
    Telling::new(table(["rank", "referrer", asked.metric.as_str(), "since"], rows), &board)
}

/// Tells why something is as it is.
pub(crate) fn explain(what: &What, referrals: &Referrals) -> Result<Telling, Failure> {
    let what = match what {
        What::Referral { campaign, invitee } => {
            Unexplained::Referral { campaign: campaign.clone(), invitee: people::who(invitee)? }
        }
        What::Reward { reward } => Unexplained::Reward(rewards::key(reward)?),
        What::Conversion { source, event } => {
            Unexplained::Conversion(ConversionKey { source: source.parse()?, event: event.parse()? })
        }
        What::Command { key } => Unexplained::Command(*key),
    };
    let explanation = referrals.explain(what)?;
    Telling::new(told(&explanation), explanation)
}

fn told(explanation: &Explanation) -> String {
    let mut text = format!("{}\n", explanation.summary);
    for decision in &explanation.decisions {
        let answer = match &decision.outcome {
            Outcome::Accepted(outcome) => outcome.name().to_owned(),
            Outcome::Declined(reason) => format!("declined: {reason}"),
        };
        let _ = writeln!(text, "{}  {answer}", decision.at);
        for finding in &decision.findings {
            let _ = writeln!(text, "    {}: {}", finding.finding.reason, finding.text);
        }
    }
    for entry in &explanation.entries {
        let _ = writeln!(text, "{}  {}  {}: {} -> {}", entry.at, entry.amount, entry.did, entry.debit, entry.credit);
    }
    text
}
