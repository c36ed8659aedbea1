//! Reads what is counted of a campaign, day by day.

use crate::decide::{Decide, day_period};
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Metric, PartSums, PeriodSums, of_sum_name};
use crate::store::Listing;
use crate::value::{CampaignId, Day};

/// The longest window, in days.
const MOST_DAYS: i64 = 1_100;
/// More days than a campaign has.
const MOST_ROWS: usize = 100_000;
/// Stands before the period of every day.
const FIRST_DAY: &str = "d";

/// The window and the campaign that are asked about: `[from, until)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) campaign: CampaignId,
    pub(super) from: Day,
    pub(super) until: Day,
}

impl Window {
    /// Checks that it is a window that can be read at once.
    pub(super) fn check(&self) -> Result<(), Error> {
        let length = self.until.to_chrono().signed_duration_since(self.from.to_chrono()).num_days();
        if (1..=MOST_DAYS).contains(&length) {
            return Ok(());
        }
        Err(Error::command("until", "is 1 to 1,100 days after `from`"))
    }

    /// All days up to the window's end, so that balances can be added up.
    pub(super) fn all_days(&self) -> Listing {
        let (campaign, from, until) = (self.campaign, FIRST_DAY.to_owned(), day_period(self.until));
        Listing::PeriodSums { campaign, from, until }
    }

    /// The window by dimension.
    pub(super) fn parts(&self) -> Listing {
        let (campaign, from, until) = (self.campaign, day_period(self.from), day_period(self.until));
        Listing::PartSums { campaign, from, until }
    }

    pub(super) fn days(&self) -> impl Iterator<Item = Day> + use<> {
        let until = self.until;
        std::iter::successors(Some(self.from), |day| Some(day.next())).take_while(move |day| *day < until)
    }

    /// Whether the window is one whole calendar month.
    pub(super) fn is_a_month(&self) -> bool {
        let next = self.until.month();
        let first = |day: Day| day.to_string().ends_with("-01");
        let last = self.days().last().map(Day::month);
        first(self.from) && first(self.until) && last == Some(self.from.month()) && next != self.from.month()
    }
}

/// All days that have numbers up to the end of a window, in order.
pub(super) fn all_days(reader: &mut Reader<'_>, window: &Window) -> Decide<Vec<PeriodSums>> {
    reader.every(window.all_days(), MOST_ROWS)
}

/// The days of a window that have numbers by dimension, in order.
pub(super) fn parts(reader: &mut Reader<'_>, window: &Window) -> Decide<Vec<PartSums>> {
    reader.every(window.parts(), MOST_ROWS)
}

/// One number, of what it is the number and in which unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    pub(super) metric: Metric,
    pub(super) unit: &'a str,
    pub(super) value: i64,
}

/// The numbers of a row.
pub(super) fn numbers(row: &PeriodSums) -> impl Iterator<Item = Counted<'_>> {
    row.sums.iter().filter_map(|(name, value)| {
        let (metric, unit) = of_sum_name(name)?;
        Some(Counted { metric, unit, value: *value })
    })
}
