//! Records shares, views and clicks.

use super::ask::{ShareFacts, unmet};
use super::campaign::{self, Current};
use super::earned::{Earned, Hold};
use super::enrol::{self, enrolled};
use super::evidence;
use super::evidence::good_code;
use super::foresee;
use super::halt::{Decide, Halt};
use super::merged;
use super::metrics::{self, Dimensions};
use super::notify::{self, About};
use super::reward;
use super::view::View;
use super::visitor;
use crate::campaign::Trigger;
use crate::command::bounds::excess;
use crate::command::{ClickRecorded, Finding, Reason, RecordClick, RecordShare, ShareRecorded};
use crate::error::Error;
use crate::evaluate::amount;
use crate::link::LinkText;
use crate::record::{
    CampaignKey, Cause, Channel, Data, Enrolment, EnrolmentKey, Grant, GrantKey, Link, LinkKey, Metric,
    NotificationKind, Participant, ParticipantState, RewardKey, Role, Touch, TouchKind, Verdict, VisitKey, VisitorKey,
};
use crate::rule::destination as url;
use crate::rule::traffic::{self, Signals};
use crate::value::{GrantId, IpPrefix, ParticipantId, TouchId};

/// Records that a participant passed a link on.
pub(super) fn share(view: &mut View<'_>, command: &RecordShare) -> Decide<ShareRecorded> {
    let (current, mut enrolment) = enrolled(view, &command.campaign, &command.participant)?;
    let participant = merged::root(view, enrolment.participant)?;
    if !current.has_begun(view.now()) {
        return Err(Halt::Declined(Reason::CampaignNotRunning));
    }
    if participant.state != ParticipantState::Active {
        return Err(Halt::Declined(Reason::ReferrerNotActive));
    }
    enrolment.shares =
        enrolment.shares.checked_add(1).ok_or_else(|| Error::command("participant", "shares too often"))?;
    let number = enrolment.shares;
    view.put(enrolment.clone());
    let touch = Landing::of(&current, enrolment.participant);
    let touch = touch.put(view, TouchKind::Share, Some(command.channel.clone()), None, Verdict::Human, None);
    let dimensions = Dimensions {
        channel: Some(command.channel.clone()),
        country: view.facts().country,
        version: None,
        referrer: Some(enrolment.participant),
    };
    metrics::count(view, &current, Metric::Shares, 1, &dimensions);
    if number == 1 {
        metrics::count(view, &current, Metric::Referrers, 1, &Dimensions::default());
        // On the day of the enrolment: of those who enrolled on a day, no more can have shared than enrolled.
        let (metric, at) = (Metric::EnrolledShared, enrolment.enrolled_at);
        metrics::count_at(view, &current, metric, "", 1, at, &Dimensions::default());
    }
    let about = About::participant(current.id(), enrolment.participant);
    notify::tell(view, NotificationKind::ShareRecorded, &about)?;
    pay_share(view, &current, &enrolment, &participant, &command.channel)?;
    Ok(ShareRecorded { touch, number })
}

fn pay_share(
    view: &mut View<'_>,
    current: &Current,
    enrolment: &Enrolment,
    participant: &Participant,
    channel: &Channel,
) -> Decide<()> {
    let facts = ShareFacts::new(&current.compiled, channel.to_string(), (participant, enrolment), view.now());
    for rule in current.compiled.rules.iter().filter(|rule| rule.model.on == Trigger::Shared) {
        let refusal = if rule.model.occurrence.admits(enrolment.shares) {
            unmet(rule.when.as_ref(), &facts)
        } else {
            Some(Finding::new(Reason::OccurrenceNotPaid).because(format!("number {}", enrolment.shares)))
        };
        if let Some(finding) = refusal {
            view.find(finding.in_campaign(current.id()).by_rule(&rule.model.id));
            continue;
        }
        let Some(Ok(amount)) = rule.model.give.as_ref().map(|give| amount(give, None)).transpose()? else { continue };
        let key = RewardKey {
            campaign: current.id(),
            rule: rule.model.id.clone(),
            participant: enrolment.participant,
            cause: Cause::Share(enrolment.shares),
        };
        let earned = Earned {
            current,
            pinned: &current.compiled,
            key,
            version: current.compiled.version,
            role: Role::Referrer,
            beneficiary: participant,
            invitee: None,
            lead: None,
            amount,
            base: None,
            at: view.now(),
            hold: Hold::of(rule, view.now(), false),
            expires: rule.model.expires,
            refused: None,
        };
        reward::grant(view, &earned)?;
    }
    Ok(())
}

/// Where somebody landed: by a link, or by a code.
struct Landing<'a> {
    current: &'a Current,
    referrer: ParticipantId,
    grant: Option<GrantId>,
    counter: Option<u32>,
}

impl<'a> Landing<'a> {
    fn of(current: &'a Current, referrer: ParticipantId) -> Self {
        Self { current, referrer, grant: None, counter: None }
    }

    fn put(
        &self,
        view: &mut View<'_>,
        touched: TouchKind,
        channel: Option<Channel>,
        visitor: Option<crate::value::VisitorId>,
        verdict: Verdict,
        network: Option<IpPrefix>,
    ) -> TouchId {
        let at = view.now();
        let touch = TouchId::mint(at, view.entropy());
        let country = view.facts().country;
        let Self { referrer, grant, counter, .. } = *self;
        let campaign = self.current.id();
        view.put(Touch {
            touch,
            campaign,
            touched,
            referrer,
            grant,
            counter,
            channel,
            visitor,
            verdict,
            country,
            network,
            at,
        });
        touch
    }
}

/// Records that somebody followed a link or used a code, or saw the page behind it.
pub(super) fn click(view: &mut View<'_>, command: &RecordClick) -> Decide<ClickRecorded> {
    let (current, referrer, link) = land(view, command)?;
    let destination = destination(&current, command.destination.as_deref())?;
    let landing = Landing {
        current: &current,
        referrer,
        grant: link.as_ref().map(|link| link.grant),
        counter: link.as_ref().map(|link| link.counter),
    };
    let channel = link.as_ref().and_then(|link| link.channel.clone());
    let visitor = command.visitor.as_ref().map(|raw| view.keyring().visitor_id(view.tenant(), raw));
    let mut verdict = traffic::verdict(&Signals {
        method: command.method.as_deref(),
        user_agent: command.user_agent.as_deref(),
        purpose: command.purpose.as_deref(),
    });
    let network = command.ip.map(IpPrefix::from);
    let touched = if command.view { TouchKind::View } else { TouchKind::Click };
    // A code has no grant of its own: its owner's server grant stands for it among the visitor's links.
    let grant = match &link {
        Some(link) => Some(link.grant),
        None => view
            .get::<Enrolment>(EnrolmentKey { campaign: current.id(), participant: referrer })?
            .map(|enrolment| enrolment.grant),
    };
    let seen = match visitor {
        Some(visitor) => Some(visitor::remember(view, current.id(), visitor)?),
        None => None,
    };
    if let (Verdict::Human, TouchKind::Click, Some(seen), Some(grant)) = (verdict, touched, &seen, grant)
        && visitor::is_duplicate(view, seen, grant, landing.counter)
    {
        verdict = Verdict::Duplicate;
    }
    let touch = landing.put(view, touched, channel.clone(), visitor, verdict, network);
    let dimensions =
        Dimensions { channel: channel.clone(), country: view.facts().country, version: None, referrer: Some(referrer) };
    let metric = match (verdict, touched) {
        (Verdict::Human, TouchKind::View) => Metric::Views,
        (Verdict::Human, _) => Metric::Clicks,
        _ => Metric::UncountedClicks,
    };
    metrics::count(view, &current, metric, 1, &dimensions);
    if let (Verdict::Human, TouchKind::Click) = (verdict, touched) {
        if let (Some(seen), Some(grant)) = (seen, grant) {
            let counted = visitor::Counted { touch, referrer, channel, grant, counter: landing.counter };
            visitor::note(view, &current, seen, counted);
        }
        notify::tell(view, NotificationKind::ClickRecorded, &About::participant(current.id(), referrer))?;
    }
    Ok(ClickRecorded { touch, campaign: current.id(), referrer, verdict, destination })
}

/// Whose link or code it is. A link that was made offline gets its record when it is first used.
fn land(view: &mut View<'_>, command: &RecordClick) -> Decide<(Current, ParticipantId, Option<Link>)> {
    if let Some(problem) = excess("record_click", "link", &command.link) {
        return Err(refused(view, Reason::LinkInvalid, Some(problem)));
    }
    let text = match command.link.parse::<LinkText>() {
        Ok(text) => text,
        Err(error) => return Err(refused(view, invalid(&error), evidence::problem_of(&error))),
    };
    match text {
        LinkText::Token(sealed) => {
            let Some(current) = campaign::by_id(view, sealed.campaign())? else {
                return Err(Halt::Declined(Reason::LinkInvalid));
            };
            let host = &current.compiled.model.link_host;
            let token = match sealed.verify(view.keyring(), view.tenant(), host) {
                Ok(token) => token,
                Err(error) => return Err(refused(view, Reason::LinkInvalid, evidence::problem_of(&error))),
            };
            let key = LinkKey { campaign: current.id(), grant: token.grant, counter: token.counter };
            let grant = GrantKey { campaign: current.id(), grant: token.grant };
            view.need([key.clone().into(), grant.clone().into()])?;
            let grant = view.get::<Grant>(grant)?.ok_or(Halt::Declined(Reason::EvidenceUnknown))?;
            let known = view.peek::<Link>(key.clone())?;
            if evidence::is_revoked(&grant, known.as_ref()) {
                return Err(Halt::Declined(Reason::LinkRevoked));
            }
            let link = match known {
                Some(link) => link,
                None => {
                    let link = enrol::new_link(key, grant.participant, None, Data::default(), token.made_at());
                    view.put(link.clone());
                    link
                }
            };
            Ok((current, grant.participant, Some(link)))
        }
        LinkText::Code(code) => {
            let slug = command.campaign.as_ref();
            let slug = slug.ok_or_else(|| Error::command("campaign", "is needed with a code"))?;
            let current = campaign::by_slug(view, slug)?;
            match good_code(view, &current, &code, view.now())? {
                Ok(code) => Ok((current, code.participant, None)),
                Err((reason, detail)) => Err(refused(view, reason, detail)),
            }
        }
        LinkText::Claim(_) => {
            let problem = "waits to be claimed by the device that made it".to_owned();
            Err(refused(view, Reason::LinkInvalid, Some(problem)))
        }
    }
}

/// A text that is no link and no code: of a length that only links have, it is a bad link.
fn invalid(error: &Error) -> Reason {
    match error {
        Error::InvalidLink { what: "code", .. } => Reason::CodeInvalid,
        _ => Reason::LinkInvalid,
    }
}

/// Declines what somebody came with, and says in the findings what is wrong with it.
fn refused(view: &mut View<'_>, reason: Reason, detail: Option<String>) -> Halt {
    if let Some(detail) = detail {
        view.find_in_what_was_told(Finding::new(reason).because(detail));
    }
    Halt::Declined(reason)
}

/// Where to send the visitor: what was asked for, if the campaign allows it, else its first destination.
fn destination(current: &Current, asked: Option<&str>) -> Result<Option<String>, Error> {
    let allowed = &current.compiled.model.destinations;
    match asked {
        None => Ok(allowed.first().cloned()),
        Some(asked) if allowed.iter().any(|prefix| url::lies_below(asked, prefix)) => Ok(Some(asked.to_owned())),
        Some(_) => Err(Error::command("destination", "is not on the campaign's allow-list")),
    }
}

/// Foresees what a click reads.
pub(super) fn foresee_click(view: &mut View<'_>, command: &RecordClick) {
    let campaign = match command.link.parse::<LinkText>() {
        Ok(LinkText::Token(sealed)) => {
            view.want([CampaignKey { campaign: sealed.campaign() }]);
            evidence::foresee_token(view, &sealed);
            Some(sealed.campaign())
        }
        Ok(LinkText::Code(parsed)) => {
            let campaign = command.campaign.as_ref().and_then(|slug| foresee::campaign(view, slug));
            if let Some(owner) = campaign.and_then(|campaign| evidence::foresee_code(view, campaign, &parsed)) {
                view.want(campaign.map(|campaign| EnrolmentKey { campaign, participant: owner }));
            }
            campaign
        }
        _ => None,
    };
    if let Some(raw) = &command.visitor {
        let visitor = view.keyring().visitor_id(view.tenant(), raw);
        view.want([VisitorKey { visitor }]);
        view.want(campaign.map(|campaign| VisitKey { campaign, visitor }));
    }
}
