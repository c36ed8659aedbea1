//! People who turned out to be one: the pointer from the one to the other, which is followed one step.

use super::halt::Decide;
use super::view::View;
use crate::record::{Participant, ParticipantKey};
use crate::value::ParticipantId;

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

/// All ids of a person whom others turned out to be.
pub(super) fn of(root: &Participant) -> Vec<ParticipantId> {
    std::iter::once(root.participant).chain(root.merged.iter().copied()).collect()
}
