//! Stripe's events as tests make them, and programs that hear events.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use referral_core::record::{Conversion, ConversionState, Kind, Record};
use referral_inbound::{Mapped, Table, tables};
use serde_json::{Value, json};

use crate::common::map_bytes;
use crate::program::Program;

/// Who pays.
pub const EMAIL: &str = "bob@example.com";

/// An event of live mode.
pub fn event(id: &str, kind: &str, object: Value) -> Value {
    // 2026-05-01T09:00:00Z, a second before the program's clock reads it.
    json!({
        "id": id, "object": "event", "created": 1_777_626_000, "livemode": true, "type": kind,
        "data": {"object": object},
    })
}

pub fn checkout(code: &str) -> Value {
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

pub fn invoice(of_basil: bool) -> Value {
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

/// A refund of the one charge, or of another one.
pub fn refund_of(id: &str, amount: i64, payment: &str) -> Value {
    let object = json!({
        "id": id, "object": "refund", "amount": amount, "charge": payment.replace("pi", "ch"), "currency": "eur",
        "payment_intent": payment, "status": "succeeded", "failure_reason": null,
    });
    event(&format!("evt_{id}"), "refund.created", object)
}

pub fn refund(id: &str, amount: i64) -> Value {
    refund_of(id, amount, "pi_1")
}

/// The same refund, told by another event, in another state.
pub fn refund_became(id: &str, amount: i64, kind: &str, status: &str) -> Value {
    let mut event = refund(id, amount);
    event["id"] = json!(format!("evt_{id}_{kind}_{status}"));
    event["type"] = json!(kind);
    event["data"]["object"]["status"] = json!(status);
    event["data"]["object"]["failure_reason"] = json!("expired_or_canceled_card");
    event
}

/// A dispute of the one charge.
pub fn dispute(kind: &str, status: &str, amount: i64) -> Value {
    let object = json!({
        "id": "dp_1", "object": "dispute", "amount": amount, "charge": "ch_1", "currency": "eur", "payment_intent": "pi_1",
        "reason": "fraudulent", "status": status,
    });
    event(&format!("evt_{kind}_{status}"), &format!("charge.dispute.{kind}"), object)
}

pub fn credit_note(kind: &str, total: i64, refunds: Value) -> Value {
    let status = if kind == "voided" { "void" } else { "issued" };
    let object = json!({
        "id": "cn_1", "object": "credit_note", "invoice": "in_1", "currency": "eur", "amount": total, "total": total,
        "status": status, "refunds": refunds,
    });
    event(&format!("evt_cn_{kind}"), &format!("credit_note.{kind}"), object)
}

pub fn invoice_payment_by(payment: &str) -> Value {
    event(
        &format!("evt_4_{payment}"),
        "invoice_payment.paid",
        json!({
            "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "status": "paid",
            "payment": {"type": "payment_intent", "payment_intent": payment},
        }),
    )
}

pub fn invoice_payment() -> Value {
    invoice_payment_by("pi_1")
}

/// All orders of some things.
pub fn orders<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
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

/// A program that pays a tenth of the first payment of a subscription, and the code of its one referrer.
pub fn program() -> (Program, String) {
    let rule = json!({"id": "tenth", "to": "referrer", "on": "subscription", "give": {"percent": "10%"}});
    let mut program = Program::with(json!({"rewards": [rule]}));
    let code = program.enrol("ada");
    (program, code)
}

pub fn table() -> Table {
    Table::from_json(tables::STRIPE).unwrap().with_constant("campaign", "spring")
}

/// Executes what an event makes. Everything succeeds.
pub fn deliver(program: &mut Program, event: &Value) {
    let mapped = deliver_to(program, &table(), event);
    assert_eq!(mapped.left_out, [], "{event}");
}

/// Executes what an event makes of a table.
pub fn deliver_to(program: &mut Program, table: &Table, event: &Value) -> Mapped {
    let mut mapped = map_bytes(table, event.to_string().as_bytes()).unwrap();
    let results = program.execute_all(std::mem::take(&mut mapped.requests));
    let answer = mapped.answer(&results);
    assert_eq!((answer.status, answer.unrecorded), (200, vec![]), "{event}");
    mapped
}

/// What is left of all rewards.
pub fn left(program: &Program) -> i64 {
    program.rewards().iter().map(|reward| reward.quantity).sum()
}

pub fn recorded(program: &Program) -> Vec<Conversion> {
    let conversions = program.all(Kind::Conversion).into_iter().filter_map(|record| match record {
        Record::Conversion(conversion) if conversion.state != ConversionState::Awaited => Some(conversion),
        _ => None,
    });
    conversions.collect()
}

/// A table, with the campaign of the program.
pub fn table_of(text: &str) -> Table {
    Table::from_json(text).unwrap().with_constant("campaign", "spring")
}

/// A program that pays a tenth of orders to the referrer of `bob`, who is a lead.
pub fn referred() -> Program {
    let rule = json!({"id": "tenth", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}});
    let mut program = Program::with(json!({"rewards": [rule]}));
    let code = program.enrol("ada");
    let lead = json!({"event": "lead", "id": "z1", "at": "2026-05-01T08:00:00Z", "user_id": "bob", "code": code});
    deliver_to(&mut program, &table_of(tables::ZAPIER), &lead);
    program
}
