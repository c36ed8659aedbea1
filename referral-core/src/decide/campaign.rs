//! Campaigns: defining versions, stopping them, and finding the one that a command names.

use std::sync::Arc;

use super::halt::{Decide, Halt};
use super::hand;
use super::handled::RECEIPT_DAYS;
use super::view::View;
use crate::campaign::{CampaignModel, Compiled};
use crate::command::{CampaignDefined, CampaignStateSet, DefineCampaign, Reason, SetCampaignState};
use crate::error::{Error, StoreError};
use crate::quote::retold;
use crate::record::{
    Campaign, CampaignKey, CampaignName, CampaignNameKey, CampaignState, CampaignVersion, CampaignVersionKey, Document,
    Retention, Settings, SettingsKey,
};
use crate::value::{CampaignId, CampaignSlug, Timestamp};

/// A campaign as commands meet it: its record, and its current version.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    /// The record.
    pub(crate) record: Campaign,
    /// The current version.
    pub(crate) compiled: Arc<Compiled>,
}

impl Current {
    /// The campaign.
    pub(crate) fn id(&self) -> CampaignId {
        self.record.campaign
    }

    /// Whether it takes new leads at `now`.
    pub(crate) fn is_running(&self, now: Timestamp) -> bool {
        self.record.state != CampaignState::Paused && self.has_begun(now)
    }

    /// Whether it has begun at `now` and has not ended. It may be paused: then facts are recorded, and what they owe is refused.
    pub(super) fn has_begun(&self, now: Timestamp) -> bool {
        self.compiled.model.starts.is_none_or(|starts| starts <= now) && !self.is_over(now)
    }

    /// Whether it had ended at `now`, by date or by hand.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        let by_hand = self.record.state == CampaignState::Ended && self.record.changed_at <= now;
        by_hand || self.compiled.model.ends.is_some_and(|ends| ends <= now)
    }
}

/// The campaign with this name.
pub(crate) fn by_slug(view: &mut View<'_>, slug: &CampaignSlug) -> Decide<Current> {
    let found = match view.campaigns().named(view.tenant(), slug) {
        Some(campaign) => Some(campaign),
        None => view.peek::<CampaignName>(CampaignNameKey { slug: slug.clone() })?.map(|name| name.campaign),
    };
    let campaign = found.ok_or_else(|| Error::not_found("campaign", slug))?;
    by_id(view, campaign)?.ok_or_else(|| Error::not_found("campaign", slug).into())
}

/// The campaign with this number.
pub(super) fn by_id(view: &mut View<'_>, campaign: CampaignId) -> Decide<Option<Current>> {
    let Some(record) = view.get::<Campaign>(CampaignKey { campaign })? else { return Ok(None) };
    let compiled = version(view, campaign, record.version)?;
    view.campaigns().keep_name(view.tenant(), &record.slug, campaign);
    Ok(Some(Current { record, compiled }))
}

/// The campaign with this number, which other records say exists.
pub(crate) fn existing(view: &mut View<'_>, campaign: CampaignId) -> Decide<Current> {
    let missing = || StoreError::Corrupt("a campaign that is referred to is missing".to_owned());
    by_id(view, campaign)?.ok_or_else(|| missing().into())
}

/// One version of a campaign, compiled.
pub(crate) fn version(view: &mut View<'_>, campaign: CampaignId, version: u32) -> Decide<Arc<Compiled>> {
    if let Some(compiled) = view.campaigns().get(view.tenant(), campaign, version) {
        return Ok(compiled);
    }
    let stored = view.expect::<CampaignVersion>(CampaignVersionKey { campaign, version })?;
    let corrupt = |problem: String| Halt::from(StoreError::Corrupt(format!("campaign_version: {problem}")));
    let model: CampaignModel =
        serde_json::from_value(stored.definition.0).map_err(|problem| corrupt(retold(&problem.to_string())))?;
    // What was written by an earlier command of the same operation is not durable yet and must not be cached.
    let compiled =
        Compiled::of_stored(campaign, version, model).map_err(|problem| corrupt(retold(&problem.to_string())))?;
    if view.is_stored(&CampaignVersionKey { campaign, version }.into()) {
        return Ok(view.campaigns().keep(view.tenant(), compiled));
    }
    Ok(Arc::new(compiled))
}

/// The version that was current at `at`. Before the first version it is the first.
pub(super) fn version_at(view: &mut View<'_>, current: &Current, at: Timestamp) -> Decide<Arc<Compiled>> {
    let campaign = current.id();
    let mut number = current.record.version;
    // What happens now happens under the current version: no earlier one needs to be read.
    while number > 1 && at < view.received_at() {
        let stored = view.peek::<CampaignVersion>(CampaignVersionKey { campaign, version: number })?;
        if stored.is_none_or(|stored| stored.defined_at <= at) {
            break;
        }
        number -= 1;
    }
    version(view, campaign, number)
}

/// Defines a campaign, or adds a version to it.
pub(super) fn define(view: &mut View<'_>, command: &DefineCampaign) -> Decide<CampaignDefined> {
    let model = &command.definition;
    let name = CampaignNameKey { slug: model.name.clone() };
    view.need([name.clone().into(), SettingsKey {}.into()])?;
    let Some(known) = view.peek::<CampaignName>(name)? else { return define_first(view, model) };
    let campaign = known.campaign;
    let mut record = view.expect::<Campaign>(CampaignKey { campaign })?;
    let current = version(view, campaign, record.version)?;
    if current.model == *model {
        return Ok(CampaignDefined { campaign, version: record.version, changed: false });
    }
    if current.model.zone != model.zone {
        return Err(Error::command("definition.zone", "the zone of a campaign is fixed by its first version").into());
    }
    if current.model.dimensions != model.dimensions {
        let problem = "the dimensions of a campaign are fixed by its first version";
        return Err(Error::command("definition.dimensions", problem).into());
    }
    if current.model.leaderboard != model.leaderboard {
        let problem = "what a campaign ranks by is fixed by its first version";
        return Err(Error::command("definition.leaderboard", problem).into());
    }
    record.version += 1;
    record.changed_at = view.now();
    let number = record.version;
    view.put(record);
    put_version(view, campaign, number, model)?;
    Ok(CampaignDefined { campaign, version: number, changed: true })
}

fn define_first(view: &mut View<'_>, model: &CampaignModel) -> Decide<CampaignDefined> {
    let mut settings = settings(view)?;
    let campaign = CampaignId(settings.next_campaign);
    settings.next_campaign += 1;
    view.put(settings);
    view.put(CampaignName { slug: model.name.clone(), campaign });
    let (slug, changed_at) = (model.name.clone(), view.now());
    view.put(Campaign { campaign, slug, version: 1, state: CampaignState::Active, said: None, changed_at });
    put_version(view, campaign, 1, model)?;
    Ok(CampaignDefined { campaign, version: 1, changed: true })
}

fn put_version(view: &mut View<'_>, campaign: CampaignId, version: u32, model: &CampaignModel) -> Decide<()> {
    Compiled::new(campaign, version, model.clone())?;
    let definition =
        serde_json::to_value(model).map_err(|problem| Error::command("definition", problem.to_string()))?;
    view.put(CampaignVersion { campaign, version, definition: Document(definition), defined_at: view.now() });
    Ok(())
}

/// The tenant's settings, or what holds where it set nothing.
pub(super) fn settings(view: &mut View<'_>) -> Decide<Settings> {
    Ok(view.get::<Settings>(SettingsKey {})?.unwrap_or_else(|| Settings {
        next_campaign: 1,
        subscriptions: Vec::new(),
        receipt_days: RECEIPT_DAYS,
        retention: Retention::default(),
        key_checks: Document::default(),
    }))
}

/// Pauses, resumes or ends a campaign.
pub(super) fn set_state(view: &mut View<'_>, command: &SetCampaignState) -> Decide<CampaignStateSet> {
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let Current { mut record, .. } = by_slug(view, &command.campaign)?;
    if record.state == CampaignState::Ended && command.state != CampaignState::Ended {
        return Err(Halt::Declined(Reason::CampaignNotRunning));
    }
    let campaign = record.campaign;
    record.state = command.state;
    record.said = Some(said);
    record.changed_at = view.now();
    view.put(record);
    Ok(CampaignStateSet { campaign, state: command.state })
}
