//! Motivators side by side: which offer, version or channel brings more of its leads to qualify, and how sure that is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::funnel::check_declared;
use super::interval::Interval;
use super::numbers::{Window, parts};
use super::question::ShowMotivators;
use super::ratio::Ratio;
use crate::decide::Decide;
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Dimension, Metric, of_part_name};
use crate::value::{CampaignId, Day};

/// Motivators of a campaign, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Motivators {
    /// The campaign.
    pub campaign: CampaignId,
    /// The first day.
    pub from: Day,
    /// The first day behind the last.
    pub until: Day,
    /// By what they are told apart.
    pub by: Dimension,
    /// Each motivator with leads in the window, the one with most leads first.
    pub motivators: Vec<Motivator>,
    /// Each of the others beside the first.
    pub differences: Vec<Difference>,
}

/// One motivator: a version, a channel, a value of `utm_campaign`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Motivator {
    /// Which one.
    pub member: String,
    /// Of the leads of the window, those that are qualified now: the conversion by cohort.
    pub conversion: Ratio,
    /// Where the conversion lies with a confidence of 95 %: Wilson's interval.
    pub interval: Interval,
}

/// How much more another motivator brings than the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The first motivator.
    pub first: String,
    /// The other one.
    pub other: String,
    /// The conversion of the other less that of the first, with a confidence of 95 %: Newcombe's interval.
    pub interval: Interval,
    /// The same in a sentence.
    pub text: String,
}

/// What is counted of one motivator.
#[derive(Default)]
struct Counted {
    leads: i64,
    qualified: i64,
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowMotivators) -> Decide<Motivators> {
    let current = reader.campaign(&asked.campaign)?;
    check_declared(&current.compiled.model.dimensions, &[asked.by])?;
    if asked.by == Dimension::Rule {
        let problem = "is not what leads are told apart by: every rule judges every lead of its version";
        return Err(Error::command("by", problem).into());
    }
    let window = Window { campaign: current.id(), from: asked.from, until: asked.until };
    window.check()?;
    let mut members: BTreeMap<String, Counted> = BTreeMap::new();
    for row in parts(reader, &window)? {
        for (name, value) in &row.sums {
            let Some((metric, _, by, member)) = of_part_name(name) else { continue };
            if by != asked.by {
                continue;
            }
            let counted = members.entry(member.to_owned()).or_default();
            let sum = match metric {
                Metric::Leads => &mut counted.leads,
                Metric::LeadsQualified => &mut counted.qualified,
                _ => continue,
            };
            *sum = sum.saturating_add(*value);
        }
    }
    let mut motivators: Vec<Motivator> = members.into_iter().filter_map(motivator).collect();
    motivators.sort_by_key(|one| std::cmp::Reverse(one.conversion.denominator));
    let differences = match motivators.split_first() {
        Some((first, others)) => others.iter().map(|other| difference(first, other)).collect(),
        None => Vec::new(),
    };
    let Window { campaign, from, until } = window;
    Ok(Motivators { campaign, from, until, by: asked.by, motivators, differences })
}

fn motivator((member, counted): (String, Counted)) -> Option<Motivator> {
    let conversion = Ratio::rate(counted.qualified, counted.leads)?;
    Some(Motivator { member, conversion, interval: Interval::of_rate(conversion) })
}

fn difference(first: &Motivator, other: &Motivator) -> Difference {
    let interval = Interval::of_difference(first.conversion, other.conversion);
    let (first, other) = (first.member.clone(), other.member.clone());
    let Interval { low, high } = interval;
    let text = match interval.tells() {
        false => format!("too early to tell `{other}` from `{first}`"),
        true if low > 0 => more(&other, &first, (low, high)),
        true => more(&first, &other, (high.saturating_neg(), low.saturating_neg())),
    };
    Difference { first, other, interval, text }
}

/// `B brings 3 to 9 more of 100`: parts per million, rounded outwards to tenths of a hundredth.
fn more(better: &str, worse: &str, (low, high): (i64, i64)) -> String {
    let mut text = format!("`{better}` brings ");
    for (tenths, behind) in [(low.div_euclid(1_000), " to "), (high.saturating_add(999).div_euclid(1_000), "")] {
        let (whole, tenth) = (tenths.div_euclid(10), tenths.rem_euclid(10));
        let _ = if tenth == 0 { write!(text, "{whole}{behind}") } else { write!(text, "{whole}.{tenth}{behind}") };
    }
    format!("{text} more of 100 leads to qualify than `{worse}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(member: &str, qualified: i64, leads: i64) -> Motivator {
        motivator((member.to_owned(), Counted { leads, qualified })).unwrap()
    }

    #[test]
    fn a_difference_is_told_only_where_it_is_one() {
        for (first, other, text) in [
            (one("1", 100, 1_000), one("2", 160, 1_000), "`2` brings 3 to 9 more of 100 leads to qualify than `1`"),
            (one("1", 160, 1_000), one("2", 100, 1_000), "`1` brings 3 to 9 more of 100 leads to qualify than `2`"),
            (one("1", 3, 10), one("2", 6, 10), "too early to tell `2` from `1`"),
            (one("1", 0, 1), one("2", 1, 1), "too early to tell `2` from `1`"),
        ] {
            assert_eq!(difference(&first, &other).text, text);
        }
        assert_eq!(more("b", "a", (400, 12_001)), "`b` brings 0 to 1.3 more of 100 leads to qualify than `a`");
    }
}
