//! What the library says never holds a secret or a person's data: canaries go through every way in, and everything that comes
//! out, is stored or would be logged is searched for them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fmt::{Debug, Display};
use std::sync::{Arc, Mutex};

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use referrals::command::{AnyCommand, AnyOutcome, Outcome, Request, Who};
use referrals::notify::{Lease, Notice, Notifier, NotifierError, Schedule};
use referrals::record::{Kind, LetterState, NotificationKind, Record};
use referrals::report::{PageOf, Unexplained};
use referrals::store::{Listing, MemoryStore, Store};
use referrals::value::{CommandKey, Email, Entropy, TenantId};
use referrals::{KeyState, Keyring, Referrals, Secret};
use serde_json::{Value, json};

const EMAIL: &str = "Canary.Bird+tag@kanarie.example";
const NAME: &str = "Kanarie Zilverzang";
const IP: &str = "203.0.113.77";
const AGENT: &str = "Mozilla/5.0 (X11; Canary) Firefox/140.0";
const VISITOR: &str = "visitor-cookie-of-the-canary";
/// What the host states of people, orders and links: it stands where it belongs, and is cleared with its person.
const STATED: &str = "stated-of-the-canary";
const SECRETS: [&[u8; 32]; 3] =
    [b"link-root-of-the-canary-12345678", b"alias-key-of-the-canary-12345678", b"lookup-key-of-the-canary-1234567"];

/// Every form in which a canary might be found.
fn forms() -> Vec<String> {
    let message = message();
    let told = [BASE64.encode(&message), HEXLOWER.encode(&message)].map(|text| text[4..40].to_owned());
    let bytes = format!("{:?}", &message[..12]);
    let told = told.into_iter().chain([bytes.trim_matches(['[', ']']).replace(", ", ",")]);
    let personal = [EMAIL, "canary.bird", "canarybird", "kanarie.example", NAME, "Zilverzang", IP, AGENT, VISITOR];
    let spelled = |secret: &[u8; 32]| {
        let bytes = format!("{:?}", &secret[..8]);
        [
            String::from_utf8(secret.to_vec()).unwrap(),
            HEXLOWER.encode(secret),
            BASE64.encode(secret),
            BASE64URL_NOPAD.encode(secret),
            bytes.trim_matches(['[', ']']).to_owned(),
        ]
    };
    personal
        .iter()
        .map(|text| (*text).to_owned())
        .chain(told)
        .chain(SECRETS.iter().flat_map(|secret| spelled(secret)))
        .collect()
}

/// Everything that was said, with what said it.
#[derive(Default)]
struct Said(Vec<(String, String)>);

impl Said {
    fn debug(&mut self, what: impl Display, value: impl Debug) {
        self.text(&what, format!("{value:?}"));
        self.text(format!("{what}, in lines"), format!("{value:#?}"));
    }

    fn text(&mut self, what: impl Display, text: String) {
        self.0.push((what.to_string(), text));
    }

    fn holding(&self, forms: &[String]) -> Vec<String> {
        let found = |text: &str| forms.iter().find(|form| text.to_lowercase().contains(&form.to_lowercase()));
        self.0.iter().filter_map(|(what, text)| Some(format!("{what}: {} in {text}", found(text)?))).collect()
    }
}

fn keyring() -> Keyring {
    let [link, alias, lookup] = SECRETS.map(|secret| Secret::new(*secret));
    Keyring::builder().link_key(1, link, KeyState::Active).alias_key(alias).lookup_key(lookup).build().unwrap()
}

fn person() -> Value {
    json!({"host_id": "zilver", "email": EMAIL, "name": NAME, "language": "de", "country": "DE",
        "data": {"plan": STATED}})
}

/// A message of another system with all canaries in it.
fn message() -> Vec<u8> {
    json!({"person": person(), "note": [NAME, IP, AGENT, VISITOR]}).to_string().into_bytes()
}

/// A message that could not be used.
fn letter(body: &[u8]) -> Value {
    json!({"keep_letter": {"source": "shop", "body": BASE64.encode(body), "delivery": VISITOR, "code": "field_missing",
        "problem": "rule `paid`: the event has nothing for `total`", "people": [{"host": "zilver"}, {"email": EMAIL}],
        "ids": [{"source": "stripe", "id": VISITOR}]}})
}

/// What is done: first what is accepted, then what is declined or wrong, each with the canary in it.
fn commands(code: &Value) -> Vec<Value> {
    let (who, mailed) = (json!({"host": "zilver"}), json!({"email": EMAIL}));
    let click = json!({"link": code, "campaign": "spring", "visitor": VISITOR, "ip": IP, "user_agent": AGENT,
        "referer": format!("https://zilver:{VISITOR}@forum.example/{VISITOR}?mail={EMAIL}"),
        "query": format!("?utm_source={EMAIL}&utm_content=Canary.Bird%2Btag%40kanarie.example&token={VISITOR}"),
        "fetch": {"site": "cross-site", "mode": "navigate", "dest": "document", "user": "?1"}});
    let lead = json!({"campaign": "spring", "person": person(), "evidence": {"code": code, "visitor": VISITOR}});
    let bought = |event: &str, total: &str| {
        json!({"record_conversion": {"source": "shop", "event": event, "kind": "purchase", "person": person(), "total": total,
            "coupon": STATED, "data": {"plan": STATED}}})
    };
    vec![
        json!({"record_click": click}),
        json!({"record_lead": lead}),
        json!({"record_lead": lead}),
        json!({"enrol": {"campaign": "spring", "person": person()}}),
        json!({"set_profile": {"participant": who, "shown_as": "pseudonym", "pseudonym": NAME, "message": NAME}}),
        json!({"set_profile": {"participant": who, "message": EMAIL}}),
        json!({"record_share": {"campaign": "spring", "participant": who, "channel": "x"}}),
        json!({"create_link": {"campaign": "spring", "participant": who, "utm": {"utm_source": STATED}}}),
        bought("o1", "80 EUR"),
        bought("o1", "90 EUR"),
        json!({"request_lookup": {"campaign": "spring", "email": EMAIL}}),
        json!({"request_lookup": {"campaign": "spring", "email": "other@kanarie.example"}}),
        json!({"enrol": {"campaign": "none", "person": person()}}),
        json!({"create_link": {"campaign": "spring", "participant": {"email": "nobody@kanarie.example"}}}),
        json!({"add_alias": {"participant": {"host": "ada"}, "email": EMAIL}}),
        json!({"qualify": {"campaign": "spring", "invitee": {"email": "nobody@kanarie.example"}}}),
        json!({"record_lead": {"campaign": "spring", "person": person(), "evidence": {"code": EMAIL}}}),
        json!({"record_lead": {"campaign": "spring", "person": person(), "evidence": {"link": NAME}}}),
        json!({"record_click": {"link": EMAIL, "campaign": "spring", "ip": IP}}),
        json!({"open_lookup": {"token": EMAIL}}),
        json!({"unsubscribe": {"recipient": {"token": NAME}}}),
        json!({"unsubscribe": {"recipient": {"participant": mailed}}}),
        json!({"create_code": {"campaign": "spring", "participant": who, "vanity": EMAIL}}),
        json!({"record_click": {"link": code, "campaign": "spring", "ip": IP, "user_agent": AGENT,
            "destination": "https://kanarie.example/"}}),
        letter(&message()),
        letter(&message()),
        letter(&vec![b'x'; 1 << 19]),
    ]
}

/// What cannot even be read.
fn unreadable() -> Vec<Value> {
    vec![
        json!({"enrol": {"campaign": "spring", "person": {"email": format!("{EMAIL}@")}}}),
        json!({"request_lookup": {"campaign": "spring", "email": format!("<{EMAIL}>")}}),
        json!({"create_link": {"campaign": "spring", "participant": {"email": "kanarie.example"}}}),
        json!({"record_click": {"link": "x", "ip": format!("{IP}.1")}}),
        json!({"keep_letter": {"source": "shop", "body": EMAIL, "code": "x", "problem": ""}}),
    ]
}

fn execute(referrals: &Referrals, command: Value, said: &mut Said) -> Option<AnyOutcome> {
    let command: AnyCommand = serde_json::from_value(command).unwrap();
    let name = command.name();
    said.debug(format!("the command {name}"), &command);
    let request = Request { key: key(referrals), command, facts: Default::default() };
    said.debug(format!("the request {name}"), &request);
    match referrals.execute_request(request) {
        Ok(receipt) => {
            said.debug(format!("the receipt of {name}"), &receipt);
            said.text(format!("the receipt of {name} as JSON"), serde_json::to_string(&receipt).unwrap());
            match receipt.outcome {
                Outcome::Accepted(outcome) => Some(outcome),
                Outcome::Declined(_) => None,
            }
        }
        Err(error) => {
            said.text(format!("the error of {name}"), error.to_string());
            said.debug(format!("the error of {name}, debugged"), &error);
            None
        }
    }
}

/// A fresh command key.
fn key(referrals: &Referrals) -> CommandKey {
    let mut seed = [0; 32];
    referrals::EntropySource::fill(&referrals::SystemEntropy, &mut seed).unwrap();
    CommandKey::mint(referrals.now(), &mut Entropy::new(seed))
}

/// Keeps what it is handed.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Notice>>);

impl Notifier for Kept {
    fn notify(&self, notice: &Notice) -> Result<(), NotifierError> {
        self.0.lock().unwrap().push(notice.clone());
        Ok(())
    }
}

fn handed(referrals: &Referrals, subscriber: &str) -> Vec<Notice> {
    let kept = Kept::default();
    let lease = Lease {
        subscriber: subscriber.parse().unwrap(),
        most: 1_000,
        lease_for: "5 minutes".parse().unwrap(),
        schedule: Schedule::default(),
    };
    assert!(referrals.relay(&lease, &kept).unwrap().delivered > 0);
    kept.0.into_inner().unwrap()
}

/// A store and its front door, after the canary went through everything; what was said meanwhile.
fn lived() -> (Arc<MemoryStore>, Referrals, Said) {
    let mut said = Said::default();
    let store = Arc::new(MemoryStore::new());
    let referrals = Referrals::builder(keyring()).over(store.clone()).unwrap();
    referrals.execute(common::campaign()).unwrap();
    for (subscriber, purpose) in [("crm", "events"), ("mailer", "mail")] {
        let kinds = NotificationKind::ALL;
        let subscribe = json!({"subscribe": {"subscriber": subscriber, "kinds": kinds, "purpose": purpose}});
        execute(&referrals, subscribe, &mut said).unwrap();
    }
    let ada = json!({"enrol": {"campaign": "spring", "person": {"host_id": "ada"}}});
    let ada = serde_json::to_value(execute(&referrals, ada, &mut said).unwrap()).unwrap();
    let mut accepted = 0;
    for command in commands(&ada["enrolled"]["code"]) {
        accepted += usize::from(execute(&referrals, command, &mut said).is_some());
    }
    assert!((8..20).contains(&accepted), "some are accepted and some are not: {accepted}");
    for command in unreadable() {
        let problem = serde_json::from_value::<AnyCommand>(command).unwrap_err();
        said.text("what cannot be read", problem.to_string());
    }
    (store, referrals, said)
}

#[test]
fn what_is_said_and_logged_holds_no_secret_and_nothing_of_a_person() {
    let (_, referrals, mut said) = lived();
    let spring = "spring".parse().unwrap();
    let who = Who::Email(EMAIL.parse().unwrap());
    said.debug("who", &who);
    said.text("an error of a value", format!("{EMAIL}@").parse::<Email>().unwrap_err().to_string());
    said.debug("the keyring", keyring());
    said.debug("the door", &referrals);
    said.debug("the participant", referrals.participant(&spring, &who).unwrap());
    said.debug("the share kit", referrals.share_kit(&spring, &who, None).unwrap());
    said.debug("the referrals", referrals.referrals(&spring, PageOf::default()).unwrap());
    said.debug("the referral", referrals.referral(&spring, &who).unwrap());
    let referral = Unexplained::Referral { campaign: spring.clone(), invitee: who.clone(), lead: None };
    let explained = referrals.explain(referral).unwrap();
    said.text("the explanation", serde_json::to_string(&explained).unwrap());
    said.debug("the explanation, debugged", &explained);
    said.debug("the data of the person", referrals.export(&who).unwrap());
    let letters = referrals.letters(LetterState::Kept, PageOf::default()).unwrap();
    assert_eq!(letters.letters.len(), 2);
    said.text("the letters", serde_json::to_string(&letters).unwrap());
    for one in letters.letters {
        said.debug("an opened letter", referrals.letter(&one.letter).unwrap());
    }
    for subscriber in ["crm", "mailer"] {
        for notice in handed(&referrals, subscriber) {
            said.debug(format!("a notice to {subscriber}"), &notice);
            if subscriber == "crm" && notice.kind != NotificationKind::LookupRequested {
                said.text(format!("{:?} to {subscriber}", notice.kind), serde_json::to_string(&notice).unwrap());
            }
        }
    }
    assert!(said.0.len() > 100, "{}", said.0.len());
    assert_eq!(said.holding(&[forms(), vec![STATED.to_owned()]].concat()), Vec::<String>::new());
}

#[test]
fn what_is_stored_holds_a_person_in_the_one_row_that_is_erased() {
    let (store, ..) = lived();
    let (mut stored, mut rows) = (Said::default(), Said::default());
    for kind in Kind::ALL {
        for found in store.list(&TenantId::default(), &Listing::All(*kind).first(10_000)).unwrap().rows {
            let text = serde_json::to_string(&found.record).unwrap();
            stored.debug(format!("a {}, debugged", kind.table().name), &found.record);
            if matches!(found.record, Record::Person(_)) { &mut rows } else { &mut stored }
                .text(kind.table().name, text);
        }
    }
    assert_eq!(stored.holding(&forms()), Vec::<String>::new());
    assert_eq!(rows.holding(&forms()).len(), 1, "the search finds what is there");
}

#[test]
fn a_letter_that_is_opened_says_what_came_and_the_search_finds_it() {
    let (_, referrals, _) = lived();
    let mut said = Said::default();
    for one in referrals.letters(LetterState::Kept, PageOf::default()).unwrap().letters {
        said.text("an opened letter", serde_json::to_string(&referrals.letter(&one.letter).unwrap()).unwrap());
    }
    assert!(!said.holding(&forms()).is_empty());
}

#[test]
fn the_search_finds_what_is_handed_to_a_mailer() {
    let (_, referrals, _) = lived();
    let mut said = Said::default();
    for notice in handed(&referrals, "mailer") {
        said.text("a notice", serde_json::to_string(&notice).unwrap());
    }
    assert!(!said.holding(&forms()).is_empty());
}
