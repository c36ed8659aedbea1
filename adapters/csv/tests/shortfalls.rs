//! The result of a row says why its order earns nothing: it gives every reason that the engine found, and no other.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::program::{LEADS, ORDERS, Program, REFUNDS, TENTH, VOIDS, rule, spring};
use common::shown;
use referral_csv::{Mapping, RowReport, Upload};
use referrals::command::{ReasonClass, SetCampaignState};
use referrals::record::CampaignState;

/// Each row of a file of orders, as `line result reason`, and the reports.
fn orders(program: &Program, file: &str) -> (Vec<String>, Vec<RowReport>) {
    let (rows, done) = program.place.upload(ORDERS, file.as_bytes());
    done.unwrap();
    (rows.iter().map(shown).collect(), rows)
}

/// The lines of a campaign, the orders of Bob, who is a lead of Ada, and what the last row is told.
const UNPAID: &[(&str, &str, &str)] = &[
    ("to = 'referrer', on = 'qualified', give = { flat = '5 EUR' }", "o1,renewal,80 EUR", "not_qualifying"),
    ("to = 'referrer', on = 'qualified', give = { flat = '500 JPY' }", "o1,renewal,8000 JPY", "not_qualifying"),
    ("to = 'both', on = 'purchase', give = { percent = '10%' }", "o1,purchase,0 EUR", "zero_order"),
    (
        "to = 'referrer', on = 'purchase', occurrence = 'first', give = { flat = '5 EUR' }",
        "o1,purchase,8 EUR;o2,purchase,8 EUR",
        "occurrence_not_paid",
    ),
    (
        "to = 'referrer', on = 'purchase', when = \"order.total >= money('50 EUR')\", give = { flat = '5 EUR' }",
        "o1,purchase,49.99 EUR",
        "condition_not_met",
    ),
    (
        "to = 'referrer', on = 'purchase', when = \"order.total >= money('50 EUR')\", give = { flat = '5 EUR' }",
        "o1,purchase,60 USD",
        "condition_unknown",
    ),
    ("to = 'referrer', on = 'purchase', give = { percent = '1%' }", "o1,purchase,0.10 EUR", "amount_zero"),
    (
        "to = 'referrer', on = 'purchase', when = 'order.data.items > 2', give = { flat = '5 EUR' }",
        "o1,purchase,80 EUR",
        "condition_unknown",
    ),
];

#[test]
fn a_row_that_earns_nothing_is_told_why() {
    for (fields, rows, reason) in UNPAID {
        let fields_of_data = "fields = [{ path = 'order.data.items', type = 'int' }]\n";
        let lines = if fields.contains("data.items") { fields_of_data } else { "" };
        let program = Program::new(&format!("{lines}{}", rule(fields)));
        program.leads(&["bob"]);
        let rows: String = rows.split(';').map(|row| format!("bob,{row}\n")).collect();
        let (told, reports) = orders(&program, &format!("host_id,id,kind,total\n{rows}"));
        let last = reports.last().unwrap();
        assert!(told.last().unwrap().ends_with(&format!(" applied {reason}")), "{fields}: {told:?}");
        assert!(last.detail.as_ref().is_some_and(|detail| !detail.is_empty()), "{last:?}");
        assert!(last.findings.iter().any(|finding| finding.reason.as_str() == *reason), "{last:?}");
    }
}

#[test]
fn each_rule_that_could_have_paid_is_named() {
    let program = Program::new(
        "rewards = [{ id = 'big', to = 'referrer', on = 'purchase', when = \"order.total > money('90 EUR')\", give = { flat = '9 EUR' } },\n\
         { id = 'late', to = 'referrer', on = 'purchase', occurrence = { nth = 2 }, give = { flat = '2 EUR' } }]\n",
    );
    program.leads(&["bob"]);
    let (told, reports) = orders(&program, "host_id,id,total\nbob,o1,80 EUR\n");
    assert_eq!(told, ["2 applied condition_not_met"]);
    let detail = reports[0].detail.clone().unwrap();
    assert!(detail.contains("rule `big`") && detail.contains("rule `late`"), "{detail}");
}

#[test]
fn a_row_that_earns_something_is_not_told_what_other_rules_do_not_pay() {
    let program = Program::new(
        "rewards = [{ id = 'first', to = 'referrer', on = 'purchase', occurrence = 'first', give = { flat = '9 EUR' } },\n\
         { id = 'big', to = 'invitee', on = 'purchase', when = \"order.total > money('90 EUR')\", give = { flat = '2 EUR' } }]\n",
    );
    program.leads(&["bob"]);
    assert_eq!(orders(&program, "host_id,id,total\nbob,o1,80 EUR\n").0, ["2 applied"]);
    let (told, reports) = orders(&program, "host_id,id,total\nbob,o2,80 EUR\n");
    assert_eq!(told, ["2 applied occurrence_not_paid"]);
    assert!(reports[0].findings.iter().all(|finding| finding.reason.class() != ReasonClass::Change));
}

#[test]
fn a_limit_and_a_pause_are_told_beside_what_was_granted() {
    let limits = "limits = [{ id = 'budget', per = 'campaign', value = '10 EUR' }]\n";
    let program =
        Program::new(&format!("{limits}{}", rule("to = 'referrer', on = 'purchase', give = { percent = '10%' }")));
    program.leads(&["bob"]);
    let (told, _) = orders(&program, "host_id,id,total\nbob,o1,80 EUR\nbob,o2,80 EUR\n");
    assert_eq!(told, ["2 applied", "3 applied limit_reached"]);
    program.run(SetCampaignState { campaign: spring(), state: CampaignState::Paused, actor: None, reason: None });
    assert_eq!(orders(&program, "host_id,id,total\nbob,o3,1 EUR\n").0, ["2 applied campaign_paused"]);
}

#[test]
fn an_order_with_another_referrers_code_is_told_that_the_first_stays() {
    for rows in ["bob,o1,80 EUR,", "bob,o1,8000 JPY,"] {
        let program = Program::new(&rule(TENTH));
        program.leads(&["bob"]);
        let ben = program.enrol("ben");
        let mapping = format!("{ORDERS}\ncampaign = 'spring'");
        let rows = program.place.told(&mapping, &format!("host_id,id,total,code\n{rows}{ben}\n"));
        assert_eq!(rows, ["2 applied already_referred"]);
        assert_eq!(program.owed().len(), 1, "the order counts for the first referrer");
    }
}

#[test]
fn evidence_that_is_passed_over_is_told_and_a_declined_row_says_why_in_words() {
    let program = Program::new(&rule(TENTH));
    let file = format!("host_id,code,referrer_host_id\nbob,{0},nobody\ncy,,\ndan,{0}X,\n", program.code);
    let (rows, done) = program.place.upload(LEADS, file.as_bytes());
    done.unwrap();
    let told: Vec<String> = rows.iter().map(shown).collect();
    assert_eq!(told, ["2 applied evidence_unknown", "3 declined no_evidence", "4 declined evidence_unknown"]);
    assert!(rows.iter().all(|row| row.detail.is_some()), "{rows:?}");
}

#[test]
fn a_row_that_takes_a_reward_back_needs_no_reason() {
    let program = Program::new(&rule(TENTH));
    program.leads(&["bob"]);
    program.told(ORDERS, "id,host_id,total\no1,bob,80 EUR\no2,bob,50 EUR\n");
    assert_eq!(program.place.told(REFUNDS, "id,event,amount\nr1,o1,80 EUR\n"), ["2 applied"]);
    assert_eq!(program.place.told(VOIDS, "event\no2\n"), ["2 applied"]);
    assert_eq!(program.place.told(VOIDS, "event\no9\n"), ["2 applied waits_for_conversion"]);
}

#[test]
fn a_dry_run_tells_the_same() {
    let program = Program::new(&rule("to = 'referrer', on = 'qualified', give = { flat = '5 EUR' }"));
    program.leads(&["bob"]);
    let upload = Upload::new(Mapping::from_toml(ORDERS).unwrap()).unwrap();
    let file = "id,host_id,kind,total\no1,bob,renewal,80 EUR\no2,bob,purchase,0 EUR\n";
    let (mut rehearsed, mut done) = (Vec::new(), Vec::new());
    upload.rehearse(&program.place.referrals, file.as_bytes(), |row| rehearsed.push(row)).unwrap();
    upload.run(&program.place.referrals, file.as_bytes(), |row| done.push(row)).unwrap();
    assert_eq!(rehearsed, done);
    assert!(done.iter().all(|row| !row.findings.is_empty()), "{done:?}");
}
