//! Evidence: what names a referrer, read in the campaign's order of precedence.

use super::campaign::Current;
use super::foresee;
use super::good::{code_at, is_revoked, is_used_up, problem_of};
use super::halt::{Decide, Halt};
use super::lay;
use super::leads;
use super::merged;
use super::people;
use super::touched::{self, is_blank, is_outside_window};
use super::view::View;
use crate::campaign::TouchModel;
use crate::command::bounds::excess;
use crate::command::{EvidenceGiven, Finding, Reason};
use crate::error::Error;
use crate::link::{AnyCode, LinkText, LinkToken, SealedToken};
use crate::record::{
    Channel, Code, CodeKey, Evidence, Grant, GrantKey, Key, Link, LinkKey, Met, Origin, ParticipantState, Referral,
    SeenTouch, ToldTouch, UsedLink, Utm, Visitor, VisitorKey,
};
use crate::rule::landing;
use crate::value::{CampaignId, ParticipantId, Timestamp};

/// Who was named, and by what.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The referrer.
    pub(super) referrer: ParticipantId,
    /// What named them.
    pub(super) evidence: Evidence,
    /// The code that was used, whose uses are counted.
    pub(super) code: Option<CodeKey>,
    /// The link's channel.
    pub(super) channel: Option<Channel>,
    /// The link.
    pub(super) link: Option<UsedLink>,
    /// Where the visitor came from.
    pub(super) origin: Origin,
    /// When the visitor came.
    pub(super) clicked_at: Option<Timestamp>,
    /// The visitor's touches within the window, in whichever campaign, the earliest first.
    pub(super) touches: Vec<ToldTouch>,
}

/// What one piece of evidence came to.
enum Found {
    Nothing,
    Named(Box<Named>),
    /// It names nobody, or somebody who does not count: why, and in more words where a person could mend it.
    PassedOver(Reason, Option<String>),
}

impl Found {
    fn named(named: Named) -> Self {
        Self::Named(Box::new(named))
    }

    fn passed_over(reason: Reason) -> Self {
        Self::PassedOver(reason, None)
    }
}

/// The referrer that the evidence names first by the campaign's precedence. Evidence that cannot count is passed over with a
/// finding; if all of it is, the command is declined with the reason of the strongest. `at` is when the person came. A code that is
/// used up still names the referrer of one of the leads in `known`, where it brings no further lead.
pub(super) fn resolve(
    view: &mut View<'_>,
    current: &Current,
    given: &EvidenceGiven,
    at: Timestamp,
    known: &[Referral],
) -> Decide<Named> {
    let mut problem = None;
    for evidence in &current.compiled.model.attribution.precedence {
        let found = match (too_long(*evidence, given), evidence) {
            (Some(found), _) => found,
            (None, Evidence::Referrer) => by_referrer(view, current, given)?,
            (None, Evidence::Code) => by_code(view, current, given, at, known)?,
            (None, Evidence::Link) => by_link(view, current, given, at)?,
            (None, Evidence::Visitor) => by_visitor(view, current, given, at)?,
        };
        match judged(view, current, given, found, at)? {
            Found::Nothing => {}
            Found::PassedOver(reason, detail) => {
                problem.get_or_insert(reason);
                let finding = Finding::new(reason).in_campaign(current.id());
                let detail = detail.map_or(evidence.as_str().to_owned(), |detail| format!("{evidence}: {detail}"));
                view.find_in_what_was_told(finding.because(detail));
            }
            Found::Named(named) => {
                let named = with_click(view, current, given, *named, at)?;
                view.find(Finding::new(Reason::Attributed).in_campaign(current.id()).because(evidence.as_str()));
                return Ok(named);
            }
        }
    }
    Err(Halt::Declined(problem.unwrap_or(Reason::NoEvidence)))
}

/// Passes over a referrer who may not refer, and evidence that was met too long ago.
fn judged(view: &mut View<'_>, current: &Current, given: &EvidenceGiven, found: Found, at: Timestamp) -> Decide<Found> {
    let Found::Named(mut named) = found else { return Ok(found) };
    let referrer = merged::root(view, named.referrer)?;
    let campaign = current.id();
    if referrer.participant != named.referrer {
        // The person goes on under the other id, where that one is enrolled.
        let enrolment = merged::enrolment(view, campaign, referrer.participant)?;
        named.referrer = enrolment.map_or(named.referrer, |enrolment| enrolment.participant);
    }
    if referrer.state != ParticipantState::Active {
        return Ok(Found::passed_over(Reason::ReferrerNotActive));
    }
    let is_old = |met: Timestamp| is_outside_window(current, met, at);
    if named.evidence != Evidence::Visitor && given.at.is_some_and(is_old) {
        return Ok(Found::passed_over(Reason::TouchTooOld));
    }
    Ok(Found::Named(named))
}

/// A text beyond its bound is read no further: it names nobody.
fn too_long(evidence: Evidence, given: &EvidenceGiven) -> Option<Found> {
    let (field, text, reason) = match evidence {
        Evidence::Referrer => return None,
        Evidence::Code => ("evidence.code", &given.code, Reason::CodeInvalid),
        Evidence::Link => ("evidence.link", &given.link, Reason::LinkInvalid),
        Evidence::Visitor => ("evidence.visitor", &given.visitor, Reason::EvidenceUnknown),
    };
    let problem = excess("record_lead", field, text.as_ref()?)?;
    Some(Found::PassedOver(reason, Some(problem)))
}

fn named(referrer: ParticipantId, evidence: Evidence) -> Named {
    Named {
        referrer,
        evidence,
        code: None,
        channel: None,
        link: None,
        origin: Origin::default(),
        clicked_at: None,
        touches: Vec::new(),
    }
}

fn by_referrer(view: &mut View<'_>, current: &Current, given: &EvidenceGiven) -> Decide<Found> {
    let Some(who) = &given.referrer else { return Ok(Found::Nothing) };
    let Some(participant) = people::find(view, who)? else {
        return Ok(Found::passed_over(Reason::EvidenceUnknown));
    };
    let enrolment = merged::enrolment(view, current.id(), participant.participant)?;
    Ok(match enrolment {
        Some(enrolment) => Found::named(named(enrolment.participant, Evidence::Referrer)),
        None => Found::passed_over(Reason::NotEnrolled),
    })
}

fn by_code(
    view: &mut View<'_>,
    current: &Current,
    given: &EvidenceGiven,
    at: Timestamp,
    known: &[Referral],
) -> Decide<Found> {
    let Some(text) = given.code.as_ref().filter(|text| !is_blank(text)) else { return Ok(Found::Nothing) };
    let parsed = match text.parse::<AnyCode>() {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Found::PassedOver(Reason::CodeInvalid, problem_of(&error))),
    };
    let code = match code_at(view, current, &parsed, at)? {
        Ok(code) => code,
        Err((reason, detail)) => return Ok(Found::PassedOver(reason, detail)),
    };
    if is_used_up(&code) && !is_use_known(view, current, code.participant, at, known)? {
        return Ok(Found::passed_over(Reason::CodeUsedUp));
    }
    let key = CodeKey { campaign: code.campaign, code: code.code };
    Ok(Found::named(Named { code: Some(key), ..named(code.participant, Evidence::Code) }))
}

/// Whether a code of the referrer of one of a person's leads lets no further lead begin by a code. Its uses are referrals.
fn is_use_known(
    view: &mut View<'_>,
    current: &Current,
    referrer: ParticipantId,
    at: Timestamp,
    known: &[Referral],
) -> Decide<bool> {
    let command = view.command();
    let met = Met {
        at,
        command,
        evidence: Evidence::Code,
        channel: None,
        link: None,
        origin: Origin::default(),
        clicked_at: None,
        is_new: true,
    };
    for lead in leads::standing(known) {
        if merged::are_one(view, lead.referrer, referrer)? && !lay::adds_use(view, current, known, lead, &met)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn by_link(view: &mut View<'_>, current: &Current, given: &EvidenceGiven, at: Timestamp) -> Decide<Found> {
    let Some(text) = given.link.as_ref().filter(|text| !is_blank(text)) else { return Ok(Found::Nothing) };
    let host = &current.compiled.model.link_host;
    let verified = sealed(text).and_then(|sealed| sealed.verify(view.keyring(), view.tenant(), host));
    let token = match verified {
        Ok(token) => token,
        Err(error) => return Ok(Found::PassedOver(Reason::LinkInvalid, problem_of(&error))),
    };
    if token.campaign != current.id() {
        return Ok(Found::passed_over(Reason::EvidenceUnknown));
    }
    let grant = GrantKey { campaign: token.campaign, grant: token.grant };
    let link = LinkKey { campaign: token.campaign, grant: token.grant, counter: token.counter };
    view.need([grant.clone().into(), link.clone().into()])?;
    let Some(grant) = view.get::<Grant>(grant)? else {
        return Ok(Found::passed_over(Reason::EvidenceUnknown));
    };
    let link = view.peek::<Link>(link)?;
    if is_revoked(&grant, link.as_ref(), at) {
        return Ok(Found::passed_over(Reason::LinkRevoked));
    }
    // A link with UTM values keeps them, whatever the URL says.
    let of_link = link.as_ref().map(|link| Utm::of_link(&link.utm)).filter(|utm| !utm.is_empty());
    let utm = of_link.unwrap_or_else(|| landing::utm_of_query(text));
    let used = UsedLink { grant: token.grant, counter: token.counter };
    Ok(Found::named(Named {
        channel: link.and_then(|link| link.channel),
        link: Some(used),
        origin: Origin { utm, ..Origin::default() },
        ..named(grant.participant, Evidence::Link)
    }))
}

/// The token in what was pasted as a link.
pub(super) fn sealed(text: &str) -> Result<SealedToken, Error> {
    match text.parse::<LinkText>()? {
        LinkText::Token(sealed) => Ok(sealed),
        _ => Err(Error::InvalidLink { what: "token", problem: "is no link of this server".to_owned() }),
    }
}

/// Those of them in this campaign until a sign-up: a later touch brought nobody to it.
fn touches(view: &mut View<'_>, current: &Current, given: &EvidenceGiven, at: Timestamp) -> Decide<Vec<SeenTouch>> {
    let mut touches = touched::all(view, given)?;
    touches.retain(|touch| touch.campaign == current.id() && touch.at <= at);
    Ok(touches)
}

/// Keeps the touches that were known when evidence was told. A single one that is the evidence itself stands on the lead.
pub(super) fn keep_touches(view: &mut View<'_>, current: &Current, named: &Named) {
    let of_lead = ToldTouch {
        campaign: current.id(),
        referrer: named.referrer,
        channel: named.channel.clone(),
        link: named.link,
        utm: touched::named_campaign(&named.origin.utm),
        hours: 0,
    };
    touched::keep(view, &of_lead, &named.touches);
}

/// The first or the last touch within the window, as the campaign says.
fn by_visitor(view: &mut View<'_>, current: &Current, given: &EvidenceGiven, at: Timestamp) -> Decide<Found> {
    let touches = touches(view, current, given, at)?;
    let mut in_window = touches.iter().filter(|touch| !is_outside_window(current, touch.at, at));
    let touch = match current.compiled.model.attribution.model {
        TouchModel::FirstTouch => in_window.next(),
        TouchModel::LastTouch => in_window.next_back(),
    };
    let Some(touch) = touch.cloned() else {
        return Ok(if touches.is_empty() { Found::Nothing } else { Found::passed_over(Reason::TouchTooOld) });
    };
    let SeenTouch { referrer, channel, link, origin, at, .. } = touch;
    Ok(Found::named(Named { channel, link, origin, clicked_at: Some(at), ..named(referrer, Evidence::Visitor) }))
}

/// Adds what the visitor's own touches say about a referrer whom something else named: the click, its channel, its link and where
/// the visitor came from.
fn with_click(
    view: &mut View<'_>,
    current: &Current,
    given: &EvidenceGiven,
    named: Named,
    at: Timestamp,
) -> Decide<Named> {
    let all = touched::all(view, given)?;
    let named = Named { touches: touched::told(current, &all, at), ..named };
    let mut own = None;
    for touch in all.iter().rev().filter(|touch| touch.campaign == current.id() && touch.at <= at) {
        if merged::are_one(view, touch.referrer, named.referrer)? {
            own = Some(touch);
            break;
        }
    }
    let Some(touch) = own else { return Ok(named) };
    Ok(Named {
        channel: named.channel.clone().or_else(|| touch.channel.clone()),
        link: named.link.or(touch.link),
        origin: named.origin.or(&touch.origin),
        clicked_at: named.clicked_at.or(Some(touch.at)),
        ..named
    })
}

/// Counts the use of a code.
pub(super) fn use_code(view: &mut View<'_>, named: &Named) -> Decide<()> {
    if let Some(key) = &named.code {
        let mut code = view.expect::<Code>(key.clone())?;
        code.uses = code.uses.checked_add(1).ok_or_else(|| Error::command("evidence.code", "is used up"))?;
        view.put(code);
    }
    Ok(())
}

/// Foresees what evidence reads; who is named by it, as far as that is loaded.
pub(super) fn foresee(view: &mut View<'_>, campaign: CampaignId, given: &EvidenceGiven) -> Vec<ParticipantId> {
    let mut found = Vec::new();
    found.extend(given.referrer.as_ref().and_then(|referrer| foresee::who(view, referrer)));
    if let Some(parsed) = given.code.as_ref().and_then(|text| text.parse().ok()) {
        found.extend(foresee_code(view, campaign, &parsed));
    }
    if let Some(sealed) = given.link.as_ref().and_then(|text| sealed(text).ok()) {
        found.extend(foresee_token(view, &sealed));
    }
    if let Some(raw) = &given.visitor {
        let key = VisitorKey { visitor: view.keyring().visitor_id(view.tenant(), raw) };
        let seen = view.glance::<Visitor>(key.clone());
        let seen = seen.and_then(|seen| seen.campaigns.iter().find(|seen| seen.first.campaign == campaign));
        found.extend(seen.map(|seen| [seen.first.referrer, seen.last.referrer]).into_iter().flatten());
        view.want([key]);
    }
    found
}

/// Whose link it is, if that is loaded. Nothing is looked up for a token whose signature does not hold.
pub(super) fn foresee_token(view: &mut View<'_>, sealed: &SealedToken) -> Option<ParticipantId> {
    let compiled = view.campaigns().newest(view.tenant(), sealed.campaign())?;
    let verified = sealed.verify(view.keyring(), view.tenant(), &compiled.model.link_host).ok()?;
    let LinkToken { campaign, grant, counter, .. } = verified;
    let grant = GrantKey { campaign, grant };
    view.want([Key::from(grant.clone()), LinkKey { campaign, grant: grant.grant, counter }.into()]);
    view.glance::<Grant>(grant).map(|grant| grant.participant)
}

/// Whose code it is, if that is loaded.
pub(super) fn foresee_code(view: &mut View<'_>, campaign: CampaignId, code: &AnyCode) -> Option<ParticipantId> {
    let key = CodeKey { campaign, code: code.key().as_str().to_owned() };
    view.want([key.clone()]);
    view.glance::<Code>(key).map(|code| code.participant)
}
