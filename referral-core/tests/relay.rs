//! The outbox: every notification reaches its subscribers at least once, and no two workers have it at once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use common::Program;
use referral_core::command::{Outcome, Reason};
use referral_core::engine::{Operation, Reply, Run, Step, Task, drive};
use referral_core::error::StoreError;
use referral_core::notify::{
    Acknowledge, AsyncNotifier, HandOver, Lease, Leased, Notice, Notifier, NotifierError, Relay, Relayed, Retry,
    Schedule, relay, relay_async,
};
use referral_core::record::{Delivery, DeliveryState, Kind, NotificationKind, Record, RewardState};
use referral_core::store::{AsyncStore, Batch, BoxFuture, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::{Entropy, NotificationId, Span, TenantId};
use serde_json::json;

const HOUR: Span = Span::hours(1);

/// A program with a subscriber, one lead who bought, and a reward that is due.
fn told() -> Program {
    let mut program = Program::with(json!({
        "qualification": {"on": "purchase"},
        "rewards": [{"id": "thanks", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}}],
    }));
    program.run(json!({"subscribe": {
        "subscriber": "crm", "kinds": ["participant.enrolled", "referral.lead", "referral.qualified", "reward.due"],
    }}));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "order-1", "80 EUR");
    program
}

fn lease(most: u32) -> Lease {
    Lease { subscriber: "crm".parse().unwrap(), most, lease_for: HOUR, schedule: Schedule::default() }
}

fn run<T: Task>(program: &mut Program, task: T) -> Run<T> {
    let entropy = Entropy::new(program.key().0.as_bytes().repeat(2).try_into().unwrap());
    program.engine.run(TenantId::default(), task, program.now, entropy)
}

fn take(program: &mut Program, most: u32) -> Leased {
    let mut leasing = run(program, lease(most));
    drive(&program.store, &mut leasing).unwrap()
}

fn acknowledge(program: &mut Program, leased: &Leased, became: HandOver) -> Vec<Outcome<DeliveryState>> {
    let acknowledge = Acknowledge {
        subscriber: "crm".parse().unwrap(),
        lease: leased.lease,
        deliveries: leased.notices.iter().map(|notice| (notice.id, became.clone())).collect(),
        schedule: Schedule::default(),
    };
    let mut acknowledging = run(program, acknowledge);
    let outcomes = drive(&program.store, &mut acknowledging).unwrap();
    outcomes.into_iter().map(|outcome| outcome.map(|delivered| delivered.state)).collect()
}

fn deliveries(program: &Program) -> Vec<Delivery> {
    let of = |record| match record {
        Record::Delivery(delivery) => delivery,
        other => panic!("{other:?}"),
    };
    program.all(Kind::Delivery).into_iter().map(of).collect()
}

fn failed() -> HandOver {
    HandOver::Failed { problem: "no\nanswer".to_owned(), retry: Retry::OnSchedule }
}

#[test]
fn what_is_leased_is_nobody_elses_until_the_lease_ends() {
    let mut program = told();
    let first = take(&mut program, 3);
    assert_eq!(first.notices.len(), 3);
    let second = take(&mut program, 3);
    assert_eq!(second.notices.len(), 1);
    assert!(first.notices.iter().all(|notice| second.notices.iter().all(|other| other.id != notice.id)));
    assert_eq!(take(&mut program, 3).notices.len(), 0);
    program.now = first.until;
    let again = take(&mut program, 10);
    assert_eq!(again.notices.len(), 4);
    assert!(again.notices.iter().all(|notice| notice.attempt == 2));
}

#[test]
fn of_two_workers_that_list_the_same_deliveries_each_leases_its_own() {
    let mut program = told();
    let (mut slow, mut fast) = (run(&mut program, lease(2)), run(&mut program, lease(2)));
    let tenant = TenantId::default();
    let answer = |step: &Step<Leased>| match step {
        Step::Load(keys) => Reply::Loaded(program.store.load(&tenant, keys).unwrap()),
        Step::List(request) => Reply::Listed(program.store.list(&tenant, request).unwrap()),
        step => panic!("{step:?}"),
    };
    let mut step = slow.next(None).unwrap();
    while step.name() != "commit" {
        step = slow.next(Some(answer(&step))).unwrap();
    }
    let fast = drive(&program.store, &mut fast).unwrap();
    let Step::Commit(batch) = step else { panic!() };
    let refused = program.store.commit(&batch).unwrap();
    assert!(matches!(&refused, Commit::Refused { stale, .. } if stale.len() == 2), "{refused:?}");
    let mut step = slow.next(Some(Reply::Committed(refused))).unwrap();
    let slow = loop {
        let reply = match step {
            Step::Commit(batch) => Reply::Committed(program.store.commit(&batch).unwrap()),
            Step::Done(leased) => break leased,
            step => answer(&step),
        };
        step = slow.next(Some(reply)).unwrap();
    };
    assert_eq!((fast.notices.len(), slow.notices.len()), (2, 2));
    assert!(fast.notices.iter().all(|notice| slow.notices.iter().all(|other| other.id != notice.id)));
}

#[test]
fn what_was_delivered_is_never_leased_again_and_may_be_acknowledged_twice() {
    let mut program = told();
    let leased = take(&mut program, 10);
    for _ in 0..2 {
        let states = acknowledge(&mut program, &leased, HandOver::Delivered);
        assert_eq!(states, vec![Outcome::Accepted(DeliveryState::Delivered); 4]);
    }
    assert_eq!(acknowledge(&mut program, &leased, failed()), vec![Outcome::Accepted(DeliveryState::Delivered); 4]);
    program.wait(1_000);
    assert_eq!(take(&mut program, 10).notices.len(), 0);
}

#[test]
fn a_worker_whose_lease_was_taken_over_is_told_so() {
    let mut program = told();
    let late = take(&mut program, 10);
    program.now = late.until;
    let current = take(&mut program, 10);
    let lost = vec![Outcome::Declined(Reason::LeaseLost); 4];
    assert_eq!(acknowledge(&mut program, &late, HandOver::Delivered), lost);
    assert_eq!(acknowledge(&mut program, &current, HandOver::Delivered).len(), 4);
    assert!(deliveries(&program).iter().all(|delivery| delivery.state == DeliveryState::Delivered));
}

#[test]
fn what_fails_comes_back_on_schedule_with_its_error_and_is_dead_after_the_last_attempt() {
    let mut program = told();
    let mut waits = BTreeMap::<NotificationId, Vec<i64>>::new();
    for attempt in 1..=10 {
        let leased = take(&mut program, 10);
        assert_eq!(leased.notices.len(), 4, "attempt {attempt}");
        let states = acknowledge(&mut program, &leased, failed());
        let dead = if attempt == 10 { DeliveryState::Dead } else { DeliveryState::Waiting };
        assert_eq!(states, vec![Outcome::Accepted(dead); 4]);
        let mut next = program.now;
        for delivery in deliveries(&program) {
            assert_eq!(delivery.last_error.as_deref(), Some("noanswer"));
            waits.entry(delivery.notification).or_default().push(delivery.due_at.since(program.now).num_seconds());
            next = next.max(delivery.due_at);
        }
        program.now = next;
    }
    let schedule = Schedule::default();
    for (notification, waits) in waits {
        let planned = (1..10).map(|attempt| schedule.wait(attempt, notification).unwrap().num_seconds());
        assert!(waits.into_iter().zip(planned).all(|(wait, planned)| wait == planned));
    }
    program.wait(10_000);
    assert_eq!(take(&mut program, 10).notices.len(), 0);
}

#[test]
fn a_notice_that_kills_its_worker_every_time_is_dead_in_the_end() {
    let mut program = told();
    for _ in 0..10 {
        let leased = take(&mut program, 10);
        assert_eq!((leased.notices.len(), leased.dead), (4, 0));
        program.now = leased.until;
    }
    let last = take(&mut program, 10);
    assert_eq!((last.notices.len(), last.dead), (0, 4));
    assert!(deliveries(&program).iter().all(|delivery| delivery.state == DeliveryState::Dead));
}

#[test]
fn a_notice_holds_what_its_ids_lead_to_now_and_prints_no_host_id() {
    let mut program = told();
    let due = take(&mut program, 10).notices.into_iter().find(|notice| notice.kind == NotificationKind::RewardDue);
    let due = due.unwrap();
    let reward = due.reward.clone().unwrap();
    assert_eq!((reward.state, reward.amount.to_string()), (RewardState::Due, "8.00 EUR".to_owned()));
    let ids = [due.participant.host_id.clone(), due.invitee.clone().unwrap().host_id];
    assert_eq!(ids.map(|id| id.unwrap().as_str().to_owned()), ["ada", "bob"]);
    assert!(!format!("{due:?}").contains("ada") && !format!("{due:?}").contains("bob"));
    program.refund("order-1", "refund-1", "80 EUR");
    program.now = program.now.plus(TimeDelta::hours(2));
    let later = take(&mut program, 10).notices.into_iter().find(|notice| notice.id == due.id).unwrap();
    assert_eq!(later.reward.unwrap().state, RewardState::Cancelled);
    assert_eq!((later.at, later.campaign.as_ref().unwrap().as_str()), (due.at, "spring"));
}

/// Fails as it is told to, and keeps what it got.
#[derive(Debug, Default)]
struct Recorder {
    got: Mutex<Vec<NotificationKind>>,
    fails: Option<(NotificationKind, NotifierError)>,
}

impl Notifier for Recorder {
    fn notify(&self, notice: &Notice) -> Result<(), NotifierError> {
        self.got.lock().unwrap().push(notice.kind);
        match &self.fails {
            Some((kind, error)) if *kind == notice.kind => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

impl AsyncNotifier for Recorder {
    fn notify<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), NotifierError>> {
        Box::pin(async move { Notifier::notify(self, notice) })
    }
}

fn pass(program: &mut Program) -> Relay {
    let entropy = Entropy::new(program.key().0.as_bytes().repeat(2).try_into().unwrap());
    Relay { tenant: TenantId::default(), lease: lease(10), now: program.now, entropy }
}

#[test]
fn the_relay_hands_over_what_is_due_and_keeps_what_fails_for_later() {
    let mut program = told();
    let gone = NotifierError::new("410").permanent();
    let slow = NotifierError::new("429").after(Span::days(3));
    let notifier = Recorder { fails: Some((NotificationKind::ReferralLead, gone)), ..Recorder::default() };
    let first = pass(&mut program);
    let relayed = relay(&program.engine, &program.store, &notifier, &first).unwrap();
    assert_eq!(relayed, Relayed { delivered: 3, dead: 1, ..Relayed::default() });
    assert_eq!(notifier.got.lock().unwrap().len(), 4);
    program.enrol("eve");
    let notifier = Recorder { fails: Some((NotificationKind::ParticipantEnrolled, slow)), ..Recorder::default() };
    let second = pass(&mut program);
    let relayed = relay(&program.engine, &program.store, &notifier, &second).unwrap();
    assert_eq!(relayed, Relayed { failed: 1, ..Relayed::default() });
    let waiting = deliveries(&program).into_iter().find(|delivery| delivery.state == DeliveryState::Waiting).unwrap();
    assert_eq!(waiting.due_at.since(program.now), TimeDelta::days(3));
    let third = pass(&mut program);
    assert_eq!(relay(&program.engine, &program.store, &notifier, &third).unwrap(), Relayed::default());
}

/// The store in memory, whose answers come later.
#[derive(Debug)]
struct Later<'s>(&'s MemoryStore);

impl AsyncStore for Later<'_> {
    fn load<'a>(
        &'a self,
        tenant: &'a TenantId,
        keys: &'a [referral_core::record::Key],
    ) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move { self.0.load(tenant, keys) })
    }
    fn list<'a>(&'a self, tenant: &'a TenantId, request: &'a PageRequest) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move { self.0.list(tenant, request) })
    }
    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Commit, StoreError>> {
        Box::pin(async move { self.0.commit(batch) })
    }
}

#[test]
fn the_relay_does_the_same_where_answers_come_later() {
    let mut program = told();
    let notifier = Recorder::default();
    let pass = pass(&mut program);
    let store = Later(&program.store);
    let mut relaying = pin!(relay_async(&program.engine, &store, &notifier, &pass));
    match relaying.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(relayed) => assert_eq!(relayed.unwrap(), Relayed { delivered: 4, ..Relayed::default() }),
        Poll::Pending => panic!("nothing waits"),
    }
}
