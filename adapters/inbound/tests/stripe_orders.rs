//! Stripe's events in every order, through the core: one purchase, net zero, clean books.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;

use common::map;
use program::Program;
use referral_core::record::{Conversion, ConversionState, Kind, Record};
use referral_core::store::{Batch, Commit, Delete, Listing, Store, Stored};
use referral_core::value::TenantId;
use referral_inbound::{Table, tables};
use serde_json::{Value, json};

const EMAIL: &str = "bob@example.com";

fn event(id: &str, kind: &str, object: Value) -> Value {
    // 2026-05-01T09:00:00Z, a second before the program's clock reads it.
    json!({"id": id, "object": "event", "created": 1_777_626_000, "type": kind, "data": {"object": object}})
}

fn checkout(code: &str) -> Value {
    event(
        "evt_1",
        "checkout.session.completed",
        json!({
            "id": "cs_1", "object": "checkout.session", "mode": "subscription", "payment_status": "paid", "invoice": "in_1",
            "subscription": "sub_1", "payment_intent": null, "amount_total": 5_000, "currency": "eur",
            "client_reference_id": code, "customer": "cus_1", "customer_details": {"email": EMAIL}, "metadata": {},
            "total_details": {"amount_tax": 0, "amount_shipping": 0, "amount_discount": 0},
        }),
    )
}

fn invoice(of_basil: bool) -> Value {
    let mut object = json!({
        "id": "in_1", "object": "invoice", "billing_reason": "subscription_create", "total": 5_000, "amount_paid": 5_000,
        "currency": "eur", "customer": "cus_1", "customer_email": EMAIL,
    });
    if of_basil {
        object["parent"] = json!({"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}});
        object["total_taxes"] = json!([]);
    } else {
        object["subscription"] = json!("sub_1");
        object["payment_intent"] = json!("pi_1");
        object["charge"] = json!("ch_1");
        object["tax"] = json!(null);
    }
    event("evt_2", "invoice.paid", object)
}

fn refund(of_basil: bool, refunded: i64) -> Value {
    let mut object = json!({
        "id": "ch_1", "object": "charge", "amount": 5_000, "amount_refunded": refunded, "currency": "eur",
        "customer": "cus_1", "payment_intent": "pi_1", "refunded": refunded == 5_000,
    });
    if !of_basil {
        object["invoice"] = json!("in_1");
    }
    event(&format!("evt_3_{refunded}"), "charge.refunded", object)
}

fn invoice_payment() -> Value {
    event(
        "evt_4",
        "invoice_payment.paid",
        json!({
            "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "status": "paid",
            "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
        }),
    )
}

fn orders<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for index in 0..of.len() {
        let mut rest = of.to_vec();
        let first = rest.remove(index);
        for mut order in orders(&rest) {
            order.insert(0, first.clone());
            all.push(order);
        }
    }
    all
}

fn program() -> (Program, String) {
    let rule = json!({"id": "tenth", "to": "referrer", "on": "purchase", "give": {"percent": "10%"}});
    let mut program = Program::with(json!({"rewards": [rule]}));
    let code = program.enrol("ada");
    (program, code)
}

fn table() -> Table {
    Table::from_json(tables::STRIPE).unwrap().with_constant("campaign", "spring")
}

fn deliver(program: &mut Program, event: &Value) {
    for result in program.execute_all(map(&table(), event).requests) {
        result.unwrap();
    }
}

fn recorded(program: &Program) -> Vec<Conversion> {
    let conversions = program.all(Kind::Conversion).into_iter().filter_map(|record| match record {
        Record::Conversion(conversion) if conversion.state != ConversionState::Awaited => Some(conversion),
        _ => None,
    });
    conversions.collect()
}

/// Delivers in every order, and each event a second time at every later place.
fn ends_at_zero(events: &dyn Fn(&str) -> Vec<Value>) {
    let (_, code) = program();
    let mut tried = 0;
    for order in orders(&(0..events(&code).len()).collect::<Vec<_>>()) {
        for again in 0..=order.len() {
            let (mut program, code) = program();
            let events = events(&code);
            for (place, index) in order.iter().enumerate() {
                deliver(&mut program, &events[*index]);
                if place + 1 == again {
                    order.iter().take(again).for_each(|index| deliver(&mut program, &events[*index]));
                }
            }
            let conversions = recorded(&program);
            assert_eq!(conversions.len(), 1, "{order:?} {again}: {conversions:?}");
            assert_eq!(conversions[0].total_minor, 5_000, "{order:?} {again}");
            assert_eq!(
                conversions[0].refunds.iter().map(|refund| refund.amount_minor).max(),
                Some(5_000),
                "{order:?} {again}"
            );
            let left: i64 = program.rewards().iter().map(|reward| reward.quantity).sum();
            assert_eq!(left, 0, "{order:?} {again}: {:?}", program.shown());
            tried += 1;
        }
    }
    assert!(tried >= 24);
}

#[test]
fn a_checkout_its_invoice_and_a_refund_are_one_purchase_and_net_zero_in_every_order() {
    ends_at_zero(&|code| vec![checkout(code), invoice(false), refund(false, 5_000)]);
}

#[test]
fn two_refunds_of_one_charge_in_every_order_are_worth_the_greater() {
    ends_at_zero(&|code| vec![checkout(code), invoice(false), refund(false, 2_000), refund(false, 5_000)]);
}

#[test]
fn events_of_basil_are_one_purchase_in_every_order_once_the_invoice_payment_is_told() {
    ends_at_zero(&|code| vec![checkout(code), invoice(true), refund(true, 5_000), invoice_payment()]);
}

#[test]
fn without_the_refund_the_reward_stands_in_every_order() {
    for order in orders(&[0, 1]) {
        let (mut program, code) = program();
        let events = [checkout(&code), invoice(false)];
        order.iter().for_each(|index: &usize| deliver(&mut program, &events[*index]));
        assert_eq!(program.shown(), ["tenth referrer due 500 EUR"], "{order:?}");
    }
}

#[test]
fn the_next_invoice_of_the_subscription_is_a_renewal_and_its_own_conversion() {
    let (mut program, code) = program();
    deliver(&mut program, &checkout(&code));
    let mut next = invoice(false);
    next["id"] = json!("evt_9");
    next["data"]["object"]["id"] = json!("in_2");
    next["data"]["object"]["payment_intent"] = json!("pi_2");
    next["data"]["object"]["charge"] = json!("ch_2");
    next["data"]["object"]["billing_reason"] = json!("subscription_cycle");
    deliver(&mut program, &next);
    let mut kinds: Vec<_> = recorded(&program).iter().map(|conversion| conversion.converted.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["purchase", "renewal"]);
    assert_eq!(program.shown(), ["tenth referrer due 500 EUR"]);
}

fn forget_receipts(program: &Program) {
    let page = program.store.list(&TenantId::default(), &Listing::All(Kind::Receipt).first(1_000)).unwrap();
    let delete = |stored: Stored| Delete { key: stored.record.key(), expected: stored.version };
    let deletes: Vec<_> = page.rows.into_iter().map(delete).collect();
    assert!(!deletes.is_empty());
    let batch = Batch { tenant: TenantId::default(), puts: vec![], deletes, guards: vec![], adds: vec![] };
    assert_eq!(program.store.commit(&batch).unwrap(), Commit::Applied);
}

#[test]
fn an_event_delivered_again_after_receipts_are_gone_changes_nothing() {
    let (mut program, code) = program();
    let requests = map(&table(), &checkout(&code)).requests;
    program.execute_all(requests.clone()).into_iter().for_each(|result| drop(result.unwrap()));
    let before = format!("{:?}", program.rewards());
    program.wait(24 * 40);
    forget_receipts(&program);
    let results = program.execute_all(requests);
    assert_eq!(results[0].as_ref().unwrap_err().code(), "key_too_old");
    assert!(results[1].as_ref().unwrap().repeated);
    assert_eq!(format!("{:?}", program.rewards()), before);
}
