//! Campaigns: checked, compared, defined, listed.

use std::path::Path;

use referrals::campaign::{Checked, Format, diff};
use referrals::command::{AnyOutcome, DefineCampaign, Outcome, SetCampaignState, SetEligible};
use referrals::record::CampaignState;
use referrals::report::{CampaignReport, PageOf, ShowCampaign};
use referrals::value::{CampaignSlug, Day};
use referrals::{CampaignModel, Error, Family, Referrals};
use serde_json::{Value, json};

use crate::arguments::{CampaignJob, Hand, Store};
use crate::failure::Failure;
use crate::files;
use crate::hand;
use crate::near::near;
use crate::store;
use crate::telling::{Telling, facts, table};

pub(crate) fn run(job: &CampaignJob, place: &Store) -> Result<Telling, Failure> {
    match job {
        CampaignJob::Check { file } => check(file),
        CampaignJob::Diff { old, new } => {
            let changes = diff(&read(old)?.model, &read(new)?.model);
            Telling::new(differences(&changes), changes)
        }
        CampaignJob::Define { file, dry_run } => {
            let model = read(file)?.model;
            if *dry_run { rehearse(place, &model) } else { define(&store::open_or_make(place)?, model) }
        }
        CampaignJob::List => list(&store::open(place)?),
        CampaignJob::Show { campaign, version } => show(&store::open(place)?, campaign, *version),
        CampaignJob::Pause { campaign, hand } => set(&store::open(place)?, campaign, CampaignState::Paused, hand),
        CampaignJob::Resume { campaign, hand } => set(&store::open(place)?, campaign, CampaignState::Active, hand),
        CampaignJob::Eligible { campaign, customers, day, hand } => {
            eligible(&store::open(place)?, (campaign, *customers, *day), hand)
        }
        CampaignJob::End { campaign, hand } => set(&store::open(place)?, campaign, CampaignState::Ended, hand),
    }
}

/// The failure with the names that are near the one that was typed.
pub(crate) fn suggested(failure: Failure, place: &Store) -> Failure {
    let Some(typed) = failure.campaign() else { return failure };
    let known = store::open(place).and_then(|referrals| Ok(campaigns(&referrals)?)).unwrap_or_default();
    let names = known.iter().map(|campaign| campaign.name.as_str());
    let help = near(typed, names, "`referrals campaign list` lists the campaigns");
    failure.help(help)
}

fn text_of(file: &Path) -> Result<(String, Format), Failure> {
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let text = files::read_text(file)?;
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

/// A store that is not there yet is not made: whatever is defined in it would be new.
fn rehearse(place: &Store, model: &CampaignModel) -> Result<Telling, Failure> {
    let is_missing = store::file(store::url(place)?)?.is_some_and(|file| !file.exists());
    let nowhere = Store { db: Some("memory:".to_owned()), ..place.clone() };
    let referrals = store::open(if is_missing { &nowhere } else { place })?;
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

/// All campaigns, by number.
pub(crate) fn campaigns(referrals: &Referrals) -> Result<Vec<CampaignReport>, Error> {
    let mut campaigns = Vec::new();
    let mut page = PageOf { after: None, limit: 100 };
    loop {
        let found = referrals.campaigns(page.clone())?;
        campaigns.extend(found.campaigns);
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(campaigns),
        }
    }
}

fn list(referrals: &Referrals) -> Result<Telling, Failure> {
    let campaigns = campaigns(referrals)?;
    let rows = campaigns.iter().map(|campaign| {
        let running = if campaign.running { "running" } else { "not running" };
        [campaign.name.to_string(), campaign.version.to_string(), campaign.state.to_string(), running.to_owned()]
    });
    Telling::new(table(["campaign", "version", "state", "now"], rows), &campaigns)
}

fn show(referrals: &Referrals, campaign: &CampaignSlug, version: Option<u32>) -> Result<Telling, Failure> {
    let shown = referrals.ask(ShowCampaign { campaign: campaign.clone(), version })?;
    let running = if shown.running { "running" } else { "not running" };
    let facts = facts([
        ("campaign", Some(format!("{}, number {}", shown.name, shown.campaign))),
        ("state", Some(format!("{}, {running} now", shown.state))),
        ("current version", Some(shown.version.to_string())),
        ("changed", Some(shown.changed_at.to_string())),
        ("by", shown.said.as_ref().and_then(|said| said.actor.clone())),
        ("because", shown.said.as_ref().and_then(|said| said.reason.clone())),
    ]);
    Telling::new(format!("{facts}\n{}", shown.definition.to_toml()), shown)
}

fn eligible(
    referrals: &Referrals,
    (campaign, customers, day): (&CampaignSlug, u64, Option<Day>),
    by: &Hand,
) -> Result<Telling, Failure> {
    let (campaign, actor, reason) = (campaign.clone(), by.by.clone(), by.why.clone());
    let receipt = hand::run(referrals, SetEligible { campaign, customers, day, actor, reason }, by.at)?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::EligibleSet(set) => {
            (format!("{} customers could refer from {} on", set.customers, set.day), Value::Null)
        }
        other => hand::other(other),
    })
}

fn set(referrals: &Referrals, campaign: &CampaignSlug, state: CampaignState, by: &Hand) -> Result<Telling, Failure> {
    let receipt = hand::run(
        referrals,
        SetCampaignState { campaign: campaign.clone(), state, actor: by.by.clone(), reason: by.why.clone() },
        by.at,
    )?;
    hand::answered(&receipt, |outcome| match outcome {
        AnyOutcome::CampaignStateSet(done) => (format!("`{campaign}` is {} now", done.state), Value::Null),
        other => hand::other(other),
    })
}
