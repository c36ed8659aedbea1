//! How long a tenant keeps what nobody is owed by, and how far it has been swept.

use serde::{Deserialize, Serialize};

use super::field::json_fields;
use crate::value::Timestamp;

/// How long a tenant keeps touches and letters, and how far receipts and touches have been swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// How long counted clicks and views are kept, and the visitors behind them, in days.
    pub touch_days: u32,
    /// How long clicks and views are kept that were not counted: those of robots, previews and duplicates, in days.
    pub uncounted_days: u32,
    /// How long letters are kept, in days.
    pub letter_days: u32,
    /// How many letters may be kept at once.
    pub most_letters: u32,
    /// How far receipts have been swept, by the time in their keys.
    pub receipts: Swept,
    /// How far counted touches have been swept.
    pub touches: Swept,
    /// How far uncounted touches have been swept.
    pub uncounted: Swept,
}

impl Default for Retention {
    fn default() -> Self {
        let [receipts, touches, uncounted] = [Swept::default(); 3];
        Self {
            touch_days: 400,
            uncounted_days: 30,
            letter_days: 30,
            most_letters: 10_000,
            receipts,
            touches,
            uncounted,
        }
    }
}

/// How far a sweep has come. Before `until` records may be gone, before `done` they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Told before the first record is removed: whoever counts what is left knows that something may be missing before it.
    pub until: Timestamp,
    /// Told behind the last record that was removed: the next sweep goes on from there.
    pub done: Timestamp,
}

impl Default for Swept {
    fn default() -> Self {
        Self { until: Timestamp::FIRST, done: Timestamp::FIRST }
    }
}

json_fields! { Retention }
