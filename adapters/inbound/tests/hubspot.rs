//! HubSpot: its own shape of events, and what they tell through the core, in every order.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "common/crm.rs"]
mod crm;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;
#[path = "common/stripe.rs"]
mod stripe;

use common::{commands, map, map_bytes};
use crm::hubspot;
use referral_core::command::Who;
use referral_core::record::{FurtherId, Kind};
use referral_inbound::tables;
use serde_json::{Value, json};
use stripe::{deliver_to, left, orders, recorded, referred, table_of};

#[test]
fn hubspot_tells_of_referred_contacts_customers_and_won_deals() {
    let table = table_of(tables::HUBSPOT).with_constant("currency", "USD");
    let mut won = hubspot("deal.propertyChange", "dealstage", "closedwon");
    won["deal"] = json!({"id": "7", "properties": {"amount": "1250.50", "deal_currency_code": "EUR"}});
    won["contact"] = json!({"id": "51", "properties": {"email": "bob@example.com", "user_id": null}});
    let mut plain = won.clone();
    plain["deal"]["properties"] = json!({"amount": "1250.500"});
    plain["contact"]["properties"] = json!({"email": "bob@example.com", "user_id": "bob"});
    let events = json!([
        hubspot("contact.propertyChange", "referral_code", "K7F3M-2QX9Y"),
        hubspot("contact.propertyChange", "lifecyclestage", "customer"),
        hubspot("contact.propertyChange", "lifecyclestage", "lead"),
        won,
        plain,
        hubspot("contact.creation", "", ""),
    ]);
    let order = json!({"source": "hubspot", "event": "deal-1246965", "reason": "deal won"});
    let restored = json!({ "restore_conversion": order });
    let corrected = |total: &str| {
        let mut order = order.clone();
        order["total"] = json!(total);
        order["correction"] = json!("3816279340/1777625999000");
        json!({ "correct_conversion": order })
    };
    let (occurred, contact) = ("2026-05-01T08:59:59Z", json!([{"source": "hubspot", "id": "51"}]));
    assert_eq!(
        commands(&table, &events),
        [
            json!({"record_lead": {
                "campaign": "spring", "person": {"ids": [{"source": "hubspot", "id": "1246965"}]}, "evidence": {"code": "K7F3M-2QX9Y"},
            }}),
            restored.clone(),
            json!({"record_conversion": {
                "source": "hubspot", "event": "deal-1246965", "kind": "purchase", "total": "1250.50 EUR",
                "person": {"ids": contact, "email": "bob@example.com"}, "occurred_at": occurred,
            }}),
            corrected("1250.50 EUR"),
            restored,
            json!({"record_conversion": {
                "source": "hubspot", "event": "deal-1246965", "kind": "purchase", "total": "1250.50 USD",
                "person": {"host_id": "bob", "ids": contact, "email": "bob@example.com"}, "occurred_at": occurred,
            }}),
            corrected("1250.50 USD"),
            json!({"qualify": {"campaign": "spring", "invitee": {"further": {"source": "hubspot", "id": "1246965"}}}}),
        ]
    );
    assert_eq!(map(&table, &events).unmatched, 2);
}

#[test]
fn one_event_of_a_batch_that_lacks_its_person_spoils_no_other() {
    let table = table_of(tables::HUBSPOT);
    let won = hubspot("deal.propertyChange", "dealstage", "closedwon");
    let events = json!([won, hubspot("contact.propertyChange", "lifecyclestage", "customer")]);
    let mapped = map_bytes(&table, events.to_string().as_bytes()).unwrap();
    let names: Vec<_> = mapped.requests.iter().map(|request| request.command.name()).collect();
    assert_eq!(names, ["restore_conversion", "qualify"]);
    let problems: Vec<_> = mapped.problems.iter().map(|(index, problem)| format!("{index} {problem}")).collect();
    assert_eq!(
        problems,
        ["0 rule `deal-won-not-fetched`: the event has nothing for `person.host_id` or `person.ids` or `person.email`"]
    );
}

#[test]
fn a_deal_that_was_not_fetched_spoils_no_other_event() {
    let table = table_of(tables::HUBSPOT).with_constant("currency", "EUR");
    let mut deal = hubspot("deal.propertyChange", "dealstage", "closedwon");
    deal["contact"] = json!({"id": "51", "properties": {"email": "bob@example.com"}});
    let events = json!([deal, hubspot("contact.propertyChange", "lifecyclestage", "customer")]);
    let mapped = map_bytes(&table, events.to_string().as_bytes()).unwrap();
    let names: Vec<_> = mapped.requests.iter().map(|request| request.command.name()).collect();
    assert_eq!(names, ["restore_conversion", "qualify"]);
    let problems: Vec<_> = mapped.problems.iter().map(|(index, problem)| format!("{index} {problem}")).collect();
    assert_eq!(
        problems,
        ["0 rule `deal-won-not-fetched`: `total`: is missing; a purchase that has no amount says `no_amount`"]
    );
}

/// A change of a deal at a minute past eight.
fn deal(minute: u32, property: &str, value: &str, amount: &str) -> Value {
    let mut event = hubspot("deal.propertyChange", property, value);
    event["eventId"] = json!(minute);
    event["occurredAt"] = json!(1_777_622_400_000_u64 + u64::from(minute) * 60_000);
    event["deal"] = json!({"properties": {"amount": amount, "deal_currency_code": "EUR", "dealstage": "signed"}});
    event["contact"] = json!({"id": "51", "properties": {"user_id": "bob"}});
    json!([event])
}

#[test]
fn a_deal_counts_while_its_stage_is_one_that_the_host_calls_won_in_every_order() {
    let table = table_of(tables::HUBSPOT).with_list("won_stages", ["signed", "closedwon"]);
    let open = deal(1, "dealstage", "talks", "80.00");
    let won = deal(2, "dealstage", "signed", "80.00");
    let lost = deal(3, "dealstage", "closedlost", "80.00");
    let again = deal(4, "dealstage", "closedwon", "120.00");
    let dearer = deal(5, "amount", "150.00", "150.00");
    let cases = [
        (vec![&open, &won], 800),
        (vec![&open, &won, &lost], 0),
        (vec![&open, &won, &lost, &again], 1_200),
        (vec![&won, &lost, &again, &dearer], 1_500),
        (vec![&open, &lost], 0),
    ];
    for (events, expected) in cases {
        for order in orders(&events) {
            let mut program = referred();
            order.iter().chain(&order).for_each(|event| drop(deliver_to(&mut program, &table, event)));
            assert_eq!(left(&program), expected, "{order:?}");
        }
    }
}

#[test]
fn a_stage_that_is_not_in_the_list_is_not_won_and_a_deleted_deal_is_void() {
    let mut program = referred();
    let table = table_of(tables::HUBSPOT);
    deliver_to(&mut program, &table, &deal(1, "dealstage", "signed", "80.00"));
    assert_eq!(left(&program), 0);
    deliver_to(&mut program, &table, &deal(2, "dealstage", "closedwon", "80.00"));
    assert_eq!(left(&program), 800);
    let mut deleted = deal(3, "", "", "80.00");
    deleted[0]["subscriptionType"] = json!("deal.deletion");
    deliver_to(&mut program, &table, &deleted);
    assert_eq!(left(&program), 0);
    let mut restored = deal(4, "", "", "80.00");
    restored[0]["subscriptionType"] = json!("deal.restore");
    deliver_to(&mut program, &table.clone().with_list("won_stages", ["signed"]), &restored);
    assert_eq!(left(&program), 800);
}

#[test]
fn changes_of_any_object_are_told_apart_by_the_type_of_the_object() {
    let table = table_of(tables::HUBSPOT);
    let change = |object: &str, name: &str, value: &str| {
        let mut event = hubspot("object.propertyChange", name, value);
        event["objectTypeId"] = json!(object);
        let mapped = map(&table, &event);
        let names = mapped.requests.iter().map(|request| request.command.name()).collect::<Vec<_>>();
        (names, mapped.unmatched, mapped.ignored.len())
    };
    assert_eq!(change("0-1", "lifecyclestage", "customer"), (vec!["qualify"], 0, 0));
    assert_eq!(change("0-3", "dealstage", "closedlost"), (vec!["void_conversion"], 0, 0));
    assert_eq!(change("0-1", "dealstage", "closedlost"), (vec![], 1, 0));
    assert_eq!(change("0-2", "lifecyclestage", "customer"), (vec![], 0, 1));
}

#[test]
fn a_contact_that_is_deleted_for_privacy_is_a_person_to_erase() {
    let table = table_of(tables::HUBSPOT);
    let mut event = hubspot("contact.privacyDeletion", "", "");
    let person = |event: &Value| map(&table, event).erasures[0].person.clone();
    let id = FurtherId { source: "hubspot".parse().unwrap(), id: "1246965".parse().unwrap() };
    assert_eq!(person(&event), Who::Further(id));
    event["contact"] = json!({"properties": {"user_id": "bob"}});
    assert_eq!(person(&event), Who::Host("bob".parse().unwrap()));
}

/// HubSpot's example of a merge: contact 51 stays, 52 and 53 are gone, and the contact has a new id besides.
fn merged(kind: &str) -> Value {
    let mut event = hubspot(kind, "", "");
    event["objectTypeId"] = json!("0-1");
    event["primaryObjectId"] = json!(51);
    event["mergedObjectIds"] = json!([52, 53]);
    event["newObjectId"] = json!(54);
    event
}

#[test]
fn contacts_that_hubspot_merges_are_one_person() {
    for (first, second, kind) in
        [("52", "51", "contact.merge"), ("51", "53", "object.merge"), ("52", "53", "contact.merge")]
    {
        let rule = json!({"id": "tenth", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}});
        let mut program = program::Program::with(json!({"rewards": [rule]}));
        let code = program.enrol("ada");
        let hubspot_table = table_of(tables::HUBSPOT);
        // Someone who is both contacts signs up as the one and buys as the other.
        let mut referred = hubspot("contact.propertyChange", "referral_code", &code);
        referred["objectId"] = json!(first);
        let mut won = hubspot("deal.propertyChange", "dealstage", "closedwon");
        won["deal"] = json!({"id": "7", "properties": {"amount": "50", "deal_currency_code": "EUR"}});
        won["contact"] = json!({"id": second, "properties": {}});
        deliver_to(&mut program, &hubspot_table, &json!([referred]));
        deliver_to(&mut program, &hubspot_table, &json!([won]));
        assert_eq!(left(&program), 0);
        deliver_to(&mut program, &hubspot_table, &json!([merged(kind)]));
        assert_eq!(left(&program), 500, "{first} {second}");
    }
}

#[test]
fn the_ids_of_a_merge_lead_to_the_one_who_is_known() {
    for known in ["51", "52"] {
        let rule = json!({"id": "tenth", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}});
        let mut program = program::Program::with(json!({"rewards": [rule]}));
        let code = program.enrol("ada");
        let hubspot_table = table_of(tables::HUBSPOT);
        let mut referred = hubspot("contact.propertyChange", "referral_code", &code);
        referred["objectId"] = json!(known);
        deliver_to(&mut program, &hubspot_table, &json!([referred, merged("contact.merge")]));
        // What comes later names the new id.
        let mut won = hubspot("deal.propertyChange", "dealstage", "closedwon");
        won["deal"] = json!({"id": "7", "properties": {"amount": "50", "deal_currency_code": "EUR"}});
        won["contact"] = json!({"id": "54", "properties": {}});
        deliver_to(&mut program, &hubspot_table, &json!([won]));
        assert_eq!(left(&program), 500, "{known}");
        assert_eq!(program.all(Kind::Participant).len(), 2);
    }
}

#[test]
fn a_merge_of_contacts_of_whom_nobody_is_known_is_no_problem_and_companies_are_no_people() {
    let mut program = referred();
    deliver_to(&mut program, &table_of(tables::HUBSPOT), &json!([merged("contact.merge")]));
    let mut companies = merged("object.merge");
    companies["objectTypeId"] = json!("0-2");
    let mapped = map(&table_of(tables::HUBSPOT), &companies);
    assert_eq!((mapped.requests.len(), mapped.ignored.len()), (0, 1));
}

#[test]
fn a_deal_that_is_won_before_it_has_an_amount_is_an_order_once_it_has_one() {
    let table = table_of(tables::HUBSPOT).with_list("won_stages", ["signed"]);
    let mut won = deal(1, "dealstage", "signed", "");
    won[0]["deal"]["properties"]["amount"] = json!(null);
    let priced = deal(2, "amount", "150.00", "150.00");
    let lost = deal(3, "dealstage", "closedlost", "150.00");
    for (events, expected) in [(vec![&won], 0), (vec![&won, &priced], 1_500), (vec![&won, &priced, &lost], 0)] {
        for order in orders(&events) {
            let mut program = referred();
            order.iter().chain(&order).for_each(|event| drop(deliver_to(&mut program, &table, event)));
            assert_eq!((left(&program), recorded(&program).len()), (expected, 1), "{order:?}");
        }
    }
}

#[test]
fn in_one_delivery_a_stage_and_a_merge_may_stand_before_the_contact() {
    let rule = json!({"id": "flat", "to": "referrer", "on": "qualified", "give": {"flat": "5 EUR"}});
    let program = || {
        let mut program = program::Program::with(json!({"rewards": [rule]}));
        let code = program.enrol("ada");
        (program, code)
    };
    let (_, code) = program();
    let mut contact = hubspot("contact.propertyChange", "referral_code", &code);
    let mut stage = hubspot("contact.propertyChange", "lifecyclestage", "customer");
    (contact["objectId"], stage["objectId"]) = (json!(51), json!(51));
    stage["occurredAt"] = json!(1_777_625_999_500_u64);
    // HubSpot merges the contact into contact 54, and tells the stage of contact 54.
    let mut later = stage.clone();
    later["objectId"] = json!(54);
    let events = [json!([stage.clone(), contact.clone()]), json!([later, merged("contact.merge"), contact])];
    for events in events {
        let (mut program, _) = program();
        deliver_to(&mut program, &table_of(tables::HUBSPOT), &events);
        assert_eq!(left(&program), 500, "{events}");
    }
}
