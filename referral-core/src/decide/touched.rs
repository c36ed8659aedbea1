//! The touches that were known when evidence was told: read of the visitor, and kept with the evidence.

use super::campaign::Current;
use super::halt::Decide;
use super::view::View;
use crate::command::EvidenceGiven;
use crate::record::{EvidenceTouches, SeenTouch, ToldTouch, Utm, Visitor, VisitorKey};
use crate::value::Timestamp;

/// So many touches are kept with evidence: as many as a visitor remembers.
const MOST_TOUCHES: usize = 16;

/// What is remembered of the visitor's counted touches: each once, the earliest first.
pub(super) fn all(view: &mut View<'_>, given: &EvidenceGiven) -> Decide<Vec<SeenTouch>> {
    let Some(raw) = given.visitor.as_ref().filter(|raw| !is_blank(raw)) else { return Ok(Vec::new()) };
    let visitor = view.keyring().visitor_id(view.tenant(), raw);
    let Some(visitor) = view.get::<Visitor>(VisitorKey { visitor })? else { return Ok(Vec::new()) };
    let ends = visitor.campaigns.into_iter().flat_map(|seen| [seen.first, seen.last]);
    let mut touches: Vec<SeenTouch> = ends.chain(visitor.touches).collect();
    touches.sort_by_key(|touch| (touch.at, touch.touch));
    touches.dedup_by_key(|touch| touch.touch);
    Ok(touches)
}

/// The last touches within the window before evidence, as they are kept with it.
pub(super) fn told(current: &Current, touches: &[SeenTouch], at: Timestamp) -> Vec<ToldTouch> {
    let is_before = |touch: &&SeenTouch| touch.at <= at && !is_outside_window(current, touch.at, at);
    let touches: Vec<&SeenTouch> = touches.iter().filter(is_before).collect();
    let last = touches.len().saturating_sub(MOST_TOUCHES);
    let told = |touch: &&SeenTouch| ToldTouch {
        campaign: touch.campaign,
        referrer: touch.referrer,
        channel: touch.channel.clone(),
        link: touch.link,
        utm: named_campaign(&touch.origin.utm),
        hours: u32::try_from(at.since(touch.at).num_hours()).unwrap_or(0),
    };
    touches.iter().skip(last).map(told).collect()
}

/// Source, medium and campaign alone.
pub(super) fn named_campaign(utm: &Utm) -> Utm {
    let Utm { source, medium, campaign, .. } = utm.clone();
    Utm { source, medium, campaign, ..Utm::default() }
}

/// Keeps touches with the evidence that this command tells. A single one that is no more than the evidence itself is not kept.
pub(super) fn keep(view: &mut View<'_>, of_lead: &ToldTouch, touches: &[ToldTouch]) {
    let says_no_more = match touches {
        [] => true,
        [only] => ToldTouch { hours: of_lead.hours, ..only.clone() } == *of_lead,
        _ => false,
    };
    if !says_no_more {
        let (campaign, command) = (of_lead.campaign, view.command());
        view.put(EvidenceTouches { campaign, command, touches: touches.to_vec() });
    }
}

/// Half-open: a sign-up at the very end of the window is too late.
pub(super) fn is_outside_window(current: &Current, met: Timestamp, at: Timestamp) -> bool {
    met.plus(current.compiled.model.attribution.window.delta()) <= at
}

/// Whether nothing was typed: a form that sends its empty field names nobody.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}
