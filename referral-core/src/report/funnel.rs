//! The funnel of a campaign over days: from shares and clicks to leads, qualified referrals, revenue and rewards.
//!
//! It reads totals alone, so it costs the same for ten referrals and for ten million. Days are those of the campaign's
//! zone; every window is half-open.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::delays::Delays;
use super::members::{self, Members};
use super::numbers::{Counted, Window, all_days, numbers, parts};
use super::question::ShowFunnel;
use super::stage::{Rates, Ratios, Stage};
use crate::decide::{Decide, EVER, day_period};
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Dimension, Metric, PeriodSums, PeriodSumsKey, of_part_name, sum_name};
use crate::value::{CampaignId, Day, Month, Zone};

/// What happened in a campaign in a window of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// The campaign.
    pub campaign: CampaignId,
    /// The zone of its days.
    pub zone: Zone,
    /// The first day.
    pub from: Day,
    /// The first day behind the last.
    pub until: Day,
    /// All of the window.
    pub total: Stage,
    /// Distinct visitors with a counted click. They do not add up over days, so they are known for a window that is one
    /// day or one calendar month, and none for every other.
    pub visitors: Option<i64>,
    /// Distinct visitors with a counted click over the campaign's life.
    pub visitors_ever: i64,
    /// Distinct visitors with a counted click or view, for a window for which visitors are known.
    pub reach: Option<i64>,
    /// Distinct visitors with a counted click or view over the campaign's life.
    pub reach_ever: i64,
    /// How long after the click the leads of the window began, of those that came by a click.
    pub click_to_lead: Delays,
    /// How long after the lead the leads of the window qualified, of those that are qualified now. The other leads are open, or
    /// ended without.
    pub lead_to_qualified: Delays,
    /// By month of the lead and month of what carries the qualification, how many referrals qualified in the window: the
    /// cohorts. It is of the window's days, so the first and the last month may be cut.
    pub cohorts: Vec<Cohort>,
    /// The rates of the window's cohorts.
    pub rates: Rates,
    /// What compares its counts.
    pub ratios: Ratios,
    /// What compares the window with the people who are there.
    #[serde(flatten)]
    pub members: Members,
    /// Rewards by currency or unit: what moved in the window, and the balance at its end. A unit in which nothing is left of any
    /// day is left out.
    pub balances: BTreeMap<String, UnitBalances>,
    /// Each day of the window, in order, also those on which nothing happened.
    pub days: Vec<DayStage>,
    /// The window by each dimension that was asked for. What has no channel or country stands in none of its members, so
    /// that members may add up to less than the total.
    pub breakdowns: Vec<Breakdown>,
}

/// How many referrals whose lead was in one month qualified by something that happened in another, or in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// The month of the lead.
    pub lead: Month,
    /// The month of what carries the qualification.
    pub qualified: Month,
    /// How many are qualified now.
    pub count: i64,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayStage {
    /// The day.
    pub day: Day,
    /// Distinct visitors with a counted click.
    pub visitors: i64,
    /// What is counted.
    #[serde(flatten)]
    pub stage: Stage,
}

/// The window by one member of a dimension: a channel, a country, a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// The dimension.
    pub by: Dimension,
    /// The member: `whatsapp`, `DE`, `2`.
    pub member: String,
    /// What is counted. What a dimension does not tell apart is 0: enrolments and who shared by any, rewards by channel
    /// and country.
    pub stage: Stage,
    /// The rates of its cohorts.
    pub rates: Rates,
    /// What compares its counts.
    pub ratios: Ratios,
}

/// Rewards in one currency or unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitBalances {
    /// What changed in the window.
    pub change: Balances,
    /// What it is at the window's end.
    pub at_end: Balances,
}

/// The balances of rewards, in minor units or units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// Granted, and neither cancelled, expired nor reversed.
    pub granted: i64,
    /// Promised under a hold.
    pub held: i64,
    /// Owed, less what participants owe.
    pub owed: i64,
    /// What participants owe beyond what they are owed: the host may claim it.
    pub receivable: i64,
    /// What may still have to be handed over, summed over all who are owed something: due and held, less the debts of
    /// each. What others owe does not lessen it.
    pub liability: i64,
    /// Handed over and not used.
    pub issued: i64,
    /// Used.
    pub redeemed: i64,
}

impl Balances {
    /// The same with the liability that these balances are.
    pub(super) fn with_liability(self) -> Self {
        Self { liability: self.held.saturating_add(self.owed).saturating_add(self.receivable), ..self }
    }

    pub(super) fn of(&mut self, metric: Metric) -> Option<&mut i64> {
        match metric {
            Metric::Granted => Some(&mut self.granted),
            Metric::Held => Some(&mut self.held),
            Metric::Owed => Some(&mut self.owed),
            Metric::Receivable => Some(&mut self.receivable),
            Metric::Issued => Some(&mut self.issued),
            Metric::Redeemed => Some(&mut self.redeemed),
            _ => None,
        }
    }
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowFunnel) -> Decide<Funnel> {
    let current = reader.campaign(&asked.campaign)?;
    let window = Window { campaign: current.id(), from: asked.from, until: asked.until };
    window.check()?;
    check_declared(&current.compiled.model.dimensions, &asked.by)?;
    let pages = std::iter::once(window.all_days()).chain((!asked.by.is_empty()).then(|| window.parts()));
    reader.need_pages(pages.map(Reader::all_of))?;
    let stored = all_days(reader, &window)?;
    let mut total = Stage::default();
    let mut days: BTreeMap<&str, (Stage, i64)> = BTreeMap::new();
    let first = day_period(window.from);
    for row in stored.iter().filter(|row| row.period >= first) {
        let (stage, visitors) = days.entry(&row.period).or_default();
        for counted in numbers(row) {
            total.add(counted);
            stage.add(counted);
            if counted.metric == Metric::Visitors {
                *visitors = counted.value;
            }
        }
    }
    let in_window = || stored.iter().filter(|row| row.period >= first);
    let visitors = visitors(reader, &window, Metric::Visitors)?;
    let click_to_lead = Delays::of(in_window().flat_map(numbers), Metric::ClickToLead);
    let lead_to_qualified = Delays::of(in_window().flat_map(numbers), Metric::LeadToQualified);
    let day = |day: Day| {
        let (stage, visitors) = days.get(day_period(day).as_str()).cloned().unwrap_or_default();
        DayStage { day, visitors, stage }
    };
    let balances = balances(&stored, &first);
    let granted = balances.iter().map(|(unit, of_unit)| (unit.clone(), of_unit.change.granted)).collect();
    let members = members::of(reader, &window, &stored, (&total, &granted))?;
    Ok(Funnel {
        members,
        campaign: window.campaign,
        zone: current.compiled.model.zone,
        from: window.from,
        until: window.until,
        rates: total.rates(),
        ratios: total.ratios(visitors),
        total,
        visitors,
        visitors_ever: distinct(reader, &window, Metric::Visitors, EVER.to_owned())?,
        reach: self::visitors(reader, &window, Metric::Reach)?,
        reach_ever: distinct(reader, &window, Metric::Reach, EVER.to_owned())?,
        click_to_lead,
        lead_to_qualified,
        cohorts: cohorts(in_window()),
        balances,
        days: window.days().map(day).collect(),
        breakdowns: if asked.by.is_empty() { Vec::new() } else { breakdowns(reader, &window, &asked.by)? },
    })
}

/// Checks that a campaign tells its numbers apart by these.
pub(super) fn check_declared(declared: &[Dimension], by: &[Dimension]) -> Result<(), Error> {
    let Some(by) = by.iter().find(|by| !declared.contains(by)) else { return Ok(()) };
    let names: Vec<_> = declared.iter().map(|dimension| format!("`{dimension}`")).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    Err(Error::command("by", format!("the campaign counts by {names}, not by `{by}`")))
}

fn breakdowns(reader: &mut Reader<'_>, window: &Window, by: &[Dimension]) -> Decide<Vec<Breakdown>> {
    let mut members: BTreeMap<(Dimension, String), Stage> = BTreeMap::new();
    for row in parts(reader, window)? {
        for (name, value) in &row.sums {
            let Some((metric, unit, dimension, member)) = of_part_name(name) else { continue };
            if by.contains(&dimension) {
                let stage = members.entry((dimension, member.to_owned())).or_default();
                stage.add(Counted { metric, unit, value: *value });
            }
        }
    }
    let breakdown = |((by, member), stage): ((Dimension, String), Stage)| {
        let (rates, ratios) = (stage.rates(), stage.ratios(None));
        Breakdown { by, member, stage, rates, ratios }
    };
    Ok(members.into_iter().map(breakdown).collect())
}

fn distinct(reader: &mut Reader<'_>, window: &Window, metric: Metric, period: String) -> Decide<i64> {
    let sums = reader.sums(PeriodSumsKey { campaign: window.campaign, period })?;
    Ok(sums.get(&sum_name(metric, "")))
}

/// Distinct visitors of a window that is one day or one calendar month; of every other they are not known.
fn visitors(reader: &mut Reader<'_>, window: &Window, metric: Metric) -> Decide<Option<i64>> {
    if window.from.next() == window.until {
        return distinct(reader, window, metric, day_period(window.from)).map(Some);
    }
    if window.is_a_month() {
        return distinct(reader, window, metric, format!("m{}", window.from.month())).map(Some);
    }
    Ok(None)
}

/// Which referrals qualified when, by month.
fn cohorts<'r>(rows: impl Iterator<Item = &'r PeriodSums>) -> Vec<Cohort> {
    let mut found: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in rows {
        let Some(month) = row.period.get(1..8) else { continue };
        for counted in numbers(row).filter(|counted| counted.metric == Metric::QualifiedOf) {
            let sum = found.entry((counted.unit.to_owned(), month.to_owned())).or_default();
            *sum = sum.saturating_add(counted.value);
        }
    }
    let cohort = |((lead, qualified), count): ((String, String), i64)| {
        Some(Cohort { lead: lead.parse().ok()?, qualified: qualified.parse().ok()?, count })
    };
    found.into_iter().filter_map(cohort).filter(|cohort| cohort.count != 0).collect()
}

/// The balances of every unit in which rewards were granted before the window's end. A balance is the sum of all that was
/// counted before.
fn balances(stored: &[PeriodSums], first: &str) -> BTreeMap<String, UnitBalances> {
    let mut balances: BTreeMap<String, UnitBalances> = BTreeMap::new();
    for row in stored {
        for Counted { metric, unit, value } in numbers(row) {
            if Balances::default().of(metric).is_none() {
                continue;
            }
            let of_unit = balances.entry(unit.to_owned()).or_default();
            let add = |to: Option<&mut i64>| to.map(|sum| *sum = sum.saturating_add(value));
            add(of_unit.at_end.of(metric));
            if row.period.as_str() >= first {
                add(of_unit.change.of(metric));
            }
        }
    }
    for of_unit in balances.values_mut() {
        (of_unit.change, of_unit.at_end) = (of_unit.change.with_liability(), of_unit.at_end.with_liability());
    }
    balances
}
