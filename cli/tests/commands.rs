//! The command line, typed as an operator types it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{CAMPAIGN, Home, err, out, well};
use referrals::command::{DefineCampaign, Enrol, Person, Subscribe};
use referrals::notify::{Lease, Notice, Notifier, NotifierError, Schedule};
use referrals::record::{NotificationKind, Purpose};
use referrals::value::{Span, SubscriberName};
use referrals::{CampaignModel, ManualClock};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_campaign_is_checked_compared_defined_and_listed() {
    let home = Home::new();
    assert_eq!(well(&home.bare(&["campaign", "check", "friends.toml"])), "0 mistakes, 0 warnings\n");
    home.write("wrong.toml", &CAMPAIGN.replace("percent", "percnt"));
    let wrong = home.bare(&["campaign", "check", "wrong.toml"]);
    assert!(!wrong.status.success());
    assert!(out(&wrong).starts_with("wrong.toml:7:"), "{}", out(&wrong));
    let document = json(&out(&home.bare(&["--json", "campaign", "check", "wrong.toml"])));
    assert_eq!(document["warnings"], serde_json::json!([]));

    home.write("new.toml", &CAMPAIGN.replace("10%", "12%"));
    let changed = "rewards[thanks].give: `{\"percent\":\"10%\"}` becomes `{\"percent\":\"12%\"}`";
    assert_eq!(well(&home.bare(&["campaign", "diff", "friends.toml", "new.toml"])), format!("{changed}\n"));
    assert_eq!(well(&home.run(&["campaign", "define", "friends.toml", "--dry-run"])), "`friends` would be new\n");
    assert_eq!(well(&home.run(&["campaign", "define", "friends.toml"])), "version 1 of `friends` is current now\n");
    assert_eq!(
        well(&home.run(&["campaign", "define", "friends.toml"])),
        "version 1 of `friends` was current already\n"
    );
    let told = well(&home.run(&["campaign", "define", "new.toml", "--dry-run"]));
    assert_eq!(told, format!("version 1 of `friends` is current\n{changed}\n"));
    assert!(well(&home.run(&["campaign", "list"])).contains("friends"));
    assert_eq!(json(&well(&home.run(&["campaign", "list", "--json"])))[0]["version"], 1);
}

#[test]
fn what_is_due_is_handed_over_once_and_explained() {
    let home = Home::with_program();
    let due = json(&well(&home.run(&["rewards", "due", "friends", "--json"])));
    let due = due.as_array().unwrap();
    assert_eq!(due.len(), 4 + 3 + 2);
    let key = due[0]["key"].as_str().unwrap();
    assert!(well(&home.run(&["rewards", "due", "friends"])).contains(key));

    let issue = |more: &[&str]| home.run(&[&["rewards", "issue", "--reference", "transfer 7"], more].concat());
    assert!(well(&issue(&[key, "--dry-run"])).contains("would be issued"));
    assert!(well(&issue(&[key])).contains("issued"));
    let again = issue(&[key]);
    assert!(!again.status.success() && out(&again).contains("declined: reward_state"), "{}", out(&again));
    assert!(well(&issue(&["--all-due", "friends"])).lines().count() > 8);
    assert_eq!(well(&home.run(&["rewards", "due", "friends"])), "none\n");

    assert!(well(&home.run(&["explain", "reward", key])).contains("8.00 EUR is issued"));
    let by_hand = well(&home.run(&["explain", "reward", key]));
    assert!(by_hand.contains("by a hand: `issue` of the reward under rule `thanks`"), "{by_hand}");
    let referral = well(&home.run(&["explain", "referral", "friends", "friend 2 of ada"]));
    assert!(referral.contains("now: rule `thanks`, order shop/ada-2: owes the referrer 8.00 EUR"), "{referral}");
    assert!(referral.contains("the referral is qualified, by code"), "{referral}");
    assert!(well(&home.run(&["explain", "conversion", "shop", "ada-2"])).contains("granted: 8.00 EUR"));
    let unknown = home.run(&["explain", "referral", "friends", "host:nobody"]);
    assert!(err(&unknown).starts_with("error: no participant `with this host id`\nhelp: "), "{}", err(&unknown));
}

#[test]
fn a_program_is_counted_ranked_settled_and_audited() {
    let home = Home::with_program();
    let days = ["--from", "2026-05-01", "--until", "2026-05-11"];
    let metrics = well(&home.run(&[&["metrics", "friends"], &days[..]].concat()));
    for row in ["enrolled", "clicks", "9 of 27", "720.00 EUR", "still to be handed over"] {
        assert!(metrics.contains(row), "{row} in\n{metrics}");
    }
    let funnel = json(&well(&home.run(&[&["metrics", "friends", "--json"], &days[..]].concat())));
    assert_eq!(funnel["funnel"]["total"]["leads"], 27);
    assert_eq!(funnel["funnel"]["total"]["clicks"], 45 * (3 + 2 + 1));

    let board = json(&well(&home.run(&["leaderboard", "friends", "--json"])));
    let values: Vec<_> = board["places"].as_array().unwrap().iter().map(|place| place["value"].clone()).collect();
    assert_eq!(values, [4, 3, 2]);
    assert_eq!(well(&home.run(&["leaderboard", "friends", "--month", "2026-06"])), "none\n");
    let settled = well(&home.run(&["settle"]));
    assert!(settled.starts_with("0 done, 0 obsolete, 0 failed\n"), "{settled}");
    assert!(settled.ends_with(" old receipts, clicks and visitors removed\n"), "{settled}");
    assert_eq!(well(&home.run(&["settle"])), "0 done, 0 obsolete, 0 failed\n");
    assert!(well(&home.run(&["audit"])).ends_with(" 0 differences\n"));
}

#[test]
fn an_upload_is_rehearsed_done_and_done_only_once() {
    let home = Home::with_program();
    home.write("more.csv", "host_id,referrer_host_id\nzoe,ada\nyan,nobody\n,ada\n");
    let upload = |more: &[&str]| {
        home.run(&[&["upload", "more.csv", "--content", "invitees", "--campaign", "friends"], more].concat())
    };
    let rehearsed = upload(&["--dry-run"]);
    assert!(out(&rehearsed).starts_with("a dry run, nothing was written: 3 rows"), "{}", out(&rehearsed));
    let lost = home.run(&["explain", "referral", "friends", "zoe"]);
    assert!(!lost.status.success());
    let done = upload(&["--report", "rows.jsonl"]);
    assert!(!done.status.success() && out(&done).contains("1 applied"), "{}", out(&done));
    assert_eq!(std::fs::read_to_string(home.path("rows.jsonl")).unwrap().lines().count(), 3);
    // The report of an upload is not written over what is there: not over the file that is uploaded, either.
    for there in ["rows.jsonl", "more.csv"] {
        let (before, refused) = (std::fs::read(home.path(there)).unwrap(), upload(&["--report", there]));
        assert!(err(&refused).contains("is there already"), "{}", err(&refused));
        assert_eq!(std::fs::read(home.path(there)).unwrap(), before);
    }
    upload(&["--report", "rows.jsonl", "--replace"]);
    assert!(std::fs::read_to_string(home.path("rows.jsonl")).unwrap().contains("\"already\""));
    let again = json(&out(&upload(&["--json"])));
    assert_eq!(again["summary"]["results"]["already"], 1, "{again}");
    well(&home.run(&["explain", "referral", "friends", "zoe"]));
    assert!(err(&home.run(&["upload", "more.csv"])).contains("help: say it by `--content invitees`"));
}

#[test]
fn a_file_is_read_as_its_campaign_says() {
    let home = Home::with_program();
    let campaign = "name = \"clubs\"\nlink_host = \"go.shop.example\"\n\
                    uploads = [{ content = \"referrers\", columns = [{ field = \"host_id\", header = \"Mitglied\" }] }]\n";
    home.write("clubs.toml", campaign);
    well(&home.run(&["campaign", "define", "clubs.toml"]));
    home.write("members.csv", "Mitglied\nzoe\nyan\n");
    let upload = |campaign| home.run(&["upload", "members.csv", "--content", "referrers", "--campaign", campaign]);
    assert!(out(&upload("clubs")).starts_with("2 rows: 2 applied"), "{}", out(&upload("clubs")));
    assert!(!upload("friends").status.success(), "the other campaign says nothing of such a column");
}

#[test]
fn a_keyring_is_made_once_for_its_owner_alone_and_opens_a_store() {
    let home = Home::new();
    well(&home.bare(&["keyring", "new.toml"]));
    assert!(err(&home.bare(&["keyring", "new.toml"])).contains("new.toml"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(home.path("new.toml")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    well(&home.bare(&["--db", "memory:", "--keyring", "new.toml", "audit"]));
}

#[test]
fn shells_complete() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(well(&home.bare(&["completions", shell])).contains("leaderboard"), "{shell}");
    }
}

#[test]
fn what_is_held_on_a_person_is_told_and_erased_when_it_is_meant() {
    let home = Home::with_program();
    let held = json(&well(&home.run(&["person", "export", "friend 2 of ada"])));
    assert_eq!(held["records"]["referral"].as_array().unwrap().len(), 1);
    let id = held["participant"].as_str().unwrap().to_owned();
    for name in [format!("id:{id}"), "host:friend 2 of ada".to_owned()] {
        assert_eq!(json(&well(&home.run(&["person", "export", &name])))["participant"], held["participant"]);
    }
    // By standard input, so that the name is in no list of processes.
    let url = home.url();
    let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
    command.args(["--db", &url, "--keyring", "keyring.toml", "person", "export", "-", "--to", "held.json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"host:friend 2 of ada\n").unwrap();
    assert!(well(&child.wait_with_output().unwrap()).contains(&id));
    assert_eq!(json(&std::fs::read_to_string(home.path("held.json")).unwrap()), held);
    let again = home.run(&["person", "export", &format!("id:{id}"), "--to", "held.json"]);
    assert!(err(&again).contains("`held.json` is there already"), "{}", err(&again));

    assert_eq!(home.run(&["person", "erase", "friend 2 of ada"]).status.code(), Some(2));
    let rehearsed = well(&home.run(&["person", "erase", "friend 2 of ada", "--dry-run"]));
    assert!(rehearsed.starts_with("a dry run, nothing was erased"), "{rehearsed}");
    assert!(well(&home.run(&["person", "erase", "friend 2 of ada", "--yes"])).contains(&format!("erased {id}")));
    for command in ["export", "erase"] {
        let more: &[&str] = if command == "erase" { &["--yes"] } else { &[] };
        let gone = home.run(&[&["person", command, "friend 2 of ada"], more].concat());
        assert_eq!((gone.status.code(), err(&gone).lines().next()), (Some(1), Some("error: nobody is known by that")));
    }
    well(&home.run(&["audit"]));
}

#[derive(Debug)]
struct Refusing;

impl Notifier for Refusing {
    fn notify(&self, _: &Notice) -> Result<(), NotifierError> {
        Err(NotifierError::new("the endpoint answered 500").permanent())
    }
}

#[test]
fn deliveries_that_failed_are_listed_with_their_error_and_are_due_again_on_request() {
    let home = Home::new();
    let referrals = home.open(ManualClock::at("2026-05-01T08:00:00Z".parse().unwrap()));
    let subscriber: SubscriberName = "crm".parse().unwrap();
    let kinds = vec![NotificationKind::ParticipantEnrolled];
    referrals.execute(Subscribe { subscriber: subscriber.clone(), kinds, purpose: Purpose::default() }).unwrap();
    let definition = CampaignModel::from_toml(CAMPAIGN).unwrap();
    let campaign = definition.name.clone();
    referrals.execute(DefineCampaign::new(definition)).unwrap();
    let enrol = |name: &str| referrals.execute(Enrol::new(&campaign, Person::by_host_id(name).unwrap())).unwrap();
    enrol("ada");
    enrol("ben");
    let (lease_for, schedule) = (Span::minutes(1), Schedule::default());
    let lease = Lease { subscriber, most: 10, lease_for, schedule };
    referrals.relay(&lease, &Refusing).unwrap();
    enrol("cleo");
    drop(referrals);

    let told = well(&home.run(&["deliveries", "crm"]));
    let lines: Vec<_> = told.lines().filter(|line| line.contains("participant.enrolled")).collect();
    assert_eq!(lines.len(), 3, "{told}");
    let state_of = |line: &&str| line.split_whitespace().next().unwrap().to_owned();
    assert_eq!(lines.iter().map(state_of).collect::<Vec<_>>(), ["dead", "dead", "waiting"]);
    assert_eq!(told.matches("the endpoint answered 500").count(), 2, "{told}");
    let dead = json(&well(&home.run(&["deliveries", "crm", "--state", "dead", "--json"])));
    let notification = dead[0]["notification"].as_str().unwrap();

    assert!(well(&home.run(&["redeliver", "crm", "--all-dead", "--dry-run"])).contains("would be due"));
    assert_eq!(json(&well(&home.run(&["redeliver", "crm", notification, "--json"])))[0]["result"], "due");
    let again = json(&well(&home.run(&["redeliver", "crm", "--all-dead", "--json"])));
    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(well(&home.run(&["deliveries", "crm", "--state", "dead"])), "none\n");
    let unknown = home.run(&["redeliver", "crm", "01890000-0000-7000-8000-000000000000"]);
    assert!(!unknown.status.success() && out(&unknown).contains("failed: no "), "{}", out(&unknown));
}
