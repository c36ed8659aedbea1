//! What changed from one version of a campaign to the next, in words.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::model::CampaignModel;
use super::shape::{CAMPAIGN, Kind, Presence, Table};

/// One change between two versions of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where: `qualification.when`. Rules, limits and fields are called by their names: `rewards[friend-buys].hold`.
    pub path: String,
    /// What it was. Nothing if it is new; a default that was not written counts as written.
    pub old: Option<Json>,
    /// What it is. Nothing if it was removed.
    pub new: Option<Json>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, "{path}: `{}` becomes `{}`", Words(old), Words(new)),
            (None, Some(new)) => write!(f, "{path}: `{}` is new", Words(new)),
            (Some(old), None) => write!(f, "{path}: `{}` is gone", Words(old)),
            (None, None) => f.write_str(path),
        }
    }
}

/// A value without the quotes of a string.
struct Words<'j>(&'j Json);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Json::String(text) => f.write_str(text),
            other => other.fmt(f),
        }
    }
}

/// What changed from `old` to `new`, in the order of the fields.
///
/// ```
/// use referral_core::campaign::{CampaignModel, diff};
/// let old = CampaignModel::builder("spring", "go.shop.example").build()?;
/// let new = CampaignModel::builder("spring", "go.shop.example").attribution_window("14 days").build()?;
/// let changes: Vec<_> = diff(&old, &new).iter().map(ToString::to_string).collect();
/// assert_eq!(changes, ["attribution.window: `30 days` becomes `14 days`"]);
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[must_use]
pub fn diff(old: &CampaignModel, new: &CampaignModel) -> Vec<Change> {
    // INVARIANT: every type in the model serialises.
    let [old, new] = [old, new].map(|model| serde_json::to_value(model).unwrap_or_default());
    let mut changes = Vec::new();
    table(&CAMPAIGN, "", &old, &new, &mut changes);
    changes
}

fn table(table: &'static Table, path: &str, old: &Json, new: &Json, changes: &mut Vec<Change>) {
    for field in table.fields {
        let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        let [old, new] = [old, new].map(|map| map.get(field.name).cloned().or_else(|| field.presence.default()));
        compare(&field.kind, &path, old, new, changes);
    }
}

fn compare(kind: &'static Kind, path: &str, old: Option<Json>, new: Option<Json>, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match kind {
        Kind::Table(inner) => {
            let [old, new] = [old, new].map(|map| map.unwrap_or_else(|| json!({})));
            table(inner, path, &old, &new, changes);
        }
        Kind::List(Kind::Table(inner), ..) => {
            let [old, new] = [old, new].map(|list| named(inner, list));
            entries(inner, path, &old, &new, changes);
        }
        _ => changes.push(Change { path: path.to_owned(), old, new }),
    }
}

/// The entries of a list with their names: the first field where it is a name, or the place from 1.
fn named(table: &'static Table, list: Option<Json>) -> Vec<(String, Json)> {
    let Some(Json::Array(items)) = list else { return vec![] };
    let name = table.fields.first().filter(|field| matches!(field.kind, Kind::Text(_))).map_or("", |field| field.name);
    let with_name = |(index, item): (usize, Json)| {
        let given = item.get(name).and_then(Json::as_str).map(str::to_owned);
        (given.unwrap_or_else(|| (index + 1).to_string()), item)
    };
    items.into_iter().enumerate().map(with_name).collect()
}

fn entries(
    inner: &'static Table,
    path: &str,
    old: &[(String, Json)],
    new: &[(String, Json)],
    changes: &mut Vec<Change>,
) {
    let find =
        |list: &[(String, Json)], name: &str| list.iter().find(|(own, _)| own == name).map(|(_, item)| item.clone());
    for (name, item) in old {
        let path = format!("{path}[{name}]");
        match find(new, name) {
            Some(now) => table(inner, &path, item, &now, changes),
            None => changes.push(Change { path, old: Some(item.clone()), new: None }),
        }
    }
    for (name, item) in new.iter().filter(|(name, _)| find(old, name).is_none()) {
        changes.push(Change { path: format!("{path}[{name}]"), old: None, new: Some(item.clone()) });
    }
    let order = |list: &[(String, Json)], other: &[(String, Json)]| -> Vec<String> {
        list.iter().map(|(name, _)| name.clone()).filter(|name| find(other, name).is_some()).collect()
    };
    let (before, after) = (order(old, new), order(new, old));
    if before != after {
        let path = format!("{path} (order)");
        changes.push(Change { path, old: Some(json!(before)), new: Some(json!(after)) });
    }
}

impl Presence {
    /// What holds where the field is left out, if that is a value.
    fn default(self) -> Option<Json> {
        // Every default is a string or a list of strings, which JSON writes as TOML does.
        if let Self::Default(value) = self { serde_json::from_str(value).ok() } else { None }
    }
}
