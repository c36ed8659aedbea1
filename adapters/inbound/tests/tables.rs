//! The tables that come with the crate, on the senders' own shapes of events, and what is wrong with broken tables.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{commands, map, map_bytes};
use referral_inbound::{Shapes, Table, tables};
use serde_json::{Value, json};

fn table(text: &str) -> Table {
    Table::from_json(text).unwrap().with_constant("campaign", "friends")
}

/// A table in which nearly everything is wrong.
const BROKEN: &str = r#"{
        "source": "Not A Source",
        "at": "created",
        "each": "a..b",
        "constants": {"campaign": {}},
        "typo": 1,
        "rules": [
            {"command": "record_conversion", "fields": {
                "event": {"path": "id", "value": "x"}, "kind": {"value": "sale"}, "total": "amount", "colour": "c",
                "tax": {"amount": "tax", "currency": "currency", "unit": "cents"}, "references": "id",
                "coupon": {"constant": "unheard"}, "country": {"path": "c", "map": "unheard"}, "data.x": 5,
                "occurred_at": {"time": "at", "unit": "days"}
            }},
            {"name": "a", "command": "delete_everything", "fields": {}},
            {"name": "b", "command": "add_reference", "when": [{"path": "x"}, {"path": "y", "is": {}}], "fields": {
                "conversion": {"template": "{open"}, "reference": {"first": [{"list": []}, {"delivery": "time"}]}
            }},
            {"name": "c", "command": "record_refund", "fields": {"event": "$x", "refund": "id"}},
            {"name": "d", "command": "void_conversion", "expects": ["taken"], "when": [
                {"constant": "unheard", "is": 1}, {"path": "x", "in_list": "unheard"}, {"path": "x", "constant": "y", "is": 1}
            ], "fields": {"event": {"sum": "a", "less": [], "least": "x"}, "reason": {"list": []}}}
        ],
        "lists": {"stages": "won"},
        "ignore": [{"name": "all"}, {"when": []}]
    }"#;

#[test]
fn every_mistake_in_a_table_is_named_with_its_place() {
    let mistakes = Table::from_json(BROKEN).unwrap_err();
    let found: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    for expected in [
        "$: `typo` is unknown",
        "source: source: `Not A Source` may hold only",
        "each: `a..b` has an empty part",
        "at: needs `time` and `unit`",
        "constants.campaign: is no text",
        "rules.0.name: is missing",
        "rules.0.fields.event: needs exactly one of path, value",
        "rules.0.fields.total: needs `amount` and `currency`",
        "rules.0.fields.colour: `record_conversion` has no such field",
        "rules.0.fields.tax: `unit` of an amount",
        "rules.0.fields.references: needs a `list`",
        "rules.0.fields.coupon: names none of the table's `constants`",
        "rules.0.fields.country: names none of the table's `maps`",
        "rules.0.fields.data.x: is no object",
        "rules.0.fields.occurred_at: `unit` of a time",
        "rules.0.fields: `record_conversion` needs `person.host_id` or `person.ids` or `person.email`",
        "rules.1.command: `delete_everything` is unknown",
        "rules.2.when.0: needs a `path` and one of",
        "rules.2.when.1: `is` cannot be that",
        "rules.2.fields.conversion: a template lacks a `}`",
        "rules.2.fields.reference.1: can be `id` only",
        "rules.3.fields.event: `$x` goes on after `$` without a dot",
        "rules.3.fields: `record_refund` needs `amount.amount` or `amount.cumulative`",
        "rules.4.expects: may hold unknown_person and known_order only",
        "rules.4.when.0: names none of the table's `constants`",
        "rules.4.when.1: `in_list` cannot be that",
        "rules.4.when.2: needs a `path`, a `first` or a `constant`",
        "rules.4.fields.event: is no path",
        "rules.4.fields.reason: takes one value, not a list",
        "lists.stages: is no list",
        "ignore.0: needs a `when`",
        "ignore.1.name: is missing",
    ] {
        assert!(found.iter().any(|mistake| mistake.starts_with(expected)), "{expected}: {found:#?}");
    }
}

#[test]
fn constants_that_no_field_takes_and_rules_without_a_time_are_mistakes() {
    let sourced = Table::from_json(
        r#"{"source": "s", "rules": [{"name": "a", "command": "record_conversion", "fields":
            {"event": "id", "kind": {"value": "sale"}, "person.email": "email"}},
            {"name": "a", "command": "qualify", "fields": {"campaign": {"value": "x"}, "invitee.email": "email"}}]}"#,
    );
    let found: Vec<_> = sourced.unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(found[0], "rules.0.fields.kind: is not a kind of conversion");
    assert!(found[1].starts_with("rules.1.command: needs the table's `at`"), "{found:?}");
    assert_eq!(found[2], "rules.1.name: `a` is there twice");
    for text in ["", "[]", "{\"source\": \"a\", \"source\": \"b\"}", "{}"] {
        assert!(!Table::from_json(text).unwrap_err().is_empty(), "{text}");
    }
}

/// What is wrong with an event, where it makes no request.
fn refused(table: &Table, event: &Value) -> Vec<String> {
    let mapped = map_bytes(table, event.to_string().as_bytes()).unwrap();
    assert!(mapped.requests.is_empty(), "{:?}", mapped.requests);
    mapped.problems.iter().map(|(_, problem)| problem.to_string()).collect()
}

#[test]
fn an_order_without_an_amount_is_refused_by_name_unless_the_event_says_so() {
    let table = table(tables::ZAPIER);
    let order = |kind: &str, more: Value| {
        let mut event = json!({"event": kind, "order": "o-1", "user_id": "bob", "currency": "EUR"});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    for kind in ["purchase", "renewal", "subscription"] {
        // Misnamed, empty, and denied.
        for more in [json!({"total": "5"}), json!({"amount": ""}), json!({"no_amount": "no"})] {
            let missing = format!("rule `purchase`: `total`: is missing; a {kind} that has no amount says `no_amount`");
            assert_eq!(refused(&table, &order(kind, more)), [missing]);
        }
        for says in [json!(true), json!("true"), json!("Yes"), json!(1)] {
            assert_eq!(
                commands(&table, &order(kind, json!({"no_amount": says}))),
                [json!({"record_conversion": {
                    "source": "zapier", "event": "o-1", "kind": kind, "person": {"host_id": "bob"}, "no_amount": true,
                }})]
            );
        }
    }
    let both = refused(&table, &order("purchase", json!({"amount": "5", "no_amount": true})));
    assert_eq!(both, ["rule `purchase`: `no_amount`: is said beside `total`; say one of them"]);
    let unclear = refused(&table, &order("purchase", json!({"amount": "5", "no_amount": "none"})));
    assert_eq!(unclear, ["rule `purchase`: `no_amount`: is neither yes nor no"]);
}

#[test]
fn a_table_says_of_its_orders_that_they_have_an_amount_or_none() {
    let table = |kind: Value, more: Value| {
        let mut fields = json!({"event": "id", "kind": kind, "person.host_id": "user"});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let rule = json!({"name": "paid", "command": "record_conversion", "fields": fields});
        Table::from_json(&json!({"source": "shop", "rules": [rule]}).to_string())
    };
    let mistakes = |kind: &str, more: Value| -> Vec<String> {
        table(json!({"value": kind}), more).unwrap_err().iter().map(ToString::to_string).collect()
    };
    let total = json!({"amount": "cents", "currency": "currency", "unit": "minor"});
    for kind in ["purchase", "renewal", "subscription"] {
        let needs = "rules.0.fields: an order needs `total`; where no event has an amount, say `\"no_amount\": {\"value\": true}`";
        assert_eq!(mistakes(kind, json!({})), [needs]);
        let both = "rules.0.fields: `no_amount` is always true, so no event has a `total`";
        assert_eq!(mistakes(kind, json!({"total": total, "no_amount": {"value": true}})), [both]);
        let stated = table(json!({"value": kind}), json!({"no_amount": {"value": true}})).unwrap();
        assert_eq!(map(&stated, &json!({"id": "o-1", "user": "bob"})).requests.len(), 1);
    }
    let unclear = mistakes("purchase", json!({"no_amount": {"value": "none"}}));
    assert_eq!(unclear, ["rules.0.fields.no_amount: is neither yes nor no"]);
    // What an event is may be known from the event alone.
    let open = table(json!("kind"), json!({})).unwrap();
    let event = |kind: &str| json!({"id": "o-1", "user": "bob", "kind": kind});
    assert_eq!(map(&open, &event("custom")).requests.len(), 1);
    let missing = "rule `paid`: `total`: is missing; a renewal that has no amount says `no_amount`";
    assert_eq!(refused(&open, &event("renewal")), [missing]);
}

#[test]
fn the_same_event_is_the_same_request_and_another_one_is_not() {
    let table = table(tables::ZAPIER);
    let lead = |id: &str, at: &str| {
        let event = json!({"event": "lead", "id": id, "at": at, "user_id": "bob", "code": "K7F3M-2QX9Y"});
        map(&table, &event).requests[0].key
    };
    let first = lead("z1", "2026-05-01T08:59:59Z");
    assert_eq!(first, lead("z1", "2026-05-01T08:59:59Z"));
    assert_ne!(first, lead("z2", "2026-05-01T08:59:59Z"));
    assert_ne!(first, lead("z1", "2026-05-01T08:59:58Z"));
    assert_eq!(first.minted_at().unwrap().to_string(), "2026-05-01T08:59:59Z");
}

#[test]
fn what_only_describes_and_does_not_fit_is_left_out_and_reported() {
    let purchase = json!({
        "event": "purchase", "order": "o-1", "user_id": "bob", "amount": "5", "currency": "EUR", "country": "Atlantis",
    });
    let mapped = map_bytes(&table(tables::ZAPIER), purchase.to_string().as_bytes()).unwrap();
    assert_eq!(mapped.requests.len(), 1);
    let problem = "rule `purchase`: `country`: is not a country of ISO 3166 in two letters";
    assert_eq!(mapped.left_out[0].1.to_string(), problem);
    assert_eq!(mapped.answer(&[Ok(())]).status, 200);
}

fn notice(reward: Value) -> Value {
    json!({
        "id": "019de2c4-2a80-7e59-8639-9360665b222f", "kind": "reward.due", "at": "2026-05-01T09:00:00Z", "attempt": 1,
        "campaign": "friends", "rule": "tenth",
        "participant": {"participant": "019de2c4-2a80-7b51-83c5-cb791342bd8b", "host_id": "ada"},
        "invitee": {"participant": "019de2c4-2a80-7c08-bae1-6cd075107f0e", "host_id": "bob"},
        "referral": {"progress": "qualified", "moderation": "clear", "qualifications": 1},
        "reward": {
            "key": {
                "campaign": 1, "rule": "tenth", "participant": "019de2c4-2a80-7b51-83c5-cb791342bd8b",
                "cause": "event:stripe:in_1",
            },
            "role": "referrer", "state": "due", "amount": reward.clone(), "outstanding": reward,
        },
    })
}

#[test]
fn a_notification_has_the_shape_that_each_system_takes() {
    let body = |text: &str, notice: &Value| -> Value {
        let body = Shapes::from_json(text).unwrap().body_of_json(notice.to_string().as_bytes()).unwrap().unwrap();
        serde_json::from_str(&body).unwrap()
    };
    let money = notice(json!("5.00 EUR"));
    assert_eq!(
        body(tables::TO_HUBSPOT, &money),
        json!({"inputs": [{"idProperty": "user_id", "id": "ada", "properties": {
            "referral_last_event": "reward.due", "referral_last_event_at": 1_777_626_000_000_u64,
            "referral_reward": "5.00 EUR", "referral_reward_state": "due",
        }}]})
    );
    assert_eq!(
        body(tables::TO_INTERCOM, &notice(json!({"unit": "points", "quantity": 100}))),
        json!({"event_name": "referral.reward.due", "created_at": 1_777_626_000, "user_id": "ada", "metadata": {
            "notification": "019de2c4-2a80-7e59-8639-9360665b222f", "campaign": "friends", "progress": "qualified",
            "rule": "tenth", "reward": "100 points", "reward_state": "due",
        }})
    );
    assert_eq!(
        body(tables::TO_ZAPIER, &money),
        json!({
            "id": "019de2c4-2a80-7e59-8639-9360665b222f", "kind": "reward.due", "at": "2026-05-01T09:00:00Z",
            "campaign": "friends", "participant": "019de2c4-2a80-7b51-83c5-cb791342bd8b", "user_id": "ada",
            "invitee_user_id": "bob", "progress": "qualified", "moderation": "clear", "rule": "tenth",
            "reward": "5.00 EUR", "reward_state": "due", "reward_campaign": 1, "reward_cause": "event:stripe:in_1",
        })
    );
    let mut erased = money;
    erased["participant"].as_object_mut().unwrap().remove("host_id");
    let intercom = Shapes::from_json(tables::TO_INTERCOM).unwrap();
    assert_eq!(intercom.body_of_json(erased.to_string().as_bytes()), Ok(None));
}

#[test]
fn every_mistake_in_shapes_is_named() {
    let text = r#"{"shapes": [
        {"name": "a", "fields": {"x": "id", "x.y": "id", "a..b": "id", "list.100": "id", "t": {"time": "at", "unit": "rfc3339", "as": "days"}}},
        {"fields": []}
    ], "rules": []}"#;
    let found: Vec<_> = Shapes::from_json(text).unwrap_err().iter().map(ToString::to_string).collect();
    for expected in [
        "$: `rules` is unknown",
        "shapes.0.fields.x: is both a value",
        "shapes.0.fields.a..b: has an empty part",
        "shapes.0.fields.list.100: has an empty part, or an index above 99",
        "shapes.0.fields.t: `as` of a time",
        "shapes.1.name: is missing",
        "shapes.1.fields: is no object",
    ] {
        assert!(found.iter().any(|mistake| mistake.starts_with(expected)), "{expected}: {found:#?}");
    }
}
