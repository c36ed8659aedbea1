//! What orders, refunds and voids come to when files tell them: the amounts that commands come to.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::program::{ORDERS, Program, REFUNDS, TENTH, VOIDS, host, rule, spring};
use referrals::command::{AddReference, Reference, SetCampaignState};
use referrals::record::{CampaignState, ConversionKey, Progress};

#[test]
fn the_order_after_one_that_a_file_refunded_whole_is_the_first() {
    for (on, kind, give, total, paid) in [
        ("purchase", "purchase", "{ flat = '10 EUR' }", "50 EUR", "10.00 EUR"),
        ("qualified", "purchase", "{ flat = '10 EUR' }", "50 EUR", "10.00 EUR"),
        ("subscription", "subscription", "{ percent = '10%' }", "5000 JPY", "500 JPY"),
        ("renewal", "renewal", "{ units = 7, unit = 'points' }", "50 USD", "7 points"),
    ] {
        let program = Program::new(&rule(&format!("to = 'both', on = '{on}', occurrence = 'first', give = {give}")));
        program.leads(&["bob"]);
        program.told(ORDERS, &format!("id,host_id,kind,total\no1,bob,{kind},{total}\n"));
        program.told(REFUNDS, &format!("id,event,amount\nr1,o1,{total}\n"));
        assert!(program.owed().is_empty(), "{on}: {:?}", program.owed());
        program.told(ORDERS, &format!("id,host_id,kind,total\no2,bob,{kind},{total}\n"));
        let both = ["referrer", "invitee"].map(|role| format!("thanks {role} due {paid}"));
        assert_eq!(program.owed(), both, "{on}");
    }
}

#[test]
fn orders_of_a_file_have_numbers_without_those_that_files_refund_or_void() {
    let two = "rewards = [{ id = 'one', to = 'referrer', on = 'purchase', when = 'order.number == 1', give = { percent = '10%' } },\n\
               { id = 'three', to = 'referrer', on = 'renewal', when = 'order.number == 3', give = { flat = '3 USD' } }]\n";
    let orders = "id,host_id,kind,total,at\no1,bob,purchase,50 USD,2026-05-01T12:00:00Z\no2,bob,purchase,60 USD,2026-05-01T13:00:00Z\n\
                  o3,bob,renewal,9 USD,2026-05-01T14:00:00Z\n";
    for (taken, file) in [(REFUNDS, "id,event,amount\nr1,o1,50 USD\n"), (VOIDS, "event\no1\n")] {
        let program = Program::new(two);
        program.leads(&["bob"]);
        program.day(1);
        program.told(ORDERS, orders);
        assert_eq!(program.owed(), ["one referrer due 5.00 USD", "three referrer due 3.00 USD"]);
        program.told(taken, file);
        assert_eq!(program.owed(), ["one referrer due 6.00 USD"]);
    }
}

#[test]
fn the_earlier_order_carries_whichever_row_comes_first() {
    let rows = ["o1,bob,100 EUR,2026-05-02T09:00:00Z\n", "o2,bob,50 EUR,2026-05-03T09:00:00Z\n"];
    for order in [[0, 1], [1, 0]] {
        for in_one_file in [true, false] {
            let program = Program::new(&rule(TENTH));
            program.leads(&["bob"]);
            program.day(3);
            let files = if in_one_file { vec![order.to_vec()] } else { order.map(|index| vec![index]).to_vec() };
            for file in files {
                let rows: String = file.into_iter().map(|index| rows[index]).collect();
                program.told(ORDERS, &format!("id,host_id,total,at\n{rows}"));
            }
            assert_eq!(program.owed(), ["thanks referrer due 10.00 EUR"], "{order:?}");
        }
    }
}

#[test]
fn an_order_long_before_its_lead_earns_nothing_in_either_order_of_two_files() {
    for (kind, total) in [("purchase", "80 EUR"), ("subscription", "8000 JPY")] {
        let order = format!("id,host_id,kind,total,at\no1,bob,{kind},{total},2025-03-01T09:00:00Z\n");
        let program = Program::new(&rule(TENTH));
        program.leads(&["bob"]);
        program.told(ORDERS, &order);
        assert_eq!((program.owed(), program.progress()), (vec![], vec![Progress::Lead]));
        let program = Program::new(&rule(TENTH));
        assert_eq!(program.place.told(ORDERS, &order), ["2 applied waits_for_lead"]);
        program.leads(&["bob"]);
        assert_eq!((program.owed(), program.progress()), (vec![], vec![Progress::Lead]));
    }
}

#[test]
fn an_order_of_a_file_waits_for_a_lead_of_a_later_file_as_long_as_the_campaign_says() {
    for (waiting, total, paid) in
        [("30 days", "20 EUR", vec!["thanks referrer due 2.00 EUR"]), ("5 days", "20 USD", vec![])]
    {
        let program = Program::new(&format!("waiting = '{waiting}'\n{}", rule(TENTH)));
        assert_eq!(
            program.place.told(ORDERS, &format!("id,host_id,total\no1,bob,{total}\n")),
            ["2 applied waits_for_lead"]
        );
        program.day(7);
        program.leads(&["bob"]);
        assert_eq!(program.owed(), paid, "{waiting}");
    }
}

#[test]
fn an_order_with_a_code_lets_an_earlier_one_without_count_whichever_row_comes_first() {
    let each = "rewards = [{ id = 'each', to = 'both', on = 'purchase', give = { units = 2, unit = 'points' } },\n\
                { id = 'thanks', to = 'referrer', on = 'qualified', give = { percent = '10%' } }]\n";
    for order in [[0, 1], [1, 0]] {
        let program = Program::new(each);
        program.day(3);
        let rows = [
            "p1,bob,50 EUR,2026-05-02T09:00:00Z,\n".to_owned(),
            format!("p2,bob,70 EUR,2026-05-03T09:00:00Z,{}\n", program.code),
        ];
        let rows: String = order.into_iter().map(|index| rows[index].as_str()).collect();
        program.told(&format!("{ORDERS}\ncampaign = 'spring'"), &format!("id,host_id,total,at,code\n{rows}"));
        let both = ["referrer", "invitee"].map(|role| format!("each {role} due 2 points"));
        let expected = [&both[0], &both[0], &both[1], &both[1], "thanks referrer due 5.00 EUR"];
        assert_eq!(program.owed(), expected, "{order:?}");
    }
}

#[test]
fn the_window_of_a_lead_goes_by_the_time_of_the_row() {
    let window = format!("{}[qualification]\non = 'purchase'\nwindow = '30 days'\n", rule(TENTH));
    for settled in [false, true] {
        let program = Program::new(&window);
        program.leads(&["bob"]);
        if settled {
            program.day(33);
            program.place.referrals.settle().unwrap();
        }
        program.day(36);
        program.told(ORDERS, "id,host_id,total,at\no1,bob,80 USD,2026-05-21T09:00:00Z\n");
        assert_eq!(program.owed(), ["thanks referrer due 8.00 USD"], "{settled}");

        let each = rule("to = 'both', on = 'renewal', give = { percent = '10%' }");
        let program = Program::new(&format!("{each}[qualification]\non = 'conversion'\nwindow = '10 days'\n"));
        program.leads(&["bob"]);
        program.day(11);
        if settled {
            program.place.referrals.settle().unwrap();
        }
        let late = program.place.told(ORDERS, "id,host_id,kind,total\no1,bob,renewal,8000 JPY\n");
        assert_eq!(late, ["2 applied window_closed"]);
        assert_eq!((program.owed(), program.progress()), (vec![], vec![Progress::Expired]));
    }
}

#[test]
fn a_row_of_zero_qualifies_nothing_and_a_voided_row_takes_its_flat_reward_back() {
    for (zero, total, flat, paid) in
        [("0 EUR", "80 EUR", "10 EUR", "10.00 EUR"), ("0 JPY", "80 JPY", "900 JPY", "900 JPY")]
    {
        let program = Program::new(&rule(&format!("to = 'referrer', on = 'qualified', give = {{ flat = '{flat}' }}")));
        program.leads(&["bob"]);
        program.told(ORDERS, &format!("id,host_id,total\no0,bob,{zero}\n"));
        assert_eq!((program.owed(), program.progress()), (vec![], vec![Progress::Lead]));
        program.told(ORDERS, &format!("id,host_id,total\no1,bob,{total}\n"));
        assert_eq!(program.owed(), [format!("thanks referrer due {paid}")]);
        program.told(VOIDS, "event,reason\no1,a test\n");
        assert_eq!((program.owed(), program.progress()), (vec![], vec![Progress::Reverted]));
    }
}

#[test]
fn a_row_with_another_referrers_code_pays_the_first_referrer() {
    for (kind, total, paid) in [("purchase", "80 EUR", "8.00 EUR"), ("renewal", "8000 JPY", "800 JPY")] {
        let program = Program::new(&format!("{}[qualification]\non = 'conversion'\n", rule(TENTH)));
        program.leads(&["bob"]);
        let other = program.enrol("ben");
        program.told(
            &format!("{ORDERS}\ncampaign = 'spring'"),
            &format!("id,host_id,kind,total,code\no1,bob,{kind},{total},{other}\n"),
        );
        assert_eq!(program.owed(), [format!("thanks referrer due {paid}")]);
        let bobs = program.place.referrals.referral(&spring(), &host("bob")).unwrap();
        let ada = program.place.referrals.participant(&spring(), &host("ada")).unwrap();
        assert_eq!(bobs.referrer, ada.participant);
    }
}

#[test]
fn a_refund_by_file_during_a_pause_lets_the_next_order_carry_the_reward() {
    for (taken, file) in [(REFUNDS, "id,event,amount\nr1,o1,80 USD\n"), (VOIDS, "event\no1\n")] {
        let program = Program::new(&rule(TENTH));
        program.leads(&["bob"]);
        program.day(1);
        program.told(
            ORDERS,
            "id,host_id,total,at\no1,bob,80 USD,2026-05-02T09:00:00Z\no2,bob,80 USD,2026-05-02T10:00:00Z\n",
        );
        program.run(SetCampaignState { campaign: spring(), state: CampaignState::Paused, actor: None, reason: None });
        program.told(taken, file);
        assert_eq!(program.owed(), ["thanks referrer due 8.00 USD"]);
        assert_eq!(program.rewards()[0].base_event.as_ref().unwrap().as_str(), "o2");
    }
}

#[test]
fn a_referral_with_66_orders_of_which_files_take_64_back_is_qualified() {
    for (on, kind, total, give, paid) in [
        ("qualified", "purchase", "20 USD", "{ flat = '10 USD' }", "10.00 USD"),
        ("renewal", "renewal", "2000 JPY", "{ percent = '10%' }", "200 JPY"),
    ] {
        for by_refund in [true, false] {
            let fields = format!("to = 'referrer', on = '{on}', occurrence = 'first', give = {give}");
            let program = Program::new(&format!("{}[qualification]\non = 'conversion'\n", rule(&fields)));
            program.leads(&["bob"]);
            let orders: String = (0..66).map(|number| format!("o{number:02},bob,{kind},{total}\n")).collect();
            program.told(ORDERS, &format!("id,host_id,kind,total\n{orders}"));
            let refunds: String = (0..64).map(|number| format!("r{number},o{number:02},{total}\n")).collect();
            let voids: String = (0..64).map(|number| format!("o{number:02}\n")).collect();
            if by_refund {
                program.told(REFUNDS, &format!("id,event,amount\n{refunds}"));
            } else {
                program.told(VOIDS, &format!("event\n{voids}"));
            }
            assert_eq!(program.owed(), [format!("thanks referrer due {paid}")], "{on} {by_refund}");
            assert_eq!(program.rewards().iter().filter(|reward| reward.quantity > 0).count(), 1);
            assert_eq!(program.progress(), [Progress::Qualified]);
        }
    }
}

#[test]
fn a_refund_that_files_tell_under_two_ids_of_one_order_counts_once() {
    let reference = || AddReference {
        conversion: ConversionKey { source: "shop".parse().unwrap(), event: "o1".parse().unwrap() },
        reference: Reference { source: "billing".parse().unwrap(), id: "inv1".parse().unwrap() },
    };
    for before in [true, false] {
        let program = Program::new(&rule(TENTH));
        program.leads(&["bob"]);
        if before {
            program.run(reference());
        }
        program.told(ORDERS, "id,host_id,total\no1,bob,100 EUR\n");
        if !before {
            program.run(reference());
        }
        let file = "source,id,event,amount\nshop,re1,o1,30 EUR\nbilling,re1,inv1,30 EUR\n";
        assert_eq!(program.place.told(REFUNDS, file), ["2 applied", "3 already"]);
        assert_eq!(program.owed(), ["thanks referrer due 7.00 EUR"]);
        assert_eq!(program.place.told(REFUNDS, "source,id,event,cumulative\nbilling,re2,inv1,50 EUR\n"), ["2 applied"]);
        assert_eq!(program.owed(), ["thanks referrer due 5.00 EUR"]);
    }
}
