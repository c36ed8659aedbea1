//! The audit of a referral program: made-up referrals with their verdicts, the same verdicts with each rule of the campaign
//! left out, and the real program, where its tables are, against a plain reading of its rules.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

fn quickstart(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).arg("fithub").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Each referral's verdict and reasons, of a run under `campaign`, or under the chain's rules.
fn audit(folder: &Path, campaign: Option<&Path>) -> BTreeMap<String, (String, String)> {
    let home = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.to_str().unwrap(), home.path().to_str().unwrap());
    let mut arguments = vec![folder, "--out", out, "--db", "memory:"];
    arguments.extend(campaign.iter().flat_map(|file| ["--campaign", file.to_str().unwrap()]));
    let printed = quickstart(&arguments);
    let mut reader = csv::Reader::from_path(home.path().join("audit.csv")).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["referral_id", "sound", "reasons"]);
    let rows: Vec<(String, String, String)> = reader.deserialize().map(Result::unwrap).collect();
    let sound = rows.iter().filter(|row| row.1 == "yes").count();
    assert_eq!(printed.lines().last(), Some(format!("sound {sound}, unsound {}", rows.len() - sound).as_str()));
    rows.into_iter().map(|(id, sound, reasons)| (id, (sound, reasons))).collect()
}

/// The rules of the campaign, by name and as they stand in it.
const RULES: [(&str, &str); 7] = [
    ("paid", "order.data.status == 'PAID'"),
    ("new", "order.data.type == 'NEW'"),
    ("after the referral", "order.occurred_at > referral.lead_at"),
    ("same year", "order.occurred_at.getFullYear(order.data.zone) == referral.lead_at.getFullYear(order.data.zone)"),
    ("same month", "order.occurred_at.getMonth(order.data.zone) == referral.lead_at.getMonth(order.data.zone)"),
    ("membership runs", "order.occurred_at < referrer.data.member_until"),
    ("not deleted", "!referrer.data.is_deleted"),
];

/// The chain's campaign without one of its rules, in a file.
fn without(rule: &str, home: &Path) -> PathBuf {
    let text = std::fs::read_to_string(examples().join("campaigns/fithub.toml")).unwrap();
    let left = text.replace(&format!("\n&& {rule}"), "").replace(&format!("{rule}\n&& "), "");
    assert!(text.contains(rule) && !left.contains(rule), "{rule}");
    let file = home.join("without.toml");
    std::fs::write(&file, left).unwrap();
    file
}

/// Whose verdict another campaign changes: `+` turns sound, `-` turns unsound, `~` has other reasons.
fn changed(
    before: &BTreeMap<String, (String, String)>,
    after: &BTreeMap<String, (String, String)>,
) -> BTreeSet<String> {
    let sign = |id: &str| match (before[id].0.as_str(), after[id].0.as_str()) {
        ("no", "yes") => Some('+'),
        ("yes", "no") => Some('-'),
        _ if before[id].1 != after[id].1 => Some('~'),
        _ => None,
    };
    before.keys().filter_map(|id| Some(format!("{}{id}", sign(id)?))).collect()
}

/// A made-up referral: name, referrer, status, reward, transaction, log; and its verdict with a part of its reasons.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// All were made on 2024-04-30T15:30:00Z: in Jakarta 22:30, in Makassar 23:30 of that day. Most were rewarded and granted,
/// and differ from `earned` in one thing.
const CASES: [Case; 24] = [
    ("earned", "ann", "2", "1", "good", "TRUE", ""),
    ("fifteen", "ann", "2", "3", "good", "TRUE", ""),
    ("twenty", "ann", "2", "2", "good", "TRUE", ""),
    ("until-today", "eve", "2", "1", "good", "TRUE", ""),
    ("unpaid", "ann", "2", "1", "unpaid", "TRUE", "not_qualifying(order.data.status == 'PAID')"),
    ("rejoin", "ann", "2", "1", "rejoin", "TRUE", "condition_not_met(order.data.type == 'NEW')"),
    ("early", "ann", "2", "1", "early", "TRUE", "not_qualifying(order.occurred_at > referral.lead_at)"),
    (
        "next-month",
        "ann",
        "2",
        "1",
        "makassar",
        "TRUE",
        "condition_not_met(order.occurred_at.getMonth(order.data.zone)",
    ),
    ("same-instant-in-jakarta", "ann", "2", "1", "jakarta", "TRUE", ""),
    ("next-year", "ann", "2", "1", "next-year", "TRUE", "condition_not_met(order.occurred_at.getFullYear("),
    ("lapsed", "bob", "2", "1", "good", "TRUE", "condition_not_met(order.occurred_at < referrer.data.member_until)"),
    ("deleted", "cat", "2", "1", "good", "TRUE", "condition_not_met(!referrer.data.is_deleted)"),
    ("stranger", "zoe", "2", "1", "good", "TRUE", "referrer.data.member_until: missing"),
    ("by-nobody", "null", "2", "1", "good", "TRUE", "referrer.data.member_until: missing"),
    ("not-granted", "ann", "2", "1", "good", "FALSE", "reward_not_granted; reward_state(approved)"),
    ("pending-reward", "ann", "1", "1", "good", "TRUE", "reward_without_success"),
    ("failed-reward", "ann", "3", "1", "good", "TRUE", "reward_without_success"),
    ("unknown-transaction", "ann", "2", "1", "lost", "TRUE", "reward_not_earned; condition_unknown("),
    ("no-transaction", "ann", "1", "2", "null", "FALSE", "reward_without_success; reward_not_earned"),
    ("pending", "ann", "1", "null", "null", "FALSE", ""),
    ("failed-unpaid", "ann", "3", "null", "unpaid", "FALSE", ""),
    ("owed", "null", "1", "null", "rejoin", "FALSE", "paid_without_reward"),
    ("owed-nothing-early", "ann", "3", "null", "early", "FALSE", "transaction_before_referral"),
    ("unrewarded", "ann", "2", "null", "null", "FALSE", "success_without_reward"),
];

fn made_up(home: &Path) -> PathBuf {
    let folder = home.join("made-up");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    write("lead_log.csv", "id,lead_id,source_category\n1,friend,Online\n".to_owned());
    write("referral_rewards.csv", "id,reward_value\n1,10 days\n3,15 days\n2,20 days\n".to_owned());
    write("user_referral_statuses.csv", "id,description\n1,Menunggu\n3,Tidak Berhasil\n2,Berhasil\n".to_owned());
    let transactions = [
        "good,PAID,2024-04-30T15:45:00.5Z,Asia/Jakarta,NEW",
        "unpaid,DRAFT,2024-04-30T15:45:00Z,Asia/Jakarta,NEW",
        "rejoin,PAID,2024-04-30T15:45:00Z,Asia/Jakarta,REJOIN",
        "early,PAID,2024-04-30T15:29:59.9Z,Asia/Jakarta,NEW",
        "makassar,PAID,2024-04-30T16:30:00Z,Asia/Makassar,NEW",
        "jakarta,PAID,2024-04-30T16:30:00Z,Asia/Jakarta,NEW",
        "next-year,PAID,2025-04-10T12:00:00Z,Asia/Jakarta,NEW",
    ];
    let head = "transaction_id,transaction_status,transaction_at,timezone_transaction,transaction_type";
    write("paid_transactions.csv", format!("{head}\n{}\n", transactions.join("\n")));
    let users = [
        "7,ann,Asia/Jakarta,2026-01-01,false",
        "1,ann,Asia/Jakarta,2024-01-01,true",
        "2,bob,Asia/Jakarta,2024-04-29,false",
        "3,cat,Asia/Jakarta,2026-01-01,true",
        "4,eve,Asia/Jakarta,2024-04-30,false",
    ];
    let head = "id,user_id,timezone_homeclub,membership_expired_date,is_deleted";
    write("user_logs.csv", format!("{head}\n{}\n", users.join("\n")));
    let mut referrals =
        "referral_at,referral_id,referee_id,referral_reward_id,referral_source,referrer_id,transaction_id,\
        updated_at,user_referral_status_id\n"
            .to_owned();
    let mut log = "id,user_referral_id,source_transaction_id,created_at,is_reward_granted\n".to_owned();
    for (index, (name, referrer, status, reward, transaction, granted, _)) in CASES.iter().enumerate() {
        let source = ["User Sign Up", "Draft Transaction", "Lead"][index % 3];
        referrals += &format!(
            "2024-04-30T15:30:00Z,{name},friend,{reward},{source},{referrer},{transaction},2024-05-01T09:00:00Z,{status}\n"
        );
        // Granted is what any row says: here the first of two.
        log += &format!("{index},{name},null,2024-05-02T00:00:00Z,{granted}\n");
        log += &format!("{index},{name},null,2024-05-03T00:00:00Z,FALSE\n");
    }
    write("user_referrals.csv", referrals);
    write("user_referral_logs.csv", log);
    folder
}

#[test]
fn made_up_referrals_get_the_verdicts_that_their_one_flaw_asks_for() {
    let home = tempfile::tempdir().unwrap();
    let folder = made_up(home.path());
    let verdicts = audit(&folder, None);
    for (name, .., reason) in CASES {
        let (sound, reasons) = &verdicts[name];
        assert_eq!((sound == "yes", reasons.is_empty()), (reason.is_empty(), reason.is_empty()), "{name}: {reasons}");
        assert!(reasons.contains(reason), "{name}: {reasons}");
    }
    for (name, verdict) in oracle(&folder) {
        assert_eq!(verdicts[&name].0 == "yes", verdict, "{name}: {}", verdicts[&name].1);
    }
}

#[test]
fn verdicts_follow_from_the_rules_so_without_one_those_that_it_decided_change() {
    let home = tempfile::tempdir().unwrap();
    let folder = made_up(home.path());
    let before = audit(&folder, None);
    let expected: [&[&str]; 7] = [
        // A pending or failed referral with any transaction after it is now owed a reward.
        &["+unpaid", "-failed-unpaid"],
        // Of a transaction that is not known, now another field is the first to be missing.
        &["+rejoin", "~unknown-transaction"],
        // What was refused as too early is now what qualified the referral: still nobody was rewarded for it.
        &["+early", "~owed-nothing-early"],
        &["+next-year"],
        &["+next-month"],
        &["+lapsed", "~by-nobody", "~stranger"],
        &["+deleted"],
    ];
    for ((name, rule), expected) in RULES.into_iter().zip(expected) {
        let after = audit(&folder, Some(&without(rule, home.path())));
        let changed = changed(&before, &after);
        println!("without `{name}`: {changed:?}");
        assert_eq!(changed, expected.iter().map(|id| (*id).to_owned()).collect(), "{name}");
    }
}

#[test]
fn a_second_run_changes_nothing_and_any_verdict_is_explained() {
    let home = tempfile::tempdir().unwrap();
    let folder = made_up(home.path());
    let (folder, out) = (folder.to_str().unwrap().to_owned(), home.path().join("out"));
    let run = |more: &[&str]| quickstart(&[&[folder.as_str(), "--out", out.to_str().unwrap()], more].concat());
    let first = run(&[]);
    let audit = std::fs::read(out.join("audit.csv")).unwrap();
    let second = run(&["--explain", "rejoin"]);
    assert_eq!(std::fs::read(out.join("audit.csv")).unwrap(), audit);
    assert_eq!(first.lines().last(), second.lines().last());
    for part in [
        "nothing changed: all ",
        "audit of the store: clean",
        "recorded: successful, by member ann, transaction rejoin, a reward of 10 days, granted at 2024-05-02T00:00:00Z",
        "    qualified: the referral qualified",
        "condition_not_met: rule `ten-days` does not pay, because this does not hold: order.data.type == 'NEW'",
        "sound: no, reward_not_earned; condition_not_met(order.data.type == 'NEW')",
    ] {
        assert!(second.contains(part), "{part} in\n{second}");
    }
    assert!(first.contains("`--explain REFERRAL_ID` tells how it came about"), "{first}");
    let earned = run(&["--explain", "earned"]);
    assert!(earned.contains("now: 10 days is issued; 10 days was granted under rule `ten-days`"), "{earned}");
    assert!(earned.contains("sound: yes"), "{earned}");
}

/// Each referral's explanation, of one run: what was recorded, what was told and answered, and the verdict.
fn explained(folder: &Path) -> BTreeMap<String, String> {
    let home = tempfile::tempdir().unwrap();
    let ids: Vec<String> =
        table(folder, "user_referrals.csv").into_iter().map(|row| row["referral_id"].clone()).collect();
    let mut arguments = vec![folder.to_str().unwrap(), "--out", home.path().to_str().unwrap(), "--db", "memory:"];
    arguments.extend(ids.iter().flat_map(|id| ["--explain", id]));
    let printed = quickstart(&arguments);
    let parts = printed.split("\n\n").filter_map(|part| part.strip_prefix("referral "));
    parts.map(|part| part.split_once('\n').unwrap()).map(|(id, text)| (id.to_owned(), text.to_owned())).collect()
}

/// Every referral is explained, and each explanation ends in the verdict and names each decision that the verdict rests on.
fn check_explanations(folder: &Path) {
    let (verdicts, explained) = (audit(folder, None), explained(folder));
    assert_eq!(verdicts.keys().collect::<Vec<_>>(), explained.keys().collect::<Vec<_>>());
    for (id, (sound, reasons)) in &verdicts {
        let text = &explained[id];
        assert!(text.starts_with("recorded: ") && text.contains("\nnow: the referral is "), "{id}: {text}");
        let end = if sound == "yes" {
            "sound: yes, the record is what the rules come to".to_owned()
        } else {
            format!("sound: no, {reasons}")
        };
        assert_eq!(text.lines().last(), Some(end.as_str()), "{id}: {text}");
        let decided = reasons.split("; ").filter_map(|reason| reason.split_once('(')).map(|(code, _)| code);
        for code in
            decided.filter(|code| code.starts_with("condition_") || *code == "not_qualifying" || *code == "qualified")
        {
            assert!(text.contains(&format!("    {code}: ")), "{id}: {code} in {text}");
        }
    }
}

#[test]
fn every_verdict_is_explained_by_the_decisions_behind_it() {
    let home = tempfile::tempdir().unwrap();
    check_explanations(&made_up(home.path()));
}

#[test]
fn what_cannot_be_read_is_named() {
    let home = tempfile::tempdir().unwrap();
    let folder = made_up(home.path());
    let fails = |arguments: &[&str]| {
        let out = home.path().join("out");
        let all = [&["fithub", folder.to_str().unwrap(), "--out", out.to_str().unwrap(), "--db", "memory:"], arguments];
        let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).args(all.concat()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(fails(&["--explain", "nowhere"]), "error: no referral `nowhere` in user_referrals.csv\n");
    std::fs::write(folder.join("referral_rewards.csv"), "id,reward_value\n1,ten days\n").unwrap();
    assert_eq!(fails(&[]), "error: `ten days` is no number of days\n");
    std::fs::remove_file(folder.join("user_logs.csv")).unwrap();
    std::fs::write(folder.join("referral_rewards.csv"), "id,reward_value\n").unwrap();
    assert!(fails(&[]).contains("user_logs.csv"));
}

/// The real tables, where they are.
fn real() -> Option<PathBuf> {
    let beside = || examples().join("../../shared/data");
    let data = std::env::var_os("REFERRAL_DATA").map_or_else(beside, PathBuf::from);
    Some(data.join("fithub")).filter(|folder| folder.exists())
}

#[test]
fn the_real_program_is_judged_as_a_plain_reading_of_its_rules_judges_it() {
    let Some(folder) = real() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let verdicts = audit(&folder, None);
    let plain = oracle(&folder);
    assert_eq!(verdicts.len(), plain.len());
    for (id, sound) in plain {
        assert_eq!(verdicts[&id].0 == "yes", sound, "{id}: {}", verdicts[&id].1);
    }
    assert_eq!(verdicts.values().filter(|(sound, _)| sound == "yes").count(), 24);
    check_explanations(&folder);
    let home = tempfile::tempdir().unwrap();
    for (name, rule) in RULES {
        let changed = changed(&verdicts, &audit(&folder, Some(&without(rule, home.path()))));
        println!("without `{name}`: {} of {} verdicts change: {changed:?}", changed.len(), verdicts.len());
        // Three transactions are refused for nothing but their time, and then stay unsound because nobody was rewarded for
        // them. Two rewards rest on a transaction that is not known. No other hangs on one rule: where all of them hold,
        // the log does not say that the reward was granted.
        let expected = match name {
            "after the referral" => 3,
            "new" => 2,
            _ => 0,
        };
        assert_eq!(changed.len(), expected, "{name}");
        assert!(changed.iter().all(|change| change.starts_with('~')), "{name}");
    }
}

type Table = Vec<BTreeMap<String, String>>;

fn table(folder: &Path, name: &str) -> Table {
    let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
    let rows: Table = reader.deserialize().map(Result::unwrap).collect();
    rows.into_iter().map(|row| row.into_iter().filter(|(_, value)| value != "null").collect()).collect()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The verdicts by the owner's words alone, without the library.
fn oracle(folder: &Path) -> BTreeMap<String, bool> {
    let by = |name, key: &str| -> BTreeMap<String, BTreeMap<String, String>> {
        table(folder, name).into_iter().map(|row| (row[key].clone(), row)).collect()
    };
    let (rewards, statuses) = (by("referral_rewards.csv", "id"), by("user_referral_statuses.csv", "id"));
    let transactions = by("paid_transactions.csv", "transaction_id");
    let mut users = table(folder, "user_logs.csv");
    users.sort_by_key(|row| row["id"].parse::<u64>().unwrap());
    let users: BTreeMap<_, _> = users.into_iter().map(|row| (row["user_id"].clone(), row)).collect();
    let log = table(folder, "user_referral_logs.csv").into_iter().filter(|row| row["is_reward_granted"] == "TRUE");
    let granted: BTreeSet<String> = log.map(|row| row["user_referral_id"].clone()).collect();
    let judge = |row: &BTreeMap<String, String>| {
        let made = time(&row["referral_at"]);
        let reward = row.get("referral_reward_id").map(|id| &rewards[id]["reward_value"]);
        let success = statuses[&row["user_referral_status_id"]]["description"] == "Berhasil";
        let paid = row.get("transaction_id").and_then(|id| transactions.get(id));
        let at = paid.map(|paid| time(&paid["transaction_at"]));
        let is_paid = paid.is_some_and(|paid| paid["transaction_status"] == "PAID");
        let follows = at.is_some_and(|at| at > made);
        let flaws = [
            reward.is_some() && !success,
            reward.is_some() && paid.is_none(),
            reward.is_none() && is_paid && follows,
            reward.is_none() && success,
            at.is_some_and(|at| at < made),
        ];
        if flaws.contains(&true) {
            return false;
        }
        let (Some(reward), Some(paid), Some(at)) = (reward, paid, at) else { return reward.is_none() };
        let local = |at: DateTime<Utc>| at.with_timezone(&paid["timezone_transaction"].parse::<Tz>().unwrap());
        let month = |at| (local(at).year(), local(at).month());
        let is_member = row.get("referrer_id").and_then(|id| users.get(id)).is_some_and(|user| {
            let zone: Tz = user["timezone_homeclub"].parse().unwrap();
            let last: NaiveDate = user["membership_expired_date"].parse().unwrap();
            at.with_timezone(&zone).date_naive() <= last && user["is_deleted"] == "false"
        });
        let days: i64 = reward.split(' ').next().unwrap().parse().unwrap();
        let is_new = paid["transaction_type"] == "NEW";
        let is_granted = granted.contains(&row["referral_id"]);
        days > 0 && is_paid && is_new && follows && month(made) == month(at) && is_member && is_granted
    };
    table(folder, "user_referrals.csv").iter().map(|row| (row["referral_id"].clone(), judge(row))).collect()
}
