//! Which share each touch has in a referral: what is kept of a visitor's touches with the evidence, and that all of it adds up.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{AnyCommand, AnyOutcome, HostFacts};
use referral_core::engine::drive;
use referral_core::record::{Kind, Record};
use referral_core::report::{
    PageOf, ReferralTouches, ShowTouchShares, TouchDimension, TouchShares, TouchSpread, WHOLE,
};
use referral_core::value::TenantId;
use serde_json::json;

/// A program in which `ada` and `eve` are enrolled, in two campaigns.
fn program() -> Program {
    let mut program = Program::with(json!({"attribution": {"window": "30 days"}}));
    program.run(json!({"define_campaign": {"definition": {"name": "other", "link_host": "go.example.com"}}}));
    for host in ["ada", "eve"] {
        program.enrol(host);
        program.run(json!({"enrol": {"campaign": "other", "person": {"host_id": host}}}));
    }
    program
}

fn link(program: &mut Program, campaign: &str, host: &str, channel: &str) -> String {
    let link = json!({"campaign": campaign, "participant": {"host": host}, "channel": channel,
        "utm": {"source": channel, "campaign": "may", "term": "shoes"}});
    match program.run(json!({"create_link": link})).0 {
        AnyOutcome::LinkCreated(created) => created.link,
        other => panic!("{other:?}"),
    }
}

fn click(program: &mut Program, link: &str, visitor: &str) {
    program.run(json!({"record_click": {"link": link, "visitor": visitor}}));
}

fn lead(program: &mut Program, host: &str, evidence: serde_json::Value) {
    let lead = json!({"campaign": "spring", "person": {"host_id": host}, "evidence": evidence});
    program.run(json!({"record_lead": lead}));
}

fn shares(program: &Program, model: TouchSpread, by: TouchDimension, page: PageOf) -> TouchShares {
    let (from, until) = ("2026-05-01".parse().unwrap(), "2026-08-01".parse().unwrap());
    let asked = ShowTouchShares { campaign: "spring".parse().unwrap(), from, until, model, by, page };
    let shares = drive(&program.store, &mut program.engine.ask(TenantId::default(), asked, program.now)).unwrap();
    for referral in &shares.referrals {
        assert_eq!(referral.shares.iter().map(|share| share.millionths).sum::<u32>(), WHOLE);
    }
    let leads: i64 = shares.sums.iter().map(|sum| sum.leads).sum();
    assert_eq!(leads, i64::from(WHOLE) * shares.referrals.len() as i64);
    shares
}

fn shown(referral: &ReferralTouches) -> Vec<(&str, u32)> {
    referral.shares.iter().map(|share| (share.member.as_deref().unwrap_or("-"), share.millionths)).collect()
}

fn kept(program: &Program) -> Vec<serde_json::Value> {
    let kept = |record| match record {
        Record::EvidenceTouches(kept) => Some(serde_json::to_value(kept.touches).unwrap()),
        _ => None,
    };
    program.all(Kind::EvidenceTouches).into_iter().filter_map(kept).collect()
}

#[test]
fn touches_before_the_lead_share_it_by_channel_and_by_campaign() {
    let mut program = program();
    let links = [("spring", "ada", "print"), ("other", "eve", "email"), ("spring", "ada", "whatsapp")];
    let links: Vec<String> =
        links.iter().map(|(campaign, host, channel)| link(&mut program, campaign, host, channel)).collect();
    // The first lies outside the window of attribution by the time of the lead.
    let old = link(&mut program, "spring", "eve", "sms");
    click(&mut program, &old, "v1");
    program.wait(20 * 24);
    click(&mut program, &links[0], "v1");
    program.wait(7 * 24);
    click(&mut program, &links[1], "v1");
    program.wait(7 * 24);
    click(&mut program, &links[2], "v1");
    lead(&mut program, "bob", json!({"visitor": "v1"}));
    let of = |model, by| shares(&program, model, by, PageOf::default());
    use TouchDimension::{Campaign, Channel, Referrer, UtmCampaign, UtmSource};
    use TouchSpread::{Decay, Linear, Position};
    let found = of(Linear, Channel);
    assert_eq!(found.referrals[0].touches, 3);
    assert_eq!(shown(&found.referrals[0]), [("print", 333_334), ("email", 333_333), ("whatsapp", 333_333)]);
    assert_eq!(
        shown(&of(Position, Channel).referrals[0]),
        [("print", 400_000), ("email", 200_000), ("whatsapp", 400_000)]
    );
    assert_eq!(
        shown(&of(Decay, Channel).referrals[0]),
        [("print", 142_857), ("email", 285_714), ("whatsapp", 571_429)]
    );
    assert_eq!(shown(&of(Position, Campaign).referrals[0]), [("1", 800_000), ("2", 200_000)]);
    assert_eq!(
        shown(&of(Position, UtmSource).referrals[0]),
        [("print", 400_000), ("email", 200_000), ("whatsapp", 400_000)]
    );
    assert_eq!(shown(&of(Linear, UtmCampaign).referrals[0]), [("may", 1_000_000)]);
    assert_eq!(of(Linear, Referrer).referrals[0].shares.len(), 2);
    let stored = serde_json::to_string(&kept(&program)).unwrap();
    assert!(!stored.contains("shoes") && !stored.contains("2026"), "neither terms nor times: {stored}");
}

#[test]
fn a_single_touch_that_decided_is_kept_on_the_lead_alone() {
    let mut program = program();
    let only = link(&mut program, "spring", "ada", "print");
    click(&mut program, &only, "v1");
    lead(&mut program, "bob", json!({"visitor": "v1"}));
    let code = program.enrol("eve");
    lead(&mut program, "cleo", json!({"code": code}));
    assert!(kept(&program).is_empty());
    // What decided was a code of another referrer: the touch says more than the lead.
    click(&mut program, &only, "v2");
    lead(&mut program, "dan", json!({"code": code, "visitor": "v2"}));
    assert_eq!(kept(&program).len(), 1);
    let found = shares(&program, TouchSpread::Decay, TouchDimension::Channel, PageOf::default());
    let mut each: Vec<_> = found.referrals.iter().map(shown).collect();
    each.sort();
    assert_eq!(each, [[("-", WHOLE)], [("print", WHOLE)], [("print", WHOLE)]]);
    let sums: Vec<_> = found.sums.iter().map(|sum| (sum.member.as_deref(), sum.leads, sum.qualified)).collect();
    assert_eq!(sums, [(None, 1_000_000, 0), (Some("print"), 2_000_000, 0)]);
}

#[test]
fn the_last_sixteen_touches_are_kept_and_pages_add_up() {
    let mut program = program();
    let channels = ["print", "email", "sms", "x"];
    let links: Vec<String> = channels.iter().map(|channel| link(&mut program, "spring", "ada", channel)).collect();
    for number in 0..24 {
        click(&mut program, &links[number % 4], "v1");
        program.wait(1);
    }
    for host in ["bob", "cleo", "dan"] {
        lead(&mut program, host, json!({"visitor": "v1"}));
        program.wait(1);
    }
    program.run(json!({"qualify": {"campaign": "spring", "invitee": {"host": "cleo"}, "actor": "desk"}}));
    let (mut leads, mut qualified, mut found) = (0, 0, 0);
    let mut page = PageOf { after: None, limit: 2 };
    loop {
        let shares = shares(&program, TouchSpread::Decay, TouchDimension::Link, page.clone());
        assert!(shares.referrals.len() <= 2);
        // The first touch in a campaign is remembered beside the last sixteen, and of all the last sixteen are kept.
        assert!(shares.referrals.iter().all(|referral| referral.touches == 16));
        found += shares.referrals.len();
        leads += shares.sums.iter().map(|sum| sum.leads).sum::<i64>();
        qualified += shares.sums.iter().map(|sum| sum.qualified).sum::<i64>();
        match shares.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    assert_eq!((found, leads, qualified), (3, 3_000_000, 1_000_000));
}

#[test]
fn evidence_that_is_told_late_brings_the_touches_before_its_own_time() {
    let mut program = program();
    let (print, email) = (link(&mut program, "spring", "ada", "print"), link(&mut program, "spring", "ada", "email"));
    let start = program.now;
    click(&mut program, &print, "v1");
    program.wait(24);
    click(&mut program, &email, "v1");
    program.wait(24);
    lead(&mut program, "bob", json!({"visitor": "v1"}));
    let of = |program: &Program| {
        let found = shares(program, TouchSpread::Linear, TouchDimension::Channel, PageOf::default());
        shown(&found.referrals[0]).into_iter().map(|(member, share)| (member.to_owned(), share)).collect::<Vec<_>>()
    };
    assert_eq!(of(&program), [("print".to_owned(), 500_000), ("email".to_owned(), 500_000)]);
    // He had signed up an hour after the first touch, as is told now.
    let earlier =
        json!({"record_lead": {"campaign": "spring", "person": {"host_id": "bob"}, "evidence": {"visitor": "v1"}}});
    let earlier: AnyCommand = serde_json::from_value(earlier).unwrap();
    let at = Some(start.plus(chrono::TimeDelta::hours(1)));
    program.execute_with(earlier, HostFacts { at, ..HostFacts::default() }).unwrap();
    assert_eq!(of(&program), [("print".to_owned(), 1_000_000)]);
    assert!(program.audit().is_clean());
}
