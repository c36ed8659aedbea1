//! An export, back into an empty store. A store that is made for it gets its name when the audit has found nothing.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use referral_csv::{Format, RestoreError, Restored, Tables, restore};
use referrals::Referrals;
use referrals::record::Kind;
use serde_json::json;
use tempfile::TempPath;

use crate::archive::{LIST, Listed, list};
use crate::arguments::{Restore, Store};
use crate::failure::Failure;
use crate::store::{self, bar, differences};
use crate::telling::{Telling, table};

/// Reads an export back.
pub(crate) fn run(asked: &Restore, place: &Store) -> Result<Telling, Failure> {
    let format = format(asked, place)?;
    let url = store::url(place)?;
    match store::file(url).filter(|file| !file.exists()) {
        None => into(&store::open(place)?, asked, format),
        Some(file) => {
            let partial = Partial::beside(file);
            let url = format!("sqlite:{}", partial.0.display());
            // The store is closed before its file is renamed.
            let restored = into(&store::open_or_make(&Store { db: Some(url), ..place.clone() })?, asked, format)?;
            if restored.is_well() {
                partial.finish(file)?;
            }
            Ok(restored)
        }
    }
}

/// A store that is not whole yet, removed with its logs when this goes.
struct Partial(PathBuf);

impl Partial {
    fn beside(file: &Path) -> Self {
        Self(with(file, &format!(".{}.partial", std::process::id())))
    }

    /// Gives it its name, unless that was taken meanwhile.
    fn finish(&self, file: &Path) -> Result<(), Failure> {
        let whole = TempPath::try_from_path(&self.0).map_err(|error| Failure::file(file, error))?;
        whole.persist_noclobber(file).map_err(|error| Failure::file(file, error))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            // Most of them are not there.
            let _ = fs::remove_file(with(&self.0, ending));
        }
    }
}

fn with(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The form of the files, once it is sure that all of them are there, whole, and the tenant's.
fn format(asked: &Restore, place: &Store) -> Result<Format, Failure> {
    let folder = &asked.folder;
    fs::read_dir(folder).map_err(|error| Failure::file(folder, error))?;
    match (list(folder)?, asked.format) {
        (Some(listed), _) => checked(&listed, folder, place),
        (None, Some(form)) => Ok(form.into()),
        (None, None) => {
            Err(Failure::new("export", format!("`{}` holds no whole export: `{LIST}` is missing", folder.display()))
                .help("it is written last; if another program made the export, say its form by `--format csv`"))
        }
    }
}

fn checked(listed: &Listed, folder: &Path, place: &Store) -> Result<Format, Failure> {
    let wrong = |problem: String| Err(Failure::new("export", problem));
    if listed.tenant != place.tenant {
        return Err(Failure::new(
            "export",
            format!("the export is the tenant's `{}`, not `{}`'s", listed.tenant, place.tenant),
        )
        .help(format!("restore it by `--tenant {}`", listed.tenant)));
    }
    for kind in Kind::ALL {
        let name = listed.format.file_name(*kind);
        let path = folder.join(&name);
        let Some(size) = listed.files.get(&name) else {
            return wrong(format!("the export has no `{name}`: it is of some tables alone"));
        };
        let bytes = fs::metadata(&path).map_err(|error| Failure::file(&path, error))?.len();
        if bytes != size.bytes {
            return wrong(format!(
                "`{}` has {bytes} bytes, and had {} when it was exported",
                path.display(),
                size.bytes
            ));
        }
    }
    Ok(listed.format)
}

/// The files of a folder.
struct Folder<'a> {
    folder: &'a Path,
    format: Format,
    bar: &'a ProgressBar,
}

impl Tables for Folder<'_> {
    fn open(&mut self, kind: Kind) -> io::Result<Box<dyn Read + '_>> {
        let file = File::open(self.folder.join(self.format.file_name(kind)))?;
        Ok(Box::new(self.bar.wrap_read(file)))
    }
}

fn into(referrals: &Referrals, asked: &Restore, format: Format) -> Result<Telling, Failure> {
    let sizes = Kind::ALL.iter().map(|kind| fs::metadata(asked.folder.join(format.file_name(*kind))));
    // Each file is read twice: to check all before anything is written, and to write.
    let bytes: u64 = sizes.filter_map(|size| size.ok()).map(|size| size.len().saturating_mul(2)).sum();
    let bar = bar(bytes, "restoring");
    let done = restore(referrals, format, &mut Folder { folder: &asked.folder, format, bar: &bar });
    bar.finish_and_clear();
    match done {
        Ok(restored) => told(&restored),
        Err(RestoreError::Differences(audited)) => {
            let text = format!(
                "NOT RESTORED: the audit found {} differences; the export was changed, or is not of one moment\n{}",
                audited.differences_total,
                differences(&audited)
            );
            Ok(Telling::new(text, json!({ "restored": false, "audit": audited }))?.unless(false))
        }
        Err(error) => Err(failure(error, &asked.folder)),
    }
}

fn failure(error: RestoreError, folder: &Path) -> Failure {
    let text = error.to_string();
    match error {
        RestoreError::NotEmpty { .. } => Failure::new("not_empty", text)
            .help("a restore goes into a new store: `--db sqlite:NEW`; nothing was written"),
        RestoreError::Engine(error) => error.into(),
        _ => Failure::new("export", format!("`{}`: {text}", folder.display())),
    }
}

fn told(restored: &Restored) -> Result<Telling, Failure> {
    let records: u64 = restored.records.values().sum();
    let filled = restored.records.iter().filter(|(_, count)| **count > 0);
    let rows = filled.map(|(kind, count)| [kind.table().name.to_owned(), count.to_string()]);
    let text =
        format!("{}\nrestored {records} records; the audit found no difference", table(["table", "records"], rows));
    let counts: serde_json::Map<_, _> =
        restored.records.iter().map(|(kind, count)| (kind.table().name.to_owned(), json!(count))).collect();
    Telling::new(text, json!({ "restored": true, "records": records, "tables": counts }))
}
