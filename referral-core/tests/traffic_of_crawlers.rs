//! Real crawlers name themselves: how many of them are known.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use referral_core::record::Verdict;
use referral_core::rule::traffic::{Signals, verdict};

fn crawlers() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("REFERRAL_DATA").map_or_else(beside, PathBuf::from);
    Some(data.join("useragents/crawlers.json")).filter(|file| file.exists())
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
    let is_person =
        |agent: &&&str| verdict(&Signals { user_agent: Some(agent), ..Signals::default() }) == Verdict::Human;
    let missed: Vec<_> = agents.iter().filter(is_person).collect();
    println!("{} of {} taken for people", missed.len(), agents.len());
    assert!(agents.len() > 1_000);
    assert!(missed.len() * 100 <= agents.len() * 5, "{} of {}: {missed:#?}", missed.len(), agents.len());
}

#[test]
fn browsers_are_people() {
    for agent in [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
        "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
    ] {
        assert_eq!(verdict(&Signals { user_agent: Some(agent), ..Signals::default() }), Verdict::Human, "{agent}");
    }
}
