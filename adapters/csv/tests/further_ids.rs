//! Further ids of people and of orders, and corrections of orders, told by files.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::program::{ORDERS, Program, REFUNDS, TENTH, rule};
use referrals::record::Progress;

const CORRECTIONS: &str = "content = 'corrections'\nsource = 'shop'";

#[test]
fn an_order_by_an_id_of_another_system_is_that_persons() {
    for (total, paid) in [("80 EUR", "8.00 EUR"), ("9000 JPY", "900 JPY")] {
        let program = Program::new(&rule(TENTH));
        let mapping = "content = 'invitees'\ncampaign = 'spring'";
        program.told(mapping, &format!("host_id,ids.stripe,code\nbob,cus_1,{}\n", program.code));
        program.told(ORDERS, &format!("id,ids.stripe,email,total\no1,cus_1,,{total}\n"));
        assert_eq!(program.owed(), [format!("thanks referrer due {paid}")]);
    }
}

#[test]
fn marks_moderation_and_payouts_name_people_by_ids_of_another_system() {
    let program = Program::new(&rule("to = 'referrer', on = 'qualified', give = { flat = '5 EUR' }"));
    let campaign = "campaign = 'spring'";
    let leads = format!("host_id,ids.crm,code\nbob,51,{}\n", program.code);
    program.told(&format!("content = 'invitees'\n{campaign}"), &leads);
    program.told(&format!("content = 'marks'\n{campaign}"), "ids.crm,mark\n51,qualified\n");
    assert_eq!(program.owed(), ["thanks referrer due 5.00 EUR"]);
    let moderation = "ids.crm,moderation,at\n51,flagged,2026-05-01T12:00:00Z\n";
    program.told(&format!("content = 'moderation'\n{campaign}"), moderation);
    assert_eq!(program.owed(), ["thanks referrer pending 5.00 EUR"]);
    let rows = program.place.told(&format!("content = 'marks'\n{campaign}"), "ids.crm,mark\n52,lost\n");
    assert_eq!(rows, ["2 unknown participant_unknown"]);
}

#[test]
fn a_row_that_names_nobody_and_a_column_of_no_system_are_refused() {
    let program = Program::new(&rule(TENTH));
    assert_eq!(program.place.told(ORDERS, "id,ids.stripe,total\no1,,80 EUR\n"), ["2 invalid nobody"]);
    let (_, done) = program.place.upload(ORDERS, b"id,ids.,total\no1,cus_1,80 EUR\n");
    assert!(done.unwrap_err().to_string().contains("`host_id` or `email`"));
}

#[test]
fn a_refund_under_a_further_id_of_its_order_counts_once() {
    for (further, source) in [("references", "shop"), ("references.stripe", "stripe")] {
        let program = Program::new(&rule(TENTH));
        program.leads(&["bob"]);
        program.told(ORDERS, &format!("id,host_id,total,{further}\no1,bob,80 EUR,inv1\n"));
        program.told(REFUNDS, "id,event,amount\nre1,o1,30 EUR\n");
        assert_eq!(program.owed(), ["thanks referrer due 5.00 EUR"]);
        let again = format!("id,source,event,amount\nre1,{source},inv1,30 EUR\n");
        program.place.told(REFUNDS, &again);
        assert_eq!(program.owed(), ["thanks referrer due 5.00 EUR"], "{further}");
    }
}

#[test]
fn a_correction_of_an_order_is_followed_and_the_same_file_again_changes_nothing() {
    for (old, new, paid) in [("80 EUR", "120 EUR", "12.00 EUR"), ("8000 JPY", "5000 JPY", "500 JPY")] {
        let program = Program::new(&rule(TENTH));
        program.leads(&["bob"]);
        program.told(ORDERS, &format!("id,host_id,total\no1,bob,{old}\n"));
        program.day(2);
        let file = format!("id,event,total,at\nc1,o1,{new},2026-05-02T09:00:00Z\n");
        program.told(CORRECTIONS, &file);
        assert_eq!(program.owed(), [format!("thanks referrer due {paid}")]);
        program.day(9);
        assert_eq!(program.place.told(CORRECTIONS, &file), ["2 already already_corrected"]);
        let earlier = format!("id,event,total,at\nc0,o1,{old},2026-05-01T13:00:00Z\n");
        assert_eq!(program.place.told(CORRECTIONS, &earlier), ["2 already superseded"]);
        assert_eq!((program.owed().len(), program.progress()), (1, vec![Progress::Qualified]));
    }
}

#[test]
fn a_correction_may_come_before_its_order_and_lacks_nothing() {
    let program = Program::new(&rule(TENTH));
    program.leads(&["bob"]);
    for (file, told) in [
        ("id,event,total\nc1,o1,120 EUR\n", "2 invalid no_time"),
        ("id,event,total,at\nc1,o1,,2026-05-01T09:00:00Z\n", "2 invalid no_amount"),
        ("id,event,total,tax,at\nc1,o1,12 EUR,13 EUR,2026-05-01T09:00:00Z\n", "2 invalid invalid_command"),
        ("id,event,total,at\nc1,o1,12 EUR,2026-06-01T09:00:00Z\n", "2 invalid in_the_future"),
        ("id,event,total,at\nc1,,12 EUR,2026-05-01T09:00:00Z\n", "2 invalid no_event"),
        ("id,event,total,at\nc1,o1,120 EUR,2026-05-01T11:00:00Z\n", "2 applied waits_for_conversion"),
    ] {
        assert_eq!(program.place.told(CORRECTIONS, file), [told], "{file}");
    }
    program.told(ORDERS, "id,host_id,total\no1,bob,80 EUR\n");
    assert_eq!(program.owed(), ["thanks referrer due 12.00 EUR"]);
}
