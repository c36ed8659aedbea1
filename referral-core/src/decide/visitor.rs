//! What is remembered of an anonymous visitor: enough for attribution, duplicates and distinct counts, and bounded.

use super::campaign::Current;
use super::halt::Decide;
use super::metrics::{EVER, count_distinct, day_period, month_period};
use super::view::View;
use crate::record::{Channel, Metric, RecentLink, SeenCampaign, SeenTouch, Visitor, VisitorKey};
use crate::value::{Day, GrantId, ParticipantId, Span, TouchId, VisitorId};

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
    pub(super) counter: Option<u32>,
}

/// What is remembered of a visitor.
pub(super) fn remember(view: &mut View<'_>, visitor: VisitorId) -> Decide<Visitor> {
    let blank = Visitor { visitor, campaigns: Vec::new(), touches: Vec::new(), recent: Vec::new() };
    Ok(view.get::<Visitor>(VisitorKey { visitor })?.unwrap_or(blank))
}

/// Whether the visitor's last counted click on this link was within the last hour.
pub(super) fn is_duplicate(view: &View<'_>, seen: &Visitor, grant: GrantId, counter: Option<u32>) -> bool {
    let since = view.now().plus(-DUPLICATE_WITHIN.delta());
    seen.recent.iter().any(|recent| recent.grant == grant && recent.counter == counter && recent.at > since)
}

/// Remembers a counted click, and counts the visitor where it is new.
pub(super) fn note(view: &mut View<'_>, current: &Current, mut seen: Visitor, counted: Counted) {
    let at = view.now();
    let Counted { touch, referrer, channel, grant, counter } = counted;
    let touch = SeenTouch { touch, campaign: current.id(), referrer, channel, at };
    let since = at.plus(-DUPLICATE_WITHIN.delta());
    seen.recent.retain(|recent| recent.at > since && (recent.grant, recent.counter) != (grant, counter));
    keep_last(&mut seen.recent, RecentLink { grant, counter, at }, MOST_RECENT);
    keep_last(&mut seen.touches, touch.clone(), MOST_TOUCHES);
    let today = current.compiled.model.zone.day(at);
    let before = note_campaign(&mut seen, current, touch, today);
    if before.is_none_or(|before| before < today) {
        count_distinct(view, current, Metric::Visitors, day_period(today));
    }
    if before.is_none_or(|before| before.month() < today.month()) {
        count_distinct(view, current, Metric::Visitors, month_period(today));
    }
    if before.is_none() {
        count_distinct(view, current, Metric::Visitors, EVER.to_owned());
    }
    view.put(seen);
}

/// The day before on which the visitor had a counted click in this campaign.
fn note_campaign(seen: &mut Visitor, current: &Current, touch: SeenTouch, today: Day) -> Option<Day> {
    if let Some(campaign) = seen.campaigns.iter_mut().find(|seen| seen.first.campaign == current.id()) {
        let before: Option<Day> = campaign.last_day.parse().ok();
        campaign.last = touch;
        // What is told late never makes a later day new again.
        campaign.last_day = before.map_or(today, |before| before.max(today)).to_string();
        return before;
    }
    let campaign = SeenCampaign { first: touch.clone(), last: touch, last_day: today.to_string() };
    keep_last(&mut seen.campaigns, campaign, MOST_CAMPAIGNS);
    None
}

fn keep_last<T>(list: &mut Vec<T>, new: T, most: usize) {
    if list.len() >= most {
        list.remove(0);
    }
    list.push(new);
}
