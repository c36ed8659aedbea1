//! What hands say of referrals and do with rewards: who, when and why.

use serde::{Deserialize, Serialize};

use super::field::json_fields;
use super::kind::ConversionKey;
use super::part::Private;
use super::state::{HandKind, MarkKind, Moderation};
use crate::value::{CommandKey, Day, HostId, ParticipantId, Timestamp};

/// A reward remembers so many moves of hands.
pub const MOST_HAND_MOVES: usize = 16;

use super::fact::MOST_TOLD;
/// A mark that a hand set on a referral. Of several the one with the greatest (`at`, `command`) counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When, as the host claims.
    pub at: Timestamp,
    /// The command that set it.
    pub command: CommandKey,
    /// What it says.
    pub says: MarkKind,
    /// Who set it, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The verdicts of the parts of conditions that were read when it was set.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reading: String,
}

/// Notes a mark, by time and command; the same told again is kept once. Of more than 16 the earliest goes. Whether another mark
/// has the same time and says something else.
pub fn note_mark(marks: &mut Vec<Mark>, new: Mark) -> bool {
    let of = |mark: &Mark| (mark.says, mark.actor.clone(), mark.reason.clone());
    if marks.iter().rfind(|known| known.at == new.at).is_some_and(|known| of(known) == of(&new)) {
        return false;
    }
    let differs = marks.iter().any(|known| known.at == new.at && known.says != new.says);
    let index = marks.partition_point(|known| (known.at, known.command) < (new.at, new.command));
    marks.insert(index, new);
    if marks.len() > MOST_TOLD {
        marks.remove(0);
    }
    differs
}

/// Notes what a hand said by moderation, by time and command; the same told again is kept once. Of more than 16 the earliest
/// goes. Whether another word has the same time and says something else.
pub fn note_moderating(known: &mut Vec<Moderating>, new: Moderating) -> bool {
    let of = |said: &Moderating| (said.says, said.actor.clone(), said.reason.clone());
    if known.iter().rfind(|other| other.at == new.at).is_some_and(|other| of(other) == of(&new)) {
        return false;
    }
    let differs = known.iter().any(|other| other.at == new.at && other.says != new.says);
    let index = known.partition_point(|other| (other.at, other.command) < (new.at, new.command));
    known.insert(index, new);
    if known.len() > MOST_TOLD {
        known.remove(0);
    }
    differs
}

/// What a hand last said by moderation, when, who, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderating {
    /// What.
    pub says: Moderation,
    /// When, as the host claims.
    pub at: Timestamp,
    /// The command that said it.
    pub command: CommandKey,
    /// Who, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// That a hand gave a referral to another referrer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reassignment {
    /// Whose it was.
    pub from: ParticipantId,
    /// When, as the host claims.
    pub at: Timestamp,
    /// The command that did it.
    pub command: CommandKey,
    /// Who, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// That a person turned out to be another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// Whom.
    pub into: ParticipantId,
    /// When, as the host claims.
    pub at: Timestamp,
    /// The command that said it.
    pub command: CommandKey,
    /// Who said it, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a person was known by who turned out to be another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formerly {
    /// The host's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_id: Option<HostId>,
    /// The email as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Private>,
}

/// That an invitee seems to be the referrer: what told so first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suspicion {
    /// When that happened.
    pub at: Timestamp,
    /// The order that told it; none, if it was the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<ConversionKey>,
    /// Whether only the mailbox is the same, and no id and no email.
    pub mailbox: bool,
}

/// What moderation says of a lead: a hand's last word since the lead, or else a suspicion, which flags. A suspicion later than a
/// hand's clearing flags again; what a hand denied stays denied.
#[must_use]
pub fn moderation_of(said: &[Moderating], lead_at: Timestamp, suspected: Option<&Suspicion>) -> Moderation {
    match (said.last().filter(|said| said.at >= lead_at), suspected) {
        (Some(said), Some(found)) if said.says != Moderation::Denied && said.at < found.at => Moderation::Flagged,
        (Some(said), _) => said.says,
        (None, Some(_)) => Moderation::Flagged,
        (None, None) => Moderation::Clear,
    }
}

/// What a hand did with a reward, who, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandMove {
    /// What was done.
    pub did: HandKind,
    /// When, as the host claims.
    pub at: Timestamp,
    /// The command that did it.
    pub command: CommandKey,
    /// Who, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Notes a move of a hand, latest last. Of more than 16 the oldest redemption goes first, then the oldest move.
pub fn note_hand(hands: &mut Vec<HandMove>, new: HandMove) {
    hands.push(new);
    while hands.len() > MOST_HAND_MOVES {
        let redemption = hands.iter().position(|hand| hand.did == HandKind::Redeem);
        hands.remove(redemption.unwrap_or(0));
    }
}

/// Who said something, when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When, as the host claims.
    pub at: Timestamp,
    /// The command that said it.
    pub command: CommandKey,
    /// Who, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How many customers could refer on a day and later, until another number is stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EligibleStated {
    /// The day, in the campaign's zone.
    pub day: Day,
    /// How many.
    pub customers: i64,
    /// Who stated it, when, and why.
    pub said: Said,
}

/// So many statements of eligible customers are kept.
pub const MOST_ELIGIBLE: usize = 400;

/// Notes how many customers could refer on a day. Of two statements of one day the one with the greater time and command counts.
/// Of more than 400 days the earliest goes. Whether it counts.
pub fn note_eligible(stated: &mut Vec<EligibleStated>, new: EligibleStated) -> bool {
    let when = |one: &EligibleStated| (one.said.at, one.said.command);
    let index = stated.partition_point(|known| known.day < new.day);
    match stated.get_mut(index).filter(|known| known.day == new.day) {
        Some(known) if when(known) > when(&new) => return false,
        Some(known) => *known = new,
        None => stated.insert(index, new),
    }
    if stated.len() > MOST_ELIGIBLE {
        stated.remove(0);
        return index > 0;
    }
    true
}

json_fields! {
    Vec<EligibleStated>, Said, Vec<Reassignment>, Merge, Vec<Formerly>, Vec<Mark>, Vec<Moderating>, Suspicion, Vec<HandMove>,
}
