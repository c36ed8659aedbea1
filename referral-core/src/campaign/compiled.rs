//! A campaign version that is ready to decide by, and the cache of all that were compiled.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::lint;
use super::model::{CampaignModel, LimitModel, RuleModel, Trigger};
use crate::error::{Error, Mistake, Result};
use crate::rule::condition::{Condition, ConditionText, Root};
use crate::value::{CampaignId, CampaignSlug, LimitId, RuleId, TenantId, Zone};

/// One version of a campaign with its conditions typed and compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The campaign.
    pub campaign: CampaignId,
    /// The version.
    pub version: u32,
    /// The definition.
    pub model: CampaignModel,
    /// What must hold of an event that qualifies.
    pub qualifies_when: Option<Condition>,
    /// The rules, in the order of the definition.
    pub rules: Vec<Rule>,
    /// The limits over all rules.
    pub limits: Vec<Limit>,
}

/// A rule that is ready to decide by.
#[derive(Debug)]
pub struct Rule {
    /// The definition.
    pub model: RuleModel,
    /// What must hold.
    pub when: Option<Condition>,
    /// Its own limits.
    pub limits: Vec<Limit>,
}

impl Rule {
    /// Whether it pays for several referrals together: it has groups or milestones.
    #[must_use]
    pub fn counts_members(&self) -> bool {
        self.model.every.is_some() || !self.model.milestones.is_empty()
    }
}

/// A limit with its name and zone settled.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Its name.
    pub id: LimitId,
    /// The zone of its calendar windows.
    pub zone: Zone,
    /// The definition.
    pub model: LimitModel,
}

impl Compiled {
    /// Holds a definition against all rules, types its conditions and names its limits.
    ///
    /// # Errors
    /// [`Error::InvalidCampaign`] with every mistake, each with its path.
    pub fn new(campaign: CampaignId, version: u32, model: CampaignModel) -> Result<Self> {
        model.check()?;
        Self::of_stored(campaign, version, model)
    }

    /// Compiles a definition that was accepted before, and so by an earlier version of this software perhaps: what is
    /// stored stays valid when a rule for new definitions is added.
    ///
    /// # Errors
    /// [`Error::InvalidCampaign`] with every mistake in conditions and names, each with its path.
    pub fn of_stored(campaign: CampaignId, version: u32, model: CampaignModel) -> Result<Self> {
        let mut mistakes = Vec::new();
        let fields = &model.fields;
        let mut compile = |text: Option<&ConditionText>, roots, path: &str| {
            lint::condition(text?, roots, fields, path).map_err(|found| mistakes.extend(found)).ok()
        };
        let qualification = &model.qualification;
        let roots_of_event = lint::qualification_roots(qualification.on);
        let qualifies_when = compile(qualification.when.as_ref(), roots_of_event, "qualification.when");
        let conditions = model
            .rewards
            .iter()
            .enumerate()
            .map(|(index, rule)| compile(rule.when.as_ref(), roots(rule.on), &format!("rewards[{index}].when")));
        let conditions: Vec<_> = conditions.collect();
        let rules = model.rewards.iter().zip(conditions).enumerate().map(|(index, (rule, when))| {
            let path = format!("rewards[{index}].limits");
            let limits = limits(&rule.limits, rule.id.as_str(), model.zone, &path, &mut mistakes);
            Rule { model: rule.clone(), when, limits }
        });
        let rules = rules.collect();
        let limits = limits(&model.limits, "campaign", model.zone, "limits", &mut mistakes);
        if !mistakes.is_empty() {
            return Err(Error::InvalidCampaign(mistakes));
        }
        Ok(Self { campaign, version, model, qualifies_when, rules, limits })
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.model.id == *id)
    }
}

/// What a condition of a rule with this trigger may name.
#[must_use]
pub fn roots(on: Trigger) -> &'static [Root] {
    match on {
        Trigger::Joined => Root::JOINED,
        Trigger::Shared => Root::SHARED,
        Trigger::Qualified => Root::QUALIFIED,
        Trigger::Purchase | Trigger::Renewal | Trigger::Subscription | Trigger::Custom => Root::CONVERTED,
    }
}

fn limits(models: &[LimitModel], of: &str, zone: Zone, path: &str, mistakes: &mut Vec<Mistake>) -> Vec<Limit> {
    let mut limits = Vec::new();
    for (index, model) in models.iter().enumerate() {
        match lint::limit_id(model, of, index) {
            Ok(id) => limits.push(Limit { id, zone: model.zone.unwrap_or(zone), model: model.clone() }),
            Err(error) => {
                mistakes.push(Mistake { path: format!("{path}[{index}].id"), ..Mistake::new(error.to_string()) });
            }
        }
    }
    limits
}

/// The compiled versions of all campaigns of all tenants. A version never changes, so it is kept for good.
#[derive(Default)]
pub struct Campaigns {
    names: RwLock<BTreeMap<(TenantId, CampaignSlug), CampaignId>>,
    compiled: RwLock<BTreeMap<(TenantId, CampaignId, u32), Arc<Compiled>>>,
}

impl fmt::Debug for Campaigns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Campaigns(..)")
    }
}

impl Campaigns {
    /// The campaign with this name, if it was seen before. A name never moves to another campaign.
    #[must_use]
    pub fn named(&self, tenant: &TenantId, slug: &CampaignSlug) -> Option<CampaignId> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(&(tenant.clone(), slug.clone())).copied()
    }

    /// Keeps the campaign with a name that is stored.
    pub fn keep_name(&self, tenant: &TenantId, slug: &CampaignSlug, campaign: CampaignId) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        names.insert((tenant.clone(), slug.clone()), campaign);
    }

    /// The compiled version, if it was compiled before.
    #[must_use]
    pub fn get(&self, tenant: &TenantId, campaign: CampaignId, version: u32) -> Option<Arc<Compiled>> {
        let compiled = self.compiled.read().unwrap_or_else(PoisonError::into_inner);
        compiled.get(&(tenant.clone(), campaign, version)).cloned()
    }

    /// The newest version of a campaign that was compiled before. It may be older than the current one.
    #[must_use]
    pub fn newest(&self, tenant: &TenantId, campaign: CampaignId) -> Option<Arc<Compiled>> {
        let compiled = self.compiled.read().unwrap_or_else(PoisonError::into_inner);
        let versions = (tenant.clone(), campaign, 0)..=(tenant.clone(), campaign, u32::MAX);
        compiled.range(versions).next_back().map(|(_, newest)| Arc::clone(newest))
    }

    /// The campaigns of a tenant that were compiled before, if they are at most `most`; else none.
    #[must_use]
    pub fn few(&self, tenant: &TenantId, most: usize) -> Vec<CampaignId> {
        let compiled = self.compiled.read().unwrap_or_else(PoisonError::into_inner);
        let all = (tenant.clone(), CampaignId(0), 0)..=(tenant.clone(), CampaignId(u32::MAX), u32::MAX);
        let mut found: Vec<CampaignId> = Vec::new();
        for (_, campaign, _) in compiled.range(all).map(|(key, _)| key) {
            if found.last() != Some(campaign) {
                found.push(*campaign);
            }
            if found.len() > most {
                return Vec::new();
            }
        }
        found
    }

    /// Keeps a compiled version that is stored.
    pub fn keep(&self, tenant: &TenantId, new: Compiled) -> Arc<Compiled> {
        let key = (tenant.clone(), new.campaign, new.version);
        let mut compiled = self.compiled.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(compiled.entry(key).or_insert_with(|| Arc::new(new)))
    }
}
