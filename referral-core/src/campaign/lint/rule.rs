//! What one rule says.

use super::Findings;
use crate::campaign::model::{
    Beneficiary, CampaignModel, Clawback, Give, Hold, Occurrence, QualifiesOn, RuleModel, Trigger,
};

pub(super) fn examine(model: &CampaignModel, rule: &RuleModel, path: &str, findings: &mut Findings) {
    gives(model, rule, path, findings);
    counts(rule, path, findings);
    milestones(rule, path, findings);
    people(rule, path, findings);
    occurrence(rule, path, findings);
    if let (Some(Hold::For(hold)), Some(expires)) = (rule.hold, rule.expires)
        && hold > expires
    {
        let problem = format!("it is held for `{hold}`, longer than the `{expires}` after which it then expires");
        findings.warn(format!("{path}.hold"), problem);
    }
    if model.qualification.on == QualifiesOn::Manual && rule.on.is_conversion() {
        findings.warn(format!("{path}.on"), "it pays whether or not the host has qualified the referral");
    }
}

fn gives(model: &CampaignModel, rule: &RuleModel, path: &str, findings: &mut Findings) {
    match (&rule.give, rule.milestones.is_empty()) {
        (None, true) => findings.refuse(path, "`give` is missing: it says how much"),
        (Some(_), false) => findings.refuse(format!("{path}.give"), "each of the `milestones` says what it gives"),
        _ => {}
    }
    if matches!(rule.give, Some(Give::Percent(_)))
        && let Some(why) = without_order(model, rule.on)
    {
        findings.refuse(format!("{path}.give"), format!("a percentage needs an order, and {why}"));
    }
}

/// Why there is no order when this trigger is pulled.
pub(super) fn without_order(model: &CampaignModel, on: Trigger) -> Option<&'static str> {
    match (on, model.qualification.on) {
        (Trigger::Joined, _) => Some("nobody orders by signing up"),
        (Trigger::Shared, _) => Some("nobody orders by sharing"),
        (Trigger::Qualified, QualifiesOn::Joined) => Some("here referrals qualify when they join"),
        (Trigger::Qualified, QualifiesOn::Manual) => Some("here the host qualifies referrals"),
        _ => None,
    }
}

/// `every` and `milestones` count the qualified referrals of a referrer.
fn counts(rule: &RuleModel, path: &str, findings: &mut Findings) {
    let name = match (rule.every, rule.milestones.is_empty()) {
        (Some(_), false) => {
            findings.refuse(format!("{path}.every"), "a rule has `every` or `milestones`, not both");
            "milestones"
        }
        (Some(_), true) => "every",
        (None, false) => "milestones",
        (None, true) => return,
    };
    let field = format!("{path}.{name}");
    if rule.to != Beneficiary::Referrer {
        findings.refuse(&field, format!("`{name}` counts for the referrer: it needs `to = \"referrer\"`"));
    }
    if rule.on != Trigger::Qualified {
        findings.refuse(&field, format!("`{name}` counts qualified referrals: it needs `on = \"qualified\"`"));
    }
    if rule.occurrence != Occurrence::Each {
        findings.refuse(format!("{path}.occurrence"), format!("`{name}` counts by itself: it goes with `each` only"));
    }
}

fn milestones(rule: &RuleModel, path: &str, findings: &mut Findings) {
    let mut before = None;
    for (index, milestone) in rule.milestones.iter().enumerate() {
        let path = format!("{path}.milestones[{index}]");
        if before.is_some_and(|before| milestone.at <= before) {
            findings.refuse(format!("{path}.at"), format!("`{}` does not ascend", milestone.at));
        }
        before = Some(milestone.at);
        if matches!(milestone.give, Give::Percent(_)) {
            findings.refuse(format!("{path}.give"), "a milestone has no order to take a percentage of");
        }
    }
    if rule.clawback != Clawback::Keep && rule.milestones.is_empty() {
        findings.refuse(format!("{path}.clawback"), "only `milestones` are taken back by it");
    }
}

fn people(rule: &RuleModel, path: &str, findings: &mut Findings) {
    if rule.on == Trigger::Shared && rule.to != Beneficiary::Referrer {
        findings.refuse(format!("{path}.to"), "a share has no invitee yet: it can only pay the referrer");
    }
}

fn occurrence(rule: &RuleModel, path: &str, findings: &mut Findings) {
    if let (Trigger::Qualified, Occurrence::Nth(nth @ 2..)) = (rule.on, rule.occurrence) {
        findings.refuse(format!("{path}.occurrence"), format!("a referral qualifies once, not {nth} times"));
    }
    if let (Trigger::Joined, Occurrence::Nth(nth @ 2..)) = (rule.on, rule.occurrence) {
        findings.warn(format!("{path}.occurrence"), format!("never pays: a referral joins once, not {nth} times"));
    }
}
