//! Which rewards are meant: by their keys, or by the order on which they rest.

use std::collections::BTreeSet;

use referrals::command::Who;
use referrals::quote::quoted;
use referrals::record::{Cause, ConversionKey, RewardKey, Subject};
use referrals::report::RewardReport;
use referrals::value::RuleId;
use referrals::{Family, Referrals};

use crate::campaigns::campaigns;
use crate::conversion::FindConversion;
use crate::failure::Failure;

const HELP: &str = "`referrals rewards due CAMPAIGN` prints keys: `reward/1/thanks/…`; or name the order of the reward by \
                    `order:SOURCE/EVENT`, and its rule by `order:SOURCE/EVENT#RULE`";

/// How a reward was named.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    Key(RewardKey),
    /// By the order on which it rests, and by its rule if that is said.
    Order(ConversionKey, Option<RuleId>),
}

/// A reward's name from its text.
pub(crate) fn named(text: &str) -> Result<Named, Failure> {
    let wrong =
        || Failure::new("invalid_value", format!("{} is no key of a reward", quoted(text))).mistyped().help(HELP);
    let Some(order) = text.strip_prefix("order:") else {
        return match text.parse() {
            Ok(Subject::Reward(key)) => Ok(Named::Key(key)),
            _ => Err(wrong()),
        };
    };
    // The id of an order may hold the mark too: what stands behind the last one is a rule only if it can be one.
    let (order, rule) = match order.rsplit_once('#').map(|(order, rule)| (order, rule.parse::<RuleId>())) {
        Some((order, Ok(rule))) => (order, Some(rule)),
        _ => (order, None),
    };
    let (source, event) = order.split_once('/').ok_or_else(wrong)?;
    let (source, event) = (source.parse().map_err(|_| wrong())?, event.parse().map_err(|_| wrong())?);
    Ok(Named::Order(ConversionKey { source, event }, rule))
}

/// The keys of the rewards that are named by these texts. Nothing is asked of the store where a text is wrong.
pub(crate) fn keys(
    open: &dyn Fn() -> Result<Referrals, Failure>,
    texts: &[String],
) -> Result<(Referrals, Vec<RewardKey>), Failure> {
    let named = texts.iter().map(|text| named(text)).collect::<Result<Vec<_>, _>>()?;
    let referrals = open()?;
    let keys = named.into_iter().map(|named| one(&referrals, named)).collect::<Result<Vec<_>, _>>()?;
    Ok((referrals, keys))
}

/// The key of one reward.
pub(crate) fn one(referrals: &Referrals, named: Named) -> Result<RewardKey, Failure> {
    let (order, rule) = match named {
        Named::Key(key) => return Ok(key),
        Named::Order(order, rule) => (order, rule),
    };
    let conversion = referrals.ask(FindConversion(order))?;
    let order = ConversionKey { source: conversion.source, event: conversion.event };
    let cause = Cause::Event(order.source.clone(), order.event.clone());
    let rests = |reward: &RewardReport| reward.reward.cause == cause || reward.base.as_ref() == Some(&order);
    let mut found = Vec::new();
    if let Some(invitee) = conversion.participant {
        for campaign in campaigns(referrals)? {
            match referrals.referral(&campaign.name, &Who::Id(invitee)) {
                Ok(referral) => found.extend(referral.rewards),
                Err(error) if error.family() == Family::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    found.retain(rests);
    let rules: BTreeSet<String> = found.iter().map(|reward| format!("`{}`", reward.reward.rule)).collect();
    found.retain(|reward| rule.as_ref().is_none_or(|rule| reward.reward.rule == *rule));
    let what = format!("on order `{}/{}`", order.source, order.event);
    match found.as_slice() {
        [one] => Ok(one.reward.clone()),
        [] => Err(none(&what, rule.as_ref(), &rules)),
        several => {
            let keys = several.iter().map(|one| format!("`{}`", Subject::Reward(one.reward.clone())));
            let help = format!("name one of them: {}", keys.collect::<Vec<_>>().join(", "));
            Err(Failure::new("ambiguous", format!("{} rewards rest {what}", several.len())).help(help))
        }
    }
}

/// No reward of a rule rests on an order, or none at all: then it says by which rules there are some.
fn none(what: &str, rule: Option<&RuleId>, rules: &BTreeSet<String>) -> Failure {
    let Some(rule) = rule.filter(|_| !rules.is_empty()) else {
        return Failure::new("not_found", format!("no reward rests {what}")).help(HELP);
    };
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let help = format!("rewards of these rules rest {what}: {}", rules.join(", "));
    Failure::new("not_found", format!("no reward of rule `{rule}` rests {what}")).help(help)
}
