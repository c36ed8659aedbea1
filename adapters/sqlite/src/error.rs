//! What SQLite reports, as the core's errors. Messages name a result code, never the content of a row.

use referral_core::error::StoreError;
use rusqlite::{Error, ErrorCode, ffi};

/// The error of a statement that ran before a commit: nothing was written.
pub(crate) fn failed(error: Error) -> StoreError {
    match error.sqlite_error() {
        Some(reported) => by_code(reported.code, said(reported)),
        None => without_code(&error),
    }
}

/// The error of a `COMMIT`.
///
/// What was already written to the log may come back when it is recovered, so only a commit that never got the lock is
/// known to have written nothing.
pub(crate) fn commit_failed(error: Error) -> StoreError {
    match failed(error) {
        busy @ StoreError::Busy(_) => busy,
        other => StoreError::NoAnswer(format!("the commit was not confirmed: {other}")),
    }
}

/// The error of opening a file and of setting it up.
pub(crate) fn open_failed(error: Error) -> StoreError {
    match failed(error) {
        busy @ StoreError::Busy(_) => busy,
        StoreError::Corrupt(problem) | StoreError::Failed(problem) | StoreError::Setup(problem) => {
            StoreError::Setup(problem)
        }
        other => other,
    }
}

fn by_code(code: ErrorCode, said: String) -> StoreError {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            StoreError::Busy(format!("another connection held the database for longer than the busy timeout ({said})"))
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(said),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => StoreError::Setup(said),
        _ => StoreError::Failed(said),
    }
}

/// SQLite's own words for the code: its full message could quote a statement.
fn said(reported: &ffi::Error) -> String {
    format!("{}, code {}", ffi::code_to_str(reported.extended_code).to_lowercase(), reported.extended_code)
}

fn without_code(error: &Error) -> StoreError {
    match error {
        Error::InvalidColumnType(..) | Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..) => {
            StoreError::Corrupt("a cell does not hold what it should".to_owned())
        }
        // Statements hold names and parameters, never values, so what is said of one tells nothing of a row.
        Error::SqlInputError { msg, .. } => StoreError::Failed(format!("a statement was refused: {msg}")),
        Error::QueryReturnedNoRows => StoreError::Failed("a row that must exist does not".to_owned()),
        Error::InvalidPath(_) | Error::NulError(_) => StoreError::Setup("the path cannot be used".to_owned()),
        _ => StoreError::Failed("the database library refused a call".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), Some("secret content".to_owned()))
    }

    fn family(error: &StoreError) -> &'static str {
        match error {
            StoreError::Busy(_) => "busy",
            StoreError::NoAnswer(_) => "no answer",
            StoreError::Corrupt(_) => "corrupt",
            StoreError::Setup(_) => "setup",
            _ => "failed",
        }
    }

    #[test]
    fn each_code_becomes_the_error_that_tells_what_to_do() {
        let cases = [
            (ffi::SQLITE_BUSY, "busy", "busy", "busy"),
            (ffi::SQLITE_BUSY_SNAPSHOT, "busy", "busy", "busy"),
            (ffi::SQLITE_LOCKED, "busy", "busy", "busy"),
            (ffi::SQLITE_FULL, "failed", "no answer", "setup"),
            (ffi::SQLITE_IOERR_FSYNC, "failed", "no answer", "setup"),
            (ffi::SQLITE_CORRUPT, "corrupt", "no answer", "setup"),
            (ffi::SQLITE_NOTADB, "corrupt", "no answer", "setup"),
            (ffi::SQLITE_CANTOPEN, "setup", "no answer", "setup"),
            (ffi::SQLITE_READONLY, "failed", "no answer", "setup"),
        ];
        for (code, before, at_commit, at_open) in cases {
            let found = [failed(reported(code)), commit_failed(reported(code)), open_failed(reported(code))];
            assert_eq!(found.each_ref().map(family), [before, at_commit, at_open], "code {code}");
            assert!(found.iter().all(|error| !error.to_string().contains("secret")), "code {code}");
        }
    }
}
