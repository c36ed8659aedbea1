//! What Stripe tells after a payment: refunds that fail, disputes, credit notes, several charges of one invoice, and content
//! that is odd. In every order, and told again, the books say what is left of the order.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;
#[path = "common/stripe.rs"]
mod stripe;

use common::{map, map_bytes};
use referral_core::record::{Kind, Record};
use serde_json::{Value, json};
use stripe::{
    EMAIL, checkout, credit_note, deliver, deliver_to, dispute, event, invoice, invoice_payment_by, left, orders,
    program, recorded, refund, refund_became, refund_of, table,
};

/// Delivers a checkout and its invoice with these events, all of them twice, in every order; of five events in every third order,
/// of six in every seventh. What is left of the reward, which is a tenth, in cents.
fn earns(expected: i64, of_basil: bool, events: &[Value]) {
    let (_, code) = program();
    let mut all = vec![checkout(&code), invoice(of_basil)];
    all.extend(events.iter().cloned());
    let every = match all.len() {
        ..5 => 1,
        5 => 3,
        _ => 7,
    };
    for order in orders(&(0..all.len()).collect::<Vec<_>>()).into_iter().step_by(every) {
        let (mut program, code) = program();
        all[0] = checkout(&code);
        order.iter().for_each(|index| deliver(&mut program, &all[*index]));
        order.iter().rev().for_each(|index| deliver(&mut program, &all[*index]));
        assert_eq!(left(&program), expected, "{order:?}: {:?}", program.shown());
        assert_eq!(recorded(&program).len(), 1, "{order:?}");
    }
}

#[test]
fn a_refund_that_fails_or_is_cancelled_gives_the_reward_back_in_every_order() {
    for (kind, status) in [
        ("refund.failed", "failed"),
        ("refund.updated", "failed"),
        ("refund.updated", "canceled"),
        ("charge.refund.updated", "failed"),
    ] {
        earns(500, false, &[refund("re_1", 5_000), refund_became("re_1", 5_000, kind, status)]);
    }
    let half = [refund("re_1", 2_000), refund("re_2", 1_000), refund_became("re_1", 2_000, "refund.failed", "failed")];
    earns(400, false, &half);
}

#[test]
fn what_is_told_of_a_refund_before_it_is_created_tells_the_refund() {
    earns(300, false, &[refund_became("re_1", 2_000, "refund.updated", "succeeded")]);
    earns(300, false, &[refund_became("re_1", 2_000, "charge.refund.updated", "pending"), refund("re_1", 2_000)]);
}

#[test]
fn a_dispute_takes_the_reward_back_until_it_is_won_in_every_order() {
    let opened = dispute("created", "needs_response", 5_000);
    let withdrawn = dispute("funds_withdrawn", "needs_response", 5_000);
    earns(0, false, &[opened.clone(), withdrawn.clone()]);
    earns(500, false, &[opened.clone(), withdrawn.clone(), dispute("closed", "won", 5_000)]);
    earns(500, false, &[opened.clone(), dispute("funds_reinstated", "won", 5_000), dispute("closed", "won", 5_000)]);
    earns(0, false, &[opened, withdrawn, dispute("closed", "lost", 5_000)]);
}

#[test]
fn a_lost_dispute_counts_beside_a_refund_though_a_part_of_its_funds_comes_back() {
    let lost = dispute("closed", "lost", 3_000);
    earns(100, false, &[refund("re_1", 1_000), lost.clone()]);
    earns(100, false, &[refund("re_1", 1_000), dispute("funds_reinstated", "lost", 3_000), lost]);
}

#[test]
fn an_inquiry_takes_nothing_back_until_funds_are_withdrawn() {
    let inquiry = [dispute("created", "warning_needs_response", 5_000), dispute("closed", "warning_closed", 5_000)];
    earns(500, false, &inquiry);
    let [asked, _] = inquiry;
    earns(0, false, &[asked, dispute("funds_withdrawn", "needs_response", 5_000)]);
}

#[test]
fn a_credit_note_lessens_the_order_and_a_voided_one_does_not() {
    let note = credit_note("created", 1_000, json!([]));
    earns(400, false, std::slice::from_ref(&note));
    earns(500, true, &[note, credit_note("voided", 1_000, json!([])), invoice_payment_by("pi_1")]);
}

#[test]
fn what_a_credit_note_refunds_is_told_by_its_refund() {
    let refunds = json!([{"amount_refunded": 3_000, "refund": "re_1"}]);
    earns(200, false, &[credit_note("created", 3_000, refunds.clone()), refund("re_1", 3_000)]);
    earns(100, false, &[credit_note("created", 4_000, refunds), refund("re_1", 3_000)]);
    let mut older = credit_note("created", 3_000, json!(null));
    older["data"]["object"]["refund"] = json!("re_1");
    earns(200, false, &[older, refund("re_1", 3_000)]);
}

#[test]
fn an_invoice_with_two_refunded_charges_is_refunded_by_both() {
    let paid = [invoice_payment_by("pi_1"), invoice_payment_by("pi_2")];
    let [first, second] = paid;
    let refunds = [refund_of("re_1", 2_000, "pi_1"), refund_of("re_2", 3_000, "pi_2")];
    let [one, two] = refunds;
    earns(0, true, &[first.clone(), second.clone(), one.clone(), two]);
    earns(100, true, &[first, second, one, refund_of("re_2", 2_000, "pi_2")]);
}

/// The invoice alone, with other content, of which a tenth without tax is the reward; what was changed in it.
fn odd(change: &dyn Fn(&mut Value)) -> (program::Program, Vec<String>) {
    let rule = json!({"id": "tenth", "to": "referrer", "on": "subscription", "give": {"percent": "10%"}});
    let mut program = program::Program::with(json!({"rewards": [rule]}));
    let code = program.enrol("ada");
    let mut signed_up = checkout(&code);
    signed_up["data"]["object"]["payment_status"] = json!("unpaid");
    let mut invoice = invoice(true);
    change(&mut invoice["data"]["object"]);
    deliver(&mut program, &signed_up);
    let mapped = deliver_to(&mut program, &table(), &invoice);
    (program, mapped.left_out.iter().map(|(_, problem)| problem.to_string()).collect())
}

#[test]
fn an_invoice_whose_tax_is_odd_is_recorded_with_what_was_changed() {
    let tax = |amounts: &[i64]| {
        let taxes: Vec<_> = amounts.iter().map(|amount| json!({"amount": amount})).collect();
        odd(&|invoice: &mut Value| invoice["total_taxes"] = json!(taxes))
    };
    let beyond = "rule `invoice`: `tax`: is more than the total has left: recorded as what is left";
    let negative = "rule `invoice`: `tax`: is negative: recorded as none";
    for (amounts, reward, changed) in [
        (vec![1_000], 400, vec![]),
        (vec![1_000, -500], 450, vec![]),
        (vec![9_000], 0, vec![beyond]),
        (vec![i64::from(u32::MAX)], 0, vec![beyond]),
        (vec![-500], 500, vec![negative]),
    ] {
        let (program, found) = tax(&amounts);
        assert_eq!(
            (left(&program), found.as_slice()),
            (reward, changed.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().as_slice()),
            "{amounts:?}"
        );
        assert_eq!(recorded(&program)[0].total_minor, 5_000);
    }
    let (program, found) = odd(&|invoice: &mut Value| {
        invoice["total_taxes"] = json!([{"amount": 4_000}]);
        invoice["shipping_cost"] = json!({"amount_subtotal": 2_000});
        invoice["currency"] = json!("usd");
    });
    assert_eq!(found, ["rule `invoice`: `shipping`: is more than the total has left: recorded as what is left"]);
    assert_eq!(recorded(&program)[0].shipping_minor, 1_000);
}

#[test]
fn an_invoice_with_many_payments_keeps_all_of_its_ids() {
    for payments in [8, 9, 40] {
        let ids: Vec<_> = (0..payments).map(|number| format!("pi_{number}")).collect();
        let data: Vec<_> = ids.iter().map(|id| json!({"payment": {"payment_intent": id}})).collect();
        let (mut program, changed) = odd(&|invoice: &mut Value| invoice["payments"] = json!({"data": data}));
        assert_eq!((left(&program), changed), (500, vec![]), "{payments}");
        deliver(&mut program, &refund_of("re_1", 2_000, ids.last().unwrap()));
        assert_eq!(left(&program), 300, "{payments}");
        let known = program.all(Kind::Reference).into_iter();
        assert_eq!(known.filter(|record| matches!(record, Record::Reference(_))).count(), payments);
    }
}

#[test]
fn an_order_that_cannot_be_recorded_is_answered_so_that_the_sender_keeps_it() {
    let mut beyond = invoice(true);
    let ids: Vec<_> = (0..65).map(|number| json!({"payment": {"payment_intent": format!("pi_{number}")}})).collect();
    beyond["data"]["object"]["payments"] = json!({"data": ids});
    let mut huge = invoice(true);
    huge["data"]["object"]["total"] = json!(9_223_372_036_854_775_808_u64);
    let mut nobody = invoice(true);
    nobody["data"]["object"]["customer_email"] = json!(null);
    nobody["data"]["object"]["customer"] = json!(null);
    for (event, code, problem) in [
        (beyond, "field_invalid", "rule `invoice`: `references`: are at most 64"),
        (huge, "field_invalid", "rule `invoice`: `total`: is out of range"),
        (
            nobody,
            "field_missing",
            "rule `invoice`: the event has nothing for `person.host_id` or `person.ids` or `person.email`",
        ),
    ] {
        let mapped = map_bytes(&table(), event.to_string().as_bytes()).unwrap();
        assert_eq!(mapped.requests, []);
        let none: [Result<(), referral_core::error::Error>; 0] = [];
        let answer = mapped.answer(&none);
        let told: Vec<_> =
            answer.unrecorded.iter().map(|what| (what.event, what.code, what.problem.as_str())).collect();
        assert_eq!((answer.status, told), (422, vec![(0, code, problem)]));
    }
}

#[test]
fn what_may_succeed_later_is_asked_for_again_and_what_cannot_is_kept_by_the_sender() {
    use referral_core::error::{Error, StoreError};
    let (_, code) = program();
    let mapped = map(&table(), &checkout(&code));
    assert_eq!(
        mapped.origins.iter().map(|origin| origin.rule.as_str()).collect::<Vec<_>>(),
        ["checkout-lead", "checkout"]
    );
    let status = |results: &[Result<(), Error>]| {
        let answer = mapped.answer(results);
        (answer.status, answer.unrecorded.iter().map(|what| what.code).collect::<Vec<_>>())
    };
    let busy = || Err(Error::Store(StoreError::Busy("locked".to_owned())));
    let missing = || Err(Error::NotFound { what: "campaign", name: "spring".to_owned() });
    assert_eq!(status(&[Ok(()), Ok(())]), (200, vec![]));
    assert_eq!(status(&[Ok(())]), (503, vec![]));
    assert_eq!(status(&[busy(), Ok(())]), (503, vec!["store_busy"]));
    assert_eq!(status(&[missing(), Ok(())]), (422, vec!["not_found"]));
    assert_eq!(status(&[missing(), busy()]), (503, vec!["not_found", "store_busy"]));
}

#[test]
fn an_event_of_the_other_mode_is_ignored_by_name() {
    let live = invoice(false);
    let mut test = live.clone();
    test["livemode"] = json!(false);
    let of_test = table().with_constant("mode", "test");
    assert_eq!(map(&table(), &live).requests.len(), 1);
    assert_eq!(map(&of_test, &test).requests.len(), 1);
    for (table, event, name) in [(table(), &test, "test-mode"), (of_test, &live, "live-mode")] {
        let mapped = map(&table, event);
        assert_eq!((mapped.requests, mapped.unmatched), (vec![], 0));
        assert_eq!(mapped.ignored, [(0, name.to_owned())]);
    }
}

#[test]
fn a_refund_is_told_either_by_itself_or_by_its_charge_and_the_other_is_ignored_by_name() {
    let charge = event(
        "evt_3",
        "charge.refunded",
        json!({"id": "ch_1", "amount_refunded": 2_000, "currency": "eur", "payment_intent": "pi_1", "invoice": "in_1"}),
    );
    let by_charge = table().with_constant("refunds", "charge");
    for (table, ignored, name) in
        [(table(), &charge, "charge-refunded"), (by_charge, &refund("re_1", 2_000), "refund-by-itself")]
    {
        let (mut program, code) = program();
        for event in [&checkout(&code), &invoice(false), &charge, &refund("re_1", 2_000)] {
            deliver_to(&mut program, &table, event);
        }
        assert_eq!(left(&program), 300);
        assert_eq!(map(&table, ignored).ignored, [(0, name.to_owned())]);
    }
}

#[test]
fn a_customer_whose_email_changes_stays_the_same_person() {
    for known_by_id in [false, true] {
        let (mut program, code) = program();
        let mut signed_up = checkout(&code);
        signed_up["data"]["object"]["payment_status"] = json!("unpaid");
        let mut changed =
            event("evt_8", "customer.updated", json!({"id": "cus_1", "email": "new@example.com", "metadata": {}}));
        changed["data"]["previous_attributes"] = json!({"email": EMAIL});
        if known_by_id {
            signed_up["data"]["object"]["metadata"] = json!({"user_id": "bob"});
            changed["data"]["object"]["metadata"] = json!({"user_id": "bob"});
            changed["data"]["previous_attributes"] = json!({"name": "B."});
        }
        let mut paid = invoice(false);
        paid["data"]["object"]["customer_email"] = json!("new@example.com");
        [signed_up, changed, paid].iter().for_each(|event| deliver(&mut program, event));
        assert_eq!(left(&program), 500, "{known_by_id}");
    }
}

#[test]
fn a_customer_of_whom_nothing_is_known_is_no_problem() {
    let (mut program, _) = program();
    let mut changed = event("evt_8", "customer.updated", json!({"id": "cus_1", "email": "new@example.com"}));
    changed["data"]["previous_attributes"] = json!({"email": "old@example.com"});
    deliver(&mut program, &changed);
    let mut other = map(&table(), &changed);
    other.origins[0].expects.clear();
    let results = program.execute_all(std::mem::take(&mut other.requests));
    assert_eq!(other.answer(&results).status, 422);
}
