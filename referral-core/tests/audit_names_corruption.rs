//! The checker names one planted corruption for each of its invariants.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::engine::drive;
use referral_core::record::{Kind, Metric, Progress, Record, RefundFact};
use referral_core::report::audit::{Audit, Invariant};
use referral_core::store::{Batch, Commit, Delete, Listing, Put, Store, Stored, Version};
use referral_core::value::{ParticipantId, TenantId};
use serde_json::json;

/// A program in which everything occurs that an invariant is about.
fn rich() -> Program {
    let mut program = Program::with(json!({
        "qualification": {"on": "purchase", "window": "60 days"}, "leaderboard": ["qualified"],
        "rewards": [
            {"id": "each", "to": "both", "on": "purchase", "give": {"percent": "10%"}, "hold": "30 days",
             "limits": [{"per": "campaign", "value": "1000 EUR"}, {"per": "referrer", "count": 50, "each": "7 days"}]},
            {"id": "pair", "to": "referrer", "on": "qualified", "every": 2, "give": {"flat": "9 EUR"}},
            {"id": "steps", "to": "referrer", "on": "qualified", "milestones": [{"at": 1, "give": {"units": 5, "unit": "points"}}]},
        ],
    }));
    program.run(json!({"subscribe": {"subscriber": "crm", "kinds": ["referral.lead", "reward.due"]}}));
    let code = program.enrol("ada");
    program.run(json!({"record_share": {"campaign": "spring", "participant": {"host": "ada"}, "channel": "sms"}}));
    for friend in ["bob", "cyd", "dan"] {
        program.lead(friend, &code);
        program.buy(friend, &format!("order-{friend}"), "80 EUR");
    }
    program.lead("eve", &code);
    let issued = program.rewards().into_iter().find(|reward| reward.rule.as_str() == "pair").unwrap();
    let key = referral_core::record::RecordKind::key(&issued);
    program.run(json!({"move_reward": {"reward": key, "to": {"issue": "t1"}}}));
    program.run(json!({"keep_letter": {"source": "stripe", "body": "e30=", "code": "field_missing", "problem": "",
        "people": [{"host": "ada"}]}}));
    assert!(program.audit().is_clean());
    program
}

/// What was found after one record of a kind was changed, or removed where `change` says so.
fn corrupted(program: &Program, kind: Kind, mut change: impl FnMut(&mut Record) -> Change) -> Vec<Invariant> {
    let store = program.store.clone();
    let tenant = TenantId::default();
    let rows = store.list(&tenant, &Listing::All(kind).first(10_000)).unwrap().rows;
    let mut batch = Batch { tenant: tenant.clone(), ..Batch::default() };
    for Stored { record, version } in rows {
        let mut changed = record.clone();
        match change(&mut changed) {
            Change::Keep => continue,
            Change::Remove => batch.deletes.push(Delete { key: record.key(), expected: version }),
            Change::Put => {
                let new = Stored { record: changed.clone(), version: Version::from_random(99_999) };
                let expected = if changed.key() == record.key() { version } else { Version::ABSENT };
                batch.puts.push(Put { stored: new, expected });
            }
        }
        break;
    }
    assert!(!batch.is_empty(), "nothing was corrupted");
    assert_eq!(store.commit(&batch).unwrap(), Commit::Applied);
    let audited = drive(&store, &mut Audit::new(tenant)).unwrap();
    audited.differences.iter().map(|difference| difference.invariant).collect()
}

enum Change {
    Keep,
    Put,
    Remove,
}

/// A change of the first record that fits.
macro_rules! first {
    ($kind:ident, |$record:ident| $when:expr, $change:expr) => {
        move |record: &mut Record| match record {
            Record::$kind($record) if $when => $change,
            _ => Change::Keep,
        }
    };
}

macro_rules! set {
    ($change:expr) => {{
        $change;
        Change::Put
    }};
}

type Case = (Invariant, Kind, Box<dyn FnMut(&mut Record) -> Change>);

/// Corruptions of what has to do with money.
fn of_money() -> Vec<Case> {
    vec![
        (Invariant::RewardIsFoldOfEntries, Kind::Entry, Box::new(first!(Entry, |r| true, set!(r.quantity += 1)))),
        (
            Invariant::BalanceIsFoldOfEntries,
            Kind::PersonSums,
            Box::new(first!(PersonSums, |r| true, set!(r.sums.add("held/EUR".to_owned(), -1)))),
        ),
        (
            Invariant::BalanceIsFoldOfEntries,
            Kind::PeriodSums,
            Box::new(first!(PeriodSums, |r| true, set!(r.sums.add("receivable/EUR".to_owned(), 1)))),
        ),
        (
            Invariant::DebtIsReclaimedLessNetted,
            Kind::Reward,
            Box::new(first!(Reward, |r| r.issued > 0, set!(r.reclaimed += 3))),
        ),
        (
            Invariant::NothingBelowZero,
            Kind::Reward,
            Box::new(first!(Reward, |r| r.issued > 0, set!(r.redeemed = r.issued + 1))),
        ),
        (
            Invariant::CauseHappened,
            Kind::Conversion,
            Box::new(first!(Conversion, |r| true, set!(r.counted_in.clear()))),
        ),
        (Invariant::RuleExists, Kind::Reward, Box::new(first!(Reward, |r| true, set!(r.version = 9)))),
        (
            Invariant::LimitIsSumOfRewards,
            Kind::Total,
            Box::new(first!(Total, |r| r.metric == Metric::Limit, set!(r.value += 1))),
        ),
        (
            Invariant::WindowHoldsItsRewards,
            Kind::Reward,
            Box::new(first!(Reward, |r| !r.windows.is_empty(), set!(r.windows.clear()))),
        ),
    ]
}

fn whole(amount_minor: i64) -> RefundFact {
    RefundFact {
        refund: "whole".parse().unwrap(),
        amount_minor,
        currency: None,
        cumulative: false,
        recorded: None,
        taken_back: None,
    }
}

/// Corruptions of how records relate.
fn of_relations(ada: ParticipantId) -> Vec<Case> {
    vec![
        (Invariant::TimerHasItsCause, Kind::Timer, Box::new(first!(Timer, |_r| true, Change::Remove))),
        (
            Invariant::RewardIsWhatFactsOwe,
            Kind::Reward,
            Box::new(first!(Reward, |r| r.invitee.is_some(), set!(r.refused += 1))),
        ),
        (
            Invariant::FullRefundNetsToZero,
            Kind::Conversion,
            Box::new(first!(Conversion, |r| true, set!(r.refunds.push(whole(r.total_minor))))),
        ),
        (Invariant::NoCircle, Kind::Referral, Box::new(first!(Referral, |r| true, set!(r.referrer = r.invitee)))),
        (
            Invariant::RelationsAgree,
            Kind::Participant,
            Box::new(first!(Participant, |r| r.participant != ada, set!(r.referred_in.clear()))),
        ),
        (Invariant::GroupsHoldTheirMembers, Kind::Group, Box::new(first!(Group, |r| true, set!(r.members.clear())))),
        (
            Invariant::TotalIsSumOfFacts,
            Kind::PeriodSums,
            Box::new(first!(PeriodSums, |r| r.period.starts_with('d'), set!(r.sums.add("leads".to_owned(), 1)))),
        ),
        (
            Invariant::TotalIsSumOfFacts,
            Kind::PartSums,
            Box::new(first!(PartSums, |r| true, set!(r.sums.add("leads//version/1".to_owned(), -1)))),
        ),
        (
            Invariant::TotalIsSumOfFacts,
            Kind::PersonSums,
            Box::new(first!(PersonSums, |r| true, set!(r.sums.add("no such number".to_owned(), 1)))),
        ),
        (
            Invariant::TotalIsSumOfFacts,
            Kind::Standing,
            Box::new(first!(Standing, |r| r.metric == Metric::Qualified, set!(r.value += 1))),
        ),
        (Invariant::OutboxIsWhole, Kind::Delivery, Box::new(first!(Delivery, |_r| true, Change::Remove))),
        (Invariant::LetterHoldsWhatItSays, Kind::Letter, Box::new(first!(Letter, |r| true, set!(r.people.clear())))),
    ]
}

fn cases(ada: ParticipantId) -> Vec<Case> {
    of_money().into_iter().chain(of_relations(ada)).collect()
}

#[test]
fn each_invariant_names_a_corruption_of_what_it_is_about() {
    let program = rich();
    let ada = program.rewards().into_iter().find(|reward| reward.rule.as_str() == "pair").unwrap().participant;
    let cases = cases(ada);
    let named: Vec<Invariant> = cases.iter().map(|(invariant, ..)| *invariant).collect();
    let mut once = named.clone();
    once.dedup();
    assert_eq!(once, Invariant::ALL, "every invariant has its corruption, in order");
    for (invariant, kind, change) in cases {
        let found = corrupted(&program, kind, change);
        assert!(found.contains(&invariant), "{invariant}: {found:?}");
    }
}

#[test]
fn a_lost_referral_an_own_ancestor_and_a_second_telling_are_named() {
    let program = rich();
    let found =
        corrupted(&program, Kind::Referral, first!(Referral, |r| r.progress == Progress::Qualified, Change::Remove));
    assert!(found.contains(&Invariant::RelationsAgree) && found.contains(&Invariant::TotalIsSumOfFacts), "{found:?}");
    let found = corrupted(&program, Kind::Notification, first!(Notification, |_r| true, Change::Remove));
    assert!(found.contains(&Invariant::OutboxIsWhole), "{found:?}");
}
