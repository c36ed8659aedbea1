//! What must be known before a row can be done: how far a referral is, where a reward stands.
//!
//! Only reads. What it finds is a proposal: the command that follows is decided, and guarded, by the engine.

use referral_core::decide::{Decide, Halt};
use referrals::Error;
use referrals::command::Who;
use referrals::engine::{Question, Reader};
use referrals::link::AnyCode;
use referrals::record::{
    CampaignName, CampaignNameKey, Cause, Code, CodeKey, Conversion, ConversionKey, Referral, Reward, RewardKey,
};
use referrals::report::ShowReferral;
use referrals::value::{CampaignId, CampaignSlug, ParticipantId, RuleId, Timestamp};

use crate::draft::{Invitee, Owed};

/// What is asked about one row.
#[derive(Clone, Debug)]
pub(crate) enum Sought {
    /// All leads of a person.
    Leads(Who),
    /// The referral of an invitee: the latest that there was at a time.
    Referral(Invitee, Option<Timestamp>),
    Reward(Owed),
    Conversion(ConversionKey),
}

/// What is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nobody, no code, no referral or no reward of that name.
    Nothing(&'static str),
    /// The leads of a person, by number.
    Leads(Vec<Referral>),
    /// A referral.
    Referral(Box<Referral>),
    /// A reward.
    Reward(Box<Reward>),
    /// An order, under its first id, with what is known of it; nothing may be.
    Conversion(ConversionKey, Option<Box<Conversion>>),
}

/// Asks about many rows together.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    /// The campaign of referrals and rewards.
    pub(crate) campaign: Option<CampaignSlug>,
    pub(crate) sought: Vec<Sought>,
}

impl Question for Lookup {
    const NAME: &'static str = "upload_lookup";
    type Answer = Vec<Found>;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Vec<Found>> {
        let campaign = match &self.campaign {
            Some(slug) => Some((slug, number_of(reader, slug)?)),
            None => None,
        };
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

fn one(reader: &mut Reader<'_>, campaign: Option<(&CampaignSlug, CampaignId)>, sought: &Sought) -> Decide<Found> {
    match (sought, campaign) {
        (Sought::Conversion(order), _) => {
            let main = reader.first_id(order)?;
            let conversion = reader.peek::<Conversion>(main.clone())?;
            Ok(Found::Conversion(main, conversion.map(Box::new)))
        }
        (Sought::Leads(who), Some((_, campaign))) => match known(reader, who)? {
            Some(invitee) => Ok(Found::Leads(reader.leads(campaign, invitee)?)),
            None => Ok(Found::Leads(Vec::new())),
        },
        (Sought::Referral(invitee, at), Some((_, campaign))) => {
            let participant = match invitee {
                Invitee::Who(who) => known(reader, who)?,
                Invitee::Code(code) => owner(reader, campaign, code)?,
            };
            let Some(invitee) = participant else { return Ok(Found::Nothing("participant_unknown")) };
            let referral = reader.lead_at(campaign, invitee, at.unwrap_or(Timestamp::LAST))?;
            Ok(referral.map_or(Found::Nothing("no_referral"), |referral| Found::Referral(Box::new(referral))))
        }
        (Sought::Reward(owed), Some(campaign)) => reward(reader, campaign, owed),
        (Sought::Leads(_) | Sought::Referral(..) | Sought::Reward(_), None) => Ok(Found::Nothing("campaign")),
    }
}

fn reward(reader: &mut Reader<'_>, campaign: (&CampaignSlug, CampaignId), owed: &Owed) -> Decide<Found> {
    let key = match owed {
        Owed::Key(key) => key.clone(),
        Owed::Of(rule, who, cause) => {
            let Some(participant) = known(reader, who)? else { return Ok(Found::Nothing("participant_unknown")) };
            RewardKey { campaign: campaign.1, rule: rule.clone(), participant, cause: cause.clone() }
        }
        Owed::ByOrder(rule, who, order) => {
            let Some(participant) = known(reader, who)? else { return Ok(Found::Nothing("participant_unknown")) };
            match by_order(reader, campaign, (rule, participant), order)? {
                Ok(key) => key,
                Err(reason) => return Ok(Found::Nothing(reason)),
            }
        }
    };
    let reward = reader.peek::<Reward>(key)?;
    Ok(reward.map_or(Found::Nothing("reward_unknown"), |reward| Found::Reward(Box::new(reward))))
}

/// The key of the reward of a person under a rule that rests on an order: whether the order is its cause, or what qualified
/// the referral, or holds the place that the rule pays.
fn by_order(
    reader: &mut Reader<'_>,
    (slug, campaign): (&CampaignSlug, CampaignId),
    (rule, participant): (&RuleId, ParticipantId),
    order: &ConversionKey,
) -> Decide<Result<RewardKey, &'static str>> {
    let order = reader.first_id(order)?;
    let Some(conversion) = reader.peek::<Conversion>(order.clone())? else { return Ok(Err("conversion_unknown")) };
    let Some(invitee) = conversion.participant else { return Ok(Err("reward_unknown")) };
    let leads = reader.leads(campaign, invitee)?;
    if leads.is_empty() {
        return Ok(Err("no_referral"));
    }
    let lead = leads.iter().find(|lead| lead.orders.iter().any(|known| known.is(&order))).map(|lead| lead.lead);
    let shown = ShowReferral { campaign: slug.clone(), invitee: Who::Id(invitee), lead }.read(reader)?;
    let cause = Cause::Event(order.source.clone(), order.event.clone());
    let rests = |key: &RewardKey, base: Option<&ConversionKey>| key.cause == cause || base == Some(&order);
    let is_meant = |key: &RewardKey| key.rule == *rule && key.participant == participant;
    let found = shown.rewards.into_iter().find(|one| is_meant(&one.reward) && rests(&one.reward, one.base.as_ref()));
    Ok(found.map(|one| one.reward).ok_or("reward_unknown"))
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
