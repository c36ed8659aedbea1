//! Timers against what they wait for: a hold ends once.

use std::collections::BTreeSet;

use super::books::Books;
use super::{Audited, Invariant};
use crate::decide::lookup_ends;
use crate::record::{ConversionState, HoldKind, Progress, RecordKind, RewardState, Subject, TimerKey, TimerKind};

pub(super) fn check(books: &Books, audited: &mut Audited) {
    let mut expected: BTreeSet<TimerKey> = BTreeSet::new();
    for reward in books.rewards.values() {
        let subject = || Subject::Reward(reward.key());
        if reward.state == RewardState::Pending && reward.hold == Some(HoldKind::RefundWindow) {
            let brings = TimerKind::HoldEnds;
            expected.extend(reward.held_until.map(|due_at| TimerKey { due_at, brings, subject: subject() }));
        }
        let brings = TimerKind::RewardExpires;
        expected.extend(reward.expires_at.map(|due_at| TimerKey { due_at, brings, subject: subject() }));
    }
    for referral in books.referrals.values().filter(|referral| referral.progress == Progress::Lead) {
        let (brings, subject) = (TimerKind::LeadExpires, Subject::Referral(referral.key()));
        expected.extend(referral.expires_at.map(|due_at| TimerKey { due_at, brings, subject }));
    }
    for conversion in books.conversions.values().filter(|conversion| conversion.state == ConversionState::Waiting) {
        let person = conversion.participant.map(|participant| crate::record::ParticipantKey { participant });
        let waiting = person.and_then(|key| books.participants.get(&key)).map(|person| person.waiting.as_slice());
        let until = waiting.unwrap_or_default().iter().find(|waiting| waiting.conversion == conversion.key());
        let (brings, subject) = (TimerKind::WaitEnds, Subject::Conversion(conversion.key()));
        match until {
            Some(waiting) => drop(expected.insert(TimerKey { due_at: waiting.until, brings, subject })),
            // Its person stopped waiting for it: the timer is still to come and finds nothing to do.
            None => expected.extend(books.timers.keys().filter(|key| key.subject == subject).cloned()),
        }
    }
    for lookup in books.lookups.values() {
        let (brings, subject) = (TimerKind::LookupEnds, Subject::Lookup(lookup.key()));
        expected.insert(TimerKey { due_at: lookup_ends(lookup), brings, subject });
    }
    let found: BTreeSet<TimerKey> = books.timers.keys().cloned().collect();
    for missing in expected.difference(&found) {
        audited.differ(Invariant::TimerHasItsCause, name(missing), "a timer", "none");
    }
    for orphan in found.difference(&expected) {
        audited.differ(Invariant::TimerHasItsCause, name(orphan), "no timer", "one");
    }
}

fn name(key: &TimerKey) -> String {
    format!("timer {}/{}/{}", key.due_at, key.brings, key.subject)
}
