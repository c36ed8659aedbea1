//! Tests that cross the files of this module.

mod documents;
mod generate;
mod lint;
mod mistakes;
mod round_trip;

use super::{CampaignModel, Checked, Format};
use crate::error::{Error, Mistake};

/// A file of the project.
fn file(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The mistakes of a text, or none.
fn mistakes(text: &str, format: Format) -> Vec<String> {
    match CampaignModel::read(text, format) {
        Ok(_) => vec![],
        Err(Error::InvalidCampaign(mistakes)) => mistakes.iter().map(Mistake::to_string).collect(),
        Err(error) => panic!("{error}"),
    }
}

fn read(text: &str) -> Checked {
    CampaignModel::read(text, Format::Toml).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
