//! People: what is held on them, and its erasure.

use std::io::Write as _;
use std::path::Path;

use referrals::command::Who;
use referrals::record::{FurtherId, ParticipantState, Validity};
use referrals::report::PersonData;
use referrals::value::{HostId, SourceName};
use referrals::{Error, Referrals};
use serde_json::json;

use crate::arguments::PersonJob;
use crate::failure::Failure;
use crate::files::{Draft, Existing};
use crate::find;
use crate::identity;
use crate::person;
use crate::store::spinner;
use crate::telling::{Telling, table};

pub(crate) fn run(job: &PersonJob, open: &dyn Fn() -> Result<Referrals, Failure>) -> Result<Telling, Failure> {
    match job {
        PersonJob::Find { person, campaign } => find::run(&open()?, &typed(person)?, campaign.as_ref()),
        PersonJob::Show(of) => person::show(&open()?, of),
        PersonJob::Enrol(asked) => person::enrol(&open()?, asked),
        PersonJob::Link(asked) => person::link(&open()?, asked),
        PersonJob::Code(asked) => person::code(&open()?, asked),
        PersonJob::ShareKit { of, language } => person::share_kit(&open()?, of, language.as_ref()),
        PersonJob::Suspend { person, hand } => person::set(&open()?, person, ParticipantState::Suspended, hand),
        PersonJob::Activate { person, hand } => person::set(&open()?, person, ParticipantState::Active, hand),
        PersonJob::AddAlias(asked) => identity::add(&open()?, asked),
        PersonJob::RemoveAlias(asked) => identity::remove(&open()?, asked),
        PersonJob::Merge { one, other, dry_run: true, .. } => identity::would_merge(&open()?, one, other),
        PersonJob::Merge { one, other, hand, .. } => identity::merge(&open()?, one, other, hand),
        PersonJob::Profile(asked) => person::profile(&open()?, asked),
        PersonJob::Withdraw(asked) => identity::set_validity(&open()?, asked, Validity::Revoked),
        PersonJob::Restore(asked) => identity::set_validity(&open()?, asked, Validity::Active),
        PersonJob::Unsubscribe(asked) => person::unsubscribe(&open()?, asked),
        PersonJob::Resubscribe(asked) => person::resubscribe(&open()?, asked),
        PersonJob::Export { person, to, replace } => {
            let person = named(person)?;
            let existing = Existing::by(*replace);
            to.iter().try_for_each(|file| existing.allows(file))?;
            let held = held(&open()?, &person)?;
            match to {
                Some(file) => write(&held, file, existing),
                None => shown(&held),
            }
        }
        PersonJob::Erase { person, dry_run, .. } => {
            let person = named(person)?;
            let referrals = open()?;
            if *dry_run { rehearse(&held(&referrals, &person)?) } else { erase(&referrals, &person) }
        }
    }
}

/// A person by what somebody typed. Never quoted: it may be an address.
pub(crate) fn who(text: &str) -> Result<Who, Failure> {
    let host = |id: &str| HostId::new(id).map(Who::Host);
    let who = match text.split_once(':') {
        Some(("email", email)) => email.parse().map(Who::Email),
        Some(("id", id)) => id.parse().map(Who::Id),
        Some(("host", id)) => host(id),
        Some(("further", further)) => match further.split_once(':') {
            Some((source, id)) => further_id(source, id).map(Who::Further),
            None => return Err(Failure::usage("a further id is `further:SOURCE:ID`, such as `further:stripe:cus_1`")),
        },
        _ => host(text),
    };
    who.map_err(|error| Failure::from(error).mistyped())
}

/// An id of a person in another system.
pub(crate) fn further_id(source: &str, id: &str) -> Result<FurtherId, Error> {
    Ok(FurtherId { source: SourceName::new(source)?, id: HostId::new(id)? })
}

fn named(text: &str) -> Result<Who, Failure> {
    who(&typed(text)?)
}

/// What was typed, or the first line of standard input.
fn typed(text: &str) -> Result<String, Failure> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| Failure::new("file", format!("standard input could not be read: {error}")))?;
    Ok(line.trim().to_owned())
}

/// Nobody has what was typed.
pub(crate) fn nobody() -> Failure {
    Failure::new("not_found", "nobody is known by that")
        .help("people are named by the host's id, by `email:ADDRESS`, by `further:SOURCE:ID` or by `id:UUID`")
}

fn held(referrals: &Referrals, person: &Who) -> Result<PersonData, Failure> {
    let spinner = spinner("reading everything");
    let held = referrals.export(person);
    spinner.finish_and_clear();
    held?.ok_or_else(nobody)
}

fn shown(held: &PersonData) -> Result<Telling, Failure> {
    let document = serde_json::to_value(held).map_err(|error| Failure::new("output", error.to_string()))?;
    Telling::new(format!("{document:#}"), document)
}

fn write(held: &PersonData, file: &Path, existing: Existing) -> Result<Telling, Failure> {
    let mut draft = Draft::private(file)?;
    serde_json::to_writer_pretty(&mut draft, held).map_err(|error| Failure::file(file, error))?;
    writeln!(draft).map_err(|error| Failure::file(file, error))?;
    draft.finish(existing)?;
    let records: usize = held.records.values().map(Vec::len).sum();
    let text = format!("wrote what is held on {}, {records} records, to `{}`", held.participant, file.display());
    Telling::new(text, json!({ "participant": held.participant, "records": records, "file": file }))
}

fn rehearse(held: &PersonData) -> Result<Telling, Failure> {
    let rows = held.records.iter().map(|(kind, records)| [kind.clone(), records.len().to_string()]);
    let text = format!(
        "a dry run, nothing was erased; these records name {}:\n{}",
        held.participant,
        table(["table", "records"], rows)
    );
    let counts: serde_json::Map<_, _> =
        held.records.iter().map(|(kind, records)| (kind.clone(), json!(records.len()))).collect();
    Telling::new(text, json!({ "participant": held.participant, "records": counts, "dry_run": true }))
}

fn erase(referrals: &Referrals, person: &Who) -> Result<Telling, Failure> {
    let spinner = spinner("erasing");
    let erased = referrals.erase(person);
    spinner.finish_and_clear();
    let erased = erased?.ok_or_else(nobody)?;
    let text = format!(
        "erased {}: {} records removed or cleared\nexports and backups that were made before still hold the person",
        erased.participant, erased.records
    );
    Telling::new(text, json!({ "participant": erased.participant, "records": erased.records, "dry_run": false }))
}
