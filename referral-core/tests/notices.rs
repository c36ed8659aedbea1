//! What subscribers are handed: one case for each kind of notification, pinned, and nothing about anybody else.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::Program;
use referral_core::engine::drive;
use referral_core::link::UnsubscribeToken;
use referral_core::notify::{Lease, Leased, Schedule};
use referral_core::record::{Kind, NotificationKind, Record, RecordKind, RewardState};
use referral_core::store::{Batch, Commit, Delete, Listing, Store};
use referral_core::value::{Entropy, Span, TenantId};
use serde_json::{Value, json};

/// Secrets of the invitee: nothing of them may reach whoever writes to the referrer.
const CANARIES: [&str; 5] = ["bob-host-7", "bob.canary", "Canarius", "203.0.113.", "Bobby/1.0"];

fn campaign() -> Value {
    json!({
        "title": "Spring",
        "language": "de",
        "pages": {
            "tracking": "https://shop.example/friends/{code}?c={campaign}",
            "unsubscribe": "https://shop.example/unsubscribe/{token}",
        },
        "attribution": {"existing_customers": "allow"},
        "qualification": {"on": "purchase", "window": "20 days"},
        "rewards": [
            {"id": "hello", "to": "invitee", "on": "joined", "give": {"flat": "1 EUR"}},
            {"id": "thanks", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}, "hold": "approval",
             "expires": "90 days", "limits": [{"id": "few", "per": "referrer", "count": 2}]},
            {"id": "steps", "to": "referrer", "on": "qualified",
             "milestones": [{"at": 2, "give": {"units": 5, "unit": "points"}}]},
        ],
    })
}

/// A program in which everything happens that is told.
fn busy() -> Program {
    let mut program = Program::with(campaign());
    for (subscriber, purpose) in [("crm", "events"), ("mailer", "mail")] {
        program
            .run(json!({"subscribe": {"subscriber": subscriber, "kinds": NotificationKind::ALL, "purpose": purpose}}));
    }
    let ada =
        json!({"host_id": "ada", "email": "ada@shop.example", "name": "Ada\u{202e}  Lovelace", "language": "de-AT"});
    let (enrolled, _) = program.run(json!({"enrol": {"campaign": "spring", "person": ada}}));
    let enrolled = serde_json::to_value(enrolled).unwrap()["enrolled"].clone();
    let code = enrolled["code"].as_str().unwrap().to_owned();
    program.run(json!({"record_share": {"campaign": "spring", "participant": {"host": "ada"}, "channel": "sms"}}));
    program.run(json!({"record_click": {
        "link": enrolled["link"], "visitor": "bob-visitor", "ip": "203.0.113.9", "user_agent": "Mozilla/5.0 Bobby/1.0",
    }}));
    let bob = |suffix: &str| {
        json!({"host_id": format!("bob-host-7{suffix}"), "email": format!("bob.canary{suffix}@mail.example"),
               "name": "Bob Canarius"})
    };
    for suffix in ["", "b", "c", "d", "e"] {
        program.run(json!({"record_lead": {"campaign": "spring", "person": bob(suffix), "evidence": {"code": code}}}));
    }
    for (suffix, order) in [("", "order-1"), ("b", "order-2"), ("c", "order-3")] {
        program.run(json!({"record_conversion": {
            "source": "shop", "event": order, "kind": "purchase", "person": bob(suffix), "total": "80 EUR",
        }}));
    }
    program.run(json!({"moderate": {
        "campaign": "spring", "invitee": {"host": "bob-host-7d"}, "moderation": "flagged", "note": "look"}}));
    program
}

/// The key of the first reward of a rule for somebody in a state, as JSON.
fn reward(program: &Program, rule: &str, state: RewardState) -> Value {
    let found = program.rewards().into_iter().find(|reward| reward.rule.as_str() == rule && reward.state == state);
    json!(found.unwrap_or_else(|| panic!("{rule} {state}: {:?}", program.shown())).key())
}

/// A program in which every kind of thing happened that is told: what goes well, and what is taken back.
fn everything() -> Program {
    let mut program = busy();
    let moves = |program: &mut Program, reward: &Value, moves: &[Value]| {
        for to in moves {
            program.run(json!({"move_reward": {"reward": reward, "to": to}}));
        }
    };
    let thanks = reward(&program, "thanks", RewardState::Pending);
    let handed_over = [
        json!("approve"),
        json!("begin_issue"),
        json!({"fail": "no card"}),
        json!("begin_issue"),
        json!({"issue": "card-1"}),
        json!({"redeem": 800}),
    ];
    moves(&mut program, &thanks, &handed_over);
    let thanks = reward(&program, "thanks", RewardState::Pending);
    moves(&mut program, &thanks, &[json!("approve")]);
    let hello = reward(&program, "hello", RewardState::Due);
    moves(&mut program, &hello, &[json!({"issue": "card-2"}), json!({"reverse": "a mistake"})]);
    program.run(json!({"record_refund": {
        "source": "shop", "event": "order-3", "refund": "refund-1", "amount": {"amount": "80 EUR"},
    }}));
    program.wait(1);
    program.run(json!({"moderate": {
        "campaign": "spring", "invitee": {"host": "bob-host-7d"}, "moderation": "denied", "note": "fraud"}}));
    program.wait(24 * 100);
    program.settle();
    program.run(json!({"request_lookup": {"campaign": "spring", "email": "ada@shop.example"}}));
    by_hands(&mut program);
    program
}

/// Hands withdraw and restore what Ada shares, give a referral to Cem, and say that Cem is Cemal.
fn by_hands(program: &mut Program) {
    let tenant = TenantId::default();
    let listed = |kind| program.store.list(&tenant, &Listing::All(kind).first(100)).unwrap().rows;
    let grant = listed(Kind::Grant).into_iter().find_map(|row| match row.record {
        Record::Grant(grant) => Some(grant.grant),
        _ => None,
    });
    let cem = program.enrol("cem");
    let created = program.run(json!({"create_link": {"campaign": "spring", "participant": {"host": "cem"}}})).0;
    let link = serde_json::to_value(created).unwrap()["link_created"]["link"].clone();
    for what in [json!({"code": cem}), json!({"link": link}), json!({"grant": grant.unwrap()})] {
        for validity in ["revoked", "active"] {
            program.run(json!({"set_validity": {"campaign": "spring", "what": what, "validity": validity}}));
        }
    }
    let invitee = json!({"host": "bob-host-7"});
    program.run(json!({"reassign": {"campaign": "spring", "invitee": invitee, "to": {"host": "cem"}}}));
    program.enrol("cemal");
    program.run(json!({"merge_people": {"one": {"host": "cem"}, "other": {"host": "cemal"}}}));
}

fn lease(program: &Program, subscriber: &str) -> Leased {
    let (subscriber, lease_for) = (subscriber.parse().unwrap(), Span::hours(1));
    let task = Lease { subscriber, most: 1_000, lease_for, schedule: Schedule::default() };
    let mut operation = program.engine.run(TenantId::default(), task, program.now, Entropy::new([5; 32]));
    drive(&program.store, &mut operation).unwrap()
}

/// The notices as JSON.
fn handed(program: &Program, subscriber: &str) -> Vec<Value> {
    lease(program, subscriber).notices.iter().map(|notice| serde_json::to_value(notice).unwrap()).collect()
}

#[test]
fn who_writes_mails_is_handed_what_a_mail_needs() {
    let program = busy();
    let notices = handed(&program, "mailer");
    let enrolled = notices.iter().find(|notice| notice["kind"] == "participant.enrolled").unwrap();
    let mail = &enrolled["mail"];
    let code = mail["code"].as_str().unwrap();
    assert_eq!(mail["email"], "ada@shop.example");
    assert_eq!(mail["name"], "Ada Lovelace");
    assert_eq!((&mail["language"], &mail["title"]), (&json!("de-AT"), &json!("Spring")));
    assert!(mail["link"].as_str().unwrap().starts_with("https://go.example.com/"));
    assert_eq!(mail["tracking_url"], format!("https://shop.example/friends/{code}?c=spring"));
    let token = mail["unsubscribe_token"].as_str().unwrap();
    assert_eq!(mail["unsubscribe_url"], format!("https://shop.example/unsubscribe/{token}"));
    let participant = token.parse::<UnsubscribeToken>().unwrap().verify(&common::keyring(), &TenantId::default());
    assert_eq!(json!(participant.unwrap()), enrolled["participant"]["participant"]);
    let qualified = notices.iter().find(|notice| notice["kind"] == "referral.qualified").unwrap();
    assert_eq!(qualified["mail"]["invitee_name"], "Bob");
    assert_eq!(qualified["mail"]["progress"][0]["rule"], "steps");
    let due = notices.iter().find(|notice| notice["kind"] == "reward.due" && notice["rule"] == "hello").unwrap();
    assert_eq!(due["reward"]["amount"], "1.00 EUR");
}

#[test]
fn nobody_elses_data_is_in_a_mail_and_no_notice_holds_an_address_or_a_key() {
    let program = busy();
    let mut to_ada = 0;
    for notice in handed(&program, "mailer") {
        let text = notice.to_string();
        let own = notice["mail"]["email"].as_str().unwrap().to_owned();
        if own == "ada@shop.example" {
            to_ada += 1;
            for canary in CANARIES {
                assert!(!text.contains(canary), "{canary}: {text}");
            }
        } else {
            assert!(!text.contains("ada@") && !text.contains("\"ada\"") && !text.contains("Ada"), "{text}");
        }
        for secret in ["0101010101", "0202020202", "0303030303", "203.0.113", "Bobby/1.0"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert!(to_ada >= 12, "{to_ada}");
    // The control: the referrer's events do hold the invitee's host id.
    let events = handed(&program, "crm");
    assert!(events.iter().any(|notice| notice.to_string().contains("bob-host-7")));
    for notice in events {
        let text = notice.to_string();
        assert!(notice.get("mail").is_none() && !text.contains('@') && !text.contains("Canarius"), "{text}");
    }
}

#[test]
fn to_people_whose_row_is_gone_no_mail_is_handed_over() {
    let program = busy();
    let tenant = TenantId::default();
    let rows = program.store.list(&tenant, &Listing::All(Kind::Person).first(100)).unwrap().rows;
    let ada = rows.into_iter().find(|row| matches!(&row.record, Record::Person(person) if person.host_id.as_ref().is_some_and(|id| id.as_str() == "ada")));
    let ada = ada.unwrap();
    let deletes = vec![Delete { key: ada.record.key(), expected: ada.version }];
    assert_eq!(program.store.commit(&Batch { tenant, deletes, ..Batch::default() }).unwrap(), Commit::Applied);
    let leased = lease(&program, "mailer");
    assert!(leased.void >= 12 && !leased.notices.is_empty(), "{}", leased.void);
    assert!(leased.notices.iter().all(|notice| notice.mail.is_some()));
    assert_eq!(lease(&program, "mailer").notices.len(), 0);
    let events = handed(&program, "crm");
    assert!(events.iter().any(|notice| notice["kind"] == "participant.enrolled"), "events still tell what happened");
    assert!(!events.iter().any(|notice| notice.to_string().contains("\"ada\"")));
}

#[test]
fn what_is_personal_in_a_notice_never_prints() {
    let leased = lease(&busy(), "mailer");
    let printed = format!("{leased:?}");
    for secret in ["ada@shop.example", "Lovelace", "Bob", "canary"] {
        assert!(!printed.contains(secret), "{secret}");
    }
    for notice in &leased.notices {
        let token = notice.mail.as_ref().unwrap().unsubscribe_token.0.clone();
        assert!(!printed.contains(&token));
    }
}

/// The paths of all fields in a document, with the types of what they hold.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                fields(inner, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, &format!("{path}[]"), found)),
        _ => drop(found.insert(path.trim_start_matches('.').to_owned())),
    }
}

/// What a mailer and a keeper of events are handed, kind by kind: `notices.txt`.
#[test]
fn the_fields_of_every_kind_are_pinned() {
    let program = everything();
    let mut shown = String::new();
    for subscriber in ["crm", "mailer"] {
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for notice in handed(&program, subscriber) {
            fields(&notice, "", kinds.entry(notice["kind"].as_str().unwrap().to_owned()).or_default());
        }
        for (kind, fields) in kinds {
            shown += &format!("{subscriber} {kind}\n");
            shown.extend(fields.iter().map(|field| format!("    {field}\n")));
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/notices.txt");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(path).unwrap());
}

/// Kinds that nothing brings about yet, each with why. One that occurs all the same is to be taken off.
const NOT_YET: [(NotificationKind, &str); 0] = [];

/// What is about no campaign is mailed to nobody.
const NEVER_MAILED: [NotificationKind; 1] = [NotificationKind::ParticipantMerged];

#[test]
fn every_kind_is_pinned_for_both_purposes() {
    let pinned = include_str!("notices.txt");
    let heads: BTreeSet<&str> = pinned.lines().filter(|line| !line.starts_with(' ')).collect();
    for subscriber in ["crm", "mailer"] {
        for kind in NotificationKind::ALL {
            let is_pinned = heads.contains(format!("{subscriber} {kind}").as_str());
            let is_excused = NOT_YET.iter().any(|(excused, _)| excused == kind)
                || (subscriber == "mailer" && NEVER_MAILED.contains(kind));
            assert_ne!(is_pinned, is_excused, "{subscriber} {kind}");
        }
    }
    let expected = 2 * (NotificationKind::ALL.len() - NOT_YET.len()) - NEVER_MAILED.len();
    assert_eq!(heads.len(), expected, "{heads:?}");
}

/// The kinds that are described are those that there are, and each is told apart by what it also has.
#[test]
fn every_kind_is_described() {
    let described = include_str!("../../docs/notifications.md");
    for kind in NotificationKind::ALL {
        let (family, what) = kind.as_str().split_once('.').unwrap();
        assert!(
            [format!("`{kind}`"), format!("`.{what}`")].iter().any(|name| described.contains(name)),
            "{family}.{what}"
        );
    }
}
