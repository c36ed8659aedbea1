//! What the fields of a campaign say together: contradictions are refused, and what looks odd is warned about.
//!
//! It knows the meaning of a definition, not its text: places are added by `text`.

mod condition;
mod limit;
mod money;
mod rule;
mod share;
mod subscription;
mod upload;

use std::collections::BTreeSet;

use super::model::{CampaignModel, InFlight, LimitModel, QualifiesOn, Trigger};
use crate::error::Mistake;
use crate::record::Dimension;
use crate::value::{LimitId, RuleId};

pub(super) use condition::{parse as condition, qualification_roots};

/// What was found. The line and column of a mistake in a condition are those in its own text.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is refused.
    pub(super) errors: Vec<Mistake>,
    /// What is worth a look.
    pub(super) warnings: Vec<Mistake>,
}

impl Findings {
    fn refuse(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.errors.push(Mistake { path: path.into(), ..Mistake::new(problem) });
    }

    fn warn(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.warnings.push(Mistake { path: path.into(), ..Mistake::new(problem) });
    }
}

/// Looks through a definition whose every field is fine by itself.
pub(super) fn examine(model: &CampaignModel) -> Findings {
    let mut findings = Findings::default();
    dates(model, &mut findings);
    attribution(model, &mut findings);
    counting(model, &mut findings);
    qualification(model, &mut findings);
    subscription::examine(model, &mut findings);
    fields(model, &mut findings);
    share::examine(model, &mut findings);
    share::landings(model, &mut findings);
    upload::examine(model, &mut findings);
    limit::campaign(model, &mut findings);
    for (index, rule) in model.rewards.iter().enumerate() {
        let path = format!("rewards[{index}]");
        rule::examine(model, rule, &path, &mut findings);
        limit::rule(model, rule, &path, &mut findings);
        money::rule(model, rule, &path, &mut findings);
    }
    ids(model, &mut findings);
    condition::examine(model, &mut findings);
    if model.rewards.is_empty() {
        findings.warn("rewards", "the campaign gives nothing");
    }
    findings
}

fn dates(model: &CampaignModel, findings: &mut Findings) {
    let (Some(starts), Some(ends)) = (model.starts, model.ends) else { return };
    if starts >= ends {
        findings.refuse("ends", format!("`{ends}` is not after `{starts}`, when the campaign starts"));
    }
}

fn attribution(model: &CampaignModel, findings: &mut Findings) {
    let mut seen = Vec::new();
    for (index, evidence) in model.attribution.precedence.iter().enumerate() {
        if seen.contains(&evidence) {
            findings.refuse(format!("attribution.precedence[{index}]"), format!("`{evidence}` stands twice"));
        }
        seen.push(evidence);
    }
}

fn counting(model: &CampaignModel, findings: &mut Findings) {
    for (index, dimension) in model.dimensions.iter().enumerate() {
        if model.dimensions.iter().take(index).any(|before| before == dimension) {
            findings.refuse(format!("dimensions[{index}]"), format!("`{dimension}` stands twice"));
        }
        if matches!(dimension, Dimension::All | Dimension::Limit) {
            findings.refuse(format!("dimensions[{index}]"), format!("`{dimension}` is no dimension of a campaign"));
        }
    }
    for (index, metric) in model.leaderboard.iter().enumerate() {
        if model.leaderboard.iter().take(index).any(|before| before == metric) {
            findings.refuse(format!("leaderboard[{index}]"), format!("`{metric}` stands twice"));
        }
        if !metric.is_of_people() {
            findings.refuse(format!("leaderboard[{index}]"), format!("`{metric}` is not counted of people"));
        }
    }
}

fn qualification(model: &CampaignModel, findings: &mut Findings) {
    let qualification = &model.qualification;
    if qualification.on == QualifiesOn::Manual && qualification.when.is_some() {
        findings.refuse("qualification.when", "with `on = \"manual\"` the host decides; nothing is asked here");
    }
    let has_renewals = model.rewards.iter().any(|rule| rule.on == Trigger::Renewal);
    if qualification.on == QualifiesOn::Purchase && has_renewals {
        let problem = "a rule pays renewals, and a renewal qualifies nothing here: neither does the first paid one after a \
                       trial; `conversion` counts every kind";
        findings.warn("qualification.on", problem);
    }
    if qualification.on == QualifiesOn::Joined && qualification.window.is_some() {
        findings.warn("qualification.window", "a referral that qualifies when it joins waits for nothing");
    }
    let waits = qualification.on != QualifiesOn::Joined && qualification.window.is_none();
    if model.ends.is_some() && model.in_flight == InFlight::Honour && waits {
        let problem = "leads in flight may qualify for ever after the end: there is no `qualification.window`";
        findings.warn("ends", problem);
    }
}

fn fields(model: &CampaignModel, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, field) in model.fields.iter().enumerate() {
        if !seen.insert(&field.path) {
            findings.refuse(format!("fields[{index}].path"), format!("`{}` is declared twice", field.path));
        }
    }
}

/// Names that stand twice: those of rules, and those of limits, given or made.
fn ids(model: &CampaignModel, findings: &mut Findings) {
    let mut rules = BTreeSet::new();
    let mut limits = BTreeSet::new();
    for (index, rule) in model.rewards.iter().enumerate() {
        let path = format!("rewards[{index}]");
        if rule.id.as_str() == RuleId::BY_HAND {
            let why = format!("`{}` is the name for rewards that a hand gives", RuleId::BY_HAND);
            findings.refuse(format!("{path}.id"), why);
        }
        if !rules.insert(&rule.id) {
            findings.refuse(format!("{path}.id"), format!("the rule `{}` stands twice", rule.id));
            continue;
        }
        limit_ids(&rule.limits, rule.id.as_str(), &format!("{path}.limits"), &mut limits, findings);
    }
    limit_ids(&model.limits, "campaign", "limits", &mut limits, findings);
}

fn limit_ids(models: &[LimitModel], of: &str, path: &str, seen: &mut BTreeSet<LimitId>, findings: &mut Findings) {
    for (index, model) in models.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match limit_id(model, of, index) {
            Ok(id) if seen.contains(&id) && model.id.is_some() => {
                findings.refuse(format!("{path}.id"), format!("the limit `{id}` stands twice"));
            }
            Ok(id) if seen.contains(&id) => {
                findings.refuse(path, format!("another limit has its name `{id}`; give it an `id`"));
            }
            Ok(id) => {
                seen.insert(id);
            }
            Err(_) => {
                findings.refuse(path, format!("the name `{of}.{}` is too long; give the limit an `id`", index + 1));
            }
        }
    }
}

/// The name of a limit: the one given, or one made of whose it is and its place.
pub(super) fn limit_id(model: &LimitModel, of: &str, index: usize) -> crate::error::Result<LimitId> {
    model.id.clone().map_or_else(|| LimitId::new(format!("{of}.{}", index + 1)), Ok)
}
