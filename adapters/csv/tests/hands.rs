//! Refunds, voids, marks and moderation by file: the same as by command, once, and told row by row.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Place;
use referral_csv::{Format, export};
use referrals::command::{
    Moderate, MoveReward, RecordConversion, RecordRefund, RefundAmount, RestoreConversion, RewardMove, Who,
};
use referrals::record::{Kind, Moderation, Record, RecordKind as _, Reward, RewardState};
use referrals::value::{Amount, CampaignSlug};

const REFUNDS: &str = "content = 'refunds'\nsource = 'shop'\ncurrency = 'EUR'";
const VOIDS: &str = "content = 'voids'\nsource = 'shop'";
const MARKS: &str = "content = 'marks'\ncampaign = 'spring'\nactor = 'office'";
const MODERATION: &str = "content = 'moderation'\ncampaign = 'spring'\nactor = 'review'";
const REWARDS: &str = "content = 'rewards'\ncampaign = 'spring'\nsource = 'shop'";

fn host(id: &str) -> Who {
    Who::Host(id.parse().unwrap())
}

fn spring() -> CampaignSlug {
    "spring".parse().unwrap()
}

/// Ada's friends Dan and Eva, who bought for 20 EUR and 30 USD.
fn program() -> Place {
    let (place, code) = Place::new();
    place.told(
        "content = 'invitees'\ncampaign = 'spring'",
        &format!("host_id,code\ndan,{code}\neva,{code}\nfay,{code}\n"),
    );
    let orders = "id,host_id,total\no-1,dan,20 EUR\no-2,eva,30 USD\n";
    assert_eq!(place.told("content = 'conversions'\nsource = 'shop'", orders), ["2 applied", "3 applied"]);
    place
}

fn rewards(place: &Place) -> Vec<Reward> {
    let reward = |record| match record {
        Record::Reward(reward) => reward,
        other => panic!("{other:?}"),
    };
    place.all(Kind::Reward).into_iter().map(reward).collect()
}

/// What is owed under a rule because of an order: its state and its amount.
fn owed(place: &Place, rule: &str, order: &str) -> (RewardState, String) {
    let all = rewards(place);
    let found = all.iter().find(|reward| {
        reward.rule.as_str() == rule && reward.base_event.as_ref().is_some_and(|event| event.as_str() == order)
    });
    let reward = found.unwrap_or_else(|| panic!("{rule} {order}"));
    (reward.state, Amount::from_unit_key(&reward.unit, reward.quantity).unwrap().to_string())
}

/// Uploads a file after a dry run that must say the same, and again: nothing changes.
fn told(place: &Place, mapping: &str, file: &str) -> (Vec<String>, Vec<String>) {
    let (said, _) = place.rehearse(mapping, file.as_bytes());
    let done = place.told(mapping, file);
    assert_eq!(said.iter().map(common::shown).collect::<Vec<_>>(), done, "a dry run says the same");
    let before = place.store.content_hash();
    let again = place.told(mapping, file);
    assert_eq!(place.store.content_hash(), before, "{mapping}\n{file}");
    // No receipt is remembered a month later.
    let now = place.referrals.now();
    place.clock.set("2026-06-10T12:00:00Z".parse().unwrap());
    let state =
        || Kind::ALL.iter().filter(|kind| **kind != Kind::Receipt).map(|kind| place.all(*kind)).collect::<Vec<_>>();
    let kept = state();
    assert_eq!(place.told(mapping, file), again, "{mapping}\n{file}");
    assert!(state() == kept, "{mapping}\n{file}");
    place.clock.set(now);
    assert!(place.referrals.audit().unwrap().is_clean());
    (done, again)
}

#[test]
fn refunds_take_back_what_the_same_command_takes_back() {
    let place = program();
    let file = "id,event,amount,cumulative\nr-1,o-1,5,\nr-2,o-2,15 USD,\nr-3,o-2,,12 usd\nr-4,o-9,4,\nr-5,o-1,4 USD,\n,o-1,4,\n\
                r-6,o-1,,\nr-7,o-1,1,1\nr-8,,1,\nr-9,o-1,-1,\n";
    let (done, again) = told(&place, REFUNDS, file);
    let wrong = [
        "6 invalid currency",
        "7 invalid no_id",
        "8 invalid no_amount",
        "9 invalid two_amounts",
        "10 invalid no_event",
        "11 invalid invalid_command",
    ];
    let first = ["2 applied", "3 invalid currency", "4 invalid currency", "5 applied waits_for_conversion"];
    assert_eq!(done[..4], first, "the mapping says EUR");
    assert_eq!(done[4..], wrong);
    assert_eq!(again[0], "2 already");
    assert_eq!(owed(&place, "share", "o-1"), (RewardState::Due, "1.50 EUR".to_owned()));
    // A file whose amounts name their currency.
    let (done, again) = told(
        &place,
        "content = 'refunds'\nsource = 'shop'",
        "id,event,amount,cumulative\nr-2,o-2,15 USD,\nr-3,o-2,,18 usd\nr-4,o-9,4 EUR,\nr-5,o-1,1 USD,\n",
    );
    assert_eq!(done, ["2 applied", "3 applied", "4 already", "5 declined refund_currency"]);
    assert_eq!(again, ["2 already", "3 already", "4 already", "5 declined refund_currency"]);
    assert_eq!(owed(&place, "share", "o-2"), (RewardState::Due, "1.20 USD".to_owned()));

    // The same facts by command come to the same.
    let other = program();
    for (order, id, amount) in [
        ("o-1", "r-1", RefundAmount::Amount("5 EUR".parse().unwrap())),
        ("o-2", "r-2", RefundAmount::Amount("15 USD".parse().unwrap())),
        ("o-2", "r-3", RefundAmount::Cumulative("18 USD".parse().unwrap())),
    ] {
        let (source, event, refund) = ("shop".parse().unwrap(), order.parse().unwrap(), id.parse().unwrap());
        other.referrals.execute(RecordRefund { source, event, refund, amount, actor: None, reason: None }).unwrap();
    }
    for order in ["o-1", "o-2"] {
        assert_eq!(owed(&place, "share", order), owed(&other, "share", order));
    }
}

#[test]
fn a_refund_that_did_not_leave_is_told_by_file_before_it_and_after_it() {
    let place = program();
    told(&place, REFUNDS, "id,event,amount\nr-1,o-1,20\n");
    assert_eq!(owed(&place, "share", "o-1"), (RewardState::Cancelled, "0.00 EUR".to_owned()));
    let file = "id,event,cancelled,actor,reason\nr-1,o-1,yes,bank,card closed\nr-2,o-1,yes,,\n";
    let (done, again) = told(&place, REFUNDS, file);
    assert_eq!(
        (done, again[0].as_str()),
        (vec!["2 applied".to_owned(), "3 applied".to_owned()], "2 already already_cancelled")
    );
    assert_eq!(owed(&place, "share", "o-1"), (RewardState::Due, "2.00 EUR".to_owned()));
    // The refund that was cancelled first comes after all.
    told(&place, REFUNDS, "id,event,amount\nr-2,o-1,20\n");
    assert_eq!(owed(&place, "share", "o-1"), (RewardState::Due, "2.00 EUR".to_owned()));
    assert_eq!(place.told(REFUNDS, "event,cancelled\no-1,yes\n"), ["2 invalid no_id"]);
}

#[test]
fn voided_orders_earn_nothing_and_a_restored_one_stays_restored() {
    let place = program();
    let file = "event,reason\no-1,a test\no-9,a test\n";
    let (done, again) = told(&place, VOIDS, file);
    assert_eq!(done, ["2 applied", "3 applied waits_for_conversion"]);
    assert_eq!(again, ["2 already already_void", "3 already already_void"]);
    assert_eq!(owed(&place, "thanks", "o-1").0, RewardState::Cancelled);
    // A hand says that it was after all. The same file comes again, and that stands.
    let restored =
        RestoreConversion { source: "shop".parse().unwrap(), event: "o-1".parse().unwrap(), actor: None, reason: None };
    place.clock.set("2026-05-02T12:00:00Z".parse().unwrap());
    place.referrals.execute(restored).unwrap();
    let (_, again) = told(&place, VOIDS, file);
    assert_eq!(again, ["2 already superseded", "3 already already_void"]);
    assert_eq!(owed(&place, "thanks", "o-1"), (RewardState::Due, "1.00 EUR".to_owned()));

    // With its time, a void is a fact of that time.
    let timed = "event,void,at,source\no-2,yes,2026-05-02T08:00:00Z,\no-2,no,2026-05-02T09:00:00Z,shop\no-1,no,,\no-1,maybe,,\no-2,yes,2027-01-01T00:00:00Z,\n";
    let (done, again) = told(&place, VOIDS, timed);
    let wrong = ["4 invalid no_time", "5 invalid not_yes_or_no", "6 invalid in_the_future"];
    assert_eq!(done[..2], ["2 applied", "3 applied"]);
    assert_eq!(done[2..], wrong);
    assert_eq!(again[..2], ["2 already superseded", "3 already already_restored"]);
    assert_eq!(owed(&place, "share", "o-2"), (RewardState::Due, "3.00 USD".to_owned()));
}

#[test]
fn marks_are_set_and_removed_once_with_actor_and_reason() {
    let place = program();
    let file = "host_id,mark,reason\nfay,qualified,paid in cash\ndan,lost,\nzoe,lost,\neva,bad,\neva,,\neva,none,\n";
    let (done, again) = told(&place, MARKS, file);
    assert_eq!(
        done,
        [
            "2 applied",
            "3 applied",
            "4 unknown participant_unknown",
            "5 invalid invalid_value",
            "6 invalid no_mark",
            "7 already nothing_marked"
        ]
    );
    assert_eq!(again[..2], ["2 already already_marked", "3 already already_marked"]);
    let fay = place.referrals.referral(&spring(), &host("fay")).unwrap();
    assert_eq!((fay.marks[0].actor.as_deref(), fay.marks[0].reason.as_deref()), (Some("office"), Some("paid in cash")));
    assert_eq!(fay.rewards[0].amount.to_string(), "1.00 EUR");
    // A later hand removes the mark: the file changes that no more.
    place.clock.set("2026-05-03T12:00:00Z".parse().unwrap());
    assert_eq!(place.told(MARKS, "host_id,mark\nfay,none\n"), ["2 applied"]);
    assert_eq!(place.told(MARKS, file)[0], "2 already superseded");
    assert_eq!(place.told(MARKS, "host_id,mark,at\nfay,qualified,2026-05-03T13:00:00Z\n"), ["2 invalid in_the_future"]);
    let two = "host_id,mark\neva,not_qualified\neva,not_qualified\neva,lost\n";
    assert_eq!(place.told(MARKS, two), ["2 applied", "3 already said_before", "4 invalid no_time"]);
}

#[test]
fn a_mark_outside_its_window_is_told_and_not_called_done_before() {
    let place = program();
    place.clock.set("2026-09-01T12:00:00Z".parse().unwrap());
    assert_eq!(place.told(MARKS, "host_id,mark\nfay,qualified\n"), ["2 applied window_closed"]);
    assert_eq!(
        place.told("content = 'qualifications'\ncampaign = 'spring'", "host_id\nfay\n"),
        ["2 applied window_closed"]
    );
}

#[test]
fn a_removed_mark_with_a_time_counts_before_and_after_an_earlier_mark_is_told() {
    let files =
        ["host_id,mark,at\ndan,none,2026-05-02T11:00:00Z\n", "host_id,mark,at\ndan,lost,2026-05-02T10:30:00Z\n"];
    for order in [[0, 1], [1, 0]] {
        let place = program();
        place.clock.set("2026-05-02T12:00:00Z".parse().unwrap());
        for file in order {
            assert!(place.told(MARKS, files[file])[0].starts_with("2 applied"), "{order:?}");
        }
        assert_eq!(place.told(MARKS, files[0]), ["2 already already_marked"], "{order:?}");
        let dan = place.referrals.referral(&spring(), &host("dan")).unwrap();
        assert_ne!(dan.progress, referrals::record::Progress::Lost, "{order:?}");
        assert_eq!(owed(&place, "thanks", "o-1").0, RewardState::Due, "{order:?}");
    }
}

#[test]
fn a_qualification_beside_an_order_holds_when_the_order_is_refunded() {
    const QUALIFICATIONS: &str = "content = 'qualifications'\ncampaign = 'spring'";
    let place = program();
    assert_eq!(place.told(QUALIFICATIONS, "host_id\ndan\n"), ["2 applied"]);
    assert_eq!(place.told(QUALIFICATIONS, "host_id\ndan\n"), ["2 already already_qualified"]);
    assert_eq!(place.told(REFUNDS, "event,id,amount\no-1,r1,20 EUR\n"), ["2 applied"]);
    let dan = place.referrals.referral(&spring(), &host("dan")).unwrap();
    assert_eq!(dan.progress, referrals::record::Progress::Qualified);
}

#[test]
fn a_finding_of_moderation_before_the_lead_is_applied_once() {
    let place = program();
    let file = "host_id,moderation,at\ndan,flagged,2026-04-30T00:00:00Z\n";
    for day in 2..5 {
        place.clock.set(format!("2026-05-0{day}T12:00:00Z").parse().unwrap());
        let told = place.told(MODERATION, file);
        assert_eq!(told, [if day == 2 { "2 applied before_lead" } else { "2 already already_moderated" }]);
    }
}

#[test]
fn a_payout_without_a_reference_is_not_called_done_while_something_is_due_again() {
    let place = program();
    let file = "host_id,rule,event\nada,thanks,o-1\n";
    assert_eq!(place.told(REWARDS, file), ["2 applied"]);
    assert_eq!(place.told(REWARDS, file), ["2 already already_issued"]);
    let issued = rewards(&place).into_iter().find(|reward| reward.issue_reference.is_some()).unwrap();
    place.referrals.execute(MoveReward::new(issued.key(), RewardMove::ReturnIssue("no account".to_owned()))).unwrap();
    assert_eq!(place.told(REWARDS, file), ["2 conflict reference_missing"]);
    assert_eq!(place.told(REWARDS, "host_id,rule,event,reference\nada,thanks,o-1,t-2\n"), ["2 applied"]);
    assert_eq!(place.told(REWARDS, file), ["2 already already_issued"]);
}

#[test]
fn findings_of_moderation_follow_their_times_and_never_undo_a_later_one() {
    let place = program();
    place.clock.set("2026-05-02T12:00:00Z".parse().unwrap());
    let file = "host_id,moderation,at,reason\ndan,flagged,2026-05-02T10:00:00Z,same card\neva,denied,2026-05-02T10:00:00Z,fraud\n\
                eva,flagged,2026-05-02T09:00:00Z,\nfay,denied,,\nfay,odd,2026-05-02T09:00:00Z,\nzoe,clear,2026-05-02T09:00:00Z,\n";
    let done = told(&place, MODERATION, file).0;
    let wrong = ["5 invalid no_time", "6 invalid invalid_value", "7 unknown participant_unknown"];
    assert_eq!(done[..2], ["2 applied", "3 applied"]);
    assert_eq!(done[3..], wrong);
    let dan = || place.referrals.referral(&spring(), &host("dan")).unwrap();
    let moderating = dan().moderating.unwrap();
    assert_eq!((moderating.actor.as_deref(), moderating.reason.as_deref()), (Some("review"), Some("same card")));
    assert_eq!(owed(&place, "share", "o-2").0, RewardState::Cancelled);
    // A hand pardons: the same file, told again, denies nobody.
    place.clock.set("2026-05-03T12:00:00Z".parse().unwrap());
    place.referrals.execute(Moderate::new(&spring(), host("eva"), Moderation::Clear)).unwrap();
    assert_eq!(place.told(MODERATION, file)[1], "3 already superseded");
    assert_eq!(owed(&place, "share", "o-2"), (RewardState::Due, "3.00 USD".to_owned()));
}

#[test]
fn a_payout_names_its_rewards_by_person_rule_and_order() {
    let place = program();
    // The invoice of the second order is another id of it.
    let invoice = referrals::command::AddReference {
        conversion: referrals::record::ConversionKey { source: "shop".parse().unwrap(), event: "o-2".parse().unwrap() },
        reference: referrals::command::Reference { source: "billing".parse().unwrap(), id: "in-2".parse().unwrap() },
    };
    place.referrals.execute(invoice).unwrap();
    let file = "host_id,rule,source,event,reference,actor\nada,thanks,,o-1,t-1,bank\ndan,share,,o-1,t-2,bank\nada,thanks,billing,in-2,t-3,\n\
                ada,share,,o-1,t-4,\nada,thanks,,o-9,t-5,\nzoe,thanks,,o-1,t-6,\nada,thanks,,,t-7,\n";
    let (done, again) = told(&place, REWARDS, file);
    let wrong = [
        "5 unknown reward_unknown",
        "6 unknown conversion_unknown",
        "7 unknown participant_unknown",
        "8 invalid nothing",
    ];
    assert_eq!(done[..3], ["2 applied", "3 applied", "4 applied"]);
    assert_eq!(done[3..], wrong);
    assert!(again[..3].iter().all(|row| row.ends_with("already already_issued")), "{again:?}");
    assert_eq!(owed(&place, "thanks", "o-1").0, RewardState::Issued);
    let hands: Vec<_> = rewards(&place).into_iter().flat_map(|reward| reward.hands).collect();
    assert_eq!(hands.iter().filter(|hand| hand.actor.as_deref() == Some("bank")).count(), 2);
    // The transfer came back. The file of the first payout, told again, pays nothing; a new one does.
    let returned = rewards(&place).into_iter().find(|reward| reward.issue_reference.as_deref() == Some("t-2")).unwrap();
    place.referrals.execute(MoveReward::new(returned.key(), RewardMove::ReturnIssue("no account".to_owned()))).unwrap();
    assert_eq!(place.told(REWARDS, file)[1], "3 already already_issued");
    assert_eq!(place.told(REWARDS, "host_id,rule,event,reference\ndan,share,o-1,t-8\n"), ["2 applied"]);
}

#[test]
fn a_payout_names_the_reward_of_a_group_by_its_number() {
    let (place, _) = Place::new();
    let pairs = "name = 'pairs'\nlink_host = 'go.shop.example'\n\
                 rewards = [{ id = 'pair', to = 'referrer', on = 'qualified', every = 2, give = { flat = '7 EUR' } }]";
    let pairs = referrals::CampaignModel::from_toml(pairs).unwrap();
    place.referrals.execute(referrals::command::DefineCampaign::new(pairs)).unwrap();
    place.told("content = 'referrers'\ncampaign = 'pairs'", "host_id\nzoe\n");
    place.told("content = 'invitees'\ncampaign = 'pairs'", "host_id,referrer_host_id\ncem,zoe\ndee,zoe\n");
    place.told("content = 'conversions'\nsource = 'shop'", "id,host_id,total\no-5,cem,80 EUR\no-6,dee,80 EUR\n");
    let file = "host_id,rule,event,cause,reference\nzoe,pair,,group/1,t-1\nzoe,pair,o-6,,t-2\nzoe,pair,,group/2,t-3\n";
    let (done, again) = told(&place, "content = 'rewards'\ncampaign = 'pairs'\nsource = 'shop'", file);
    assert_eq!(done, ["2 applied", "3 unknown reward_unknown", "4 unknown reward_unknown"]);
    assert_eq!(again[0], "2 already already_issued");
    assert_eq!(rewards(&place)[0].state, RewardState::Issued);
}

#[test]
fn an_export_of_rewards_with_references_beside_them_is_a_payout() {
    let place = program();
    let mut file = Vec::new();
    export(&place.referrals, Kind::Reward, Format::Csv, &mut file).unwrap();
    let text = String::from_utf8(file).unwrap();
    let paid: String = text
        .lines()
        .enumerate()
        .map(|(line, row)| if line == 0 { format!("{row},paid\n") } else { format!("{row},payout-{line}\n") })
        .collect();
    let mapping = format!(
        "{REWARDS}\ncolumns = {{ rule = 'rule', participant = 'participant', cause = 'cause', reference = 'paid' }}"
    );
    let (done, again) = told(&place, &mapping, &paid);
    assert_eq!(done.len(), 4);
    assert!(done.iter().all(|row| row.ends_with(" applied")), "{done:?}");
    assert!(again.iter().all(|row| row.ends_with(" already already_issued")), "{again:?}");
    assert!(rewards(&place).iter().all(|reward| reward.state == RewardState::Issued));
}

#[test]
fn a_campaign_lays_out_the_files_of_hands_too() {
    let stated = "name = 'spring'\nlink_host = 'go.shop.example'\n[[uploads]]\ncontent = 'refunds'\nsource = 'shop'\ncurrency = 'EUR'\n\
                  columns = [{ field = 'id', header = 'Gutschrift' }, { field = 'event', header = 'Bestellung' }, \
                  { field = 'amount', header = 'Betrag' }]\n[[uploads]]\ncontent = 'marks'\n\
                  columns = [{ field = 'email', header = 'E-Mail' }, { field = 'mark', header = 'Status' }]";
    let campaign = referrals::CampaignModel::from_toml(stated).unwrap();
    let refunds = referral_csv::Mapping::of_campaign(&campaign, referral_csv::Content::Refunds);
    assert_eq!((refunds.campaign.as_ref(), refunds.columns["amount"].as_str()), (None, "Betrag"));
    let place = program();
    let upload = referral_csv::Upload::new(refunds).unwrap();
    let mut rows = Vec::new();
    upload.run(&place.referrals, "Bestellung;Gutschrift;Betrag\no-1;G1;5\n".as_bytes(), |row| rows.push(row)).unwrap();
    assert_eq!(rows.iter().map(common::shown).collect::<Vec<_>>(), ["2 applied"]);
    assert_eq!(owed(&place, "share", "o-1"), (RewardState::Due, "1.50 EUR".to_owned()));
    let marks = referral_csv::Mapping::of_campaign(&campaign, referral_csv::Content::Marks);
    assert_eq!(marks.campaign.map(String::from).as_deref(), Some("spring"));
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    let (place, _) = Place::new();
    let said = |mapping: &str, file: &str| place.upload(mapping, file.as_bytes()).1.unwrap_err().to_string();
    let refunds = said(REFUNDS, "Order,refund id,amount,bob@shop.example\no-1,r-1,5,x\n");
    assert_eq!(refunds, "line 1: there is no column `event`; the columns are `Order`, `refund id`, `amount`, `…`");
    let marks =
        said(&format!("{MARKS}\ncolumns = {{ host_id = 'Kunde', mark = 'Status' }}"), "kunde,stand\nbob,lost\n");
    assert!(marks.ends_with("there is no column `Status`; the columns are `kunde`, `stand`"), "{marks}");
}

#[test]
fn an_order_that_is_told_after_its_void_earns_nothing() {
    let place = program();
    place.told(VOIDS, "event\no-7\n");
    let late =
        RecordConversion::purchase("shop", "o-7", referrals::command::Person::by_host_id("fay").unwrap(), "50 EUR");
    place.referrals.execute(late.unwrap()).unwrap();
    assert_eq!(place.referrals.referral(&spring(), &host("fay")).unwrap().rewards_count, 0);
    assert!(place.referrals.audit().unwrap().is_clean());
}
