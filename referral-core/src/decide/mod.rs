//! Decides: one function for each command, straight-line code over a [`View`].
//!
//! Pure: reads no clock, no store, no randomness. What it needs arrives in the view; what it wants done leaves in it.

mod halt;
mod writes;
mod view;
mod answer;

mod campaign;
mod keyring;
mod scene;
mod facts;
mod amount;
mod metrics;
mod notify;
mod timer;
mod ledger;
mod limits;
mod reward;
mod rules;
mod group;
mod milestone;
mod qualify;

mod people;
mod enrol;
mod visitor;
mod track;
mod evidence;
mod lead;
mod conversion;
mod reference;
mod refund;
mod moderate;
mod issue;
mod lookup;
mod consent;
mod erase;
mod foresee;

pub(crate) use amount::{net_left, refunded};
pub use answer::{Answered, answer};
pub(crate) use campaign::{
    Current, by_slug as campaign_by_slug, existing as existing_campaign, version as campaign_version,
};
pub(crate) use erase::holds_personal_data;
pub use halt::{Decide, Halt};
pub(crate) use ledger::balance_of;
pub(crate) use lookup::{closed as lookup_closed, ends as lookup_ends};
pub(crate) use metrics::{EVER, day_period};
pub(crate) use people::known as known_participant;
pub(crate) use reward::outstanding;
pub use view::{Setting, Snapshot, View};
pub use writes::Writes;
