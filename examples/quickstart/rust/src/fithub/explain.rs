//! How a verdict came about: what was recorded, what was told and answered, what the library says of it now.

use std::error::Error;
use std::fmt::Write as _;

use referrals::command::Outcome;
use referrals::report::{Unexplained, sentence};

use super::data::{Recorded, Status};
use super::replay::{Replay, invitee};
use super::verdict::{Decided, Verdict};
use crate::events::who;

/// The explanation as text.
pub(super) fn text(
    replay: &Replay,
    decided: &Decided<'_>,
    row: &Recorded,
    verdict: &Verdict,
) -> Result<String, Box<dyn Error>> {
    let mut text = format!("referral {}\n", row.id);
    writeln!(text, "recorded: {}", recorded(row))?;
    for told in decided.told {
        let answer = match &told.receipt.outcome {
            Outcome::Accepted(_) => "accepted".to_owned(),
            Outcome::Declined(reason) => format!("declined: {reason}"),
        };
        writeln!(text, "{}  {}: {answer}", told.at, told.event.name())?;
        for finding in &told.receipt.decision.findings {
            writeln!(text, "    {}: {}", finding.reason, sentence(finding))?;
        }
    }
    let referral =
        Unexplained::Referral { campaign: replay.campaign.clone(), invitee: who(&invitee(row))?, lead: None };
    writeln!(text, "now: {}", replay.referrals.explain(referral)?.summary)?;
    for reward in &decided.referral.rewards {
        writeln!(text, "now: {}", replay.referrals.explain(Unexplained::Reward(reward.reward.clone()))?.summary)?;
    }
    match verdict.reasons.as_str() {
        "" => writeln!(text, "sound: yes, the record is what the rules come to")?,
        reasons => writeln!(text, "sound: no, {reasons}")?,
    }
    Ok(text)
}

fn recorded(row: &Recorded) -> String {
    let status = match row.status {
        Status::Pending => "pending",
        Status::Successful => "successful",
        Status::Failed => "failed",
        Status::Unknown => "of unknown status",
    };
    let reward = row.days.map_or("no reward".to_owned(), |days| format!("a reward of {days} days"));
    let granted = row.granted_at.map_or("not granted".to_owned(), |at| format!("granted at {at}"));
    let transaction = row.transaction.as_ref().map_or("no transaction".to_owned(), |id| format!("transaction {id}"));
    let referrer = row.referrer.as_ref().map_or("nobody".to_owned(), |id| format!("member {id}"));
    format!("{status}, by {referrer}, {transaction}, {reward}, {granted}")
}
