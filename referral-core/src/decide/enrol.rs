//! Enrols people as possible referrers, and makes their links and codes.

use super::campaign::{self, Current};
use super::foresee;
use super::halt::{Decide, Halt};
use super::merged;
use super::metrics::{self, Dimensions};
use super::notify::{self, About};
use super::people;
use super::stated;
use super::view::View;
use crate::command::{CodeCreated, CreateCode, CreateLink, Enrol, Enrolled, Finding, LinkCreated, Reason, Who};
use crate::error::Error;
use crate::link::{AnyCode, Code as LinkCode, CodeKind as DrawnKind, LinkToken, VanityCode, is_offensive_code};
use crate::record::{
    Channel, Code, CodeKey, CodeKind, Data, Enrolment, Grant, GrantKey, GrantKind, Link, LinkKey, Metric,
    NotificationKind, Participant, ParticipantKey, TakenCode, TakenCodeKey, Validity,
};
use crate::value::{CampaignId, GrantId, ParticipantId, Timestamp};

const MOST_UTM: usize = 8;
const LONGEST_UTM: usize = 100;
const CODE_DRAWS: u32 = 8;

/// Enrols a person in a campaign.
pub(super) fn enrol(view: &mut View<'_>, command: &Enrol) -> Decide<Enrolled> {
    let current = campaign::by_slug(view, &command.campaign)?;
    stated::check(&current.compiled.model.fields, "referrer.data.", "person.data", &command.person.data)?;
    let participant = people::register(view, &command.person)?;
    let (enrolment, already) = ensure(view, &current, &participant)?;
    let key = LinkKey { campaign: current.id(), grant: enrolment.grant, counter: 0 };
    let code = CodeKey { campaign: current.id(), code: enrolment.code.clone() };
    view.need([key.clone().into(), code.clone().into()])?;
    let link = view.expect::<Link>(key)?;
    let code = view.expect::<Code>(code)?;
    let link = token(view, &current, enrolment.grant, link.made_at, 0)?;
    Ok(Enrolled { participant: participant.participant, link, code: code.shown, already })
}

/// The participant's enrolment, made if there is none yet, and whether there was one.
pub(super) fn ensure(view: &mut View<'_>, current: &Current, person: &Participant) -> Decide<(Enrolment, bool)> {
    let (campaign, participant) = (current.id(), person.participant);
    if let Some(enrolment) = merged::enrolment(view, campaign, participant)? {
        return Ok((enrolment, true));
    }
    if current.is_over(view.now()) {
        return Err(Halt::Declined(Reason::CampaignNotRunning));
    }
    let now = view.now();
    let grant = GrantId::mint(view.entropy());
    let (code, shown) = draw_code(view, current)?;
    view.put(Grant {
        campaign,
        grant,
        participant,
        minted_by: GrantKind::Server,
        validity: Validity::Active,
        said: None,
        clicked: false,
        next_counter: 1,
        granted_at: now,
    });
    view.put(new_link(LinkKey { campaign, grant, counter: 0 }, participant, None, Data::default(), now));
    view.put(new_code(CodeKey { campaign, code: code.clone() }, participant, CodeKind::Random, shown));
    let enrolment =
        Enrolment { campaign, participant, enrolled_at: now, grant, code, shares: 0, clicked: false, qualified: 0 };
    view.put(enrolment.clone());
    let known = view.expect::<Participant>(ParticipantKey { participant })?;
    if known.refers_since.is_none() {
        view.put(Participant { refers_since: Some(now), ..known });
    }
    metrics::count(view, current, Metric::Enrolled, 1, &Dimensions::default());
    notify::tell(view, NotificationKind::ParticipantEnrolled, &About::participant(campaign, participant))?;
    Ok((enrolment, false))
}

/// A link without anything that may be said of it later.
pub(super) fn new_link(
    key: LinkKey,
    participant: ParticipantId,
    channel: Option<Channel>,
    utm: Data,
    made_at: Timestamp,
) -> Link {
    let LinkKey { campaign, grant, counter } = key;
    Link { campaign, grant, counter, participant, channel, utm, validity: Validity::Active, said: None, made_at }
}

fn new_code(key: CodeKey, participant: ParticipantId, made: CodeKind, shown: String) -> Code {
    let CodeKey { campaign, code } = key;
    let validity = Validity::Active;
    Code { campaign, code, participant, made, shown, validity, said: None, expires_at: None, max_uses: None, uses: 0 }
}

fn token(view: &View<'_>, current: &Current, grant: GrantId, at: Timestamp, counter: u32) -> Decide<String> {
    let (host, campaign) = (&current.compiled.model.link_host, current.id());
    let sealed = LinkToken::mint(view.keyring(), view.tenant(), host, campaign, grant, at, counter)?;
    Ok(sealed.to_string())
}

/// A random code that is free, as a key and as it is shown.
fn draw_code(view: &mut View<'_>, current: &Current) -> Decide<(String, String)> {
    for _ in 0..CODE_DRAWS {
        let drawn = LinkCode::generate(DrawnKind::Plain, view.entropy());
        let code = AnyCode::Random(drawn.clone()).key().as_str().to_owned();
        let key = CodeKey { campaign: current.id(), code: code.clone() };
        // Few codes are drawn twice: one that is there already refuses the commit, is loaded then, and another is drawn.
        view.assume_absent(key.clone());
        if view.get::<Code>(key)?.is_none() {
            return Ok((code, drawn.to_string()));
        }
    }
    Err(Error::taken("code", "every one that was drawn").into())
}

/// Makes a further link of an enrolled participant.
pub(super) fn create_link(view: &mut View<'_>, command: &CreateLink) -> Decide<LinkCreated> {
    let long = |text: &String| text.chars().count() > LONGEST_UTM || text.contains(char::is_control);
    if command.utm.len() > MOST_UTM || command.utm.iter().any(|(name, value)| long(name) || long(value)) {
        return Err(Error::command("utm", "has at most 8 parameters of at most 100 characters each").into());
    }
    let (current, enrolment) = enrolled(view, &command.campaign, &command.participant)?;
    let (campaign, grant_id) = (current.id(), enrolment.grant);
    let mut grant = view.expect::<Grant>(GrantKey { campaign, grant: grant_id })?;
    let counter = grant.next_counter;
    grant.next_counter =
        counter.checked_add(1).ok_or_else(|| Error::command("participant", "has used up all links"))?;
    view.put(grant);
    let utm = command.utm.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let key = LinkKey { campaign, grant: grant_id, counter };
    let now = view.now();
    view.put(new_link(key, enrolment.participant, command.channel.clone(), Data(utm), now));
    Ok(LinkCreated { link: token(view, &current, grant_id, now, counter)?, grant: grant_id, counter })
}

/// Makes a further code of an enrolled participant.
pub(super) fn create_code(view: &mut View<'_>, command: &CreateCode) -> Decide<CodeCreated> {
    let (current, enrolment) = enrolled(view, &command.campaign, &command.participant)?;
    let (made, code, shown) = match &command.vanity {
        None => {
            let (code, shown) = draw_code(view, &current)?;
            (CodeKind::Random, code, shown)
        }
        Some(text) => {
            let vanity: VanityCode = text.parse()?;
            if is_offensive_code(vanity.as_str()) {
                view.find_in_what_was_told(Finding::new(Reason::WordsRefused).because("has an offensive word"));
                return Err(Halt::Declined(Reason::WordsRefused));
            }
            let code = AnyCode::Vanity(vanity.clone()).key().as_str().to_owned();
            let key = CodeKey { campaign: current.id(), code: code.clone() };
            let taken = taken_key(view, current.id(), &code);
            view.need([key.clone().into(), taken.clone().into()])?;
            if view.get::<Code>(key)?.is_some() || view.peek::<TakenCode>(taken)?.is_some() {
                return Err(Error::taken("code", vanity).into());
            }
            (CodeKind::Vanity, code, vanity.to_string())
        }
    };
    let key = CodeKey { campaign: current.id(), code };
    let new = new_code(key, enrolment.participant, made, shown.clone());
    view.put(Code { expires_at: command.expires_at, max_uses: command.max_uses, ..new });
    Ok(CodeCreated { code: shown, made })
}

/// The key under which a vanity code stays taken once its person is erased.
pub(super) fn taken_key(view: &View<'_>, campaign: CampaignId, skeleton: &str) -> TakenCodeKey {
    TakenCodeKey { campaign, hash: view.keyring().alias_hash(view.tenant(), "vanity", skeleton.as_bytes()) }
}

/// The enrolment of a participant in a campaign that a command names both.
pub(super) fn enrolled(
    view: &mut View<'_>,
    slug: &crate::value::CampaignSlug,
    who: &Who,
) -> Decide<(Current, Enrolment)> {
    let current = campaign::by_slug(view, slug)?;
    let participant = people::known_and_not_erased(view, who)?.participant;
    let enrolment = merged::enrolment(view, current.id(), participant)?.ok_or(Halt::Declined(Reason::NotEnrolled))?;
    Ok((current, enrolment))
}

/// Foresees what enrolling reads.
pub(super) fn foresee(view: &mut View<'_>, command: &Enrol) {
    foresee::campaign(view, &command.campaign);
    foresee::person(view, &command.person);
}
