//! One referral on a line of time: what `explain` and `show_referral` tell, as a picture.
//!
//! What happened stands in the order of time, one row each, with how long it took between two rows: a touch, what made it a
//! lead, orders, refunds, rewards, and what hands did.

use std::fmt::Write as _;

use referrals::report::{DecisionOf, Explanation, ReferralReport};
use referrals::value::Timestamp;

use crate::escape::{shortened, xml};
use crate::picture::head;

const WIDE: u32 = 900;
const TOP: u32 = 72;
const ROW: u32 = 30;
const LANES_AT: u32 = 220;
const LANE: u32 = 46;
const LETTERS: usize = 66;

const STYLE: &str = "<style>\n\
    text { font: 13px sans-serif; fill: #1c2733; }\n\
    .small { font-size: 11px; fill: #4d5b69; }\n\
    .head { font-size: 15px; font-weight: bold; }\n\
    .line { stroke: #c3ccd5; stroke-width: 2; }\n\
    .touch { fill: #0072b2; } .lead { fill: #009e73; } .order { fill: #e69f00; }\n\
    .refund { fill: #d55e00; } .reward { fill: #cc79a7; } .hand { fill: #56606b; }\n\
    </style>\n";

/// Of what kind something is that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Touch,
    Lead,
    Order,
    Refund,
    Reward,
    Hand,
}

impl Lane {
    const ALL: [Self; 6] = [Self::Touch, Self::Lead, Self::Order, Self::Refund, Self::Reward, Self::Hand];

    fn name(self) -> &'static str {
        match self {
            Self::Touch => "touch",
            Self::Lead => "lead",
            Self::Order => "order",
            Self::Refund => "refund",
            Self::Reward => "reward",
            Self::Hand => "hand",
        }
    }

    /// Where its line is.
    fn x(self) -> u32 {
        let place = Self::ALL.iter().position(|lane| *lane == self).unwrap_or_default();
        LANES_AT.saturating_add(u32::try_from(place).unwrap_or_default().saturating_mul(LANE))
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: Timestamp,
    lane: Lane,
    text: String,
}

/// Draws one referral: `referral` as `show_referral` shows it, `explained` as `explain` does. It names people by nothing but
/// what hands said of themselves.
#[must_use]
pub fn timeline(referral: &ReferralReport, explained: &Explanation) -> String {
    let events = events(referral, explained);
    let rows = u32::try_from(events.len()).unwrap_or(u32::MAX);
    let high = TOP.saturating_add(rows.saturating_mul(ROW)).saturating_add(16);
    let mut svg = head(&explained.summary, WIDE, high);
    svg.push_str(STYLE);
    // Writing to a String cannot fail.
    let _ = writeln!(svg, "<text class=\"head\" x=\"16\" y=\"26\">{}</text>", xml(&explained.summary));
    for lane in Lane::ALL {
        let (x, end) = (lane.x(), high.saturating_sub(12));
        let _ = writeln!(svg, "<text class=\"small\" x=\"{x}\" y=\"52\" text-anchor=\"middle\">{}</text>", lane.name());
        let _ = writeln!(svg, "<line class=\"line\" x1=\"{x}\" y1=\"58\" x2=\"{x}\" y2=\"{end}\"/>");
    }
    let mut before = None;
    let mut y = TOP.saturating_add(10);
    for event in &events {
        draw(&mut svg, event, before, y);
        before = Some(event.at);
        y = y.saturating_add(ROW);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, event: &Event, before: Option<Timestamp>, y: u32) {
    let at: String = event.at.to_string().chars().take(19).collect();
    let at = at.replace('T', " ");
    let (class, x, text_at) = (event.lane.name(), event.lane.x(), Lane::Hand.x().saturating_add(24));
    let base = y.saturating_add(5);
    let _ = write!(svg, "<g><title>{}: {}</title>", xml(&event.at.to_string()), xml(&event.text));
    let _ = write!(svg, "<text x=\"16\" y=\"{base}\">{}</text>", xml(&at));
    if let Some(later) = before.and_then(|before| later(before, event.at)) {
        let _ = write!(svg, "<text class=\"small\" x=\"158\" y=\"{base}\">{later}</text>");
    }
    let _ = write!(svg, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>");
    let text = xml(&shortened(&event.text, LETTERS));
    let _ = writeln!(svg, "<text x=\"{text_at}\" y=\"{base}\">{text}</text></g>");
}

/// How much later something is, if that is worth a word.
fn later(before: Timestamp, at: Timestamp) -> Option<String> {
    let minutes = at.since(before).num_minutes();
    match minutes {
        ..1 => None,
        1..60 => Some(format!("+{minutes} min")),
        60..1_440 => Some(format!("+{} h", minutes / 60)),
        _ => Some(format!("+{} d", minutes / 1_440)),
    }
}

fn events(referral: &ReferralReport, explained: &Explanation) -> Vec<Event> {
    let mut events = Vec::new();
    let mut add = |at, lane, text: String| events.push(Event { at, lane, text });
    let channel = referral.channel.as_ref().map(|channel| format!(" by {channel}")).unwrap_or_default();
    if let Some(at) = referral.clicked_at {
        add(at, Lane::Touch, format!("came by the link{channel}"));
    }
    add(referral.lead_at, Lane::Lead, format!("became a lead: named by {}", referral.evidence));
    if let Some(at) = referral.qualified_at {
        let by = referral.qualified_by.as_ref().map(|order| format!(" by order {}/{}", order.source, order.event));
        add(at, Lane::Lead, format!("qualified{}", by.unwrap_or_default()));
    }
    for order in &referral.conversions {
        let total = order.total.map(|total| format!(": {total}")).unwrap_or_default();
        let void = if order.is_void { ", void" } else { "" };
        let (source, event) = (&order.conversion.source, &order.conversion.event);
        add(order.occurred_at, Lane::Order, format!("{} {source}/{event}{total}{void}", order.kind));
    }
    for decision in &explained.decisions {
        if let DecisionOf::Refund(key) = &decision.of {
            add(decision.at, Lane::Refund, format!("refund {} of order {}/{}", key.refund, key.source, key.event));
        }
    }
    for entry in &explained.entries {
        let (did, amount, rule) = (entry.did, entry.amount.to_string(), &entry.reward.rule);
        add(entry.at, Lane::Reward, format!("{did}: {amount} under rule {rule}"));
    }
    for hand in &explained.hands {
        let actor = hand.actor.as_ref().map(|actor| format!("by {actor}: ")).unwrap_or_default();
        let reason = hand.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        add(hand.at, Lane::Hand, format!("{actor}{}{reason}", hand.text));
    }
    // Of one moment, in the order in which they rest on one another.
    events.sort();
    events
}
