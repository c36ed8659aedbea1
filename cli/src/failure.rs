//! What went wrong, for people and for programs. Never quotes a secret.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

/// What the program ends with if the command line itself is wrong.
pub(crate) const USAGE: u8 = 2;
const FAILED: u8 = 1;

/// Why a command came to nothing.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    message: String,
    help: Option<String>,
    exit: u8,
    campaign: Option<String>,
}

impl Failure {
    /// A failure of this program, not of the library.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), help: None, exit: FAILED, campaign: None }
    }

    /// A command line that is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", message).mistyped()
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

    /// The same, as a mistake on the command line.
    pub(crate) fn mistyped(mut self) -> Self {
        self.exit = USAGE;
        self
    }

    /// The campaign that there is not, if that is what is wrong.
    pub(crate) fn campaign(&self) -> Option<&str> {
        self.campaign.as_deref()
    }

    /// Says so. Nobody may be there to read it: that changes nothing.
    pub(crate) fn print(&self, as_json: bool) -> ExitCode {
        let text = if as_json {
            json!({ "error": { "code": self.code, "message": self.message, "help": self.help } }).to_string()
        } else {
            let help = self.help.iter().map(|help| format!("\nhelp: {help}"));
            format!("error: {}{}", self.message, help.collect::<String>())
        };
        let _ = writeln!(std::io::stderr(), "{text}");
        ExitCode::from(self.exit)
    }
}

impl From<referrals::Error> for Failure {
    fn from(error: referrals::Error) -> Self {
        use referrals::Error;
        let failure = Self::new(error.code(), error.to_string());
        match error {
            Error::NotFound { what: "campaign", name } => {
                let mut failure = failure.help("`referrals campaign list` lists the campaigns");
                failure.campaign = Some(name);
                failure
            }
            Error::NotFound { what: "participant", .. } => failure
                .help("people are named by the host's id, by `email:ADDRESS`, by `further:SOURCE:ID` or by `id:UUID`"),
            Error::NotFound { what: "reward", .. } => {
                failure.help("`referrals rewards due CAMPAIGN` lists rewards, with `--state` those in another state")
            }
            Error::NotFound { what: "referral", .. } => {
                failure.help("`referrals referral list CAMPAIGN` lists the referrals")
            }
            Error::NotFound { what: "enrolment", .. } => {
                failure.help("the person is not enrolled: `referrals person enrol CAMPAIGN PERSON` does that")
            }
            Error::NotFound { what: "letter", .. } => failure.help("`referrals letters list` lists the letters"),
            Error::InvalidCommand { field: "actor", .. } => failure.help("the actor is what `--by` says"),
            Error::InvalidCommand { field: "reason" | "note", .. } => failure.help("the reason is what `--why` says"),
            Error::KeyringMismatch { .. } => {
                failure.help("this store was begun with other secrets: give the keyring that it was begun with")
            }
            error if error.is_retryable() => failure.help("try again: the same command is never done twice"),
            _ => failure,
        }
    }
}
