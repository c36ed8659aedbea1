//! The funnel of a campaign over days: from shares and clicks to leads, qualified referrals, revenue and rewards.
//!
//! It reads totals alone, so it costs the same for ten referrals and for ten million. Days are those of the campaign's
//! zone; every window is half-open.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::question::ShowFunnel;
use super::ratio::Ratio;
use super::totals::{Asked, totals, units};
use crate::decide::{Decide, EVER, day_period};
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Dimension, Metric, Total, TotalKey};
use crate::value::{CampaignId, Day, Zone};

const MOST_DAYS: i64 = 1_100;
/// Stands before the period of every day.
const FIRST_DAY: &str = "d";

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
    /// The rates of the window's cohorts.
    pub rates: Rates,
    /// What compares its counts.
    pub ratios: Ratios,
    /// Rewards by currency or unit: what moved in the window, and the balance at its end.
    pub balances: BTreeMap<String, UnitBalances>,
    /// Each day of the window, in order, also those on which nothing happened.
    pub days: Vec<DayStage>,
    /// The window by each dimension that was asked for. What has no channel or country stands in none of its members, so
    /// that members may add up to less than the total.
    pub breakdowns: Vec<Breakdown>,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Participants enrolled.
    pub enrolled: i64,
    /// Of those enrolled in this window, those who have shared, whenever they did.
    pub enrolled_shared: i64,
    /// Shares.
    pub shares: i64,
    /// Participants who shared for the first time, whenever they enrolled.
    pub referrers: i64,
    /// Counted views.
    pub views: i64,
    /// Counted clicks.
    pub clicks: i64,
    /// Clicks and views by machines, and repeated ones.
    pub uncounted_clicks: i64,
    /// Referrals that became a lead.
    pub leads: i64,
    /// Of the leads of this window, those that are qualified now, whenever they qualified.
    pub leads_qualified: i64,
    /// Referrals that are qualified now by something that happened in this window.
    pub qualified: i64,
    /// Referrals that something in this window had qualified, and that are reverted now by a refund, a void, a mark or a
    /// denial. They are not among `qualified`. They count on the day of what had qualified them, in every order of telling:
    /// `qualified` and `reverted` together would be qualified if nothing had been taken back.
    pub reverted: i64,
    /// Conversions counted.
    pub conversions: i64,
    /// Rewards granted, less those cancelled or reversed.
    pub rewards: i64,
    /// Net revenue in minor units, by currency, less refunds.
    pub revenue: BTreeMap<String, i64>,
}

/// The rates of a window: of a cohort, how many. Each lies within 0 and 1; a rate of nobody is not there.
///
/// The cohort belongs to the window, and what became of it counts whenever it happened. So a rate of a past window may still
/// change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// `leads_qualified ÷ leads`: of the leads of this window, how many are qualified now.
    pub conversion: Option<Ratio>,
    /// `enrolled_shared ÷ enrolled`: of those who enrolled in this window, how many have shared.
    pub activation: Option<Ratio>,
    /// `reverted ÷ (qualified + reverted)`: of the referrals that something in this window qualified, how many are reverted
    /// now.
    pub reversal: Option<Ratio>,
}

/// What compares counts of one window with one another. The two sides are not the same people, so a ratio may be above 1;
/// it is never below 0. A ratio whose denominator is 0 is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratios {
    /// `qualified ÷ leads`: those that qualified in this window, whenever they became a lead, to its leads.
    pub qualified_to_leads: Option<Ratio>,
    /// `visitors ÷ referrers`, where the window's visitors are known: visitors to those who shared for the first time.
    pub visitors_to_referrers: Option<Ratio>,
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

    pub(super) fn metrics() -> [Metric; 6] {
        [Metric::Granted, Metric::Held, Metric::Owed, Metric::Receivable, Metric::Issued, Metric::Redeemed]
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

impl Stage {
    fn add(&mut self, total: &Total) {
        let value = match total.metric {
            Metric::Enrolled => &mut self.enrolled,
            Metric::EnrolledShared => &mut self.enrolled_shared,
            Metric::Shares => &mut self.shares,
            Metric::Referrers => &mut self.referrers,
            Metric::Views => &mut self.views,
            Metric::Clicks => &mut self.clicks,
            Metric::UncountedClicks => &mut self.uncounted_clicks,
            Metric::Leads => &mut self.leads,
            Metric::LeadsQualified => &mut self.leads_qualified,
            Metric::Qualified => &mut self.qualified,
            Metric::Reverted => &mut self.reverted,
            Metric::Conversions => &mut self.conversions,
            Metric::Rewards => &mut self.rewards,
            Metric::Revenue => self.revenue.entry(total.unit.clone()).or_insert(0),
            _ => return,
        };
        *value = value.saturating_add(total.value);
    }

    fn rates(&self) -> Rates {
        Rates {
            conversion: Ratio::rate(self.leads_qualified, self.leads),
            activation: Ratio::rate(self.enrolled_shared, self.enrolled),
            reversal: Ratio::rate(self.reverted, self.qualified.saturating_add(self.reverted)),
        }
    }

    fn ratios(&self, visitors: Option<i64>) -> Ratios {
        Ratios {
            qualified_to_leads: Ratio::of(self.qualified, self.leads),
            visitors_to_referrers: visitors.and_then(|visitors| Ratio::of(visitors, self.referrers)),
        }
    }
}

/// What a dimension tells apart, beside revenue.
fn counted_by(dimension: Dimension) -> Vec<Metric> {
    let everywhere = [
        Metric::Shares,
        Metric::Views,
        Metric::Clicks,
        Metric::UncountedClicks,
        Metric::Leads,
        Metric::LeadsQualified,
        Metric::Qualified,
        Metric::Reverted,
        Metric::Conversions,
    ];
    let further: &[Metric] = match dimension {
        Dimension::All => &[Metric::Enrolled, Metric::EnrolledShared, Metric::Referrers, Metric::Rewards],
        Dimension::Channel | Dimension::Country => &[],
        Dimension::Version => &[Metric::Rewards],
        Dimension::Limit => return Vec::new(),
    };
    everywhere.iter().chain(further).copied().collect()
}

/// The window and the campaign that are asked about.
struct Window {
    campaign: CampaignId,
    from: Day,
    until: Day,
}

impl Window {
    fn ask(&self, metric: Metric, unit: &str, dimension: Dimension) -> Asked {
        let (from, until) = (day_period(self.from), day_period(self.until));
        Asked { campaign: self.campaign, metric, unit: unit.to_owned(), dimension, from, until }
    }

    fn days(&self) -> impl Iterator<Item = Day> {
        let until = self.until;
        std::iter::successors(Some(self.from), |day| Some(day.next())).take_while(move |day| *day < until)
    }

    fn is_a_month(&self) -> bool {
        let next = self.until.month();
        let first = |day: Day| day.to_string().ends_with("-01");
        let last = self.days().last().map(Day::month);
        first(self.from) && first(self.until) && last == Some(self.from.month()) && next != self.from.month()
    }
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowFunnel) -> Decide<Funnel> {
    let length = asked.until.to_chrono().signed_duration_since(asked.from.to_chrono()).num_days();
    if !(1..=MOST_DAYS).contains(&length) {
        return Err(Error::command("until", "is 1 to 1,100 days after `from`").into());
    }
    if let Some(by) = asked.by.iter().find(|by| matches!(by, Dimension::All | Dimension::Limit)) {
        return Err(Error::command("by", format!("`{by}` is none of `channel`, `country`, `version`")).into());
    }
    let current = reader.campaign(&asked.campaign)?;
    let window = Window { campaign: current.id(), from: asked.from, until: asked.until };
    let currencies = units(reader, window.campaign, Metric::Revenue)?;
    let wanted = |by: Dimension| {
        let counts = counted_by(by).into_iter().map(|metric| window.ask(metric, "", by)).collect::<Vec<_>>();
        let revenue = currencies.iter().map(|unit| window.ask(Metric::Revenue, unit, by)).collect::<Vec<_>>();
        counts.into_iter().chain(revenue)
    };
    let all: Vec<Asked> = wanted(Dimension::All).collect();
    let broken_down: Vec<Asked> = asked.by.iter().flat_map(|by| wanted(*by)).collect();
    // The union of what all will read, so that it is listed together.
    reader.need_pages(all.iter().chain(&broken_down).map(|asked| Reader::all_of(asked.listing())))?;
    let mut total = Stage::default();
    let mut days: BTreeMap<String, Stage> = BTreeMap::new();
    for asked in &all {
        for counted in totals(reader, asked)? {
            total.add(&counted);
            days.entry(counted.period.clone()).or_default().add(&counted);
        }
    }
    let visitors_by_day = visitors_by_day(reader, &window)?;
    let visitors = visitors(reader, &window)?;
    let day = |day: Day| DayStage {
        day,
        visitors: visitors_by_day.get(&day_period(day)).copied().unwrap_or(0),
        stage: days.get(&day_period(day)).cloned().unwrap_or_default(),
    };
    Ok(Funnel {
        campaign: window.campaign,
        zone: current.compiled.model.zone,
        from: window.from,
        until: window.until,
        rates: total.rates(),
        ratios: total.ratios(visitors),
        total,
        visitors,
        visitors_ever: distinct(reader, &window, EVER.to_owned())?,
        balances: balances(reader, &window)?,
        days: window.days().map(day).collect(),
        breakdowns: breakdowns(reader, &broken_down)?,
    })
}

fn breakdowns(reader: &mut Reader<'_>, asked: &[Asked]) -> Decide<Vec<Breakdown>> {
    let mut members: BTreeMap<(Dimension, String), Stage> = BTreeMap::new();
    for asked in asked {
        for counted in totals(reader, asked)? {
            members.entry((counted.dimension, counted.member.clone())).or_default().add(&counted);
        }
    }
    let breakdown = |((by, member), stage): ((Dimension, String), Stage)| {
        let (rates, ratios) = (stage.rates(), stage.ratios(None));
        Breakdown { by, member, stage, rates, ratios }
    };
    Ok(members.into_iter().map(breakdown).collect())
}

fn distinct(reader: &mut Reader<'_>, window: &Window, period: String) -> Decide<i64> {
    let (unit, member) = (String::new(), String::new());
    let (campaign, metric, dimension) = (window.campaign, Metric::Visitors, Dimension::All);
    reader.counter(TotalKey { campaign, metric, unit, dimension, period, member })
}

fn visitors(reader: &mut Reader<'_>, window: &Window) -> Decide<Option<i64>> {
    if window.from.next() == window.until {
        return distinct(reader, window, day_period(window.from)).map(Some);
    }
    if window.is_a_month() {
        return distinct(reader, window, format!("m{}", window.from.month())).map(Some);
    }
    Ok(None)
}

fn visitors_by_day(reader: &mut Reader<'_>, window: &Window) -> Decide<BTreeMap<String, i64>> {
    let counted = totals(reader, &window.ask(Metric::Visitors, "", Dimension::All))?;
    Ok(counted.into_iter().map(|total| (total.period, total.value)).collect())
}

/// The balances of every unit in which rewards were ever granted. A balance is the sum of all that was counted before.
fn balances(reader: &mut Reader<'_>, window: &Window) -> Decide<BTreeMap<String, UnitBalances>> {
    let units = units(reader, window.campaign, Metric::Granted)?;
    let asked =
        units.iter().flat_map(|unit| Balances::metrics().map(|metric| window.ask(metric, unit, Dimension::All)));
    let asked: Vec<_> = asked.map(|asked| Asked { from: FIRST_DAY.to_owned(), ..asked }).collect();
    reader.need_pages(asked.iter().map(|asked| Reader::all_of(asked.listing())))?;
    let first = day_period(window.from);
    let mut balances: BTreeMap<String, UnitBalances> = BTreeMap::new();
    for asked in &asked {
        let of_unit = balances.entry(asked.unit.clone()).or_default();
        for counted in totals(reader, asked)? {
            let add = |to: Option<&mut i64>| to.map(|sum| *sum = sum.saturating_add(counted.value));
            add(of_unit.at_end.of(asked.metric));
            if counted.period >= first {
                add(of_unit.change.of(asked.metric));
            }
        }
    }
    for of_unit in balances.values_mut() {
        (of_unit.change, of_unit.at_end) = (of_unit.change.with_liability(), of_unit.at_end.with_liability());
    }
    Ok(balances)
}
