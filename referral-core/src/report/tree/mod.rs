//! Who referred whom over generations, around one person: who is above, who is below, and how much that is.
//!
//! The place of a person in a campaign is the latest lead of the person that is not superseded. So each person has one
//! referrer at most. What a person counts for are all leads of the person that are not superseded: with those that are lost,
//! expired or denied, as in the totals of the campaign. People who turned out to be one are one.

mod value;
mod walk;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use value::TreeValue;
pub(super) use walk::page as descendants;

use super::question::{ShowAncestors, ShowTree};
use crate::decide::{Decide, Halt};
use crate::engine::{Reader, Rows};
use crate::record::{Progress, RecordKind, Referral};
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{CampaignId, ParticipantId, Timestamp};

/// So many levels are followed, up and down.
const MOST_LEVELS: u32 = 64;
/// So many people are counted for one answer.
const MOST_COUNTED: usize = 1_000;
/// So many referrals of one person are listed at once.
const LISTED: u32 = 100;

/// Who is above a person, from the nearest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AncestorReport {
    /// The person.
    pub participant: ParticipantId,
    /// Who referred the person, who referred that one, and so on; at most 64.
    pub ancestors: Vec<Ancestor>,
    /// Why there are no more.
    pub end: AncestorsEnd,
}

/// Somebody above a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ancestor {
    /// Who referred.
    pub participant: ParticipantId,
    /// How many steps above the person, from 1.
    pub level: u32,
    /// Whom that one referred on the way down to the person.
    pub invitee: ParticipantId,
    /// Which of the invitee's leads it is.
    pub lead: u32,
    /// When it became a lead.
    pub lead_at: Timestamp,
    /// How far it is.
    pub progress: Progress,
}

/// Why there is nobody further up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AncestorsEnd {
    /// Nobody referred the last one.
    First,
    /// The last one was referred by somebody below: people who referred one another in a circle.
    Circle,
    /// There are more than 64.
    Bound,
}

/// How many are below a person, and what that is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeReport {
    /// The person.
    pub participant: ParticipantId,
    /// How many people are below.
    pub people: u32,
    /// What all of them count for.
    #[serde(flatten)]
    pub value: TreeValue,
    /// The same by level.
    pub levels: Vec<TreeLevel>,
    /// Whether that is all. At most 1,000 people and 64 levels are counted.
    pub is_whole: bool,
}

/// The people who are as many steps below a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeLevel {
    /// How many steps, from 1.
    pub level: u32,
    /// How many people.
    pub people: u32,
    /// What they count for.
    #[serde(flatten)]
    pub value: TreeValue,
}

/// Somebody below a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descendant {
    /// Who was referred.
    pub participant: ParticipantId,
    /// How many steps below, from 1.
    pub level: u32,
    /// Who referred.
    pub referrer: ParticipantId,
    /// Which of the participant's leads it is.
    pub lead: u32,
    /// When it became a lead.
    pub lead_at: Timestamp,
    /// How far it is.
    pub progress: Progress,
    /// What the participant counts for.
    #[serde(flatten)]
    pub value: TreeValue,
}

/// A page of people below a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescendantPage {
    /// The person.
    pub participant: ParticipantId,
    /// Those below: each before those whom they referred, by when they became leads.
    pub descendants: Vec<Descendant>,
    /// Where the next page begins; none if this is the last. A page that is not the last may be short.
    pub next: Option<Cursor>,
}

/// A person with the place in the tree.
#[derive(Clone, Debug)]
struct Child {
    /// The person's ids, the one that the others lead to first.
    ids: Vec<ParticipantId>,
    /// The lead that is the person's place.
    place: Referral,
    /// All leads of the person.
    leads: Vec<Referral>,
}

impl Child {
    fn person(&self) -> ParticipantId {
        first(&self.ids, self.place.invitee)
    }
}

fn first(ids: &[ParticipantId], or: ParticipantId) -> ParticipantId {
    ids.first().copied().unwrap_or(or)
}

pub(super) fn ancestors(reader: &mut Reader<'_>, asked: &ShowAncestors) -> Decide<AncestorReport> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let participant = reader.participant(&asked.participant)?.participant;
    let mut below = participant;
    let mut seen = BTreeSet::from([participant]);
    let mut ancestors = Vec::new();
    let mut level = 0;
    let end = loop {
        let Some(place) = reader.lead(campaign, below, None)?.filter(|place| !place.superseded) else {
            break AncestorsEnd::First;
        };
        let above = first(&reader.ids(place.referrer)?, place.referrer);
        if !seen.insert(above) {
            break AncestorsEnd::Circle;
        }
        if level == MOST_LEVELS {
            break AncestorsEnd::Bound;
        }
        level += 1;
        let Referral { lead, lead_at, progress, .. } = place;
        ancestors.push(Ancestor { participant: above, level, invitee: below, lead, lead_at, progress });
        below = above;
    };
    Ok(AncestorReport { participant, ancestors, end })
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowTree) -> Decide<TreeReport> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let participant = reader.participant(&asked.participant)?.participant;
    let ids = reader.ids(participant)?;
    let mut seen: BTreeSet<ParticipantId> = ids.iter().copied().collect();
    let mut level = Vec::from([ids]);
    let mut report =
        TreeReport { participant, people: 0, value: TreeValue::default(), levels: Vec::new(), is_whole: true };
    for number in 1..=MOST_LEVELS {
        let room = MOST_COUNTED.saturating_sub(seen.len());
        let found = together(level, |ids| below(reader, campaign, &ids, room))?;
        let mut children: Vec<Child> = found.into_iter().flatten().collect();
        children.retain(|child| seen.insert(child.person()));
        if children.len() > room {
            children.truncate(room);
            report.is_whole = false;
        }
        if children.is_empty() {
            return Ok(report.with_sums());
        }
        report.levels.push(counted(reader, number, &children)?);
        level = children.into_iter().map(|child| child.ids).collect();
        if !report.is_whole {
            break;
        }
    }
    // Behind the last level there may be another one.
    report.is_whole = report.is_whole && {
        let found = together(level, |ids| below(reader, campaign, &ids, 1))?;
        found.into_iter().flatten().all(|child| seen.contains(&child.person()))
    };
    Ok(report.with_sums())
}

impl TreeReport {
    fn with_sums(mut self) -> Self {
        for level in &self.levels {
            self.people = self.people.saturating_add(level.people);
            self.value.add(&level.value);
        }
        self
    }
}

fn counted(reader: &mut Reader<'_>, level: u32, children: &[Child]) -> Decide<TreeLevel> {
    let values = together(children, |child| value::of(reader, &child.leads))?;
    let mut sum = TreeValue::default();
    values.iter().for_each(|value| sum.add(value));
    Ok(TreeLevel { level, people: u32::try_from(children.len()).unwrap_or(u32::MAX), value: sum })
}

/// Whom a person referred, under each id; a little more than `most` at most.
fn below(reader: &mut Reader<'_>, campaign: CampaignId, ids: &[ParticipantId], most: usize) -> Decide<Vec<Child>> {
    let mut children = Vec::new();
    for referrer in ids {
        let mut next = Some(referrals_by(campaign, *referrer, None));
        while let Some(request) = next.filter(|_| children.len() <= most) {
            let (found, after) = placed(reader, &request)?;
            children.extend(found);
            next = after.map(|after| referrals_by(campaign, *referrer, Some(after)));
        }
    }
    Ok(children)
}

fn referrals_by(campaign: CampaignId, referrer: ParticipantId, after: Option<Cursor>) -> PageRequest {
    PageRequest { after, ..Listing::ReferralsBy { campaign, referrer }.first(LISTED) }
}

/// Those on a page of a person's referrals whose place is there.
fn placed(reader: &mut Reader<'_>, request: &PageRequest) -> Decide<(Vec<Child>, Option<Cursor>)> {
    let Rows { rows, next, .. } = reader.rows::<Referral>(request)?;
    let standing = rows.into_iter().filter(|row| !row.superseded);
    let found = together(standing, |row| {
        let ids = reader.ids(row.invitee)?;
        let place = reader.lead(row.campaign, row.invitee, None)?;
        let leads = reader.leads(row.campaign, row.invitee)?;
        let is_here = place.is_some_and(|place| place.key() == row.key());
        Ok(is_here.then_some(Child { ids, place: row, leads }))
    })?;
    Ok((found.into_iter().flatten().collect(), next))
}

/// Reads something of each, so that what all of them lack is loaded together.
fn together<T, U>(items: impl IntoIterator<Item = T>, mut read: impl FnMut(T) -> Decide<U>) -> Decide<Vec<U>> {
    let mut all = Vec::new();
    let mut lacks = false;
    for item in items {
        match read(item) {
            Ok(found) => all.push(found),
            Err(Halt::Missing) => lacks = true,
            Err(halt) => return Err(halt),
        }
    }
    if lacks { Err(Halt::Missing) } else { Ok(all) }
}
