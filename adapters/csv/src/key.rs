//! What a row is known by, now and when the same file comes again.

use std::collections::HashMap;

use referrals::command::{AnyCommand, HostFacts};
use referrals::value::{CommandKey, Entropy, SourceName, TenantId, Timestamp};

use crate::draft::Wrong;
use crate::mapping::Mapping;
use crate::rows::Row;

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// The keys of the rows of one file.
#[derive(Debug)]
pub(crate) struct RowKeys {
    /// How often a content stood in the file so far. As large as the file has rows at most, whose number is limited.
    seen: HashMap<[u8; 16], u32>,
    source: SourceName,
}

impl RowKeys {
    pub(crate) fn new(source: SourceName) -> Self {
        Self { seen: HashMap::new(), source }
    }

    pub(crate) fn source(&self) -> &SourceName {
        &self.source
    }

    /// The key of the next row: its mapped id; without one, the hash of what is read from it, and which of the equal rows
    /// it is. So the order of the columns and of the rows does not matter.
    pub(crate) fn next(&mut self, row: &Row<'_>, mapping: &Mapping) -> Result<String, Wrong> {
        if row.columns().has("id") {
            let id = row.get("id").ok_or_else(|| Wrong::new("no_id", "id: is empty"))?;
            if id.len() > 255 || id.contains(char::is_control) {
                return Err(Wrong::new("invalid_value", "id: has more than 255 bytes, or a control character"));
            }
            return Ok(id.to_owned());
        }
        let mut hasher = blake3::Hasher::new();
        for text in ["referral-csv row", mapping.content.as_str(), self.source.as_str()] {
            part(&mut hasher, text);
        }
        part(&mut hasher, mapping.campaign.as_ref().map_or("", |campaign| campaign.as_str()));
        for field in row.columns().fields() {
            part(&mut hasher, field);
            part(&mut hasher, row.get(field).unwrap_or_default());
        }
        let mut hash = [0; 16];
        hasher.finalize_xof().fill(&mut hash);
        let ordinal = self.seen.entry(hash).or_default();
        *ordinal = ordinal.saturating_add(1);
        Ok(format!("row-{:032x}-{ordinal}", u128::from_be_bytes(hash)))
    }
}

fn part(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
}

/// The command key of a row: the same for the same command of the same row on the same day, so that an upload that was
/// cut short and comes again finds its own receipts. After that day, what the command did is found instead.
pub(crate) fn command_key(
    tenant: &TenantId,
    mapping: &Mapping,
    row: &str,
    (command, facts): (&AnyCommand, &HostFacts),
    now: Timestamp,
) -> CommandKey {
    let mut hasher = blake3::Hasher::new();
    for text in ["referral-csv command", tenant.as_str(), mapping.content.as_str(), row] {
        part(&mut hasher, text);
    }
    hasher.update(&serde_json::to_vec(command).unwrap_or_default());
    // The same said of another time is something else.
    hasher.update(&facts.at.map_or(0, Timestamp::as_micros).to_le_bytes());
    let micros = now.as_micros();
    let day = Timestamp::from_micros(micros - micros % DAY_MICROS).unwrap_or(now);
    CommandKey::mint(day, &mut Entropy::new(*hasher.finalize().as_bytes()))
}
