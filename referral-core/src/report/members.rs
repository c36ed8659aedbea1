//! What compares a window with the people who are there: customers who could refer, members, qualified referrals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::numbers::{Window, numbers};
use super::ratio::Ratio;
use super::stage::Stage;
use crate::decide::{Decide, day_period};
use crate::engine::Reader;
use crate::record::{Eligible, EligibleKey, EligibleStated, Metric, PeriodSums};
use crate::value::Day;

/// What compares a window with the people who are there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// How many customers could refer at the window's end, as the host stated it last before.
    pub eligible: Option<EligibleCustomers>,
    /// Of the eligible customers, how many had shared by the window's end: the participation rate. There is none until the host
    /// states how many are eligible.
    pub participation: Option<Ratio>,
    /// Of the eligible customers, how many had a counted click on one of their links or codes by the window's end.
    pub participation_by_click: Option<Ratio>,
    /// `leads ÷ enrolled before the window`: how many people each member of the program brought in the window. It may be above 1.
    pub k_factor: Option<Ratio>,
    /// Net revenue of the window by currency, less refunds, per referral that qualified in it. It may be below 0.
    pub revenue_per_qualified: BTreeMap<String, Ratio>,
    /// What was granted in the window by currency or unit, less what was cancelled or reversed, per referral that qualified in it. It may be
    /// below 0.
    pub cost_per_qualified: BTreeMap<String, Ratio>,
}

/// How many customers could refer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EligibleCustomers {
    /// From which day on.
    pub day: Day,
    /// How many.
    pub customers: i64,
}

/// What compares a window. `stored` are the rows of all days up to its end.
pub(super) fn of(
    reader: &mut Reader<'_>,
    window: &Window,
    stored: &[PeriodSums],
    (total, granted): (&Stage, &BTreeMap<String, i64>),
) -> Decide<Members> {
    let eligible = eligible(reader, window)?;
    let of_eligible =
        |metric| eligible.and_then(|eligible| Ratio::rate(sum_of(stored.iter(), metric), eligible.customers));
    let first = day_period(window.from);
    let before = sum_of(stored.iter().filter(|row| row.period < first), Metric::Enrolled);
    let per_qualified = |amounts: &BTreeMap<String, i64>| {
        // More may be taken back in a window than was granted in it, so these may be below 0.
        let per = |(unit, amount): (&String, &i64)| {
            (unit.clone(), Ratio { numerator: *amount, denominator: total.qualified })
        };
        let known = amounts.iter().filter(|(_, amount)| **amount != 0 && total.qualified > 0);
        known.map(per).collect()
    };
    Ok(Members {
        eligible,
        participation: of_eligible(Metric::Referrers),
        participation_by_click: of_eligible(Metric::ReferrersByClick),
        k_factor: Ratio::of(total.leads, before),
        revenue_per_qualified: per_qualified(&total.revenue),
        cost_per_qualified: per_qualified(granted),
    })
}

/// The sum of a count over rows.
fn sum_of<'r>(rows: impl Iterator<Item = &'r PeriodSums>, metric: Metric) -> i64 {
    let of_metric = rows.flat_map(numbers).filter(|counted| counted.metric == metric);
    of_metric.fold(0, |sum, counted| sum.saturating_add(counted.value))
}

/// How many customers could refer at the end of a window.
fn eligible(reader: &mut Reader<'_>, window: &Window) -> Decide<Option<EligibleCustomers>> {
    let known = reader.peek::<Eligible>(EligibleKey { campaign: window.campaign })?;
    let stated = known.map(|known| known.stated).unwrap_or_default();
    let last = stated.into_iter().rfind(|stated| stated.day < window.until);
    Ok(last.map(|EligibleStated { day, customers, .. }| EligibleCustomers { day, customers }))
}
