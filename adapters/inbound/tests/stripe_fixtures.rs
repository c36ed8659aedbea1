//! Stripe's own example objects, and its own table of currencies.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{commands, map, map_bytes};
use referral_inbound::{Table, tables};
use serde_json::{Value, json};

fn table() -> Table {
    Table::from_json(tables::STRIPE).unwrap().with_constant("campaign", "friends")
}

fn event(kind: &str, object: &Value) -> Value {
    json!({"id": "evt_1", "object": "event", "created": 1_777_626_000, "type": kind, "data": {"object": object}})
}

fn fixtures() -> Option<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/stripe/fixtures.json");
    // A checkout may lie one folder deeper, as a worktree does.
    let deeper = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data/stripe/fixtures.json");
    let text = std::fs::read_to_string(path).or_else(|_| std::fs::read_to_string(deeper)).ok()?;
    Some(serde_json::from_str::<Value>(&text).unwrap()["resources"].clone())
}

#[test]
fn stripes_example_objects_become_exactly_these_commands() {
    let Some(fixtures) = fixtures() else { return println!("skipped: no ../shared/data") };
    let mut session = fixtures["checkout.session"].clone();
    assert_eq!(map(&table(), &event("checkout.session.completed", &session)).unmatched, 1, "nothing is paid yet");
    for (name, value) in [
        ("payment_status", json!("paid")),
        ("amount_total", json!(2_000)),
        ("currency", json!("usd")),
        ("client_reference_id", json!("visitor-1")),
    ] {
        session[name] = value;
    }
    session["total_details"]["amount_tax"] = json!(300);
    let id = session["id"].clone();
    let at = "2026-05-01T09:00:00Z";
    assert_eq!(
        commands(&table(), &event("checkout.session.completed", &session)),
        [
            json!({"record_lead": {
                "campaign": "friends", "person": {"email": "example@example.com"}, "evidence": {"visitor": "visitor-1"},
            }}),
            json!({"record_conversion": {
                "source": "stripe", "event": id, "kind": "purchase", "person": {"email": "example@example.com"},
                "total": "20.00 USD", "tax": "3.00 USD", "occurred_at": at,
                "references": [{"source": "stripe", "id": "pi_1PgafyB7WZ01zgkWSjxsAJo3"}],
            }}),
        ]
    );
    let mut invoice = fixtures["invoice"].clone();
    invoice["customer_email"] = json!("example@example.com");
    invoice["billing_reason"] = json!("subscription_cycle");
    invoice["shipping_cost"] = json!(null);
    assert_eq!(
        commands(&table(), &event("invoice.paid", &invoice)),
        [json!({"record_conversion": {
            "source": "stripe", "event": "in_1Pgc6tB7WZ01zgkWu9fdqL6I", "kind": "renewal",
            "person": {"ids": [{"source": "stripe", "id": invoice["customer"]}], "email": "example@example.com"},
            "total": "10.00 USD", "occurred_at": at,
        }})]
    );
    let mut subscription = fixtures["subscription"].clone();
    let customer = subscription["customer"].clone();
    subscription["customer"] = json!(null);
    assert_eq!(map(&table(), &event("customer.subscription.deleted", &subscription)).unmatched, 1, "names nobody");
    subscription["customer"] = customer.clone();
    subscription["metadata"]["user_id"] = json!("bob");
    assert_eq!(
        commands(&table(), &event("customer.subscription.deleted", &subscription)),
        [json!({"record_conversion": {
            "source": "stripe", "event": "sub_1Pgc6rB7WZ01zgkWNy0Cn5nw/deleted", "kind": "custom", "no_amount": true,
            "person": {"host_id": "bob", "ids": [{"source": "stripe", "id": customer}]},
            "data": {"event": "customer.subscription.deleted"}, "occurred_at": at,
        }})]
    );
}

#[test]
fn what_is_told_after_a_payment_becomes_exactly_these_commands() {
    let Some(fixtures) = fixtures() else { return println!("skipped: no ../shared/data") };
    let refund = fixtures["refund"].clone();
    assert_eq!(
        commands(&table(), &event("refund.created", &refund)),
        [json!({"record_refund": {
            "source": "stripe", "event": "ch_1PgafuB7WZ01zgkWXYmPNZs8", "refund": "re_1Pgc72B7WZ01zgkWqPvrRrPE",
            "amount": {"amount": "1.00 USD"},
        }})]
    );
    let mut charge = fixtures["charge"].clone();
    charge["amount_refunded"] = json!(100);
    let by_charge = table().with_constant("refunds", "charge");
    let id = charge["id"].as_str().unwrap().to_owned();
    assert_eq!(
        commands(&by_charge, &event("charge.refunded", &charge)),
        [json!({"record_refund": {
            "source": "stripe", "event": id, "refund": format!("{id}/100"), "amount": {"cumulative": "1.00 USD"},
        }})]
    );
    let mut note = fixtures["credit_note"].clone();
    // Its refunds say more than its total: made-up numbers of the published examples.
    note["refunds"] = json!([]);
    assert_eq!(
        commands(&table(), &event("credit_note.created", &note)),
        [json!({"record_refund": {
            "source": "stripe", "event": note["invoice"], "refund": note["id"], "amount": {"amount": "16.90 USD"},
        }})]
    );
    let mut dispute = fixtures["dispute"].clone();
    dispute["status"] = json!("needs_response");
    assert_eq!(
        commands(&table(), &event("charge.dispute.created", &dispute)),
        [json!({"record_refund": {
            "source": "stripe", "event": "ch_1PgafuB7WZ01zgkWXYmPNZs8", "refund": dispute["id"],
            "amount": {"amount": "10.00 USD"},
        }})]
    );
}

#[test]
fn every_example_object_under_every_type_of_event_is_understood_or_refused_by_a_field() {
    let Some(fixtures) = fixtures() else { return println!("skipped: no ../shared/data") };
    let types = [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "invoice.paid",
        "invoice_payment.paid",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.refund.updated",
        "charge.dispute.created",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "credit_note.created",
        "credit_note.voided",
        "customer.updated",
        "customer.subscription.deleted",
        "customer.created",
    ];
    let mut tried = 0;
    for object in fixtures.as_object().unwrap().values() {
        for kind in types {
            let mapped = map_bytes(&table(), event(kind, object).to_string().as_bytes()).unwrap();
            assert!(mapped.problems.iter().all(|(_, problem)| problem.code().starts_with("field_")));
            assert!(kind != "customer.created" || (mapped.requests.is_empty() && mapped.unmatched == 1));
            tried += 1;
        }
    }
    assert!(tried > 700, "{tried}");
}

#[test]
fn amounts_are_read_by_stripes_own_table_of_currencies() {
    let cases: &[(&str, i64, Result<&str, &str>)] = &[
        ("usd", 1_099, Ok("10.99 USD")),
        ("jpy", 500, Ok("500 JPY")),
        ("clp", 500, Ok("500 CLP")),
        ("krw", 500, Ok("500 KRW")),
        ("pyg", 500, Ok("500 PYG")),
        ("vnd", 500, Ok("500 VND")),
        ("xaf", 500, Ok("500 XAF")),
        ("xof", 500, Ok("500 XOF")),
        ("xpf", 500, Ok("500 XPF")),
        ("bif", 500, Ok("500 BIF")),
        ("djf", 500, Ok("500 DJF")),
        ("gnf", 500, Ok("500 GNF")),
        ("kmf", 500, Ok("500 KMF")),
        ("rwf", 500, Ok("500 RWF")),
        ("vuv", 500, Ok("500 VUV")),
        // ISO 4217 gives the ariary two decimals, Stripe none.
        ("mga", 500, Ok("500.00 MGA")),
        ("bhd", 5_120, Ok("5.120 BHD")),
        ("jod", 5_120, Ok("5.120 JOD")),
        ("kwd", 5_120, Ok("5.120 KWD")),
        ("omr", 5_120, Ok("5.120 OMR")),
        ("tnd", 5_120, Ok("5.120 TND")),
        // Zero-decimal by ISO 4217, two decimals by Stripe.
        ("isk", 500, Ok("5 ISK")),
        ("ugx", 500, Ok("5 UGX")),
        ("isk", 4_010, Err("is a fraction of the currency's minor unit")),
        // Zero-decimal for payouts only.
        ("huf", 1_045, Ok("10.45 HUF")),
        ("twd", 80_045, Ok("800.45 TWD")),
        ("zzz", 500, Err("has no currency of ISO 4217")),
        ("mga", i64::MAX, Err("is out of range")),
    ];
    for (currency, amount, expected) in cases {
        let refund = json!({"id": "re_1", "charge": "ch_1", "amount": amount, "currency": currency});
        let mapped = map_bytes(&table(), event("refund.created", &refund).to_string().as_bytes()).unwrap();
        match expected {
            Ok(money) => {
                let command = serde_json::to_value(&mapped.requests[0].command).unwrap();
                assert_eq!(command["record_refund"]["amount"]["amount"], json!(money), "{currency} {amount}");
            }
            Err(problem) => {
                let found = mapped.problems[0].1.to_string();
                assert!(mapped.requests.is_empty() && found.ends_with(problem), "{currency} {amount}: {found}");
            }
        }
    }
}

#[test]
fn promotion_codes_and_client_references_are_evidence() {
    let table = table().with_map("promotion_codes", [("promo_1", "ADA-10")]);
    let evidence = |more: Value| {
        let mut session = json!({"id": "cs_1", "payment_status": "unpaid", "customer_email": "bob@example.com"});
        session.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let commands = commands(&table, &event("checkout.session.completed", &session));
        commands.first().map(|command| command["record_lead"]["evidence"].clone())
    };
    let cases = [
        (json!({"discounts": [{"coupon": null, "promotion_code": "promo_1"}]}), Some(json!({"code": "ADA-10"}))),
        (
            json!({"discounts": [{"promotion_code": {"id": "promo_2", "code": "EVE-10"}}]}),
            Some(json!({"code": "EVE-10"})),
        ),
        (json!({"discounts": [{"promotion_code": "promo_of_a_sale"}]}), None),
        (json!({"metadata": {"referral_code": "K7F3M-2QX9Y"}}), Some(json!({"code": "K7F3M-2QX9Y"}))),
        (json!({"client_reference_id": "8c1f-visitor"}), Some(json!({"visitor": "8c1f-visitor"}))),
        (
            json!({"client_reference_id": "v", "discounts": [{"promotion_code": "promo_1"}]}),
            Some(json!({"code": "ADA-10", "visitor": "v"})),
        ),
        (json!({"client_reference_id": null, "discounts": []}), None),
    ];
    for (more, expected) in cases {
        assert_eq!(evidence(more.clone()), expected, "{more}");
    }
}
