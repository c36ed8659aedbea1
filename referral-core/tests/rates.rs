//! Rates are of cohorts and lie within 0 and 1; counts of one period are compared by ratios, which are never below 0.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::engine::drive;
use referral_core::record::Dimension;
use referral_core::report::{Funnel, Rates, Ratio, ShowFunnel};
use referral_core::value::TenantId;
use serde_json::{Value, json};

const DAY: i64 = 24;

fn campaign(on: &str) -> Value {
    json!({"qualification": {"on": on}, "rewards": [
        {"id": "thanks", "to": "referrer", "on": "qualified", "give": {"flat": "5 EUR"}},
    ]})
}

fn window(program: &Program, from: &str, until: &str) -> Funnel {
    let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
    let by = vec![Dimension::Channel, Dimension::Country, Dimension::Version];
    let asked = ShowFunnel { campaign: "spring".parse().unwrap(), from, until, by };
    let funnel = drive(&program.store, &mut program.engine.ask(TenantId::default(), asked, program.now)).unwrap();
    let broken_down = funnel.breakdowns.iter().map(|part| (&part.rates, part.ratios));
    for (rates, ratios) in broken_down.chain([(&funnel.rates, funnel.ratios)]) {
        let Rates { conversion, activation, reversal, denial, refund } = rates.clone();
        for rate in [conversion, activation, reversal, denial].into_iter().flatten().chain(refund.into_values()) {
            assert!((0..=1_000_000).contains(&rate.parts_per_million()), "{rate:?}");
        }
        let ratios = [ratios.qualified_to_leads, ratios.visitors_to_referrers, ratios.visitors_to_referrers_by_click];
        assert!(ratios.into_iter().flatten().all(|ratio| ratio.numerator >= 0), "{ratios:?}");
    }
    funnel
}

fn may(program: &Program) -> Funnel {
    window(program, "2026-05-01", "2026-06-01")
}

fn june(program: &Program) -> Funnel {
    window(program, "2026-06-01", "2026-07-01")
}

fn stages(funnel: &Funnel) -> [i64; 4] {
    let total = &funnel.total;
    [total.leads, total.leads_qualified, total.qualified, total.reverted]
}

/// Bob is referred and buys in May, Cyd is referred in June; then Bob's order is taken back by this command.
fn taken_back(order: &str, by: Value) -> Program {
    let mut program = Program::with(campaign("purchase"));
    let ada = program.enrol("ada");
    program.lead("bob", &ada);
    program.buy("bob", "o-1", order);
    program.wait(35 * DAY);
    program.lead("cyd", &ada);
    assert_eq!((stages(&may(&program)), stages(&june(&program))), ([1, 1, 1, 0], [1, 0, 0, 0]));
    program.run(by);
    program
}

#[test]
fn what_is_taken_back_in_the_next_month_is_reverted_in_its_own_and_no_ratio_falls_below_0() {
    let order = json!({"source": "shop", "event": "o-1"});
    let with = |more: Value| {
        let mut all = order.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let bob = json!({"campaign": "spring", "invitee": {"host": "bob"}});
    let mut denied = bob.clone();
    denied["moderation"] = json!("denied");
    for (paid, by) in [
        ("80 EUR", json!({"record_refund": with(json!({"refund": "r", "amount": {"amount": "80 EUR"}}))})),
        ("80 JPY", json!({"record_refund": with(json!({"refund": "r", "amount": {"cumulative": "80 JPY"}}))})),
        ("80 EUR", json!({"void_conversion": order})),
        ("80 EUR", json!({"moderate": denied})),
    ] {
        let program = taken_back(paid, by);
        let (may, june) = (may(&program), june(&program));
        assert_eq!((stages(&may), stages(&june)), ([1, 0, 0, 1], [1, 0, 0, 0]));
        assert_eq!((may.ratios.qualified_to_leads, june.ratios.qualified_to_leads), (Ratio::of(0, 1), Ratio::of(0, 1)));
        assert_eq!((may.rates.reversal, june.rates.reversal), (Ratio::of(1, 1), None));
        assert_eq!(may.rates.conversion, Ratio::of(0, 1));
        let version = may.breakdowns.iter().find(|part| part.by == Dimension::Version).unwrap();
        assert_eq!((version.stage.qualified, version.stage.reverted), (0, 1));
    }
}

#[test]
fn what_comes_back_is_reverted_no_more() {
    let refund = json!({"source": "shop", "event": "o-1", "refund": "r"});
    let mut told = refund.clone();
    told["amount"] = json!({"amount": "80 EUR"});
    let mut program = taken_back("80 EUR", json!({"record_refund": told}));
    program.run(json!({"cancel_refund": refund}));
    assert_eq!((stages(&may(&program)), stages(&june(&program))), ([1, 1, 1, 0], [1, 0, 0, 0]));
    // When an order of June carries the qualification, June has two qualified and one lead: a ratio, and no rate.
    program.run(json!({"void_conversion": {"source": "shop", "event": "o-1"}}));
    program.buy("bob", "o-2", "50 EUR");
    program.buy("cyd", "o-3", "50 EUR");
    let (may, june) = (may(&program), june(&program));
    assert_eq!((stages(&may), stages(&june)), ([1, 1, 0, 0], [1, 1, 2, 0]));
    assert_eq!((may.rates.conversion, may.ratios.qualified_to_leads), (Ratio::of(1, 1), Ratio::of(0, 1)));
    assert_eq!((june.rates.conversion, june.ratios.qualified_to_leads), (Ratio::of(1, 1), Ratio::of(2, 1)));
}

#[test]
fn a_refund_told_before_its_order_counts_as_one_told_after_it() {
    let mut program = Program::with(campaign("purchase"));
    let ada = program.enrol("ada");
    program.lead("bob", &ada);
    program.refund("o-1", "r", "80 EUR");
    program.wait(20 * DAY);
    program.run(json!({"record_conversion": {
        "source": "shop", "event": "o-1", "kind": "purchase", "person": {"host_id": "bob"}, "total": "80 EUR",
        "occurred_at": "2026-05-02T09:00:00Z",
    }}));
    let second = window(&program, "2026-05-02", "2026-05-03");
    assert_eq!((stages(&may(&program)), stages(&second)), ([1, 0, 0, 1], [0, 0, 0, 1]));
}

#[test]
fn a_qualification_by_hand_that_a_hand_takes_back_is_reverted_on_its_own_day() {
    let mut program = Program::with(campaign("manual"));
    let ada = program.enrol("ada");
    program.lead("bob", &ada);
    program.wait(DAY);
    let bob = json!({"campaign": "spring", "invitee": {"host": "bob"}});
    program.run(json!({"qualify": bob}));
    program.wait(40 * DAY);
    program.run(json!({"unqualify": bob}));
    let second = window(&program, "2026-05-02", "2026-05-03");
    assert_eq!(
        (stages(&may(&program)), stages(&second), stages(&june(&program))),
        ([1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0],)
    );
    program.wait(1);
    program.run(json!({"lose": bob}));
    assert_eq!(stages(&may(&program)), [1, 0, 0, 0], "a referral that is given up is lost, not reverted");
}

fn share(program: &mut Program, who: &str) {
    program.run(json!({"record_share": {"campaign": "spring", "participant": {"host": who}, "channel": "email"}}));
}

/// Of those enrolled, who shared; those who shared for the first time; and the rate.
fn activation(funnel: &Funnel) -> (i64, i64, i64, Option<Ratio>) {
    let total = &funnel.total;
    (total.enrolled, total.enrolled_shared, total.referrers, funnel.rates.activation)
}

#[test]
fn who_shares_in_a_later_month_activates_the_month_of_their_enrolment() {
    let mut program = Program::with(campaign("purchase"));
    for old in ["ada", "eve", "fay"] {
        program.enrol(old);
    }
    assert_eq!(activation(&may(&program)), (3, 0, 0, Ratio::of(0, 3)));
    program.wait(35 * DAY);
    program.enrol("gus");
    for old in ["ada", "eve", "fay", "ada"] {
        share(&mut program, old);
    }
    assert_eq!(activation(&june(&program)), (1, 0, 3, Ratio::of(0, 1)));
    assert_eq!(activation(&may(&program)), (3, 3, 0, Ratio::of(3, 3)));
    share(&mut program, "gus");
    assert_eq!(activation(&june(&program)), (1, 1, 4, Ratio::of(1, 1)));
    program.wait(30 * DAY);
    program.enrol("hal");
    share(&mut program, "gus");
    let july = window(&program, "2026-07-01", "2026-08-01");
    assert_eq!(activation(&july), (1, 0, 0, Ratio::of(0, 1)));
    assert_eq!(activation(&window(&program, "2026-05-01", "2026-08-01")), (5, 4, 4, Ratio::of(4, 5)));
    let empty = window(&program, "2026-08-01", "2026-09-01");
    assert_eq!((activation(&empty), empty.ratios.visitors_to_referrers), ((0, 0, 0, None), None));
}

#[test]
fn visitors_to_sharers_is_a_ratio_and_may_be_above_1() {
    let mut program = Program::with(campaign("purchase"));
    let ada = program.enrol("ada");
    share(&mut program, "ada");
    for visitor in ["v1", "v2", "v3"] {
        program.run(json!({"record_click": {"link": ada, "campaign": "spring", "visitor": visitor}}));
    }
    assert_eq!(may(&program).ratios.visitors_to_referrers, Ratio::of(3, 1));
    assert_eq!(june(&program).ratios.visitors_to_referrers, None);
}
