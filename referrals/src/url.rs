//! Store URLs: `memory:`, `sqlite:///var/lib/shop/referrals.sqlite`, `sqlite:referrals.sqlite`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use referral_core::error::{Error, Result};
use referral_core::quote::quoted;
use referral_core::store::{MemoryStore, Store};

use crate::people::Scrub;

/// Opens the store that `url` names.
///
/// | URL | store |
/// |---|---|
/// | `memory:` | in memory, gone with the process |
/// | `sqlite:///absolute/path` | one SQLite file; made for its owner alone, if there is none |
/// | `sqlite:relative/path` | the same, from the working directory |
/// | `sqlite::memory:` | SQLite in memory, for tests |
///
/// Paths are taken as they stand: nothing in them is escaped. Behind a path, `?` begins options, joined by `&`:
///
/// | option | meaning |
/// |---|---|
/// | `busy_timeout_ms=5000` | how long a call waits for other writers, 0 to 600,000 milliseconds |
/// | `readers=4` | how many connections read at once at most, 1 to 64 |
///
/// A path that holds a `?` is opened with `SqliteStore::open`. Options of SQLite's own, such as `cache` or `mode`, are refused.
///
/// # Errors
/// [`Error::InvalidValue`] for a scheme that this build does not know, a path that is missing, or an option that there is not;
/// otherwise what the store says. A refused URL makes no file. No message quotes the URL, which may hold a password.
pub fn open_store(url: &str) -> Result<Arc<dyn Store>> {
    open(url).map(|(store, _)| store)
}

/// The file behind the URL of a store; none if the store keeps none.
///
/// ```
/// use referrals::store_file;
/// assert_eq!(store_file("sqlite:shop.sqlite?readers=2")?, Some("shop.sqlite".into()));
/// assert_eq!(store_file("memory:")?, None);
/// # Ok::<(), referrals::Error>(())
/// ```
///
/// # Errors
/// As [`open_store`], as far as the URL alone tells.
pub fn store_file(url: &str) -> Result<Option<PathBuf>> {
    Ok(match Place::of(url)? {
        Place::Memory | Place::SqliteInMemory => None,
        Place::SqliteFile(file) => Some(file.path.into()),
    })
}

/// Where a URL leads.
enum Place<'a> {
    Memory,
    SqliteInMemory,
    SqliteFile(File<'a>),
}

/// A file, with the options that the URL states.
#[derive(Default)]
struct File<'a> {
    path: &'a str,
    busy_timeout: Option<Duration>,
    readers: Option<usize>,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(invalid("has no scheme, such as `sqlite:`".to_owned()));
        };
        match scheme {
            "memory" if rest.is_empty() => Ok(Self::Memory),
            "memory" => Err(invalid("`memory:` stands alone".to_owned())),
            "sqlite" if rest == ":memory:" => Ok(Self::SqliteInMemory),
            "sqlite" => File::of(rest).map(Self::SqliteFile),
            _ => Err(invalid(format!("no store for the scheme {}; there are `memory`, `sqlite`", quoted(scheme)))),
        }
    }
}

impl<'a> File<'a> {
    fn of(rest: &'a str) -> Result<Self> {
        let (path, options) = rest.split_once('?').map_or((rest, None), |(path, options)| (path, Some(options)));
        let path = match path.strip_prefix("//") {
            Some(path) if path.starts_with('/') => path,
            Some(_) => return Err(invalid("`sqlite://` is followed by `/` and an absolute path".to_owned())),
            None => path,
        };
        if path.is_empty() {
            return Err(invalid("`sqlite:` needs a path".to_owned()));
        }
        if path.starts_with("file:") || path.starts_with(':') {
            return Err(invalid("`sqlite:` is followed by a path, not by a URI or a name of SQLite's own".to_owned()));
        }
        let mut file = Self { path, ..Self::default() };
        options.into_iter().flat_map(|options| options.split('&')).try_for_each(|option| file.take(option))?;
        Ok(file)
    }

    fn take(&mut self, option: &str) -> Result<()> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let number = |least: u64, most: u64| {
            let number = value.parse().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| invalid(format!("the option `{name}` is a whole number from {least} to {most}")))
        };
        let again = match name {
            "busy_timeout_ms" => self.busy_timeout.replace(Duration::from_millis(number(0, 600_000)?)).is_some(),
            "readers" => self.readers.replace(usize::try_from(number(1, 64)?).unwrap_or(1)).is_some(),
            _ => {
                let known = "there are `busy_timeout_ms`, `readers`";
                return Err(invalid(format!("there is no option {}; {known}", quoted(name))));
            }
        };
        if again { Err(invalid(format!("the option `{name}` stands twice"))) } else { Ok(()) }
    }
}

/// The store that `url` names, and what removes from its files what was deleted.
pub(crate) fn open(url: &str) -> Result<(Arc<dyn Store>, Scrub)> {
    match Place::of(url)? {
        Place::Memory => Ok((Arc::new(MemoryStore::new()), Scrub::nothing())),
        Place::SqliteInMemory => sqlite_in_memory(),
        Place::SqliteFile(file) => sqlite(&file),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite_in_memory() -> Result<(Arc<dyn Store>, Scrub)> {
    Ok((Arc::new(referral_sqlite::SqliteStore::in_memory()?), Scrub::nothing()))
}

#[cfg(feature = "sqlite")]
fn sqlite(file: &File<'_>) -> Result<(Arc<dyn Store>, Scrub)> {
    use referral_sqlite::{Options, SqliteStore};
    let usual = Options::default();
    let options = Options {
        busy_timeout: file.busy_timeout.unwrap_or(usual.busy_timeout),
        readers: file.readers.unwrap_or(usual.readers),
    };
    let store = Arc::new(SqliteStore::open(file.path, options)?);
    let scrubbed = Arc::clone(&store);
    Ok((store, Scrub::by(move || scrubbed.scrub())))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite_in_memory() -> Result<(Arc<dyn Store>, Scrub)> {
    Err(invalid("this build has no SQLite: its feature `sqlite` is off".to_owned()))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_file: &File<'_>) -> Result<(Arc<dyn Store>, Scrub)> {
    sqlite_in_memory()
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
            ("sqlite:?readers=2", "needs a path"),
            ("sqlite:r.sqlite?", "no option ``"),
            ("sqlite:r.sqlite?readers=0", "`readers` is a whole number from 1 to 64"),
            ("sqlite:r.sqlite?busy_timeout_ms=1h", "`busy_timeout_ms` is a whole number"),
            ("sqlite:r.sqlite?readers=1&readers=2", "stands twice"),
            ("sqlite:r.sqlite?password=hunter2", "no option `password`"),
            ("postgres://user:hunter2@host/db", "no store for the scheme `postgres`"),
        ] {
            let error = open_store(url).unwrap_err();
            assert_eq!(error.code(), "invalid_value", "{url}");
            assert!(error.to_string().contains(problem), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn options_of_sqlite_are_refused_and_leave_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("r.sqlite").display().to_string();
        for (url, problem) in [
            (format!("sqlite:file:{inside}?cache=shared"), "not by a URI"),
            (format!("sqlite:file:{inside}"), "not by a URI"),
            (format!("sqlite://{inside}?mode=memory"), "no option `mode`"),
            (format!("sqlite://{inside}?cache=shared&readers=2"), "no option `cache`"),
            (format!("sqlite:{inside}?vfs=unix-none"), "no option `vfs`"),
            (format!("sqlite:{inside}?immutable=1"), "no option `immutable`"),
        ] {
            let error = open_store(&url).unwrap_err();
            assert!(error.to_string().contains(problem), "{url}: {error}");
            assert!(store_file(&url).is_err(), "{url}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn options_of_our_own_reach_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.sqlite");
        let url = format!("sqlite://{}?busy_timeout_ms=20&readers=1", path.display());
        let Place::SqliteFile(file) = Place::of(&url).unwrap() else { panic!("no file") };
        assert_eq!((file.busy_timeout, file.readers), (Some(Duration::from_millis(20)), Some(1)));
        open_store(&url).unwrap();
        assert_eq!(store_file(&url).unwrap(), Some(path.clone()));
        assert!(path.exists());
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
