//! What a mail to a person needs, beside what happened.
//!
//! It is put together when a notice is handed over to a subscriber that sends mail, and stored nowhere. Of anybody but its
//! recipient it holds a first name at most.

use serde::{Deserialize, Serialize};

use crate::campaign::{CampaignModel, page_url};
use crate::decide::Decide;
use crate::engine::Reader;
use crate::link::{UnsubscribeToken, shown_name};
use crate::record::{Enrolment, EnrolmentKey, Key, Notification, PersonKey, Private, Referral, ReferralKey};
use crate::report::{RuleProgress, code_and_link, progress_of, shown};
use crate::value::ParticipantId;

/// What a mail to a person needs. What is personal in it never prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Where to send it; none if the host never told, and writes to the host id instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Private>,
    /// The name to greet by, if it is known: in one line, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private>,
    /// The language to write in: the person's, or the campaign's.
    pub language: String,
    /// What the campaign is called.
    pub title: String,
    /// The URL of the person's first link, if the person is enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The person's code, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The first name of the invitee, for the referrer alone, if the host told a name that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitee_name: Option<Private>,
    /// What is missing for the next reward, under each rule that counts qualified referrals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub progress: Vec<RuleProgress>,
    /// Where the person sees what they have: the campaign's `pages.tracking`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// With what the person unsubscribes.
    pub unsubscribe_token: Private,
    /// Where: the campaign's `pages.unsubscribe`, for the header `List-Unsubscribe` (RFC 8058).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe_url: Option<Private>,
}

/// The mail about a notification; none if its person is erased, or if it is about no campaign.
pub(super) fn render(reader: &mut Reader<'_>, notification: &Notification) -> Decide<Option<Mail>> {
    let Notification { participant, invitee, lead, .. } = notification.clone();
    let Some(campaign) = notification.campaign else { return Ok(None) };
    let enrolment = EnrolmentKey { campaign, participant };
    reader.need([Key::from(enrolment.clone()), PersonKey { participant }.into()])?;
    let Some(person) = reader.row(participant)? else { return Ok(None) };
    let current = reader.campaign_of(campaign)?;
    let model = &current.compiled.model;
    let (code, link) = match reader.peek::<Enrolment>(enrolment)? {
        Some(enrolment) => {
            let (code, link) = code_and_link(reader, &current, &enrolment)?;
            (Some(code), Some(link))
        }
        None => (None, None),
    };
    let invitee_name = match invitee {
        Some(invitee) => name_of(reader, &ReferralKey { campaign, invitee, lead: lead.unwrap_or(1) }, participant)?,
        None => None,
    };
    let progress = progress_of(reader, &current.compiled, campaign, participant)?;
    let token = UnsubscribeToken::derive(reader.keyring(), reader.tenant(), participant).expose();
    let unsubscribe_url = model.pages.unsubscribe.as_ref().map(|page| Private(page_url(page, &[("token", &token)])));
    Ok(Some(Mail {
        email: person.email,
        name: person.name.and_then(|name| shown_name(&name.0)).map(Private),
        language: person.language.unwrap_or_else(|| model.language.as_str().to_owned()),
        title: if model.title.is_empty() { model.name.to_string() } else { model.title.clone() },
        tracking_url: tracking(model, participant, code.as_deref()),
        link,
        code,
        invitee_name,
        progress,
        unsubscribe_token: Private(token),
        unsubscribe_url,
    }))
}

/// An invitee's name, as the invitee chose to be shown, if it is the referrer who is written to: nobody else has any business with it.
fn name_of(reader: &mut Reader<'_>, key: &ReferralKey, recipient: ParticipantId) -> Decide<Option<Private>> {
    let person = PersonKey { participant: key.invitee };
    reader.need([Key::from(key.clone()), person.clone().into()])?;
    let referral = reader.peek::<Referral>(key.clone())?;
    if referral.is_none_or(|referral| referral.referrer != recipient) {
        return Ok(None);
    }
    let person = reader.row(person.participant)?;
    Ok(person.as_ref().and_then(shown).map(Private))
}

/// A page whose place for the code cannot be filled is left out.
fn tracking(model: &CampaignModel, participant: ParticipantId, code: Option<&str>) -> Option<String> {
    let page = model.pages.tracking.as_ref()?;
    if code.is_none() && page.contains("{code}") {
        return None;
    }
    let (participant, campaign) = (participant.to_string(), model.name.as_str());
    Some(page_url(page, &[("participant", &participant), ("campaign", campaign), ("code", code.unwrap_or_default())]))
}
