//! Where visitors came from: what a touch keeps of a request, what a referral takes of it, and that it moves with the lead.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{AnyCommand, AnyOutcome, HostFacts, Outcome};
use referral_core::record::{Kind, Record, Referral, Touch, Verdict};
use serde_json::{Value, json};

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A program in which `ada` and `eve` are enrolled, with a link of each in a channel and with UTM values.
fn program() -> (Program, [String; 2]) {
    let mut program = Program::with(json!({"attribution": {"existing_customers": "allow"}}));
    let links = ["ada", "eve"].map(|host| {
        program.enrol(host);
        link_of(&mut program, host, json!({"source": "news", "utm_campaign": "may"}))
    });
    (program, links)
}

fn link_of(program: &mut Program, host: &str, utm: Value) -> String {
    let link = json!({"campaign": "spring", "participant": {"host": host}, "channel": "whatsapp", "utm": utm});
    match program.run(json!({"create_link": link})).0 {
        AnyOutcome::LinkCreated(created) => created.link,
        other => panic!("{other:?}"),
    }
}

/// Records a click with what an HTTP handler has, from a city.
fn click(program: &mut Program, mut click: Value, city: &str) -> Verdict {
    for (name, value) in [("user_agent", json!(IPHONE)), ("visitor", json!("v1"))] {
        if click.get(name).is_none() {
            click[name] = value;
        }
    }
    let command: AnyCommand = serde_json::from_value(json!({"record_click": click})).unwrap();
    let facts = HostFacts { country: "FR".parse().ok(), city: city.parse().ok(), ..HostFacts::default() };
    match program.execute_with(command, facts).unwrap().outcome {
        Outcome::Accepted(AnyOutcome::ClickRecorded(recorded)) => recorded.verdict,
        other => panic!("{other:?}"),
    }
}

fn lead(program: &mut Program, host: &str, evidence: Value) {
    let lead = json!({"campaign": "spring", "person": {"host_id": host}, "evidence": evidence});
    program.run(json!({"record_lead": lead}));
}

fn touches(program: &Program) -> Vec<Touch> {
    let touch = |record| if let Record::Touch(touch) = record { Some(touch) } else { None };
    program.all(Kind::Touch).into_iter().filter_map(touch).collect()
}

fn referrals(program: &Program) -> Vec<Referral> {
    let referral = |record| if let Record::Referral(referral) = record { Some(referral) } else { None };
    program.all(Kind::Referral).into_iter().filter_map(referral).collect()
}

fn origin(referral: &Referral) -> Value {
    serde_json::to_value(&referral.origin).unwrap()
}

#[test]
fn a_touch_keeps_families_and_names_and_nothing_whole() {
    let (mut program, [link, _]) = program();
    let request = json!({
        "link": link, "ip": "203.0.113.7", "referer": "https://ada:secret@Forum.Example:8443/thread?mail=ada@mail.example",
        "query": "/x?utm_source=ignored", "fetch": {"site": "cross-site", "mode": "navigate", "dest": "document", "user": "?1"},
    });
    assert_eq!(click(&mut program, request, "Lyon"), Verdict::Human);
    let touch = touches(&program).remove(0);
    let expected = json!({
        "device": "mobile", "browser": "safari", "system": "ios", "referring_host": "forum.example", "city": "Lyon",
        "utm": {"source": "news", "campaign": "may"},
    });
    assert_eq!(serde_json::to_value(&touch.origin).unwrap(), expected);
    for kind in [Kind::Touch, Kind::Visitor, Kind::Receipt] {
        let stored = serde_json::to_string(&program.all(kind)).unwrap();
        for part in ["Mozilla", "iPhone OS", "secret", "mail.example", "thread", "8443", "ignored", "203.0.113.7", "?1"]
        {
            assert!(!stored.contains(part), "{kind:?} holds {part}: {stored}");
        }
    }
}

#[test]
fn a_link_without_utm_values_takes_those_of_the_url() {
    let (mut program, _) = program();
    let bare = link_of(&mut program, "ada", json!({}));
    let url = format!("https://go.example.com/{bare}?utm_source=poster&utm_content=bob%40mail.example");
    click(&mut program, json!({"link": url}), "");
    click(&mut program, json!({"link": bare, "query": "utm_medium=paper", "visitor": "v2"}), "");
    let mut utm: Vec<Value> =
        touches(&program).iter().map(|touch| serde_json::to_value(&touch.origin.utm).unwrap()).collect();
    utm.sort_by_key(Value::to_string);
    assert_eq!(utm, [json!({"medium": "paper"}), json!({"source": "poster"})]);
}

#[test]
fn a_referral_takes_what_the_touch_says_that_decided_it() {
    let (mut program, [ada, eve]) = program();
    click(&mut program, json!({"link": ada, "referer": "https://one.example/"}), "Lyon");
    program.wait(2);
    click(&mut program, json!({"link": eve, "user_agent": FIREFOX, "referer": "https://two.example/"}), "Paris");
    program.wait(1);
    lead(&mut program, "bob", json!({"visitor": "v1"}));
    let referral = referrals(&program).remove(0);
    assert_eq!(referral.channel.as_ref().map(ToString::to_string).as_deref(), Some("whatsapp"));
    assert_eq!(referral.link.unwrap().counter, 1);
    let expected = json!({
        "device": "desktop", "browser": "firefox", "system": "linux", "referring_host": "two.example", "city": "Paris",
        "utm": {"source": "news", "campaign": "may"},
    });
    assert_eq!(origin(&referral), expected);
    assert!(program.audit().is_clean());
}

#[test]
fn a_code_takes_the_rest_from_the_visitors_own_touch_of_that_referrer() {
    let (mut program, [ada, eve]) = program();
    click(&mut program, json!({"link": ada}), "Lyon");
    program.wait(2);
    click(&mut program, json!({"link": eve, "user_agent": FIREFOX}), "Paris");
    let code = program.enrol("ada");
    lead(&mut program, "bob", json!({"code": code, "visitor": "v1"}));
    let referral = referrals(&program).remove(0);
    assert_eq!((referral.link.unwrap().counter, origin(&referral)["city"].as_str()), (1, Some("Lyon")));
    // Without a visitor, a code tells nothing but the referrer.
    lead(&mut program, "dan", json!({"code": code}));
    let dan = referrals(&program).into_iter().find(|other| other.invitee != referral.invitee).unwrap();
    assert!(dan.link.is_none() && dan.origin.is_empty());
}

#[test]
fn a_link_of_its_own_is_evidence_with_its_utm_values() {
    let (mut program, [ada, _]) = program();
    let bare = link_of(&mut program, "ada", json!({}));
    lead(&mut program, "bob", json!({"link": ada}));
    lead(&mut program, "dan", json!({"link": format!("https://shop.example/?ref={bare}&utm_source=poster")}));
    let found = referrals(&program);
    let mut said: Vec<_> = found.iter().map(|one| (one.link.unwrap().counter, origin(one))).collect();
    said.sort_by_key(|(counter, _)| *counter);
    assert_eq!(said[0], (1, json!({"utm": {"source": "news", "campaign": "may"}})));
    assert_eq!(said[1], (2, json!({"utm": {"source": "poster"}})));
}

#[test]
fn what_a_page_embeds_attributes_nobody() {
    let (mut program, [ada, _]) = program();
    let image = json!({"link": ada, "fetch": {"site": "cross-site", "mode": "no-cors", "dest": "image"}});
    assert_eq!(click(&mut program, image, "Lyon"), Verdict::Embedded);
    let lead = json!({"campaign": "spring", "person": {"host_id": "bob"}, "evidence": {"visitor": "v1"}});
    let lead: AnyCommand = serde_json::from_value(json!({"record_lead": lead})).unwrap();
    assert!(matches!(program.execute(lead).unwrap().outcome, Outcome::Declined(_)));
    // A script that tells a view is called by the page itself.
    let view = json!({"link": ada, "view": true, "fetch": {"site": "same-origin", "mode": "cors", "dest": "empty"}});
    assert_eq!(click(&mut program, view, "Lyon"), Verdict::Human);
}

/// The origin of `bob`'s referral after evidence of two clicks, and an order, were told in some order of the times.
fn told_in(order: [usize; 3]) -> (Value, Option<u32>, String) {
    let (mut program, [ada, _]) = program();
    let second = link_of(&mut program, "ada", json!({"source": "second"}));
    let start = program.now;
    click(&mut program, json!({"link": ada, "visitor": "early"}), "Lyon");
    click(&mut program, json!({"link": second, "visitor": "late", "user_agent": FIREFOX}), "Paris");
    program.wait(48);
    for what in order {
        let at = Some(start.plus(chrono::TimeDelta::hours([1, 2, 3][what])));
        let command = match what {
            2 => json!({"record_conversion": {"source": "shop", "event": "o1", "kind": "purchase",
                "person": {"host_id": "bob"}, "total": "50 EUR"}}),
            which => json!({"record_lead": {"campaign": "spring", "person": {"host_id": "bob"},
                "evidence": {"visitor": (["early", "late"][which])}}}),
        };
        let command: AnyCommand = serde_json::from_value(command).unwrap();
        program.execute_with(command, HostFacts { at, ..HostFacts::default() }).unwrap();
    }
    assert!(program.audit().is_clean());
    let referral = referrals(&program).remove(0);
    (origin(&referral), referral.link.map(|link| link.counter), referral.progress.to_string())
}

#[test]
fn the_origin_is_that_of_the_earliest_evidence_in_whatever_order_it_is_told() {
    let first = told_in([0, 1, 2]);
    assert_eq!((first.0["city"].as_str(), first.1), (Some("Lyon"), Some(1)));
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(told_in(order), first, "{order:?}");
    }
}

#[test]
fn another_referrer_a_merge_and_an_erasure_leave_the_origin_as_it_was() {
    let (mut program, [ada, _]) = program();
    click(&mut program, json!({"link": ada}), "Lyon");
    lead(&mut program, "bob", json!({"visitor": "v1"}));
    let before = referrals(&program).remove(0);
    assert!(before.link.is_some() && !before.origin.is_empty() && before.clicked_at.is_some());
    program.run(
        json!({"reassign": {"campaign": "spring", "invitee": {"host": "bob"}, "to": {"host": "eve"}, "actor": "desk"}}),
    );
    program.wait(1);
    program.enrol("bobby");
    program.run(json!({"merge_people": {"one": {"host": "bob"}, "other": {"host": "bobby"}}}));
    program.run(json!({"erase_person": {"participant": {"host": "bob"}}}));
    let after = referrals(&program).into_iter().find(|one| !one.superseded).unwrap();
    assert_eq!((after.link, &after.origin), (before.link, &before.origin));
    assert!(after.clicked_at.is_none(), "the very time of the click leads to the visitor");
    assert!(program.audit().is_clean());
}

#[test]
fn a_condition_asks_where_the_invitee_came_from_and_keeps_the_verdict_alone() {
    let rule = |id: &str, when: &str| json!({"id": id, "to": "referrer", "on": "purchase", "when": when, "give": {"flat": "1 EUR"}});
    let mut program = Program::with(json!({"rewards": [
        rule("by-phone", "referral.device == 'mobile' && referral.browser in ['safari', 'chrome']"),
        rule("by-news", "referral.utm.source == 'news' && referral.utm.campaign.startsWith('ma')"),
        rule("in-town", "referral.city == 'Paris' || referral.referring_host.endsWith('.paris')"),
        rule("by-term", "referral.utm.term == 'shoes'"),
    ]}));
    program.enrol("ada");
    let link = link_of(&mut program, "ada", json!({"source": "news", "campaign": "may"}));
    click(&mut program, json!({"link": link, "referer": "https://blog.example/"}), "Lyon");
    lead(&mut program, "bob", json!({"visitor": "v1"}));
    let findings = program.buy("bob", "o1", "50 EUR");
    assert_eq!(program.shown(), ["by-news referrer due 100 EUR", "by-phone referrer due 100 EUR"]);
    let of = |rule: &str| findings.iter().find(|finding| finding.rule.as_ref().is_some_and(|of| of.as_str() == rule));
    let said = [of("in-town"), of("by-term")].map(|found| found.unwrap().reason.to_string());
    assert_eq!(said, ["condition_not_met", "condition_unknown"]);
    for order in &referrals(&program)[0].orders {
        assert!(
            !order.reading.is_empty()
                && order.reading.chars().all(|sign| sign.is_ascii_digit() || sign.is_ascii_lowercase())
        );
    }
    let stored = serde_json::to_string(&findings).unwrap();
    assert!(!stored.contains("Lyon") && !stored.contains("blog.example"), "{stored}");
}
