//! Conditions: typed where they stand, and held against what is known there anyway.

use super::Findings;
use super::rule::without_order;
use crate::campaign::compiled::roots;
use crate::campaign::model::{CampaignModel, QualifiesOn, RuleModel, Trigger};
use crate::error::Mistake;
use crate::rule::condition::{Condition, ConditionText, CustomField, Root, Schema};

/// A condition where the fields of `roots` are known.
///
/// # Errors
/// All its mistakes, with the path and their places in the condition's own text.
pub(in crate::campaign) fn parse(
    text: &ConditionText,
    roots: &[Root],
    fields: &[CustomField],
    path: &str,
) -> Result<Condition, Vec<Mistake>> {
    let at_path = |mistake| Mistake { path: path.to_owned(), ..mistake };
    let schema = Schema::new(roots, fields).map_err(|error| vec![at_path(Mistake::new(error.to_string()))])?;
    text.check(&schema).map_err(|found| found.into_iter().map(at_path).collect())
}

/// What a condition on the qualifying event may name.
pub(in crate::campaign) fn qualification_roots(on: QualifiesOn) -> &'static [Root] {
    match on {
        QualifiesOn::Joined | QualifiesOn::Manual => Root::JOINED,
        QualifiesOn::Purchase | QualifiesOn::Conversion => Root::CONVERTED,
    }
}

pub(super) fn examine(model: &CampaignModel, findings: &mut Findings) {
    // A mistake in the fields is reported once and not in every condition.
    if Schema::new(&[], &model.fields).is_err() {
        return;
    }
    let on = model.qualification.on;
    let qualifies = model.qualification.when.as_ref().and_then(|text| {
        let condition = checked(model, text, qualification_roots(on), "qualification.when", findings)?;
        together(&kinds(on), Some(&condition), "qualification.when", model, findings);
        Some(condition)
    });
    for (index, rule) in model.rewards.iter().enumerate() {
        let Some(text) = &rule.when else { continue };
        let path = format!("rewards[{index}].when");
        let Some(condition) = checked(model, text, roots(rule.on), &path, findings) else { continue };
        order_is_known(model, rule, &condition, &path, findings);
        together(&known(model, rule.on, qualifies.as_ref()), Some(&condition), &path, model, findings);
    }
}

/// The facts of a referral keep the verdict of a comparison with people's data, never the value.
const MIXED: &str = "an amount or a place can only be compared with a constant, not with";

fn checked(
    model: &CampaignModel,
    text: &ConditionText,
    roots: &[Root],
    path: &str,
    findings: &mut Findings,
) -> Option<Condition> {
    match parse(text, roots, &model.fields, path) {
        Ok(condition) => {
            if let Some(field) = condition.mixed() {
                findings.refuse(path, format!("{MIXED} `{field}`"));
            }
            let at_path = |warning: &Mistake| Mistake { path: path.to_owned(), ..warning.clone() };
            findings.warnings.extend(condition.warnings().iter().map(at_path));
            Some(condition)
        }
        Err(mistakes) => {
            findings.errors.extend(mistakes);
            None
        }
    }
}

/// What an event that qualifies is.
fn kinds(on: QualifiesOn) -> Vec<String> {
    match on {
        QualifiesOn::Purchase => vec!["order.kind in ['purchase', 'subscription']".to_owned()],
        QualifiesOn::Conversion | QualifiesOn::Joined | QualifiesOn::Manual => vec![],
    }
}

/// What always holds when this trigger is pulled.
fn known(model: &CampaignModel, on: Trigger, qualifies: Option<&Condition>) -> Vec<String> {
    let kind = match on {
        Trigger::Purchase => "purchase",
        Trigger::Renewal => "renewal",
        Trigger::Subscription => "subscription",
        Trigger::Custom => "custom",
        Trigger::Joined | Trigger::Shared => return vec![],
        Trigger::Qualified => {
            let mut known = kinds(model.qualification.on);
            known.extend(qualifies.map(Condition::to_string));
            return known;
        }
    };
    vec![format!("order.kind == '{kind}'")]
}

/// Warns of a condition that contradicts what is known where it stands.
fn together(
    known: &[String],
    condition: Option<&Condition>,
    path: &str,
    model: &CampaignModel,
    findings: &mut Findings,
) {
    let Some(condition) = condition.filter(|_| !known.is_empty()) else { return };
    let parts: Vec<_> = known.iter().cloned().chain([condition.to_string()]).map(|part| format!("({part})")).collect();
    let Ok(schema) = Schema::new(Root::CONVERTED, &model.fields) else { return };
    // Both together may also be too long to be read: that says nothing.
    let Err(mistakes) = Condition::parse(&parts.join(" && "), &schema) else { return };
    for mistake in mistakes.iter().filter(|mistake| mistake.problem.contains("can never hold")) {
        let problem = format!("here, {}", mistake.problem);
        findings.warn(path, problem);
    }
}

/// Warns of a condition on an order where there is none.
fn order_is_known(model: &CampaignModel, rule: &RuleModel, condition: &Condition, path: &str, findings: &mut Findings) {
    if let Some(why) = without_order(model, rule.on)
        && rule.on == Trigger::Qualified
        && names_order(condition)
    {
        findings.warn(path, format!("it asks about an order, and {why}"));
    }
}

fn names_order(condition: &Condition) -> bool {
    let tree = serde_json::to_value(condition.expression()).unwrap_or_default();
    fn any(tree: &serde_json::Value) -> bool {
        match tree {
            serde_json::Value::Object(map) => map.iter().any(|(name, value)| {
                let is_field = matches!(name.as_str(), "field" | "has");
                (is_field && value.as_str().is_some_and(|path| path.starts_with("order."))) || any(value)
            }),
            serde_json::Value::Array(parts) => parts.iter().any(any),
            _ => false,
        }
    }
    any(&tree)
}
