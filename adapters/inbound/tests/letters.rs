//! What a handler answers loses nothing: what could not be used is kept, shown, and replayed with a mended table.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "common/sometimes.rs"]
mod sometimes;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use referral_core::command::{AnyCommand, Reason, Who};
use referral_core::error::Error;
use referral_core::record::{Kind, LetterKey, LetterState, Record};
use referral_core::report::{LetterReport, PageOf};
use referral_core::store::{Listing, Store};
use referral_core::value::TenantId;
use referral_inbound::{
    Delivery, Hand, Received, Replayed, Scheme, Secrets, Table, handle, keep_message, replay, tables,
};
use referrals::{KeyState, Keyring, ManualClock, Referrals, Secret};
use serde_json::{Value, json};
use sometimes::Sometimes;

const SHARED: &str = "a-long-shared-secret";

struct Shop {
    store: Arc<Sometimes>,
    clock: ManualClock,
    referrals: Referrals,
    code: String,
}

impl Shop {
    fn new() -> Self {
        let secret = |byte| Secret::new([byte; 32]);
        let keyring = Keyring::builder()
            .link_key(1, secret(1), KeyState::Active)
            .alias_key(secret(2))
            .lookup_key(secret(3))
            .build()
            .unwrap();
        let (store, clock) = (Arc::new(Sometimes::default()), ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap()));
        let builder = Referrals::builder(keyring).clock(clock.clone()).patience(Duration::ZERO);
        let referrals = builder.over(store.clone()).unwrap();
        let mut shop = Self { store, clock, referrals, code: String::new() };
        shop.say(
            json!({"define_campaign": {"definition": {"name": "spring", "link_host": "go.shop.example", "rewards": [
            {"id": "tenth", "to": "referrer", "on": "purchase", "give": {"percent": "10%"}}]}}}),
        );
        let enrolled = shop.say(json!({"enrol": {"campaign": "spring", "person": {"host_id": "ada"}}}));
        shop.code = enrolled["enrolled"]["code"].as_str().unwrap().to_owned();
        let evidence = json!({"code": shop.code});
        shop.say(json!({"record_lead": {"campaign": "spring", "person": {"host_id": "bob"}, "evidence": evidence}}));
        shop
    }

    fn say(&self, command: Value) -> Value {
        let command: AnyCommand = serde_json::from_value(command).unwrap();
        let receipt = self.referrals.execute_all([command]).unwrap().remove(0).unwrap();
        serde_json::to_value(receipt.outcome.accepted().unwrap()).unwrap()
    }

    fn set(&self, time: &str) {
        self.clock.set(time.parse().unwrap());
    }

    fn send(&self, table: &Table, body: &[u8]) -> Received {
        let headers: &[(&str, &[u8])] = &[("x-webhook-secret", SHARED.as_bytes())];
        let scheme = Scheme::SharedSecret { header: "x-webhook-secret".into() };
        handle(&self.referrals, &scheme, &Secrets::new(&[SHARED]).unwrap(), table, &Delivery { headers, body })
    }

    /// Sends a message that is kept, and gives its letter.
    fn kept(&self, table: &Table, body: &[u8]) -> LetterKey {
        let received = self.send(table, body);
        assert_eq!(received.status, 200, "{received:?}");
        let [letter] = received.letters.as_slice() else { panic!("{received:?}") };
        letter.clone()
    }

    fn letters(&self, state: LetterState) -> Vec<LetterReport> {
        self.referrals.letters(state, PageOf::default()).unwrap().letters
    }

    fn replay(&self, table: &Table, letter: &LetterKey) -> Result<Replayed, Error> {
        let hand = Hand { actor: Some("desk".to_owned()), reason: Some("the table is mended".to_owned()) };
        replay(&self.referrals, table, letter, &hand)
    }

    fn all(&self, kind: Kind) -> Vec<Record> {
        let page = self.store.list(&TenantId::default(), &Listing::All(kind).first(1_000)).unwrap();
        page.rows.into_iter().map(|stored| stored.record).collect()
    }

    /// Everything that is stored, as text, with the texts in it read.
    fn stored(&self) -> String {
        let all = Kind::ALL.iter().flat_map(|kind| self.all(*kind));
        all.map(|record| serde_json::to_string(&record).unwrap()).collect()
    }

    /// What is owed, in minor units.
    fn owed(&self) -> i64 {
        let reward = |record| match record {
            Record::Reward(reward) => reward.quantity,
            _ => 0,
        };
        self.all(Kind::Reward).into_iter().map(reward).sum()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.referrals.audit().unwrap().differences, []);
        }
    }
}

fn zapier() -> Table {
    Table::from_json(tables::ZAPIER).unwrap().with_constant("campaign", "spring")
}

/// A table that reads the amount from the field of this name.
fn shop_table(amount: &str) -> Table {
    let text = json!({
        "source": "shop", "each": "orders", "id": "id", "at": {"time": "at", "unit": "rfc3339"},
        "rules": [{"name": "paid", "when": [{"path": "type", "is": "paid"}], "command": "record_conversion", "fields": {
            "event": "id", "kind": {"value": "purchase"}, "person.host_id": "user",
            "total": {"amount": amount, "currency": {"value": "EUR"}, "unit": "major"},
        }}, {"name": "shared", "when": [{"path": "also", "present": true}], "command": "record_share", "fields": {
            "campaign": {"value": "spring"}, "participant.host_id": {"value": "ada"}, "channel": {"value": "whatsapp"},
        }}],
    });
    Table::from_json(&text.to_string()).unwrap()
}

fn stripe() -> Table {
    Table::from_json(tables::STRIPE).unwrap().with_constant("campaign", "spring")
}

/// An invoice of Stripe with this number of payments.
fn invoice(payments: Value, total: Value) -> Vec<u8> {
    let payments =
        (0..payments.as_u64().unwrap()).map(|number| json!({"payment": {"payment_intent": format!("pi_{number}")}}));
    let object = json!({
        "id": "in_1", "object": "invoice", "billing_reason": "manual", "total": total, "currency": "eur", "customer": "cus_1",
        "customer_email": "bob@example.com", "payments": {"data": payments.collect::<Vec<_>>()},
    });
    let event = json!({
        "id": "evt_1", "created": 1_777_625_999, "livemode": true, "type": "invoice.paid", "data": {"object": object},
    });
    event.to_string().into_bytes()
}

#[test]
fn what_cannot_be_used_is_kept_and_answered_as_done() {
    let no_amount = json!({"event": "purchase", "order": "o-1", "user_id": "bob"}).to_string();
    let no_campaign = json!({
        "event": "lead", "campaign": "nowhere", "user_id": "cyd", "code": "K7F3M-2QX9Y", "id": "z1", "at": "2026-05-01T08:59:00Z",
    });
    let batch = json!({"orders": [
        {"type": "paid", "id": "o-1", "user": "bob", "total": "50", "at": "2026-05-01T08:59:00Z"},
        {"type": "paid", "id": "o-2", "user": "bob", "at": "2026-05-01T08:59:00Z"},
    ]});
    for (table, body, code, problem, owed) in [
        (zapier(), no_amount.into_bytes(), "field_invalid", "rule `purchase`: `total`", 0),
        (zapier(), no_campaign.to_string().into_bytes(), "not_found", "rule `lead`: no campaign `nowhere`", 0),
        (zapier(), b"{\"event\": \"purchase\", ".to_vec(), "body_not_json", "the body at byte", 0),
        (zapier(), vec![0xff, 0x00], "body_not_json", "the body at byte 0: is not UTF-8", 0),
        (
            stripe(),
            invoice(json!(65), json!(5_000)),
            "field_invalid",
            "rule `invoice`: `references`: are at most 64",
            0,
        ),
        (stripe(), invoice(json!(1), json!("50.5")), "field_invalid", "rule `invoice`: `total`", 0),
        (shop_table("total"), b"{}".to_vec(), "events_invalid", "the list of events: is not there", 0),
        (shop_table("total"), batch.to_string().into_bytes(), "field_invalid", "rule `paid`: `total`: is missing", 500),
    ] {
        let shop = Shop::new();
        let letter = shop.kept(&table, &body);
        assert_eq!(&letter.source, table.source());
        assert_eq!(shop.owed(), owed, "what can be recorded of it is");
        let letters = shop.letters(LetterState::Kept);
        assert_eq!((letters.len(), &letters[0].letter, letters[0].code.as_str()), (1, &letter, code));
        assert!(letters[0].problem.starts_with(problem), "{}", letters[0].problem);
        let held = shop.referrals.letter(&letter).unwrap().body.unwrap();
        assert!(held.expose() == body || owed > 0, "a message of one event is kept byte for byte");
        // Delivered again, it is the same letter.
        assert_eq!(shop.kept(&table, &body), letter);
        assert_eq!(shop.letters(LetterState::Kept)[0].tries, 2);
    }
}

#[test]
fn what_is_recorded_declined_ignored_or_not_from_its_sender_is_no_letter() {
    let shop = Shop::new();
    let paid = json!({"event": "purchase", "order": "o-1", "user_id": "bob", "amount": "50", "currency": "EUR",
        "at": "2026-05-01T08:59:00Z"});
    let declined =
        json!({"event": "lead", "user_id": "cyd", "code": "NO-SUCH", "id": "z1", "at": "2026-05-01T08:59:00Z"});
    let weather = json!({"event": "weather"});
    for (table, body) in [(zapier(), paid), (zapier(), declined), (shop_table("total"), json!({"orders": [&weather]}))]
    {
        assert_eq!(
            (shop.send(&table, body.to_string().as_bytes()).status, shop.letters(LetterState::Kept)),
            (200, vec![])
        );
    }
    let scheme = Scheme::SharedSecret { header: "x-webhook-secret".into() };
    let secrets = Secrets::new(&["another-long-secret"]).unwrap();
    let headers: &[(&str, &[u8])] = &[("x-webhook-secret", SHARED.as_bytes())];
    let received = handle(&shop.referrals, &scheme, &secrets, &zapier(), &Delivery { headers, body: b"not json" });
    assert_eq!((received.status, received.letters), (401, vec![]));
    assert_eq!(received.unrecorded[0].code, "signature_mismatch");
    assert_eq!(shop.all(Kind::Letter), []);
    // Every message to the table of flat messages is meant for it.
    assert_eq!(shop.send(&zapier(), weather.to_string().as_bytes()).status, 200);
    let kept = shop.letters(LetterState::Kept);
    assert_eq!((kept.len(), kept[0].code.as_str()), (1, "field_invalid"));
}

#[test]
fn what_may_succeed_later_or_cannot_be_kept_is_left_to_its_sender() {
    let shop = Shop::new();
    let paid = json!({"event": "purchase", "order": "o-1", "user_id": "bob", "amount": "50", "currency": "EUR",
        "at": "2026-05-01T08:59:00Z"});
    let wrong = json!({"event": "purchase", "order": "o-1", "user_id": "bob"});
    shop.store.is_busy.store(true, Ordering::SeqCst);
    for body in [&paid, &wrong] {
        let received = shop.send(&zapier(), body.to_string().as_bytes());
        assert_eq!((received.status, received.letters), (503, vec![]));
    }
    shop.store.is_busy.store(false, Ordering::SeqCst);
    // More letters than are kept.
    shop.say(json!({"set_retention": {"most_letters": 1}}));
    shop.kept(&zapier(), b"one");
    let received = shop.send(&zapier(), b"two");
    assert_eq!((received.status, received.letters), (503, vec![]));
    // A body that is too large is noted by its hash alone.
    shop.say(json!({"set_retention": {"most_letters": 10}}));
    let large = json!({"event": "purchase", "order": "o-1", "user_id": "bob", "note": "a".repeat(256 << 10)});
    let received = shop.send(&zapier(), large.to_string().as_bytes());
    assert_eq!(received.status, 422);
    let letter = received.letters[0].clone();
    assert!(shop.referrals.letter(&letter).unwrap().body.is_none());
    assert!(matches!(shop.replay(&zapier(), &letter), Err(Error::InvalidCommand { field: "letter", .. })));
    assert_eq!(shop.send(&zapier(), &vec![b' '; (1 << 20) + 1]).status, 413);
    assert_eq!(shop.all(Kind::Letter).len(), 2);
}

#[test]
fn a_letter_is_replayed_once_with_the_mended_table_and_happened_when_its_event_did() {
    // A share by another rule of the same event is recorded at once, and stays recorded.
    let body = json!({"orders": [{
        "type": "paid", "id": "o-2", "user": "bob", "sum": "50", "at": "2026-05-01T08:50:00Z", "also": "yes",
    }]});
    let (shop, body) = (Shop::new(), body.to_string().into_bytes());
    let letter = shop.kept(&shop_table("total"), &body);
    assert_eq!((shop.owed(), shop.all(Kind::Touch).len()), (0, 1));
    shop.set("2026-05-03T09:00:00Z");
    // The old table leaves it kept, with what is wrong.
    let replayed = shop.replay(&shop_table("total"), &letter).unwrap();
    assert_eq!((replayed.state, replayed.unrecorded.len()), (LetterState::Kept, 1));
    assert_eq!(shop.letters(LetterState::Kept)[0].tries, 2);
    let replayed = shop.replay(&shop_table("sum"), &letter).unwrap();
    assert_eq!((replayed.state, replayed.unrecorded), (LetterState::Replayed, vec![]));
    assert_eq!((shop.owed(), shop.all(Kind::Touch).len()), (500, 1), "what was recorded before is not done again");
    let said = shop.letters(LetterState::Replayed)[0].said.clone().unwrap();
    assert_eq!((said.actor.as_deref(), said.reason.as_deref()), (Some("desk"), Some("the table is mended")));
    let at = shop.all(Kind::Conversion).into_iter().filter_map(|record| match record {
        Record::Conversion(order) => Some((order.event.to_string(), order.occurred_at.to_string())),
        _ => None,
    });
    assert!(at.collect::<Vec<_>>().contains(&("o-2".to_owned(), "2026-05-01T08:50:00Z".to_owned())));
    let again = shop.replay(&shop_table("sum"), &letter).unwrap();
    assert_eq!((again.state, again.declined), (LetterState::Replayed, Some(Reason::LetterClosed)));
    assert_eq!(shop.owed(), 500);
}

#[test]
fn what_has_no_time_of_its_own_happened_when_it_was_received_first() {
    let shop = Shop::new();
    let body =
        json!({"event": "purchase", "order": "o-1", "user_id": "bob", "sum": "50", "currency": "EUR"}).to_string();
    let letter = shop.kept(&zapier(), body.as_bytes());
    shop.set("2026-05-20T09:00:00Z");
    let mended = tables::ZAPIER.replace(r#""amount": "amount""#, r#""amount": "sum""#);
    let mended = Table::from_json(&mended).unwrap().with_constant("campaign", "spring");
    assert_eq!(shop.replay(&mended, &letter).unwrap().state, LetterState::Replayed);
    let Record::Conversion(order) = shop.all(Kind::Conversion).remove(0) else { panic!("no order") };
    assert_eq!(order.occurred_at.to_string(), "2026-05-01T09:00:00Z");
    assert_eq!(shop.owed(), 500);
}

#[test]
fn a_letter_of_another_source_or_an_unknown_one_is_refused_by_name() {
    let shop = Shop::new();
    let letter = shop.kept(&zapier(), b"[");
    let refused = shop.replay(&shop_table("total"), &letter);
    assert!(matches!(refused, Err(Error::InvalidCommand { field: "table", .. })), "{refused:?}");
    let unknown: LetterKey = format!("zapier/{}", "0".repeat(32)).parse().unwrap();
    assert!(matches!(shop.replay(&zapier(), &unknown), Err(Error::NotFound { what: "letter", .. })));
}

#[test]
fn an_erasure_finds_a_person_wherever_a_kept_message_names_her() {
    let odd = |text: &str| json!({"event": "purchase", "order": "o-1", "note": text}).to_string().into_bytes();
    let escaped = br#"{"event": "purchase", "order": "o-1", "x": {"y": ["canary\u0040mail.example"]}}"#.to_vec();
    let by_email = [
        odd("canary@mail.example"),
        odd("write to Canary@Mail.example, please."),
        odd("https://shop.example/?to=canary@mail.example&x=1"),
        odd("https://shop.example/unsubscribe?to=canary%40mail.example"),
        odd("Canary Bird <canary@mail.example>"),
        br#"{"event": "purchase", "canary@mail.example": true}"#.to_vec(),
        json!({"event": "purchase", "email": "canary@mail.example"}).to_string().into_bytes(),
        escaped,
        b"event=purchase&email=canary@mail.example".to_vec(),
    ];
    let by_id = [json!({"event": "purchase", "user_id": "canary-1"}), json!({"event": "odd", "user_id": "canary-1"})];
    let by_id = by_id.map(|event| event.to_string().into_bytes());
    for is_known in [true, false] {
        let shop = Shop::new();
        if is_known {
            let person = json!({"host_id": "canary-1", "email": "canary@mail.example"});
            shop.say(json!({"enrol": {"campaign": "spring", "person": person}}));
        }
        let other = shop.kept(&zapier(), &odd("somebody@mail.example"));
        for body in by_email.iter().chain(&by_id[..1]) {
            shop.kept(&zapier(), body);
        }
        // What a rule would read counts, although nothing in the message calls for it.
        keep_message(&shop.referrals, &zapier(), &by_id[1], "kept by hand").unwrap();
        let count = by_email.len() + by_id.len();
        assert_eq!(shop.letters(LetterState::Kept).len(), count + 1);
        let who = [Who::Email("canary@mail.example".parse().unwrap()), Who::Host("canary-1".parse().unwrap())];
        let erased = who.map(|who| shop.referrals.erase(&who).unwrap());
        assert_eq!(erased[0].is_some(), is_known);
        assert_eq!(shop.letters(LetterState::Dropped).len(), count);
        let left = shop.letters(LetterState::Kept);
        assert_eq!((left.len(), &left[0].letter), (1, &other));
        assert!(!shop.stored().contains("canary"));
    }
}

#[test]
fn of_many_events_each_that_cannot_be_used_is_a_letter_of_its_own() {
    let shop = Shop::new();
    let order = |id: &str, name: &str, value: Value| {
        let mut order = json!({"type": "paid", "id": id, "user": "bob", "at": "2026-05-01T08:59:00Z"});
        order[name] = value;
        order
    };
    let exact = 12_345_678_901_234_567_i64;
    let body = json!({"shop": "\u{1f980} \"x\"", "orders": [
        order("o-1", "total", json!("50")), order("o-2", "sum", json!(exact)), order("o-3", "sum", json!("20")),
    ]});
    let received = shop.send(&shop_table("total"), body.to_string().as_bytes());
    assert_eq!((received.status, received.letters.len(), shop.owed()), (200, 2, 500));
    let texts = received.letters.iter().map(|letter| shop.referrals.letter(letter).unwrap().body.unwrap());
    let events: Vec<Value> = texts.map(|body| serde_json::from_slice(body.expose()).unwrap()).collect();
    let alone = |order: Value| json!({"shop": "\u{1f980} \"x\"", "orders": [order]});
    assert_eq!(events, [alone(order("o-2", "sum", json!(exact))), alone(order("o-3", "sum", json!("20")))]);
    // Weeks later, when the receipts of the others are gone.
    shop.set("2026-05-25T09:00:00Z");
    shop.referrals.settle().unwrap();
    let replayed = shop.replay(&shop_table("sum"), &received.letters[1]).unwrap();
    assert_eq!((replayed.state, shop.owed()), (LetterState::Replayed, 700));
    assert_eq!(shop.letters(LetterState::Kept).len(), 1);
}

#[test]
fn an_erasure_in_a_message_drops_what_is_kept_of_that_person_and_of_nobody_else() {
    let shop = Shop::new();
    let table = Table::from_json(tables::HUBSPOT).unwrap().with_constant("campaign", "nowhere");
    let event = |user: &str, id: u64, kind: &str| {
        json!({
            "objectId": id, "eventId": id, "occurredAt": 1_777_625_999_000_u64, "subscriptionType": kind,
            "propertyName": "referral_code", "propertyValue": shop.code,
            "contact": {"id": id.to_string(), "properties": {"user_id": user}},
        })
    };
    let body = json!([
        event("bob", 1, "contact.propertyChange"),
        event("cyd", 2, "contact.propertyChange"),
        event("bob", 3, "contact.privacyDeletion"),
    ]);
    let received = shop.send(&table, body.to_string().as_bytes());
    assert_eq!((received.status, received.letters.len()), (200, 2));
    let states = [LetterState::Dropped, LetterState::Kept].map(|state| shop.letters(state)[0].letter.clone());
    assert_eq!(received.letters, states);
    assert!(!shop.stored().contains("bob"));
    let mended = Table::from_json(tables::HUBSPOT).unwrap().with_constant("campaign", "spring");
    let replayed = shop.replay(&mended, &received.letters[1]).unwrap();
    assert_eq!((replayed.state, replayed.unrecorded), (LetterState::Replayed, vec![]));
    assert_eq!(shop.all(Kind::LetterBody), []);
}
