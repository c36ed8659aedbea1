//! Scenes for what chance would hardly meet: bounds that are reached after dozens or hundreds of steps.

use chrono::TimeDelta;
use referral_core::command::{AnyOutcome, Outcome, Reason, Who};
use referral_core::engine::drive;
use referral_core::link::LookupToken;
use referral_core::notify::{Acknowledge, HandOver, Lease, Leased, Mail, Schedule};
use referral_core::record::{Kind, Record, RecordKind};
use referral_core::store::{Listing, Store, Stored};
use referral_core::value::{Span, SubscriberName, TenantId};
use serde_json::json;

use crate::check;
use crate::coverage::Coverage;
use crate::stage::Stage;

/// A person is referred in more campaigns than are handled.
fn many_campaigns(stage: &mut Stage) -> Result<(), String> {
    for number in 0..65 {
        let name = format!("c{number}");
        stage.define(&name, &json!([]))?;
        let code = stage.enrol(&name, "ada")?;
        stage.lead(&name, "bob", &code)?;
    }
    Ok(())
}

/// A person comes again and again after the window of each lead, more often than is handled.
fn many_leads(stage: &mut Stage) -> Result<(), String> {
    let definition = json!({"name": "again", "link_host": "go.example.com", "qualification": {"window": "1 hour"}});
    stage.say(json!({"define_campaign": {"definition": definition}}))?;
    let codes = [stage.enrol("again", "ada")?, stage.enrol("again", "ben")?];
    for number in 0..17 {
        let code = codes.get(number % 2).ok_or("a code")?;
        stage.lead("again", "bob", code)?;
        stage.now = stage.now.plus(TimeDelta::hours(2));
    }
    Ok(())
}

/// More people turn out to be one than are handled.
fn many_merged(stage: &mut Stage) -> Result<(), String> {
    stage.define("merged", &json!([]))?;
    for number in 0..18 {
        stage.enrol("merged", &format!("p{number}"))?;
        stage.now = stage.now.plus(TimeDelta::minutes(1));
    }
    for number in 1..18 {
        let other = json!({"host": format!("p{number}")});
        stage.say(json!({"merge_people": {"one": {"host": "p0"}, "other": other}}))?;
    }
    Ok(())
}

/// A conversion is refunded more often than is handled.
fn many_refunds(stage: &mut Stage) -> Result<(), String> {
    stage.buy("bob", "o1")?;
    for number in 0..33 {
        let amount = json!({"amount": "0.01 EUR"});
        let refund = json!({"source": "shop", "event": "o1", "refund": format!("r{number}"), "amount": amount});
        stage.say(json!({"record_refund": refund}))?;
    }
    Ok(())
}

/// A referral has more orders than are handled.
fn many_orders(stage: &mut Stage) -> Result<(), String> {
    let rule = json!({"id": "r", "to": "referrer", "on": "purchase", "give": {"flat": "1 EUR"}});
    stage.define("many", &json!([rule]))?;
    let code = stage.enrol("many", "ada")?;
    stage.lead("many", "bob", &code)?;
    (0..257).try_for_each(|number| stage.buy("bob", &format!("o{number}")))
}

/// A reward is not claimed in time, and a code brings as many as it may.
fn unclaimed(stage: &mut Stage) -> Result<(), String> {
    let rule = json!({"id": "r", "to": "both", "on": "joined", "give": {"flat": "1 EUR"}, "expires": "1 day"});
    stage.define("short", &json!([rule]))?;
    stage.enrol("short", "ada")?;
    let code = json!({"campaign": "short", "participant": {"host": "ada"}, "vanity": "ADA-ONLY-ONCE", "max_uses": 1});
    stage.say(json!({"create_code": code}))?;
    stage.lead("short", "bob", "ADA-ONLY-ONCE")?;
    stage.lead("short", "cyd", "ADA-ONLY-ONCE")?;
    stage.now = stage.now.plus(TimeDelta::days(1));
    fire_timers(stage)
}

/// Fires all timers, which are due.
fn fire_timers(stage: &mut Stage) -> Result<(), String> {
    let due = stage.store.list(&TenantId::default(), &Listing::TimersDue { until: stage.now }.first(10));
    for stored in due.map_err(|error| error.to_string())?.rows {
        if let Record::Timer(timer) = stored.record {
            stage.say(json!({"fire_timer": {"timer": timer.key()}}))?;
        }
    }
    let left = stage.store.list(&TenantId::default(), &Listing::All(Kind::Timer).first(10));
    if left.is_ok_and(|left| left.rows.is_empty()) { Ok(()) } else { Err("a timer is left".to_owned()) }
}

/// Points are handed over, and are not used in time.
fn unused(stage: &mut Stage) -> Result<(), String> {
    let give = json!({"units": 10, "unit": "points"});
    let rule = json!({"id": "r", "to": "referrer", "on": "joined", "give": give, "redeem_within": "1 day"});
    stage.define("points", &json!([rule]))?;
    let code = stage.enrol("points", "ada")?;
    stage.lead("points", "bob", &code)?;
    let rewards = stage.store.list(&TenantId::default(), &Listing::All(Kind::Reward).first(10));
    let rewards = rewards.map_err(|error| error.to_string())?.rows;
    let Some(Record::Reward(reward)) = rewards.first().map(|stored| stored.record.clone()) else {
        return Err("no reward".to_owned());
    };
    for to in [json!({"issue": "t"}), json!({"redeem": 4})] {
        stage.say(json!({"move_reward": {"reward": reward.key(), "to": to}}))?;
    }
    stage.now = stage.now.plus(TimeDelta::days(1));
    fire_timers(stage)?;
    stage.say(json!({"move_reward": {"reward": reward.key(), "to": {"redeem": 6}}})).map(drop)
}

/// More letters come than are kept; one is closed twice, and the rest go with a person.
fn many_letters(stage: &mut Stage) -> Result<(), String> {
    stage.define("told", &json!([]))?;
    stage.enrol("told", "ada")?;
    stage.say(json!({"set_retention": {"most_letters": 3}}))?;
    let mut letters = Vec::new();
    for number in 0..4 {
        let message = json!({"source": "shop", "body": format!("AA{number:02}"), "code": "not_found", "problem": "",
            "people": [{"host": "ada"}]});
        let receipt = stage.say(json!({ "keep_letter": message }))?;
        if let Outcome::Accepted(AnyOutcome::LetterKept(kept)) = receipt.outcome {
            letters.push(kept.letter);
        }
    }
    let first = letters.first().ok_or("no letter is kept")?;
    for _ in 0..2 {
        stage.say(json!({"set_letter_state": {"letter": first, "state": "replayed"}}))?;
    }
    let entropy = stage.new_entropy("drop letters");
    let who = Who::Host(referral_core::value::HostId::new("ada").map_err(|error| error.to_string())?);
    let mut operation = stage.engine.drop_letters(TenantId::default(), who, stage.now, entropy);
    let dropped = drive(&stage.store, &mut operation).map_err(|error| error.to_string())?;
    if (letters.len(), dropped) == (3, 2) { Ok(()) } else { Err(format!("{dropped} of {} letters", letters.len())) }
}

/// A worker is so slow that another one gets what it had leased.
fn slow_worker(stage: &mut Stage) -> Result<(), String> {
    stage.say(json!({"subscribe": {"subscriber": "crm", "kinds": ["participant.enrolled"]}}))?;
    stage.define("told", &json!([]))?;
    stage.enrol("told", "ada")?;
    let slow = lease(stage)?;
    stage.now = stage.now.plus(TimeDelta::hours(2));
    let quick = lease(stage)?;
    for (leased, is_lost) in [(slow, true), (quick, false)] {
        let subscriber = subscriber()?;
        let deliveries = leased.notices.iter().map(|notice| (notice.id, HandOver::Delivered)).collect();
        let task = Acknowledge { subscriber, lease: leased.lease, deliveries, schedule: Schedule::default() };
        let entropy = stage.new_entropy("acknowledge");
        let mut operation = stage.engine.run(TenantId::default(), task, stage.now, entropy);
        let outcomes = drive(&stage.store, &mut operation).map_err(|error| error.to_string())?;
        for outcome in &outcomes {
            match outcome {
                Outcome::Declined(reason) => stage.coverage.found(*reason),
                Outcome::Accepted(_) if is_lost => return Err("two workers have one delivery".to_owned()),
                Outcome::Accepted(_) => {}
            }
        }
        if outcomes.len() != 1 {
            return Err(format!("{} deliveries where one was due", outcomes.len()));
        }
    }
    Ok(())
}

/// Somebody asks too often; a token is tried wrong, late, and twice.
fn lookups(stage: &mut Stage) -> Result<(), String> {
    stage.define("seen", &json!([]))?;
    stage.say(json!({"enrol": {"campaign": "seen", "person": {"email": "ada@shop.example"}}}))?;
    for email in ["ada@shop.example", "bob@shop.example"] {
        for _ in 0..6 {
            stage.say(json!({"request_lookup": {"campaign": "seen", "email": email}}))?;
        }
    }
    for token in tokens(stage)? {
        let wrong: String = token.chars().take(43).chain([if token.ends_with('A') { 'B' } else { 'A' }]).collect();
        for token in [&wrong, &token, &token] {
            stage.say(json!({"open_lookup": {"token": token}}))?;
        }
    }
    stage.now = stage.now.plus(TimeDelta::hours(24));
    stage.say(json!({"request_lookup": {"campaign": "seen", "email": "ada@shop.example"}}))?;
    stage.now = stage.now.plus(TimeDelta::minutes(15));
    tokens(stage)?.into_iter().try_for_each(|token| stage.say(json!({"open_lookup": {"token": token}})).map(drop))
}

/// Nothing is added to a person who was erased, and the same email is somebody new.
fn erased(stage: &mut Stage) -> Result<(), String> {
    stage.define("gone", &json!([]))?;
    let ada = |stage: &mut Stage| stage.say(json!({"enrol": {"campaign": "gone", "person": {"email": "a@b.example"}}}));
    let enrolled = ada(stage)?.outcome;
    let Outcome::Accepted(AnyOutcome::Enrolled(first)) = enrolled else { return Err(format!("{enrolled:?}")) };
    let who = json!({"id": first.participant});
    for again in [false, true] {
        let receipt = stage.say(json!({"erase_person": {"participant": who}}))?;
        let Outcome::Accepted(AnyOutcome::PersonErased(erased)) = receipt.outcome else {
            return Err("kept".to_owned());
        };
        if erased.already != again {
            return Err(format!("{erased:?}"));
        }
    }
    let added = stage.say(json!({"add_alias": {"participant": who, "email": "c@d.example"}}))?;
    let second = ada(stage)?.outcome;
    match (added.outcome, second) {
        (Outcome::Declined(Reason::PersonErased), Outcome::Accepted(AnyOutcome::Enrolled(second)))
            if second.participant != first.participant =>
        {
            Ok(())
        }
        other => Err(format!("{other:?}")),
    }
}

/// Somebody unsubscribes before the mail is handed over; somebody else, who did not, is written to.
fn unsubscribed(stage: &mut Stage) -> Result<(), String> {
    let mailer = json!({"subscriber": "crm", "kinds": ["participant.enrolled"], "purpose": "mail"});
    stage.say(json!({"subscribe": mailer}))?;
    stage.define("told", &json!([]))?;
    for person in ["ada", "bob"] {
        stage.enrol("told", person)?;
    }
    let tokens: Vec<String> =
        lease(stage)?.notices.into_iter().filter_map(|notice| notice.mail).map(token_of).collect();
    let token = tokens.first().ok_or("no mail was handed over")?;
    stage.now = stage.now.plus(TimeDelta::hours(2));
    stage.say(json!({"unsubscribe": {"recipient": {"token": token}}}))?;
    let Leased { notices, void, .. } = lease(stage)?;
    if (tokens.len(), notices.len(), void) != (2, 1, 1) {
        return Err(format!("{} mails, then {}, and {void} to nobody", tokens.len(), notices.len()));
    }
    stage.say(json!({"resubscribe": {"participant": {"host": "ada"}}})).map(drop)
}

fn token_of(mail: Mail) -> String {
    mail.unsubscribe_token.0
}

/// The tokens of all lookups.
fn tokens(stage: &Stage) -> Result<Vec<String>, String> {
    let tenant = TenantId::default();
    let all = stage.store.list(&tenant, &Listing::All(Kind::Lookup).first(100)).map_err(|error| error.to_string())?;
    let token = |stored: Stored| match stored.record {
        Record::Lookup(lookup) => Some(LookupToken::derive(stage.engine.keyring(), &tenant, lookup.lookup).expose()),
        _ => None,
    };
    Ok(all.rows.into_iter().filter_map(token).collect())
}

fn lease(stage: &mut Stage) -> Result<Leased, String> {
    let (lease_for, schedule) = (Span::hours(1), Schedule::default());
    let task = Lease { subscriber: subscriber()?, most: 10, lease_for, schedule };
    let entropy = stage.new_entropy("lease");
    let mut operation = stage.engine.run(TenantId::default(), task, stage.now, entropy);
    drive(&stage.store, &mut operation).map_err(|error| error.to_string())
}

fn subscriber() -> Result<SubscriberName, String> {
    SubscriberName::new("crm").map_err(|error| error.to_string())
}

type Scene = fn(&mut Stage) -> Result<(), String>;

const SCENES: [(&str, Scene); 12] = [
    ("many merged", many_merged),
    ("many leads", many_leads),
    ("unsubscribed", unsubscribed),
    ("erased", erased),
    ("lookups", lookups),
    ("slow worker", slow_worker),
    ("many campaigns", many_campaigns),
    ("many refunds", many_refunds),
    ("many orders", many_orders),
    ("unclaimed", unclaimed),
    ("unused", unused),
    ("many letters", many_letters),
];

/// Plays every scene: what occurred, and what did not hold.
#[must_use]
pub fn play() -> (Coverage, Vec<String>) {
    let (mut coverage, mut failures) = (Coverage::default(), Vec::new());
    for (name, scene) in SCENES {
        let played = Stage::new().map_err(|error| error.to_string()).and_then(|mut stage| {
            scene(&mut stage)?;
            coverage.absorb(std::mem::take(&mut stage.coverage));
            let found = check::check(&stage.store, &[TenantId::default()]);
            found.failures.into_iter().next().map_or(Ok(()), Err)
        });
        failures.extend(played.err().map(|problem| format!("{name}: {problem}")));
    }
    (coverage, failures)
}
