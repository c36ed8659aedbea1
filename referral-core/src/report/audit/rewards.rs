//! Rewards against their causes, their rules, their limits and their orders.

use std::collections::BTreeMap;

use super::books::{Books, reward_name};
use super::totals::is_gone;
use super::{Audited, Invariant};
use crate::record::{
    Cause, ConversionKey, EnrolmentKey, Metric, ParticipantKey, RecordKind, ReferralKey, Reward, RewardState, TallyKey,
    TotalKey,
};

pub(super) fn check(books: &Books, audited: &mut Audited) {
    for reward in books.rewards.values() {
        if !cause_happened(books, reward) {
            let expected = reward.cause.to_string();
            audited.differ(Invariant::CauseHappened, reward_name(&reward.key()), expected, "nothing");
        }
        let version = books.version(reward.campaign, reward.version);
        let by_rule = !matches!(reward.cause, Cause::Hand(_));
        if by_rule && version.and_then(|version| version.rule(&reward.rule)).is_none() {
            let expected = format!("rule {} in version {}", reward.rule, reward.version);
            audited.differ(Invariant::RuleExists, reward_name(&reward.key()), expected, "none");
        }
    }
    limits(books, audited);
    windows(books, audited);
    refunds(books, audited);
}

fn cause_happened(books: &Books, reward: &Reward) -> bool {
    let campaign = reward.campaign;
    let (rule, participant) = (reward.rule.clone(), reward.participant);
    let tally = TallyKey { campaign, rule, participant };
    match &reward.cause {
        Cause::Event(source, event) => {
            let key = ConversionKey { source: source.clone(), event: event.clone() };
            // An order that no lead holds any more, since two people turned out to be one, left a reward that is worth nothing.
            let is_left = reward.quantity == 0 || reward.state == RewardState::Issuing;
            let conversion = books.conversions.get(&key);
            conversion.is_some_and(|conversion| is_left || conversion.counted_in.contains(&campaign))
        }
        Cause::Referral(invitee) => books.referrals.contains_key(&ReferralKey { campaign, invitee: *invitee, lead: 1 }),
        Cause::Qualification(invitee, lead) | Cause::Place(invitee, lead, _) | Cause::Late(invitee, lead, _) => {
            books.referrals.contains_key(&ReferralKey { campaign, invitee: *invitee, lead: *lead })
        }
        Cause::Share(number) => {
            let enrolment = books.enrolments.get(&EnrolmentKey { campaign, participant });
            enrolment.is_some_and(|enrolment| (1..=enrolment.shares).contains(number))
        }
        Cause::Group(group) => books.tallies.get(&tally).is_some_and(|tally| (1..=tally.groups).contains(group)),
        Cause::Level(_) => books.tallies.contains_key(&tally),
        Cause::Hand(_) => books.participants.contains_key(&ParticipantKey { participant }),
    }
}

fn limits(books: &Books, audited: &mut Audited) {
    let mut expected: BTreeMap<&TotalKey, (i64, i64)> = BTreeMap::new();
    for used in books.rewards.values().flat_map(|reward| &reward.used) {
        let (sum, most) = expected.entry(&used.total).or_default();
        *sum = sum.saturating_add(used.by);
        *most = used.at_most.max(*most);
    }
    for key in books.totals.keys().filter(|key| key.metric == Metric::Limit) {
        expected.entry(key).or_default();
    }
    for (key, (sum, most)) in expected {
        let found = books.totals.get(key).map_or(0, |total| total.value);
        let subject = format!("limit {}/{}/{}", key.campaign, key.member, key.period);
        audited.compare(Invariant::LimitIsSumOfRewards, &subject, &sum, &found);
        if sum > most {
            audited.differ(Invariant::LimitIsSumOfRewards, subject, format!("at most {most}"), sum);
        }
    }
}

fn windows(books: &Books, audited: &mut Audited) {
    for (key, window) in &books.windows {
        for grant in &window.grants {
            let reward = books.rewards.get(&grant.reward);
            // What was handed over goes on counting after it was taken back.
            let counts = |reward: &Reward| reward.state.counts() || reward.issued + reward.netted > 0;
            let stands = reward.is_some_and(|reward| counts(reward) && reward.windows.contains(key));
            if !stands {
                let subject = format!("window {}/{}/{}", key.campaign, key.limit, key.participant);
                audited.differ(
                    Invariant::WindowHoldsItsRewards,
                    subject,
                    "a reward that stands",
                    reward_name(&grant.reward),
                );
            }
        }
    }
}

/// What an order earned for itself is nothing once the order is refunded whole.
fn refunds(books: &Books, audited: &mut Audited) {
    for (key, reward) in &books.rewards {
        let Cause::Event(source, event) = &key.cause else { continue };
        let conversion = books.conversions.get(&ConversionKey { source: source.clone(), event: event.clone() });
        let gone = conversion.is_some_and(is_gone);
        if gone && reward.quantity != 0 && reward.state != RewardState::Issuing {
            audited.differ(Invariant::FullRefundNetsToZero, reward_name(key), 0, reward.quantity);
        }
    }
}
