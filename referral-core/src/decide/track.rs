//! Records shares, views and clicks.

use super::ask::{ShareFacts, unmet};
use super::campaign::Current;
use super::earned::{Earned, Hold};
use super::enrol::enrolled;
use super::evidence;
use super::foresee;
use super::halt::{Decide, Halt};
use super::merged;
use super::metrics::{self, Dimensions};
use super::notify::{self, About};
use super::reward;
use super::view::View;
use super::visitor;
use super::whose::{self, Astray, By, Led};
use crate::campaign::Trigger;
use crate::command::bounds::excess;
use crate::command::{ClickRecorded, FetchHeaders, Finding, Reason, RecordClick, RecordShare, ShareRecorded};
use crate::error::Error;
use crate::evaluate::amount;
use crate::link::LinkText;
use crate::record::{
    CampaignKey, Cause, Channel, Enrolment, EnrolmentKey, Grant, GrantKey, Link, Metric, NotificationKind, Origin,
    Participant, ParticipantState, RewardKey, Role, Touch, TouchKind, UsedLink, Utm, Verdict, VisitKey, VisitorKey,
};
use crate::rule::traffic::{self, Fetch, Signals};
use crate::rule::{agent, destination as url, landing};
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
        person: Some(enrolment.participant),
        ..Dimensions::default()
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

/// Where somebody landed, by a link or by a code, and where they came from.
struct Landing<'a> {
    current: &'a Current,
    referrer: ParticipantId,
    link: Option<UsedLink>,
    origin: Origin,
}

impl<'a> Landing<'a> {
    fn of(current: &'a Current, referrer: ParticipantId) -> Self {
        Self { current, referrer, link: None, origin: Origin::default() }
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
        let (grant, counter) = (self.link.map(|link| link.grant), self.link.map(|link| link.counter));
        let (campaign, referrer, origin) = (self.current.id(), self.referrer, self.origin.clone());
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
            origin,
            network,
            at,
        });
        touch
    }
}

/// Records that somebody followed a link or used a code, or saw the page behind it.
pub(super) fn click(view: &mut View<'_>, command: &RecordClick) -> Decide<ClickRecorded> {
    let (current, referrer, by) = land(view, command)?;
    let destination = destination(&current, command.destination.as_deref())?;
    let origin = origin_of(view, command, by.link());
    let destination = destination.map(|destination| carried_on(&current, &destination, &by, &origin.utm));
    let link = by.link();
    let landing = Landing {
        current: &current,
        referrer,
        link: link.map(|link| UsedLink { grant: link.grant, counter: link.counter }),
        origin,
    };
    let channel = link.and_then(|link| link.channel.clone());
    let visitor = command.visitor.as_ref().map(|raw| view.keyring().visitor_id(view.tenant(), raw));
    let mut verdict = traffic::verdict(&signals(command));
    let network = command.ip.map(IpPrefix::from);
    let touched = if command.view { TouchKind::View } else { TouchKind::Click };
    // A code has no grant of its own: its owner's server grant stands for it among the visitor's links.
    let grant = match link {
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
        && visitor::is_duplicate(view, seen, grant, landing.link.map(|link| link.counter))
    {
        verdict = Verdict::Duplicate;
    }
    let touch = landing.put(view, touched, channel.clone(), visitor, verdict, network);
    let dimensions = Dimensions {
        channel: channel.clone(),
        country: view.facts().country,
        link: landing.link,
        origin: landing.origin.clone(),
        person: Some(referrer),
        ..Dimensions::default()
    };
    let metric = match (verdict, touched) {
        (Verdict::Human, TouchKind::View) => Metric::Views,
        (Verdict::Human, _) => Metric::Clicks,
        _ => Metric::UncountedClicks,
    };
    metrics::count(view, &current, metric, 1, &dimensions);
    match (verdict, touched, seen) {
        (Verdict::Human, TouchKind::View, Some(seen)) => visitor::note_view(view, &current, seen),
        (Verdict::Human, TouchKind::Click, seen) => {
            let landed = Landed { touch, referrer, channel, grant };
            note_click(view, &landing, seen, landed)?;
        }
        _ => {}
    }
    Ok(ClickRecorded { touch, campaign: current.id(), referrer, verdict, destination })
}

/// A counted click.
struct Landed {
    touch: TouchId,
    referrer: ParticipantId,
    channel: Option<Channel>,
    grant: Option<GrantId>,
}

/// Remembers a counted click of a visitor, counts its referrer if it is the first one, and tells of it.
fn note_click(view: &mut View<'_>, landing: &Landing<'_>, seen: Option<visitor::Seen>, landed: Landed) -> Decide<()> {
    let Landed { touch, referrer, channel, grant } = landed;
    let (current, link, origin) = (landing.current, landing.link, landing.origin.clone());
    if let (Some(seen), Some(grant)) = (seen, grant) {
        visitor::note(view, current, seen, visitor::Counted { touch, referrer, channel, grant, link, origin });
    }
    note_referrer(view, current, referrer, link)?;
    notify::tell(view, NotificationKind::ClickRecorded, &About::participant(current.id(), referrer))
}

/// Counts a referrer at the first counted click. The grant of a link says so too, so that further clicks need not load the
/// enrolment.
fn note_referrer(
    view: &mut View<'_>,
    current: &Current,
    referrer: ParticipantId,
    link: Option<UsedLink>,
) -> Decide<()> {
    let campaign = current.id();
    if let Some(UsedLink { grant, .. }) = link {
        let Some(grant) = view.peek::<Grant>(GrantKey { campaign, grant })?.filter(|grant| !grant.clicked) else {
            return Ok(());
        };
        view.need([EnrolmentKey { campaign, participant: referrer }.into()])?;
        view.put(Grant { clicked: true, ..grant });
    }
    let enrolment = view.peek::<Enrolment>(EnrolmentKey { campaign, participant: referrer })?;
    if let Some(enrolment) = enrolment.filter(|enrolment| !enrolment.clicked) {
        view.put(Enrolment { clicked: true, ..enrolment });
        metrics::count(view, current, Metric::ReferrersByClick, 1, &Dimensions::default());
    }
    Ok(())
}

/// What a request says of what stands behind it. A view is told by a script of the page, whose own call says nothing of the visit.
fn signals(command: &RecordClick) -> Signals<'_> {
    let FetchHeaders { site, mode, dest, user } = &command.fetch;
    let fetch = Fetch { site: site.as_deref(), mode: mode.as_deref(), dest: dest.as_deref(), user: user.as_deref() };
    Signals {
        method: command.method.as_deref(),
        user_agent: command.user_agent.as_deref(),
        purpose: command.purpose.as_deref(),
        fetch: if command.view { Fetch::default() } else { fetch },
    }
}

/// Where somebody came from. A link with UTM values keeps them, whatever the URL says.
fn origin_of(view: &View<'_>, command: &RecordClick, link: Option<&Link>) -> Origin {
    let agent = command.user_agent.as_deref().filter(|agent| !agent.trim().is_empty()).map(agent::read);
    let of_link = link.map(|link| Utm::of_link(&link.utm)).filter(|utm| !utm.is_empty());
    let of_url = || landing::utm_of_query(command.query.as_deref().unwrap_or(&command.link));
    Origin {
        device: agent.map(|agent| agent.device),
        browser: agent.map(|agent| agent.browser),
        system: agent.map(|agent| agent.system),
        referring_host: command.referer.as_deref().and_then(landing::referring_host),
        city: view.facts().city.clone(),
        utm: of_link.unwrap_or_else(of_url),
    }
}

/// Whose link or code it is. A link that was made offline gets its record when it is first used.
fn land(view: &mut View<'_>, command: &RecordClick) -> Decide<(Current, ParticipantId, By)> {
    if let Some(problem) = excess("record_click", "link", &command.link) {
        return Err(refused(view, Reason::LinkInvalid, Some(problem)));
    }
    let Led { current, referrer, by } = match whose::find(view, &command.link, command.campaign.as_ref())? {
        Ok(led) => led,
        Err(Astray { reason, detail, .. }) => return Err(refused(view, reason, detail)),
    };
    if let By::Link { link, is_new: true, .. } = &by {
        view.put(Link::clone(link));
    }
    Ok((current, referrer, by))
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
        Some(asked)
            if current.compiled.model.link_parameter.as_deref().is_some_and(|name| url::has_parameter(asked, name)) =>
        {
            Err(Error::command("destination", "has the campaign's `link_parameter`, which is for the link or the code"))
        }
        Some(asked) if allowed.iter().any(|prefix| url::lies_below(asked, prefix)) => Ok(Some(asked.to_owned())),
        Some(_) => Err(Error::command("destination", "is not on the campaign's allow-list")),
    }
}

/// The destination with what the next page needs to know: UTM values, and the token or the code where the campaign names a
/// parameter for it.
pub(crate) fn carried_on<'a>(current: &'a Current, destination: &str, by: &'a By, utm: &'a Utm) -> String {
    let own = current.compiled.model.link_parameter.as_deref().map(|name| (name, by.text()));
    url::with_parameters(destination, landing::utm_parameters(utm).chain(own))
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
