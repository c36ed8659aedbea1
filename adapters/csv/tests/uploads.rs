//! What each kind of upload does, says, and does not do a second time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::io::{self, Read};

use common::{Place, all, shown, upload};
use referral_csv::{Content, Mapping, RowResult, Upload};
use referrals::CampaignModel;
use referrals::command::{Qualify, Unqualify, Unsubscribe, Who};
use referrals::record::{Kind, Progress, Record, RewardState, Subject};

const REFERRERS: &str = "content = 'referrers'\ncampaign = 'spring'";
const INVITEES: &str = "content = 'invitees'\ncampaign = 'spring'";
const CONVERSIONS: &str = "content = 'conversions'\nsource = 'shop'\ncurrency = 'EUR'";
const QUALIFICATIONS: &str = "content = 'qualifications'\ncampaign = 'spring'";
const REWARDS: &str = "content = 'rewards'\ncampaign = 'spring'";

fn host(id: &str) -> Who {
    Who::Host(id.parse().unwrap())
}

/// The files of one program, and what their rows are told: the first time, and again.
fn program(code: &str) -> Vec<(&'static str, String, &'static [&'static str], &'static [&'static str])> {
    vec![
        (
            REFERRERS,
            "host_id,email,name,country\nbea,bea@example.com,\"Bea, the \"\"first\"\"\",de\ncem,,,\n,not an address,,\n,,,\nx\n"
                .to_owned(),
            &["2 applied", "3 applied", "4 invalid invalid_value", "5 empty empty", "6 invalid ragged"],
            &["2 already", "3 already", "4 invalid invalid_value", "5 empty empty", "6 invalid ragged"],
        ),
        (
            INVITEES,
            format!(
                "host_id;code;referrer_email;at\ndan;{code};;2026-04-01T10:00:00Z\neva;;bea@example.com;\nfay;;nobody@example.com;\n\
                 gus;;;\nada;{code};;\n"
            ),
            &["2 applied", "3 applied", "4 declined evidence_unknown", "5 declined no_evidence", "6 declined self_referral"],
            &["2 already", "3 already already_signed_up", "4 declined evidence_unknown", "5 declined no_evidence", "6 declined self_referral"],
        ),
        (
            CONVERSIONS,
            "id\thost_id\ttotal\tdata.plan\no-1\tdan\t20.00\tpro\no-2\teva\t30\t\no-3\thal\t5\t\no-3\thal\t5\t\no-3\thal\t6\t\n\
             o-4\tdan\t1,000\t\n\tdan\t1\t\no-5\tdan\t-5\t\no-6\tdan\t99999999999999999999\t\n"
                .to_owned(),
            &[
                "2 applied",
                "3 applied",
                "4 applied waits_for_lead",
                "5 already",
                "6 conflict event_reused",
                "7 invalid ambiguous_number",
                "8 invalid no_id",
                "9 invalid invalid_command",
                "10 invalid not_an_amount",
            ],
            &[
                "2 already",
                "3 already",
                "4 already",
                "5 already",
                "6 conflict event_reused",
                "7 invalid ambiguous_number",
                "8 invalid no_id",
                "9 invalid invalid_command",
                "10 invalid not_an_amount",
            ],
        ),
    ]
}

#[test]
fn the_same_files_again_change_nothing_and_say_so() {
    let (place, code) = Place::new();
    let program = program(&code);
    for (mapping, file, first, _) in &program {
        assert_eq!(place.told(mapping, file), *first, "{mapping}");
    }
    let before = place.store.content_hash();
    for (mapping, file, _, again) in &program {
        assert_eq!(place.told(mapping, file), *again, "{mapping}");
    }
    assert_eq!(place.store.content_hash(), before);
    assert!(place.referrals.audit().unwrap().is_clean());

    // A year later no receipt is remembered: what was done is found by what it is.
    place.clock.set("2027-05-01T12:00:00Z".parse().unwrap());
    let kinds = || Kind::ALL.iter().filter(|kind| **kind != Kind::Receipt);
    let state: Vec<_> = kinds().map(|kind| all(&*place.store, *kind)).collect();
    for (mapping, file, _, again) in &program {
        assert_eq!(place.told(mapping, file), *again, "{mapping}");
    }
    let later: Vec<_> = kinds().map(|kind| all(&*place.store, *kind)).collect();
    assert_eq!(later, state);
}

#[test]
fn a_dry_run_says_what_the_upload_will_and_writes_nothing() {
    let (place, code) = Place::new();
    let mut conversions = "id,host_id,total\n".to_owned();
    // More than the budget of the campaign allows, so that the last ones are refused their reward.
    for number in 0..60 {
        conversions += &format!("p-{number},dan,20\n");
    }
    let mut program = program(&code);
    program.push((CONVERSIONS, conversions, &[], &[]));
    for (mapping, file, ..) in &program {
        let before = place.store.content_hash();
        let (said, summary) = place.rehearse(mapping, file.as_bytes());
        assert_eq!(place.store.content_hash(), before, "{mapping}");
        let (done, result) = place.upload(mapping, file.as_bytes());
        assert_eq!((said, summary), (done, result), "{mapping}");
        assert_ne!(place.store.content_hash(), before, "{mapping}");
    }
}

#[test]
fn people_are_qualified_by_host_id_email_or_code_once() {
    let (place, code) = Place::new();
    place.told(REFERRERS, "host_id\nkim\n");
    let kim = all(&*place.store, Kind::Code).into_iter().find_map(|record| match record {
        Record::Code(kim) if kim.shown != code => Some(kim.shown),
        _ => None,
    });
    let leads = format!("host_id,email,code\ndan,,{code}\n,eva@example.com,{code}\nkim,,{code}\nlea,,{code}\n");
    place.told(INVITEES, &leads);
    let file = format!(
        "email,code,host_id\n,,dan\nEva@Example.com,,\n,{},\n,,dan\nnobody@example.com,,\n,22222-22222,\n,,ada\n",
        kim.unwrap().to_lowercase()
    );
    let first = [
        "2 applied",
        "3 applied",
        "4 applied",
        "5 already said_before",
        "6 unknown participant_unknown",
        "7 unknown participant_unknown",
        "8 unknown no_referral",
    ];
    let (said, _) = place.rehearse(QUALIFICATIONS, file.as_bytes());
    assert_eq!(said.iter().map(shown).collect::<Vec<_>>(), first);
    assert_eq!(place.told(QUALIFICATIONS, &file), first);
    assert_eq!(
        place.told(QUALIFICATIONS, &file)[..3],
        ["2 already already_qualified", "3 already already_qualified", "4 already already_qualified"]
    );

    // What was taken back is not given again by the same file, however much later.
    let campaign = "spring".parse().unwrap();
    place.referrals.execute(Unqualify::new(&campaign, host("dan"))).unwrap();
    place.clock.set("2026-05-20T12:00:00Z".parse().unwrap());
    assert_eq!(place.told(QUALIFICATIONS, &file)[0], "2 already taken_back");
    let qualified = place.all(Kind::Referral).into_iter().filter(|record| match record {
        Record::Referral(referral) => referral.progress == Progress::Qualified,
        _ => false,
    });
    assert_eq!(qualified.count(), 2);
    assert!(place.referrals.audit().unwrap().is_clean());
}

#[test]
fn issued_rewards_are_handed_over_once() {
    let (place, code) = Place::new();
    place.told(INVITEES, &format!("host_id,code\ndan,{code}\neva,{code}\n"));
    let campaign: referrals::value::CampaignSlug = "spring".parse().unwrap();
    for invitee in ["dan", "eva"] {
        place.referrals.execute(Qualify::new(&campaign, host(invitee))).unwrap();
    }
    let keys: Vec<_> = place
        .all(Kind::Reward)
        .into_iter()
        .map(|record| match record {
            Record::Reward(reward) => referrals::record::RecordKind::key(&reward),
            other => panic!("{other:?}"),
        })
        .collect();
    let file = format!(
        "reward,rule,host_id,cause,reference\n{},,,,t-1\n,thanks,ada,{},\n,thanks,ada,level/1,t-3\n,thanks,,,\nreward/1/x,,,,\n",
        Subject::Reward(keys[0].clone()),
        keys[1].cause
    );
    let first = ["2 applied", "3 applied", "4 unknown reward_unknown", "5 invalid nothing", "6 invalid invalid_value"];
    assert_eq!(place.told(REWARDS, &file), first);
    let again = place.told(REWARDS, &file);
    assert_eq!(again[..2], ["2 already already_issued", "3 already already_issued"]);
    let issued = place.all(Kind::Reward).into_iter().map(|record| match record {
        Record::Reward(reward) => (reward.state, reward.issue_reference.unwrap()),
        other => panic!("{other:?}"),
    });
    let issued: Vec<_> = issued.collect();
    assert!(issued.iter().all(|(state, _)| *state == RewardState::Issued));
    assert!(issued.iter().any(|(_, reference)| reference == "t-1"));
    assert!(issued.iter().any(|(_, reference)| reference.starts_with("row-")));
}

/// The outcome and its detail for each row without an amount.
fn without_an_amount(mapping: &str, file: &str) -> Vec<String> {
    let (place, _) = Place::new();
    let (rehearsed, _) = place.rehearse(mapping, file.as_bytes());
    let (rows, done) = place.upload(mapping, file.as_bytes());
    done.unwrap();
    assert_eq!(rehearsed, rows, "a dry run says the same");
    rows.iter().map(|row| format!("{} {}", shown(row), row.detail.clone().unwrap_or_default())).collect()
}

#[test]
fn rows_of_orders_without_an_amount_are_refused_by_name_unless_they_say_so() {
    let missing = |line: u32, kind: &str| {
        format!("{line} invalid invalid_command total: is missing; a {kind} that has no amount says `no_amount`")
    };
    // The column of the amounts is misnamed, or there is none, or a cell of it is empty.
    for file in ["id,host_id,summe\no-1,dan,20\no-2,dan,30\n", "id,host_id\no-1,dan\no-2,dan\n"] {
        assert_eq!(without_an_amount(CONVERSIONS, file), [missing(2, "purchase"), missing(3, "purchase")]);
    }
    let file = "id,host_id,kind,total,no_amount\no-1,dan,renewal,,\no-2,dan,subscription,,no\no-3,dan,purchase,,Yes\n\
                o-4,dan,custom,,\no-5,dan,purchase,5,1\no-6,dan,purchase,,perhaps\no-7,dan,custom,,true\n";
    let told = without_an_amount(CONVERSIONS, file);
    assert_eq!(told[..2], [missing(2, "renewal"), missing(3, "subscription")]);
    assert_eq!(told[2], "4 applied waits_for_lead the conversion waits for its person to become a lead");
    assert_eq!(told[3], "5 applied waits_for_lead the conversion waits for its person to become a lead");
    assert_eq!(told[4], "6 invalid invalid_command no_amount: is said beside `total`; say one of them");
    assert_eq!(told[5], "7 invalid not_yes_or_no no_amount: is neither yes nor no");
    assert_eq!(told[6], "8 applied waits_for_lead the conversion waits for its person to become a lead");
}

#[test]
fn rows_that_were_refused_for_their_amount_are_done_by_the_mended_file() {
    let (place, code) = Place::new();
    place.told(INVITEES, &format!("host_id,code\ndan,{code}\n"));
    let refused = place.told(CONVERSIONS, "id,host_id,totl\no-1,dan,20\n");
    assert_eq!((refused, place.count(Kind::Conversion)), (vec!["2 invalid invalid_command".to_owned()], 0));
    assert_eq!(place.told(CONVERSIONS, "id,host_id,total\no-1,dan,20\n"), ["2 applied"]);
    assert_eq!(place.count(Kind::Reward), 2);
}

#[test]
fn a_file_may_say_that_its_rows_have_no_amount() {
    let stated = format!("{CONVERSIONS}\namounts = 'none'");
    let file = "id,host_id,total\no-1,dan,\no-2,dan,5\n";
    let told = without_an_amount(&stated, file);
    let beside = "3 invalid invalid_command no_amount: is said beside `total`; say one of them";
    assert_eq!(told, ["2 applied waits_for_lead the conversion waits for its person to become a lead", beside]);
    let by_name = format!("{stated}\ncolumns = {{ id = 'Nr', host_id = 'Kunde' }}");
    assert_eq!(
        without_an_amount(&by_name, "Nr,Kunde,total\no-1,dan,5\n"),
        ["2 applied waits_for_lead the conversion waits for its person to become a lead"]
    );
    let campaign =
        "name = 'spring'\nlink_host = 'go.shop.example'\nuploads = [{ content = 'conversions', amounts = 'none' }]";
    let campaign = CampaignModel::from_toml(campaign).unwrap();
    let mapping = Mapping::of_campaign(&campaign, Content::Conversions);
    assert_eq!(
        Upload::new(mapping)
            .unwrap()
            .run(&Place::new().0.referrals, "id,host_id\n1,dan\n".as_bytes(), drop)
            .unwrap()
            .count(RowResult::Applied),
        1
    );
}

#[test]
fn a_row_that_was_declined_is_done_by_the_same_file_once_it_can_be() {
    let (place, _) = Place::new();
    let file = "host_id,referrer_host_id\ndan,zoe\n";
    assert_eq!(place.told(INVITEES, file), ["2 declined evidence_unknown"]);
    assert_eq!(place.told(INVITEES, file), ["2 declined evidence_unknown"]);
    assert_eq!(place.count(Kind::Receipt), 3);
    assert_eq!(place.told(REFERRERS, "host_id\nzoe\n"), ["2 applied"]);
    assert_eq!(place.told(INVITEES, file), ["2 applied"]);
    assert_eq!(place.told(INVITEES, file), ["2 already"]);
    assert_eq!(place.count(Kind::Referral), 1);
}

#[test]
fn rows_without_an_id_are_known_by_their_content_and_their_place_among_equals() {
    let (place, _) = Place::new();
    let mapping = "content = 'conversions'\ncolumns = { host_id = 'Kunde', total = 'Summe' }\ncurrency = 'EUR'";
    let file = "Kunde,Summe,Notiz\ndan,5,a\ndan,5,b\ndan,6,c\n";
    assert_eq!(place.upload(mapping, file.as_bytes()).1.unwrap().ignored_columns, ["Notiz"]);
    assert_eq!(place.count(Kind::Conversion), 3);
    // The same rows in another order, the columns too: nothing is new. A third equal row is.
    let other = "Summe,Kunde\n6,dan\n5,dan\n5,dan\n5,dan\n";
    assert_eq!(place.told(mapping, other), ["2 already", "3 already", "4 already", "5 applied waits_for_lead"]);
    assert_eq!(place.count(Kind::Conversion), 4);
}

#[test]
fn a_fault_in_mid_file_keeps_what_came_before_it_and_the_rest_follows_with_the_mended_file() {
    struct Torn<'a>(&'a [u8]);
    impl Read for Torn<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            self.0.read(buffer)
        }
    }
    let (place, _) = Place::new();
    let file = "host_id\nbea\ncem\ndan\n";
    let torn = upload(REFERRERS).run(&place.referrals, Torn(&file.as_bytes()[..15]), |_| ()).unwrap_err();
    assert_eq!((torn.fault.problem.code(), torn.summary.count(RowResult::Applied)), ("unreadable", 1));
    let (_, broken) = place.upload(REFERRERS, b"host_id\nbea\ncem\nd\0n\nfay\n");
    let broken = broken.unwrap_err();
    assert_eq!(broken.to_string(), "line 4: a NUL byte, which no text has");
    assert_eq!((broken.summary.count(RowResult::Already), broken.summary.count(RowResult::Applied)), (1, 1));
    assert_eq!(place.told(REFERRERS, file), ["2 already", "3 already", "4 applied"]);
    assert_eq!(place.count(Kind::Enrolment), 4);
}

#[test]
fn a_campaign_that_does_not_exist_is_an_error_before_the_first_row() {
    let (place, _) = Place::new();
    let (rows, done) = place.upload("content = 'referrers'\ncampaign = 'autumn'", b"host_id\nbea\n");
    assert_eq!((rows.len(), done.unwrap_err().fault.problem.code()), (0, "not_found"));
}

#[test]
fn a_file_is_read_as_its_campaign_says() {
    let (place, _) = Place::new();
    let stated = r#"
        name = "spring"
        link_host = "go.shop.example"
        [[uploads]]
        content = "referrers"
        dates = "day_month_year"
        zone = "Europe/Paris"
        columns = [{ field = "host_id", header = "Kundennummer" }, { field = "at", header = "Seit" }]
    "#;
    let campaign = CampaignModel::from_toml(stated).unwrap();
    let file = "kundennummer;seit;name\nzoe;03.04.2026;Zoe\n";
    let upload = |content| Upload::new(Mapping::of_campaign(&campaign, content)).unwrap();
    let mut rows = Vec::new();
    let summary = upload(Content::Referrers).run(&place.referrals, file.as_bytes(), |row| rows.push(row)).unwrap();
    assert_eq!((summary.count(RowResult::Applied), summary.ignored_columns), (1, vec!["name".to_owned()]), "{rows:?}");
    let is_zoe = |record: &Record| matches!(record, Record::Person(zoe) if zoe.host_id.as_ref().is_some_and(|id| id.as_str() == "zoe") && zoe.name.is_none());
    assert_eq!(place.all(Kind::Person).iter().filter(|record| is_zoe(record)).count(), 1);
    // Of other contents the campaign says nothing: their columns are read by name.
    assert_eq!(Mapping::of_campaign(&campaign, Content::Rewards).columns.len(), 0);
    assert_eq!(Mapping::of_campaign(&campaign, Content::Rewards).campaign.unwrap().as_str(), "spring");
    assert_eq!(Mapping::of_campaign(&campaign, Content::Conversions).campaign, None);
    let by_name = Mapping::new(Content::Referrers).in_campaign(campaign.name.clone());
    let refused = Upload::new(by_name).unwrap().run(&place.referrals, file.as_bytes(), drop);
    assert!(refused.is_err(), "without the campaign's words nothing names the person");
}

#[test]
fn no_upload_changes_what_a_person_chose_about_mail() {
    let (place, code) = Place::new();
    place.told(REFERRERS, "host_id,email\nbea,bea@example.com\n");
    place.referrals.execute(Unsubscribe::by_host(host("bea"))).unwrap();
    let bea = || {
        let row = |record| match record {
            Record::Person(person) if person.host_id.as_ref().is_some_and(|id| id.as_str() == "bea") => Some(person),
            _ => None,
        };
        place.all(Kind::Person).into_iter().find_map(row).unwrap()
    };
    let chosen = bea().consent;
    assert!(!chosen.wants_digests());
    let named = place.told(REFERRERS, "host_id,email,name\nbea,bea@example.com,Bea\n");
    assert_eq!(named, ["2 already"]);
    place.told(INVITEES, &format!("host_id,name,code\nbea,Beatrice,{code}\n"));
    place.told(CONVERSIONS, "id,host_id,total\no-1,bea,20\n");
    assert!(bea().name.is_some(), "the uploads did reach the row");
    assert_eq!(bea().consent, chosen);
}

#[test]
fn a_code_or_a_link_that_was_typed_wrong_is_declined_and_the_rows_around_it_count() {
    let (place, code) = Place::new();
    let file = format!(
        "host_id,code,link\ndan,' OR 1=1 --,\neva,,javascript:alert(1)\nfay,K7F3M-2QX91,\ngus,\"{code}.\",\nhal,' ',\n"
    );
    let told = ["2 declined code_invalid", "3 declined link_invalid", "4 declined code_invalid", "5 applied"];
    assert_eq!(place.told(INVITEES, &file)[..4], told);
}
