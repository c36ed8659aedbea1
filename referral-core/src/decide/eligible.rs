//! How many customers could refer, as the host states it.

use super::campaign;
use super::foresee;
use super::halt::Decide;
use super::hand;
use super::view::View;
use crate::command::{EligibleSet, Finding, Reason, SetEligible};
use crate::error::Error;
use crate::record::{Eligible, EligibleKey, EligibleStated, note_eligible};

/// Keeps a number for a day.
pub(super) fn set(view: &mut View<'_>, command: &SetEligible) -> Decide<EligibleSet> {
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let customers = i64::try_from(command.customers);
    let customers = customers.map_err(|_| Error::command("customers", "are more than can be counted"))?;
    let current = campaign::by_slug(view, &command.campaign)?;
    let campaign = current.id();
    let day = command.day.unwrap_or_else(|| current.compiled.model.zone.day(said.at));
    let known = view.get::<Eligible>(EligibleKey { campaign })?;
    let mut eligible = known.unwrap_or(Eligible { campaign, stated: Vec::new() });
    if !note_eligible(&mut eligible.stated, EligibleStated { day, customers, said }) {
        view.find(Finding::new(Reason::LaterCounts).in_campaign(campaign));
    }
    view.put(eligible);
    Ok(EligibleSet { campaign, day, customers: command.customers })
}

/// Foresees what it reads.
pub(super) fn foresee(view: &mut View<'_>, command: &SetEligible) {
    let campaign = foresee::campaign(view, &command.campaign);
    view.want(campaign.map(|campaign| EligibleKey { campaign }));
}
