//! Intercom and Zapier: their own shapes of events, and what they tell through the core.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "common/crm.rs"]
mod crm;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;
#[path = "common/stripe.rs"]
mod stripe;

use common::{commands, map, map_bytes};
use crm::{hubspot, intercom};
use referral_core::record::Kind;
use referral_inbound::tables;
use serde_json::{Value, json};
use stripe::{deliver_to, left, referred, table_of};

#[test]
fn intercom_tells_of_referred_and_tagged_contacts() {
    let table = table_of(tables::INTERCOM);
    let contact = json!({
        "type": "contact", "id": "5ba6", "external_id": "bob", "email": "bob@example.com", "name": "Bob",
        "custom_attributes": {"referral_code": "K7F3M-2QX9Y"},
    });
    assert_eq!(
        commands(&table, &intercom("contact.user.created", contact.clone())),
        [json!({"record_lead": {
            "campaign": "spring", "person": {
                "host_id": "bob", "ids": [{"source": "intercom", "id": "5ba6"}], "email": "bob@example.com", "name": "Bob",
            },
            "evidence": {"code": "K7F3M-2QX9Y"},
        }})]
    );
    let tag =
        json!({"type": "contact_tag", "contact": contact, "tag": {"type": "tag", "id": "1", "name": "qualified"}});
    assert_eq!(
        commands(&table, &intercom("contact.user.tag.created", tag)),
        [json!({"qualify": {"campaign": "spring", "invitee": {"host": "bob"}}})]
    );
    let unreferred = json!({"type": "contact", "external_id": "eve", "custom_attributes": {}});
    assert_eq!(map(&table, &intercom("contact.user.created", unreferred)).unmatched, 1);
}

#[test]
fn zapier_sends_flat_bodies_of_texts() {
    let table = table_of(tables::ZAPIER);
    let at = "2026-05-01T08:59:59Z";
    let purchase = json!({
        "event": "purchase", "order": "o-1", "user_id": "bob", "email": "", "amount": "49.9", "currency": "eur", "at": at,
    });
    let refund = json!({"event": "refund", "order": "o-1", "refund": "r-1", "amount": 9.90, "currency": "EUR"});
    let lead = json!({"event": "lead", "id": "z1", "at": at, "user_id": "bob", "visitor": "v-1", "campaign": "summer"});
    assert_eq!(
        commands(&table, &purchase),
        [json!({"record_conversion": {
            "source": "zapier", "event": "o-1", "kind": "purchase", "person": {"host_id": "bob"}, "total": "49.90 EUR",
            "occurred_at": at,
        }})]
    );
    assert_eq!(
        commands(&table, &refund),
        [json!({"record_refund": {
            "source": "zapier", "event": "o-1", "refund": "r-1", "amount": {"amount": "9.90 EUR"},
        }})]
    );
    assert_eq!(
        commands(&table, &lead),
        [json!({"record_lead": {
            "campaign": "summer", "person": {"host_id": "bob"}, "evidence": {"visitor": "v-1"},
        }})]
    );
    let mut untimed = lead.clone();
    untimed.as_object_mut().unwrap().remove("at");
    let mapped = map_bytes(&table, untimed.to_string().as_bytes()).unwrap();
    assert_eq!(mapped.problems[0].1.to_string(), "rule `lead`: the event has nothing for `at`");
    assert!(mapped.requests.is_empty());
}

#[test]
fn the_email_of_an_intercom_contact_follows() {
    for topic in ["contact.user.updated", "contact.email.updated"] {
        let mut program = referred();
        let update = |id: &str| intercom(topic, json!({"external_id": id, "email": "new@example.com"}));
        deliver_to(&mut program, &table_of(tables::INTERCOM), &update("eve"));
        deliver_to(&mut program, &table_of(tables::INTERCOM), &update("bob"));
        let bought = json!({
            "event": "purchase", "order": "o-1", "email": "new@example.com", "amount": "50", "currency": "EUR",
            "at": "2026-05-01T08:59:00Z",
        });
        deliver_to(&mut program, &table_of(tables::ZAPIER), &bought);
        assert_eq!(left(&program), 500, "{topic}");
    }
}

#[test]
fn a_customer_whom_nobody_referred_is_no_problem_for_the_sender() {
    let mut program = referred();
    let known = hubspot("contact.propertyChange", "lifecyclestage", "customer");
    deliver_to(&mut program, &table_of(tables::HUBSPOT), &json!([known]));
    let tag = json!({"contact": {"external_id": "eve"}, "tag": {"name": "qualified"}});
    deliver_to(&mut program, &table_of(tables::INTERCOM), &intercom("contact.user.tag.created", tag.clone()));
    // A campaign that is not known is a mistake of the host's own, and told.
    let mut mapped = map(
        &table_of(tables::INTERCOM).with_constant("campaign", "sprnig"),
        &intercom("contact.user.tag.created", tag),
    );
    let results = program.execute_all(std::mem::take(&mut mapped.requests));
    let answer = mapped.answer(&results);
    assert_eq!((answer.status, answer.unrecorded[0].code), (422, "not_found"));
}

#[test]
fn two_events_that_share_a_further_id_alone_are_of_one_person() {
    // A lead by the code, and then an order that shares nothing with it but the id in the other system.
    let lead = |event: Value, code: &str| -> Value {
        serde_json::from_str(&event.to_string().replace("K7F3M-2QX9Y", code)).unwrap()
    };
    let mut contact = hubspot("contact.propertyChange", "referral_code", "K7F3M-2QX9Y");
    contact["contact"] = json!({"id": "1246965", "properties": {"email": "bob@example.com"}});
    let mut deal = hubspot("deal.propertyChange", "dealstage", "closedwon");
    deal["deal"] = json!({"id": "7", "properties": {"amount": "50", "deal_currency_code": "EUR"}});
    deal["contact"] = json!({"id": "1246965", "properties": {}});
    let user = json!({
        "type": "contact", "id": "5ba6", "email": "bob@example.com", "custom_attributes": {"referral_code": "K7F3M-2QX9Y"},
    });
    // Intercom tells nothing of orders: a host's own table tells Intercom's id too.
    let shop = r#"{"source": "shop", "at": {"time": "at", "unit": "rfc3339"}, "rules": [{"name": "paid",
        "command": "record_conversion", "fields": {"event": "order", "kind": {"value": "purchase"},
        "person.ids.intercom": "contact", "total": {"amount": "amount", "currency": {"value": "EUR"}, "unit": "major"}}}]}"#;
    let order = json!({"order": "o-1", "contact": "5ba6", "amount": "50", "at": "2026-05-01T08:59:59Z"});
    for (first, event, second, paid) in [
        (tables::HUBSPOT, json!([contact]), tables::HUBSPOT, json!([deal])),
        (tables::INTERCOM, intercom("contact.lead.signed_up", user), shop, order),
    ] {
        let rule = json!({"id": "tenth", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}});
        let mut program = program::Program::with(json!({"rewards": [rule]}));
        let code = program.enrol("ada");
        deliver_to(&mut program, &table_of(first), &lead(event, &code));
        deliver_to(&mut program, &table_of(second), &paid);
        assert_eq!(left(&program), 500);
        assert_eq!(program.all(Kind::Participant).len(), 2);
    }
}
