//! From a mail to its one click, through both doors and in a file: who unsubscribed is written to no more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::future::{Future, ready};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use common::{begin, campaign, enrol, keyring, lead};
use referrals::command::{Outcome, Subscribe, Who};
use referrals::notify::{Lease, Notice, Notifier, NotifierError, Schedule};
use referrals::record::{ChosenBy, MailChoice, NotificationKind, Purpose};
use referrals::report::PageOf;
use referrals::{AsyncReferrals, ManualClock, Referrals};

fn who(host_id: &str) -> Who {
    Who::Host(host_id.parse().unwrap())
}

/// Keeps the kind of each mail to Ada, with its token.
#[derive(Debug, Default)]
struct Mailer(Mutex<Vec<(NotificationKind, String)>>);

impl Mailer {
    fn sent(&self) -> MutexGuard<'_, Vec<(NotificationKind, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was sent since this was asked last.
    fn new_kinds(&self) -> Vec<NotificationKind> {
        self.sent().drain(..).map(|(kind, _)| kind).collect()
    }
}

impl Notifier for Mailer {
    fn notify(&self, notice: &Notice) -> Result<(), NotifierError> {
        let mail = notice.mail.as_ref().unwrap();
        if notice.participant.host_id.as_ref().is_some_and(|id| id.as_str() == "ada") {
            self.sent().push((notice.kind, mail.unsubscribe_token.0.clone()));
        }
        Ok(())
    }
}

fn subscribe() -> Subscribe {
    let kinds = vec![NotificationKind::ParticipantEnrolled, NotificationKind::ReferralLead];
    Subscribe { subscriber: "mailer".parse().unwrap(), kinds, purpose: Purpose::Mail }
}

fn lease() -> Lease {
    let (lease_for, schedule) = ("5 minutes".parse().unwrap(), Schedule::default());
    Lease { subscriber: "mailer".parse().unwrap(), most: 10, lease_for, schedule }
}

fn click_ends_mails(referrals: &Referrals) {
    referrals.execute(subscribe()).unwrap();
    let code = begin(referrals, "ada");
    let mailer = Mailer::default();
    referrals.relay(&lease(), &mailer).unwrap();
    let (_, token) = mailer.sent().pop().unwrap();
    // The control: what happens is told.
    referrals.execute(lead("bob", &code)).unwrap();
    referrals.relay(&lease(), &mailer).unwrap();
    assert_eq!(mailer.new_kinds(), [NotificationKind::ReferralLead]);
    // Told, and not yet sent when she clicks.
    referrals.execute(lead("cyd", &code)).unwrap();
    let unsubscribed = referrals.unsubscribe(&token).unwrap().outcome.accepted().unwrap();
    let chosen = unsubscribed.consent.all.unwrap();
    assert_eq!((chosen.choice, chosen.by), (MailChoice::Unsubscribed, ChosenBy::Token));
    assert!(!unsubscribed.already && referrals.unsubscribe(&token).unwrap().outcome.accepted().unwrap().already);
    // What she told is kept, whatever the host tells of her again.
    referrals.execute(enrol("ada")).unwrap();
    referrals.relay(&lease(), &mailer).unwrap();
    assert_eq!(mailer.new_kinds(), []);
    let spring = "spring".parse().unwrap();
    assert!(!referrals.digest(&spring, &who("ada"), None).unwrap().wanted);
    assert!(referrals.digest_marks(&spring, PageOf::default()).unwrap().marks.is_empty());
    let data = referrals.export(&who("ada")).unwrap().unwrap();
    assert!(serde_json::to_string(&data).unwrap().contains("\"unsubscribed\""));
    assert!(matches!(referrals.resubscribe(&who("ada")).unwrap().outcome, Outcome::Accepted(_)));
    referrals.execute(lead("dan", &code)).unwrap();
    referrals.relay(&lease(), &mailer).unwrap();
    assert_eq!(mailer.new_kinds(), [NotificationKind::ReferralLead]);
    assert_eq!(referrals.digest_marks(&spring, PageOf::default()).unwrap().marks.len(), 1);
    assert_eq!(referrals.unsubscribe("no token").unwrap_err().code(), "invalid_link");
    assert!(referrals.audit().unwrap().is_clean());
}

#[test]
fn one_click_ends_the_mails_in_memory_and_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["memory:".to_owned(), format!("sqlite://{}", folder.path().join("shop.sqlite").display())] {
        let clock = ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap());
        click_ends_mails(&Referrals::builder(keyring()).clock(clock).open(&url).unwrap());
    }
}

/// Polls until it is done; what is awaited here is done soon.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
        std::thread::yield_now();
    }
}

#[test]
fn the_awaited_door_does_the_same() {
    block_on(async {
        let referrals = AsyncReferrals::open("memory:", keyring(), |_| ready(())).await.unwrap();
        referrals.execute(campaign()).await.unwrap();
        referrals.execute(enrol("ada")).await.unwrap();
        let spring = "spring".parse().unwrap();
        let marks = referrals.digest_marks(&spring, PageOf::default()).await.unwrap().marks;
        assert!(marks.len() == 1 && marks.iter().all(|mark| !mark.has_news_since(None)), "nothing happened yet");
        let ada = referrals.digest(&spring, &who("ada"), None).await.unwrap();
        assert!(ada.wanted);
        let token = referrals::link::UnsubscribeToken::derive(&keyring(), referrals.tenant(), ada.participant).expose();
        assert!(!referrals.unsubscribe(&token).await.unwrap().outcome.accepted().unwrap().already);
        assert!(!referrals.digest(&spring, &who("ada"), None).await.unwrap().wanted);
        assert!(!referrals.resubscribe(&who("ada")).await.unwrap().outcome.accepted().unwrap().already);
        assert!(referrals.digest(&spring, &who("ada"), None).await.unwrap().wanted);
    });
}
