//! What can be typed about who referred whom.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use referrals::value::CampaignSlug;

/// Whose tree, in which form.
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// The tree of one person alone: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, `id:UUID`, `code:CODE`, `link:URL`.
    #[arg(long, value_name = "WHO")]
    pub(crate) root: Option<String>,
    /// In which form. A picture in SVG has at most 500 people.
    #[arg(long, value_enum, default_value_t = Form::Table)]
    pub(crate) format: Form,
    /// Write it to a file that its owner alone can read.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How people are called in `dot`, `graphml` and `svg`.
    #[arg(long, value_enum, default_value_t = NameBy::Id)]
    pub(crate) name_by: NameBy,
    /// By what the greatest trees are ranked.
    #[arg(long, value_enum, default_value_t = GreatestBy::People)]
    pub(crate) by: GreatestBy,
    /// The currency or unit, by which `revenue` and `rewards` are ranked.
    #[arg(long, default_value = "")]
    pub(crate) unit: String,
    /// How many of the greatest trees.
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: usize,
    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// In which form a graph is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Tables: numbers, generations, the greatest trees.
    Table,
    /// The same as a document.
    Json,
    /// All people, for Graphviz.
    Dot,
    /// All people with what they count for, for other programs.
    Graphml,
    /// A picture.
    Svg,
}

/// How people are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NameBy {
    /// By the id that this software gave.
    Id,
    /// By the host's own id, where there is one.
    HostId,
}

/// What trees are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GreatestBy {
    /// How many people are in it.
    People,
    /// How many leads.
    Leads,
    /// How many of them are qualified.
    Qualified,
    /// Their revenue in a currency.
    Revenue,
    /// Their rewards in a currency or unit.
    Rewards,
}
