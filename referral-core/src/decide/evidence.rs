//! Evidence: what names a referrer, read in the campaign's order of precedence.

use super::campaign::Current;
use super::foresee;
use super::halt::{Decide, Halt};
use super::people;
use super::view::View;
use crate::campaign::TouchModel;
use crate::command::{EvidenceGiven, Finding, Reason};
use crate::error::Error;
use crate::link::{AnyCode, LinkToken, SealedToken};
use crate::record::{
    Channel, Code, CodeKey, Enrolment, EnrolmentKey, Evidence, Grant, GrantKey, Key, Link, LinkKey, SeenTouch,
    Validity, Visitor, VisitorKey,
};
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
    /// When the visitor came.
    pub(super) clicked_at: Option<Timestamp>,
}

/// What one piece of evidence came to.
enum Found {
    Nothing,
    Named(Named),
    /// It names somebody who does not count, or nobody.
    Refused(Halt),
}

/// The referrer that the evidence names first by the campaign's precedence. Evidence that names nobody is passed over;
/// if all of it does, its first problem is the answer.
pub(super) fn resolve(view: &mut View<'_>, current: &Current, given: &EvidenceGiven) -> Decide<Named> {
    let mut problem = None;
    for evidence in &current.compiled.model.attribution.precedence {
        let found = match evidence {
            Evidence::Referrer => by_referrer(view, current, given)?,
            Evidence::Code => by_code(view, current, given)?,
            Evidence::Link => by_link(view, current, given)?,
            Evidence::Visitor => by_visitor(view, current, given)?,
        };
        match found {
            Found::Nothing => {}
            Found::Refused(halt) => {
                problem.get_or_insert(halt);
            }
            Found::Named(named) => {
                let named = with_click(view, current, given, named)?;
                view.find(Finding::new(Reason::Attributed).in_campaign(current.id()).because(evidence.as_str()));
                return Ok(named);
            }
        }
    }
    Err(problem.unwrap_or(Halt::Declined(Reason::NoEvidence)))
}

fn named(referrer: ParticipantId, evidence: Evidence) -> Named {
    Named { referrer, evidence, code: None, channel: None, clicked_at: None }
}

fn by_referrer(view: &mut View<'_>, current: &Current, given: &EvidenceGiven) -> Decide<Found> {
    let Some(who) = &given.referrer else { return Ok(Found::Nothing) };
    let Some(participant) = people::find(view, who)? else {
        return Ok(Found::Refused(Halt::Declined(Reason::EvidenceUnknown)));
    };
    let participant = participant.participant;
    let enrolled = view.get::<Enrolment>(EnrolmentKey { campaign: current.id(), participant })?.is_some();
    Ok(match enrolled {
        true => Found::Named(named(participant, Evidence::Referrer)),
        false => Found::Refused(Halt::Declined(Reason::NotEnrolled)),
    })
}

fn by_code(view: &mut View<'_>, current: &Current, given: &EvidenceGiven) -> Decide<Found> {
    let Some(text) = &given.code else { return Ok(Found::Nothing) };
    let parsed = match text.parse::<AnyCode>() {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Found::Refused(error.into())),
    };
    match good_code(view, current, &parsed)? {
        Ok(code) => {
            let key = CodeKey { campaign: code.campaign, code: code.code };
            Ok(Found::Named(Named { code: Some(key), ..named(code.participant, Evidence::Code) }))
        }
        Err(halt) => Ok(Found::Refused(halt)),
    }
}

/// The record of a code that is good now, or why it is not.
pub(super) fn good_code(view: &mut View<'_>, current: &Current, parsed: &AnyCode) -> Decide<Result<Code, Halt>> {
    let key = CodeKey { campaign: current.id(), code: parsed.key().as_str().to_owned() };
    let Some(code) = view.get::<Code>(key)? else { return Ok(Err(parsed.unknown().into())) };
    let reason = if code.validity == Validity::Revoked {
        Reason::LinkRevoked
    } else if code.expires_at.is_some_and(|end| end <= view.now()) {
        Reason::CodeExpired
    } else if code.max_uses.is_some_and(|most| code.uses >= most) {
        Reason::CodeUsedUp
    } else {
        return Ok(Ok(code));
    };
    Ok(Err(Halt::Declined(reason)))
}

fn by_link(view: &mut View<'_>, current: &Current, given: &EvidenceGiven) -> Decide<Found> {
    let Some(text) = &given.link else { return Ok(Found::Nothing) };
    let host = &current.compiled.model.link_host;
    let verified = text.parse::<SealedToken>().and_then(|sealed| sealed.verify(view.keyring(), view.tenant(), host));
    let token = match verified {
        Ok(token) => token,
        Err(error) => return Ok(Found::Refused(error.into())),
    };
    if token.campaign != current.id() {
        return Ok(Found::Refused(Halt::Declined(Reason::EvidenceUnknown)));
    }
    let grant = GrantKey { campaign: token.campaign, grant: token.grant };
    let link = LinkKey { campaign: token.campaign, grant: token.grant, counter: token.counter };
    view.need([grant.clone().into(), link.clone().into()])?;
    let Some(grant) = view.get::<Grant>(grant)? else {
        return Ok(Found::Refused(Halt::Declined(Reason::EvidenceUnknown)));
    };
    if grant.validity == Validity::Revoked {
        return Ok(Found::Refused(Halt::Declined(Reason::LinkRevoked)));
    }
    let channel = view.peek::<Link>(link)?.and_then(|link| link.channel);
    Ok(Found::Named(Named { channel, ..named(grant.participant, Evidence::Link) }))
}

fn seen(
    view: &mut View<'_>,
    current: &Current,
    given: &EvidenceGiven,
) -> Decide<Option<(SeenTouch, SeenTouch, Vec<SeenTouch>)>> {
    let Some(raw) = &given.visitor else { return Ok(None) };
    let visitor = view.keyring().visitor_id(view.tenant(), raw);
    let Some(visitor) = view.get::<Visitor>(VisitorKey { visitor })? else { return Ok(None) };
    let campaign = visitor.campaigns.into_iter().find(|seen| seen.first.campaign == current.id());
    Ok(campaign.map(|campaign| (campaign.first, campaign.last, visitor.touches)))
}

fn by_visitor(view: &mut View<'_>, current: &Current, given: &EvidenceGiven) -> Decide<Found> {
    if given.visitor.is_none() {
        return Ok(Found::Nothing);
    }
    let Some((first, last, _)) = seen(view, current, given)? else { return Ok(Found::Nothing) };
    let attribution = &current.compiled.model.attribution;
    let touch = match attribution.model {
        TouchModel::FirstTouch => first,
        TouchModel::LastTouch => last,
    };
    // Half-open: a sign-up at the very end of the window is too late.
    if touch.at.plus(attribution.window.delta()) <= view.now() {
        return Ok(Found::Refused(Halt::Declined(Reason::TouchTooOld)));
    }
    let clicked_at = Some(touch.at);
    Ok(Found::Named(Named { channel: touch.channel, clicked_at, ..named(touch.referrer, Evidence::Visitor) }))
}

/// Adds what the visitor's own touches say about a referrer whom something else named: the click, and its channel.
fn with_click(view: &mut View<'_>, current: &Current, given: &EvidenceGiven, named: Named) -> Decide<Named> {
    let Some((_, last, touches)) = seen(view, current, given)? else { return Ok(named) };
    let fits = |touch: &&SeenTouch| touch.referrer == named.referrer && touch.campaign == current.id();
    let Some(touch) = touches.iter().rev().chain([&last]).find(fits) else { return Ok(named) };
    Ok(Named {
        channel: named.channel.clone().or_else(|| touch.channel.clone()),
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
    if let Some(sealed) = given.link.as_ref().and_then(|text| text.parse().ok()) {
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
