//! Campaigns: checked, compared, defined, listed.

use std::path::Path;

use referrals::campaign::{Checked, Format, diff};
use referrals::command::{DefineCampaign, Outcome};
use referrals::report::PageOf;
use referrals::{CampaignModel, Error, Family, Referrals};
use serde_json::json;

use crate::arguments::CampaignJob;
use crate::failure::Failure;
use crate::telling::{Telling, table};

pub(crate) fn run(job: &CampaignJob, open: &dyn Fn() -> Result<Referrals, Failure>) -> Result<Telling, Failure> {
    match job {
        CampaignJob::Check { file } => check(file),
        CampaignJob::Diff { old, new } => {
            let changes = diff(&read(old)?.model, &read(new)?.model);
            Telling::new(differences(&changes), changes)
        }
        CampaignJob::Define { file, dry_run } => {
            let model = read(file)?.model;
            let referrals = open()?;
            if *dry_run { rehearse(&referrals, &model) } else { define(&referrals, model) }
        }
        CampaignJob::List => list(&open()?),
    }
}

fn text_of(file: &Path) -> Result<(String, Format), Failure> {
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, error))?;
    Ok((text, if is_json { Format::Json } else { Format::Toml }))
}

fn read(file: &Path) -> Result<Checked, Failure> {
    let (text, format) = text_of(file)?;
    let help = format!("`referrals campaign check {}` names every mistake", file.display());
    CampaignModel::read(&text, format).map_err(|error| Failure::from(error).help(help))
}

/// Mistakes stand as compilers write them, so that editors find their places.
fn check(file: &Path) -> Result<Telling, Failure> {
    let (text, format) = text_of(file)?;
    let (mistakes, warnings) = match CampaignModel::read(&text, format) {
        Ok(checked) => (Vec::new(), checked.warnings),
        Err(Error::InvalidCampaign(mistakes)) => (mistakes, Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let place = file.display();
    let lines = mistakes.iter().map(|mistake| format!("{place}:{mistake}\n"));
    let mut text: String = lines.chain(warnings.iter().map(|odd| format!("{place}:{odd} (warning)\n"))).collect();
    text.push_str(&format!("{} mistakes, {} warnings", mistakes.len(), warnings.len()));
    let is_right = mistakes.is_empty();
    let shown = |list: &[referrals::error::Mistake]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    Ok(Telling::new(text, json!({ "mistakes": shown(&mistakes), "warnings": shown(&warnings) }))?.unless(is_right))
}

fn differences(changes: &[referrals::campaign::Change]) -> String {
    if changes.is_empty() {
        return "no difference".to_owned();
    }
    changes.iter().map(|change| format!("{change}\n")).collect()
}

fn rehearse(referrals: &Referrals, model: &CampaignModel) -> Result<Telling, Failure> {
    match referrals.campaign(&model.name) {
        Ok(stored) => {
            let changes = diff(&stored.definition, model);
            let text = format!("version {} of `{}` is current\n{}", stored.version, model.name, differences(&changes));
            Telling::new(text, json!({ "version": stored.version, "changes": changes }))
        }
        Err(error) if error.family() == Family::NotFound => {
            Telling::new(format!("`{}` would be new", model.name), json!({ "version": null, "changes": null }))
        }
        Err(error) => Err(error.into()),
    }
}

fn define(referrals: &Referrals, model: CampaignModel) -> Result<Telling, Failure> {
    let name = model.name.clone();
    match referrals.execute(DefineCampaign::new(model))?.outcome {
        Outcome::Accepted(defined) => {
            let how = if defined.changed { "is current now" } else { "was current already" };
            Telling::new(format!("version {} of `{name}` {how}", defined.version), defined)
        }
        Outcome::Declined(reason) => Err(Failure::new(reason.as_str(), format!("declined: `{reason}`"))),
    }
}

fn list(referrals: &Referrals) -> Result<Telling, Failure> {
    let mut campaigns = Vec::new();
    let mut page = PageOf { after: None, limit: 100 };
    loop {
        let found = referrals.campaigns(page.clone())?;
        campaigns.extend(found.campaigns);
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    let rows = campaigns.iter().map(|campaign| {
        let running = if campaign.running { "running" } else { "not running" };
        [campaign.name.to_string(), campaign.version.to_string(), campaign.state.to_string(), running.to_owned()]
    });
    Telling::new(table(["campaign", "version", "state", "now"], rows), &campaigns)
}
