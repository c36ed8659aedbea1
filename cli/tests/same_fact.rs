//! The same fact has the same result, whichever way it takes: by commands, by a file, by a message of another system, by the
//! command line. Each test tells its facts in all four ways, into four fresh stores, and compares what is answered, what is
//! owed and how far the referrals are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "common/four_ways.rs"]
mod four_ways;

use four_ways::{Answer, Fact, Tells, WAYS, World, told_by, told_in_every_way};
use referrals::command::Person;

const LEAD: Fact<'_> = (Tells::Lead, &[("host_id", "bob"), ("code", "CODE")]);

fn rule(fields: &str) -> String {
    format!("rewards = [{{ id = 'thanks', to = 'referrer', {fields} }}]\n")
}

/// A tenth of the order that qualifies.
fn tenth() -> String {
    rule("on = 'qualified', give = { percent = '10%' }")
}

fn recorded(reasons: &[&str]) -> Answer {
    Answer::Recorded(reasons.iter().map(|reason| (*reason).to_owned()).collect())
}

fn declined(reason: &str) -> Answer {
    Answer::Declined(reason.to_owned())
}

#[test]
fn texts_are_read_as_the_number_the_yes_or_no_and_the_list_that_are_declared() {
    for (give, total, owed) in [("1 EUR", "20 EUR", "100 EUR"), ("100 JPY", "2000 JPY", "100 JPY")] {
        let fields = "fields = [{ path = 'order.data.items', type = 'int' }, { path = 'order.data.express', type = 'bool' },\n\
                      { path = 'order.data.tags', type = 'strings' }]\n";
        let when = "order.data.items >= 2 && order.data.express && 'new' in order.data.tags";
        let lines =
            format!("{fields}{}", rule(&format!("on = 'purchase', when = \"{when}\", give = {{ flat = '{give}' }}")));
        let order: &[(&str, &str)] = &[
            ("id", "o1"),
            ("host_id", "bob"),
            ("total", total),
            ("data.items", "3"),
            ("data.express", "true"),
            ("data.tags", "new, sale"),
        ];
        let few: &[(&str, &str)] = &[
            ("id", "o2"),
            ("host_id", "bob"),
            ("total", total),
            ("data.items", "1.0"),
            ("data.express", "Yes"),
            ("data.tags", "new"),
        ];
        let odd: &[(&str, &str)] = &[
            ("id", "o3"),
            ("host_id", "bob"),
            ("total", total),
            ("data.items", "three"),
            ("data.express", "Yes"),
            ("data.tags", "new"),
        ];
        let facts = [LEAD, (Tells::Order, order), (Tells::Order, few), (Tells::Order, odd)];
        let (answers, state, _) = told_in_every_way(&lines, &facts);
        assert_eq!(state, [format!("thanks referrer due {owed}")]);
        assert_eq!(answers[1..], [recorded(&[]), recorded(&["condition_not_met"]), recorded(&["condition_unknown"])]);
    }
}

#[test]
fn an_order_whose_campaign_is_named_is_refused_for_data_that_are_not_what_is_declared() {
    let fields = "fields = [{ path = 'order.data.items', type = 'int' }]\n";
    let lines = format!("{fields}{}", tenth());
    for items in ["three", "2.5"] {
        let order =
            [("id", "o1"), ("host_id", "bob"), ("total", "20 EUR"), ("campaign", "friends"), ("data.items", items)];
        let (answers, owed, _) = told_in_every_way(&lines, &[LEAD, (Tells::Order, &order)]);
        assert_eq!((&answers[1], owed.len()), (&Answer::Refused("items".into()), 0), "{items}");
    }
}

#[test]
fn an_order_without_a_total_is_refused_by_name() {
    for kind in ["purchase", "renewal"] {
        let order = [("id", "o1"), ("host_id", "bob"), ("kind", kind), ("total", "")];
        let (answers, owed, progress) = told_in_every_way(&tenth(), &[LEAD, (Tells::Order, &order)]);
        assert_eq!(answers[1], Answer::Refused("total".to_owned()));
        assert_eq!((owed.len(), progress), (0, vec!["lead clear".to_owned()]));
    }
}

#[test]
fn a_code_is_read_as_people_paste_it() {
    for pasted in ["CODE.", "\"CODE\"", "#CODE", "\u{200b}CODE", "https://shop.example/?ref=CODE", "  CODE  "] {
        let lead = [("host_id", "bob"), ("code", pasted)];
        let order = [("id", "o1"), ("host_id", "bob"), ("total", "80 EUR")];
        let (answers, owed, _) = told_in_every_way(&tenth(), &[(Tells::Lead, &lead), (Tells::Order, &order)]);
        assert_eq!(answers[0], recorded(&[]), "{pasted}");
        assert_eq!(owed, ["thanks referrer due 800 EUR"], "{pasted}");
        let order =
            [("id", "o1"), ("host_id", "bob"), ("total", "8000 JPY"), ("campaign", "friends"), ("code", pasted)];
        assert_eq!(
            told_in_every_way(&tenth(), &[(Tells::Order, &order)]).1,
            ["thanks referrer due 800 JPY"],
            "{pasted}"
        );
    }
}

#[test]
fn a_lead_whose_code_cannot_count_is_declined_and_never_an_error() {
    let long = "x".repeat(300);
    for (code, reason) in [
        ("CODEX", "evidence_unknown"),
        ("NOBODYS-CODE", "evidence_unknown"),
        ("", "no_evidence"),
        (long.as_str(), "code_invalid"),
    ] {
        let lead = [("host_id", "bob"), ("code", code)];
        let (answers, _, progress) = told_in_every_way(&tenth(), &[(Tells::Lead, &lead)]);
        assert_eq!((answers, progress.len()), (vec![declined(reason)], 0), "{code}");
        // An order is not lost for it.
        let order = [("id", "o1"), ("host_id", "bob"), ("total", "80 EUR"), ("campaign", "friends"), ("code", code)];
        let (answers, ..) = told_in_every_way(&tenth(), &[(Tells::Order, &order)]);
        assert!(matches!(answers[0], Answer::Recorded(_)), "{code}: {answers:?}");
    }
}

#[test]
fn what_a_lead_tells_of_its_person_holds_for_an_order_that_was_told_before() {
    for (when, small, big, owed) in [
        ("invitee.data.seats > 5", "0 EUR", "80 EUR", "1600 EUR"),
        ("invitee.data.seats == 7", "0 JPY", "8000 JPY", "1600 JPY"),
    ] {
        let fields = "fields = [{ path = 'invitee.data.seats', type = 'int' }]\n";
        let lines =
            format!("{fields}{}", rule(&format!("on = 'purchase', when = '{when}', give = {{ percent = '20%' }}")));
        let first = [("id", "o1"), ("host_id", "bob"), ("total", small)];
        let lead = [("host_id", "bob"), ("code", "CODE"), ("data.seats", "7")];
        let second = [("id", "o2"), ("host_id", "bob"), ("total", big)];
        let facts: [Fact<'_>; 3] = [(Tells::Order, &first), (Tells::Lead, &lead), (Tells::Order, &second)];
        let (answers, state, _) = told_in_every_way(&lines, &facts);
        assert_eq!(answers[0], recorded(&["waits_for_lead"]));
        assert_eq!(state, [format!("thanks referrer due {owed}")]);
    }
}

#[test]
fn a_refund_under_a_further_id_of_its_order_counts_once() {
    for (total, refund, owed) in [("80 EUR", "30 EUR", "500 EUR"), ("8000 JPY", "3000 JPY", "500 JPY")] {
        let order = [("id", "o1"), ("host_id", "bob"), ("total", total), ("references", "inv1")];
        let first = [("id", "re1"), ("event", "o1"), ("amount", refund)];
        let again = [("id", "re1"), ("event", "inv1"), ("amount", refund)];
        for refunds in [[&first, &again], [&again, &first]] {
            let facts: [Fact<'_>; 4] =
                [LEAD, (Tells::Order, &order), (Tells::Refund, refunds[0]), (Tells::Refund, refunds[1])];
            let mut state = Vec::new();
            for way in WAYS {
                let mut world = World::new(way, &tenth());
                facts.iter().for_each(|fact| drop(world.tell(*fact)));
                state.push((world.owed(), world.progress()));
            }
            assert!(state.iter().all(|one| one == &state[0]), "{state:?}");
            assert_eq!(state[0].0, [format!("thanks referrer due {owed}")]);
        }
    }
}

#[test]
fn a_newcomer_with_an_email_that_is_taken_is_another_person() {
    for (email, found) in [("office@acme.example", true), ("office+b@acme.example", false)] {
        let first = [("host_id", "u1"), ("email", "office@acme.example"), ("code", "CODE")];
        let second = [("host_id", "u2"), ("email", email), ("code", "CODE")];
        let order = [("id", "o2"), ("host_id", "u2"), ("email", email), ("total", "80 EUR")];
        let facts: [Fact<'_>; 3] = [(Tells::Lead, &first), (Tells::Lead, &second), (Tells::Order, &order)];
        let (answers, owed, progress) = told_in_every_way(&tenth(), &facts);
        let reasons: &[&str] = if found { &["belongs_to_another"] } else { &[] };
        assert_eq!(answers[1..], [recorded(reasons), recorded(reasons)], "{email}");
        assert_eq!((owed, progress.len()), (vec!["thanks referrer due 800 EUR".to_owned()], 2), "{email}");
    }
}

#[test]
fn who_refers_himself_is_declined_by_whatever_is_told_of_him() {
    let zed = |host_id: Option<&str>, email: Option<&str>| Person {
        host_id: host_id.map(|id| id.parse().unwrap()),
        email: email.map(|email| email.parse().unwrap()),
        ..Person::default()
    };
    let lines = tenth();
    for (host_id, email) in
        [("zed2", "zed+2@mail.example"), ("zed", "zed.two@mail.example"), ("zed2", "zed@mail.example")]
    {
        let by_zed = |world: &mut World| world.code = world.enrol(zed(Some("zed"), Some("zed@mail.example")));
        let lead = [("host_id", host_id), ("email", email), ("code", "CODE")];
        let (answers, _, progress) = told_by(by_zed, &lines, &[(Tells::Lead, &lead)]);
        assert_eq!((answers, progress.len()), (vec![declined("self_referral")], 0), "{host_id} {email}");
    }
    // The referrer is known by the email, and the host's id of the same person by an order.
    let by_email = |world: &mut World| world.code = world.enrol(zed(None, Some("zed@mail.example")));
    for total in ["20 EUR", "2000 JPY"] {
        let order = [("id", "o1"), ("host_id", "zed"), ("total", total)];
        let lead = [("host_id", "zed"), ("email", "zed@mail.example"), ("code", "CODE")];
        let (answers, owed, _) = told_by(by_email, &lines, &[(Tells::Order, &order), (Tells::Lead, &lead)]);
        assert_eq!((&answers[1], owed.len()), (&declined("self_referral"), 0));
    }
}

#[test]
fn a_first_invoice_after_a_trial_says_that_its_kind_does_not_qualify() {
    for total in ["80 EUR", "8000 JPY"] {
        let order = [("id", "o1"), ("host_id", "bob"), ("kind", "renewal"), ("total", total)];
        let (answers, owed, _) = told_in_every_way(&tenth(), &[LEAD, (Tells::Order, &order)]);
        assert_eq!((&answers[1], owed.len()), (&recorded(&["not_qualifying"]), 0));
    }
}

#[test]
fn an_order_with_another_referrers_code_says_that_the_first_referrer_stays() {
    for (total, owed) in [("80 EUR", "800 EUR"), ("8000 JPY", "800 JPY")] {
        let as_ben = |world: &mut World| {
            let lead = world.tell(LEAD);
            assert_eq!(lead, recorded(&[]));
            world.code = world.enrol(Person::by_host_id("ben").unwrap());
        };
        let order = [("id", "o1"), ("host_id", "bob"), ("total", total), ("campaign", "friends"), ("code", "CODE")];
        let (answers, state, _) = told_by(as_ben, &tenth(), &[(Tells::Order, &order)]);
        assert_eq!(answers, [recorded(&["already_referred"])]);
        assert_eq!(state, [format!("thanks referrer due {owed}")]);
    }
}

#[test]
fn the_order_of_a_guest_is_the_newcomers_who_signs_up_with_the_same_email() {
    for (total, owed) in [("80 EUR", "800 EUR"), ("8000 JPY", "800 JPY")] {
        let order = [("id", "o1"), ("email", "bob@mail.example"), ("total", total)];
        let lead = [("host_id", "bob"), ("email", "bob@mail.example"), ("code", "CODE")];
        let (_, state, _) = told_in_every_way(&tenth(), &[(Tells::Order, &order), (Tells::Lead, &lead)]);
        assert_eq!(state, [format!("thanks referrer due {owed}")]);
    }
}

#[test]
fn an_order_that_makes_the_lead_makes_nobody_an_existing_customer() {
    for (total, owed) in [("80 EUR", "800 EUR"), ("8000 JPY", "800 JPY")] {
        let order = [
            ("id", "o1"),
            ("host_id", "bob"),
            ("total", total),
            ("campaign", "friends"),
            ("code", "CODE"),
            ("existing_customer", "yes"),
        ];
        let (_, state, progress) = told_in_every_way(&tenth(), &[(Tells::Order, &order)]);
        assert_eq!(
            (state, progress),
            (vec![format!("thanks referrer due {owed}")], vec!["qualified clear".to_owned()])
        );
    }
    let lead = [("host_id", "bob"), ("code", "CODE"), ("existing_customer", "yes")];
    assert_eq!(told_in_every_way(&tenth(), &[(Tells::Lead, &lead)]).0, [declined("existing_customer")]);
}

#[test]
fn a_lead_whose_window_is_over_is_a_new_lead_of_another_referrer() {
    let lines = format!("qualification = {{ on = 'purchase', window = '10 days' }}\n{}", tenth());
    for (total, owed) in [("80 EUR", "800 EUR"), ("8000 JPY", "800 JPY")] {
        let later = |world: &mut World| {
            assert_eq!(world.tell(LEAD), recorded(&[]));
            world.code = world.enrol(Person::by_host_id("ben").unwrap());
            world.day(11);
        };
        let order = [("id", "o1"), ("host_id", "bob"), ("total", total)];
        let (answers, state, progress) = told_by(later, &lines, &[LEAD, (Tells::Order, &order)]);
        assert_eq!(answers, [recorded(&[]), recorded(&[])]);
        assert_eq!((state, progress.len()), (vec![format!("thanks referrer due {owed}")], 2));
    }
}

#[test]
fn people_are_known_by_an_id_of_another_system() {
    for (total, owed) in [("80 EUR", "800 EUR"), ("8000 JPY", "800 JPY")] {
        let lead = [("ids.stripe", "cus_1"), ("code", "CODE")];
        let order = [("id", "o1"), ("ids.stripe", "cus_1"), ("total", total)];
        let (_, state, _) = told_in_every_way(&tenth(), &[(Tells::Lead, &lead), (Tells::Order, &order)]);
        assert_eq!(state, [format!("thanks referrer due {owed}")]);
    }
}
