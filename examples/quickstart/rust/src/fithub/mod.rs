//! A real referral program, audited: a gym chain's history is told under the chain's rules, and what the rules come to is
//! compared with what the chain recorded.

mod data;
mod explain;
mod replay;
mod verdict;

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use referrals::campaign::Give;
use referrals::{CampaignModel, Keyring};
use serde::Serialize;

use verdict::{Decided, Verdict};

/// What is audited, and where to.
#[derive(Debug, Args)]
pub(crate) struct Job {
    /// The folder of the chain's tables.
    folder: PathBuf,
    /// The folder for `audit.csv`, and for the database unless `--db` names another; made if it is not there.
    #[arg(long)]
    out: PathBuf,
    /// Other rules than the chain's: a campaign in TOML.
    #[arg(long)]
    campaign: Option<PathBuf>,
    /// Tells how the verdict over this referral came about; may be said more than once.
    #[arg(long, value_name = "REFERRAL_ID")]
    explain: Vec<String>,
}

/// What an audit came to.
#[derive(Debug, Serialize)]
pub(crate) struct Audited {
    referrals: usize,
    commands: u64,
    changed: u64,
    audit_is_clean: bool,
    sound: usize,
    unsound: usize,
    verdicts: Vec<Verdict>,
    explanations: Vec<String>,
}

impl fmt::Display for Audited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for explanation in &self.explanations {
            writeln!(f, "{explanation}")?;
        }
        match self.changed {
            0 => writeln!(f, "nothing changed: all {} commands were known already", self.commands)?,
            changed => {
                writeln!(f, "{} referrals told by {} commands, {changed} of them new", self.referrals, self.commands)?
            }
        }
        writeln!(f, "audit of the store: {}", if self.audit_is_clean { "clean" } else { "NOT CLEAN" })?;
        if self.explanations.is_empty() {
            writeln!(f, "every verdict stands in `audit.csv`; `--explain REFERRAL_ID` tells how it came about")?;
        }
        write!(f, "sound {}, unsound {}", self.sound, self.unsound)
    }
}

/// Tells the history, compares, writes the audit.
pub(crate) fn run(db: Option<&str>, keyring: Keyring, job: &Job) -> Result<Audited, Box<dyn Error>> {
    let data = data::read(&job.folder)?;
    let model = replay::rules(job.campaign.as_deref())?;
    let rules = sizes(&model);
    fs::create_dir_all(&job.out).map_err(|error| format!("{}: {error}", job.out.display()))?;
    let file = format!("sqlite:{}", job.out.join("fithub.sqlite").display());
    let is_known = |id: &&String| data.referrals.iter().any(|row| row.id == **id);
    if let Some(id) = job.explain.iter().find(|id| !is_known(id)) {
        return Err(format!("no referral `{id}` in user_referrals.csv").into());
    }
    let replay = replay::replay(db.unwrap_or(&file), keyring, model, &data)?;
    let mut verdicts = Vec::new();
    let mut explanations = Vec::new();
    for row in &data.referrals {
        let decided = Decided::of(&replay, row)?;
        let verdict = decided.verdict(row, &rules);
        if job.explain.contains(&row.id) {
            explanations.push(explain::text(&replay, &decided, row, &verdict)?);
        }
        verdicts.push(verdict);
    }
    let path = job.out.join("audit.csv");
    let mut writer = csv::Writer::from_path(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    verdicts.iter().try_for_each(|verdict| writer.serialize(verdict))?;
    writer.flush()?;
    let sound = verdicts.iter().filter(|verdict| verdict.sound == "yes").count();
    Ok(Audited {
        referrals: verdicts.len(),
        commands: replay.commands,
        changed: replay.changed,
        audit_is_clean: replay.referrals.audit()?.is_clean(),
        sound,
        unsound: verdicts.len() - sound,
        verdicts,
        explanations,
    })
}

/// The rules by the days that they give.
fn sizes(model: &CampaignModel) -> Vec<(i64, String)> {
    let size = |give: &Give| if let Give::Units(units) = give { Some(i64::from(units.units)) } else { None };
    model.rewards.iter().filter_map(|rule| Some((size(rule.give.as_ref()?)?, rule.id.to_string()))).collect()
}
