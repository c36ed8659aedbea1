//! Who is told what, and handing it over once.

use std::io::Write as _;

use referral_core::decide::Decide;
use referrals::Referrals;
use referrals::command::{AnyOutcome, Subscribe};
use referrals::engine::{Question, Reader};
use referrals::notify::{Lease, Notice, Notifier, NotifierError, Schedule};
use referrals::record::{Purpose, Settings, SettingsKey, Subscription};
use referrals::value::Span;
use serde_json::{Value, json};

use crate::arguments::{Relay, Subscribe as Asked};
use crate::failure::Failure;
use crate::hand;
use crate::near::near;
use crate::telling::{Telling, table};

/// How long what is leased is kept from other workers.
const LEASE_MINUTES: u32 = 5;

/// Says who is told what.
pub(crate) fn subscribe(asked: &Asked, referrals: &Referrals) -> Result<Telling, Failure> {
    let purpose = if asked.mail { Purpose::Mail } else { Purpose::Events };
    let (subscriber, kinds) = (asked.subscriber.clone(), asked.kinds.clone());
    let receipt = hand::run(referrals, Subscribe { subscriber, kinds, purpose }, None)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::Subscribed(done) => {
            (format!("`{}` is told {} kinds of notifications", asked.subscriber, done.kinds), Value::Null)
        }
        other => hand::other(other),
    })
}

#[derive(Clone, Debug)]
struct Subscriptions;

impl Question for Subscriptions {
    const NAME: &'static str = "subscriptions";
    type Answer = Vec<Subscription>;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Vec<Subscription>> {
        Ok(reader.peek::<Settings>(SettingsKey {})?.map(|settings| settings.subscriptions).unwrap_or_default())
    }
}

/// Lists who is told what.
pub(crate) fn subscribers(referrals: &Referrals) -> Result<Telling, Failure> {
    let found = referrals.ask(Subscriptions)?;
    let rows = found.iter().map(|one| {
        let purpose = if one.purpose == Purpose::Mail { "mail" } else { "events" };
        let kinds: Vec<&str> = one.kinds.keys().map(|kind| kind.as_str()).collect();
        [one.subscriber.to_string(), purpose.to_owned(), kinds.join(", ")]
    });
    Telling::new(table(["subscriber", "for", "is told"], rows), &found)
}

/// Prints each notice as a line. What cannot be printed is handed over later.
#[derive(Debug)]
struct Printing;

impl Notifier for Printing {
    fn notify(&self, notice: &Notice) -> Result<(), NotifierError> {
        let failed = |what: &str| NotifierError::new(what);
        let line = serde_json::to_string(notice).map_err(|_| failed("the notice could not be written"))?;
        let mut out = std::io::stdout().lock();
        let printed = writeln!(out, "{line}").and_then(|()| out.flush());
        printed.map_err(|_| failed("standard output could not be written"))
    }
}

/// Hands over what is due to a subscriber, once.
pub(crate) fn relay(asked: &Relay, referrals: &Referrals) -> Result<Telling, Failure> {
    let known = referrals.ask(Subscriptions)?;
    if !known.iter().any(|one| one.subscriber == asked.subscriber) {
        let failure = Failure::new("not_found", format!("nobody is subscribed as `{}`", asked.subscriber));
        let names = known.iter().map(|one| one.subscriber.as_str());
        return Err(failure.help(near(
            asked.subscriber.as_str(),
            names,
            "`referrals subscribers` lists who is told what",
        )));
    }
    let (lease_for, schedule) = (Span::minutes(LEASE_MINUTES), Schedule::default());
    let lease = Lease { subscriber: asked.subscriber.clone(), most: asked.limit, lease_for, schedule };
    let relayed = referrals.relay(&lease, &Printing)?;
    let is_well = relayed.failed == 0 && relayed.dead == 0;
    let line = json!({ "relayed": relayed }).to_string();
    // A line like the others, also where a document is asked for: what is printed is one JSON document a line.
    let printed = writeln!(std::io::stdout(), "{line}");
    printed.map_or_else(
        |error| Err(Failure::new("output", format!("standard output could not be written: {error}"))),
        |()| Ok(Telling::printed().unless(is_well)),
    )
}
