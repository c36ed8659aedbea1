//! Letters: messages of other systems that could not be used.

use referral_inbound::{Hand, Replayed, Table, keep_message, replay, tables};
use referrals::Referrals;
use referrals::command::{Outcome, SetLetterState};
use referrals::record::{LetterKey, LetterState};
use referrals::report::{LetterReport, PageOf};
use serde_json::{Value, json};

use crate::arguments::{LettersJob, ReplayLetters, TableOf};
use crate::failure::Failure;
use crate::hand;
use crate::near::near;
use crate::store::bar;
use crate::telling::{Telling, facts, table};

const BUILT_IN: [(&str, &str); 4] = [
    ("stripe", tables::STRIPE),
    ("hubspot", tables::HUBSPOT),
    ("intercom", tables::INTERCOM),
    ("zapier", tables::ZAPIER),
];

/// Does what is asked of letters.
pub(crate) fn run(job: &LettersJob, open: &dyn Fn() -> Result<Referrals, Failure>) -> Result<Telling, Failure> {
    match job {
        LettersJob::List { state, limit } => list(&open()?, *state, *limit),
        LettersJob::Show { letter, body } => show(&open()?, letter, *body),
        LettersJob::Replay(asked) => {
            let table = table_of(&asked.table)?;
            replay_all(&open()?, &table, asked)
        }
        LettersJob::Drop { letters, hand } => drop_all(&open()?, letters, hand),
        LettersJob::Keep { file, table, why } => {
            let body = std::fs::read(file).map_err(|error| Failure::file(file, error))?;
            let table = table_of(table)?;
            keep(&open()?, &table, &body, why)
        }
    }
}

/// The table of a name or a file, with its constants set.
fn table_of(asked: &TableOf) -> Result<Table, Failure> {
    let built_in = BUILT_IN.iter().find(|(name, _)| *name == asked.name).map(|(_, text)| (*text).to_owned());
    let text = match built_in {
        Some(text) => text,
        None => std::fs::read_to_string(&asked.name).map_err(|error| {
            let names = BUILT_IN.iter().map(|(name, _)| *name);
            Failure::file(asked.name.as_ref(), error).help(near(
                &asked.name,
                names,
                "`--table` is stripe, hubspot, intercom, zapier, or the file of a table",
            ))
        })?,
    };
    let mut table = Table::from_json(&text).map_err(|mistakes| {
        let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Failure::new("table", format!("`{}`: {}", asked.name, mistakes.join("; ")))
    })?;
    for constant in &asked.constants {
        let (name, value) = constant
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`--set {constant}` is not a name, `=` and a value")))?;
        table = table.with_constant(name, value);
    }
    Ok(table)
}

fn found(referrals: &Referrals, state: LetterState, most: usize) -> Result<Vec<LetterReport>, Failure> {
    let (mut all, mut page) = (Vec::new(), PageOf { after: None, limit: 1_000 });
    while all.len() < most {
        let answer = referrals.letters(state, page.clone())?;
        all.extend(answer.letters);
        match answer.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    all.truncate(most);
    Ok(all)
}

fn list(referrals: &Referrals, state: LetterState, limit: usize) -> Result<Telling, Failure> {
    let letters = found(referrals, state, limit)?;
    let row = |one: &LetterReport| {
        let problem = one.problem.clone();
        [one.received_at.to_string(), one.tries.to_string(), one.letter.to_string(), one.code.clone(), problem]
    };
    let documents: Vec<Value> = letters.iter().map(document).collect();
    Telling::new(table(["received", "tries", "letter", "code", "what is wrong"], letters.iter().map(row)), documents)
}

/// A letter for programs, with its name as it is typed.
fn document(one: &LetterReport) -> Value {
    let mut document = json!(one);
    if let Some(name) = document.get_mut("letter") {
        *name = json!(one.letter.to_string());
    }
    document
}

fn show(referrals: &Referrals, letter: &LetterKey, tells_body: bool) -> Result<Telling, Failure> {
    let opened = referrals.letter(letter)?;
    let one = &opened.letter;
    let said = |said: Option<&String>| said.cloned();
    let mut text = facts([
        ("letter", Some(one.letter.to_string())),
        ("state", Some(one.state.to_string())),
        ("received", Some(one.received_at.to_string())),
        ("tried", Some(format!("{} times, last {}", one.tries, one.tried_at))),
        ("code", Some(one.code.clone())),
        ("problem", Some(one.problem.clone())),
        ("bytes", Some(one.bytes.to_string())),
        ("message", Some(if one.sealed { "kept" } else { "not kept" }.to_owned())),
        ("closed by", said(one.said.as_ref().and_then(|said| said.actor.as_ref()))),
        ("because", said(one.said.as_ref().and_then(|said| said.reason.as_ref()))),
    ]);
    let body = opened.body.as_ref().filter(|_| tells_body);
    let body = body.map(|body| String::from_utf8_lossy(body.expose()).into_owned());
    if let Some(body) = &body {
        let shown: Vec<String> =
            body.lines().map(|line| line.replace(|c: char| c.is_control() && c != '\t', "\u{fffd}")).collect();
        text = format!("{text}\n{}\n", shown.join("\n"));
    }
    Telling::new(text, json!({ "letter": document(one), "body": body }))
}

fn replay_all(referrals: &Referrals, table_of_all: &Table, asked: &ReplayLetters) -> Result<Telling, Failure> {
    let letters: Vec<LetterKey> = if asked.all {
        let kept = found(referrals, LetterState::Kept, usize::MAX)?.into_iter().map(|one| one.letter);
        kept.filter(|letter| letter.source == *table_of_all.source()).collect()
    } else {
        asked.letters.clone()
    };
    let hand = Hand { actor: asked.by.clone(), reason: asked.why.clone() };
    let bar = bar(letters.len() as u64, "replaying");
    let (mut rows, mut documents, mut is_well) = (Vec::new(), Vec::new(), true);
    for letter in &letters {
        let (told, problems, shortfalls) = match replay(referrals, table_of_all, letter, &hand) {
            Ok(Replayed { declined: Some(reason), .. }) => (format!("declined: {reason}"), Vec::new(), Vec::new()),
            Ok(Replayed { state, unrecorded, shortfalls, .. }) => {
                let problems = unrecorded.into_iter().map(|what| what.problem).collect();
                (state.to_string(), problems, shortfalls.into_iter().map(|one| one.text).collect())
            }
            Err(error) => ("failed".to_owned(), vec![error.to_string()], Vec::<String>::new()),
        };
        // What a message told to erase is dropped with its person.
        is_well &= told == LetterState::Replayed.as_str() || told == LetterState::Dropped.as_str();
        documents.push(
            json!({ "letter": letter.to_string(), "result": told, "problems": problems, "shortfalls": shortfalls }),
        );
        let said: Vec<String> = problems.into_iter().chain(shortfalls).collect();
        rows.push([told, letter.to_string(), said.join("; ")]);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Telling::new(table(["result", "letter", "what is wrong"], rows), documents)?.unless(is_well))
}

fn drop_all(referrals: &Referrals, letters: &[LetterKey], asked: &crate::arguments::Hand) -> Result<Telling, Failure> {
    let (mut rows, mut documents, mut is_well) = (Vec::new(), Vec::new(), true);
    for letter in letters {
        let (actor, reason) = (asked.by.clone(), asked.why.clone());
        let command = SetLetterState { letter: letter.clone(), state: LetterState::Dropped, actor, reason };
        let told = match hand::run(referrals, command, asked.at)?.outcome {
            Outcome::Accepted(_) => LetterState::Dropped.to_string(),
            Outcome::Declined(reason) => format!("declined: {reason}"),
        };
        is_well &= told == LetterState::Dropped.as_str();
        documents.push(json!({ "letter": letter.to_string(), "result": told }));
        rows.push([told, letter.to_string()]);
    }
    Ok(Telling::new(table(["result", "letter"], rows), documents)?.unless(is_well))
}

fn keep(referrals: &Referrals, table: &Table, body: &[u8], why: &str) -> Result<Telling, Failure> {
    match keep_message(referrals, table, body, why)? {
        Outcome::Accepted(kept) if kept.sealed => {
            Telling::new(format!("kept as {}\n", kept.letter), json!({ "letter": kept.letter.to_string() }))
        }
        Outcome::Accepted(kept) => {
            let text = format!("noted as {}, but too large to be kept\n", kept.letter);
            Ok(Telling::new(text, json!({ "letter": kept.letter.to_string() }))?.unless(false))
        }
        Outcome::Declined(reason) => {
            Ok(Telling::new(format!("declined: {reason}\n"), json!({ "declined": reason }))?.unless(false))
        }
    }
}
