//! Every command that tables may make, with all of its fields.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{commands, map, map_bytes};
use referral_core::command::Who;
use referral_inbound::{Erasure, Table};
use serde_json::{Value, json};

const ID: &str = "019de2c4-2a80-7b51-83c5-cb791342bd8b";

fn money(amount: &str) -> Value {
    json!({"amount": {"value": amount}, "currency": {"value": "EUR"}, "unit": "major"})
}

fn person() -> Value {
    let further = |source: &str, id: &str| json!({"source": source, "id": id});
    let ids = [further("crm", "51"), further("crm", "52"), further("stripe", "cus_1")];
    json!({"host_id": "bob", "ids": ids, "email": "bob@example.com", "name": "Bob", "language": "en", "country": "DE"})
}

fn texts(pairs: &[(&str, &str)]) -> Value {
    let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), json!({"value": value})));
    fields.collect::<serde_json::Map<_, _>>().into()
}

fn with_person(mut fields: Value) -> Value {
    for (name, value) in person().as_object().unwrap().iter().filter(|(name, _)| *name != "ids") {
        fields[format!("person.{name}")] = json!({"value": value});
    }
    fields["person.ids.crm"] = json!({"list": [{"value": "51"}, {"value": "52"}, {"value": "51"}]});
    fields["person.ids.stripe"] = json!({"value": "cus_1"});
    fields
}

/// Commands about people: name, fields of a table, and what must come of them.
fn about_people() -> Vec<(&'static str, Value, Value)> {
    let campaign = ("campaign", "friends");
    let invitee = texts(&[
        campaign,
        ("invitee.id", ID),
        ("invitee.host_id", "x"),
        ("invitee.email", "b@c.de"),
        ("actor", "eve"),
        ("reason", "asked for it"),
    ]);
    let of_invitee = json!({"campaign": "friends", "invitee": {"id": ID}, "actor": "eve", "reason": "asked for it"});
    let mut lead = with_person(texts(&[
        campaign,
        ("evidence.referrer.host_id", "ada"),
        ("evidence.referrer.email", "ada@example.com"),
        ("evidence.code", "ADA-10"),
        ("evidence.link", "l"),
        ("evidence.visitor", "v"),
        ("evidence.any", "w"),
    ]));
    lead["person.data.a.b"] = json!({"value": 5});
    lead["evidence.at"] = json!({"time": "at", "unit": "rfc3339"});
    let mut told = person();
    told["data"] = json!({"a.b": 5});
    let evidence = json!({"referrer": {"host": "ada"}, "code": "ADA-10", "link": "l", "visitor": "v", "at": "2026-05-01T08:59:59Z"});
    vec![
        ("enrol", with_person(texts(&[campaign])), json!({"campaign": "friends", "person": person()})),
        (
            "record_share",
            texts(&[campaign, ("participant.email", "b@c.de"), ("channel", "whatsapp")]),
            json!({"campaign": "friends", "participant": {"email": "b@c.de"}, "channel": "whatsapp"}),
        ),
        ("record_lead", lead, json!({"campaign": "friends", "person": told, "evidence": evidence})),
        ("qualify", invitee.clone(), of_invitee.clone()),
        ("unqualify", invitee.clone(), of_invitee.clone()),
        ("lose", invitee.clone(), of_invitee.clone()),
        ("remove_mark", invitee, of_invitee),
        (
            "remove_alias",
            texts(&[("participant.host_id", "bob"), ("email", "b@c.de"), ("ids.stripe", "cus_1")]),
            json!({"participant": {"host": "bob"}, "ids": [{"source": "stripe", "id": "cus_1"}], "email": "b@c.de"}),
        ),
        (
            "add_alias",
            texts(&[("participant.host_id", "bob"), ("host_id", "bob-2"), ("email", "b@c.de"), ("ids.crm", "51")]),
            json!({"participant": {"host": "bob"}, "host_id": "bob-2", "ids": [{"source": "crm", "id": "51"}],
                "email": "b@c.de"}),
        ),
    ]
}

/// Commands about who is who.
fn about_who_is_who() -> Vec<(&'static str, Value, Value)> {
    let campaign = ("campaign", "friends");
    vec![
        (
            "reassign",
            texts(&[
                campaign,
                ("invitee.ids.crm", "51"),
                ("invitee.email", "b@c.de"),
                ("to.host_id", "ben"),
                ("reason", "a slip"),
            ]),
            json!({"campaign": "friends", "invitee": {"further": {"source": "crm", "id": "51"}}, "to": {"host": "ben"},
                "reason": "a slip"}),
        ),
        (
            "merge_people",
            texts(&[("one.host_id", "bob"), ("one.ids.crm", "51"), ("other.ids.crm", "52"), ("actor", "eve")]),
            json!({"one": {"host": "bob"}, "other": {"further": {"source": "crm", "id": "52"}}, "actor": "eve"}),
        ),
    ]
}

/// Commands about payments.
fn about_payments() -> Vec<(&'static str, Value, Value)> {
    let mut conversion = with_person(texts(&[
        ("event", "o-1"),
        ("kind", "custom"),
        ("campaign", "friends"),
        ("country", "de"),
        ("coupon", "SALE"),
        ("data.plan", "pro"),
        ("evidence.code", "ADA-10"),
    ]));
    conversion["data.sizes"] = json!({"list": [{"value": "s"}, {"value": "m"}]});
    (conversion["total"], conversion["tax"], conversion["shipping"]) = (money("50"), money("5"), money("1"));
    conversion["references"] = json!({"list": [{"value": "o-1"}, {"value": "i-1"}, {"value": "i-1"}]});
    conversion["occurred_at"] = json!({"time": "at", "unit": "rfc3339"});
    let mut refund = texts(&[("event", "o-1"), ("refund", "r-1")]);
    refund["amount.cumulative"] = money("5");
    let reference = json!({"source": "s", "id": "i-1"});
    let converted = json!({
        "source": "s", "event": "o-1", "kind": "custom", "person": person(), "campaign": "friends", "country": "DE",
        "coupon": "SALE", "data": {"plan": "pro", "sizes": ["s", "m"]}, "evidence": {"code": "ADA-10"}, "total": "50.00 EUR", "tax": "5.00 EUR", "shipping": "1.00 EUR",
        "references": [reference], "occurred_at": "2026-05-01T08:59:59Z",
    });
    let refunded = json!({"source": "s", "event": "o-1", "refund": "r-1", "amount": {"cumulative": "5.00 EUR"}});
    vec![
        ("record_conversion", conversion, converted),
        (
            "add_reference",
            texts(&[("conversion", "o-1"), ("reference", "i-1")]),
            json!({"conversion": {"source": "s", "event": "o-1"}, "reference": reference}),
        ),
        ("record_refund", refund, refunded),
    ]
}

/// Commands that change what was told, and those about mails.
fn about_changes() -> Vec<(&'static str, Value, Value)> {
    let hand = [("actor", "eve"), ("reason", "a slip")];
    let of_order = |more: &[(&str, &str)]| texts(&[&[("event", "o-1")], more, &hand].concat());
    let order = |more: Value| {
        let mut told = json!({"source": "s", "event": "o-1", "actor": "eve", "reason": "a slip"});
        told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        told
    };
    let mut corrected = of_order(&[("correction", "c-1")]);
    (corrected["total"], corrected["tax"], corrected["shipping"]) = (money("40"), money("4"), money("0"));
    let amounts = json!({"correction": "c-1", "total": "40.00 EUR", "tax": "4.00 EUR", "shipping": "0.00 EUR"});
    let mut mails = texts(&[("participant.host_id", "bob")]);
    mails["kinds"] = json!({"list": [{"value": "reward.due"}]});
    let told = json!({"participant": {"host": "bob"}, "kinds": ["reward.due"]});
    let campaign = ("campaign", "friends");
    vec![
        (
            "moderate",
            texts(&[
                campaign,
                ("invitee.host_id", "bob"),
                ("moderation", "flagged"),
                ("actor", "eve"),
                ("note", "odd"),
            ]),
            json!({
                "campaign": "friends", "invitee": {"host": "bob"}, "moderation": "flagged", "actor": "eve", "note": "odd",
            }),
        ),
        (
            "set_participant_state",
            texts(&[("participant.host_id", "bob"), ("state", "suspended")]),
            json!({"participant": {"host": "bob"}, "state": "suspended"}),
        ),
        ("cancel_refund", of_order(&[("refund", "r-1")]), order(json!({"refund": "r-1"}))),
        ("correct_conversion", corrected, order(amounts)),
        ("void_conversion", of_order(&[]), order(json!({}))),
        ("restore_conversion", of_order(&[]), order(json!({}))),
        ("unsubscribe", mails.clone(), json!({"recipient": {"participant": {"host": "bob"}}, "kinds": ["reward.due"]})),
        ("resubscribe", mails, told),
    ]
}

/// Commands about rewards.
fn about_rewards() -> Vec<(&'static str, Value, Value)> {
    let (hand, campaign) = ([("actor", "eve"), ("reason", "a slip")], ("campaign", "friends"));
    let reward = [
        ("reward.campaign", "1"),
        ("reward.rule", "tenth"),
        ("reward.participant", ID),
        ("reward.cause", "event/s/o-1"),
        ("to", "issue"),
        ("detail", "transfer 7"),
    ];
    let key = json!({"campaign": 1, "rule": "tenth", "participant": ID, "cause": "event/s/o-1"});
    let given = texts(
        &[
            [campaign, ("participant.host_id", "bob"), ("id", "gift-1"), ("unit", "points"), ("quantity", "5")]
                .as_slice(),
            &[("role", "invitee"), ("hold", "30 days"), ("expires", "90 days"), ("beyond_limits", "true")],
            &hand,
        ]
        .concat(),
    );
    let gift = json!({
        "campaign": "friends", "participant": {"host": "bob"}, "id": "gift-1", "amount": {"unit": "points", "quantity": 5},
        "role": "invitee", "hold": "30 days", "expires": "90 days", "beyond_limits": true, "actor": "eve",
        "reason": "a slip",
    });
    vec![
        (
            "move_reward",
            texts(&[reward.as_slice(), &hand].concat()),
            json!({"reward": key, "to": {"issue": "transfer 7"}, "actor": "eve", "reason": "a slip"}),
        ),
        (
            "grant_reward",
            texts(&[&reward[..4], &[("beyond_limits", "yes")], &hand].concat()),
            json!({"reward": key, "beyond_limits": true, "actor": "eve", "reason": "a slip"}),
        ),
        ("give_reward", given, gift),
    ]
}

#[test]
fn every_command_takes_all_of_its_fields() {
    let cases: Vec<_> = about_people()
        .into_iter()
        .chain(about_who_is_who())
        .chain(about_payments())
        .chain(about_changes())
        .chain(about_rewards())
        .collect();
    assert_eq!(cases.len(), 25);
    for (command, fields, expected) in cases {
        let text = json!({
            "source": "s", "at": {"time": "at", "unit": "rfc3339"},
            "rules": [{"name": "a", "command": command, "fields": fields}],
        });
        let table = Table::from_json(&text.to_string()).unwrap();
        let event = json!({"at": "2026-05-01T08:59:59Z"});
        assert_eq!(commands(&table, &event), [json!({ command: expected })], "{command}");
    }
}

#[test]
fn each_move_of_a_reward_takes_what_belongs_to_it() {
    let table = |to: &str, detail: Option<&str>| {
        let mut fields = texts(&[
            ("reward.campaign", "1"),
            ("reward.rule", "tenth"),
            ("reward.participant", ID),
            ("reward.cause", "event/s/o-1"),
            ("to", to),
        ]);
        if let Some(detail) = detail {
            fields["detail"] = json!({"value": detail});
        }
        let rule = json!({"name": "a", "command": "move_reward", "fields": fields});
        let text = json!({"source": "s", "at": {"time": "at", "unit": "rfc3339"}, "rules": [rule]});
        Table::from_json(&text.to_string()).unwrap()
    };
    let event = json!({"at": "2026-05-01T08:59:59Z"});
    for (to, detail, expected) in [
        ("approve", None, json!("approve")),
        ("begin_issue", None, json!("begin_issue")),
        ("issue", None, json!({"issue": ""})),
        ("fail", Some("no account"), json!({"fail": "no account"})),
        ("return_issue", Some("closed account"), json!({"return_issue": "closed account"})),
        ("redeem", Some("250"), json!({"redeem": 250})),
        ("cancel", Some("fraud"), json!({"cancel": "fraud"})),
        ("reverse", Some("fraud"), json!({"reverse": "fraud"})),
    ] {
        assert_eq!(commands(&table(to, detail), &event)[0]["move_reward"]["to"], expected, "{to}");
    }
    for (to, detail, problem) in [
        ("approve", Some("yes"), "rule `a`: `detail`: `approve` takes none"),
        ("redeem", None, "rule `a`: `detail`: says how much is redeemed, as a whole number"),
        ("redeem", Some("2.50"), "rule `a`: `detail`: says how much is redeemed, as a whole number"),
    ] {
        let mapped = map_bytes(&table(to, detail), event.to_string().as_bytes()).unwrap();
        let problems: Vec<_> = mapped.problems.iter().map(|(_, problem)| problem.to_string()).collect();
        assert_eq!((mapped.requests, problems.as_slice()), (vec![], [problem.to_owned()].as_slice()), "{to}");
    }
}

#[test]
fn a_command_happened_when_its_event_did() {
    let fields = texts(&[("campaign", "friends"), ("invitee.host_id", "bob")]);
    let rule = json!({"name": "a", "command": "lose", "fields": fields});
    let text = json!({"source": "s", "at": {"time": "at", "unit": "rfc3339"}, "rules": [rule]});
    let table = Table::from_json(&text.to_string()).unwrap();
    let request = &map(&table, &json!({"at": "2026-04-29T08:00:00Z"})).requests[0];
    assert_eq!(request.facts.at.unwrap().to_string(), "2026-04-29T08:00:00Z");
}

#[test]
fn a_person_to_erase_is_handed_to_the_front_door_and_needs_no_time() {
    let rule = json!({"name": "a", "command": "erase_person", "fields": texts(&[("participant.email", "b@c.de")])});
    let table = Table::from_json(&json!({"source": "s", "rules": [rule]}).to_string()).unwrap();
    let mapped = map(&table, &json!({}));
    assert_eq!((mapped.requests.len(), mapped.unmatched), (0, 0));
    let person = Who::Email("b@c.de".parse().unwrap());
    assert_eq!(mapped.erasures, [Erasure { event: 0, person }]);
}

#[test]
fn what_is_given_is_money_or_so_many_of_a_unit() {
    let gift = |more: &[(&str, Value)]| {
        let mut fields =
            texts(&[("campaign", "friends"), ("participant.host_id", "bob"), ("id", "gift-1"), ("reason", "thanks")]);
        more.iter().for_each(|(name, value)| fields[*name] = value.clone());
        let text = json!({
            "source": "s", "at": {"time": "at", "unit": "rfc3339"},
            "rules": [{"name": "a", "command": "give_reward", "fields": fields}],
        });
        let table = Table::from_json(&text.to_string()).unwrap();
        let mapped = map_bytes(&table, br#"{"at": "2026-05-01T08:59:59Z"}"#).unwrap();
        let problems: Vec<String> = mapped.problems.iter().map(|(_, problem)| problem.to_string()).collect();
        let amounts = mapped.requests.iter().map(|request| serde_json::to_value(&request.command).unwrap());
        (amounts.map(|command| command["give_reward"]["amount"].clone()).collect::<Vec<_>>(), problems)
    };
    let (points, five) = (json!({"value": "points"}), json!({"value": "5"}));
    assert_eq!(gift(&[("amount", money("5"))]), (vec![json!("5.00 EUR")], vec![]));
    let units = [("unit", points.clone()), ("quantity", five.clone())];
    assert_eq!(gift(&units), (vec![json!({"unit": "points", "quantity": 5})], vec![]));
    let both = [units.as_slice(), &[("amount", money("5"))]].concat();
    for (fields, problem) in [
        (both.as_slice(), "rule `a`: `amount`: is either money or a number of a `unit`, not both"),
        (&[("unit", points)], "rule `a`: `quantity`: says how many of `unit`, as a whole number"),
    ] {
        assert_eq!(gift(fields), (vec![], vec![problem.to_owned()]));
    }
}

#[test]
fn a_further_id_needs_the_name_of_its_system() {
    for (name, problem) in [
        ("person.ids.Stripe!", "rules.0.fields.person.ids.Stripe!: needs the name of a system behind `ids.`"),
        ("person.ids", "rules.0.fields.person.ids: `record_lead` has no such field"),
    ] {
        let fields = texts(&[("campaign", "friends"), ("person.host_id", "bob"), (name, "x")]);
        let text = json!({
            "source": "s", "at": {"time": "at", "unit": "rfc3339"},
            "rules": [{"name": "a", "command": "record_lead", "fields": fields}],
        });
        let mistakes = Table::from_json(&text.to_string()).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.to_string().starts_with(problem)), "{mistakes:?}");
    }
}

#[test]
fn several_people_who_are_one_with_another_make_a_command_each() {
    let mut fields = texts(&[("one.ids.crm", "51")]);
    fields["other.ids.crm"] = json!({"list": ["gone.*"]});
    let text = json!({"source": "s", "at": {"time": "at", "unit": "rfc3339"},
        "rules": [{"name": "a", "command": "merge_people", "fields": fields}]});
    let table = Table::from_json(&text.to_string()).unwrap();
    let event = json!({"at": "2026-05-01T08:59:59Z", "gone": ["52", "53"]});
    let crm = |id: &str| json!({"further": {"source": "crm", "id": id}});
    let made = ["52", "53"].map(|id| json!({"merge_people": {"one": crm("51"), "other": crm(id)}}));
    assert_eq!(commands(&table, &event), made);
    let keys: Vec<_> = map(&table, &event).requests.iter().map(|request| request.key).collect();
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn an_event_says_that_its_person_was_a_customer_before() {
    let fields = texts(&[("campaign", "friends"), ("person.host_id", "bob"), ("evidence.code", "K7F3M-2QX9Y")]);
    for (says, expected) in [("yes", true), ("false", false)] {
        let mut fields = fields.clone();
        fields["existing_customer"] = json!({"value": says});
        let text = json!({"source": "s", "at": {"time": "at", "unit": "rfc3339"},
            "rules": [{"name": "a", "command": "record_lead", "fields": fields}]});
        let table = Table::from_json(&text.to_string()).unwrap();
        let request = &map(&table, &json!({"at": "2026-05-01T08:59:59Z"})).requests[0];
        assert_eq!(request.facts.existing_customer, expected);
    }
}

#[test]
fn what_an_end_user_typed_is_left_to_the_engine() {
    let long = "x".repeat(300);
    for typed in [long.as_str(), "K7F3M\u{1}2QX9A", "\u{200b}"] {
        let fields = texts(&[("campaign", "friends"), ("person.host_id", "bob"), ("evidence.code", typed)]);
        let text = json!({"source": "s", "at": {"time": "at", "unit": "rfc3339"},
            "rules": [{"name": "a", "command": "record_lead", "fields": fields}]});
        let table = Table::from_json(&text.to_string()).unwrap();
        assert_eq!(commands(&table, &json!({"at": "2026-05-01T08:59:59Z"})).len(), 1, "{typed:?}");
    }
}
