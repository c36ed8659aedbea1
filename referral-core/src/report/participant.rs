//! What one participant has in a campaign.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::funnel::Balances;
use super::progress::{self, RuleProgress};
use super::question::{FindParticipant, ShowParticipant};
use super::referral::{self, ReferralPage, ReferralReport};
use super::reward::{self, RewardPage};
use crate::command::Who;
use crate::decide::{Current, Decide, Halt, first_lead};
use crate::engine::Reader;
use crate::error::Error;
use crate::link::LinkToken;
use crate::record::{
    Channel, Code, CodeKind, Consent, Data, Debt, DebtKey, Enrolment, Grant, Key, Link, Merge, Participant,
    ParticipantKey, ParticipantState, PersonKey, PersonSumsKey, Reward, Said, Sums, Validity, of_sum_name,
};
use crate::store::{Listing, PageRequest};
use crate::value::{CampaignId, Country, GrantId, ParticipantId, Timestamp};

/// So many links of a grant are shown, and so many codes.
const MOST_SHOWN: u32 = 100;
const MOST_GRANTS: u32 = 20;

/// What a participant has in a campaign. Nothing in it names the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipantReport {
    /// The participant.
    pub participant: ParticipantId,
    /// Whether the participant may refer.
    pub state: ParticipantState,
    /// Who last suspended the person or let the person refer again, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// What the person chose about mail, and who told it.
    #[serde(default, skip_serializing_if = "is_nothing_chosen")]
    pub consent: Consent,
    /// The country, if the host said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// When the participant was first seen.
    pub seen_at: Timestamp,
    /// Other ids of this person, whose rewards and referrals are asked by these ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<ParticipantId>,
    /// Whom this person turned out to be, and who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Merge>,
    /// The participant's part as a possible referrer, if enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<EnrolmentReport>,
    /// The participant's own referral, if referred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred: Option<ReferralReport>,
    /// A page of the referrals made, oldest first.
    pub referrals: ReferralPage,
    /// A page of the rewards received, oldest first. Rewards of other campaigns are left out, so a page that is not the
    /// last may be short.
    pub rewards: RewardPage,
    /// Balances by currency or unit.
    pub balances: BTreeMap<String, PersonBalances>,
    /// What is missing for the next reward, under each rule that counts qualified referrals.
    pub progress: Vec<RuleProgress>,
}

fn is_nothing_chosen(consent: &Consent) -> bool {
    *consent == Consent::default()
}

/// A participant's part in a campaign as a possible referrer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentReport {
    /// When the person was enrolled.
    pub enrolled_at: Timestamp,
    /// The first code, as it is shown.
    pub code: String,
    /// All codes, that one too; at most 100.
    pub codes: Vec<CodeReport>,
    /// The links of the server's grant and of devices, by grant and counter; at most 100 each.
    pub links: Vec<LinkReport>,
    /// How many shares were recorded.
    pub shares: u32,
    /// How many of the referrals made are qualified now.
    pub qualified: i64,
}

/// A code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeReport {
    /// The code, as it is shown.
    pub code: String,
    /// Where it came from.
    pub made: CodeKind,
    /// Whether it is good.
    pub validity: Validity,
    /// Who last withdrew or restored it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// Until when it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// How many referrals it may bring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// How many it brought.
    pub uses: u32,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkReport {
    /// The token.
    pub link: String,
    /// Its grant.
    pub grant: GrantId,
    /// Its counter under that grant.
    pub counter: u32,
    /// Where it is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// UTM parameters.
    pub utm: Data,
    /// Whether it is good; that of its grant is asked beside it.
    pub validity: Validity,
    /// Who last withdrew or restored it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// When it was made.
    pub made_at: Timestamp,
}

/// What a participant has in one currency or unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonBalances {
    /// The balances of the participant's rewards.
    #[serde(flatten)]
    pub balances: Balances,
    /// What the participant owes because something was taken back after it was handed over. It is netted against what
    /// is handed over next.
    pub debt: i64,
}

/// Who has a host id or an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundParticipant {
    /// The person; nobody, if nobody has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
}

pub(super) fn find(reader: &mut Reader<'_>, asked: &FindParticipant) -> Decide<FoundParticipant> {
    match reader.participant(&asked.participant) {
        Ok(found) => Ok(FoundParticipant { participant: Some(found.participant) }),
        Err(Halt::Failed(Error::NotFound { .. })) => Ok(FoundParticipant { participant: None }),
        Err(halt) => Err(halt),
    }
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowParticipant) -> Decide<ParticipantReport> {
    let current = reader.campaign(&asked.campaign)?;
    let mut person = reader.participant(&asked.participant)?;
    let is_asked_by_id = matches!(asked.participant, Who::Id(_));
    if let Who::Id(participant) = asked.participant {
        // Asked by an id, the books under that very id are shown. Whether the person may refer is said of whom it turned out to be.
        let of_person = (person.state, person.said.clone());
        person = reader.peek::<Participant>(ParticipantKey { participant })?.unwrap_or(person);
        (person.state, person.said) = of_person;
    }
    let (campaign, participant) = (current.id(), person.participant);
    let row = PersonKey { participant };
    reader.need([Key::from(first_lead(campaign, participant)), row.into()])?;
    let enrolment = reader.enrolment(campaign, participant)?;
    let enrolled_as = enrolment.as_ref().map(|enrolment| enrolment.participant);
    let referrer = enrolled_as.filter(|_| !is_asked_by_id).unwrap_or(participant);
    let referrals = asked.referrals.of(Listing::ReferralsBy { campaign, referrer });
    let rewards = asked.rewards.of(Listing::RewardsOf { participant: referrer });
    reader.need_pages([referrals.clone(), rewards.clone()])?;
    let enrolment = match enrolment {
        Some(enrolment) => Some(enrolled(reader, &current, &enrolment)?),
        None => None,
    };
    let referred = match reader.lead(campaign, participant, None)? {
        Some(referral) => Some(referral::report(reader, referral, usize::MAX)?),
        None => None,
    };
    let consent = reader.row(participant)?.map(|row| row.consent).unwrap_or_default();
    Ok(ParticipantReport {
        participant,
        state: person.state,
        said: person.said,
        consent,
        country: person.country,
        seen_at: person.enrolled_at,
        merged: person.merged,
        merged_into: person.merged_into,
        enrolment,
        referred,
        referrals: referral::page(reader, &referrals)?,
        rewards: reward::page(reader, &rewards, |reward| reward.campaign == campaign)?,
        balances: balances(reader, campaign, participant, &rewards)?,
        progress: progress::of(reader, &current.compiled, campaign, referrer)?,
    })
}

pub(super) fn enrolled(reader: &mut Reader<'_>, current: &Current, enrolment: &Enrolment) -> Decide<EnrolmentReport> {
    let (campaign, participant) = (current.id(), enrolment.participant);
    let codes = Listing::CodesOf { campaign, participant }.first(MOST_SHOWN);
    let grants = Listing::GrantsOf { campaign, participant }.first(MOST_GRANTS);
    reader.need_pages([codes.clone(), grants.clone()])?;
    let codes = reader.rows::<Code>(&codes)?.rows;
    let grants = reader.rows::<Grant>(&grants)?.rows;
    let links_of = |grant: &Grant| Listing::LinksOf { campaign, grant: grant.grant }.first(MOST_SHOWN);
    reader.need_pages(grants.iter().map(links_of))?;
    let mut links = Vec::new();
    for grant in &grants {
        for link in reader.rows::<Link>(&links_of(grant))?.rows {
            links.push(link_report(reader, current, link)?);
        }
    }
    let first = codes.iter().find(|code| code.code == enrolment.code).map(|code| code.shown.clone());
    Ok(EnrolmentReport {
        enrolled_at: enrolment.enrolled_at,
        code: first.unwrap_or_else(|| enrolment.code.clone()),
        codes: codes.into_iter().map(code_report).collect(),
        links,
        shares: enrolment.shares,
        qualified: enrolment.qualified,
    })
}

fn code_report(code: Code) -> CodeReport {
    let Code { shown: code, made, validity, said, expires_at, max_uses, uses, .. } = code;
    CodeReport { code, made, validity, said, expires_at, max_uses, uses }
}

/// A token is not stored: it is derived again.
fn link_report(reader: &Reader<'_>, current: &Current, link: Link) -> Decide<LinkReport> {
    let host = &current.compiled.model.link_host;
    let Link { campaign, grant, counter, made_at, validity, .. } = link;
    let token = LinkToken::mint(reader.keyring(), reader.tenant(), host, campaign, grant, made_at, counter)?;
    let (link, channel, utm, said) = (token.to_string(), link.channel, link.utm, link.said);
    Ok(LinkReport { link, grant, counter, channel, utm, validity, said, made_at })
}

fn balances(
    reader: &mut Reader<'_>,
    campaign: CampaignId,
    participant: ParticipantId,
    rewards: &PageRequest,
) -> Decide<BTreeMap<String, PersonBalances>> {
    let ids = reader.ids(participant)?;
    let key = |participant: &ParticipantId| PersonSumsKey { campaign, participant: *participant };
    reader.need(ids.iter().map(|id| Key::from(key(id))))?;
    let mut sums = Sums::default();
    for id in &ids {
        sums.add_all(reader.sums(key(id))?);
    }
    let mut all: BTreeMap<String, PersonBalances> = BTreeMap::new();
    for (name, value) in &sums {
        let Some((metric, unit)) = of_sum_name(name) else { continue };
        let mut balances = Balances::default();
        if balances.of(metric).is_some()
            && let Some(balance) = all.entry(unit.to_owned()).or_default().balances.of(metric)
        {
            *balance = *value;
        }
    }
    // A debt may be left in a unit of which every number is 0.
    for reward in reader.rows::<Reward>(rewards)?.rows.into_iter().filter(|reward| reward.campaign == campaign) {
        all.entry(reward.unit).or_default();
    }
    let debt = |participant, unit: &String| DebtKey { campaign, participant, unit: unit.clone() };
    reader.need(all.keys().flat_map(|unit| ids.iter().map(|id| Key::from(debt(*id, unit)))))?;
    for (unit, person) in &mut all {
        person.balances = person.balances.with_liability();
        for id in &ids {
            let debt = reader.peek::<Debt>(debt(*id, unit))?.map_or(0, |debt| debt.quantity);
            person.debt = person.debt.saturating_add(debt);
        }
    }
    all.retain(|_, person| *person != PersonBalances::default());
    Ok(all)
}
