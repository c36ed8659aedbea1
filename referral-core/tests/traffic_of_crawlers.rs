//! What stands behind a request, measured: real crawlers name themselves, and no person is taken for one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use referral_core::record::{Browser, Device, System, Verdict};
use referral_core::rule::agent;
use referral_core::rule::traffic::{Signals, verdict};
use serde::Deserialize;

fn crawlers() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("REFERRAL_DATA").map_or_else(beside, PathBuf::from);
    Some(data.join("useragents/crawlers.json")).filter(|file| file.exists())
}

fn is_person(agent: &str) -> bool {
    verdict(&Signals { user_agent: Some(agent), ..Signals::default() }) == Verdict::Human
}

#[test]
fn nearly_all_real_crawlers_are_told_from_people() {
    let Some(file) = crawlers() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let listed: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let agents: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|crawler| crawler["instances"].as_array().unwrap())
        .filter_map(|agent| agent.as_str())
        .collect();
    let missed: Vec<_> = agents.iter().filter(|agent| is_person(agent)).collect();
    println!("{} of {} taken for people", missed.len(), agents.len());
    assert!(agents.len() > 1_000);
    assert!(missed.len() * 100 <= agents.len() * 3, "{} of {}: {missed:#?}", missed.len(), agents.len());
    let whole = |crawler: &&serde_json::Value| {
        crawler["instances"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|agent| agent.as_str())
            .all(|agent| !is_person(agent))
    };
    let crawlers = listed.as_array().unwrap();
    let known = crawlers.iter().filter(whole).count();
    assert!(known * 100 >= crawlers.len() * 97, "{known} of {} crawlers by all their agents", crawlers.len());
    let devices = agents.iter().filter(|agent| !is_person(agent)).map(|agent| agent::read(agent).device);
    assert!(devices.into_iter().all(|device| device == Device::Bot), "a machine has no person's device");
}

/// User agents of people: written for this test, by the forms that vendors document.
#[derive(Deserialize)]
struct People {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    source: String,
    device: Device,
    browser: Browser,
    system: System,
    agents: Vec<String>,
}

fn people() -> People {
    serde_json::from_str(include_str!("data/people.json")).unwrap()
}

#[test]
fn no_browser_no_app_and_no_odd_phone_is_taken_for_a_machine() {
    let people = people();
    let agents: std::collections::BTreeSet<&String> = people.groups.iter().flat_map(|group| &group.agents).collect();
    assert!(agents.len() >= 300, "{}", agents.len());
    let flagged: Vec<_> = agents.into_iter().filter(|agent| !is_person(agent)).collect();
    assert!(flagged.is_empty(), "{flagged:#?}");
}

#[test]
fn device_browser_and_system_of_people_are_told() {
    let mut wrong = Vec::new();
    for group in people().groups {
        assert!(!group.source.is_empty(), "{} says whose documentation", group.name);
        let expected = agent::Agent { device: group.device, browser: group.browser, system: group.system };
        for text in &group.agents {
            let found = agent::read(text);
            if found != expected {
                wrong.push(format!("{}: {found:?} for {text}", group.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_no_agent_is_told_as_nothing_in_particular() {
    let other = agent::Agent { device: Device::Other, browser: Browser::Other, system: System::Other };
    assert_eq!(agent::read("Mozilla/5.0"), other);
    assert_eq!(agent::read("curl/8.5.0").device, Device::Bot);
    let long = "Mozilla/5.0 (".to_owned() + &"é; ".repeat(4_000);
    assert_eq!(agent::read(&long).browser, Browser::Other);
}
