//! The chain's history as ordinary commands, each at the time of its row.
//!
//! Every referral has an invitee of its own, named by the referral's id: the chain writes a referral whenever a friend is
//! brought, and the same friend may be brought again. A referral that names no member has a stand-in for a referrer, of
//! whom nothing is known: no rule holds for somebody like that.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use indicatif::ProgressBar;
use referrals::command::{
    AnyCommand, AnyOutcome, DefineCampaign, Enrol, EvidenceGiven, Finding, HostFacts, Lose, MoveReward, Outcome,
    Person, Qualify, Reason, Receipt, RecordConversion, RecordLead, Request, RewardMove,
};
use referrals::record::Data as Fields;
use referrals::record::{ConversionKind, RewardKey};
use referrals::value::{CampaignSlug, CommandKey, Entropy, Timestamp};
use referrals::{CampaignModel, FixedEntropy, Keyring, ManualClock, Referrals};
use serde_json::{Value, json};

use super::data::{Born, Data, Member, Recorded, Status, Transaction};
use crate::events::who;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What happened, in the order in which it is told where the times are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// The member is enrolled.
    Enrolled,
    /// The referral was made.
    Referred,
    /// The transaction took place, or became known with a referral that is later than it.
    Paid,
    /// The chain says that the referral is a success, or that it failed.
    Concluded,
    /// What was earned is approved, because the chain says that the referral is a success.
    Approved,
    /// The log says that the reward was granted.
    Granted,
}

impl Event {
    /// The event in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enrolled => "the member is enrolled",
            Self::Referred => "the referral is made",
            Self::Paid => "the transaction is told",
            Self::Concluded => "the status is told",
            Self::Approved => "the reward is approved",
            Self::Granted => "the reward is handed over",
        }
    }
}

/// A command that was told, and its answer.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) event: Event,
    pub(super) at: Timestamp,
    pub(super) receipt: Receipt,
}

/// A history that was told: the commands of each referral, in order.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) referrals: Referrals,
    pub(super) campaign: CampaignSlug,
    pub(super) told: BTreeMap<String, Vec<Told>>,
    pub(super) commands: u64,
    /// Answers that were new. None: everything was known already.
    pub(super) changed: u64,
}

struct Teller<'d> {
    replay: Replay,
    clock: ManualClock,
    data: &'d Data,
    codes: BTreeMap<String, String>,
}

/// Tells the history of `data` under `model`, in the database at `db`.
pub(super) fn replay(db: &str, keyring: Keyring, model: CampaignModel, data: &Data) -> Result<Replay> {
    let first = data.referrals.iter().map(|row| row.at).min().ok_or("user_referrals.csv has no rows")?;
    let clock = ManualClock::at(first);
    let referrals = Referrals::builder(keyring).clock(clock.clone()).entropy(FixedEntropy::new([8; 32])).open(db)?;
    let campaign = model.name.clone();
    let replay = Replay { referrals, campaign, told: BTreeMap::new(), commands: 0, changed: 0 };
    let mut teller = Teller { replay, clock, data, codes: BTreeMap::new() };
    teller.execute("campaign", first, DefineCampaign::new(model))?;
    let events = events(data);
    let bar = ProgressBar::new(events.len() as u64);
    for (at, event, row) in events {
        teller.tell(at, event, row).map_err(|error| format!("referral `{}`: {}: {error}", row.id, event.name()))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(teller.replay)
}

/// What happened, by time. A row holds one status, the one that it ended with, so that is told after the transaction.
fn events(data: &Data) -> Vec<(Timestamp, Event, &Recorded)> {
    let mut events = Vec::new();
    let mut by_time: Vec<&Recorded> = data.referrals.iter().collect();
    by_time.sort_by_key(|row| row.at);
    let mut enrolled = BTreeSet::new();
    for row in by_time {
        if enrolled.insert(host_id(row)) {
            events.push((row.at, Event::Enrolled, row));
        }
        events.push((row.at, Event::Referred, row));
        let mut last = row.at;
        if let Some(transaction) = transaction(data, row) {
            last = last.max(transaction.at);
            events.push((last, Event::Paid, row));
        }
        last = last.max(row.updated_at);
        if matches!(row.status, Status::Successful | Status::Failed) {
            events.push((last, Event::Concluded, row));
        }
        if row.status == Status::Successful {
            events.push((last, Event::Approved, row));
        }
        if let Some(granted) = row.granted_at {
            events.push((last.max(granted), Event::Granted, row));
        }
    }
    events.sort_by_key(|(at, event, _)| (*at, *event));
    events
}

/// The transaction that a referral names, if it is known.
pub(super) fn transaction<'d>(data: &'d Data, row: &Recorded) -> Option<&'d Transaction> {
    data.transactions.get(row.transaction.as_ref()?)
}

/// The host's id of a referral's referrer.
fn host_id(row: &Recorded) -> String {
    row.referrer.as_ref().map_or_else(|| "nobody".to_owned(), |member| format!("member {member}"))
}

/// The host's id of a referral's invitee.
pub(super) fn invitee(row: &Recorded) -> String {
    format!("referral {}", row.id)
}

fn fields<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Fields {
    Fields(pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// What the findings of a referral's commands name as granted.
pub(super) fn granted(told: &[Told]) -> Option<RewardKey> {
    let findings = told.iter().flat_map(|told| &told.receipt.decision.findings);
    findings.filter(|finding| finding.reason == Reason::Granted).find_map(|finding: &Finding| finding.reward.clone())
}

impl Teller<'_> {
    fn tell(&mut self, at: Timestamp, event: Event, row: &Recorded) -> Result<()> {
        let (campaign, person) = (self.replay.campaign.clone(), invitee(row));
        let reward = self.replay.told.get(&row.id).and_then(|told| granted(told));
        let command: AnyCommand = match (event, row.status) {
            (Event::Enrolled, _) => Enrol { campaign, person: self.member(row)? }.into(),
            (Event::Referred, _) => self.lead(row)?.into(),
            (Event::Paid, _) => match transaction(self.data, row) {
                Some(transaction) => purchase(row, transaction)?.into(),
                None => return Ok(()),
            },
            (Event::Concluded, Status::Successful) => Qualify::new(&campaign, who(&person)?).into(),
            (Event::Concluded, _) => Lose::new(&campaign, who(&person)?).into(),
            (Event::Approved | Event::Granted, _) => {
                let to = if event == Event::Approved { RewardMove::Approve } else { RewardMove::Issue(row.id.clone()) };
                // Nothing was earned: there is nothing to approve or to hand over.
                let Some(reward) = reward else { return Ok(()) };
                MoveReward::new(reward, to).into()
            }
        };
        let receipt = self.execute(&format!("{event:?} {}", row.id), at, command)?;
        if let Outcome::Accepted(AnyOutcome::Enrolled(enrolled)) = &receipt.outcome {
            self.codes.insert(host_id(row), enrolled.code.clone());
        }
        if event != Event::Enrolled {
            self.replay.told.entry(row.id.clone()).or_default().push(Told { event, at, receipt });
        }
        Ok(())
    }

    /// The key follows from what is told, so a second run sends the same key and finds the first answer.
    fn execute(&mut self, name: &str, at: Timestamp, command: impl Into<AnyCommand>) -> Result<Receipt> {
        self.clock.set(at);
        let key = CommandKey::mint(at, &mut Entropy::new([8; 32]).part(name, 0));
        let request = Request { key, command: command.into(), facts: HostFacts::default() };
        let receipt = self.replay.referrals.execute_request(request)?;
        self.replay.commands += 1;
        self.replay.changed += u64::from(!receipt.repeated);
        Ok(receipt)
    }

    fn member(&self, row: &Recorded) -> Result<Person> {
        let known = row.referrer.as_ref().and_then(|member| self.data.members.get(member));
        let data = known.map_or_else(Fields::default, |Member { until, is_deleted }| {
            fields([("member_until", until.map(|until| json!(until))), ("is_deleted", is_deleted.map(Value::from))])
        });
        Ok(Person { data, ..Person::by_host_id(&host_id(row))? })
    }

    /// A sign-up brings the member's code; at the desk and on the phone the member is named.
    fn lead(&self, row: &Recorded) -> Result<RecordLead> {
        let referrer = host_id(row);
        let evidence = match (row.born, self.codes.get(&referrer)) {
            (Born::SignUp, Some(code)) => EvidenceGiven::by_code(code),
            _ => EvidenceGiven { referrer: Some(who(&referrer)?), ..EvidenceGiven::default() },
        };
        let data = fields([
            ("born", Some(json!(format!("{:?}", row.born)))),
            ("is_online", Some(json!(row.is_online))),
            ("reward_days", row.days.map(Value::from)),
        ]);
        let person = Person { data, ..Person::by_host_id(&invitee(row))? };
        Ok(RecordLead { campaign: self.replay.campaign.clone(), person, evidence })
    }
}

/// The transaction of a referral, whose history says no amount. Its id is of both: the chain writes one transaction under several referrals.
fn purchase(row: &Recorded, transaction: &Transaction) -> Result<RecordConversion> {
    let data = fields([
        ("status", transaction.status.as_deref().map(Value::from)),
        ("type", transaction.kind.as_deref().map(Value::from)),
        ("zone", transaction.zone.as_deref().map(Value::from)),
    ]);
    let name = row.transaction.as_deref().unwrap_or_default();
    Ok(RecordConversion {
        source: "fithub".parse()?,
        event: format!("{name} of {}", row.id).parse()?,
        kind: ConversionKind::Purchase,
        person: Person::by_host_id(&invitee(row))?,
        campaign: None,
        total: None,
        no_amount: true,
        tax: None,
        shipping: None,
        country: None,
        coupon: None,
        data,
        evidence: EvidenceGiven::default(),
        occurred_at: Some(transaction.at),
        references: Vec::new(),
    })
}

/// Reads the rules: those of the chain, or others.
pub(super) fn rules(file: Option<&Path>) -> Result<CampaignModel> {
    let Some(file) = file else {
        return Ok(CampaignModel::from_toml(include_str!("../../../../campaigns/fithub.toml"))?);
    };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(CampaignModel::from_toml(&text)?)
}
