//! CSV in and out: uploads into the referral engine, exports of every table, and a restore of an export.
//!
//! An [`Upload`] reads a file row by row by a [`Mapping`] and turns each row into a command: it is no second way to write.
//! The file may come from anybody. It is UTF-8 with or without a mark; anything else is refused by name. Its size, rows,
//! columns and fields have [`Limits`], which hold while it is read, not after. What can be read in two ways (`1,234`,
//! `03/04/2026`) is refused until the mapping says how it is meant.
//!
//! [`export`] writes a table as CSV or JSON Lines; [`restore`] reads all tables back into an empty tenant, exactly, and
//! audits it before it answers.
//!
//! ```
//! use referral_csv::{Content, Mapping, RowResult, Upload};
//! # use referrals::{CampaignModel, KeyState, Keyring, Referrals, Secret, command::DefineCampaign};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let keyring = Keyring::builder()
//! #     .link_key(1, Secret::new([1; 32]), KeyState::Active)
//! #     .alias_key(Secret::new([2; 32]))
//! #     .lookup_key(Secret::new([3; 32]))
//! #     .build()?;
//! # let referrals = Referrals::open("memory:", keyring)?;
//! # let definition = CampaignModel::from_toml("name = 'friends'\nlink_host = 'go.shop.example'")?;
//! # let campaign = definition.name.clone();
//! # referrals.execute(DefineCampaign::new(definition))?;
//! let upload = Upload::new(Mapping::new(Content::Referrers).in_campaign(campaign))?;
//! let file = "email;name\nada@shop.example;Ada\nno address;Bob\n";
//! let told = upload.run(&referrals, file.as_bytes(), |row| {
//!     println!("line {}: {} {}", row.line, row.result.as_str(), row.reason.unwrap_or_default());
//! })?;
//! assert_eq!((told.count(RowResult::Applied), told.count(RowResult::Invalid)), (1, 1));
//! # Ok(())
//! # }
//! ```

mod limits;
mod report;
mod problem;
mod encoding;
mod sentry;
mod number;
mod date;
mod mapping;
mod rows;
mod draft;
mod hand;
mod key;
mod lookup;
mod standing;
mod decided;
mod rehearsal;
mod outcome;
mod upload;
mod cell;
mod export;
mod table;
mod restore;

pub use export::{ExportError, Format, export};
pub use limits::Limits;
pub use mapping::{Mapping, Separator};
pub use problem::{Fault, Interrupted, Problem};
pub use referrals::campaign::{Amounts, Content, Dates, Decimals};
pub use report::{RowReport, RowResult, Summary};
pub use restore::{RestoreError, Restored, Tables, restore};
pub use upload::Upload;
