//! What hands did: each step that is kept, with its time, its actor and its reason.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::text::done_by_hand;
use crate::decide::Decide;
use crate::engine::Reader;
use crate::record::{
    Conversion, ConversionKey, Correction, HandKind, HandMove, Key, Mark, MarkKind, Merge, Moderating, Moderation,
    Participant, ParticipantKey, Reassignment, RecordKind, Referral, RefundFact, Reward, RewardKey, Said, Voiding,
};
use crate::value::{CommandKey, EventId, ParticipantId, Timestamp};

/// What a hand did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandReport {
    /// What it did.
    pub did: HandDid,
    /// When, as the host claims.
    pub at: Timestamp,
    /// By which command.
    pub command: CommandKey,
    /// Who, in the host's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it did, in English.
    pub text: String,
}

/// What a hand did, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandDid {
    /// Marked the referral. The last 16 marks are kept.
    Mark(MarkKind),
    /// Moderated the referral. The last 16 findings are kept.
    Moderate(Moderation),
    /// Gave the referral to another referrer; whose it was. The last 16 are kept.
    Reassign(ParticipantId),
    /// Said that the one person is the other, who stays. One of them is the invitee or the referrer.
    MergePeople(ParticipantId, ParticipantId),
    /// Gave an order new amounts, by the correction of that id.
    CorrectConversion(ConversionKey, EventId),
    /// Recorded the refund of that id.
    RecordRefund(ConversionKey, EventId),
    /// Took the refund of that id back: the money did not leave.
    CancelRefund(ConversionKey, EventId),
    /// Said that an order never was.
    VoidConversion(ConversionKey),
    /// Said that a voided order was after all.
    RestoreConversion(ConversionKey),
    /// Moved a reward, or granted what was refused of it.
    Reward(HandKind, RewardKey),
}

impl HandReport {
    fn new(did: HandDid, said: Said) -> Self {
        let Said { at, command, actor, reason } = said;
        Self { text: done_by_hand(&did), did, at, command, actor, reason }
    }
}

/// The steps in order of time.
pub(super) fn in_order(mut hands: Vec<HandReport>) -> Vec<HandReport> {
    hands.sort_by_key(|hand| (hand.at, hand.command));
    hands
}

/// What hands did with a referral, and with the people whose referral it is.
pub(super) fn of_referral(reader: &mut Reader<'_>, referral: &Referral) -> Decide<Vec<HandReport>> {
    let mut hands = Vec::new();
    for Mark { says, at, command, actor, reason, .. } in referral.marks.clone() {
        hands.push(HandReport::new(HandDid::Mark(says), Said { at, command, actor, reason }));
    }
    for Moderating { says, at, command, actor, reason } in referral.moderating.clone() {
        hands.push(HandReport::new(HandDid::Moderate(says), Said { at, command, actor, reason }));
    }
    for Reassignment { from, at, command, actor, reason } in referral.reassigned.clone() {
        hands.push(HandReport::new(HandDid::Reassign(from), Said { at, command, actor, reason }));
    }
    let mut people = BTreeSet::new();
    for person in [referral.invitee, referral.referrer] {
        people.extend(reader.ids(person)?);
    }
    reader.need(people.iter().map(|participant| Key::from(ParticipantKey { participant: *participant })))?;
    for participant in people {
        let person = reader.peek::<Participant>(ParticipantKey { participant })?;
        if let Some(Merge { into, at, command, actor, reason }) = person.and_then(|person| person.merged_into) {
            let did = HandDid::MergePeople(participant, into);
            hands.push(HandReport::new(did, Said { at, command, actor, reason }));
        }
    }
    Ok(hands)
}

/// What hands did with rewards.
pub(super) fn of_rewards(rewards: &[Reward]) -> impl Iterator<Item = HandReport> {
    rewards.iter().flat_map(|reward| {
        let report = |HandMove { did, at, command, actor, reason }| {
            HandReport::new(HandDid::Reward(did, reward.key()), Said { at, command, actor, reason })
        };
        reward.hands.iter().cloned().map(report)
    })
}

/// What hands said of a conversion and of its refunds: of corrections and of voids the last one.
pub(super) fn of_conversion(conversion: &Conversion) -> Vec<HandReport> {
    let mut hands = Vec::new();
    if let Some(Correction { correction, at, command, actor, reason, .. }) = conversion.correction.clone() {
        let did = HandDid::CorrectConversion(conversion.key(), correction);
        hands.push(HandReport::new(did, Said { at, command, actor, reason }));
    }
    if let Some(Voiding { at, command, is_void, actor, reason }) = conversion.voiding.clone() {
        let key = conversion.key();
        let did = if is_void { HandDid::VoidConversion(key) } else { HandDid::RestoreConversion(key) };
        hands.push(HandReport::new(did, Said { at, command, actor, reason }));
    }
    conversion.refunds.iter().for_each(|refund| hands.extend(of_refund(conversion, refund)));
    hands
}

/// What hands said of one refund.
pub(super) fn of_refund(conversion: &Conversion, refund: &RefundFact) -> Vec<HandReport> {
    let (key, id) = (conversion.key(), refund.refund.clone());
    let recorded = refund.recorded.clone();
    let recorded = recorded.map(|said| HandReport::new(HandDid::RecordRefund(key.clone(), id.clone()), said));
    let taken_back = refund.taken_back.clone();
    let taken_back = taken_back.map(|said| HandReport::new(HandDid::CancelRefund(key, id), said));
    recorded.into_iter().chain(taken_back).collect()
}
