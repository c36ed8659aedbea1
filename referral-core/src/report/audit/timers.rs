//! Timers against what they wait for: a hold ends once.

use std::collections::BTreeSet;

use super::books::Books;
use super::{Audited, Invariant};
use crate::decide::{lookup_ends, waits_for_use};
use crate::record::{HoldKind, Moderation, Progress, RecordKind, Referral, RewardState, Subject, TimerKey, TimerKind};

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
        let (brings, use_ends) = (TimerKind::RedemptionEnds, reward.redeem_by.filter(|_| waits_for_use(reward)));
        expected.extend(use_ends.map(|due_at| TimerKey { due_at, brings, subject: subject() }));
    }
    for referral in books.referrals.values().filter(|referral| may_expire(referral)) {
        let (brings, subject) = (TimerKind::LeadExpires, Subject::Referral(referral.key()));
        expected.extend(referral.expires_at.map(|due_at| TimerKey { due_at, brings, subject }));
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

fn may_expire(referral: &Referral) -> bool {
    referral.progress == Progress::Lead && referral.moderation != Moderation::Denied
}

fn name(key: &TimerKey) -> String {
    format!("timer {}/{}/{}", key.due_at, key.brings, key.subject)
}
