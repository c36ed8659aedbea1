//! An export, back into an empty store. A store that is made for it gets its name when the audit has found nothing.
//! Until then it has a name that nobody can guess, in a folder that nobody else can enter.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use referral_csv::{Format, RestoreError, Restored, Tables, restore};
use referrals::Referrals;
use referrals::record::Kind;
use serde_json::json;
use tempfile::{Builder, TempDir, TempPath};

use crate::archive::{LIST, Listed, list};
use crate::arguments::{Restore, Store};
use crate::failure::Failure;
use crate::files;
use crate::store::{self, bar, differences};
use crate::telling::{Telling, table};

/// Reads an export back.
pub(crate) fn run(asked: &Restore, place: &Store) -> Result<Telling, Failure> {
    let format = format(asked, place)?;
    let url = store::url(place)?;
    let Some(file) = store::file(url)?.filter(|file| fs::symlink_metadata(file).is_err()) else {
        return into(&store::open(place)?, asked, format);
    };
    let partial = Partial::beside(&file)?;
    // The store is closed before its file is renamed.
    let restored = into(&store::open_file(place, &partial.file())?, asked, format)?;
    if restored.is_well() {
        partial.finish(&file)?;
    }
    Ok(restored)
}

/// A store that is not whole yet, in a folder of its own that nobody else can read or write. The folder goes with this.
struct Partial(TempDir);

impl Partial {
    fn beside(file: &Path) -> Result<Self, Failure> {
        let mut builder = Builder::new();
        builder.prefix(".restore-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = builder.tempdir_in(files::folder_of(file));
        made.map(Self).map_err(|error| Failure::file(file, error))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("store")
    }

    /// Gives it its name, unless that was taken meanwhile, or a log is there that SQLite would take for the store's.
    fn finish(&self, file: &Path) -> Result<(), Failure> {
        for ending in ["-wal", "-shm", "-journal"] {
            let mut log = file.as_os_str().to_owned();
            log.push(ending);
            let log = PathBuf::from(log);
            if fs::symlink_metadata(&log).is_ok() {
                return Err(Failure::file(&log, "is there already, and is not of this store"));
            }
        }
        let failed = |error: io::Error| Failure::file(file, error);
        let whole = TempPath::try_from_path(self.file()).map_err(failed)?;
        whole.persist_noclobber(file).map_err(|error| failed(error.error))?;
        files::sync(files::folder_of(file)).map_err(failed)
    }
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
        let bytes = files::open(&path)?.metadata().map_err(|error| Failure::file(&path, error))?.len();
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
        let path = self.folder.join(self.format.file_name(kind));
        // Who is told knows which file it was.
        let file = files::open(&path).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let bytes = file.metadata()?.len();
        Ok(Box::new(self.bar.wrap_read(file.take(bytes))))
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
