//! What erasing a person looks through: each by a listing that has an index for it.

use super::query::Reader;
use crate::decide::{Decide, first_lead};
use crate::record::{
    Alias, CampaignName, Code, Conversion, Enrolment, EnrolmentKey, Grant, Key, Kind, Link, Participant,
    ParticipantKey, Referral,
};
use crate::store::{Listing, PageRequest};
use crate::value::{CampaignId, ParticipantId};

/// So many records of one kind are held on a person, at most.
const MOST: usize = 100_000;

/// What is held on a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Where it leads to the person.
    pub(super) aliases: Vec<Alias>,
    /// Where the person may refer.
    pub(super) enrolments: Vec<Enrolment>,
    /// The grants of the person's links.
    pub(super) grants: Vec<Grant>,
    /// The person's links.
    pub(super) links: Vec<Link>,
    /// The person's codes.
    pub(super) codes: Vec<Code>,
    /// Referrals in which the person is the invitee.
    pub(super) referred: Vec<Referral>,
    /// The person's conversions.
    pub(super) conversions: Vec<Conversion>,
}

/// What is held on a person, in the kinds of records that erasing clears.
pub(super) fn by_listing(reader: &mut Reader<'_>, participant: ParticipantId) -> Decide<Held> {
    let always = [Listing::AliasesOf { participant }, Listing::ConversionsOf { participant }, campaign_names()];
    reader.need_pages(always.map(Reader::all_of))?;
    let names = reader.every::<CampaignName>(campaign_names(), MOST)?;
    let enrolment = |campaign| EnrolmentKey { campaign, participant };
    let known = ParticipantKey { participant };
    let keys = names.iter().map(|name| Key::from(enrolment(name.campaign)));
    reader.need(keys.chain([known.clone().into()]).collect::<Vec<_>>())?;
    let mut held = Held {
        aliases: reader.every(Listing::AliasesOf { participant }, MOST)?,
        conversions: reader.every(Listing::ConversionsOf { participant }, MOST)?,
        ..Held::default()
    };
    for name in &names {
        held.enrolments.extend(reader.peek::<Enrolment>(enrolment(name.campaign))?);
    }
    let referred_in = reader.peek::<Participant>(known)?.map(|known| known.referred_in).unwrap_or_default();
    referred(reader, &mut held, &referred_in, participant)?;
    in_campaigns(reader, &mut held, participant)?;
    Ok(held)
}

fn campaign_names() -> Listing {
    Listing::All(Kind::CampaignName)
}

fn referred(
    reader: &mut Reader<'_>,
    held: &mut Held,
    referred_in: &[CampaignId],
    participant: ParticipantId,
) -> Decide<()> {
    reader.need(referred_in.iter().map(|campaign| Key::from(first_lead(*campaign, participant))))?;
    for campaign in referred_in {
        held.referred.extend(reader.leads(*campaign, participant)?);
    }
    Ok(())
}

/// Grants, links and codes, in each campaign where the person may refer.
fn in_campaigns(reader: &mut Reader<'_>, held: &mut Held, participant: ParticipantId) -> Decide<()> {
    let campaigns: Vec<CampaignId> = held.enrolments.iter().map(|enrolment| enrolment.campaign).collect();
    let pages = |campaign: CampaignId| -> [PageRequest; 2] {
        [Listing::CodesOf { campaign, participant }, Listing::GrantsOf { campaign, participant }].map(Reader::all_of)
    };
    reader.need_pages(campaigns.iter().copied().flat_map(pages))?;
    for campaign in campaigns {
        held.codes.extend(reader.every::<Code>(Listing::CodesOf { campaign, participant }, MOST)?);
        held.grants.extend(reader.every::<Grant>(Listing::GrantsOf { campaign, participant }, MOST)?);
    }
    let links_of = |grant: &Grant| Listing::LinksOf { campaign: grant.campaign, grant: grant.grant };
    reader.need_pages(held.grants.iter().map(|grant| Reader::all_of(links_of(grant))))?;
    for grant in &held.grants {
        held.links.extend(reader.every::<Link>(links_of(grant), MOST)?);
    }
    Ok(())
}
