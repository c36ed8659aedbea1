//! What transfers, groups and levels come to when files tell payouts, refunds, marks and findings of moderation.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::program::{MARKS, MODERATION, ORDERS, PAYOUT, Program, REFUNDS, TENTH, VOIDS, rule};
use referrals::command::RewardMove;

#[test]
fn an_order_that_a_file_takes_back_during_a_transfer_leaves_a_debt_once_a_payout_tells_it() {
    for (taken, file) in [
        (REFUNDS, "id,event,amount\nr1,o1,100 EUR\n"),
        (VOIDS, "event\no1\n"),
        (MODERATION, "host_id,moderation,at\nbob,denied,2026-05-01T12:00:00Z\n"),
    ] {
        for fails in [false, true] {
            let program = Program::new(&rule(TENTH));
            program.leads(&["bob"]);
            program.told(ORDERS, "id,host_id,total\no1,bob,100 EUR\n");
            program.hand("thanks", RewardMove::BeginIssue);
            program.told(taken, file);
            assert_eq!(program.owed(), ["thanks referrer issuing 10.00 EUR"]);
            if fails {
                program.hand("thanks", RewardMove::Fail("no account".to_owned()));
                assert_eq!((program.owed(), program.debts()), (vec![], vec![]));
            } else {
                program.told(PAYOUT, "host_id,rule,event,reference\nada,thanks,o1,t-1\n");
                assert_eq!(program.owed(), ["thanks referrer reversed 0.00 EUR"]);
                assert_eq!((program.rewards()[0].issued, program.debts()), (1_000, vec![1_000]));
            }
        }
    }
}

#[test]
fn what_a_payout_handed_over_and_came_back_is_paid_by_the_next_payout() {
    let program = Program::new(&rule("to = 'referrer', on = 'purchase', give = { percent = '10%' }"));
    program.leads(&["bob"]);
    program.told(ORDERS, "id,host_id,total\no1,bob,80 EUR\n");
    program.told(PAYOUT, "host_id,rule,event,reference\nada,thanks,o1,t-1\n");
    program.hand("thanks", RewardMove::ReturnIssue("closed account".to_owned()));
    program.told(ORDERS, "id,host_id,total\no2,bob,50 EUR\n");
    assert_eq!(
        (program.owed(), program.debts()),
        (vec!["thanks referrer due 8.00 EUR".to_owned(), "thanks referrer due 5.00 EUR".to_owned()], vec![])
    );
    program.told(PAYOUT, "host_id,rule,event,reference\nada,thanks,o1,t-2\nada,thanks,o2,t-3\n");
    let paid: Vec<_> = program.rewards().iter().map(|reward| (reward.issued, reward.netted)).collect();
    assert_eq!(paid, [(800, 0), (500, 0)]);
}

/// Rules for every two friends and for the second one.
const TWO: &str = "rewards = [{ id = 'level', to = 'referrer', on = 'qualified', milestones = [{ at = 2, give = { flat = '10 USD' } }] },\n\
                   { id = 'pair', to = 'referrer', on = 'qualified', every = 2, give = { percent = '10%' } }]\n";

#[test]
fn a_group_and_a_level_are_held_while_a_file_flags_a_member_and_gone_once_it_denies_one() {
    for flagged in ["b1", "b2"] {
        let program = Program::new(TWO);
        program.leads(&["b1", "b2"]);
        program.day(1);
        let order = |number: u32| program.told(ORDERS, &format!("id,host_id,total\no{number},b{number},100 USD\n"));
        let find = |finding: &str, hour: u32| {
            program.told(MODERATION, &format!("host_id,moderation,at\n{flagged},{finding},2026-05-02T{hour}:00:00Z\n"));
        };
        if flagged == "b1" {
            find("flagged", 10);
        }
        order(1);
        if flagged == "b2" {
            find("flagged", 10);
        }
        order(2);
        assert_eq!(
            program.owed(),
            ["level referrer pending 10.00 USD", "pair referrer pending 20.00 USD"],
            "{flagged}"
        );
        find("clear", 11);
        assert_eq!(program.owed(), ["level referrer due 10.00 USD", "pair referrer due 20.00 USD"], "{flagged}");
        program.told(PAYOUT, "host_id,rule,cause,reference\nada,level,level/2,t-1\n");
        find("denied", 12);
        assert_eq!(
            (program.owed(), program.debts()),
            (vec!["level referrer reversed 0.00 USD".to_owned()], vec![1_000])
        );
    }
}

#[test]
fn a_level_that_files_take_back_and_bring_again_waits_for_approval() {
    let rule = "rewards = [{ id = 'level', to = 'referrer', on = 'qualified', hold = 'approval', clawback = 'take_back',\n\
                milestones = [{ at = 1, give = { flat = '10 EUR' } }] }]\n";
    let held = ["level referrer pending 10.00 EUR"];
    let program = Program::new(rule);
    program.leads(&["bob", "cyd"]);
    program.told(ORDERS, "id,host_id,total\no1,bob,100 EUR\n");
    program.hand("level", RewardMove::Approve);
    program.told(REFUNDS, "id,event,amount\nr1,o1,100 EUR\n");
    assert!(program.owed().is_empty());
    program.told(MODERATION, "host_id,moderation,at\ncyd,flagged,2026-05-01T11:00:00Z\n");
    program.told(ORDERS, "id,host_id,total\no2,cyd,1 EUR\n");
    assert_eq!(program.owed(), held, "while it is flagged");
    program.told(MODERATION, "host_id,moderation,at\ncyd,clear,2026-05-01T12:00:00Z\n");
    assert_eq!(program.owed(), held);

    // By marks, where a hand qualifies.
    let program = Program::new(&format!("{rule}[qualification]\non = 'manual'\n"));
    program.leads(&["bob", "cyd"]);
    program.told(MARKS, "host_id,mark\nbob,qualified\n");
    program.hand("level", RewardMove::Approve);
    program.day(1);
    program.told(MARKS, "host_id,mark\nbob,not_qualified\n");
    assert!(program.owed().is_empty());
    program.told(MARKS, "host_id,mark\ncyd,qualified\n");
    assert_eq!(program.owed(), held);
}

#[test]
fn a_level_that_a_hand_cancelled_stays_cancelled_at_the_next_referral_of_a_file() {
    let rule = "rewards = [{ id = 'level', to = 'referrer', on = 'qualified', clawback = 'take_back',\n\
                milestones = [{ at = 1, give = { units = 5, unit = 'points' } }] }]\n";
    let program = Program::new(rule);
    program.leads(&["bob", "cyd"]);
    program.told(ORDERS, "id,host_id,total\no1,bob,100 USD\n");
    program.hand("level", RewardMove::Cancel("fraud".to_owned()));
    program.told(ORDERS, "id,host_id,total\no2,cyd,100 USD\n");
    assert_eq!((program.owed(), program.rewards().len()), (vec![], 1));
}

#[test]
fn what_of_a_group_a_payout_did_not_hand_over_expires_without_a_debt() {
    let rule = rule("to = 'referrer', on = 'qualified', every = 2, give = { percent = '10%' }, expires = '10 days'");
    let program = Program::new(&rule);
    program.leads(&["b1", "b2"]);
    program.told(ORDERS, "id,host_id,total\no1,b1,100 USD\no2,b2,100 USD\n");
    program.told(PAYOUT, "host_id,rule,cause,reference\nada,thanks,group/1,t-1\n");
    program.day(5);
    program.leads(&["b3"]);
    program.told(ORDERS, "id,host_id,total\no3,b3,1000 USD\n");
    program.told(REFUNDS, "id,event,cumulative\nr1,o1,100 USD\n");
    assert_eq!(program.owed(), ["thanks referrer due 110.00 USD"]);
    program.day(16);
    program.place.referrals.settle().unwrap();
    assert_eq!((program.owed(), program.debts()), (vec!["thanks referrer issued 20.00 USD".to_owned()], vec![]));
    assert_eq!(program.rewards()[0].expired, 9_000);
}

#[test]
fn a_refund_by_file_grows_a_group_no_further_than_the_new_budget() {
    let rule = rule("to = 'referrer', on = 'qualified', every = 2, give = { percent = '10%' }");
    let program = Program::new(&rule);
    program.leads(&["b1", "b2", "b3"]);
    program.told(ORDERS, "id,host_id,total\no1,b1,100 EUR\no2,b2,100 EUR\no3,b3,1000 EUR\n");
    program.define(&format!("limits = [{{ id = 'budget', per = 'campaign', value = '30 EUR' }}]\n{rule}"));
    program.told(REFUNDS, "id,event,amount\nr1,o1,100 EUR\n");
    assert_eq!(program.owed(), ["thanks referrer due 20.00 EUR"]);
    assert_eq!(program.rewards()[0].refused, 9_000);
}

#[test]
fn a_group_of_two_currencies_is_paid_once_a_file_takes_the_odd_order_back() {
    for (taken, file) in [
        (REFUNDS, "id,event,amount\nr1,o2,100 USD\n"),
        (VOIDS, "event\no2\n"),
        (MODERATION, "host_id,moderation,at\nb2,denied,2026-05-01T12:00:00Z\n"),
    ] {
        let program = Program::new(&rule("to = 'referrer', on = 'qualified', every = 2, give = { percent = '10%' }"));
        program.leads(&["b1", "b2", "b3"]);
        program.told(ORDERS, "id,host_id,total\no1,b1,100 EUR\no2,b2,100 USD\no3,b3,100 EUR\n");
        assert!(program.owed().is_empty());
        program.told(taken, file);
        assert_eq!(program.owed(), ["thanks referrer due 20.00 EUR"]);
    }
}

#[test]
fn a_lost_rule_keeps_its_limit_for_the_orders_of_a_file() {
    let limited = "to = 'referrer', on = 'qualified', give = { flat = '10 EUR' }, limits = [{ per = 'campaign', value = '10 EUR' }]";
    let program = Program::new(&rule(limited));
    program.leads(&["b1", "b2", "b3"]);
    program.define("rewards = []\n");
    program.told(ORDERS, "id,host_id,total\no1,b1,50 EUR\no2,b2,50 EUR\no3,b3,50 EUR\n");
    let mut owed = program.owed();
    owed.sort();
    let refused = "thanks referrer refused 0.00 EUR";
    assert_eq!(owed, ["thanks referrer due 10.00 EUR", refused, refused]);
}
