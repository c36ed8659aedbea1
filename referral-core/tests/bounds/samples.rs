//! Each command with all that it can hold.

use serde_json::{Value, json};

const LETTER: &str = "000102030405060708090a0b0c0d0e0f";
const ID: &str = "019a0000-0000-7000-8000-000000000001";

/// Each command with every field that it can have, in all the forms that a field can have.
pub(crate) fn samples() -> Vec<Value> {
    let mut samples = by_machines();
    samples.extend(by_hand());
    let what = |name: &str| hand(json!({"campaign": "spring", "what": {name: "x"}, "validity": "revoked"}));
    samples.extend(["code", "link"].map(|name| json!({"set_validity": what(name)})));
    let by = |name: &str| [lead(json!({name: "x"})), bought(json!({"evidence": {name: "x"}}))];
    samples.extend(["code", "link", "visitor"].iter().flat_map(|name| by(name)));
    for who in [json!({"host": "ada"}), json!({"email": "ada@shop.example"})] {
        samples.extend([lead(json!({"referrer": who})), bought(json!({"evidence": {"referrer": who}}))]);
        samples.extend(about(&who));
    }
    samples
}

fn person() -> Value {
    json!({"host_id": "bob", "ids": [{"source": "stripe", "id": "cus_1"}], "email": "bob@shop.example", "name": "Bob",
        "language": "en", "country": "DE", "data": {"plan": "pro"}})
}

fn lead(evidence: Value) -> Value {
    json!({"record_lead": {"campaign": "spring", "person": person(), "evidence": evidence}})
}

fn order(more: Value) -> Value {
    with(json!({"source": "shop", "event": "order-1"}), more)
}

fn bought(more: Value) -> Value {
    let purchase = json!({"kind": "purchase", "person": person(), "campaign": "spring", "total": "80 EUR",
        "tax": "1 EUR", "shipping": "1 EUR", "country": "DE", "coupon": "MAY", "data": {"plan": "pro"},
        "occurred_at": "2026-05-01T09:00:00Z", "references": [{"source": "stripe", "id": "ch_1"}]});
    json!({"record_conversion": with(order(purchase), more)})
}

fn hand(more: Value) -> Value {
    with(json!({"actor": "ops", "reason": "asked"}), more)
}

/// What systems and visitors send.
fn by_machines() -> Vec<Value> {
    vec![
        json!({"check_keyring": {}}),
        json!({"set_eligible": hand(json!({"campaign": "spring", "customers": 1_000, "day": "2026-05-01"}))}),
        json!({"set_retention": {"receipt_days": 7, "touch_days": 400, "uncounted_days": 30}}),
        json!({"set_campaign_state": hand(json!({"campaign": "spring", "state": "paused"}))}),
        json!({"subscribe": {"subscriber": "crm", "kinds": ["reward.due"], "purpose": "mail"}}),
        json!({"redeliver": {"notification": ID, "subscriber": "crm"}}),
        json!({"enrol": {"campaign": "spring", "person": person()}}),
        json!({"record_click": {"link": "K7F3M-2QX9A", "campaign": "spring", "visitor": "cookie", "ip": "203.0.113.77",
            "method": "GET", "user_agent": "Mozilla/5.0 Firefox/140.0", "purpose": "prefetch",
            "fetch": {"site": "none", "mode": "navigate", "dest": "document", "user": "?1"}, "query": "?utm_source=mail",
            "referer": "https://news.example/", "destination": "https://shop.example/"}}),
        lead(json!({})),
        bought(json!({})),
        json!({"add_reference": {"conversion": order(json!({})), "reference": {"source": "stripe", "id": "ch_1"}}}),
        json!({"record_refund": hand(order(json!({"refund": "r1", "amount": {"amount": "1 EUR"}})))}),
        json!({"request_lookup": {"campaign": "spring", "email": "ada@shop.example"}}),
        json!({"open_lookup": {"token": "x"}}),
        json!({"unsubscribe": {"recipient": {"token": "x"}, "kinds": ["reward.due"]}}),
        json!({"fire_timer": {"timer": {"due_at": "2026-05-01T09:00:00Z", "brings": "hold_ends",
            "subject": format!("reward/4294967295/thanks/{ID}/event/shop/order-1")}}}),
    ]
}

/// What people do by hand, without naming a person.
fn by_hand() -> Vec<Value> {
    let reward = json!({"campaign": 1, "rule": "thanks", "participant": ID, "cause": "event/shop/order-1"});
    let moved = |to: Value| json!({"move_reward": hand(json!({"reward": reward, "to": to}))});
    let mut samples: Vec<Value> =
        ["issue", "fail", "return_issue", "cancel", "reverse"].map(|to| moved(json!({to: "because"}))).into();
    samples.extend([
        json!({"cancel_refund": hand(order(json!({"refund": "r1"})))}),
        json!({"correct_conversion": hand(order(json!({"correction": "c1", "total": "1 EUR", "tax": "0 EUR",
            "shipping": "0 EUR"})))}),
        json!({"void_conversion": hand(order(json!({})))}),
        json!({"restore_conversion": hand(order(json!({})))}),
        json!({"grant_reward": hand(json!({"reward": reward}))}),
        json!({"set_letter_state": hand(json!({"letter": {"source": "s", "letter": LETTER}, "state": "dropped"}))}),
    ]);
    samples
}

/// The commands that name somebody.
fn about(who: &Value) -> Vec<Value> {
    let ids = json!([{"source": "stripe", "id": "cus_1"}]);
    let aliases = || json!({"participant": who, "host_id": "x", "ids": ids, "email": "x@shop.example"});
    let mut samples = vec![
        json!({"create_link": {"campaign": "spring", "participant": who, "channel": "other:flyer",
            "utm": {"utm_source": "mail"}}}),
        json!({"create_code": {"campaign": "spring", "participant": who, "vanity": "SUMMER",
            "expires_at": "2026-06-01T09:00:00Z"}}),
        json!({"set_participant_state": hand(json!({"participant": who, "state": "suspended"}))}),
        json!({"set_profile": {"participant": who, "shown_as": "pseudonym", "pseudonym": "Ace", "message": "I love it"}}),
        json!({"record_share": {"campaign": "spring", "participant": who, "channel": "other:flyer"}}),
        json!({"reassign": hand(json!({"campaign": "spring", "invitee": who, "to": who}))}),
        json!({"merge_people": hand(json!({"one": who, "other": who}))}),
        json!({"moderate": {"campaign": "spring", "invitee": who, "moderation": "flagged", "actor": "ops", "note": "odd"}}),
        json!({"give_reward": hand(json!({"campaign": "spring", "participant": who, "id": "g1",
            "amount": {"unit": "points", "quantity": 1}, "role": "referrer", "hold": "30 days", "expires": "90 days"}))}),
        json!({"unsubscribe": hand(json!({"recipient": {"participant": who}, "kinds": ["reward.due"]}))}),
        json!({"resubscribe": hand(json!({"participant": who, "kinds": ["reward.due"]}))}),
        json!({"keep_letter": {"source": "stripe", "body": "e30=", "delivery": "msg", "code": "field_missing",
            "problem": "x", "people": [who], "ids": ids}}),
        json!({"erase_person": {"participant": who, "records": [{"kind": "code", "campaign": 1, "code": "SUMMER"}]}}),
    ];
    let marks = ["qualify", "unqualify", "lose", "remove_mark"];
    samples.extend(marks.map(|name| json!({name: hand(json!({"campaign": "spring", "invitee": who}))})));
    samples.extend(["add_alias", "remove_alias"].map(|name| json!({name: aliases()})));
    samples
}

pub(crate) fn with(object: Value, more: Value) -> Value {
    let (Value::Object(mut object), Value::Object(more)) = (object, more) else { panic!("no objects") };
    object.extend(more);
    Value::Object(object)
}
