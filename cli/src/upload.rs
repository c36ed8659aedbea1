//! Files in: every row is told what became of it, and a file that is cut short is finished by the same command.

use std::io::Write as _;
use std::path::PathBuf;

use indicatif::ProgressBar;
use referral_csv::{Interrupted, Mapping, Problem, RowReport, RowResult, Summary, Upload};
use referrals::{Error, Referrals};
use serde_json::json;

use crate::arguments::Upload as Asked;
use crate::campaigns::campaigns;
use crate::failure::Failure;
use crate::files::{self, Draft, Existing};
use crate::near::near;
use crate::store::bar;
use crate::telling::{Telling, table};

/// So many rows that were not done are shown, and so many of which less came than may be expected; `--report` keeps all.
const MOST_SHOWN: usize = 20;

pub(crate) fn run(asked: &Asked, referrals: &Referrals) -> Result<Telling, Failure> {
    let upload = Upload::new(mapping(asked, referrals)?).map_err(problem)?;
    // How much of it is read is bounded by the limits of an upload.
    let file = files::open(&asked.file)?;
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let bar = bar(bytes, if asked.dry_run { "rehearsing" } else { "uploading" });
    let mut rows = Rows::new(asked)?;
    let source = bar.wrap_read(file);
    let done = if asked.dry_run {
        upload.rehearse(referrals, source, |row| rows.take(row))
    } else {
        upload.run(referrals, source, |row| rows.take(row))
    };
    finish(&bar, asked, referrals, rows, done)
}

fn mapping(asked: &Asked, referrals: &Referrals) -> Result<Mapping, Failure> {
    let mut mapping = match (&asked.mapping, asked.content) {
        (Some(file), _) => {
            let text = files::read_text(file)?;
            let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            if is_json { Mapping::from_json(&text) } else { Mapping::from_toml(&text) }.map_err(problem)?
        }
        (None, Some(content)) => match &asked.campaign {
            Some(campaign) => Mapping::of_campaign(&referrals.campaign(campaign)?.definition, content.into()),
            None => Mapping::new(content.into()),
        },
        (None, None) => {
            return Err(Failure::usage("it is not said what the rows are")
                .help("say it by `--content invitees`, or with all that can be said of a file by `--mapping FILE`"));
        }
    };
    mapping.actor = asked.by.clone().or(mapping.actor);
    mapping.reason = asked.why.clone().or(mapping.reason);
    if let Some(campaign) = &asked.campaign {
        mapping = mapping.in_campaign(campaign.clone());
    }
    Ok(mapping)
}

fn problem(problem: referral_csv::Problem) -> Failure {
    Failure::new(problem.code(), problem.to_string())
}

/// The rows' reports: the first ones that were not done, the first ones of which less came than may be expected, and all of them
/// in a file.
struct Rows {
    shown: Vec<RowReport>,
    short: Vec<RowReport>,
    file: Option<Draft>,
    failed: Option<std::io::Error>,
}

impl Rows {
    fn new(asked: &Asked) -> Result<Self, Failure> {
        let existing = Existing::by(asked.replace);
        let create = |path: &PathBuf| existing.allows(path).and_then(|()| Draft::private(path));
        Ok(Self {
            shown: Vec::new(),
            short: Vec::new(),
            file: asked.report.as_ref().map(create).transpose()?,
            failed: None,
        })
    }

    fn take(&mut self, row: RowReport) {
        if let Some(file) = &mut self.file {
            let line = serde_json::to_string(&row).unwrap_or_default();
            self.failed = self.failed.take().or(writeln!(file, "{line}").err());
        }
        let is_done = matches!(row.result, RowResult::Applied | RowResult::Already | RowResult::Empty);
        let rows = match row.result {
            RowResult::Applied if !row.findings.is_empty() => &mut self.short,
            _ if !is_done => &mut self.shown,
            _ => return,
        };
        if rows.len() < MOST_SHOWN {
            rows.push(row);
        }
    }
}

fn finish(
    bar: &ProgressBar,
    asked: &Asked,
    referrals: &Referrals,
    mut rows: Rows,
    done: Result<Summary, Interrupted>,
) -> Result<Telling, Failure> {
    bar.finish_and_clear();
    if let (Some(error), Some(path)) = (rows.failed, &asked.report) {
        return Err(Failure::file(path, error));
    }
    if let Some(report) = rows.file.take() {
        report.finish(Existing::by(asked.replace))?;
    }
    let (summary, fault) = match done {
        Ok(summary) => (summary, None),
        Err(Interrupted { fault, summary }) => (*summary, Some(fault)),
    };
    let counts = summary.results.iter().map(|(result, count)| format!("{count} {}", result.as_str()));
    let how = if asked.dry_run { "a dry run, nothing was written: " } else { "" };
    let mut text = format!("{how}{} rows: {}\n", summary.rows, counts.collect::<Vec<_>>().join(", "));
    if !summary.ignored_columns.is_empty() {
        text.push_str(&format!("columns that nothing is read from: {}\n", summary.ignored_columns.join(", ")));
    }
    let rows: Vec<RowReport> = rows.shown.into_iter().chain(rows.short).collect();
    if !rows.is_empty() {
        let line = |row: &RowReport| {
            let why = [&row.reason, &row.detail].map(|text| text.clone().unwrap_or_default());
            let [reason, detail] = why;
            [row.line.to_string(), row.result.as_str().to_owned(), reason, detail]
        };
        text.push_str(&table(["line", "result", "reason", "detail"], rows.iter().map(line)));
    }
    if let Some(fault) = &fault {
        let help = help_with(&fault.problem, referrals);
        let shown = help.as_ref().map(|help| format!("help: {help}\n")).unwrap_or_default();
        text.push_str(&format!("stopped: {fault}\n{shown}uploading the same file again goes on where this ended\n"));
    }
    let bad = [RowResult::Invalid, RowResult::Conflict, RowResult::Unknown, RowResult::Failed];
    let is_well = fault.is_none() && bad.iter().all(|result| summary.count(*result) == 0);
    let stopped = fault.map(|fault| json!({ "code": fault.problem.code(), "message": fault.to_string(), "help": help_with(&fault.problem, referrals) }));
    let document = json!({ "summary": summary, "rows": rows, "stopped": stopped, "dry_run": asked.dry_run });
    Ok(Telling::new(text, document)?.unless(is_well))
}

/// What to do about a file as a whole.
fn help_with(problem: &Problem, referrals: &Referrals) -> Option<String> {
    match problem {
        Problem::MissingHeader { .. } => {
            Some("say which column holds what by `--mapping FILE`: `columns = { host_id = \"Customer\" }`".to_owned())
        }
        Problem::AmbiguousSeparator => Some("say it by `--mapping FILE`: `separator = \"semicolon\"`".to_owned()),
        Problem::Engine(Error::NotFound { what: "campaign", name }) => {
            let known = campaigns(referrals).unwrap_or_default();
            let names = known.iter().map(|campaign| campaign.name.as_str());
            Some(near(name, names, "`referrals campaign list` lists the campaigns"))
        }
        _ => None,
    }
}
