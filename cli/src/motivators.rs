//! Motivators side by side.

use referrals::Referrals;
use referrals::report::{Interval, Motivator, Motivators, ShowMotivators};

use crate::arguments::Motivators as Asked;
use crate::failure::Failure;
use crate::metrics;
use crate::telling::{Telling, table};

/// Compares them.
pub(crate) fn run(asked: &Asked, referrals: &Referrals) -> Result<Telling, Failure> {
    let (from, until) = metrics::window(referrals, &asked.campaign, asked.from, asked.until)?;
    let campaign = asked.campaign.clone();
    let found = referrals.ask(ShowMotivators { campaign, from, until, by: asked.by })?;
    let mut text = table(HEAD, found.motivators.iter().map(row));
    for line in sentences(&found) {
        text.push_str(&line);
        text.push('\n');
    }
    Telling::new(text, &found)
}

/// The head over rows of motivators.
pub(crate) const HEAD: [&str; 5] = ["", "leads", "qualified now", "of the leads", "with 95 % confidence"];

/// The row of one motivator.
pub(crate) fn row(one: &Motivator) -> [String; 5] {
    let (qualified, leads) = (one.conversion.numerator, one.conversion.denominator);
    let rate = percent(one.conversion.parts_per_million());
    [one.member.clone(), leads.to_string(), qualified.to_string(), rate, between(one.interval)]
}

/// What the differences come to, one sentence each.
pub(crate) fn sentences(found: &Motivators) -> impl Iterator<Item = String> {
    found.differences.iter().map(|difference| difference.text.clone())
}

fn between(interval: Interval) -> String {
    format!("{} to {}", percent(interval.low), percent(interval.high))
}

/// Parts per million as a percentage with one place, cut.
fn percent(parts_per_million: i64) -> String {
    let tenths = parts_per_million / 1_000;
    format!("{}.{} %", tenths / 10, tenths % 10)
}
