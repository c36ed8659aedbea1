//! Campaigns as they are defined.

use serde::{Deserialize, Serialize};

use super::question::{ListCampaigns, ShowCampaign};
use crate::campaign::CampaignModel;
use crate::decide::Decide;
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Campaign, CampaignState, CampaignVersion, CampaignVersionKey, Kind, Said};
use crate::store::{Cursor, Listing};
use crate::value::{CampaignId, CampaignSlug, Timestamp};

/// A campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignReport {
    /// Its number.
    pub campaign: CampaignId,
    /// Its name.
    pub name: CampaignSlug,
    /// The current version.
    pub version: u32,
    /// Whether it was stopped by hand.
    pub state: CampaignState,
    /// Who last stopped it or let it go on, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Whether it takes new leads now, by its state and its dates.
    pub running: bool,
    /// The definition of the version that was asked for.
    pub definition: CampaignModel,
}

/// A page of campaigns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignPage {
    /// The campaigns, each with its current definition.
    pub campaigns: Vec<CampaignReport>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

pub(super) fn list(reader: &mut Reader<'_>, asked: &ListCampaigns) -> Decide<CampaignPage> {
    let page = reader.rows::<Campaign>(&asked.page.of(Listing::All(Kind::Campaign)))?;
    let key = |one: &Campaign| CampaignVersionKey { campaign: one.campaign, version: one.version }.into();
    reader.need(page.rows.iter().map(key))?;
    let campaigns = page.rows.into_iter().map(|one| report(reader, one.campaign, None)).collect::<Decide<_>>()?;
    Ok(CampaignPage { campaigns, next: page.next })
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowCampaign) -> Decide<CampaignReport> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    report(reader, campaign, asked.version)
}

fn report(reader: &mut Reader<'_>, campaign: CampaignId, version: Option<u32>) -> Decide<CampaignReport> {
    let current = reader.campaign_of(campaign)?;
    let running = current.is_running(reader.now());
    let Campaign { slug: name, version: now, state, said, changed_at, .. } = current.record;
    let definition = match version {
        Some(version) if version != now => {
            let missing = || Error::not_found("version", format!("{name}/{version}"));
            reader.peek::<CampaignVersion>(CampaignVersionKey { campaign, version })?.ok_or_else(missing)?;
            reader.version(campaign, version)?.model.clone()
        }
        _ => current.compiled.model.clone(),
    };
    Ok(CampaignReport { campaign, name, version: now, state, said, changed_at, running, definition })
}
