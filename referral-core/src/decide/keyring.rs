//! The check of the host's secrets: a wrong one is refused before it can hash a single alias.

use super::campaign::settings;
use super::halt::Decide;
use super::view::View;
use crate::command::KeyringChecked;
use crate::error::StoreError;
use crate::record::{Document, Settings, SettingsKey};
use crate::value::KeyCheck;

/// Compares the keyring with what the tenant was opened with before; keeps the check values of added link keys.
pub(super) fn check(view: &mut View<'_>) -> Decide<KeyringChecked> {
    // Not guarded: check values are only ever added, so what fits them now fits them later or is refused by the put below.
    let stored = match view.peek::<Settings>(SettingsKey {})? {
        Some(settings) => checks(&settings)?,
        None => Vec::new(),
    };
    view.keyring().compare(&stored)?;
    let ours = view.keyring().checks();
    let added = u32::try_from(ours.len().saturating_sub(stored.len())).unwrap_or(u32::MAX);
    if added > 0 {
        let mut settings = settings(view)?;
        settings.key_checks = Document(serde_json::to_value(&ours).unwrap_or_default());
        view.put(settings);
    }
    Ok(KeyringChecked { added })
}

/// What is stored; nothing, where settings were written before a keyring was ever checked.
fn checks(settings: &Settings) -> Result<Vec<KeyCheck>, StoreError> {
    let Document(json) = &settings.key_checks;
    if json.is_null() {
        return Ok(Vec::new());
    }
    let unreadable = |_| StoreError::Corrupt("the check values of the keyring cannot be read".to_owned());
    serde_json::from_value(json.clone()).map_err(unreadable)
}
