//! What making two people one would do.

use serde::{Deserialize, Serialize};

use super::question::ShowMerge;
use crate::command::{AnyOutcome, Finding, MergePeople, Outcome};
use crate::decide::Decide;
use crate::engine::Reader;

/// What making two people one would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeReport {
    /// What would be answered: who stays, and which referrals are taken back or denied.
    pub outcome: Outcome<AnyOutcome>,
    /// What would be found on the way: rewards that are granted, taken back or refused.
    pub findings: Vec<Finding>,
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowMerge) -> Decide<MergeReport> {
    let ShowMerge { one, other } = asked.clone();
    let (outcome, findings) = reader.rehearse(&MergePeople { one, other, actor: None, reason: None }.into())?;
    Ok(MergeReport { outcome, findings })
}
