//! Whether what the chain recorded of a referral is what the rules come to. Every verdict is made of answers of the
//! library: what qualified, what was granted, what was refused and for which part of which condition.

use std::error::Error;

use referrals::command::{Finding, Outcome, Reason};
use referrals::record::{RewardState, Role};
use referrals::report::{ReferralReport, RewardReport};
use serde::Serialize;

use super::data::{Recorded, Status};
use super::replay::{Event, Replay, Told, invitee};
use crate::events::who;

/// The part of the campaign that says that a transaction follows its referral. A transaction that is refused for it is
/// from before the referral.
const FOLLOWS: &str = "order.occurred_at > referral.lead_at";

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    pub(super) referral_id: String,
    /// `yes` or `no`.
    pub(super) sound: &'static str,
    /// What does not agree, and the codes of what decided it, with `; ` between them.
    pub(super) reasons: String,
}

/// What the library says of a referral, told and asked.
#[derive(Debug)]
pub(super) struct Decided<'r> {
    pub(super) referral: ReferralReport,
    pub(super) told: &'r [Told],
}

impl<'r> Decided<'r> {
    /// Asks the library about a referral.
    pub(super) fn of(replay: &'r Replay, row: &Recorded) -> Result<Self, Box<dyn Error>> {
        let referral = replay.referrals.referral(&replay.campaign, &who(&invitee(row))?)?;
        Ok(Self { referral, told: replay.told.get(&row.id).map(Vec::as_slice).unwrap_or_default() })
    }

    fn reward(&self) -> Option<&RewardReport> {
        self.referral.rewards.iter().find(|reward| reward.role == Role::Referrer)
    }

    fn findings(&self) -> impl Iterator<Item = &'r Finding> {
        self.told.iter().flat_map(|told| &told.receipt.decision.findings)
    }

    /// Why the transaction did not qualify the referral.
    fn not_qualifying(&self) -> Option<&'r Finding> {
        self.findings().find(|finding| finding.reason == Reason::NotQualifying)
    }

    /// Why nothing was granted: what refused the transaction, else what refused the reward of this size.
    fn refusals(&self, days: i64, rules: &[(i64, String)]) -> Vec<String> {
        if let Some(finding) = self.not_qualifying() {
            return vec![code(finding)];
        }
        let of_size = |finding: &&Finding| {
            let rule = finding.rule.as_ref().map(|rule| rule.as_str());
            rules.iter().any(|(size, id)| *size == days && rule == Some(id))
        };
        let mut codes: Vec<String> = self.findings().filter(of_size).map(code).collect();
        if codes.is_empty() && !self.told.iter().any(|told| told.event == Event::Paid) {
            codes.push(format!("progress({})", self.referral.progress));
        }
        codes.extend(self.told.iter().filter_map(|told| match told.receipt.outcome {
            Outcome::Declined(reason) => Some(reason.to_string()),
            Outcome::Accepted(_) => None,
        }));
        codes.dedup();
        codes
    }

    /// The verdict over what was recorded.
    pub(super) fn verdict(&self, row: &Recorded, rules: &[(i64, String)]) -> Verdict {
        let mut reasons = match row.days {
            Some(days) => self.over_reward(row, days, rules),
            None => self.over_nothing(row),
        };
        if row.status == Status::Unknown {
            reasons.push("status_unknown".to_owned());
        }
        let sound = if reasons.is_empty() { "yes" } else { "no" };
        Verdict { referral_id: row.id.clone(), sound, reasons: reasons.join("; ") }
    }

    /// A reward was recorded: it is sound if the rules granted as much, and it was approved and handed over.
    fn over_reward(&self, row: &Recorded, days: i64, rules: &[(i64, String)]) -> Vec<String> {
        let mut reasons = Vec::new();
        if row.status != Status::Successful {
            reasons.push("reward_without_success".to_owned());
        }
        match self.reward() {
            None => {
                reasons.push("reward_not_earned".to_owned());
                reasons.extend(self.refusals(days, rules));
            }
            Some(reward) if reward.amount.quantity() != days => {
                reasons.push(format!("reward_of_another_size; {}({})", Reason::Granted, reward.amount));
            }
            Some(reward) if reward.state != RewardState::Issued => {
                let hold = reward.hold.map(|hold| format!("; {}({hold})", Reason::Held)).unwrap_or_default();
                reasons.push(format!("reward_not_granted; {}({}){hold}", Reason::RewardState, reward.state));
            }
            Some(_) => {}
        }
        reasons
    }

    /// Nothing was recorded: that is sound unless the chain calls it a success, or a transaction qualified it, or one was
    /// refused because it is from before the referral.
    fn over_nothing(&self, row: &Recorded) -> Vec<String> {
        let mut reasons = Vec::new();
        if row.status == Status::Successful {
            reasons.push("success_without_reward".to_owned());
        }
        if self.referral.qualified_by.is_some() {
            reasons.push("paid_without_reward".to_owned());
        }
        if !reasons.is_empty() {
            reasons.extend(self.findings().find(|finding| finding.reason == Reason::Qualified).map(code));
        }
        if let Some(finding) = self.not_qualifying().filter(|finding| finding.detail.as_deref() == Some(FOLLOWS)) {
            reasons.push("transaction_before_referral".to_owned());
            reasons.push(code(finding));
        }
        reasons
    }
}

/// The stable code of a finding, with what decided it.
fn code(finding: &Finding) -> String {
    match &finding.detail {
        Some(detail) => format!("{}({detail})", finding.reason),
        None => finding.reason.to_string(),
    }
}
