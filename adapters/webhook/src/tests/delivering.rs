//! Deliveries from the outbox to receivers that fail, stall, redirect, and go away.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use referral_core::command::{DefineCampaign, Enrol, Person, Redeliver};
use referral_core::notify::{Notifier, Relayed, Retry, Schedule};
use referral_core::record::{DeliveryState, NotificationKind, Purpose};
use referral_core::report::PageOf;
use referral_core::value::{KeyState, Keyring, NotificationId, Secret, Timestamp};
use referrals::{CampaignModel, Clock, ManualClock, Referrals};

use super::support::{Message, Receiver, Reply, SECRET, endpoint, limits, notice};
use crate::{Endpoint, Limits, Options, Reach, SigningSecret, Webhook, sign};

const START: &str = "2026-05-01T09:00:00Z";

fn development(clock: &ManualClock) -> Options {
    let clock = clock.clone();
    Options::default().reach(Reach::PublicAndLoopback).limits(limits()).clock(move || clock.now())
}

fn clock() -> ManualClock {
    ManualClock::at(START.parse().unwrap())
}

fn open(endpoint: Endpoint, clock: &ManualClock) -> Webhook {
    Webhook::open(endpoint, &development(clock)).unwrap()
}

/// A program in memory whose `people` enrol while the webhook is subscribed.
fn enrolled(webhook: &Webhook, clock: &ManualClock, people: u32) -> Referrals {
    let keyring = Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([2; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
        .unwrap();
    let referrals = Referrals::builder(keyring).clock(clock.clone()).open("memory:").unwrap();
    referrals.execute(webhook.subscribe()).unwrap();
    let definition = CampaignModel::from_toml("name = \"spring\"\nlink_host = \"go.shop.example\"\n").unwrap();
    let campaign = definition.name.clone();
    referrals.execute(DefineCampaign::new(definition)).unwrap();
    for person in 0..people {
        referrals.execute(Enrol::new(&campaign, Person::by_host_id(&format!("person-{person}")).unwrap())).unwrap();
    }
    referrals
}

/// Relays until nothing is due.
fn relay(referrals: &Referrals, webhook: &Webhook) -> Relayed {
    let mut sum = Relayed::default();
    loop {
        let pass = referrals.relay(&webhook.lease(), webhook).unwrap();
        if pass == Relayed::default() {
            return sum;
        }
        sum.delivered += pass.delivered;
        sum.failed += pass.failed;
        sum.dead += pass.dead;
        assert_eq!(pass.lost, 0);
    }
}

fn status(status: u16) -> Reply {
    Reply::Status(status, String::new())
}

fn id(message: &Message) -> NotificationId {
    message.headers["webhook-id"].parse().unwrap()
}

fn seconds(message: &Message) -> i64 {
    message.headers["webhook-timestamp"].parse().unwrap()
}

fn is_signed(message: &Message) -> bool {
    let secret: SigningSecret = SECRET.parse().unwrap();
    let at = Timestamp::from_millis(seconds(message) * 1_000).unwrap();
    let signed = sign(&[secret], &message.headers["webhook-id"], at, &message.body).unwrap();
    message.headers["webhook-signature"] == signed.signature
}

/// Fails each message in another way, as often as follows from its id, and then takes it.
fn unreliable(trap: String) -> impl Fn(&Message) -> Reply + Send + Sync {
    let seen = Mutex::new(BTreeMap::<NotificationId, (usize, usize)>::new());
    move |message| {
        let mut seen = seen.lock().unwrap();
        let new = (seen.len(), 0);
        let (number, attempt) = *seen.entry(id(message)).and_modify(|(_, attempt)| *attempt += 1).or_insert(new);
        // The n-th message fails up to nine times: the schedule forgives no more.
        if attempt == number % 10 {
            return status(200);
        }
        match (number + attempt) % 11 {
            0 => Reply::Stall,
            1 => Reply::Status(307, format!("location: {trap}\r\n")),
            2 => Reply::Status(429, "retry-after: 7200\r\n".to_owned()),
            3 => Reply::Status(503, "retry-after: Sat, 02 May 2026 09:00:00 GMT\r\n".to_owned()),
            4 => Reply::Close,
            5 => Reply::Garbage,
            6 => Reply::HeaderFlood,
            7 => status(404),
            8 => Reply::Status(302, format!("location: {trap}\r\n")),
            9 => status(500),
            _ => Reply::Status(429, String::new()),
        }
    }
}

#[test]
fn every_notification_arrives_once_from_a_receiver_that_fails_in_every_way_and_when_the_schedule_says() {
    let trap = Receiver::new(|_| status(200));
    let receiver = Receiver::new(unreliable(trap.url()));
    let clock = clock();
    let webhook = open(endpoint(&receiver.url()), &clock);
    let referrals = enrolled(&webhook, &clock, 30);
    let (start, mut delivered) = (clock.now(), 0);
    // A minute at a time, for longer than the schedule and what the receiver asks for last.
    for minute in 0..130 * 60 {
        clock.set(start.plus(TimeDelta::minutes(minute)));
        let pass = relay(&referrals, &webhook);
        delivered += pass.delivered;
        assert_eq!(pass.dead, 0);
    }
    assert_eq!(delivered, 30);
    assert!(trap.take().is_empty(), "a redirect was followed");
    let mut attempts = BTreeMap::<NotificationId, Vec<i64>>::new();
    for message in receiver.take() {
        assert!(is_signed(&message) && message.line == "POST /hooks HTTP/1.1", "{message:?}");
        attempts.entry(id(&message)).or_default().push(seconds(&message));
    }
    assert_eq!(attempts.len(), 30, "none is lost");
    assert!(attempts.values().any(|times| times.len() == 10), "none took all its attempts");
    for (notification, times) in attempts {
        for (attempt, pair) in (1..).zip(times.windows(2)) {
            let wait = Schedule::default().wait(attempt, notification).unwrap().num_seconds();
            let asked = [7_200, start.plus(TimeDelta::days(1)).as_millis() / 1_000 - pair[0]];
            let on_time = |wait: i64| (wait..=wait + 60).contains(&(pair[1] - pair[0]));
            assert!(on_time(wait) || asked.into_iter().any(on_time), "{attempt}: {pair:?}, planned {wait}");
        }
    }
}

#[test]
fn what_was_taken_but_not_acknowledged_comes_again_and_then_no_more() {
    let receiver = Receiver::new(|_| status(204));
    let clock = clock();
    let webhook = open(endpoint(&receiver.url()), &clock);
    let referrals = enrolled(&webhook, &clock, 5);
    // A worker that dies with its lease, after the receiver has everything.
    let leased = referrals
        .run(|engine, occasion| engine.run(occasion.tenant, webhook.lease(), occasion.now, occasion.entropy))
        .unwrap();
    assert!(leased.notices.iter().all(|notice| webhook.notify(notice).is_ok()));
    assert_eq!(relay(&referrals, &webhook), Relayed::default());
    clock.set(leased.until);
    assert_eq!(relay(&referrals, &webhook).delivered, 5);
    clock.set(leased.until.plus(TimeDelta::days(10)));
    assert_eq!(relay(&referrals, &webhook), Relayed::default());
    let mut arrived = BTreeMap::new();
    for message in receiver.take() {
        *arrived.entry(id(&message)).or_insert(0) += 1;
    }
    assert_eq!(arrived.into_values().collect::<Vec<_>>(), [2; 5]);
}

#[test]
fn what_is_never_taken_is_tried_ten_times_within_75_hours_and_is_dead() {
    let receiver = Receiver::new(|_| status(500));
    let clock = clock();
    let webhook = open(endpoint(&receiver.url()), &clock);
    let referrals = enrolled(&webhook, &clock, 1);
    let (start, mut dead) = (clock.now(), 0);
    for minute in 0..90 * 60 {
        clock.set(start.plus(TimeDelta::minutes(minute)));
        dead += relay(&referrals, &webhook).dead;
    }
    let times: Vec<i64> = receiver.take().iter().map(seconds).collect();
    let hours = (times[9] - times[0]) / 3_600;
    assert_eq!((dead, times.len()), (1, 10));
    assert!((67..=83).contains(&hours), "75 hours, give or take a tenth: {hours}");
}

#[test]
fn an_endpoint_that_is_gone_is_left_alone_for_good() {
    let receiver = Receiver::new(|_| Reply::Status(410, "retry-after: 60\r\n".to_owned()));
    let clock = clock();
    let webhook = open(endpoint(&receiver.url()), &clock);
    let referrals = enrolled(&webhook, &clock, 30);
    assert_eq!(relay(&referrals, &webhook).dead, 30);
    assert!(webhook.is_gone());
    let campaign = "spring".parse().unwrap();
    let enrol = |person| referrals.execute(Enrol::new(&campaign, Person::by_host_id(person).unwrap())).unwrap();
    enrol("too late");
    clock.set(clock.now().plus(TimeDelta::days(10)));
    assert_eq!(relay(&referrals, &webhook), Relayed::default());
    assert_eq!(receiver.take().len(), 1);
    // Only the host's word brings it back.
    referrals.execute(webhook.subscribe()).unwrap();
    enrol("in time");
    assert_eq!(relay(&referrals, &open(endpoint(&receiver.url()), &clock)).dead, 1);
}

#[test]
fn the_log_holds_the_last_error_and_what_died_is_delivered_when_it_is_asked_for_again() {
    let broken = Arc::new(AtomicBool::new(true));
    let is_broken = broken.clone();
    let receiver = Receiver::new(move |_| status(if is_broken.load(Ordering::Acquire) { 500 } else { 200 }));
    let clock = clock();
    let webhook = open(endpoint(&receiver.url()), &clock);
    let referrals = enrolled(&webhook, &clock, 2);
    let log = |state| referrals.deliveries(webhook.id(), state, PageOf::default()).unwrap().deliveries;
    while let Some(next) = log(DeliveryState::Waiting).first() {
        clock.set(next.at.max(clock.now()));
        relay(&referrals, &webhook);
    }
    let dead = log(DeliveryState::Dead);
    let told = dead.iter().map(|log| (log.kind.unwrap(), log.attempts, log.last_error.as_deref().unwrap()));
    assert_eq!(told.collect::<Vec<_>>(), [(NotificationKind::ParticipantEnrolled, 10, "answered 500"); 2]);
    broken.store(false, Ordering::Release);
    receiver.take();
    for again in [&dead[0], &dead[0]] {
        let redeliver = Redeliver { notification: again.notification, subscriber: webhook.id().clone() };
        referrals.execute(redeliver).unwrap();
        assert_eq!(relay(&referrals, &webhook).delivered, 1);
    }
    assert_eq!(receiver.take().iter().map(id).collect::<Vec<_>>(), [dead[0].notification; 2]);
    let [delivered] = &log(DeliveryState::Delivered)[..] else { panic!() };
    assert_eq!((delivered.attempts, delivered.at), (1, clock.now()));
    assert_eq!(log(DeliveryState::Dead).len(), 1);
    let stranger = Redeliver { notification: dead[0].notification, subscriber: "nobody".parse().unwrap() };
    assert_eq!(referrals.execute(stranger).unwrap_err().code(), "not_found");
}

#[test]
fn each_answer_says_whether_and_when_to_try_again() {
    let clock = clock();
    let retry_after = |header: &str| Reply::Status(503, format!("Retry-After: {header}\r\n"));
    for (reply, problem, retry) in [
        (status(400), "answered 400", Retry::OnSchedule),
        (status(301), "answered 301", Retry::OnSchedule),
        (status(410), "the endpoint is gone: it answered 410", Retry::Gone),
        (retry_after("600"), "answered 503", Retry::After("10 minutes".parse().unwrap())),
        (retry_after("Fri, 01 May 2026 10:00:00 GMT"), "answered 503", Retry::After("1 hour".parse().unwrap())),
        (retry_after("999999999"), "answered 503", Retry::After("1 day".parse().unwrap())),
        (retry_after("later"), "answered 503", Retry::OnSchedule),
        (Reply::Stall, "no answer in time", Retry::OnSchedule),
        (Reply::Drip, "no answer in time", Retry::OnSchedule),
        (Reply::Close, "", Retry::OnSchedule),
        (Reply::Garbage, "the answer is not HTTP", Retry::OnSchedule),
        (Reply::HeaderFlood, "the answer's headers are too long", Retry::OnSchedule),
    ] {
        let told = format!("{reply:?}");
        let receiver = Receiver::new(move |_| reply.clone());
        let error = open(endpoint(&receiver.url()), &clock).notify(&notice()).unwrap_err();
        assert!(error.problem.starts_with(problem) && !error.problem.contains("127"), "{told}: {error}");
        assert_eq!(error.retry, retry, "{told}");
    }
}

#[test]
fn an_answer_without_end_is_read_up_to_its_limit() {
    let receiver = Receiver::new(|_| Reply::Flood);
    assert_eq!(open(endpoint(&receiver.url()), &clock()).notify(&notice()), Ok(()));
}

#[test]
fn a_message_that_is_too_long_is_never_sent() {
    let receiver = Receiver::new(|_| status(200));
    let short = Limits { request_bytes: 100, ..limits() };
    let webhook = Webhook::open(endpoint(&receiver.url()), &development(&clock()).limits(short)).unwrap();
    let error = webhook.notify(&notice()).unwrap_err();
    assert_eq!((error.problem.as_str(), error.retry), ("the message is longer than 100 bytes", Retry::Never));
    assert!(receiver.take().is_empty());
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    // Variables of the environment cannot be set in a test without `unsafe`; this one runs again as its own child.
    const CHILD: &str = "REFERRAL_WEBHOOK_PROXY_CHILD";
    let receiver = Receiver::new(|_| status(200));
    if std::env::var_os(CHILD).is_some() {
        assert_eq!(open(endpoint(&receiver.url()), &clock()).notify(&notice()), Ok(()));
        return;
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "tests::delivering::a_proxy_of_the_environment_is_not_asked"]).env(CHILD, "1");
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, receiver.url());
    }
    child.env_remove("no_proxy").env_remove("NO_PROXY");
    assert!(child.output().unwrap().status.success());
    assert!(receiver.take().is_empty());
}

#[test]
fn while_a_secret_is_replaced_a_message_carries_both_signatures() {
    let receiver = Receiver::new(|_| status(200));
    let mut both = endpoint(&receiver.url());
    both.secrets.push(SigningSecret::new(&[7; 32]).unwrap());
    let clock = clock();
    open(both.clone(), &clock).notify(&notice()).unwrap();
    let [message] = &receiver.take()[..] else { panic!() };
    let signed = sign(&both.secrets, &notice().id.to_string(), clock.now(), &message.body).unwrap();
    assert_eq!(message.headers["webhook-signature"], signed.signature);
    assert_eq!(signed.signature.split(' ').count(), 2);
}

#[test]
fn an_endpoint_without_secret_or_kind_is_refused_and_its_secrets_do_not_print() {
    let options = Options::default();
    let valid = endpoint("https://hooks.shop.example/hunter2");
    let cases: [fn(&mut Endpoint); 4] = [
        |endpoint| endpoint.secrets.clear(),
        |endpoint| endpoint.secrets = vec![SECRET.parse().unwrap(); 9],
        |endpoint| endpoint.kinds.clear(),
        |endpoint| "http://127.0.0.1/".clone_into(&mut endpoint.url),
    ];
    for change in cases {
        let mut changed = valid.clone();
        change(&mut changed);
        assert!(Webhook::open(changed, &options).is_err());
    }
    let printed = format!("{:?}", Webhook::open(valid, &options).unwrap());
    assert!(!printed.contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") && !printed.contains("hunter2"), "{printed}");
}

#[test]
fn an_endpoint_is_told_of_the_kinds_that_it_names() {
    let mut two = endpoint("https://hooks.shop.example/");
    two.kinds = vec![NotificationKind::RewardDue, NotificationKind::ReferralLead, NotificationKind::RewardDue];
    let webhook = open(two, &clock());
    assert_eq!(webhook.subscribe().kinds, [NotificationKind::ReferralLead, NotificationKind::RewardDue]);
    assert_eq!(webhook.subscribe().purpose, Purpose::Events);
    let mailer = Endpoint { purpose: Purpose::Mail, ..endpoint("https://hooks.shop.example/") };
    assert_eq!(Webhook::open(mailer, &Options::default()).unwrap().subscribe().purpose, Purpose::Mail);
    let lease = webhook.lease();
    let longest = i64::from(lease.most) * i64::from(limits().total_millis);
    assert!(lease.lease_for.delta().num_milliseconds() > longest);
    assert_eq!(Arc::new(webhook).id().as_str(), "crm");
}
