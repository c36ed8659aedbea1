//! People who turned out to be one: the pointer from the one to the other, which is followed one step.

use super::halt::Decide;
use super::view::View;
use crate::record::{Enrolment, EnrolmentKey, Key, Participant, ParticipantKey};
use crate::value::{CampaignId, ParticipantId};

/// Whom a person turned out to be; the person itself, if nobody else.
pub(super) fn root(view: &mut View<'_>, participant: ParticipantId) -> Decide<Participant> {
    let known = view.expect::<Participant>(ParticipantKey { participant })?;
    follow(view, known)
}

/// Follows the pointer of a person who is loaded.
pub(super) fn follow(view: &mut View<'_>, known: Participant) -> Decide<Participant> {
    match &known.merged_into {
        Some(merge) => view.expect::<Participant>(ParticipantKey { participant: merge.into }),
        None => Ok(known),
    }
}

/// Whether two ids are those of one person.
pub(super) fn are_one(view: &mut View<'_>, one: ParticipantId, other: ParticipantId) -> Decide<bool> {
    Ok(one == other || root(view, one)?.participant == root(view, other)?.participant)
}

/// All ids of one person, the one that the others lead to first.
pub(crate) fn ids(view: &mut View<'_>, participant: ParticipantId) -> Decide<Vec<ParticipantId>> {
    let root = root(view, participant)?;
    Ok(of(&root))
}

/// A person's enrolment in a campaign: under the id of the one who stays, or else under one of the others.
pub(crate) fn enrolment(
    view: &mut View<'_>,
    campaign: CampaignId,
    participant: ParticipantId,
) -> Decide<Option<Enrolment>> {
    let key = |participant| EnrolmentKey { campaign, participant };
    if let Some(own) = view.get::<Enrolment>(key(participant))? {
        return Ok(Some(own));
    }
    let ids = ids(view, participant)?;
    view.need(ids.iter().map(|id| Key::from(key(*id))))?;
    for id in ids {
        if let Some(enrolment) = view.get::<Enrolment>(key(id))? {
            return Ok(Some(enrolment));
        }
    }
    Ok(None)
}

/// All ids of a person whom others turned out to be.
pub(super) fn of(root: &Participant) -> Vec<ParticipantId> {
    std::iter::once(root.participant).chain(root.merged.iter().copied()).collect()
}
