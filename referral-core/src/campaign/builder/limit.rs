//! Limits that are being put together.

use std::fmt::Display;

use serde_json::{Map, json};

use super::{LimitBuilder, text, typed, with, with_entry};
use crate::campaign::model::{LimitModel, LimitPer};

impl LimitModel {
    /// Begins a limit that counts for each referrer, for each invitee, or over all rewards.
    pub fn per(per: LimitPer) -> LimitBuilder {
        LimitBuilder(with(Map::new(), "per", typed(per)))
    }
}

impl LimitBuilder {
    /// Its name, stable over versions. By default the rule's id and its place.
    pub fn id(self, id: impl Display) -> Self {
        Self(with(self.0, "id", text(id)))
    }

    /// At most so many rewards.
    pub fn count(self, count: u32) -> Self {
        Self(with(self.0, "count", json!(count)))
    }

    /// At most so much money: `5000 EUR`. Given again, a table by currency.
    pub fn value(self, money: impl Display) -> Self {
        Self(with_entry(self.0, "value", text(money)))
    }

    /// At most so many of a unit: 1,000 `points`. Beside money, a table.
    pub fn quantity(self, quantity: i64, unit: impl Display) -> Self {
        Self(with_entry(self.0, "value", json!({ "unit": text(unit), "quantity": quantity })))
    }

    /// In which window: `calendar month`, `30 days`. By default `ever`.
    pub fn each(self, each: impl Display) -> Self {
        Self(with(self.0, "each", text(each)))
    }

    /// The zone of a calendar window. By default the campaign's.
    pub fn zone(self, zone: impl Display) -> Self {
        Self(with(self.0, "zone", text(zone)))
    }
}
