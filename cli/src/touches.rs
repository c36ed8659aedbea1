//! Which share each touch has in referrals.

use std::collections::BTreeMap;

use referrals::Referrals;
use referrals::report::{PageOf, ShowTouchShares, TouchShares, WHOLE};
use serde_json::json;

use crate::arguments::Touches;
use crate::failure::Failure;
use crate::metrics;
use crate::telling::{Telling, table};

/// Adds up the shares of all pages.
pub(crate) fn run(asked: &Touches, referrals: &Referrals) -> Result<Telling, Failure> {
    let (from, until) = metrics::window(referrals, &asked.campaign, asked.from, asked.until)?;
    let mut sums: BTreeMap<Option<String>, (i64, i64)> = BTreeMap::new();
    let (mut leads, mut page) = (0_u64, PageOf { after: None, limit: 1_000 });
    loop {
        let (campaign, model, by) = (asked.campaign.clone(), asked.model, asked.by);
        let TouchShares { referrals: found, sums: of_page, next, .. } =
            referrals.ask(ShowTouchShares { campaign, from, until, model, by, page: page.clone() })?;
        leads += found.len() as u64;
        for sum in of_page {
            let (of_leads, of_qualified) = sums.entry(sum.member).or_default();
            *of_leads += sum.leads;
            *of_qualified += sum.qualified;
        }
        match next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    let rows = sums.iter().map(|(member, (leads, qualified))| {
        [member.clone().unwrap_or_else(|| "(none)".to_owned()), decimal(*leads), decimal(*qualified)]
    });
    let heading = format!("{} leads from {from} until {until}, {} shares\n", leads, asked.model);
    let text = heading + &table([asked.by.as_str(), "leads", "qualified"], rows);
    let members: Vec<_> = sums
        .iter()
        .map(|(member, (leads, qualified))| json!({ "member": member, "leads": leads, "qualified": qualified }))
        .collect();
    Telling::new(
        text,
        json!({ "from": from, "until": until, "model": asked.model, "by": asked.by, "leads": leads,
                "whole": WHOLE, "members": members }),
    )
}

/// Millionths as a number with three places, cut.
fn decimal(millionths: i64) -> String {
    let whole = i64::from(WHOLE);
    format!("{}.{:03}", millionths / whole, millionths % whole / 1_000)
}
