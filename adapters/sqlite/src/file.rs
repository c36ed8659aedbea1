//! The store's file: made for its owner alone, taken by its path and nothing else.
//!
//! SQLite gives the log and its index the mode of the file, and follows no link for them.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use referral_core::error::StoreError;

/// The files that SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// `path` as SQLite takes it for a path. A text that begins with `file:` would be a URI, whose options choose how the file is
/// shared, locked and kept.
pub(crate) fn plain(path: &Path) -> PathBuf {
    if path.as_os_str().as_encoded_bytes().starts_with(b"file:") { Path::new(".").join(path) } else { path.to_owned() }
}

/// Makes the file, unless it is there. It is empty, and its owner alone can read it.
///
/// A link that leads nowhere is not followed. Logs without their file are refused: they are of another database.
pub(crate) fn make(path: &Path) -> Result<(), StoreError> {
    // Neither names a file: SQLite keeps such a database in memory, or removes it at the end.
    if [Path::new(""), Path::new(":memory:")].contains(&path) {
        return Ok(());
    }
    // In this order: another process may make the file, and after that its logs, at any time.
    let log = BESIDE.iter().map(|ending| with(path, ending)).find(|log| fs::symlink_metadata(log).is_ok());
    let is_there = fs::symlink_metadata(path).is_ok();
    if let (Some(log), false) = (log, is_there) {
        return Err(StoreError::Setup(format!("there is no such file, and `{}` is there", log.display())));
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => regular(path),
        Err(error) => Err(StoreError::Setup(format!("the file cannot be made: {error}"))),
    }
}

/// Refuses a folder, a device, a pipe and a link that leads nowhere.
fn regular(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(StoreError::Setup("it is no regular file".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(StoreError::Setup("it is a link that leads nowhere".to_owned()))
        }
        Err(error) => Err(StoreError::Setup(format!("the file cannot be read: {error}"))),
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
