//! Who is who, by hand: people under several ids, ids that lead to them, and links as they are pasted.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{CAMPAIGN, Home, err, well};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Runs it at noon of a day of May 2026.
fn at(home: &Home, day: u32, arguments: &[&str]) -> std::process::Output {
    let now = format!("2026-05-{day:02}T12:00:00Z");
    home.run(&[&["--now", now.as_str()], arguments].concat())
}

fn is_clean(home: &Home) {
    assert!(well(&home.run(&["audit"])).ends_with(" 0 differences\n"));
}

#[test]
fn a_person_under_several_ids_is_shown_with_all_of_them() {
    let home = Home::with_program();
    let shown = |who: &str| well(&home.run(&["person", "show", "friends", who]));
    let lines = |who: &str, part: &str| shown(who).lines().filter(|line| line.contains(part)).count();
    let document = |who: &str| json(&well(&home.run(&["person", "show", "friends", who, "--json"])));
    let id = |who: &str| document(who)["participant"].as_str().unwrap().to_owned();
    let (ada, ben) = (id("ada"), id("ben"));
    let apart = [lines("ada", "reward/1/"), lines("ben", "reward/1/")];
    let qualified = ["ada", "ben"].map(|who| document(who)["enrolment"]["qualified"].as_i64().unwrap());
    assert!(apart[0] > 0 && apart[1] > 0 && !shown("ada").contains("also known as"), "{apart:?}");
    well(&at(&home, 12, &["person", "merge", "ada", "ben", "--by", "desk", "--why", "called in"]));
    for who in ["ada", "ben"] {
        let text = shown(who);
        assert!(text.contains(&format!("also known as        {ben}")), "{text}");
        assert_eq!(lines(who, "reward/1/"), apart[0] + apart[1], "{text}");
        assert!(text.contains(&format!("qualified referrals  {}\n", qualified[0] + qualified[1])), "{text}");
        let found = well(&home.run(&["person", "find", who]));
        assert!(found.contains(&ben) && found.matches("friends").count() == 2, "{found}");
    }
    let under = &document("ada")["under_other_ids"][0];
    assert_eq!(under["participant"].as_str(), Some(ben.as_str()));
    assert!(under["rewards"]["rewards"].as_array().unwrap().iter().all(|one| one["reward"]["participant"] == ben));
    // Asked by the id that went, its own books are shown, and whose they are now.
    let gone = shown(&format!("id:{ben}"));
    assert!(gone.contains(&format!("turned out to be     {ada}")), "{gone}");
    assert_eq!(gone.lines().filter(|line| line.contains("reward/1/")).count(), apart[1], "{gone}");
    is_clean(&home);
}

#[test]
fn the_rewards_of_an_id_that_is_not_enrolled_are_shown_beside_those_of_the_one_that_is() {
    let home = Home::new();
    let welcome = CAMPAIGN.replace(
        "rewards = [",
        "rewards = [{ id = \"welcome\", to = \"invitee\", on = \"qualified\", give = { flat = \"5 EUR\" } }, ",
    );
    home.write("welcome.toml", &welcome);
    well(&home.run(&["campaign", "define", "welcome.toml"]));
    for who in ["ada", "eve"] {
        well(&at(&home, 1, &["person", "enrol", "friends", who]));
    }
    home.write("i.csv", "host_id,referrer_host_id\nguest,eve\nbob,ada\n");
    home.write("o.csv", "id,host_id,total\n1,guest,80 EUR\n2,bob,60 EUR\n");
    home.write("orders.toml", "content = \"conversions\"\nsource = \"shop\"\n");
    well(&at(&home, 2, &["upload", "i.csv", "--content", "invitees", "--campaign", "friends"]));
    well(&at(&home, 3, &["upload", "o.csv", "--mapping", "orders.toml"]));
    well(&at(&home, 4, &["person", "merge", "guest", "ada"]));
    for who in ["ada", "guest"] {
        let text = well(&home.run(&["person", "show", "friends", who]));
        let rules = ["reward/1/welcome/", "reward/1/thanks/"].map(|rule| text.matches(rule).count());
        assert_eq!((rules, text.matches("active  0").count()), ([1, 1], 1), "{text}");
    }
    is_clean(&home);
}

#[test]
fn an_alias_needs_an_id_or_an_email() {
    let home = Home::with_program();
    for job in ["add-alias", "remove-alias"] {
        let told = home.run(&["person", job, "cleo"]);
        assert!(!told.status.success() && err(&told).contains("needs a host id, a further id or an email"), "{job}");
    }
    well(&home.run(&["person", "add-alias", "cleo", "--id", "stripe:cus_1"]));
}

#[test]
fn a_link_is_found_in_whatever_it_was_pasted_with() {
    let home = Home::with_program();
    let shown = json(&well(&home.run(&["person", "show", "friends", "ada", "--json"])));
    let link = shown["enrolment"]["links"][0]["link"].as_str().unwrap().to_owned();
    for pasted in [
        format!("https://go.shop.example/{link}&utm_source=x"),
        format!("{link}?fbclid=abc"),
        format!("https://l.example/?u=https%3A%2F%2Fgo.shop.example%2F{link}%3Fx%3D1"),
    ] {
        let found = json(&well(&home.run(&["person", "find", &format!("link:{pasted}"), "--json"])));
        assert_eq!(found[0]["participant"], shown["participant"], "{pasted}");
    }
}
