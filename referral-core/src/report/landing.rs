//! What a friend sees who followed a link or typed a code: whose invitation it is, what it gives, and whether it is still good.
//!
//! It is shown to anybody who has the link. Of the referrer it holds what that person chose to be shown by, and the message to
//! friends: no id, no email, no count.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::question::ShowLanding;
use super::shown::shown;
use crate::campaign::{Beneficiary, Compiled, Give, Hold, LandingModel, Occurrence, Rule, Trigger};
use crate::command::{Reason, bounds::excess};
use crate::decide::{Astray, Current, Decide, Led, carried_on};
use crate::engine::Reader;
use crate::error::Error;
use crate::evaluate::{Base, amount};
use crate::link::ShareWords;
use crate::record::{Key, Participant, ParticipantKey, ParticipantState, PersonKey, Private, Utm};
use crate::rule::landing;
use crate::value::{Amount, CampaignSlug, Language, Money, ParticipantId, RuleId, Span, Timestamp};

/// What a link or a code leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    /// Why it is not good now: a friend who signs up by it has no referrer. None if it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<Reason>,
    /// What the friend could mend in a code, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The invitation, where its campaign is known. That of a link or code which is not good names nobody and offers nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
}

/// An invitation. Its texts never print, because a name may stand in them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The campaign.
    pub campaign: CampaignSlug,
    /// The language of the headline and the text.
    pub language: Language,
    /// Whose invitation it is: the first name, its first letter, or a pseudonym, as the referrer chose; none if the host told no
    /// name that can be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Private>,
    /// The headline: of the campaign's landing in this language, or else the campaign's title.
    pub title: String,
    /// The text below the headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// What the referrer says to friends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Private>,
    /// What the friend gets, by rule.
    pub offers: Vec<FriendOffer>,
    /// Where to go: the campaign's first destination, with the link's UTM values and what the campaign carries on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// When the campaign ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("campaign", &self.campaign).finish_non_exhaustive()
    }
}

/// What a rule gives a friend. Whether its limits have room then is known when it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FriendOffer {
    /// The rule.
    pub rule: RuleId,
    /// What brings it about.
    pub on: Trigger,
    /// Which occurrence of that.
    pub occurrence: Occurrence,
    /// How much.
    pub give: Give,
    /// What it comes to for the total that was stated. None if none was, or if this order would get nothing by its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Amount>,
    /// What must hold beside it, as the campaign writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Why and how long it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// How long after it is due it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Span>,
}

/// What a link or a code leads to.
pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowLanding) -> Decide<Landing> {
    if let Some(problem) = excess("record_click", "link", &asked.link) {
        return Ok(Landing { why_not: Some(Reason::LinkInvalid), detail: Some(problem), invitation: None });
    }
    if asked.total.is_some_and(|total| total.minor < 0) {
        return Err(Error::command("total", "is not negative").into());
    }
    let Led { current, referrer, by } = match reader.whose(&asked.link, asked.campaign.as_ref())? {
        Ok(led) => led,
        Err(Astray { reason, detail, current }) => {
            let invitation = current.map(|current| Invitation::blank(&current, asked));
            return Ok(Landing { why_not: Some(reason), detail, invitation });
        }
    };
    let why_not = closed(reader, &current, referrer)?;
    let mut invitation = Invitation::blank(&current, asked);
    let of_url = || landing::utm_of_query(&asked.link);
    let utm = by.link().map(|link| Utm::of_link(&link.utm)).filter(|utm| !utm.is_empty()).unwrap_or_else(of_url);
    let destination = current.compiled.model.destinations.first();
    invitation.destination = destination.map(|to| carried_on(&current, to, &by, &utm));
    if why_not.is_none() {
        let person = reader.row(referrer)?;
        invitation.from = person.as_ref().and_then(shown).map(Private);
        invitation.message = person.and_then(|person| person.message);
        invitation.offers = offers(&current.compiled, asked.total)?;
        invitation.word(&current.compiled, asked);
    }
    Ok(Landing { why_not, detail: None, invitation: Some(invitation) })
}

/// Why nobody can be referred by a good link or code now.
fn closed(reader: &mut Reader<'_>, current: &Current, referrer: ParticipantId) -> Decide<Option<Reason>> {
    if !current.is_running(reader.now()) {
        return Ok(Some(Reason::CampaignNotRunning));
    }
    let owner = ParticipantKey { participant: referrer };
    reader.need([Key::from(owner.clone()), PersonKey { participant: referrer }.into()])?;
    let owner = reader.owner_of_row(referrer)?;
    let person = reader.peek::<Participant>(ParticipantKey { participant: owner })?;
    let is_active = person.is_some_and(|person| person.state == ParticipantState::Active);
    Ok((!is_active).then_some(Reason::ReferrerNotActive))
}

impl Invitation {
    /// One that names nobody and offers nothing.
    fn blank(current: &Current, asked: &ShowLanding) -> Self {
        let model = &current.compiled.model;
        let mut invitation = Self {
            campaign: model.name.clone(),
            language: model.language.clone(),
            from: None,
            title: String::new(),
            text: None,
            picture: None,
            message: None,
            offers: Vec::new(),
            destination: None,
            ends: model.ends,
        };
        invitation.word(&current.compiled, asked);
        invitation
    }

    /// Writes the headline and the text, with the name in them.
    fn word(&mut self, compiled: &Compiled, asked: &ShowLanding) {
        let model = &compiled.model;
        let title = if model.title.is_empty() { model.name.as_str() } else { &model.title };
        let words = ShareWords { name: self.from.as_ref().map(|name| name.0.as_str()), link: "", code: "", title };
        let Some(landing) = wanted(compiled, asked.language.as_ref()) else {
            title.clone_into(&mut self.title);
            return;
        };
        self.title = landing.title.render(&words);
        self.text = landing.text.as_ref().map(|text| text.render(&words));
        self.picture.clone_from(&landing.picture);
        self.language = landing.language.as_ref().unwrap_or(&model.language).clone();
    }
}

/// The landing in the language that is wanted, or else in the campaign's.
fn wanted<'c>(compiled: &'c Compiled, language: Option<&Language>) -> Option<&'c LandingModel> {
    let model = &compiled.model;
    let mut tags = language.into_iter().chain([&model.language]).flat_map(Language::fallbacks);
    let is_in =
        |landing: &&LandingModel, tag: &str| landing.language.as_ref().unwrap_or(&model.language).as_str() == tag;
    tags.find_map(|tag| model.landings.iter().find(|landing| is_in(landing, tag)))
}

/// What the friend gets.
fn offers(compiled: &Compiled, total: Option<Money>) -> Decide<Vec<FriendOffer>> {
    let to_friend = |rule: &&Rule| matches!(rule.model.to, Beneficiary::Invitee | Beneficiary::Both);
    let mut offers = Vec::new();
    for rule in compiled.rules.iter().filter(to_friend) {
        let model = &rule.model;
        let Some(give) = &model.give else { continue };
        let worth = match total {
            Some(total) => amount(give, Some(Base::of_total(total)))?.ok(),
            None => None,
        };
        offers.push(FriendOffer {
            rule: model.id.clone(),
            on: model.on,
            occurrence: model.occurrence,
            give: give.clone(),
            worth,
            when: model.when.as_ref().map(ToString::to_string),
            hold: model.hold,
            expires: model.expires,
        });
    }
    Ok(offers)
}
