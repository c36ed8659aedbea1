//! First payments of subscriptions: they are of a kind of their own, which a campaign for subscriptions must not leave out.

use super::Findings;
use crate::campaign::model::{CampaignModel, QualifiesOn, Trigger};
use crate::rule::condition::{Condition, ConditionText, Root, Schema};

/// Warns of rules and criteria that know purchases and renewals and leave the first payment of a subscription out.
pub(super) fn examine(model: &CampaignModel, findings: &mut Findings) {
    let has = |on: Trigger| model.rewards.iter().any(|rule| rule.on == on);
    let pays_renewals = has(Trigger::Renewal);
    if pays_renewals && !has(Trigger::Subscription) {
        for (index, _) in model.rewards.iter().enumerate().filter(|(_, rule)| rule.on == Trigger::Purchase) {
            let problem = "renewals are paid, and the first payment of a subscription is a `subscription`, which no rule \
                           pays: it is no `purchase`";
            findings.warn(format!("rewards[{index}].on"), problem);
        }
    }
    let counts_orders = matches!(model.qualification.on, QualifiesOn::Purchase | QualifiesOn::Conversion);
    let criteria = model.qualification.when.as_ref().filter(|_| counts_orders);
    if criteria.is_some_and(|when| leaves_out(model, when, pays_renewals)) {
        let problem = "the first payment of a subscription is of the kind `subscription`, and qualifies nothing here";
        findings.warn("qualification.when", problem);
    }
}

/// Whether a condition can hold for a purchase or a renewal and never for the first payment of a subscription, in a campaign
/// that knows renewals.
fn leaves_out(model: &CampaignModel, when: &ConditionText, pays_renewals: bool) -> bool {
    let Ok(schema) = Schema::new(Root::CONVERTED, &model.fields) else { return false };
    let can_hold = |kind: &str| {
        let together = format!("(order.kind == '{kind}') && ({})", when.as_str());
        let never = |problem: &str| problem.contains("can never hold");
        Condition::parse(&together, &schema)
            .err()
            .is_none_or(|mistakes| !mistakes.iter().any(|mistake| never(&mistake.problem)))
    };
    let names_kinds = when.as_str().contains("order.kind");
    let renewals_count = model.qualification.on == QualifiesOn::Conversion && can_hold("renewal");
    names_kinds && !can_hold("subscription") && (renewals_count || (pays_renewals && can_hold("purchase")))
}
