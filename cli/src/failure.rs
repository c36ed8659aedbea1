//! What went wrong, for people and for programs. Never quotes a secret.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

/// Why a command came to nothing.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// A failure of this program, not of the library.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), help: None }
    }

    /// A file that could not be read or written.
    pub(crate) fn file(path: &Path, error: impl fmt::Display) -> Self {
        Self::new("file", format!("`{}`: {error}", path.display()))
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says so.
    pub(crate) fn print(&self, as_json: bool) -> ExitCode {
        if as_json {
            eprintln!("{}", json!({ "error": { "code": self.code, "message": self.message, "help": self.help } }));
        } else {
            eprintln!("error: {}", self.message);
            if let Some(help) = &self.help {
                eprintln!("help: {help}");
            }
        }
        ExitCode::FAILURE
    }
}

impl From<referrals::Error> for Failure {
    fn from(error: referrals::Error) -> Self {
        use referrals::Error;
        let failure = Self::new(error.code(), error.to_string());
        match error {
            Error::NotFound { what: "campaign", .. } => failure.help("`referrals campaign list` lists the campaigns"),
            error if error.is_retryable() => failure.help("try again: the same command is never done twice"),
            _ => failure,
        }
    }
}
