//! Store URLs: `memory:`, `sqlite:///var/lib/shop/referrals.sqlite`, `sqlite:referrals.sqlite`.

use std::sync::Arc;

use referral_core::error::{Error, Result};
use referral_core::store::{MemoryStore, Store};

use crate::people::Scrub;

/// Opens the store that `url` names.
///
/// | URL | store |
/// |---|---|
/// | `memory:` | in memory, gone with the process |
/// | `sqlite:///absolute/path` | one SQLite file; made, if there is none |
/// | `sqlite:relative/path` | the same, from the working directory |
/// | `sqlite::memory:` | SQLite in memory, for tests |
///
/// Paths are taken as they stand: nothing in them is escaped.
///
/// # Errors
/// [`Error::InvalidValue`] for a scheme that this build does not know, or a path that is missing; otherwise what the store
/// says. No message quotes the URL, which may hold a password.
pub fn open_store(url: &str) -> Result<Arc<dyn Store>> {
    open(url).map(|(store, _)| store)
}

/// The store that `url` names, and what removes from its files what was deleted.
pub(crate) fn open(url: &str) -> Result<(Arc<dyn Store>, Scrub)> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(invalid("has no scheme, such as `sqlite:`".to_owned()));
    };
    match scheme {
        "memory" if rest.is_empty() => Ok((Arc::new(MemoryStore::new()), Scrub::nothing())),
        "memory" => Err(invalid("`memory:` stands alone".to_owned())),
        "sqlite" => sqlite(rest),
        _ => {
            Err(invalid(format!("no store for the scheme `{}`; there are `memory`, `sqlite`", scheme.escape_default())))
        }
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(rest: &str) -> Result<(Arc<dyn Store>, Scrub)> {
    use referral_sqlite::{Options, SqliteStore};
    if rest == ":memory:" {
        return Ok((Arc::new(SqliteStore::in_memory()?), Scrub::nothing()));
    }
    let path = match rest.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(_) => return Err(invalid("`sqlite://` is followed by `/` and an absolute path".to_owned())),
        None => rest,
    };
    if path.is_empty() {
        return Err(invalid("`sqlite:` needs a path".to_owned()));
    }
    let store = Arc::new(SqliteStore::open(path, Options::default())?);
    let scrubbed = Arc::clone(&store);
    Ok((store, Scrub::by(move || scrubbed.scrub())))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_rest: &str) -> Result<(Arc<dyn Store>, Scrub)> {
    Err(invalid("this build has no SQLite: its feature `sqlite` is off".to_owned()))
}

fn invalid(problem: String) -> Error {
    Error::InvalidValue { what: "store URL", problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_names_no_store_is_refused_and_not_quoted() {
        for (url, problem) in [
            ("", "has no scheme"),
            ("referrals.sqlite", "has no scheme"),
            ("memory://x", "stands alone"),
            ("sqlite:", "needs a path"),
            ("sqlite://host/path", "absolute path"),
            ("postgres://user:hunter2@host/db", "no store for the scheme `postgres`"),
        ] {
            let error = open_store(url).unwrap_err();
            assert_eq!(error.code(), "invalid_value", "{url}");
            assert!(error.to_string().contains(problem), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn each_form_of_url_opens_its_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a file.sqlite");
        for url in ["memory:".to_owned(), "sqlite::memory:".to_owned(), format!("sqlite://{}", path.display())] {
            open_store(&url).unwrap();
        }
        assert!(path.exists());
    }
}
