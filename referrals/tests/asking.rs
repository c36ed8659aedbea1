//! Questions, the relay and the audit, through the door.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Mutex;

use common::{begin, code, keyring, lead};
use referrals::command::{Subscribe, Who};
use referrals::notify::{Lease, Notice, Notifier, NotifierError, Schedule};
use referrals::record::{Metric, NotificationKind, Purpose, RewardState};
use referrals::report::{PageOf, ShowCampaign, Unexplained};
use referrals::value::CampaignSlug;
use referrals::{ManualClock, Referrals};

fn who(host_id: &str) -> Who {
    Who::Host(host_id.parse().unwrap())
}

/// Ada, with two friends who signed up.
fn busy() -> (Referrals, CampaignSlug) {
    let clock = ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap());
    let referrals = Referrals::builder(keyring()).clock(clock).open("memory:").unwrap();
    let subscribe = Subscribe {
        subscriber: "crm".parse().unwrap(),
        kinds: vec![NotificationKind::ReferralLead],
        purpose: Purpose::Events,
    };
    referrals.execute(subscribe).unwrap();
    let code = begin(&referrals, "ada");
    referrals.execute_all([lead("bob", &code), lead("cyd", &code)]).unwrap();
    (referrals, "spring".parse().unwrap())
}

#[test]
fn each_plain_query_answers() {
    let (referrals, spring) = busy();
    assert_eq!(referrals.campaigns(PageOf::default()).unwrap().campaigns.len(), 1);
    assert_eq!(
        referrals.campaign(&spring).unwrap(),
        referrals.ask(ShowCampaign { campaign: spring.clone(), version: Some(1) }).unwrap()
    );
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(referrals.funnel(&spring, day("2026-05-01"), day("2026-05-02")).unwrap().total.leads, 2);
    let places = referrals.leaderboard(&spring, Metric::Leads, 10).unwrap().places;
    assert_eq!(places.iter().map(|place| (place.rank, place.value)).collect::<Vec<_>>(), [(1, 2)]);
    assert_eq!(referrals.participant(&spring, &who("ada")).unwrap().rewards.rewards.len(), 2);
    let bob = referrals.referral(&spring, &who("bob")).unwrap();
    assert_eq!(referrals.referrals(&spring, PageOf::default()).unwrap().referrals.len(), 2);
    assert_eq!(bob.campaign.0, 1);
    let due = referrals.rewards(&spring, RewardState::Due, PageOf::default()).unwrap().rewards;
    assert_eq!(due.len(), 2);
    let reward = due.first().unwrap().reward.clone();
    assert!(!referrals.explain(Unexplained::Reward(reward)).unwrap().entries.is_empty());
    assert!(referrals.audit().unwrap().is_clean());
    assert_eq!(code(referrals.campaign(&"autumn".parse().unwrap())), "not_found");
}

#[derive(Debug, Default)]
struct Crm {
    told: Mutex<Vec<NotificationKind>>,
}

impl Notifier for Crm {
    fn notify(&self, notice: &Notice) -> Result<(), NotifierError> {
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        told.push(notice.kind);
        assert!(told.len() != 1, "planted");
        Ok(())
    }
}

#[test]
fn what_happened_is_told_once_and_a_notifier_that_panics_fails_its_own_notification() {
    let (referrals, _) = busy();
    let lease = Lease {
        subscriber: "crm".parse().unwrap(),
        most: 10,
        lease_for: "5 minutes".parse().unwrap(),
        schedule: Schedule::default(),
    };
    let crm = Crm::default();
    let relayed = referrals.relay(&lease, &crm).unwrap();
    assert_eq!((relayed.delivered, relayed.failed, relayed.dead), (1, 1, 0));
    assert_eq!(referrals.relay(&lease, &crm).unwrap(), referrals::notify::Relayed::default());
    assert_eq!(
        crm.told.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner),
        [NotificationKind::ReferralLead; 2]
    );
}
