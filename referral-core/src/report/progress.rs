//! What a referrer has towards `every` and milestones, and what is missing for the next reward.

use serde::{Deserialize, Serialize};

use crate::campaign::{Compiled, RuleModel};
use crate::decide::Decide;
use crate::engine::Reader;
use crate::record::{Cause, Key, Reward, RewardKey, RewardState, Tally, TallyKey};
use crate::value::{CampaignId, ParticipantId, RuleId};

/// Progress towards the rewards of one rule of the campaign's current version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleProgress {
    /// The rule.
    pub rule: RuleId,
    /// How many qualified referrals count now: towards the open group, or towards the levels.
    pub have: i64,
    /// How many are missing for the next reward; none if every level is reached.
    pub missing: Option<i64>,
    /// The levels of a milestone rule, in order; empty for `every`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelProgress>,
}

/// One level of a milestone rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelProgress {
    /// The number of qualified referrals.
    pub at: u32,
    /// How many are missing; 0 once it is reached.
    pub missing: i64,
    /// Where its reward stands, if it was ever granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<RewardState>,
}

/// Progress under each rule that counts qualified referrals.
pub(crate) fn of(
    reader: &mut Reader<'_>,
    current: &Compiled,
    campaign: CampaignId,
    participant: ParticipantId,
) -> Decide<Vec<RuleProgress>> {
    let counts = |rule: &&RuleModel| rule.every.is_some() || !rule.milestones.is_empty();
    let rules: Vec<&RuleModel> = current.rules.iter().map(|rule| &rule.model).filter(counts).collect();
    let tally_key = |rule: &RuleModel| TallyKey { campaign, rule: rule.id.clone(), participant };
    let level_key =
        |rule: &RuleModel, at| RewardKey { campaign, rule: rule.id.clone(), participant, cause: Cause::Level(at) };
    reader.need(rules.iter().flat_map(|rule| {
        let levels = rule.milestones.iter().map(|level| Key::from(level_key(rule, level.at)));
        std::iter::once(Key::from(tally_key(rule))).chain(levels)
    }))?;
    let mut progress = Vec::with_capacity(rules.len());
    for rule in rules {
        let tally = reader.peek::<Tally>(tally_key(rule))?;
        let mut levels = Vec::new();
        let qualified = tally.as_ref().map_or(0, |tally| tally.qualified);
        for level in &rule.milestones {
            let missing = i64::from(level.at).saturating_sub(qualified).max(0);
            let reward = reader.peek::<Reward>(level_key(rule, level.at))?.map(|reward| reward.state);
            levels.push(LevelProgress { at: level.at, missing, reward });
        }
        let open = tally.map_or(0, |tally| i64::try_from(tally.open.len()).unwrap_or(i64::MAX));
        let (have, missing) = match rule.every {
            Some(every) => (open, Some(i64::from(every).saturating_sub(open))),
            None => (qualified, levels.iter().map(|level| level.missing).find(|missing| *missing > 0)),
        };
        progress.push(RuleProgress { rule: rule.id.clone(), have, missing, levels });
    }
    Ok(progress)
}
