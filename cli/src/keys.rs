//! The keyring, from a file or an environment variable. What cannot be read is named by its line, never quoted.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use referrals::{EntropySource as _, KeyState, Keyring, Secret, SystemEntropy};
use serde::Deserialize;
use serde_json::json;

use crate::arguments::Store;
use crate::failure::Failure;
use crate::files;
use crate::telling::Telling;

const HELP: &str = "`referrals keyring FILE` makes one; give the file by `--keyring FILE` or in `REFERRALS_KEYRING`, \
                    or its content in an environment variable by `--keyring-env NAME`";
const FORM: &str = "it holds `alias_key`, `lookup_key` and `[[link_keys]]` with `id`, `secret` and `state`; secrets are \
                    64 hexadecimal digits";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    alias_key: String,
    lookup_key: String,
    link_keys: Vec<LinkKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkKey {
    id: u8,
    secret: String,
    state: KeyState,
}

/// The keyring that the flags name.
pub(crate) fn keyring(store: &Store) -> Result<Keyring, Failure> {
    let text = match &store.keyring_env {
        Some(name) => std::env::var(name)
            .map_err(|_| Failure::usage(format!("the environment variable `{name}` is not set")).help(HELP))?,
        None => {
            let file = store.keyring.clone().or_else(|| std::env::var_os("REFERRALS_KEYRING").map(PathBuf::from));
            let file = file.ok_or_else(|| Failure::usage("no keyring is given").help(HELP))?;
            let text = files::read_text(&file).map_err(|failure| failure.help(HELP))?;
            warn_if_open(&file);
            text
        }
    };
    let stated = read(&text)?;
    let secret = |name: &str, hex: &str| {
        Secret::from_hex(hex).map_err(|_| Failure::new("keyring", format!("`{name}` is no secret")).help(FORM))
    };
    let mut builder = Keyring::builder()
        .alias_key(secret("alias_key", &stated.alias_key)?)
        .lookup_key(secret("lookup_key", &stated.lookup_key)?);
    for key in &stated.link_keys {
        builder = builder.link_key(key.id, secret("link_keys.secret", &key.secret)?, key.state);
    }
    Ok(builder.build()?)
}

/// Says, once, that others can read or write the file: then the secrets are theirs too.
#[cfg(unix)]
fn warn_if_open(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    static ONCE: std::sync::Once = std::sync::Once::new();
    let Ok(found) = std::fs::metadata(file) else { return };
    let others = match found.permissions().mode() & 0o066 {
        0 => return,
        mode if mode & 0o022 == 0 => "read",
        mode if mode & 0o044 == 0 => "write",
        _ => "read and write",
    };
    // Nobody may be there to read it.
    ONCE.call_once(|| {
        let file = file.display();
        let _ =
            writeln!(std::io::stderr(), "warning: others can {others} the keyring `{file}`\nhelp: `chmod 600 {file}`");
    });
}

#[cfg(not(unix))]
fn warn_if_open(_file: &Path) {}

/// Messages of both parsers quote what they read, so only the place is told.
fn read(text: &str) -> Result<Stated, Failure> {
    let odd =
        |line: usize| Failure::new("keyring", format!("the keyring cannot be read from line {line} on")).help(FORM);
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| odd(error.line()));
    }
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        odd(1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count())
    })
}

/// Makes a keyring of new secrets.
pub(crate) fn make(file: &Path) -> Result<Telling, Failure> {
    let mut secrets = Vec::new();
    for _ in 0..3 {
        let mut seed = [0; 32];
        SystemEntropy.fill(&mut seed)?;
        secrets.push(seed.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    let names = ["alias_key", "lookup_key", "\n[[link_keys]]\nid = 1\nstate = \"active\"\nsecret"];
    let lines = names.iter().zip(&secrets).map(|(name, secret)| format!("{name} = \"{secret}\"\n"));
    let text =
        lines.fold("# Secrets: keep them in a vault, and never lose them.\n".to_owned(), |text, line| text + &line);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::file(file, error))?;
    Telling::new(format!("made `{}`", file.display()), json!({ "file": file }))
}
