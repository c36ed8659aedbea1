//! Exports: every table in a file of its own, and a list of them, which is written last. What has no list is no export.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use referral_csv::{ExportError, Format, export};
use referrals::Referrals;
use referrals::record::Kind;
use referrals::value::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::arguments::{Export, Store};
use crate::failure::Failure;
use crate::files::{self, Draft, Existing};
use crate::store::{at_this_moment, bar};
use crate::telling::{Telling, table};

/// The list of an export.
pub(crate) const LIST: &str = "export.json";

/// What an export holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) format: Format,
    pub(crate) tenant: TenantId,
    pub(crate) at: Timestamp,
    /// By the file's name.
    pub(crate) files: BTreeMap<String, Size>,
}

/// How much a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Size {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

/// Writes an export.
pub(crate) fn run(asked: &Export, place: &Store, as_json: bool) -> Result<Telling, Failure> {
    let format = Format::from(asked.format);
    if asked.folder == Path::new("-") {
        return match asked.table.as_slice() {
            _ if as_json => Err(Failure::usage("standard output is the table's: `--json` needs a folder")),
            [kind] => print(&at_this_moment(place)?, *kind, format),
            _ => Err(Failure::usage("standard output takes one table").help("say which one by `--table reward`")),
        };
    }
    let existing = Existing::by(asked.replace);
    let kinds: Vec<Kind> =
        Kind::ALL.iter().copied().filter(|kind| asked.table.is_empty() || asked.table.contains(kind)).collect();
    let names = kinds.iter().map(|kind| format.file_name(*kind)).chain([LIST.to_owned()]);
    names.map(|name| asked.folder.join(name)).try_for_each(|path| existing.allows(&path))?;
    let referrals = at_this_moment(place)?;
    files::make_folder(&asked.folder)?;
    let listed = write(&referrals, &asked.folder, &kinds, format, existing)?;
    told(&asked.folder, &listed)
}

/// All files are written before the first one gets its name.
fn write(
    referrals: &Referrals,
    folder: &Path,
    kinds: &[Kind],
    format: Format,
    existing: Existing,
) -> Result<Listed, Failure> {
    let bar = bar(kinds.len() as u64, "exporting");
    let mut drafts = Vec::new();
    for kind in kinds {
        let name = format.file_name(*kind);
        let path = folder.join(&name);
        let mut draft = Draft::private(&path)?;
        let records = export(referrals, *kind, format, &mut draft).map_err(|error| failure(&path, error))?;
        drafts.push((name, draft, records));
        bar.inc(1);
    }
    let earlier = earlier(folder);
    let list = folder.join(LIST);
    if existing == Existing::Replaced && list.exists() {
        // Until the new list is there, what is there is neither export.
        fs::remove_file(&list).and_then(|()| files::sync(folder)).map_err(|error| Failure::file(&list, error))?;
    }
    let mut sizes = BTreeMap::new();
    for (name, draft, records) in drafts {
        let bytes = draft.finish(existing)?;
        sizes.insert(name, Size { records, bytes });
    }
    // What the earlier export had and this one has not would look like a part of it.
    for name in earlier.iter().filter(|name| !sizes.contains_key(*name)) {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(|error| Failure::file(&path, error))?;
    }
    let listed = Listed { format, tenant: referrals.tenant().clone(), at: referrals.now(), files: sizes };
    let mut draft = Draft::private(&list)?;
    serde_json::to_writer_pretty(&mut draft, &listed).map_err(|error| Failure::file(&list, error))?;
    writeln!(draft).map_err(|error| Failure::file(&list, error))?;
    draft.finish(existing)?;
    bar.finish_and_clear();
    Ok(listed)
}

/// The tables' files that the list of an earlier export names. Other names are not ours to remove.
fn earlier(folder: &Path) -> Vec<String> {
    let Ok(Some(listed)) = list(folder) else { return Vec::new() };
    let ours = |name: &String| Kind::ALL.iter().any(|kind| listed.format.file_name(*kind) == *name);
    listed.files.keys().filter(|name| ours(name) && folder.join(name).is_file()).cloned().collect()
}

/// The list of an export; none if there is none.
pub(crate) fn list(folder: &Path) -> Result<Option<Listed>, Failure> {
    let path = folder.join(LIST);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let text = files::read(&path)?;
    // The parser's message could quote what it read.
    let odd = |error: serde_json::Error| format!("is no list of an export, from line {} on", error.line());
    serde_json::from_slice(&text).map(Some).map_err(|error| Failure::file(&path, odd(error)))
}

fn failure(path: &Path, error: ExportError) -> Failure {
    match error {
        ExportError::Unwritable(error) => Failure::file(path, error),
        ExportError::Engine(error) => error.into(),
        error => Failure::new("export", error.to_string()),
    }
}

fn print(referrals: &Referrals, kind: Kind, format: Format) -> Result<Telling, Failure> {
    match export(referrals, kind, format, BufWriter::new(io::stdout().lock())) {
        Err(ExportError::Unwritable(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Telling::printed()),
        Err(error) => Err(failure(&PathBuf::from("-"), error)),
        Ok(_) => Ok(Telling::printed()),
    }
}

fn told(folder: &Path, listed: &Listed) -> Result<Telling, Failure> {
    let records: u64 = listed.files.values().map(|size| size.records).sum();
    let filled = listed.files.iter().filter(|(_, size)| size.records > 0);
    let rows = filled.map(|(name, size)| [name.clone(), size.records.to_string()]);
    let text = format!(
        "{}\nwrote {} tables, {records} records, to `{}`; they hold what belongs to people",
        table(["file", "records"], rows),
        listed.files.len(),
        folder.display()
    );
    Telling::new(text, json!({ "folder": folder, "records": records, "export": listed }))
}
