//! What is remembered of an anonymous visitor: enough for attribution and duplicates, and bounded.
//!
//! Distinct visitors are counted by one [`Visit`] for each campaign: no bound on the visitor's record makes them wrong.

use super::campaign::Current;
use super::halt::Decide;
use super::metrics::{EVER, count_distinct, day_period, month_period};
use super::view::View;
use crate::record::{
    Channel, Days, Key, Metric, Origin, RecentLink, SeenCampaign, SeenTouch, UsedLink, Visit, VisitKey, Visitor,
    VisitorKey,
};
use crate::value::{CampaignId, GrantId, ParticipantId, Span, TouchId, VisitorId};

const DUPLICATE_WITHIN: Span = Span::hours(1);
const MOST_TOUCHES: usize = 16;
const MOST_RECENT: usize = 256;
const MOST_CAMPAIGNS: usize = 64;

/// A counted click, as it is remembered.
pub(super) struct Counted {
    pub(super) touch: TouchId,
    pub(super) referrer: ParticipantId,
    pub(super) channel: Option<Channel>,
    pub(super) grant: GrantId,
    pub(super) link: Option<UsedLink>,
    pub(super) origin: Origin,
}

/// What is remembered of a visitor, here and in `campaign`.
pub(super) struct Seen {
    visitor: Visitor,
    visit: Visit,
}

/// What is remembered of a visitor.
pub(super) fn remember(view: &mut View<'_>, campaign: CampaignId, visitor: VisitorId) -> Decide<Seen> {
    let key = VisitKey { campaign, visitor };
    view.need([Key::from(VisitorKey { visitor }), key.clone().into()])?;
    let blank = Visitor { visitor, campaigns: Vec::new(), touches: Vec::new(), recent: Vec::new() };
    let known = view.get::<Visitor>(VisitorKey { visitor })?.unwrap_or(blank);
    // Every counted click of the visitor puts the visitor's record: the visit needs no guard beside it.
    let blank = Visit { campaign, visitor, days: Days::default(), reached: Days::default() };
    let visit = view.peek::<Visit>(key)?.unwrap_or(blank);
    Ok(Seen { visitor: known, visit })
}

/// Whether a counted click of the visitor on this link lies in the hour before now. One that lies behind now, because
/// the clock went back, makes none a duplicate.
pub(super) fn is_duplicate(view: &View<'_>, seen: &Seen, grant: GrantId, counter: Option<u32>) -> bool {
    let now = view.now();
    let since = now.plus(-DUPLICATE_WITHIN.delta());
    let is_before = |recent: &RecentLink| recent.at > since && recent.at <= now;
    seen.visitor.recent.iter().any(|recent| (recent.grant, recent.counter) == (grant, counter) && is_before(recent))
}

/// Remembers a counted click, and counts the visitor where it is new.
pub(super) fn note(view: &mut View<'_>, current: &Current, seen: Seen, counted: Counted) {
    let at = view.now();
    let Seen { visitor: mut known, mut visit } = seen;
    let Counted { touch, referrer, channel, grant, link, origin } = counted;
    let counter = link.map(|link| link.counter);
    let touch = SeenTouch { touch, campaign: current.id(), referrer, channel, link, origin, at };
    let since = at.plus(-DUPLICATE_WITHIN.delta());
    known.recent.retain(|recent| recent.at > since);
    keep_last(&mut known.recent, RecentLink { grant, counter, at }, MOST_RECENT);
    keep_last(&mut known.touches, touch.clone(), MOST_TOUCHES);
    note_campaign(&mut known, touch, current);
    view.put(known);
    let is_new = count_new(view, current, Metric::Visitors, &mut visit.days);
    if count_new(view, current, Metric::Reach, &mut visit.reached) || is_new {
        view.put(visit);
    }
}

/// Counts the visitor of a view where it is new.
pub(super) fn note_view(view: &mut View<'_>, current: &Current, seen: Seen) {
    let Seen { mut visit, .. } = seen;
    if count_new(view, current, Metric::Reach, &mut visit.reached) {
        view.put(visit);
    }
}

/// Counts a visitor in the periods of today that are not among the visitor's days yet, and adds today to them. Whether it was
/// new.
fn count_new(view: &mut View<'_>, current: &Current, metric: Metric, days: &mut Days) -> bool {
    let today = current.compiled.model.zone.day(view.now());
    if days.has_day(today) {
        return false;
    }
    count_distinct(view, current, metric, day_period(today));
    if !days.has_month(today) {
        count_distinct(view, current, metric, month_period(today));
    }
    if days.0.is_empty() {
        count_distinct(view, current, metric, EVER.to_owned());
    }
    days.add(today);
    true
}

/// Keeps the first and the last touch by time, in whichever order they were told. A first one that lies outside the window gives way to the first within it, as far as
/// that is remembered: it could attribute nothing any more.
fn note_campaign(known: &mut Visitor, touch: SeenTouch, current: &Current) {
    let starts = touch.at.plus(-current.compiled.model.attribution.window.delta());
    let in_window = |seen: &&SeenTouch| seen.campaign == touch.campaign && seen.at > starts;
    match known.campaigns.iter_mut().find(|seen| seen.first.campaign == touch.campaign) {
        Some(campaign) => {
            if campaign.first.at <= starts {
                campaign.first =
                    known.touches.iter().filter(in_window).min_by_key(|seen| seen.at).unwrap_or(&touch).clone();
            } else if touch.at < campaign.first.at {
                campaign.first = touch.clone();
            }
            if touch.at >= campaign.last.at {
                campaign.last = touch;
            }
        }
        None => {
            let campaign = SeenCampaign { first: touch.clone(), last: touch };
            keep_last(&mut known.campaigns, campaign, MOST_CAMPAIGNS);
        }
    }
}

fn keep_last<T>(list: &mut Vec<T>, new: T, most: usize) {
    if list.len() >= most {
        list.remove(0);
    }
    list.push(new);
}
