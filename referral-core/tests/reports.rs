//! What can be asked: funnels, leaderboards, what a person has, lists, and why.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Program, who};
use referral_core::engine::{Question, drive};
use referral_core::error::Error;
use referral_core::record::{Dimension, Moderation, RecordKind, RewardKey, RewardState};
use referral_core::report::{
    AnyAnswer, AnyQuestion, DecisionOf, Explain, Funnel, Leaderboard, ListReferrals, ListRewards, PageOf, Ratio,
    ShowFunnel, ShowParticipant, ShowReferral, Unexplained,
};
use referral_core::value::TenantId;
use serde_json::{Value, json};

fn campaign() -> Value {
    json!({
        "zone": "Europe/Paris",
        "leaderboard": ["leads", "revenue", "qualified", "clicks", "shares"],
        "qualification": {"on": "purchase", "when": "order.total >= money('20 EUR')"},
        "rewards": [
            {"id": "thanks", "to": "referrer", "on": "qualified", "hold": "30 days", "give": {"percent": "10%"}},
            {"id": "welcome", "to": "invitee", "on": "joined", "give": {"flat": "5 EUR"}},
            {"id": "three", "to": "referrer", "on": "qualified", "every": 3,
             "give": {"units": 100, "unit": "points"}},
            {"id": "levels", "to": "referrer", "on": "qualified",
             "milestones": [{"at": 1, "give": {"flat": "1 EUR"}}, {"at": 5, "give": {"flat": "9 EUR"}}]},
        ],
    })
}

fn try_ask<Q: Question>(program: &Program, question: Q) -> Result<Q::Answer, Error> {
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now))
}

fn ask<Q: Question>(program: &Program, question: Q) -> Q::Answer {
    try_ask(program, question).unwrap()
}

fn slug() -> referral_core::value::CampaignSlug {
    "spring".parse().unwrap()
}

fn funnel(program: &Program, from: &str, until: &str, by: Vec<Dimension>) -> Funnel {
    let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
    ask(program, ShowFunnel { campaign: slug(), from, until, by })
}

/// Two referrers; three leads on 1 May, of which two buy, one of them on 3 May; one refund.
fn busy() -> Program {
    let mut program = Program::with(campaign());
    let ada = program.enrol("ada");
    let eve = program.enrol("eve");
    for channel in ["whatsapp", "email"] {
        program
            .run(json!({"record_share": {"campaign": "spring", "participant": {"host": "ada"}, "channel": channel}}));
    }
    let (link, _) = program.run(json!({"create_link": {
        "campaign": "spring", "participant": {"host": "ada"}, "channel": "whatsapp", "utm": {"utm_source": "friends"},
    }}));
    let referral_core::command::AnyOutcome::LinkCreated(link) = link else { panic!("{link:?}") };
    for visitor in ["v1", "v2", "v1"] {
        program.run(json!({"record_click": {"link": link.link, "visitor": visitor}}));
    }
    for (invitee, code) in [("bob", &ada), ("cyd", &ada), ("dan", &eve)] {
        program.lead(invitee, code);
    }
    program.buy("bob", "order-1", "80 EUR");
    program.wait(48);
    program.buy("cyd", "order-2", "50 EUR");
    program.refund("order-1", "refund-1", "40 EUR");
    program
}

#[test]
fn a_funnel_counts_each_stage_by_day_by_channel_and_as_exact_rates() {
    let program = busy();
    let funnel = funnel(&program, "2026-05-01", "2026-06-01", vec![Dimension::Channel, Dimension::Version]);
    let total = &funnel.total;
    assert_eq!((total.enrolled, total.shares, total.referrers), (2, 2, 1));
    assert_eq!((total.clicks, total.uncounted_clicks, funnel.visitors), (2, 1, Some(2)));
    assert_eq!((total.leads, total.leads_qualified, total.qualified, total.conversions), (3, 2, 2, 2));
    assert_eq!(total.revenue.get("EUR"), Some(&9_000));
    assert_eq!(funnel.rates.conversion, Ratio::of(2, 3));
    assert_eq!(funnel.rates.activation, Ratio::of(1, 2));
    assert_eq!(funnel.rates.reversal, Ratio::of(0, 2));
    assert_eq!(funnel.ratios.qualified_to_leads, Ratio::of(2, 3));
    assert_eq!(funnel.ratios.visitors_to_referrers, Ratio::of(2, 1));
    assert_eq!(funnel.days.len(), 31);
    let by_day: Vec<_> =
        funnel.days.iter().take(3).map(|day| (day.visitors, day.stage.leads_qualified, day.stage.qualified)).collect();
    assert_eq!(by_day, [(2, 2, 1), (0, 0, 0), (0, 0, 1)]);
    let channel = |member: &str| funnel.breakdowns.iter().find(|broken| broken.member == member).unwrap();
    assert_eq!(
        (channel("whatsapp").stage.clicks, channel("whatsapp").stage.shares, channel("email").stage.shares),
        (2, 1, 1)
    );
    assert_eq!((channel("1").by, channel("1").stage.leads), (Dimension::Version, 3));
    let euros = funnel.balances["EUR"];
    assert_eq!((euros.at_end.held, euros.at_end.owed, euros.at_end.granted), (900, 1_600, 2_500));
    assert_eq!(euros.at_end.liability, 2_500);
}

#[test]
fn a_window_is_half_open_and_a_rate_over_nothing_is_not_there() {
    let program = busy();
    let third = funnel(&program, "2026-05-03", "2026-05-04", Vec::new());
    assert_eq!((third.total.leads, third.total.qualified, third.visitors), (0, 1, Some(0)));
    assert_eq!((third.rates.conversion, third.ratios.qualified_to_leads), (None, None));
    assert_eq!((third.balances["EUR"].change.held, third.balances["EUR"].at_end.held), (100, 900));
    let before = funnel(&program, "2026-05-01", "2026-05-03", Vec::new());
    assert_eq!((before.total.qualified, before.visitors, before.visitors_ever), (1, None, 2));
    assert_eq!((before.balances["EUR"].change.held, before.balances["EUR"].at_end.held), (800, 800));
}

#[test]
fn a_window_that_is_empty_or_endless_is_refused() {
    let program = busy();
    for (from, until) in [("2026-05-01", "2026-05-01"), ("2026-05-02", "2026-05-01"), ("2020-05-01", "2026-05-01")] {
        let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
        let asked = ShowFunnel { campaign: slug(), from, until, by: Vec::new() };
        assert_eq!(try_ask(&program, asked).unwrap_err().code(), "invalid_command");
    }
}

/// Five referrers with 3, 2, 2, 2 and 1 leads; `r1` to `r3` reached two in that order; `r5` has none.
fn race() -> Program {
    let mut program = Program::with(campaign());
    let codes: Vec<String> = (0..6).map(|number| program.enrol(&format!("r{number}"))).collect();
    for (referrer, leads) in [(0, 3), (4, 1), (1, 2), (2, 2), (3, 2)] {
        for lead in 0..leads {
            program.wait(1);
            program.lead(&format!("i{referrer}-{lead}"), &codes[referrer]);
        }
    }
    program
}

fn board(program: &Program, begin: Value, limit: u32) -> Leaderboard {
    let question =
        json!({"show_leaderboard": {"campaign": "spring", "metric": "leads", "begin": begin, "limit": limit}});
    match ask(program, serde_json::from_value::<AnyQuestion>(question).unwrap()) {
        AnyAnswer::ShowLeaderboard(board) => *board,
        other => panic!("{other:?}"),
    }
}

fn ranks(board: &Leaderboard) -> Vec<(u64, i64)> {
    board.places.iter().map(|place| (place.rank, place.value)).collect()
}

#[test]
fn ranks_are_the_same_on_every_page_size_and_who_was_there_first_stands_first() {
    let program = race();
    let whole = board(&program, json!("top"), 10);
    assert_eq!(ranks(&whole), [(1, 3), (2, 2), (2, 2), (2, 2), (5, 1)]);
    assert!(whole.places.windows(2).all(|two| two[0].value > two[1].value || two[0].reached_at <= two[1].reached_at));
    for size in 1..=4 {
        let mut page = board(&program, json!("top"), size);
        let mut places = page.places.clone();
        while let Some(next) = page.next {
            page = board(&program, json!({"after": next}), size);
            places.extend(page.places.clone());
        }
        assert_eq!(places, whole.places, "pages of {size}");
    }
}

#[test]
fn a_leaderboard_begins_with_whoever_asks_and_is_empty_for_those_without_a_place() {
    let program = race();
    assert_eq!(ranks(&board(&program, json!({"at": {"host": "r2"}}), 3)), [(2, 2), (2, 2), (5, 1)]);
    assert_eq!(ranks(&board(&program, json!({"at": {"host": "r0"}}), 1)), [(1, 3)]);
    assert_eq!(ranks(&board(&program, json!({"at": {"host": "r5"}}), 3)), []);
}

#[test]
fn a_leaderboard_of_what_no_referrer_has_is_refused() {
    let program = race();
    for (metric, unit) in [("visitors", ""), ("revenue", ""), ("leads", "EUR")] {
        let question = json!({"show_leaderboard": {"campaign": "spring", "metric": metric, "unit": unit}});
        let asked = try_ask(&program, serde_json::from_value::<AnyQuestion>(question).unwrap());
        assert_eq!(asked.unwrap_err().code(), "invalid_command", "{metric}");
    }
}

#[test]
fn a_month_has_a_leaderboard_of_its_own() {
    let mut program = race();
    program.wait(31 * 24);
    let code = program.enrol("r5");
    program.lead("late", &code);
    let question =
        json!({"show_leaderboard": {"campaign": "spring", "metric": "leads", "period": {"month": "2026-06"}}});
    match ask(&program, serde_json::from_value::<AnyQuestion>(question).unwrap()) {
        AnyAnswer::ShowLeaderboard(board) => assert_eq!(ranks(&board), [(1, 1)]),
        other => panic!("{other:?}"),
    }
}

fn participant(program: &Program, host_id: &str) -> referral_core::report::ParticipantReport {
    let (referrals, rewards) = (PageOf::default(), PageOf::default());
    ask(program, ShowParticipant { campaign: slug(), participant: who(host_id), referrals, rewards })
}

#[test]
fn a_participant_sees_links_referrals_rewards_balances_and_what_is_missing() {
    let mut program = busy();
    let code = program.enrol("ada");
    let ada = participant(&program, "ada");
    let enrolment = ada.enrolment.unwrap();
    assert_eq!((enrolment.code, enrolment.shares, enrolment.qualified), (code, 2, 2));
    let (outcome, _) = program.run(json!({"enrol": {"campaign": "spring", "person": {"host_id": "ada"}}}));
    let referral_core::command::AnyOutcome::Enrolled(enrolled) = outcome else { panic!("{outcome:?}") };
    assert_eq!(enrolment.links[0].link, enrolled.link);
    assert_eq!(enrolment.links.len(), 2);
    program.run(json!({"create_code": {"campaign": "spring", "participant": {"host": "ada"}, "vanity": "ADA-LOVE"}}));
    assert_eq!(participant(&program, "ada").enrolment.unwrap().codes.len(), 2);
    assert_eq!(ada.referrals.referrals.len(), 2);
    let rewarded: Vec<_> = ada.referrals.referrals.iter().map(|referral| referral.rewards.len()).collect();
    assert_eq!(rewarded, [2, 2]);
    assert_eq!(ada.rewards.rewards.len(), 3);
    let euros = ada.balances["EUR"];
    assert_eq!((euros.balances.held, euros.balances.owed, euros.debt), (900, 100, 0));
    let progress: Vec<_> = ada.progress.iter().map(|rule| (rule.rule.to_string(), rule.have, rule.missing)).collect();
    assert_eq!(progress, [("three".to_owned(), 2, Some(1)), ("levels".to_owned(), 2, Some(3))]);
    let levels: Vec<_> = ada.progress[1].levels.iter().map(|level| (level.at, level.missing, level.reward)).collect();
    assert_eq!(levels, [(1, 0, Some(RewardState::Due)), (5, 3, None)]);
    let bob = participant(&program, "bob");
    assert_eq!((bob.enrolment, bob.referred.map(|referral| referral.referrer)), (None, Some(ada.participant)));
}

#[test]
fn what_is_due_held_and_flagged_is_listed_page_by_page() {
    let mut program = busy();
    let list = |program: &Program, state| {
        let page = PageOf { after: None, limit: 2 };
        ask(program, ListRewards { campaign: slug(), state, page })
    };
    let due = list(&program, RewardState::Due);
    assert_eq!(due.rewards.len(), 2);
    let page = PageOf { after: due.next, limit: 10 };
    let rest = ask(&program, ListRewards { campaign: slug(), state: RewardState::Due, page });
    assert_eq!((rest.rewards.len(), rest.next), (2, None));
    let held = list(&program, RewardState::Pending);
    assert!(held.rewards.iter().all(|reward| reward.hold.is_some() && reward.held_until.is_some()));
    let queue = |program: &Program| {
        let moderation = Some(Moderation::Flagged);
        ask(program, ListReferrals { campaign: slug(), moderation, page: PageOf::default() }).referrals
    };
    assert_eq!(queue(&program).len(), 0);
    program.run(json!({"moderate": {"campaign": "spring", "invitee": {"host": "bob"}, "moderation": "flagged"}}));
    assert_eq!(queue(&program).len(), 1);
}

#[test]
fn a_referral_is_shown_with_its_conversions_and_all_its_rewards() {
    let program = busy();
    let bob = ask(&program, ShowReferral { campaign: slug(), invitee: who("bob"), lead: None });
    assert_eq!((bob.rewards.len(), bob.conversions.len()), (2, 1));
    assert_eq!(bob.conversions[0].refunded.unwrap().to_string(), "40.00 EUR");
    let unknown = ShowReferral { campaign: slug(), invitee: who("ada"), lead: None };
    assert_eq!(try_ask(&program, unknown).unwrap_err().code(), "not_found");
}

fn reward(program: &Program, rule: &str, quantity: i64) -> RewardKey {
    let mut rewards = program.rewards().into_iter();
    rewards.find(|reward| reward.rule.as_str() == rule && reward.quantity == quantity).unwrap().key()
}

#[test]
fn a_reward_explains_itself_by_its_decisions_and_its_entries_in_order() {
    let program = busy();
    let thanks = reward(&program, "thanks", 400);
    let why = ask(&program, Explain { what: Unexplained::Reward(thanks) });
    assert!(
        why.summary.starts_with("4.00 EUR is pending, held for `refund_window` until 2026-05-31"),
        "{}",
        why.summary
    );
    let did: Vec<_> = why.entries.iter().map(|entry| (entry.did.as_str(), entry.amount.to_string())).collect();
    assert_eq!(did, [("grant", "8.00 EUR".to_owned()), ("adjust", "4.00 EUR".to_owned())]);
    let texts: Vec<_> = why.decisions.iter().flat_map(|decision| &decision.findings).map(|found| &found.text).collect();
    assert_eq!(
        texts,
        [
            "8.00 EUR was granted under rule `thanks`",
            "the reward under rule `thanks` is held: refund_window",
            "the reward under rule `thanks` followed its base to 4.00 EUR: refund",
        ]
    );
    assert!(matches!(why.decisions[1].of, DecisionOf::Refund(_)));
}

#[test]
fn referrals_conversions_refunds_and_commands_explain_themselves() {
    let mut program = busy();
    let explain = |program: &Program, what: Value| {
        let question = json!({"explain": {"what": what}});
        match try_ask(program, serde_json::from_value::<AnyQuestion>(question).unwrap()) {
            Ok(AnyAnswer::Explain(why)) => *why,
            other => panic!("{other:?}"),
        }
    };
    let referral = explain(&program, json!({"referral": {"campaign": "spring", "invitee": {"host": "bob"}}}));
    assert!(referral.summary.starts_with("the referral is qualified, by code"), "{}", referral.summary);
    assert_eq!((referral.decisions.len(), referral.entries.len()), (3, 3));
    let lead = &referral.decisions[0];
    assert!(matches!(lead.of, DecisionOf::Command(_)));
    assert_eq!(lead.findings[0].text, "the referral was attributed by code");
    let conversion = explain(&program, json!({"conversion": {"source": "shop", "event": "order-1"}}));
    let texts: Vec<_> = conversion.decisions[0].findings.iter().map(|found| found.text.as_str()).collect();
    assert!(texts.contains(&"the referral qualified"), "{texts:?}");
    let refund = explain(&program, json!({"refund": {"source": "shop", "event": "order-1", "refund": "refund-1"}}));
    assert_eq!(refund.summary, "40.00 EUR were refunded");
    let command: referral_core::command::AnyCommand = serde_json::from_value(json!({"record_lead": {
        "campaign": "spring", "person": {"host_id": "bob"}, "evidence": {"referrer": {"host": "eve"}},
    }}))
    .unwrap();
    let receipt = program.execute(command).unwrap();
    let declined = explain(&program, json!({"command": receipt.key}));
    assert_eq!(declined.summary, "the command `record_lead` was declined: `already_referred`");
}

#[test]
fn answers_survive_json_under_the_names_of_their_questions() {
    let mut program = busy();
    let message = json!({"source": "shop", "body": "e30=", "code": "field_missing", "problem": ""});
    let (kept, _) = program.run(json!({ "keep_letter": message }));
    let letter = serde_json::to_value(kept).unwrap()["letter_kept"]["letter"].clone();
    let questions = [
        json!({"list_campaigns": {}}),
        json!({"show_campaign": {"campaign": "spring"}}),
        json!({"show_funnel": {"campaign": "spring", "from": "2026-05-01", "until": "2026-05-08", "by": ["channel"]}}),
        json!({"show_motivators": {"campaign": "spring", "from": "2026-05-01", "until": "2026-05-08"}}),
        json!({"show_leaderboard": {"campaign": "spring", "metric": "revenue", "unit": "EUR"}}),
        json!({"show_participant": {"campaign": "spring", "participant": {"host": "ada"}}}),
        json!({"show_lookup": {"token": "x"}}),
        json!({"show_my_referrals": {"campaign": "spring", "participant": {"host": "ada"}}}),
        json!({"show_share_kit": {"campaign": "spring", "participant": {"host": "ada"}}}),
        json!({"show_landing": {"link": "K7F3M", "campaign": "spring", "language": "de", "total": "50 EUR"}}),
        json!({"find_participant": {"participant": {"email": "nobody@shop.example"}}}),
        json!({"show_digest": {"campaign": "spring", "participant": {"host": "ada"}}}),
        json!({"list_digest_marks": {"campaign": "spring"}}),
        json!({"show_referral": {"campaign": "spring", "invitee": {"host": "bob"}}}),
        json!({"show_touch_shares": {"campaign": "spring", "from": "2026-05-01", "until": "2026-05-08", "model": "decay", "by": "channel"}}),
        json!({"show_merge": {"one": {"host": "ada"}, "other": {"host": "bob"}}}),
        json!({"list_referrals": {"campaign": "spring"}}),
        json!({"show_ancestors": {"campaign": "spring", "participant": {"host": "bob"}}}),
        json!({"show_descendants": {"campaign": "spring", "participant": {"host": "ada"}, "level": 1}}),
        json!({"show_tree": {"campaign": "spring", "participant": {"host": "ada"}}}),
        json!({"show_reward": {"reward": reward(&program, "thanks", 400)}}),
        json!({"list_rewards": {"campaign": "spring", "state": "due"}}),
        json!({"list_refused": {"campaign": "spring", "because": "limit_reached"}}),
        json!({"list_deliveries": {"subscriber": "crm", "state": "waiting"}}),
        json!({"list_letters": {}}),
        json!({"show_letter": {"letter": letter}}),
        json!({"show_retention": {}}),
        json!({"explain": {"what": {"conversion": {"source": "shop", "event": "order-1"}}}}),
    ];
    assert_eq!(questions.len(), AnyQuestion::NAMES.len());
    for (asked, name) in questions.into_iter().zip(AnyQuestion::NAMES) {
        let question: AnyQuestion = serde_json::from_value(asked).unwrap();
        assert_eq!(question.name(), *name);
        let answer = serde_json::to_value(ask(&program, question)).unwrap();
        assert!(answer.get(name).is_some_and(|answer| !answer.is_null()), "{name}");
        let read: AnyAnswer = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), answer, "{name}");
    }
}
