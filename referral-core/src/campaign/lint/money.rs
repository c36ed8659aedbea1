//! What a rule can cost, and whether its limits know what it gives.

use std::collections::BTreeSet;

use super::limit::applies;
use super::{Findings, limit_id};
use crate::campaign::model::{CampaignModel, Give, LimitModel, LimitPer, RuleModel};
use crate::value::{Amount, Money};

/// What one `give` comes to.
enum Gives {
    /// Exactly this.
    Exactly(Amount),
    /// At most this.
    AtMost(Money),
    /// Money of whatever currency the order has.
    AnyMoney,
}

impl Gives {
    fn of(give: &Give) -> Self {
        match give {
            Give::Flat(flat) => Self::Exactly(flat.flat.into()),
            Give::Units(units) => {
                Self::Exactly(Amount::Units { unit: units.unit.clone(), quantity: i64::from(units.units) })
            }
            Give::Percent(percent) => percent.at_most.map_or(Self::AnyMoney, Self::AtMost),
        }
    }

    fn is_money(&self) -> bool {
        !matches!(self, Self::Exactly(Amount::Units { .. }))
    }

    /// The currency or unit; none if the order says it.
    fn unit_key(&self) -> Option<String> {
        match self {
            Self::Exactly(amount) => Some(amount.unit_key()),
            Self::AtMost(money) => Some(money.currency.code().to_owned()),
            Self::AnyMoney => None,
        }
    }

    /// Whether it can come to something in this currency or unit.
    fn can_be(&self, unit: &str) -> bool {
        self.unit_key().map_or_else(|| unit.starts_with(|c: char| c.is_ascii_uppercase()), |key| key == unit)
    }
}

/// All that a rule gives, with the path of each.
fn all(rule: &RuleModel, path: &str) -> Vec<(String, Gives)> {
    let give = rule.give.iter().map(|give| (format!("{path}.give"), Gives::of(give)));
    let levels = rule.milestones.iter().enumerate();
    give.chain(levels.map(|(index, level)| (format!("{path}.milestones[{index}].give"), Gives::of(&level.give))))
        .collect()
}

pub(super) fn rule(model: &CampaignModel, rule: &RuleModel, path: &str, findings: &mut Findings) {
    let gives = all(rule, path);
    let own = named(&rule.limits, rule.id.as_str());
    let over_all = named(&model.limits, "campaign");
    let limits: Vec<_> = own.into_iter().chain(over_all).filter(|(_, limit)| applies(limit.per, rule.to)).collect();
    if gives.iter().any(|(_, gives)| gives.is_money())
        && !limits.iter().any(|(_, limit)| limit.per == LimitPer::Campaign)
    {
        let problem = "nothing bounds what it can cost: neither it nor the campaign has a limit `per = \"campaign\"`";
        findings.warn(path, problem);
    }
    for (path, gives) in &gives {
        for (name, limit) in &limits {
            fits(gives, limit, name, path, findings);
        }
    }
    useless(&rule.limits, &gives, &format!("{path}.limits"), findings);
    // Over all rules, and so only once.
    if path == "rewards[0]" {
        let gives: Vec<_> = model.rewards.iter().flat_map(|rule| all(rule, "")).collect();
        useless(&model.limits, &gives, "limits", findings);
    }
}

fn named<'m>(limits: &'m [LimitModel], of: &str) -> Vec<(String, &'m LimitModel)> {
    let name = |(index, limit)| limit_id(limit, of, index).map(|id| (id.to_string(), limit)).ok();
    limits.iter().enumerate().filter_map(name).collect()
}

/// Whether a limit on value has any room for what is given.
fn fits(gives: &Gives, limit: &LimitModel, name: &str, path: &str, findings: &mut Findings) {
    let Some(unit) = gives.unit_key().filter(|_| !limit.value.is_empty()) else { return };
    let Some(most) = limit.value.iter().find(|most| most.unit_key() == unit) else {
        let known: BTreeSet<_> = limit.value.iter().map(|most| format!("`{}`", most.unit_key())).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        return findings.warn(path, format!("never pays: the limit `{name}` knows {known} and no `{unit}`"));
    };
    if let Gives::Exactly(amount) = gives
        && amount.quantity() > most.quantity()
    {
        findings.warn(path, format!("never pays: `{amount}` is more than the `{most}` of the limit `{name}`"));
    }
}

/// Entries of limits in a currency or unit that nothing gives.
fn useless(limits: &[LimitModel], gives: &[(String, Gives)], path: &str, findings: &mut Findings) {
    for (index, limit) in limits.iter().enumerate() {
        for (entry, amount) in limit.value.iter().enumerate() {
            let unit = amount.unit_key();
            if !gives.iter().any(|(_, gives)| gives.can_be(&unit)) {
                let list = if limit.value.len() > 1 { format!("[{entry}]") } else { String::new() };
                let path = format!("{path}[{index}].value{list}");
                findings.warn(path, format!("nothing that it limits is given in `{unit}`"));
            }
        }
    }
}
