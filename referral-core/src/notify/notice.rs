//! What is handed over: a notification with what its ids lead to, read when it is handed over.

use serde::{Deserialize, Serialize};

use super::mail::{self, Mail};
use crate::decide::{Decide, lookup_closed, outstanding};
use crate::engine::{Desk, Reader};
use crate::error::StoreError;
use crate::link::LookupToken;
use crate::record::{
    Campaign, CampaignKey, Key, Lookup, LookupKey, Moderation, Notification, NotificationKind, Person, PersonKey,
    Private, Progress, Purpose, Referral, ReferralKey, Reward, RewardKey, RewardState, Role,
};
use crate::value::{Amount, CampaignSlug, HostId, LookupId, NotificationId, ParticipantId, RuleId, Timestamp};

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The notification's id: the same each time it is handed over, and to each subscriber.
    pub id: NotificationId,
    /// What happened.
    pub kind: NotificationKind,
    /// When it happened.
    pub at: Timestamp,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The campaign's name, if it is about a campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignSlug>,
    /// Whom it is about: the participant, the referrer of a referral, the beneficiary of a reward.
    pub participant: NoticePerson,
    /// Whose the referral was, or who turned out to be the participant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<NoticePerson>,
    /// The referral's invitee, if it is about a referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitee: Option<NoticePerson>,
    /// The referral as it is now, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<NoticeReferral>,
    /// The rule, if it is about a reward or a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// The reward as it is now, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<NoticeReward>,
    /// What to send to the participant, if somebody asked to check their referrals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<NoticeLookup>,
    /// What a mail to the participant needs, for a subscriber that sends mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Mail>,
}

/// What is sent to somebody who asked to check their referrals. It never prints: whoever has the token sees the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeLookup {
    /// Where to send it: the email that the person is known by, however the one was spelled that was typed.
    pub email: Private,
    /// The name to greet by, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private>,
    /// The language to write in, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The token: part of the URL of the host's page.
    pub token: Private,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A person in a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePerson {
    /// The id that this library gave.
    pub participant: ParticipantId,
    /// The host's own id, as long as the person is not erased; of the participant alone, if the subscriber sends mail.
    /// Personal data: it goes to the host, and to no log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_id: Option<HostId>,
}

/// A referral in a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeReferral {
    /// How far it is.
    pub progress: Progress,
    /// What moderation says.
    pub moderation: Moderation,
}

/// A reward in a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeReward {
    /// Its key: what a command that moves it on names.
    pub key: RewardKey,
    /// The beneficiary's side.
    pub role: Role,
    /// Where it stands.
    pub state: RewardState,
    /// How much it is.
    pub amount: Amount,
    /// How much of it is still to be handed over, before an older debt is netted.
    pub outstanding: Amount,
}

/// The keys that a notification leads to.
struct Leads {
    campaign: Option<CampaignKey>,
    person: PersonKey,
    former: Option<PersonKey>,
    invitee: Option<PersonKey>,
    referral: Option<ReferralKey>,
    reward: Option<RewardKey>,
    lookup: Option<LookupKey>,
}

impl Leads {
    fn of(notification: &Notification) -> Self {
        let Notification { campaign, participant, former, invitee, lead, rule, cause, .. } = notification.clone();
        let is_lookup = notification.happened == NotificationKind::LookupRequested;
        let reward = campaign.zip(rule).zip(cause);
        let reward = reward.map(|((campaign, rule), cause)| RewardKey { campaign, rule, participant, cause });
        let referral = campaign.zip(invitee);
        Self {
            campaign: campaign.map(|campaign| CampaignKey { campaign }),
            person: PersonKey { participant },
            former: former.map(|participant| PersonKey { participant }),
            invitee: invitee.map(|participant| PersonKey { participant }),
            referral: referral.map(|(campaign, invitee)| ReferralKey { campaign, invitee, lead: lead.unwrap_or(1) }),
            reward,
            lookup: is_lookup.then_some(LookupKey { lookup: LookupId(notification.notification.0) }),
        }
    }

    fn keys(self) -> impl Iterator<Item = Key> {
        let invitee = self.invitee.clone().map(Key::from);
        let referral = self.referral.map(Key::from);
        let reward = self.reward.map(Key::from);
        let lookup = self.lookup.map(Key::from);
        let campaign = self.campaign.map(Key::from);
        let people = [Key::from(self.person)].into_iter().chain(self.former.map(Key::from));
        people.chain(campaign).chain(invitee).chain(referral).chain(reward).chain(lookup)
    }
}

/// The keys that rendering these notifications will read.
pub(super) fn keys<'a>(notifications: impl Iterator<Item = &'a Notification>) -> impl Iterator<Item = Key> {
    notifications.flat_map(|notification| Leads::of(notification).keys())
}

/// A notification with what its ids lead to.
pub(super) fn render(
    reader: &mut Reader<'_>,
    notification: &Notification,
    attempt: u32,
    purpose: Purpose,
) -> Decide<Notice> {
    let leads = Leads::of(notification);
    let missing = || StoreError::Corrupt("a campaign that is referred to is missing".to_owned());
    let campaign = match leads.campaign {
        Some(key) => Some(reader.peek::<Campaign>(key)?.ok_or_else(missing)?.slug),
        None => None,
    };
    let participant = person(reader, leads.person)?;
    let mut former = leads.former.map(|key| former_person(reader, key)).transpose()?;
    let mut invitee = leads.invitee.map(|key| person(reader, key)).transpose()?;
    let mail = match purpose {
        Purpose::Events => None,
        Purpose::Mail => mail::render(reader, notification)?,
    };
    if purpose == Purpose::Mail {
        for other in [&mut invitee, &mut former].into_iter().flatten() {
            other.host_id = None;
        }
    }
    let referral = match leads.referral {
        Some(key) => reader
            .peek::<Referral>(key)?
            .map(|referral| NoticeReferral { progress: referral.progress, moderation: referral.moderation }),
        None => None,
    };
    let reward = match leads.reward {
        Some(key) => reader.peek::<Reward>(key.clone())?.map(|found| reward(key, &found)).transpose()?,
        None => None,
    };
    let lookup = match leads.lookup {
        Some(key) => lookup(reader, key)?,
        None => None,
    };
    let Notification { notification: id, happened: kind, at, rule, .. } = notification.clone();
    Ok(Notice { id, kind, at, attempt, campaign, participant, former, invitee, referral, rule, reward, lookup, mail })
}

/// Whether there is nothing to tell: of a lookup there is only as long as its token is good and leads to somebody, and
/// nobody is written to who is erased or unsubscribed, nor about what belongs to no campaign.
///
/// INVARIANT: nothing is handed over by a lease that is committed after the person was unsubscribed; the row that was looked
/// at is guarded.
pub(super) fn is_void(desk: &mut Desk<'_>, notification: &Notification, purpose: Purpose) -> Decide<bool> {
    // Asked for by the person: it is sent whatever was chosen.
    if let Some(key) = Leads::of(notification).lookup {
        return Ok(lookup(desk.reader(), key)?.is_none());
    }
    if purpose == Purpose::Events {
        return Ok(false);
    }
    if notification.campaign.is_none() {
        return Ok(true);
    }
    // Guarded: who unsubscribes meanwhile is handed nothing over.
    let participant = desk.reader().owner_of_row(notification.participant)?;
    let person = desk.get::<Person>(PersonKey { participant })?;
    Ok(person.is_none_or(|person| !person.consent.wants(notification.happened)))
}

/// The token is stored nowhere: it is derived.
fn lookup(reader: &mut Reader<'_>, key: LookupKey) -> Decide<Option<NoticeLookup>> {
    let Some(lookup) = reader.peek::<Lookup>(key)? else { return Ok(None) };
    let found = reader.row(lookup.participant)?;
    let closed = lookup_closed(&lookup, found.is_some(), reader.now()).is_some();
    let Some((email, person)) = found.filter(|_| !closed).and_then(|found| Some((found.email.clone()?, found))) else {
        return Ok(None);
    };
    let token = LookupToken::derive(reader.keyring(), reader.tenant(), lookup.lookup).expose();
    let Person { name, language, .. } = person;
    Ok(Some(NoticeLookup { email, name, language, token: Private(token), expires_at: lookup.expires_at }))
}

fn person(reader: &mut Reader<'_>, key: PersonKey) -> Decide<NoticePerson> {
    let participant = key.participant;
    Ok(NoticePerson { participant, host_id: reader.row(participant)?.and_then(|person| person.host_id) })
}

/// Of a person who turned out to be another one, the host's id belongs to that one now.
fn former_person(reader: &mut Reader<'_>, key: PersonKey) -> Decide<NoticePerson> {
    let participant = key.participant;
    Ok(NoticePerson { participant, host_id: reader.peek::<Person>(key)?.and_then(|person| person.host_id) })
}

fn reward(key: RewardKey, reward: &Reward) -> Decide<NoticeReward> {
    let amount = |quantity| Amount::from_unit_key(&reward.unit, quantity);
    let (amount, outstanding) = (amount(reward.quantity)?, amount(outstanding(reward))?);
    Ok(NoticeReward { key, role: reward.role, state: reward.state, amount, outstanding })
}
