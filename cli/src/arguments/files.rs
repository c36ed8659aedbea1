//! What can be typed about files.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use referrals::record::Kind;
use referrals::value::CampaignSlug;

/// Which file, and how it is to be read.
#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The file.
    pub(crate) file: PathBuf,
    /// What its rows are; with `--campaign` they are read as that campaign says.
    #[arg(long, conflicts_with = "mapping")]
    pub(crate) content: Option<Content>,
    /// How it is to be read, in TOML or, if its name ends so, JSON: columns, dates, decimals, source.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// The campaign that it is for.
    #[arg(long)]
    pub(crate) campaign: Option<CampaignSlug>,
    /// Only tell what would become of each row.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write what became of each row, one JSON document a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Replace the report that is there.
    #[arg(long, requires = "report")]
    pub(crate) replace: bool,
    /// Who did what the rows say, where a row names nobody.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why, where a row gives no reason.
    #[arg(long, value_name = "REASON")]
    pub(crate) why: Option<String>,
}

/// What rows are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Content {
    /// People to enrol.
    Referrers,
    /// People who signed up, each with what names the referrer.
    Invitees,
    /// Purchases and other conversions.
    Conversions,
    /// Invitees to qualify by hand.
    Qualifications,
    /// Rewards that were handed over.
    Rewards,
    /// Refunds of orders, and refunds that did not leave.
    Refunds,
    /// Orders that never were, or that were after all.
    Voids,
    /// New amounts of orders.
    Corrections,
    /// Marks that hands set on referrals.
    Marks,
    /// What moderation found of referrals.
    Moderation,
}

impl From<Content> for referral_csv::Content {
    fn from(content: Content) -> Self {
        match content {
            Content::Referrers => Self::Referrers,
            Content::Invitees => Self::Invitees,
            Content::Conversions => Self::Conversions,
            Content::Qualifications => Self::Qualifications,
            Content::Rewards => Self::Rewards,
            Content::Refunds => Self::Refunds,
            Content::Voids => Self::Voids,
            Content::Corrections => Self::Corrections,
            Content::Marks => Self::Marks,
            Content::Moderation => Self::Moderation,
        }
    }
}

/// Which tables, where to, and in which form.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder, made if it is not there. `-` is standard output, for one table.
    pub(crate) folder: PathBuf,
    /// The form of the files.
    #[arg(long, default_value = "csv")]
    pub(crate) format: Form,
    /// This table alone; may be said more than once.
    #[arg(long, value_name = "TABLE", value_parser = table())]
    pub(crate) table: Vec<Kind>,
    /// Replace the export that is there.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// Where an export is.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The form of an export that has no `export.json`, because another program wrote it.
    #[arg(long)]
    pub(crate) format: Option<Form>,
}

/// The form of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Comma-separated values, safe to open in a spreadsheet.
    Csv,
    /// JSON Lines: an object a line.
    Jsonl,
}

impl From<Form> for referral_csv::Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Csv => Self::Csv,
            Form::Jsonl => Self::JsonLines,
        }
    }
}

/// A table by its name. Another name is answered with the ones that are near it.
fn table() -> impl clap::builder::TypedValueParser<Value = Kind> {
    let named = |name: String| Kind::ALL.iter().copied().find(|kind| kind.table().name == name);
    PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.table().name))
        .try_map(move |name| named(name).ok_or("is no table"))
}
