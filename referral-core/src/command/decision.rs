//! The findings of a command: why it granted, declined or changed something.

use serde::{Deserialize, Serialize};

use super::class::ReasonClass;
use super::reason::Reason;
use crate::record::RewardKey;
use crate::value::{Amount, CampaignId, RuleId};

/// The reasons for the result of a command: what was granted, what was not, and what decided it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decision {
    /// The findings, in the order in which they were made; at most 1,000.
    pub findings: Vec<Finding>,
}

impl Decision {
    /// Why less came of the command than its sender may expect: every shortfall, and if no reward changed, also why rules
    /// pay nothing. Shortfalls come first.
    ///
    /// ```
    /// use referral_core::command::{Decision, Finding, Reason};
    /// let found = [Reason::NotQualifying, Reason::SameTime].map(Finding::new);
    /// let decision = Decision { findings: found.into() };
    /// let reasons: Vec<Reason> = decision.shortfalls().iter().map(|finding| finding.reason).collect();
    /// assert_eq!(reasons, [Reason::SameTime, Reason::NotQualifying]);
    /// ```
    #[must_use]
    pub fn shortfalls(&self) -> Vec<&Finding> {
        let of = |class| self.findings.iter().filter(move |finding| finding.reason.class() == class);
        let mut found: Vec<&Finding> = of(ReasonClass::Shortfall).collect();
        if !of(ReasonClass::Change).any(|finding| finding.reward.is_some()) {
            found.extend(of(ReasonClass::Unpaid));
        }
        // A declined command ends with its bare reason, which an earlier finding may tell with its detail.
        let is_bare = |finding: &Finding| *finding == Finding::new(finding.reason);
        let told: Vec<Reason> = found.iter().filter(|one| !is_bare(one)).map(|one| one.reason).collect();
        found.retain(|finding| !is_bare(finding) || !told.contains(&finding.reason));
        found
    }
}

/// One thing that was found on the way to a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub reason: Reason,
    /// In which campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignId>,
    /// By which rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// About which reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<RewardKey>,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The part of the condition, the limit, the evidence, the number that decided it. Never personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Finding {
    /// A finding without more.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        Self { reason, campaign: None, rule: None, reward: None, amount: None, detail: None }
    }

    /// In a campaign.
    #[must_use]
    pub fn in_campaign(mut self, campaign: CampaignId) -> Self {
        self.campaign = Some(campaign);
        self
    }

    /// By a rule.
    #[must_use]
    pub fn by_rule(mut self, rule: &RuleId) -> Self {
        self.rule = Some(rule.clone());
        self
    }

    /// About a reward.
    #[must_use]
    pub fn about(mut self, reward: &RewardKey) -> Self {
        self.campaign = Some(reward.campaign);
        self.rule = Some(reward.rule.clone());
        self.reward = Some(reward.clone());
        self
    }

    /// How much.
    #[must_use]
    pub fn of(mut self, amount: Amount) -> Self {
        self.amount = Some(amount);
        self
    }

    /// What decided it.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
