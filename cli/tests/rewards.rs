//! Rewards by hand: handed over and back, approved, taken back, granted and given, each with actor and reason.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{CAMPAIGN, Home, err, out, well};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Runs it at noon of a day of May 2026.
fn at(home: &Home, day: u32, arguments: &[&str]) -> std::process::Output {
    let now = format!("2026-05-{day:02}T12:00:00Z");
    home.run(&[&["--now", now.as_str()], arguments].concat())
}

/// The keys of the rewards in a state.
fn keys(home: &Home, state: &str) -> Vec<String> {
    let listed = json(&well(&home.run(&["rewards", "due", "friends", "--state", state, "--json"])));
    listed.as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap().to_owned()).collect()
}

fn is_clean(home: &Home) {
    assert!(well(&home.run(&["audit"])).ends_with(" 0 differences\n"));
}

#[test]
fn a_transfer_that_came_back_or_failed_is_payable_again_and_every_step_is_kept() {
    let home = Home::with_program();
    let due = keys(&home, "due");
    let (first, second) = (due[0].as_str(), due[1].as_str());
    let began = well(&at(&home, 11, &["rewards", "begin", first, second, "--by", "bank"]));
    assert_eq!(began.matches("issuing").count(), 2, "{began}");
    assert!(began.contains("8.00 EUR"), "{began}");
    well(&at(&home, 12, &["rewards", "issue", first, "--reference", "t-1", "--by", "bank", "--why", "payday"]));
    well(&at(&home, 12, &["rewards", "fail", second, "--by", "bank", "--why", "no account"]));
    well(&at(&home, 13, &["rewards", "return", first, "--by", "bank", "--why", "closed account"]));
    let shown = well(&home.run(&["rewards", "show", first]));
    for line in [
        "payable    8.00 EUR",
        "2026-05-11T12:00:00Z  by bank: `begin_issue`",
        "by bank: `issue` of the reward under rule `thanks`: payday",
        "2026-05-13T12:00:00Z  by bank: `return_issue` of the reward under rule `thanks`: closed account",
    ] {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
    let document = json(&well(&home.run(&["rewards", "show", second, "--json"])));
    assert_eq!((&document["payable"], &document["hands"][1]["reason"]), (&"8.00 EUR".into(), &"no account".into()));
    // What cannot be done says where the reward is, and why is never left out.
    let again = at(&home, 14, &["rewards", "fail", first, "--why", "late"]);
    assert!(!again.status.success() && out(&again).contains("declined: reward_state; it is `due`"), "{}", out(&again));
    for job in ["fail", "return", "cancel", "reverse", "grant"] {
        let untold = home.run(&["rewards", job, first]);
        assert!(untold.status.code() == Some(2) && err(&untold).contains("--why"), "{job}");
    }
    is_clean(&home);
}

#[test]
fn rewards_are_approved_cancelled_and_reversed_by_hand() {
    let home = Home::new();
    home.write("slow.toml", &CAMPAIGN.replace("on = \"qualified\",", "on = \"qualified\", hold = \"approval\","));
    well(&home.run(&["campaign", "define", "slow.toml"]));
    well(&at(&home, 1, &["person", "enrol", "friends", "ada", "--name", "Ada"]));
    home.write("i.csv", "host_id,referrer_host_id\nbob,ada\ncem,ada\n");
    home.write("o.csv", "id,host_id,total\n1,bob,80 EUR\n2,cem,50 EUR\n");
    well(&at(&home, 2, &["upload", "i.csv", "--content", "invitees", "--campaign", "friends"]));
    well(&at(&home, 3, &["upload", "o.csv", "--content", "conversions"]));
    assert_eq!(keys(&home, "pending").len(), 2);
    let (bobs, cems) = (key_of(&home, "1"), key_of(&home, "2"));
    well(&at(&home, 4, &["rewards", "approve", &bobs, &cems, "--by", "chief", "--why", "looked at"]));
    let due = json(&well(&home.run(&["rewards", "due", "friends", "--json"])));
    assert_eq!((due.as_array().unwrap().len(), &due[0]["state"]), (2, &"approved".into()));
    let cancelled = well(&at(&home, 5, &["rewards", "cancel", &bobs, "--by", "chief", "--why", "own family"]));
    assert!(cancelled.contains("cancelled"), "{cancelled}");
    well(&at(&home, 5, &["rewards", "issue", &cems, "--reference", "t-2"]));
    well(&at(&home, 6, &["rewards", "reverse", &cems, "--by", "chief", "--why", "fraud"]));
    let shown = well(&home.run(&["rewards", "show", &cems]));
    assert!(shown.contains("owed to you  5.00 EUR"), "{shown}");
    let person = json(&well(&home.run(&["person", "show", "friends", "ada", "--json"])));
    assert_eq!(person["balances"]["EUR"]["debt"], "5.00 EUR");
    let explained = well(&home.run(&["explain", "reward", &bobs]));
    assert!(explained.contains("by chief: `cancel` of the reward under rule `thanks`: own family"), "{explained}");
    assert!(explained.contains("by chief: `approve` of the reward under rule `thanks`: looked at"), "{explained}");
    assert_eq!(well(&home.run(&["rewards", "due", "friends"])), "none\n");
    is_clean(&home);
}

#[test]
fn what_time_or_a_failed_transfer_made_due_is_listed_and_handed_over_without_settling() {
    let home = Home::new();
    home.write("held.toml", &CAMPAIGN.replace("on = \"qualified\",", "on = \"qualified\", hold = \"14 days\","));
    well(&home.run(&["campaign", "define", "held.toml"]));
    well(&at(&home, 1, &["person", "enrol", "friends", "ada"]));
    home.write("i.csv", "host_id,referrer_host_id\nbob,ada\ncem,ada\n");
    home.write("o.csv", "id,host_id,total\n1,bob,80 EUR\n2,cem,50 EUR\n");
    well(&at(&home, 2, &["upload", "i.csv", "--content", "invitees", "--campaign", "friends"]));
    well(&at(&home, 3, &["upload", "o.csv", "--content", "conversions"]));
    assert_eq!(well(&at(&home, 16, &["rewards", "due", "friends"])), "none\n");
    let listed = json(&well(&at(&home, 18, &["rewards", "due", "friends", "--json"])));
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["state"]), (2, &"pending".into()));
    well(&at(&home, 18, &["rewards", "begin", "order:upload/1", "--by", "bank"]));
    well(&at(&home, 19, &["rewards", "fail", "order:upload/1", "--by", "bank", "--why", "no account"]));
    let states = |day| {
        let listed = json(&well(&at(&home, day, &["rewards", "due", "friends", "--json"])));
        let mut states: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["state"].to_string()).collect();
        states.sort();
        states
    };
    assert_eq!(states(20), ["\"failed\"", "\"pending\""]);
    let issued = well(&at(&home, 21, &["rewards", "issue", "--all-due", "friends", "--reference", "t-1"]));
    assert_eq!(issued.matches("\n issued ").count(), 2, "{issued}");
    assert!(states(22).is_empty());
    is_clean(&home);
}

/// The key of the reward that rests on an order.
fn key_of(home: &Home, order: &str) -> String {
    let listed = json(&well(&home.run(&["rewards", "due", "friends", "--state", "pending", "--json"])));
    let found = listed.as_array().unwrap().iter().find(|one| one["base"]["event"] == order);
    found.unwrap()["key"].as_str().unwrap().to_owned()
}

#[test]
fn a_reward_is_named_by_its_order_and_its_rule() {
    let home = Home::new();
    let both = CAMPAIGN.replace(
        "rewards = [",
        "rewards = [{ id = \"welcome\", to = \"both\", on = \"purchase\", give = { flat = \"5 EUR\" } }, ",
    );
    home.write("both.toml", &both);
    well(&home.run(&["campaign", "define", "both.toml"]));
    well(&at(&home, 1, &["person", "enrol", "friends", "ada"]));
    home.write("i.csv", "host_id,referrer_host_id\nbob,ada\n");
    home.write("o.csv", "id,host_id,total\n1#a,bob,80 EUR\n");
    home.write("orders.toml", "content = \"conversions\"\nsource = \"shop\"\n");
    well(&at(&home, 2, &["upload", "i.csv", "--content", "invitees", "--campaign", "friends"]));
    well(&at(&home, 3, &["upload", "o.csv", "--mapping", "orders.toml"]));
    let show = |name: &str| home.run(&["rewards", "show", name, "--json"]);
    let thanks = json(&well(&show("order:shop/1#a#thanks")));
    assert_eq!((&thanks["payable"], &thanks["base"]["event"]), (&"8.00 EUR".into(), &"1#a".into()));
    let several = show("order:shop/1#a#welcome");
    let help = json(&err(&several))["error"]["help"].as_str().unwrap().to_owned();
    assert_eq!((several.status.code(), help.matches("reward/1/welcome/").count()), (Some(1), 2), "{help}");
    let mistyped = json(&err(&show("order:shop/1#a#thnks")))["error"].clone();
    assert_eq!(mistyped["message"], "no reward of rule `thnks` rests on order `shop/1#a`");
    assert_eq!(mistyped["help"], "rewards of these rules rest on order `shop/1#a`: `thanks`, `welcome`");
    assert!(err(&show("order:shop/2")).contains("no conversion `shop/2`"));
    for wrong in ["order:", "order:shop", "thanks", "reward/1", "bob@shop.example"] {
        assert_eq!(show(wrong).status.code(), Some(2), "{wrong}");
    }
    // One that is not there fails all: nothing is moved by half.
    let issued = home.run(&["rewards", "issue", "order:shop/1#a#thanks", "order:shop/2", "--reference", "t"]);
    assert_eq!((issued.status.code(), keys(&home, "issued").len()), (Some(1), 0));
    is_clean(&home);
}

#[test]
fn what_a_pause_or_a_limit_refused_is_listed_and_granted() {
    let home = Home::new();
    home.write("small.toml", &CAMPAIGN.replace("5000 EUR", "10 EUR"));
    well(&home.run(&["campaign", "define", "small.toml"]));
    well(&at(&home, 1, &["person", "enrol", "friends", "ada"]));
    home.write("i.csv", "host_id,referrer_host_id\nbob,ada\ncem,ada\ndee,ada\n");
    well(&at(&home, 2, &["upload", "i.csv", "--content", "invitees", "--campaign", "friends"]));
    home.write("o.csv", "id,host_id,total\n1,bob,80 EUR\n2,cem,80 EUR\n");
    well(&at(&home, 3, &["upload", "o.csv", "--content", "conversions"]));
    assert_eq!(well(&at(&home, 4, &["campaign", "pause", "friends"])), "`friends` is paused now\n");
    home.write("p.csv", "id,host_id,total\n3,dee,20 EUR\n");
    well(&at(&home, 5, &["upload", "p.csv", "--content", "conversions"]));
    assert_eq!(well(&at(&home, 6, &["campaign", "resume", "friends"])), "`friends` is active now\n");
    let refused =
        |because: &str| json(&well(&home.run(&["rewards", "refused", "friends", "--because", because, "--json"])));
    assert_eq!(refused("limit_reached")[0]["refused"], "8.00 EUR");
    assert_eq!(refused("campaign_paused")[0]["refused"], "2.00 EUR");
    let list = ["rewards", "grant", "--all-refused", "friends", "--because", "campaign_paused", "--by", "chief"];
    let granted = well(&at(&home, 7, &[&list[..], &["--why", "the pause is over"]].concat()));
    assert_eq!(granted, "1 granted, 0 declined, 0 failed\n");
    let key = refused("limit_reached")[0]["key"].as_str().unwrap().to_owned();
    let within = at(&home, 8, &["rewards", "grant", &key, "--why", "promised"]);
    assert!(!within.status.success() && out(&within).contains("declined: limit_reached"), "{}", out(&within));
    well(&at(&home, 8, &["rewards", "grant", &key, "--beyond-limits", "--by", "chief", "--why", "promised"]));
    let shown = well(&home.run(&["rewards", "show", &key]));
    assert!(shown.contains("by chief: `grant_beyond_limits` of the reward under rule `thanks`: promised"), "{shown}");
    let mistyped = home.run(&["rewards", "refused", "friends", "--because", "campaign_pause"]);
    assert!(mistyped.status.code() == Some(2) && err(&mistyped).contains("'campaign_paused'"), "{}", err(&mistyped));

    // A gift of one id is given once, in money or in units.
    let gift = ["rewards", "give", "friends", "bob", "sorry-1", "5 EUR", "--why", "a late parcel", "--by", "chief"];
    let declined = at(&home, 9, &gift);
    assert!(out(&declined).starts_with("declined: limit_reached"), "{}", out(&declined));
    let given = well(&at(&home, 9, &[&gift[..], &["--beyond-limits"]].concat()));
    assert!(given.starts_with("5.00 EUR is due: reward/1/by-hand/"), "{given}");
    let again = at(&home, 9, &[&gift[..], &["--beyond-limits"]].concat());
    assert!(out(&again).starts_with("declined: already_granted"), "{}", out(&again));
    let points =
        ["rewards", "give", "friends", "bob", "sorry-2", "100 points", "--why", "late", "--beyond-limits", "--json"];
    let points = json(&well(&at(&home, 9, &points)));
    assert_eq!(points["shown"]["amount"], "100 points");
    let key = points["shown"]["key"].as_str().unwrap();
    assert!(well(&home.run(&["explain", "reward", key])).contains("100 points is due"));
    for amount in ["5", "5 EURO", "-5 EUR", "EUR 5"] {
        let wrong = home.run(&["rewards", "give", "friends", "bob", "x", amount, "--why", "x"]);
        assert!(!wrong.status.success() && err(&wrong).contains("error: "), "{amount}");
    }
    is_clean(&home);
}
