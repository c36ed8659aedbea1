//! What an HTTP handler calls: a message is verified, mapped, executed and answered, and what could not be used is kept as a
//! letter. A letter is replayed with a mended table.

use std::collections::BTreeMap;

use referral_core::command::{KeepLetter, LetterKept, Outcome, Reason, SetLetterState};
use referral_core::error::{Error, Result};
use referral_core::record::{LetterKey, LetterState, Private};
use referral_core::value::MessageBody;
use referrals::Referrals;

use crate::error::InboundError;
use crate::table::{Answer, Erasure, Mapped, Shortfall, Table, Unrecorded};
use crate::verify::{Delivery, Scheme, Secrets, Verified, verify};

/// What became of a message, and what to answer to its sender. It holds no personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The HTTP status: 200 if everything is recorded, declined or kept here. With any other one the sender keeps the message
    /// and sends it again.
    pub status: u16,
    /// The parts that are not recorded.
    pub unrecorded: Vec<Unrecorded>,
    /// The parts of which nothing is kept, because their rule expects that: most are about people who are not known here.
    pub expected: Vec<Unrecorded>,
    /// The letters that hold what could not be used: one for each such event.
    pub letters: Vec<LetterKey>,
    /// Fields that a request leaves out or changes, with the event of the delivery, from 0.
    pub left_out: Vec<(usize, InboundError)>,
    /// Why less came of what is recorded than the sender may expect, and what was declined.
    pub shortfalls: Vec<Shortfall>,
    /// Events that the table ignores on purpose, each with the name of the entry that says so.
    pub ignored: Vec<(usize, String)>,
    /// How many events of the delivery no rule applied to.
    pub unmatched: usize,
}

/// What became of a letter that was replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Where the letter stands now: `replayed`, or still `kept`.
    pub state: LetterState,
    /// Why nothing was tried: the letter was replayed or dropped before.
    pub declined: Option<Reason>,
    /// The parts that are still not recorded.
    pub unrecorded: Vec<Unrecorded>,
    /// Fields that a request leaves out or changes.
    pub left_out: Vec<(usize, InboundError)>,
    /// Why less came of what is recorded than the sender may expect, and what was declined.
    pub shortfalls: Vec<Shortfall>,
}

/// Whose hand replays a letter, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hand {
    /// Who does it, in the host's own words.
    pub actor: Option<String>,
    /// Why, in a few words without personal data.
    pub reason: Option<String>,
}

/// Receives a message: verifies, maps and executes it, and keeps what could not be used.
///
/// ```
/// use referral_inbound::{Delivery, Scheme, Secrets, Table, handle, tables};
/// # use referrals::{Keyring, KeyState, Referrals, Secret};
/// # let keyring = Keyring::builder().link_key(1, Secret::new([1; 32]), KeyState::Active)
/// #     .alias_key(Secret::new([2; 32])).lookup_key(Secret::new([3; 32])).build()?;
/// let referrals = Referrals::open("memory:", keyring)?;
/// let table = Table::from_json(tables::ZAPIER).map_err(|mistakes| format!("{mistakes:?}"))?;
/// let scheme = Scheme::SharedSecret { header: "x-webhook-secret".into() };
/// let secrets = Secrets::new(&["a-long-shared-secret"])?;
/// // A payment without an amount.
/// let body = br#"{"event": "purchase", "order": "o-1", "user_id": "bob"}"#;
/// let delivery = Delivery { headers: &[("x-webhook-secret", b"a-long-shared-secret")], body };
/// let received = handle(&referrals, &scheme, &secrets, &table, &delivery);
/// assert_eq!((received.status, received.letters.len()), (200, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn handle(
    referrals: &Referrals,
    scheme: &Scheme,
    secrets: &Secrets,
    table: &Table,
    delivery: &Delivery<'_>,
) -> Received {
    match verify(scheme, delivery, secrets, referrals.now()) {
        Ok(verified) => receive(referrals, table, &verified),
        Err(error) => Received { status: error.status(), unrecorded: vec![whole(&error)], ..Received::default() },
    }
}

/// As [`handle`], for a message that was verified: where the host adds to its body what it fetched by the ids in it. It is this
/// body that is kept.
#[must_use]
pub fn receive(referrals: &Referrals, table: &Table, verified: &Verified<'_>) -> Received {
    let (mut received, erasures) = tried(referrals, table, verified);
    if received.status == UNUSABLE {
        received.status = 200;
        for (body, unrecorded) in parts(table, verified, &received.unrecorded) {
            let kept = keep(referrals, table, &verified.with_body(&body), &unrecorded);
            let status = kept.as_ref().map_or_else(unkept, |kept| match kept {
                Outcome::Accepted(LetterKept { sealed: true, .. }) => 200,
                // Its sender has to keep it, and a hand sees it among the letters.
                Outcome::Accepted(_) => UNUSABLE,
                Outcome::Declined(_) => AGAIN,
            });
            received.status = received.status.max(status);
            received.letters.extend(kept.ok().and_then(Outcome::accepted).map(|kept| kept.letter));
        }
    }
    // Last, so that what was kept of somebody who is to be erased goes too.
    erase(referrals, erasures, &mut received);
    received
}

/// What could not be used of a message, event by event: each is kept, replayed and dropped alone, so that the erasure of a person
/// drops nothing that others are named by.
fn parts(table: &Table, verified: &Verified<'_>, unrecorded: &[Unrecorded]) -> Vec<(Vec<u8>, Vec<Unrecorded>)> {
    let mut by_event: BTreeMap<usize, Vec<Unrecorded>> = BTreeMap::new();
    for what in unrecorded {
        by_event.entry(what.event).or_default().push(what.clone());
    }
    let body = |event| table.body_of(verified, event).unwrap_or_else(|| verified.body().to_vec());
    by_event.into_iter().map(|(event, unrecorded)| (body(event), unrecorded)).collect()
}

/// Replays a letter: maps its message with `table`, as it is now, and executes it. What was recorded before is not done again:
/// keys come from the events themselves. If all of it is recorded or declined, the letter is closed as `replayed`; otherwise
/// it stays kept, with what is wrong now.
///
/// What the message tells happened when its events did, and otherwise when it was received. A command with a receipt is
/// replayed for as long as receipts are kept (`receipt_days`); later it is `key_too_old`. Orders and refunds have no such end.
///
/// # Errors
/// [`Error::NotFound`] if there is no such letter; [`Error::InvalidCommand`] for `table` if it is that of another source, for
/// `letter` if its body was not kept; otherwise what the store says.
pub fn replay(referrals: &Referrals, table: &Table, letter: &LetterKey, hand: &Hand) -> Result<Replayed> {
    let opened = referrals.letter(letter)?;
    let mut replayed = Replayed {
        state: opened.letter.state,
        declined: None,
        unrecorded: Vec::new(),
        left_out: Vec::new(),
        shortfalls: Vec::new(),
    };
    if replayed.state != LetterState::Kept {
        return Ok(Replayed { declined: Some(Reason::LetterClosed), ..replayed });
    }
    let wrong = |field, problem: &str| Err(Error::InvalidCommand { field, problem: problem.to_owned() });
    if *table.source() != letter.source {
        return wrong("table", "is that of another source");
    }
    let Some(body) = &opened.body else { return wrong("letter", "has no body: its sender has to send it again") };
    let delivery = opened.delivery.as_ref().map(|delivery| delivery.0.as_str());
    let verified = Verified::kept(body.expose(), delivery, opened.letter.received_at);
    let (mut tried, erasures) = tried(referrals, table, &verified);
    if tried.status == UNUSABLE {
        keep(referrals, table, &verified, &tried.unrecorded)?;
    }
    erase(referrals, erasures, &mut tried);
    match tried.status {
        200 => {
            let Hand { actor, reason } = hand.clone();
            let state = LetterState::Replayed;
            let closed = referrals.execute(SetLetterState { letter: letter.clone(), state, actor, reason })?;
            // The erasure that a message asks for drops the message itself.
            replayed.state = closed.outcome.accepted().map_or(LetterState::Dropped, |closed| closed.state);
        }
        _ => replayed.state = referrals.letter(letter)?.letter.state,
    }
    Ok(Replayed { unrecorded: tried.unrecorded, left_out: tried.left_out, shortfalls: tried.shortfalls, ..replayed })
}

/// Keeps a message that was verified by other means, for a hand to replay: what a host stored itself.
///
/// # Errors
/// [`Error::InvalidValue`] if the body has more than 1 MiB; otherwise what the store says.
pub fn keep_message(referrals: &Referrals, table: &Table, body: &[u8], problem: &str) -> Result<Outcome<LetterKept>> {
    let verified = Verified::kept(body, None, referrals.now());
    let why = Unrecorded { event: 0, code: "kept_by_hand", problem: problem.to_owned() };
    keep(referrals, table, &verified, &[why])
}

const UNUSABLE: u16 = 422;
const AGAIN: u16 = 503;

/// A message that is wrong as a whole.
fn whole(error: &InboundError) -> Unrecorded {
    Unrecorded { event: 0, code: error.code(), problem: error.to_string() }
}

/// What became of a message, before any of it is kept, and whom it asks to erase: 200, 422 if a part of it cannot succeed as it
/// is, 503 if it may later.
fn tried(referrals: &Referrals, table: &Table, verified: &Verified<'_>) -> (Received, Vec<Erasure>) {
    let mut mapped = match table.map(verified) {
        Ok(mapped) => mapped,
        Err(error) => {
            let is_too_large = matches!(error, InboundError::TooLarge { .. });
            let status = if is_too_large { error.status() } else { UNUSABLE };
            return (Received { status, unrecorded: vec![whole(&error)], ..Received::default() }, Vec::new());
        }
    };
    let results = referrals.execute_requests(std::mem::take(&mut mapped.requests));
    let Answer { status, unrecorded, expected } = mapped.answer(&results);
    let shortfalls = mapped.shortfalls(&results);
    let Mapped { erasures, left_out, ignored, unmatched, .. } = mapped;
    (Received { status, unrecorded, expected, letters: Vec::new(), left_out, shortfalls, ignored, unmatched }, erasures)
}

fn erase(referrals: &Referrals, erasures: Vec<Erasure>, received: &mut Received) {
    for Erasure { event, person } in erasures {
        if let Err(error) = referrals.erase(&person) {
            received.status = AGAIN;
            received.unrecorded.push(Unrecorded { event, code: error.code(), problem: error.to_string() });
        }
    }
}

fn keep(
    referrals: &Referrals,
    table: &Table,
    verified: &Verified<'_>,
    unrecorded: &[Unrecorded],
) -> Result<Outcome<LetterKept>> {
    let named = table.people(verified);
    let (code, problem) = match unrecorded {
        [] => ("unknown", String::new()),
        [only] => (only.code, only.problem.clone()),
        [first, rest @ ..] => (first.code, format!("{}; and {} more", first.problem, rest.len())),
    };
    let command = KeepLetter {
        source: table.source().clone(),
        body: MessageBody::new(verified.body().to_vec())?,
        delivery: verified.delivery().map(|delivery| Private(delivery.to_owned())),
        code: code.to_owned(),
        problem: bounded(&problem),
        people: named.people,
        ids: named.ids,
    };
    Ok(referrals.execute(command)?.outcome)
}

/// A problem within its bound, without control characters.
fn bounded(problem: &str) -> String {
    let plain = problem.replace(char::is_control, " ");
    let mut end = plain.len().min(KeepLetter::MOST_PROBLEM);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    plain.get(..end).unwrap_or_default().to_owned()
}

/// What to answer where a message could not be kept: its sender keeps it.
fn unkept(error: &Error) -> u16 {
    if error.is_retryable() { AGAIN } else { 500 }
}
