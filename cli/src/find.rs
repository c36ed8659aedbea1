//! Finds who has a host id, an email, a code or a link.

use std::fmt::Write as _;

use referral_core::decide::{Decide, Halt};
use referrals::command::Who;
use referrals::engine::{Question, Reader};
use referrals::link::{AnyCode, LinkText, SealedToken};
use referrals::record::{
    Code, CodeKey, Enrolment, EnrolmentKey, Grant, GrantKey, Key, Moderation, ParticipantState, Progress, Referral,
    ReferralKey,
};
use referrals::report::CampaignReport;
use referrals::value::{CampaignId, CampaignSlug, LinkHost, ParticipantId, Timestamp};
use referrals::{Error, Referrals};
use serde::Serialize;

use crate::campaigns::campaigns;
use crate::failure::Failure;
use crate::people::{nobody, who};
use crate::telling::{Telling, facts, table};

/// Finds people, and tells where they take part.
pub(crate) fn run(referrals: &Referrals, text: &str, campaign: Option<&CampaignSlug>) -> Result<Telling, Failure> {
    let by = sought(text)?;
    let mut known = campaigns(referrals)?;
    if let Some(campaign) = campaign {
        // A name that there is not is told, not passed over.
        referrals.campaign(campaign)?;
        known.retain(|one| one.name == *campaign);
    }
    let found = referrals.ask(FindPeople { by, campaigns: known.iter().map(Place::of).collect() })?;
    if found.is_empty() {
        return Err(nobody());
    }
    Telling::new(found.iter().map(told).collect::<Vec<_>>().join("\n"), &found)
}

/// The person whom a text names; a code or a link is looked for.
pub(crate) fn person(referrals: &Referrals, text: &str, campaign: &CampaignSlug) -> Result<Who, Failure> {
    let by = match sought(text)? {
        Sought::Who(who) => return Ok(who),
        by => by,
    };
    let place = Place::of(&referrals.campaign(campaign)?);
    let found = referrals.ask(FindPeople { by, campaigns: vec![place] })?;
    found.first().map(|found| Who::Id(found.participant)).ok_or_else(nobody)
}

fn sought(text: &str) -> Result<Sought, Failure> {
    let refused = |error: Error| Failure::from(error).mistyped();
    Ok(match text.split_once(':') {
        Some(("code", code)) => Sought::Code(code.parse().map_err(refused)?),
        Some(("link", link)) => match link.parse().map_err(refused)? {
            LinkText::Token(token) => Sought::Link(token),
            LinkText::Code(code) => Sought::Code(code),
            LinkText::Claim(_) => {
                return Err(Failure::usage("that link waits to be claimed by the device that made it"));
            }
        },
        _ => Sought::Who(who(text)?),
    })
}

/// By what somebody is sought.
#[derive(Clone, Debug)]
enum Sought {
    Who(Who),
    Code(AnyCode),
    Link(SealedToken),
}

/// A campaign in which people may take part.
#[derive(Clone, Debug)]
struct Place {
    campaign: CampaignId,
    name: CampaignSlug,
    host: LinkHost,
}

impl Place {
    fn of(shown: &CampaignReport) -> Self {
        let (campaign, name) = (shown.campaign, shown.name.clone());
        Self { campaign, name, host: shown.definition.link_host.clone() }
    }
}

/// Who has it, in these campaigns.
#[derive(Clone, Debug)]
struct FindPeople {
    by: Sought,
    campaigns: Vec<Place>,
}

/// A person who was found.
#[derive(Clone, Debug, Serialize)]
struct FoundPerson {
    participant: ParticipantId,
    /// Other ids of the same person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_ids: Vec<ParticipantId>,
    state: ParticipantState,
    seen_at: Timestamp,
    enrolled: Vec<EnrolledIn>,
    referred: Vec<ReferredIn>,
}

/// Where a person may refer.
#[derive(Clone, Debug, Serialize)]
struct EnrolledIn {
    campaign: CampaignSlug,
    code: String,
    since: Timestamp,
    qualified: i64,
}

/// Where a person was referred.
#[derive(Clone, Debug, Serialize)]
struct ReferredIn {
    campaign: CampaignSlug,
    referrer: ParticipantId,
    progress: Progress,
    moderation: Moderation,
    since: Timestamp,
}

impl Question for FindPeople {
    const NAME: &'static str = "find_people";
    type Answer = Vec<FoundPerson>;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Vec<FoundPerson>> {
        let people: Vec<ParticipantId> = match &self.by {
            Sought::Who(who) => match reader.participant(who) {
                Ok(found) => vec![found.participant],
                Err(Halt::Failed(Error::NotFound { .. })) => Vec::new(),
                Err(halt) => return Err(halt),
            },
            Sought::Code(code) => self.by_code(reader, code)?,
            Sought::Link(link) => self.by_link(reader, link)?,
        };
        people.into_iter().map(|participant| self.found(reader, participant)).collect()
    }
}

impl FindPeople {
    fn by_code(&self, reader: &mut Reader<'_>, code: &AnyCode) -> Decide<Vec<ParticipantId>> {
        let code = code.key().as_str().to_owned();
        let key = |place: &Place| CodeKey { campaign: place.campaign, code: code.clone() };
        reader.need(self.campaigns.iter().map(|place| Key::from(key(place))))?;
        let mut people = Vec::new();
        for place in &self.campaigns {
            people.extend(reader.peek::<Code>(key(place))?.map(|code| code.participant));
        }
        people.sort();
        people.dedup();
        Ok(people)
    }

    /// A link that was not signed by this store leads to nobody.
    fn by_link(&self, reader: &mut Reader<'_>, link: &SealedToken) -> Decide<Vec<ParticipantId>> {
        let Some(place) = self.campaigns.iter().find(|place| place.campaign == link.campaign()) else {
            return Ok(Vec::new());
        };
        let token = link.verify(reader.keyring(), reader.tenant(), &place.host)?;
        let grant = reader.peek::<Grant>(GrantKey { campaign: token.campaign, grant: token.grant })?;
        Ok(grant.map(|grant| grant.participant).into_iter().collect())
    }

    fn found(&self, reader: &mut Reader<'_>, participant: ParticipantId) -> Decide<FoundPerson> {
        let person = reader.participant(&Who::Id(participant))?;
        let ids = reader.ids(participant)?;
        let enrolment = |place: &Place, participant| EnrolmentKey { campaign: place.campaign, participant };
        let first = |place: &Place| ReferralKey { campaign: place.campaign, invitee: participant, lead: 1 };
        let keys = |place: &Place| {
            let enrolments = ids.iter().map(|id| Key::from(enrolment(place, *id)));
            enrolments.chain([first(place).into()]).collect::<Vec<_>>()
        };
        reader.need(self.campaigns.iter().flat_map(keys))?;
        let (mut enrolled, mut referred) = (Vec::new(), Vec::new());
        for place in &self.campaigns {
            let campaign = || place.name.clone();
            for id in &ids {
                let Some(one) = reader.peek::<Enrolment>(enrolment(place, *id))? else { continue };
                let code = reader.peek::<Code>(CodeKey { campaign: place.campaign, code: one.code.clone() })?;
                let code = code.map_or(one.code, |code| code.shown);
                enrolled.push(EnrolledIn {
                    campaign: campaign(),
                    code,
                    since: one.enrolled_at,
                    qualified: one.qualified,
                });
            }
            for one in reader.leads(place.campaign, participant)? {
                let Referral { referrer, progress, moderation, lead_at: since, .. } = one;
                referred.push(ReferredIn { campaign: campaign(), referrer, progress, moderation, since });
            }
        }
        let other_ids = ids.into_iter().filter(|id| *id != participant).collect();
        let (state, seen_at) = (person.state, person.enrolled_at);
        Ok(FoundPerson { participant, other_ids, state, seen_at, enrolled, referred })
    }
}

fn told(found: &FoundPerson) -> String {
    let ids: Vec<String> = found.other_ids.iter().map(ToString::to_string).collect();
    let mut text = facts([
        ("participant", Some(found.participant.to_string())),
        ("also known as", (!found.other_ids.is_empty()).then(|| ids.join(", "))),
        ("state", Some(found.state.to_string())),
        ("seen since", Some(found.seen_at.to_string())),
    ]);
    if !found.enrolled.is_empty() {
        let row = |one: &EnrolledIn| {
            [one.campaign.to_string(), one.code.clone(), one.since.to_string(), one.qualified.to_string()]
        };
        let head = ["enrolled in", "code", "since", "qualified referrals"];
        let _ = write!(text, "\n{}", table(head, found.enrolled.iter().map(row)));
    }
    if !found.referred.is_empty() {
        let row = |one: &ReferredIn| {
            let states = format!("{}, {}", one.progress, one.moderation);
            [one.campaign.to_string(), one.referrer.to_string(), states, one.since.to_string()]
        };
        let head = ["referred in", "by", "is", "since"];
        let _ = write!(text, "\n{}", table(head, found.referred.iter().map(row)));
    }
    text
}
