//! Grants what was refused, for a list by reason and time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Engine;
use super::step::{Operation, Reply, Step};
use super::sweep::{Sweep, Sweeper};
use crate::command::{AnyCommand, GrantReward, Outcome, Reason, Receipt};
use crate::error::Result;
use crate::record::{Record, RecordKind};
use crate::store::Listing;
use crate::value::{CampaignId, Entropy, TenantId, Timestamp};

/// Which refused rewards are granted, and by whose word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedList {
    /// The campaign.
    pub campaign: CampaignId,
    /// Why they were refused.
    pub because: Reason,
    /// The first time of granting or first refusal; by default the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The first time behind the last; by default no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether limits are passed over.
    #[serde(default)]
    pub beyond_limits: bool,
    /// Who does it, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why, in a few words without personal data.
    pub reason: String,
}

/// What granting a list did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedGranted {
    /// How many rewards were granted what was refused of them.
    pub granted: u64,
    /// How many were declined, because limits have no room, or because they changed since they were listed.
    pub declined: u64,
    /// How many failed, with the first failure's message.
    pub failed: u64,
    /// The first failure.
    pub first_failure: Option<String>,
}

/// Lists refused rewards, page by page, and executes a guarded command for each: the listing only proposes.
///
/// A run that ended early is run again: what was granted is not listed any more.
#[derive(Debug)]
pub struct GrantRefused {
    sweep: Sweep,
    granting: Granting,
}

#[derive(Debug)]
struct Granting {
    list: RefusedList,
    done: RefusedGranted,
}

impl Sweeper for Granting {
    fn command(&self, record: Record) -> Option<AnyCommand> {
        let Record::Reward(reward) = record else { return None };
        let RefusedList { beyond_limits, actor, reason, .. } = self.list.clone();
        Some(GrantReward { reward: reward.key(), beyond_limits, actor, reason }.into())
    }

    fn count(&mut self, result: &Result<Receipt>) {
        match result {
            Ok(Receipt { outcome: Outcome::Accepted(_), .. }) => self.done.granted += 1,
            Ok(Receipt { outcome: Outcome::Declined(_), .. }) => self.done.declined += 1,
            Err(error) => {
                self.done.failed += 1;
                self.done.first_failure.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

impl GrantRefused {
    pub(super) fn new(
        engine: Arc<Engine>,
        tenant: TenantId,
        list: RefusedList,
        now: Timestamp,
        entropy: Entropy,
    ) -> Self {
        let RefusedList { campaign, because, from, until, .. } = list.clone();
        let because = because.as_str().to_owned();
        let listing = Listing::RewardsRefused { campaign, because, from, until };
        let granting = Granting { list, done: RefusedGranted::default() };
        Self { sweep: Sweep::new(engine, tenant, listing, now, entropy), granting }
    }
}

impl Operation for GrantRefused {
    type Output = RefusedGranted;

    fn tenant(&self) -> &TenantId {
        &self.sweep.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<RefusedGranted>> {
        Ok(self.sweep.next(reply, &mut self.granting)?.map(|()| self.granting.done.clone()))
    }
}
