//! Reads totals of a campaign by metric, unit and day.

use crate::decide::Decide;
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Dimension, Metric, Total};
use crate::store::Listing;
use crate::value::CampaignId;

const MOST_UNITS: usize = 256;
const MOST_TOTALS: usize = 200_000;
/// Stands behind a text and before every other that begins with it: units hold no control character.
const JUST_BEHIND: char = '\u{1}';

/// Which totals.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) campaign: CampaignId,
    pub(super) metric: Metric,
    pub(super) unit: String,
    pub(super) dimension: Dimension,
    /// `[from, until)`, as periods of days.
    pub(super) from: String,
    pub(super) until: String,
}

impl Asked {
    pub(super) fn listing(&self) -> Listing {
        let Self { campaign, metric, unit, dimension, from, until } = self.clone();
        Listing::Totals { campaign, metric, unit, dimension, from, until }
    }
}

/// All totals of one listing.
pub(super) fn totals(reader: &mut Reader<'_>, asked: &Asked) -> Decide<Vec<Total>> {
    reader.every(asked.listing(), MOST_TOTALS)
}

/// The currencies or units in which a metric was ever counted, in order.
pub(super) fn units(reader: &mut Reader<'_>, campaign: CampaignId, metric: Metric) -> Decide<Vec<String>> {
    let mut units: Vec<String> = Vec::new();
    loop {
        let unit = units.last().map(|last| format!("{last}{JUST_BEHIND}")).unwrap_or_default();
        let first = Listing::TotalsFrom { campaign, metric, unit }.first(1);
        let Some(total) = reader.rows::<Total>(&first)?.rows.pop() else { return Ok(units) };
        units.push(total.unit);
        if units.len() > MOST_UNITS {
            return Err(Error::command("query", "the campaign counts in too many units").into());
        }
    }
}
