//! The work of an operator's hands: what is typed is done, answered with its reasons, kept with actor and reason.

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
fn a_referral_is_flagged_denied_and_pardoned_and_shows_who_said_so() {
    let home = Home::with_program();
    let friend = "friend 2 of ada";
    let moderate = |day, finding: &str, why: &str| {
        well(&at(&home, day, &["referral", "moderate", "friends", friend, finding, "--by", "review", "--why", why]))
    };
    assert!(moderate(11, "flagged", "same card").starts_with("the referral is flagged by moderation\n    held: "));
    let queue = well(&home.run(&["referral", "review", "friends"]));
    assert!(queue.contains("review  same card"), "{queue}");
    assert_eq!(queue.lines().count(), 2, "{queue}");
    assert!(moderate(12, "denied", "a fraud").contains("cancelled: 8.00 EUR under rule `thanks`"));
    assert_eq!(well(&home.run(&["referral", "review", "friends"])), "none\n");
    assert!(moderate(13, "clear", "a sister").contains("reinstated: 8.00 EUR"));
    let shown = well(&home.run(&["referral", "show", "friends", friend]));
    for line in ["qualified by     order shop/ada-2", "80.00 EUR", "by review: moderated `clear`: a sister"] {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
    let document = json(&well(&home.run(&["referral", "show", "friends", friend, "--json"])));
    assert_eq!(
        (&document["hands"][0]["actor"], &document["rewards"][0]["due"]),
        (&"review".into(), &"8.00 EUR".into())
    );
    // A finding of an earlier time changes nothing that was said later.
    let early = ["referral", "moderate", "friends", friend, "denied", "--at", "2026-05-11T13:00:00Z"];
    assert!(well(&at(&home, 14, &early)).starts_with("the referral is clear by moderation"));
    let listed = well(&home.run(&["referral", "list", "friends", "--limit", "5"]));
    assert_eq!(listed.lines().count(), 6);
    assert_eq!(well(&home.run(&["referral", "list", "friends", "--moderation", "denied"])), "none\n");
    is_clean(&home);
}

#[test]
fn marks_are_set_and_removed_by_hand() {
    let home = Home::with_program();
    let mark = |day, friend: &str, says: &str| {
        well(&at(&home, day, &["referral", "mark", "friends", friend, says, "--by", "desk", "--why", "by phone"]))
    };
    assert!(mark(10, "friend 1 of ada", "qualified").starts_with("the referral is qualified\n"));
    assert!(mark(10, "friend 3 of ada", "lost").starts_with("the referral is lost\n"));
    let removed = ["referral", "remove-mark", "friends", "friend 1 of ada", "--by", "desk", "--why", "a mistake"];
    assert!(well(&at(&home, 11, &removed)).starts_with("the referral is reverted\n"));
    let shown = well(&home.run(&["referral", "show", "friends", "friend 1 of ada"]));
    assert!(shown.contains("by desk: marked `qualified`: by phone"), "{shown}");
    assert!(shown.contains("by desk: marked `none`: a mistake"), "{shown}");
    let wrong = home.run(&["referral", "mark", "friends", "friend 1 of ada", "qualifed"]);
    assert!(wrong.status.code() == Some(2) && err(&wrong).contains("'qualified'"), "{}", err(&wrong));
    is_clean(&home);
}

#[test]
fn an_order_is_corrected_voided_restored_and_refunded_and_says_what_it_is_now() {
    let home = Home::with_program();
    let order = |day, job: &str, more: &[&str]| {
        well(&at(
            &home,
            day,
            &[&["conversion", job, "shop", "ada-2"], more, &["--by", "desk", "--why", "told so"]].concat(),
        ))
    };
    let corrected = order(10, "correct", &["c-1", "120 EUR", "--tax", "20 EUR"]);
    assert!(corrected.starts_with("order shop/ada-2 is corrected to 120.00 EUR by `c-1`\n"), "{corrected}");
    assert!(order(11, "void", &[]).starts_with("order shop/ada-2 is void, and corrected to 120.00 EUR"));
    assert_eq!(keys(&home, "cancelled").len(), 1);
    assert!(order(12, "restore", &[]).starts_with("order shop/ada-2 is restored, and corrected to 120.00 EUR"));
    // A void of an earlier time is overtaken, and the answer says so.
    let early = order(13, "void", &["--at", "2026-05-11T13:00:00Z"]);
    assert!(early.starts_with("order shop/ada-2 is restored"), "{early}");
    let refund = ["conversion", "refund", "shop", "ada-2", "r-1"];
    let part = well(&at(&home, 14, &[&refund[..], &["20 EUR"]].concat()));
    assert!(part.starts_with("of order shop/ada-2 20.00 EUR is refunded\n"), "{part}");
    assert!(well(&at(&home, 14, &[&refund[..], &["20 EUR"]].concat())).contains("it was known already"));
    assert!(!at(&home, 14, &[&refund[..], &["30 EUR"]].concat()).status.success());
    let so_far = ["conversion", "refund", "shop", "ada-2", "r-2", "50 EUR", "--cumulative", "--json"];
    assert_eq!(json(&well(&at(&home, 15, &so_far)))["shown"]["refunded"], "50.00 EUR");
    let won = order(16, "cancel-refund", &["r-2"]);
    assert!(won.starts_with("refund `r-2` did not leave: of order shop/ada-2 20.00 EUR is refunded"), "{won}");
    let shown = well(&home.run(&["conversion", "show", "shop", "ada-2"]));
    for line in [
        "total         80.00 EUR",
        "corrected to  120.00 EUR",
        "refunded      20.00 EUR",
        "r-2     50.00 EUR  so far  did not leave",
        "by desk: corrected order shop/ada-2 by `c-1`: told so",
        "by desk: restored order shop/ada-2: told so",
        "by desk: took back refund `r-2` of order shop/ada-2: told so",
    ] {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
    assert_eq!(json(&well(&home.run(&["conversion", "show", "shop", "ada-2", "--json"])))["refunded"], "20.00 EUR");
    assert!(err(&home.run(&["conversion", "show", "shop", "99"])).contains("no conversion `shop/99`"));
    is_clean(&home);
}

#[test]
fn people_are_found_by_whatever_is_known_of_them() {
    let home = Home::with_program();
    let enrolled = ["person", "enrol", "friends", "zoe", "--email", "zoe@shop.example", "--name", "Zoe", "--json"];
    let zoe = json(&well(&at(&home, 10, &enrolled)))["outcome"]["accepted"]["enrolled"].clone();
    let (id, code, link) = (&zoe["participant"], zoe["code"].as_str().unwrap(), zoe["link"].as_str().unwrap());
    well(&at(&home, 10, &["person", "code", "friends", "zoe", "--vanity", "ZOESHOP", "--max-uses", "5"]));
    let second =
        well(&at(&home, 10, &["person", "link", "friends", "zoe", "--channel", "qr", "--utm", "campaign=may"]));
    let second = second.trim().strip_prefix("link ").unwrap();
    for name in [
        "zoe".to_owned(),
        "host:zoe".to_owned(),
        "email:Zoe@shop.example".to_owned(),
        format!("id:{}", id.as_str().unwrap()),
        format!("code:{}", code.to_lowercase()),
        "code:zoeshop".to_owned(),
        format!("link:{link}"),
        format!("link:https://go.shop.example/{second}?utm_source=x#top"),
    ] {
        let found = json(&well(&home.run(&["person", "find", &name, "--json"])));
        assert_eq!((&found[0]["participant"], &found[0]["enrolled"][0]["code"]), (id, &zoe["code"]), "{name}");
    }
    for nobody in ["nobody", "email:no@body.example", "code:22222-22222"] {
        let told = home.run(&["person", "find", nobody]);
        assert!(told.status.code() != Some(0) && err(&told).starts_with("error: "), "{nobody}");
    }
    let other = if link.ends_with('A') { 'Q' } else { 'A' };
    let forged = format!("link:{}{other}", &link[..link.len() - 1]);
    assert!(!home.run(&["person", "find", &forged]).status.success());
    for name in ["zoe", "code:zoeshop", &format!("link:{link}")] {
        let shown = json(&well(&home.run(&["person", "show", "friends", name, "--json"])));
        assert_eq!(&shown["participant"], id, "{name}");
    }
    let shown = well(&home.run(&["person", "show", "friends", "zoe"]));
    for part in [code, "ZOESHOP", "0 of 5", link, second, "qr"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    let kit = well(&home.run(&["person", "share-kit", "friends", "zoe"]));
    assert!(kit.contains(&format!("https://go.shop.example/{second}")) && kit.contains("whatsapp"), "{kit}");
    let not_enrolled = home.run(&["person", "share-kit", "friends", "friend 2 of ada"]);
    assert!(err(&not_enrolled).contains("help: the person is not enrolled"), "{}", err(&not_enrolled));
    assert!(well(&home.run(&["person", "suspend", "zoe"])).ends_with(" is suspended now\n"));
    assert!(well(&home.run(&["person", "activate", "zoe"])).ends_with(" is active now\n"));
    let unsubscribe = ["person", "unsubscribe", "zoe", "--kind", "reward.due"];
    assert!(well(&home.run(&unsubscribe)).ends_with(" wants no mails of `reward.due`\n"));
    assert!(well(&home.run(&unsubscribe)).contains("that was known already"));
    assert!(well(&home.run(&["person", "resubscribe", "zoe"])).ends_with(" wants mails\n"));
}

#[test]
fn an_answer_names_people_where_that_is_asked_for_and_nowhere_else() {
    let home = Home::with_program();
    well(&at(&home, 10, &["person", "enrol", "friends", "zoe", "--email", "zoe@shop.example"]));
    let key = keys(&home, "due").remove(0);
    let order = ["conversion", "show", "shop", "ada-2"];
    let commands: [&[&str]; 9] = [
        &["rewards", "due", "friends"],
        &["rewards", "show", &key],
        &["referral", "list", "friends"],
        &["referral", "show", "friends", "friend 2 of ada"],
        &["person", "show", "friends", "ada"],
        &["person", "find", "zoe"],
        &["leaderboard", "friends"],
        &["explain", "reward", &key],
        &order,
    ];
    for command in commands {
        for form in [&[][..], &["--json"]] {
            let plain = well(&home.run(&[command, form].concat()));
            assert!(
                !plain.contains("zoe") && !plain.contains("friend 2 of ada") && !plain.contains("host id"),
                "{plain}"
            );
            let named = well(&home.run(&[command, form, &["--people"]].concat()));
            assert!(["zoe@shop.example", "friend 2 of ada", "ada"].iter().any(|name| named.contains(name)), "{named}");
            if form.is_empty() {
                assert!(
                    named.contains("participant") && named.contains("host id") && named.contains("email"),
                    "{named}"
                );
            }
        }
    }
    let listed = json(&well(&home.run(&["rewards", "due", "friends", "--json", "--people"])));
    let names = listed.as_array().unwrap().iter().map(|one| one["invitee_is"]["host_id"].as_str().unwrap());
    assert!(names.clone().all(|name| name.starts_with("friend ")), "{:?}", names.collect::<Vec<_>>());
    assert_eq!(listed[0]["reward"]["participant_is"]["host_id"].as_str().map(str::len), Some(3));
    let export = home.run(&["person", "export", "ada", "--people"]);
    assert!(export.status.code() == Some(2) && err(&export).contains("names nobody else"), "{}", err(&export));
    // An erased person has no name any more.
    well(&home.run(&["person", "erase", "friend 2 of ada", "--yes"]));
    assert!(!well(&home.run(&["rewards", "due", "friends", "--people"])).contains("friend 2 of ada"));
}

#[test]
fn an_explanation_tells_each_step_in_order_and_names_the_referrer_where_that_is_asked_for() {
    for (moderation, mark) in [("flagged", "not_qualified"), ("denied", "lost")] {
        let home = Home::new();
        well(&home.run(&["campaign", "define", "friends.toml"]));
        well(&at(
            &home,
            9,
            &["person", "enrol", "friends", "ada", "--name", "Ada Lovelace", "--email", "ada@shop.example"],
        ));
        home.write("f.csv", "host_id,referrer_host_id\nbob,ada\n");
        well(&at(&home, 10, &["upload", "f.csv", "--content", "invitees", "--campaign", "friends"]));
        let of = ["friends", "bob"];
        let by = |who: &'static str, why: &'static str| ["--by", who, "--why", why];
        well(&at(&home, 11, &[&["referral", "mark"], &of[..], &["qualified"], &by("desk", "in the shop")].concat()));
        well(&at(&home, 12, &[&["referral", "moderate"], &of[..], &[moderation], &by("review", "a card")].concat()));
        well(&at(&home, 13, &[&["referral", "moderate"], &of[..], &["clear"], &by("chief", "a sister")].concat()));
        well(&at(&home, 14, &[&["referral", "mark"], &of[..], &[mark], &by("desk", "a mistake")].concat()));
        let explain = [&["explain", "referral"], &of[..]].concat();
        let plain = well(&home.run(&explain));
        let steps: Vec<&str> =
            plain.lines().filter_map(|line| line.split_once("  by ")).map(|(_, step)| step).collect();
        assert_eq!(
            steps,
            [
                "desk: marked `qualified`: in the shop",
                &format!("review: moderated `{moderation}`: a card"),
                "chief: moderated `clear`: a sister",
                &format!("desk: marked `{mark}`: a mistake"),
            ],
            "{plain}"
        );
        assert!(!plain.contains("Lovelace") && !plain.contains("ada@"), "{plain}");
        let named = well(&home.run(&[&explain[..], &["--people"]].concat()));
        let [referrer, row] = ["referrer  ", "  Ada Lovelace"].map(|part| {
            let line = named.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{named}"));
            line.split_whitespace().find(|word| word.len() == 36).unwrap().to_owned()
        });
        assert_eq!(referrer, row, "{named}");
        let document = json(&well(&home.run(&[&explain[..], &["--people", "--json"]].concat())));
        let is = &document["referral"]["referrer_is"];
        assert_eq!((&is["name"], &is["host_id"]), (&"Ada Lovelace".into(), &"ada".into()));
    }
}

#[test]
fn what_is_kept_how_long_is_set_and_shown_and_settle_removes_what_is_older() {
    let later = |home: &Home, arguments: &[&str]| {
        let output = home.run(&[&["--now", "2026-12-01T12:00:00Z"], arguments].concat());
        assert!(output.status.success(), "{}", err(&output));
        well(&output)
    };
    for (option, column) in [("--touch-days", "touches"), ("--uncounted-days", "uncounted")] {
        let home = Home::with_program();
        let field = format!("{column}_removed_before");
        let shown = |home: &Home| json(&later(home, &["retention", "show", "--json"]));
        assert_eq!((&shown(&home)["touch_days"], &shown(&home)["uncounted_days"]), (&400.into(), &30.into()));
        assert_eq!(shown(&home).get(&field), None);
        let beside: &[&str] = if column == "touches" { &["--uncounted-days", "20"] } else { &[] };
        let set = later(&home, &[&["retention", "set", option, "20"], beside].concat());
        assert!(set.contains("20 days"), "{set}");
        // What was not said stays.
        assert_eq!(shown(&home)["receipt_days"], 7);
        later(&home, &["settle"]);
        assert!(shown(&home)[&field].is_string(), "{}", shown(&home));
        assert!(later(&home, &["audit"]).contains(" 0 differences"));
    }
    let home = Home::with_program();
    for (arguments, code, said) in [
        (&["--touch-days", "0"][..], 1, "touch_days: are from 1 to 3650"),
        (&["--receipt-days", "4000"], 1, "receipt_days: are from 1 to 3650"),
        (&["--most-letters", "1000001"], 1, "most_letters: are from 1 to 1000000"),
        (&["--touch-days", "20"], 1, "uncounted_days: are not more than `touch_days`"),
        (&["--letter-days", "soon"], 2, "--letter-days"),
        (&[], 2, "required"),
    ] {
        let refused = home.run(&[&["retention", "set"], arguments].concat());
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}");
        assert!(err(&refused).contains(said), "{arguments:?}: {}", err(&refused));
    }
    assert_eq!(json(&well(&home.run(&["retention", "show", "--json"])))["letter_days"], 30);
}

#[test]
fn subscribers_are_told_once_by_hand_and_listed() {
    let home = Home::new();
    well(&home.run(&["campaign", "define", "friends.toml"]));
    assert_eq!(
        well(&home.run(&["subscribe", "crm", "participant.enrolled", "reward.due"])),
        "`crm` is told 2 kinds of notifications\n"
    );
    well(&home.run(&["subscribe", "mailer", "reward.due", "--mail"]));
    let listed = well(&home.run(&["subscribers"]));
    assert!(listed.contains("crm         events  participant.enrolled, reward.due"), "{listed}");
    assert!(listed.contains("mailer      mail"), "{listed}");
    well(&home.run(&["person", "enrol", "friends", "ada"]));
    well(&home.run(&["person", "enrol", "friends", "ben"]));
    let relayed = well(&home.run(&["relay", "crm", "--limit", "1"]));
    let lines: Vec<Value> = relayed.lines().map(json).collect();
    assert_eq!((lines.len(), &lines[0]["kind"]), (2, &"participant.enrolled".into()));
    assert_eq!((&lines[0]["participant"]["host_id"], &lines[1]["relayed"]["delivered"]), (&"ada".into(), &1.into()));
    assert!(well(&home.run(&["relay", "crm"])).contains("\"ben\""));
    assert_eq!(well(&home.run(&["relay", "crm"])).lines().count(), 1);
    assert!(err(&home.run(&["relay", "crmm"])).contains("help: is it `crm`?"));
    assert!(err(&home.run(&["subscribe", "crm", "reward.dew"])).contains("'reward.due'"));
    assert_eq!(home.run(&["subscribe", "crm"]).status.code(), Some(2));
    well(&home.run(&["subscribe", "crm", "--nothing"]));
    assert!(!well(&home.run(&["subscribers"])).contains("crm"));
}

/// A notice that cannot be printed is handed over later.
#[cfg(target_os = "linux")]
#[test]
fn a_notice_that_nobody_could_read_is_not_lost() {
    let home = Home::new();
    well(&home.run(&["campaign", "define", "friends.toml"]));
    well(&home.run(&["subscribe", "crm", "participant.enrolled"]));
    well(&home.run(&["person", "enrol", "friends", "ada"]));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let url = home.url();
    let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
    command.args(["--db", &url, "--keyring", "keyring.toml", "relay", "crm"]).stdout(full);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let waiting = well(&home.run(&["deliveries", "crm"]));
    assert!(waiting.contains("waiting") && waiting.contains("standard output could not be written"), "{waiting}");
}

#[test]
fn campaigns_and_tenants_are_shown_and_states_are_set() {
    let home = Home::with_program();
    home.write("new.toml", &CAMPAIGN.replace("10%", "12%"));
    well(&home.run(&["campaign", "define", "new.toml"]));
    let shown = well(&home.run(&["campaign", "show", "friends"]));
    assert!(shown.contains("current version  2") && shown.contains("percent = \"12%\""), "{shown}");
    assert!(well(&home.run(&["campaign", "show", "friends", "--version", "1"])).contains("percent = \"10%\""));
    assert!(err(&home.run(&["campaign", "show", "friends", "--version", "3"])).contains("no version `friends/3`"));
    assert!(err(&home.run(&["campaign", "pause", "freinds"])).contains("help: is it `friends`?"));
    assert_eq!(well(&home.run(&["campaign", "end", "friends"])), "`friends` is ended now\n");
    // What is shown can be defined again.
    let toml = shown.split_once("\n\n").unwrap().1;
    home.write("shown.toml", toml);
    assert_eq!(
        well(&home.run(&["campaign", "define", "shown.toml", "--dry-run"])),
        "version 2 of `friends` is current\nno difference\n"
    );
    well(&home.run(&["campaign", "define", "friends.toml", "--tenant", "other"]));
    assert_eq!(json(&well(&home.run(&["tenants", "--json"]))), serde_json::json!(["default", "other"]));
}

#[test]
fn files_of_hands_carry_the_actor_and_name_the_columns_that_they_have() {
    let home = Home::with_program();
    home.write("voids.csv", "order\nada-2\n");
    let upload = |more: &[&str]| at(&home, 11, &[&["upload", "voids.csv"], more].concat());
    let told = out(&upload(&["--content", "voids"]));
    assert!(told.contains("there is no column `event`; the columns are `order`\nhelp: say which column"), "{told}");
    home.write("voids.toml", "content = \"voids\"\nsource = \"shop\"\ncolumns = { event = \"order\" }\n");
    let done = well(&upload(&["--mapping", "voids.toml", "--by", "desk", "--why", "a test order"]));
    assert_eq!(done, "1 rows: 1 applied\n");
    assert_eq!(well(&upload(&["--mapping", "voids.toml", "--by", "desk"])), "1 rows: 1 already\n");
    let shown = well(&home.run(&["conversion", "show", "shop", "ada-2"]));
    assert!(shown.contains("by desk: voided order shop/ada-2: a test order"), "{shown}");
    home.write("lost.toml", "content = \"marks\"\ncampaign = \"freinds\"\n");
    home.write("lost.csv", "host_id,mark\nada,lost\n");
    let lost = out(&home.run(&["upload", "lost.csv", "--mapping", "lost.toml"]));
    assert!(lost.contains("no campaign `freinds`\nhelp: is it `friends`?"), "{lost}");
    let key = keys(&home, "due").remove(0);
    let order = json(&well(&home.run(&["rewards", "show", &key, "--json"])))["base"]["event"].clone();
    let name = order.as_str().unwrap().split('-').next().unwrap().to_owned();
    home.write(
        "paid.csv",
        &format!("host_id,rule,source,event,reference\n{name},thanks,shop,{},t-9\n", order.as_str().unwrap()),
    );
    let paid = ["upload", "paid.csv", "--content", "rewards", "--campaign", "friends", "--by", "bank"];
    assert_eq!(well(&at(&home, 12, &paid)), "1 rows: 1 applied\n");
    assert!(well(&home.run(&["rewards", "show", &key])).contains("by bank: `issue`"));
    is_clean(&home);
}
