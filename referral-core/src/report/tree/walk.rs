//! The people below a person, page by page.
//!
//! The walk goes down before it goes on, and never by recursion. Where a page ended is the way to its last person: for each
//! level the referral that leads down. So a page reads what it shows, and whom a further page begins with needs no memory.

use std::collections::VecDeque;

use super::{Child, Descendant, DescendantPage, MOST_LEVELS, first, placed, referrals_by, together, value};
use crate::decide::Decide;
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Cell, Field, Record, Referral};
use crate::report::question::ShowDescendants;
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{CampaignId, ParticipantId};

/// So many people are shown on a page at most.
const MOST_ON_PAGE: u32 = 200;
/// So many people are passed for a page: those of other levels than the one that was asked for are passed, not shown.
const MOST_PASSED: u32 = 500;
/// A step has so many cells: whose referral it is, and its place among those.
const CELLS: usize = 4;

/// One step down: the referrer's id under which the referral stands, and its place there.
#[derive(Clone, Debug)]
struct Step {
    referrer: ParticipantId,
    place: Cursor,
}

/// One person on the way down, and how far their referrals were passed.
#[derive(Debug)]
struct Frame {
    ids: Vec<ParticipantId>,
    /// Which of the ids is listed.
    listed: usize,
    after: Option<Cursor>,
    children: VecDeque<Child>,
}

impl Frame {
    fn new(ids: Vec<ParticipantId>) -> Self {
        Self { ids, listed: 0, after: None, children: VecDeque::new() }
    }

    fn request(&self, campaign: CampaignId) -> Option<PageRequest> {
        let referrer = self.ids.get(self.listed)?;
        Some(referrals_by(campaign, *referrer, self.after.clone()))
    }

    /// The next of the person's referrals.
    fn next(&mut self, reader: &mut Reader<'_>, campaign: CampaignId, goes_down: bool) -> Decide<Option<Child>> {
        while self.children.is_empty() {
            let Some(request) = self.request(campaign) else { return Ok(None) };
            let (children, next) = placed(reader, &request)?;
            if goes_down {
                // All of them are passed sooner or later, and most of them soon.
                let requests = children.iter().filter_map(|child| Self::new(child.ids.clone()).request(campaign));
                reader.need_pages(requests.collect::<Vec<_>>())?;
            }
            self.children = children.into();
            self.listed += usize::from(next.is_none());
            self.after = next;
        }
        Ok(self.children.pop_front())
    }
}

pub(in crate::report) fn page(reader: &mut Reader<'_>, asked: &ShowDescendants) -> Decide<DescendantPage> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let participant = reader.participant(&asked.participant)?.participant;
    let deepest = asked.level.unwrap_or(MOST_LEVELS).clamp(1, MOST_LEVELS);
    let limit = usize::try_from(asked.page.limit.clamp(1, MOST_ON_PAGE)).unwrap_or(1);
    let steps = asked.page.after.as_ref().map(steps_in).transpose()?.unwrap_or_default();
    let mut frames = frames(reader, participant, &steps, deepest)?;
    let (mut way, mut last) = (steps, Vec::new());
    let (mut found, mut passed) = (Vec::new(), 0);
    let next = loop {
        let level = u32::try_from(frames.len()).unwrap_or(u32::MAX);
        let Some(frame) = frames.last_mut() else { break None };
        let referrer = first(&frame.ids, participant);
        let Some(child) = frame.next(reader, campaign, level < deepest)? else {
            frames.pop();
            continue;
        };
        let is_above = |frame: &Frame| frame.ids.contains(&child.person());
        if frames.iter().any(is_above) {
            continue;
        }
        let is_shown = asked.level.is_none_or(|only| only == level);
        if is_shown && found.len() == limit || passed == MOST_PASSED {
            break Some(cursor_of(&last));
        }
        passed += 1;
        way.truncate(frames.len().saturating_sub(1));
        way.push(step_to(&child.place));
        last.clone_from(&way);
        if level < deepest {
            frames.push(Frame::new(child.ids.clone()));
        }
        if is_shown {
            found.push((child, level, referrer));
        }
    };
    let descendants = together(found, |(child, level, referrer)| descendant(reader, &child, level, referrer))?;
    Ok(DescendantPage { participant, descendants, next })
}

fn descendant(reader: &mut Reader<'_>, child: &Child, level: u32, referrer: ParticipantId) -> Decide<Descendant> {
    let value = value::of(reader, &child.leads)?;
    let Referral { lead, lead_at, progress, .. } = child.place;
    Ok(Descendant { participant: child.person(), level, referrer, lead, lead_at, progress, value })
}

/// The people on the way to where the page before ended.
fn frames(reader: &mut Reader<'_>, participant: ParticipantId, steps: &[Step], deepest: u32) -> Decide<Vec<Frame>> {
    let below = together(steps, |step| reader.ids(step.invitee()?))?;
    let mut frames = Vec::from([Frame::new(reader.ids(participant)?)]);
    for (step, ids) in steps.iter().zip(below) {
        let Some(above) = frames.last_mut() else { return Err(strange().into()) };
        above.listed = above.ids.iter().position(|id| *id == step.referrer).ok_or_else(strange)?;
        above.after = Some(step.place.clone());
        frames.push(Frame::new(ids));
    }
    frames.truncate(usize::try_from(deepest).unwrap_or(usize::MAX));
    Ok(frames)
}

fn strange() -> Error {
    Error::command("page", "the cursor belongs to another list")
}

fn step_to(place: &Referral) -> Step {
    let listing = Listing::ReferralsBy { campaign: place.campaign, referrer: place.referrer };
    Step { referrer: place.referrer, place: listing.behind(&Record::from(place.clone())) }
}

impl Step {
    /// Whom it leads to: the listing's order is by time, invitee and number.
    fn invitee(&self) -> Decide<ParticipantId> {
        let cell = self.place.0.get(1).cloned().unwrap_or(Cell::Null);
        Ok(ParticipantId::from_cell(cell).map_err(|_| strange())?)
    }
}

fn cursor_of(steps: &[Step]) -> Cursor {
    let cells = |step: &Step| [step.referrer.to_cell()].into_iter().chain(step.place.0.clone());
    Cursor(steps.iter().flat_map(cells).collect())
}

fn steps_in(Cursor(cells): &Cursor) -> Result<Vec<Step>, Error> {
    let most = usize::try_from(MOST_LEVELS).unwrap_or(usize::MAX).saturating_mul(CELLS);
    if cells.is_empty() || cells.len() > most || !cells.len().is_multiple_of(CELLS) {
        return Err(strange());
    }
    let step = |cells: &[Cell]| {
        let (referrer, place) = cells.split_first().ok_or_else(strange)?;
        let referrer = ParticipantId::from_cell(referrer.clone()).map_err(|_| strange())?;
        Ok(Step { referrer, place: Cursor(place.to_vec()) })
    };
    cells.chunks(CELLS).map(step).collect()
}
