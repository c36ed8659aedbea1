//! What a command has to say: a text for people, a document for programs, and whether all is well.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::Failure;

/// An answer.
#[derive(Debug)]
pub(crate) struct Telling {
    text: String,
    document: Value,
    form: Form,
    is_well: bool,
}

#[derive(Debug)]
enum Form {
    Told,
    Printed,
}

impl Telling {
    /// An answer in both forms.
    pub(crate) fn new(text: impl Into<String>, document: impl Serialize) -> Result<Self, Failure> {
        let document = serde_json::to_value(document).map_err(|error| Failure::new("output", error.to_string()))?;
        Ok(Self { text: text.into(), document, form: Form::Told, is_well: true })
    }

    /// An answer that is a text.
    pub(crate) fn text(text: String) -> Self {
        Self { document: json!(text), text, form: Form::Told, is_well: true }
    }

    /// An answer that stands on standard output already.
    pub(crate) fn printed() -> Self {
        Self { document: Value::Null, text: String::new(), form: Form::Printed, is_well: true }
    }

    /// The same, as bad news: the program ends with 1.
    pub(crate) fn unless(mut self, is_well: bool) -> Self {
        self.is_well = is_well;
        self
    }

    /// What people are told.
    pub(crate) fn as_text(&self) -> &str {
        &self.text
    }

    /// What programs are told.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// The same with another document, and with more to read at the end.
    pub(crate) fn with(mut self, document: Value, more: &str) -> Self {
        self.document = document;
        self.text = format!("{}\n\n{more}", self.text.trim_end());
        self
    }

    /// Whether all is well.
    pub(crate) fn is_well(&self) -> bool {
        self.is_well
    }

    /// Prints it. Whoever reads may have closed the pipe: that is no failure.
    pub(crate) fn print(&self, as_json: bool) -> ExitCode {
        let text = if as_json { format!("{:#}", self.document) } else { self.text.trim_end().to_owned() };
        let mut out = std::io::stdout().lock();
        let printed = match &self.form {
            Form::Printed => Ok(()),
            Form::Told => writeln!(out, "{text}").and_then(|()| out.flush()),
        };
        match printed {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Failure::new("output", format!("standard output could not be written: {error}")).print(as_json)
            }
            _ if self.is_well => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

/// Rows under a head, aligned.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(head);
    for row in rows {
        table.add_row(row.map(|cell| cell.replace(char::is_control, "\u{fffd}")));
    }
    if table.is_empty() {
        return "none\n".to_owned();
    }
    table.trim_fmt() + "\n"
}

/// Names and what they are, one a line; what is nothing is left out.
pub(crate) fn facts<const N: usize>(rows: [(&str, Option<String>); N]) -> String {
    let known: Vec<(&str, String)> = rows.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let width = known.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let line =
        |(name, value): &(&str, String)| format!(" {name:width$}  {}\n", value.replace(char::is_control, "\u{fffd}"));
    known.iter().map(line).collect()
}
