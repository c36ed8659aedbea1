//! Every text of every command has a bound, which holds to the byte, and the table in `docs/bounds.md` says so.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "bounds/samples.rs"]
mod samples;

use std::collections::BTreeSet;

use common::Program;
use referral_core::command::{AnyCommand, AnyOutcome, Bound, Holds, Outcome, Reason, bounds, bounds_reference};
use referral_core::error::Error;
use referral_core::record::Kind;
use samples::{samples, with};
use serde_json::{Map, Value, json};

/// One text in a command: the names that lead to it, and whether it is the last of these names itself.
#[derive(Clone, Debug)]
struct Leaf {
    path: Vec<String>,
    is_name: bool,
}

/// Tables whose names are texts of the caller.
const TABLES: [&str; 3] = ["data", "utm", "person.data"];

fn leaves(value: &Value, path: &[String], found: &mut Vec<Leaf>) {
    let below = |name: &str| [path, &[name.to_owned()]].concat();
    match value {
        Value::String(_) => found.push(Leaf { path: path.to_vec(), is_name: false }),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| leaves(value, &below(&at.to_string()), found))
        }
        Value::Object(object) => {
            for (name, value) in object {
                if TABLES.contains(&path.join(".").as_str()) {
                    found.push(Leaf { path: below(name), is_name: true });
                }
                leaves(value, &below(name), found);
            }
        }
        _ => {}
    }
}

/// The path as the table of bounds writes it.
fn field(leaf: &Leaf) -> String {
    let joined = leaf.path.join(".");
    if joined.starts_with("records.") && !joined.ends_with(".kind") {
        return "records.*".to_owned();
    }
    let inside_table =
        TABLES.iter().find(|table| joined.strip_prefix(**table).is_some_and(|rest| rest.starts_with('.')));
    match inside_table {
        Some(table) => format!("{table}.*"),
        None => leaf
            .path
            .iter()
            .map(|part| if part.parse::<usize>().is_ok() { "*" } else { part })
            .collect::<Vec<_>>()
            .join("."),
    }
}

/// The command with another text in one place.
fn changed(sample: &Value, leaf: &Leaf, text: &str) -> Value {
    let mut sample = sample.clone();
    let (_, content) = sample.as_object_mut().unwrap().iter_mut().next().unwrap();
    let path = if leaf.is_name { &leaf.path[..leaf.path.len() - 1] } else { &leaf.path[..] };
    let place = path.iter().fold(content, |place, name| match place {
        Value::Array(list) => &mut list[name.parse::<usize>().unwrap()],
        other => &mut other[name.as_str()],
    });
    *place = if leaf.is_name { Value::Object(Map::from_iter([(text.to_owned(), json!("x"))])) } else { json!(text) };
    sample
}

/// A text of so many bytes that fits what the field holds, but for its length.
fn filled(bound: &Bound, bytes: usize) -> String {
    let cause = |bytes: usize| {
        let head = format!("event/{}/", "s".repeat(64));
        format!("{head}{}", "e".repeat(bytes - head.len()))
    };
    match (bound.holds, bound.field.as_str()) {
        (Holds::Email, _) => {
            let domain = format!("{}.{}.", "d".repeat(63), "d".repeat(63));
            let end = "e".repeat(bytes - 65 - domain.len());
            format!("{}@{domain}{end}", "l".repeat(64))
        }
        (Holds::Channel, _) => format!("other:{}", "c".repeat(bytes - 6)),
        (Holds::Language, _) => format!("en{}-{}", "-abcdefgh".repeat(3), "x".repeat(bytes - 30)),
        (Holds::Cause, _) => cause(bytes),
        (_, "timer.subject") => {
            let head = format!("reward/4294967295/{}/019a0000-0000-7000-8000-000000000001/", "r".repeat(64));
            format!("{head}{}", cause(bytes - head.len()))
        }
        // These count characters too: as many bytes as they can have, by the widest ones.
        (_, "person.name" | "utm.*") => format!("{}{}", "𝒂".repeat(bytes / 4), "a".repeat(bytes % 4)),
        _ => "a".repeat(bytes),
    }
}

/// A program in which nothing was done but that Ada enrolled.
fn begun() -> Program {
    let mut program = Program::with(json!({"destinations": ["https://shop.example/"]}));
    program.enrol("ada");
    program
}

/// What is said of a command: the error, or the findings.
fn told(program: &mut Program, command: Value) -> String {
    match serde_json::from_value::<AnyCommand>(command) {
        Err(error) => error.to_string(),
        Ok(command) => match program.execute(command) {
            Err(error) => error.to_string(),
            Ok(receipt) => receipt.decision.findings.iter().filter_map(|finding| finding.detail.clone()).collect(),
        },
    }
}

fn is_about_length(told: &str) -> bool {
    ["has more than", "is longer than", "has at most", "is not a tag", "an other channel has"]
        .iter()
        .any(|sign| told.contains(sign))
}

/// How an error names the field: by its path, or by the kind of value that it is.
fn names(bound: &Bound) -> Vec<String> {
    let last = bound.field.rsplit('.').find(|part| *part != "*").unwrap().to_owned();
    let kind = match bound.holds {
        Holds::Id | Holds::Cause => " id: ",
        Holds::Email => "email: ",
        Holds::Language => "language: ",
        Holds::Channel => "channel: ",
        Holds::Name => ": is longer than 64",
        Holds::Kept | Holds::Used | Holds::Campaign | Holds::Body => "event id: ",
    };
    vec![last, kind.to_owned()]
}

#[test]
fn every_text_of_every_command_is_taken_at_its_bound_and_refused_by_name_one_byte_beyond() {
    let bounds = bounds();
    let mut met = BTreeSet::new();
    for sample in samples() {
        serde_json::from_value::<AnyCommand>(sample.clone()).unwrap_or_else(|error| panic!("{error}: {sample}"));
        let (command, content) = sample.as_object().unwrap().iter().next().unwrap();
        let mut found = Vec::new();
        leaves(content, &[], &mut found);
        for leaf in found {
            let field = field(&leaf);
            let Some(bound) = bounds.iter().find(|bound| bound.command == command && bound.field == field) else {
                // A choice, a number or a time: no text of any length fits but the few that there are.
                let long = changed(&sample, &leaf, &"a".repeat(600));
                assert!(serde_json::from_value::<AnyCommand>(long).is_err(), "{command}.{field} has no bound");
                continue;
            };
            met.insert((bound.command, bound.field.clone()));
            let at = told(&mut begun(), changed(&sample, &leaf, &filled(bound, bound.bytes)));
            assert!(!is_about_length(&at), "{command}.{field} at {}: {at}", bound.bytes);
            let beyond = told(&mut begun(), changed(&sample, &leaf, &filled(bound, bound.bytes + 1)));
            assert!(is_about_length(&beyond), "{command}.{field} beyond {}: {beyond}", bound.bytes);
            assert!(names(bound).iter().any(|name| beyond.contains(name)), "{command}.{field}: {beyond}");
        }
    }
    let all: BTreeSet<_> = bounds.into_iter().map(|bound| (bound.command, bound.field)).collect();
    let left: Vec<_> = all.difference(&met).collect();
    assert_eq!(
        left,
        [&("define_campaign", "definition".to_owned())],
        "each row of the table is walked but the campaign's"
    );
}

#[test]
fn every_command_has_a_row_and_a_sample() {
    let sampled: BTreeSet<_> =
        samples().iter().map(|sample| sample.as_object().unwrap().keys().next().unwrap().clone()).collect();
    let without: Vec<_> = AnyCommand::NAMES.iter().filter(|name| !sampled.contains(**name)).collect();
    assert_eq!(without, [&"define_campaign"]);
}

#[test]
fn a_campaign_beyond_a_megabyte_is_refused_by_name() {
    let mut program = Program::new();
    let definition = |texts: usize| {
        let text =
            |at: usize| json!({"channel": format!("other:c{at}"), "text": format!("{{link}} {}", "é".repeat(1_990))});
        json!({"define_campaign": {"definition": {"name": "spring", "link_host": "go.shop.example",
            "share_texts": (0..texts).map(text).collect::<Vec<_>>()}}})
    };
    let beyond = told(&mut program, definition(300));
    assert!(beyond.contains("definition: has at most 1048576 bytes"), "{beyond}");
    assert!(!told(&mut program, definition(2)).contains("definition"));
}

#[test]
fn ten_megabytes_from_a_public_handler_are_refused_and_nothing_is_stored() {
    let mut program = Program::with(json!({"destinations": ["https://shop.example/"]}));
    let code = program.enrol("ada");
    let before = program.all(Kind::Receipt).len();
    let ten = "a".repeat(10_000_000);
    for name in ["visitor", "method", "user_agent", "purpose", "referer", "destination"] {
        let long = if name == "destination" { format!("https://shop.example/{ten}") } else { ten.clone() };
        let click = with(json!({"link": code, "campaign": "spring"}), json!({name: long}));
        let command: AnyCommand = serde_json::from_value(json!({"record_click": click})).unwrap();
        match program.execute(command).unwrap_err() {
            Error::InvalidCommand { field, problem } => {
                assert_eq!(field, name);
                assert!(problem.starts_with("has at most"), "{problem}");
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!((program.all(Kind::Touch).len(), program.all(Kind::Receipt).len()), (0, before));
    // A link is what somebody followed: one that is too long is a bad link, and no error.
    let click = json!({"record_click": {"link": ten, "campaign": "spring"}});
    let command: AnyCommand = serde_json::from_value(click).unwrap();
    assert_eq!(program.decline(command), Reason::LinkInvalid);
    assert!(!serde_json::to_string(&program.all(Kind::Receipt)).unwrap().contains("aaaa"));
}

#[test]
fn evidence_that_is_too_long_names_nobody_and_the_next_is_asked() {
    let mut program = Program::with(json!({}));
    let code = program.enrol("ada");
    let lead = json!({"record_lead": {"campaign": "spring", "person": {"host_id": "bob"},
        "evidence": {"link": "x".repeat(10_000_000), "code": code}}});
    assert!(matches!(program.run(lead).0, AnyOutcome::LeadRecorded(_)));
}

#[test]
fn a_destination_is_answered_again_and_stands_in_no_record() {
    for parameter in [json!(null), json!("ref")] {
        let mut definition = json!({"destinations": ["https://shop.example/?a=#top", "https://shop.example/"], "link_parameter": parameter});
        definition.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut program = Program::with(definition);
        let code = program.enrol("ada");
        let who = json!({"campaign": "spring", "participant": {"host": "ada"}});
        program.run(json!({"create_code": with(who.clone(), json!({"vanity": "ADA-TEN"}))}));
        let link = program.run(json!({"create_link": with(who, json!({"utm": {"utm_source": "app"}}))})).0;
        let AnyOutcome::LinkCreated(link) = link else { panic!("no link") };
        let asked = "https://shop.example/?email=eve@mail.example#eve";
        let clicks = [
            (code.as_str(), format!("ref={code}")),
            ("ada-ten", "ref=ADA-TEN".to_owned()),
            (&link.link, format!("utm_source=app&ref={}", link.link)),
        ];
        for (link, carried) in &clicks {
            let carried = if parameter.is_null() {
                carried.rsplit_once("ref=").unwrap().0.trim_end_matches('&')
            } else {
                carried
            };
            for destination in [Some(asked), None] {
                let command = json!({"record_click": {"link": link, "campaign": "spring", "destination": destination}});
                let command: AnyCommand = serde_json::from_value(command).unwrap();
                let request =
                    referral_core::command::Request { key: program.key(), command, facts: Default::default() };
                let answers = [program.execute_all(vec![request.clone()]), program.execute_all(vec![request])];
                let [first, second] = answers.map(|mut answers| answers.remove(0).unwrap());
                assert_eq!((first.repeated, second.repeated), (false, true));
                assert_eq!(first.outcome, second.outcome);
                let Outcome::Accepted(AnyOutcome::ClickRecorded(click)) = second.outcome else { panic!("no click") };
                let (before, fragment) = destination.unwrap_or("https://shop.example/?a=#top").split_once('#').unwrap();
                let glue = if carried.is_empty() { "" } else { "&" };
                assert_eq!(click.destination, Some(format!("{before}{glue}{carried}#{fragment}")), "{link}");
            }
        }
        for kind in Kind::ALL {
            let stored = serde_json::to_string(&program.all(*kind)).unwrap();
            assert!(!stored.contains("eve") && !stored.contains("mail.example"), "{kind:?}");
            // The code that somebody chose stands in its own record alone.
            assert!(*kind == Kind::Code || !stored.contains("ADA-TEN"), "{kind:?}");
        }
    }
}

#[test]
fn destinations_that_leave_their_prefix_are_refused_by_name() {
    let mut program = Program::with(json!({"destinations": ["https://shop.example/app/"]}));
    let code = program.enrol("ada");
    for tail in ["../admin", "%2e%2e/admin", "\u{202e}moc", "%E2%80%AEmoc", "<b>", "?q=%3Cscript%3E"] {
        let destination = format!("https://shop.example/app/{tail}");
        let click = json!({"record_click": {"link": code, "campaign": "spring", "destination": destination}});
        let command: AnyCommand = serde_json::from_value(click).unwrap();
        let refused = program.execute(command).unwrap_err();
        assert!(matches!(refused, Error::InvalidCommand { field: "destination", .. }), "{destination}: {refused}");
    }
    assert!(program.all(Kind::Touch).is_empty());
}

#[test]
fn the_documents_hold_the_table_of_bounds_that_the_code_makes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/bounds.md");
    let text = std::fs::read_to_string(path).unwrap();
    let [begin, end] = ["begin", "end"].map(|side| format!("<!-- {side}: bounds, made by the code -->\n"));
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    let made = format!("{before}{begin}\n{}\n{end}{after}", bounds_reference());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == made, "UPDATE_DOCS=1 writes docs/bounds.md anew");
}
