//! The chain's tables, read and typed. Only maps columns: what is earned is said by the campaign.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use chrono::NaiveDate;
use referrals::value::{Day, Timestamp, Zone};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How a referral was born.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Born {
    /// In the app, with the member's code.
    #[serde(rename = "User Sign Up")]
    SignUp,
    /// At the desk, with a transaction that is not paid yet.
    #[serde(rename = "Draft Transaction")]
    Desk,
    /// As a lead that the chain called.
    Lead,
}

/// What the chain says became of a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// `Menunggu`.
    Pending,
    /// `Berhasil`.
    Successful,
    /// `Tidak Berhasil`.
    Failed,
    /// None that the chain lists.
    Unknown,
}

/// A referral as the chain recorded it.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) born: Born,
    /// Whether it came online; of a lead, as the lead's log says.
    pub(super) is_online: bool,
    pub(super) referrer: Option<String>,
    pub(super) status: Status,
    /// The days assigned; 0 for a reward that the chain does not list.
    pub(super) days: Option<i64>,
    pub(super) transaction: Option<String>,
    /// When a row of the log first said that the reward was granted.
    pub(super) granted_at: Option<Timestamp>,
}

/// A transaction.
#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    transaction_id: String,
    #[serde(rename = "transaction_status", deserialize_with = "nullable")]
    pub(super) status: Option<String>,
    #[serde(rename = "transaction_at")]
    pub(super) at: Timestamp,
    #[serde(rename = "timezone_transaction", deserialize_with = "nullable")]
    pub(super) zone: Option<String>,
    #[serde(rename = "transaction_type", deserialize_with = "nullable")]
    pub(super) kind: Option<String>,
}

/// A member's latest state.
#[derive(Debug)]
pub(super) struct Member {
    /// The first instant after the membership, whose last day is in the member's own club's zone.
    pub(super) until: Option<Timestamp>,
    pub(super) is_deleted: Option<bool>,
}

/// Everything.
#[derive(Debug)]
pub(super) struct Data {
    /// In the order of the file.
    pub(super) referrals: Vec<Recorded>,
    pub(super) transactions: BTreeMap<String, Transaction>,
    pub(super) members: BTreeMap<String, Member>,
}

#[derive(Deserialize)]
struct ReferralRow {
    referral_at: Timestamp,
    referral_id: String,
    #[serde(deserialize_with = "nullable")]
    referral_reward_id: Option<String>,
    referral_source: Born,
    #[serde(deserialize_with = "nullable")]
    referee_id: Option<String>,
    #[serde(deserialize_with = "nullable")]
    referrer_id: Option<String>,
    #[serde(deserialize_with = "nullable")]
    transaction_id: Option<String>,
    updated_at: Timestamp,
    #[serde(deserialize_with = "nullable")]
    user_referral_status_id: Option<String>,
}

#[derive(Deserialize)]
struct RewardRow {
    id: String,
    reward_value: String,
}

#[derive(Deserialize)]
struct StatusRow {
    id: String,
    description: String,
}

#[derive(Deserialize)]
struct UserRow {
    id: u64,
    user_id: String,
    #[serde(deserialize_with = "nullable")]
    timezone_homeclub: Option<String>,
    #[serde(deserialize_with = "nullable")]
    membership_expired_date: Option<String>,
    #[serde(deserialize_with = "nullable")]
    is_deleted: Option<String>,
}

#[derive(Deserialize)]
struct LeadRow {
    id: u64,
    lead_id: String,
    source_category: String,
}

#[derive(Deserialize)]
struct LogRow {
    user_referral_id: String,
    created_at: Timestamp,
    is_reward_granted: String,
}

/// `null` is the chain's word for nothing.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(Some(text).filter(|text| !text.is_empty() && text != "null"))
}

fn rows<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>> {
    let path = folder.join(name);
    let whose = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader = csv::Reader::from_path(&path).map_err(whose)?;
    Ok(reader.deserialize().collect::<std::result::Result<_, _>>().map_err(whose)?)
}

/// Reads the tables of a folder.
pub(super) fn read(folder: &Path) -> Result<Data> {
    let transactions = rows::<Transaction>(folder, "paid_transactions.csv")?;
    let transactions = transactions.into_iter().map(|row| (row.transaction_id.clone(), row)).collect();
    Ok(Data { referrals: referrals(folder)?, transactions, members: members(folder)? })
}

fn referrals(folder: &Path) -> Result<Vec<Recorded>> {
    let mut days = BTreeMap::new();
    for row in rows::<RewardRow>(folder, "referral_rewards.csv")? {
        let number = row.reward_value.strip_suffix(" days").and_then(|number| number.parse::<i64>().ok());
        days.insert(row.id, number.ok_or_else(|| format!("`{}` is no number of days", row.reward_value))?);
    }
    let mut statuses = BTreeMap::new();
    for row in rows::<StatusRow>(folder, "user_referral_statuses.csv")? {
        statuses.insert(row.id, status(&row.description)?);
    }
    let mut granted: BTreeMap<String, Timestamp> = BTreeMap::new();
    let log = rows::<LogRow>(folder, "user_referral_logs.csv")?;
    for row in log.into_iter().filter(|row| row.is_reward_granted.eq_ignore_ascii_case("true")) {
        let first = granted.entry(row.user_referral_id).or_insert(row.created_at);
        *first = row.created_at.min(*first);
    }
    let online = online_leads(folder)?;
    let mut seen = BTreeSet::new();
    let mut referrals = Vec::new();
    for row in rows::<ReferralRow>(folder, "user_referrals.csv")? {
        if !seen.insert(row.referral_id.clone()) {
            return Err(format!("user_referrals.csv: the referral `{}` stands there twice", row.referral_id).into());
        }
        let is_online = match row.referral_source {
            Born::SignUp => true,
            Born::Desk => false,
            Born::Lead => row.referee_id.as_ref().is_some_and(|lead| online.contains(lead)),
        };
        referrals.push(Recorded {
            at: row.referral_at,
            updated_at: row.updated_at,
            born: row.referral_source,
            is_online,
            referrer: row.referrer_id,
            status: row.user_referral_status_id.and_then(|id| statuses.get(&id).copied()).unwrap_or(Status::Unknown),
            days: row.referral_reward_id.map(|id| days.get(&id).copied().unwrap_or(0)),
            transaction: row.transaction_id,
            granted_at: granted.get(&row.referral_id).copied(),
            id: row.referral_id,
        });
    }
    Ok(referrals)
}

fn status(description: &str) -> Result<Status> {
    match description {
        "Menunggu" => Ok(Status::Pending),
        "Berhasil" => Ok(Status::Successful),
        "Tidak Berhasil" => Ok(Status::Failed),
        other => Err(format!("`{other}` is no status").into()),
    }
}

/// The leads whose latest row says that they came online.
fn online_leads(folder: &Path) -> Result<BTreeSet<String>> {
    let mut leads = rows::<LeadRow>(folder, "lead_log.csv")?;
    leads.sort_by_key(|row| row.id);
    let latest: BTreeMap<_, _> = leads.into_iter().map(|row| (row.lead_id, row.source_category)).collect();
    Ok(latest.into_iter().filter(|(_, category)| category == "Online").map(|(lead, _)| lead).collect())
}

fn members(folder: &Path) -> Result<BTreeMap<String, Member>> {
    let mut users = rows::<UserRow>(folder, "user_logs.csv")?;
    users.sort_by_key(|row| row.id);
    let mut members = BTreeMap::new();
    for row in users {
        let zone = row.timezone_homeclub.as_deref().map_or(Ok(Zone::UTC), str::parse)?;
        let last = row.membership_expired_date.as_deref().map(str::parse::<NaiveDate>).transpose();
        let last = last.map_err(|error| format!("user_logs.csv: user `{}`: {error}", row.user_id))?;
        let until = last.map(|last| zone.start_of(Day::from(last).next()));
        let is_deleted = row.is_deleted.and_then(|text| text.to_ascii_lowercase().parse().ok());
        members.insert(row.user_id, Member { until, is_deleted });
    }
    Ok(members)
}
