//! What happened in a campaign: as tables, as one chart, as a page.

use std::io::Write as _;
use std::path::Path;

use chrono::Days;

use referrals::Referrals;
use referrals::record::{Dimension, Metric};
use referrals::report::{
    Breakdown, Cohort, DelayRange, Funnel, Leaderboard, Motivators, Ratio, ShowFunnel, ShowMotivators, Stage,
};
use referrals::value::{CampaignSlug, Currency, Day, Money};
use serde_json::json;

use crate::arguments::Metrics;
use crate::chart::{Series, bars, lines};
use crate::failure::Failure;
use crate::files::{Draft, Existing};
use crate::page;
use crate::telling::{Telling, table};

const DEFAULT_DAYS: u64 = 30;

/// Everything that a report shows.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) title: String,
    pub(crate) funnel: Funnel,
    /// The versions compared, if the campaign tells them apart and there are several.
    pub(crate) motivators: Option<Motivators>,
    /// By the first metric without a unit that the campaign ranks people by, if there is one.
    pub(crate) board: Option<(Metric, Leaderboard)>,
}

/// Counts, and shows it as was asked.
pub(crate) fn run(asked: &Metrics, referrals: &Referrals) -> Result<Telling, Failure> {
    let existing = Existing::by(asked.replace);
    // Before the first one is written: both or none.
    asked.svg.iter().chain(&asked.html).try_for_each(|path| existing.allows(path))?;
    let report = ask(asked, referrals)?;
    let mut text = String::new();
    let mut written = Vec::new();
    let mut write = |path: &Path, content: String| {
        written.push(path.display().to_string());
        let mut draft = Draft::public(path)?;
        draft.write_all(content.as_bytes()).map_err(|error| Failure::file(path, error))?;
        draft.finish(existing).map(drop)
    };
    if let Some(path) = &asked.svg {
        write(path, days(&report.funnel)?)?;
    }
    if let Some(path) = &asked.html {
        write(path, page::html(&report)?)?;
    }
    if written.is_empty() {
        text = tables(&report);
    }
    written.iter().for_each(|path| text.push_str(&format!("wrote `{path}`\n")));
    Telling::new(
        text,
        json!({ "funnel": report.funnel, "motivators": report.motivators,
                "leaderboard": report.board.map(|(_, board)| board), "written": written }),
    )
}

fn ask(asked: &Metrics, referrals: &Referrals) -> Result<Report, Failure> {
    let campaign = referrals.campaign(&asked.campaign)?;
    let (from, until) = window(referrals, &asked.campaign, asked.from, asked.until)?;
    let (slug, by) = (asked.campaign.clone(), asked.by.clone());
    let name = asked.campaign.to_string();
    let ranked = campaign.definition.leaderboard.iter().find(|metric| !metric.has_unit()).copied();
    let board = |metric| Ok::<_, Failure>((metric, referrals.leaderboard(&asked.campaign, metric, 10)?));
    let title = Some(campaign.definition.title).filter(|title| !title.is_empty()).unwrap_or(name);
    let apart = campaign.definition.dimensions.contains(&Dimension::Version);
    let compared = ShowMotivators { campaign: asked.campaign.clone(), from, until, by: Dimension::Version };
    let motivators = apart.then(|| referrals.ask(compared)).transpose()?;
    Ok(Report {
        title,
        motivators: motivators.filter(|found| !found.differences.is_empty()),
        funnel: referrals.ask(ShowFunnel { campaign: slug, from, until, by })?,
        board: ranked.map(board).transpose()?,
    })
}

/// The days that are asked about: by default the last 30 of the campaign's zone.
pub(crate) fn window(
    referrals: &Referrals,
    campaign: &CampaignSlug,
    from: Option<Day>,
    until: Option<Day>,
) -> Result<(Day, Day), Failure> {
    let today = referrals.campaign(campaign)?.definition.zone.day(referrals.now());
    let until = until.unwrap_or_else(|| today.next());
    let before = |day: Day| {
        let first = day.to_chrono().checked_sub_days(Days::new(DEFAULT_DAYS));
        first.map_or(day, Day::from)
    };
    Ok((from.unwrap_or_else(|| before(until)), until))
}

/// The stages of the funnel, from the widest.
pub(crate) fn stages(stage: &Stage) -> Vec<(String, i64)> {
    let rows = [
        ("enrolled", stage.enrolled),
        ("shares", stage.shares),
        ("clicks", stage.clicks),
        ("leads", stage.leads),
        ("qualified", stage.qualified),
        ("conversions", stage.conversions),
        ("rewards", stage.rewards),
    ];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The chart of the days.
pub(crate) fn days(funnel: &Funnel) -> Result<String, Failure> {
    let places: Vec<String> = funnel.days.iter().map(|day| day.day.to_string()).collect();
    let values = |of: fn(&Stage) -> i64| funnel.days.iter().map(|day| of(&day.stage)).collect();
    let series = [
        Series { name: "clicks".to_owned(), values: values(|stage| stage.clicks) },
        Series { name: "leads".to_owned(), values: values(|stage| stage.leads) },
        Series { name: "qualified".to_owned(), values: values(|stage| stage.qualified) },
    ];
    lines("Clicks, leads and qualified referrals by day", &places, &series)
}

/// The chart of the funnel.
pub(crate) fn funnel(report: &Report) -> Result<String, Failure> {
    bars("The funnel", &stages(&report.funnel.total))
}

/// The chart of who brought most; none if nobody did.
pub(crate) fn board(report: &Report) -> Result<Option<String>, Failure> {
    let Some((metric, board)) = &report.board else { return Ok(None) };
    let places = board.places.iter();
    let rows: Vec<_> = places.map(|place| (short(&place.participant.to_string()), place.value)).collect();
    if rows.is_empty() { Ok(None) } else { bars(&format!("Leaderboard: {metric} by referrer"), &rows).map(Some) }
}

/// The end of an id tells people apart: its beginning is a time.
pub(crate) fn short(id: &str) -> String {
    let end: Vec<char> = id.chars().rev().take(8).collect();
    format!("…{}", end.into_iter().rev().collect::<String>())
}

/// A ratio in words: `3 to 1`.
fn to(ratio: Option<Ratio>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{} to {}", ratio.numerator, ratio.denominator))
}

/// A rate in words: `33.3 % (1 of 3)`.
fn rate(ratio: Option<Ratio>) -> String {
    let Some(ratio) = ratio else { return "-".to_owned() };
    let tenths = ratio.parts_per_million() / 1_000;
    format!("{}.{} % ({} of {})", tenths / 10, tenths % 10, ratio.numerator, ratio.denominator)
}

/// The end of the range in which a percentile lies, in words.
fn within(range: Option<DelayRange>) -> String {
    let Some(range) = range else { return "-".to_owned() };
    let Some(seconds) = range.until else { return "more than 7 years".to_owned() };
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let (length, name) = units.into_iter().find(|(length, _)| seconds >= 2 * length).unwrap_or((1, "seconds"));
    format!("{} {name}", (seconds + length - 1) / length)
}

/// An amount of a currency or unit.
pub(crate) fn amount(unit: &str, quantity: i64) -> String {
    match unit.parse::<Currency>() {
        Ok(currency) => Money::new(quantity, currency).to_string(),
        Err(_) => format!("{quantity} {unit}"),
    }
}

/// The rows of the totals, each a name and a text.
pub(crate) fn totals(report: &Report) -> Vec<[String; 2]> {
    let (stage, rates, ratios) = (&report.funnel.total, &report.funnel.rates, &report.funnel.ratios);
    let mut rows: Vec<[String; 2]> = stages(stage).into_iter().map(|(name, value)| [name, value.to_string()]).collect();
    let mut row = |name: &str, text: String| rows.push([name.to_owned(), text]);
    row("reverted", stage.reverted.to_string());
    row("clicks that do not count", stage.uncounted_clicks.to_string());
    row("people whose links were clicked", stage.referrers_by_click.to_string());
    row("distinct visitors ever", report.funnel.visitors_ever.to_string());
    row("of the leads, qualified now", rate(rates.conversion));
    row("of the enrolled, who shared", rate(rates.activation));
    if let Some(eligible) = report.funnel.members.eligible {
        row("customers who could refer", format!("{} since {}", eligible.customers, eligible.day));
        row("of those, who shared", rate(report.funnel.members.participation));
        row("of those, whose links were clicked", rate(report.funnel.members.participation_by_click));
    }
    row("leads to members before", to(report.funnel.members.k_factor));
    row("of the qualified, reverted now", rate(rates.reversal));
    row("of the leads, denied now", rate(rates.denial));
    row("from click to lead, half within", within(report.funnel.click_to_lead.p50));
    row("from lead to qualified, half within", within(report.funnel.lead_to_qualified.p50));
    row("from lead to qualified, 90 % within", within(report.funnel.lead_to_qualified.p90));
    row("qualified to leads", to(ratios.qualified_to_leads));
    row("visitors to new sharers", to(ratios.visitors_to_referrers));
    for (currency, minor) in &stage.revenue {
        row("net revenue", amount(currency, *minor));
    }
    for (currency, revenue) in &report.funnel.members.revenue_per_qualified {
        row("net revenue per qualified", amount(currency, revenue.numerator / revenue.denominator));
    }
    for (unit, cost) in &report.funnel.members.cost_per_qualified {
        row("granted per qualified", amount(unit, cost.numerator / cost.denominator));
    }
    for (currency, refund) in &rates.refund {
        let refunded = stage.refunded.get(currency).copied().unwrap_or_default();
        row("refunded", format!("{}, {}", amount(currency, refunded), rate(Some(*refund))));
    }
    for (unit, balances) in &report.funnel.balances {
        row("rewards granted", amount(unit, balances.change.granted));
        row("rewards handed over", amount(unit, balances.change.issued));
        row("still to be handed over", amount(unit, balances.at_end.liability));
    }
    rows
}

/// The row of a cohort.
pub(crate) fn cohort(one: &Cohort) -> [String; 3] {
    [one.lead.to_string(), one.qualified.to_string(), one.count.to_string()]
}

/// The rows of a breakdown.
pub(crate) fn breakdown(one: &Breakdown) -> [String; 6] {
    let stage = &one.stage;
    [
        one.by.to_string(),
        one.member.clone(),
        stage.clicks.to_string(),
        stage.leads.to_string(),
        stage.qualified.to_string(),
        rate(one.rates.conversion),
    ]
}

/// The head over rows of breakdowns.
pub(crate) const BREAKDOWN: [&str; 6] = ["by", "", "clicks", "leads", "qualified", "of the leads, qualified now"];

fn tables(report: &Report) -> String {
    let funnel = &report.funnel;
    let mut text = format!("{}, {} until {} ({})\n\n", report.title, funnel.from, funnel.until, funnel.zone);
    text.push_str(&table(["", "in these days"], totals(report)));
    if !funnel.breakdowns.is_empty() {
        text.push('\n');
        text.push_str(&table(BREAKDOWN, funnel.breakdowns.iter().map(breakdown)));
    }
    text
}
