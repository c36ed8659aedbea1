//! Decides: one function for each command, straight-line code over a [`View`].
//!
//! Pure: reads no clock, no store, no randomness. What it needs arrives in the view; what it wants done leaves in it.
//!
//! The files below stand in reading order; each imports only from those listed before it (`cargo xtask tidy` checks).

mod halt;
mod writes;
mod view;
mod handled;
mod hand;
mod campaign;
mod keyring;
mod earned;
mod metrics;
mod merged;
mod context;
mod leads;
mod stated;
mod ask;
mod notify;
mod timer;
mod ledger;
mod limits;
mod balance;
mod standing;
mod netting;
mod reward;
mod tally;
mod places;
mod group;
mod kept_level;
mod milestone;
mod counts;
mod reconcile;
mod members;
mod orders;
mod lay;
mod follow;
mod sealed;
mod changed;
mod identity;
mod people;
mod aliases;
mod moderate;
mod retention;
mod foresee_rewards;
mod foresee;
mod enrol;
mod visitor;
mod evidence;
mod track;
mod revoke;
mod lead;
mod reassign;
mod merge;
mod awaited;
mod reference;
mod refund;
mod correct;
mod conversion;
mod qualify;
mod missed;
mod returned;
mod issue;
mod grant;
mod give;
mod lookup;
mod consent;
mod erase;
mod letter;
mod fire;
mod table;
mod answer;

pub(crate) use answer::rehearse;
pub use answer::{Answered, answer};
pub(crate) use balance::outstanding;
pub(crate) use campaign::{
    Current, by_slug as campaign_by_slug, existing as existing_campaign, version as campaign_version,
};
pub(crate) use erase::holds_personal_data;
pub(crate) use follow::finding as finding_of;
pub use halt::{Decide, Halt};
pub(crate) use leads::{all as all_leads, first_key as first_lead, latest as latest_lead, not_after as lead_not_after};
pub(crate) use ledger::balance_of;
pub(crate) use letter::{clear as clear_letter, named_by as letters_named_by};
pub(crate) use limits::{AskedLimit, asked as limits_asked};
pub(crate) use lookup::{closed as lookup_closed, ends as lookup_ends};
pub(crate) use merged::ids as ids_of;
pub(crate) use metrics::{EVER, day_period};
pub(crate) use netting::{need_shares, share as netting_share};
pub(crate) use orders::{amounts_of, refunded};
pub(crate) use people::known as known_participant;
pub(crate) use reference::resolve as first_id;
pub(crate) use standing::is_due;
pub use view::{Lacking, ListedPage, Setting, View};
pub use writes::{Snapshot, Writes};
