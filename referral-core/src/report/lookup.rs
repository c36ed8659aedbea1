//! "Check my referrals": what the page of a lookup's token says before it is used, and what it shows afterwards.
//!
//! Shown to the person alone. Of other people it holds the initials of the name that the host told, and nothing else: no
//! id, no email, no host id. What moderation says, and why a reward was taken back, is the host's to tell.

use serde::{Deserialize, Serialize};

use super::of_ids;
use super::participant::{self, EnrolmentReport};
use super::progress::{self, RuleProgress};
use super::question::{ShowLookup, ShowMyReferrals};
use crate::command::Reason;
use crate::decide::{Decide, first_lead, lookup_closed};
use crate::engine::{Reader, Rows};
use crate::error::StoreError;
use crate::link::LookupToken;
use crate::record::{
    Campaign, CampaignKey, Key, Lookup, LookupKey, Participant, ParticipantKey, ParticipantState, PersonKey, Private,
    Progress, Referral, Reward, RewardState, Role, text_enum,
};
use crate::store::{Cursor, Listing};
use crate::value::{Amount, CampaignSlug, ParticipantId, RuleId, Timestamp};

/// So many initials stand for a name.
const MOST_INITIALS: usize = 3;

text_enum! {
    /// What the token of a lookup is good for.
    LookupState {
        /// `open_lookup` will open it.
        Ready = "ready",
        /// It was used before.
        Used = "used",
        /// Its 15 minutes are over.
        Expired = "expired",
        /// No lookup has it.
        Unknown = "unknown",
    }
}

/// What the page of a token says before the token is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupReport {
    /// What the token is good for.
    pub state: LookupState,
    /// The campaign on whose page it was asked, if the token is or was good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignSlug>,
    /// Until when the token is or was good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What a person is shown of their own referrals in a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyReferrals {
    /// The campaign.
    pub campaign: CampaignSlug,
    /// The person's own name, if the host told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private>,
    /// For a referrer: links, codes, shares, and how many of the referrals are qualified now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<EnrolmentReport>,
    /// For a referrer: a page of the referrals, oldest first. Of a person who was enrolled under several ids, those of one id
    /// come behind those of the other.
    pub referrals: Vec<MyReferral>,
    /// Where the next page of referrals begins; none if this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_referrals: Option<Cursor>,
    /// For a referrer: what is missing for the next reward.
    pub progress: Vec<RuleProgress>,
    /// For an invitee: who referred them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred: Option<MyReferral>,
    /// A page of the rewards, oldest first; of a person with several ids, one id behind the other. Rewards of other campaigns
    /// are left out, so a page that is not the last may be short.
    pub rewards: Vec<MyReward>,
    /// Where the next page of rewards begins; none if this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_rewards: Option<Cursor>,
}

/// A referral, as one of its two people sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyReferral {
    /// The other person: initials such as `B. M.`, if the host told a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// How far it is.
    pub progress: Progress,
    /// When it became a lead.
    pub lead_at: Timestamp,
    /// When it last qualified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualified_at: Option<Timestamp>,
}

/// A reward, as its beneficiary sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyReward {
    /// The rule.
    pub rule: RuleId,
    /// Whether it is for having referred or for having been referred.
    pub role: Role,
    /// The invitee of the one referral that brought it about: initials, if the host told a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Where it stands.
    pub state: RewardState,
    /// How much it is now.
    pub amount: Amount,
    /// Until when it is held, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Until when what was handed over may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeem_by: Option<Timestamp>,
    /// When it was granted.
    pub granted_at: Timestamp,
}

/// Looks at a token, and leaves it as it is: also one that is wrong is not counted.
pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowLookup) -> Decide<LookupReport> {
    let unknown = LookupReport { state: LookupState::Unknown, campaign: None, expires_at: None };
    let Ok(token) = asked.token.parse::<LookupToken>() else { return Ok(unknown) };
    if !token.is_good(reader.keyring(), reader.tenant()) {
        return Ok(unknown);
    }
    let Some(lookup) = reader.peek::<Lookup>(LookupKey { lookup: token.lookup() })? else { return Ok(unknown) };
    let campaign = CampaignKey { campaign: lookup.campaign };
    let person = ParticipantKey { participant: lookup.participant };
    reader.need([campaign.clone().into(), person.clone().into()])?;
    let person = reader.peek::<Participant>(person)?;
    let is_known = person.is_some_and(|person| person.state != ParticipantState::Erased);
    let state = match lookup_closed(&lookup, is_known, reader.now()) {
        None => LookupState::Ready,
        Some(Reason::LookupUsed) => LookupState::Used,
        Some(Reason::LookupExpired) => LookupState::Expired,
        Some(_) => return Ok(unknown),
    };
    let missing = || StoreError::Corrupt("a campaign that is referred to is missing".to_owned());
    let campaign = reader.peek::<Campaign>(campaign)?.ok_or_else(missing)?.slug;
    Ok(LookupReport { state, campaign: Some(campaign), expires_at: Some(lookup.expires_at) })
}

/// What a person is shown of their own referrals.
pub(super) fn mine(reader: &mut Reader<'_>, asked: &ShowMyReferrals) -> Decide<MyReferrals> {
    let current = reader.campaign(&asked.campaign)?;
    let participant = reader.participant(&asked.participant)?.participant;
    let campaign = current.id();
    let own = first_lead(campaign, participant);
    reader.need([Key::from(own), PersonKey { participant }.into()])?;
    let enrolment = reader.enrolment(campaign, participant)?;
    let referrer = enrolment.as_ref().map_or(participant, |enrolment| enrolment.participant);
    let ids = reader.ids(participant)?;
    let by = |referrer| Listing::ReferralsBy { campaign, referrer };
    let Rows { rows: referrals, next: next_referrals, .. } = of_ids::rows(reader, &asked.referrals, &ids, by)?;
    let of = |participant| Listing::RewardsOf { participant };
    let Rows { rows: mut rewards, next: next_rewards, .. } = of_ids::rows(reader, &asked.rewards, &ids, of)?;
    rewards.retain(|reward: &Reward| reward.campaign == campaign);
    let referred = reader.lead(campaign, participant, None)?;
    let invitees = referrals.iter().map(|referral: &Referral| referral.invitee);
    let brought = rewards.iter().filter_map(|reward| reward.invitee).filter(|invitee| !ids.contains(invitee));
    let others = invitees.chain(brought).chain(referred.iter().map(|referral| referral.referrer));
    reader.need(others.map(|participant| PersonKey { participant }.into()).collect::<Vec<_>>())?;
    let enrolment = match enrolment {
        Some(enrolment) => Some(participant::enrolled(reader, &current, &enrolment)?),
        None => None,
    };
    let referred = match referred {
        Some(referral) => Some(one(reader, referral.referrer, &referral)?),
        None => None,
    };
    Ok(MyReferrals {
        campaign: asked.campaign.clone(),
        name: reader.row(participant)?.and_then(|person| person.name),
        enrolment,
        referrals: referrals
            .iter()
            .map(|referral| one(reader, referral.invitee, referral))
            .collect::<Decide<Vec<_>>>()?,
        next_referrals,
        progress: progress::of(reader, &current.compiled, campaign, referrer)?,
        referred,
        rewards: rewards.into_iter().map(|earned| reward(reader, earned)).collect::<Decide<Vec<_>>>()?,
        next_rewards,
    })
}

fn one(reader: &mut Reader<'_>, other: ParticipantId, referral: &Referral) -> Decide<MyReferral> {
    let Referral { progress, lead_at, qualified_at, .. } = *referral;
    Ok(MyReferral { with: initials_of(reader, other)?, progress, lead_at, qualified_at })
}

fn reward(reader: &mut Reader<'_>, reward: Reward) -> Decide<MyReward> {
    let unreadable = |_| StoreError::Corrupt("the unit of a reward cannot be read".to_owned());
    let with = match reward.invitee.filter(|invitee| *invitee != reward.participant) {
        Some(invitee) => initials_of(reader, invitee)?,
        None => None,
    };
    Ok(MyReward {
        with,
        role: reward.role,
        state: reward.state,
        amount: Amount::from_unit_key(&reward.unit, reward.quantity).map_err(unreadable)?,
        held_until: reward.held_until.filter(|_| reward.hold.is_some()),
        expires_at: reward.expires_at,
        redeem_by: reward.redeem_by,
        granted_at: reward.granted_at,
        rule: reward.rule,
    })
}

fn initials_of(reader: &mut Reader<'_>, participant: ParticipantId) -> Decide<Option<String>> {
    let person = reader.row(participant)?;
    Ok(person.and_then(|person| person.name).and_then(|name| initials(&name.0)))
}

/// `B. M.` of `Bob Miller`. A name that is an address gives nothing away.
fn initials(name: &str) -> Option<String> {
    if name.contains('@') {
        return None;
    }
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    let shown: Vec<String> = letters.take(MOST_INITIALS).map(|letter| format!("{}.", letter.to_uppercase())).collect();
    (!shown.is_empty()).then(|| shown.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_people_are_shown_by_initials_alone() {
        for (name, shown) in [
            ("Bob Miller", Some("B. M.")),
            ("bob", Some("B.")),
            ("  Anna-Maria  von der Heide ", Some("A. V. D.")),
            ("李 小龍", Some("李. 小.")),
            ("bob@shop.example", None),
            ("007 !", None),
            ("", None),
        ] {
            assert_eq!(initials(name).as_deref(), shown, "{name}");
        }
    }
}
