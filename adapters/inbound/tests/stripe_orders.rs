//! Stripe's events in every order, through the core: one purchase, net zero, clean books.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;
#[path = "common/stripe.rs"]
mod stripe;

use common::map;
use program::Program;
use referral_core::record::Kind;
use referral_core::store::{Batch, Commit, Delete, Listing, Store, Stored};
use referral_core::value::TenantId;
use serde_json::{Value, json};
use stripe::{checkout, deliver, event, invoice, invoice_payment, left, orders, program, recorded, refund, table};

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
            let refunded: i64 = conversions[0].refunds.iter().map(|refund| refund.amount_minor).sum();
            assert_eq!(refunded, 5_000, "{order:?} {again}");
            assert_eq!(left(&program), 0, "{order:?} {again}: {:?}", program.shown());
            tried += 1;
        }
    }
    assert!(tried >= 24);
}

#[test]
fn a_checkout_its_invoice_and_a_refund_are_one_purchase_and_net_zero_in_every_order() {
    ends_at_zero(&|code| vec![checkout(code), invoice(false), refund("re_1", 5_000)]);
}

#[test]
fn two_refunds_of_one_charge_in_every_order_are_worth_both() {
    ends_at_zero(&|code| vec![checkout(code), invoice(false), refund("re_1", 2_000), refund("re_2", 3_000)]);
}

#[test]
fn events_of_basil_are_one_purchase_in_every_order_once_the_invoice_payment_is_told() {
    ends_at_zero(&|code| vec![checkout(code), invoice(true), refund("re_1", 5_000), invoice_payment()]);
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
    assert_eq!(kinds, ["renewal", "subscription"]);
    assert_eq!(program.shown(), ["tenth referrer due 500 EUR"]);
}

fn forget_receipts(program: &Program) {
    let page = program.store.list(&TenantId::default(), &Listing::All(Kind::Receipt).first(1_000)).unwrap();
    let delete = |stored: Stored| Delete { key: stored.record.key(), expected: stored.version };
    let deletes: Vec<_> = page.rows.into_iter().map(delete).collect();
    assert!(!deletes.is_empty());
    let batch = Batch { tenant: TenantId::default(), deletes, ..Batch::default() };
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

#[test]
fn a_customer_who_is_told_by_stripes_id_alone_is_who_the_checkout_named() {
    // The id as it stands, and the whole customer where the event was expanded.
    for customer in [json!("cus_1"), json!({"id": "cus_1", "object": "customer"})] {
        let (mut program, code) = program();
        let mut named = checkout(&code);
        named["data"]["object"]["invoice"] = json!(null);
        named["data"]["object"]["payment_status"] = json!("unpaid");
        let mut told = invoice(true);
        told["data"]["object"]["customer_email"] = json!(null);
        told["data"]["object"]["customer"] = customer;
        let ended = event(
            "evt_9",
            "customer.subscription.deleted",
            json!({"id": "sub_1", "customer": "cus_1", "metadata": {}}),
        );
        for event in [named, told, ended] {
            deliver(&mut program, &event);
        }
        assert_eq!(left(&program), 500);
        assert_eq!(program.all(Kind::Participant).len(), 2);
        assert_eq!(recorded(&program).len(), 2);
    }
}
