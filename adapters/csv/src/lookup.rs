//! What must be known before a row can be done: how far a referral is, where a reward stands.
//!
//! Only reads. What it finds is a proposal: the command that follows is decided, and guarded, by the engine.

use referral_core::decide::{Decide, Halt};
use referrals::Error;
use referrals::command::Who;
use referrals::engine::{Question, Reader};
use referrals::link::AnyCode;
use referrals::record::{
    CampaignName, CampaignNameKey, Code, CodeKey, Progress, Referral, ReferralKey, Reward, RewardKey,
};
use referrals::value::{CampaignId, CampaignSlug, ParticipantId};

use crate::draft::{Invitee, Owed};

/// What is asked about one row.
#[derive(Clone, Debug)]
pub(crate) enum Sought {
    Referral(Invitee),
    Reward(Owed),
}

/// What is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nobody, no code, no referral or no reward of that name.
    Nothing(&'static str),
    /// A referral.
    Referral { invitee: ParticipantId, progress: Progress },
    /// A reward.
    Reward(Box<Reward>),
}

/// Asks about many rows of one campaign together.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    pub(crate) campaign: CampaignSlug,
    pub(crate) sought: Vec<Sought>,
}

impl Question for Lookup {
    const NAME: &'static str = "upload_lookup";
    type Answer = Vec<Found>;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Vec<Found>> {
        let campaign = number_of(reader, &self.campaign)?;
        let mut found = Vec::with_capacity(self.sought.len());
        let mut missing = false;
        // Every row is asked about before the attempt ends, so that all of them are loaded together.
        for sought in &self.sought {
            match one(reader, campaign, sought) {
                Ok(one) => found.push(one),
                Err(Halt::Missing) => missing = true,
                Err(halt) => return Err(halt),
            }
        }
        if missing { Err(Halt::Missing) } else { Ok(found) }
    }
}

/// Asks whether a campaign exists, before the first row.
#[derive(Clone, Debug)]
pub(crate) struct Exists(pub(crate) CampaignSlug);

impl Question for Exists {
    const NAME: &'static str = "upload_exists";
    type Answer = CampaignId;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<CampaignId> {
        number_of(reader, &self.0)
    }
}

fn number_of(reader: &mut Reader<'_>, slug: &CampaignSlug) -> Decide<CampaignId> {
    let name = reader.peek::<CampaignName>(CampaignNameKey { slug: slug.clone() })?;
    let unknown = || Error::NotFound { what: "campaign", name: slug.to_string() };
    name.map(|name| name.campaign).ok_or_else(|| unknown().into())
}

fn one(reader: &mut Reader<'_>, campaign: CampaignId, sought: &Sought) -> Decide<Found> {
    match sought {
        Sought::Referral(invitee) => {
            let participant = match invitee {
                Invitee::Who(who) => known(reader, who)?,
                Invitee::Code(code) => owner(reader, campaign, code)?,
            };
            let Some(invitee) = participant else { return Ok(Found::Nothing("participant_unknown")) };
            let referral = reader.peek::<Referral>(ReferralKey { campaign, invitee })?;
            Ok(referral.map_or(Found::Nothing("no_referral"), |referral| Found::Referral {
                invitee,
                progress: referral.progress,
            }))
        }
        Sought::Reward(owed) => {
            let key = match owed {
                Owed::Key(key) => key.clone(),
                Owed::Of(rule, who, cause) => {
                    let Some(participant) = known(reader, who)? else {
                        return Ok(Found::Nothing("participant_unknown"));
                    };
                    RewardKey { campaign, rule: rule.clone(), participant, cause: cause.clone() }
                }
            };
            let reward = reader.peek::<Reward>(key)?;
            Ok(reward.map_or(Found::Nothing("reward_unknown"), |reward| Found::Reward(Box::new(reward))))
        }
    }
}

fn known(reader: &mut Reader<'_>, who: &Who) -> Decide<Option<ParticipantId>> {
    match reader.participant(who) {
        Ok(participant) => Ok(Some(participant.participant)),
        Err(Halt::Failed(Error::NotFound { .. })) => Ok(None),
        Err(halt) => Err(halt),
    }
}

fn owner(reader: &mut Reader<'_>, campaign: CampaignId, code: &str) -> Decide<Option<ParticipantId>> {
    let Ok(code) = code.parse::<AnyCode>() else { return Ok(None) };
    let code = reader.peek::<Code>(CodeKey { campaign, code: code.key().as_str().to_owned() })?;
    Ok(code.map(|code| code.participant))
}
