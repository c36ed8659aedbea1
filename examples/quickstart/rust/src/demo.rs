//! The program: every row is told to the library at its own time, and what came of it is read back.

use std::collections::BTreeMap;
use std::error::Error;

use indicatif::ProgressBar;
use referrals::command::{
    AnyOutcome, CreateLink, DefineCampaign, Enrol, Enrolled, MoveReward, Outcome, Receipt, RewardMove, SetRetention,
};
use referrals::engine::Question;
use referrals::record::{Metric, RewardState};
use referrals::report::{
    Begin, Explain, Explanation, Funnel, Leaderboard, ListReferrals, ListRewards, PageOf, ParticipantReport, Period,
    ReferralPage, RewardPage, RewardReport, ShowFunnel, ShowLeaderboard, ShowParticipant, Unexplained,
};
use referrals::value::{CampaignSlug, Money, ParticipantId, SourceName, Timestamp};
use referrals::{CampaignModel, FixedEntropy, Keyring, ManualClock, Referrals};
use serde::Serialize;

use crate::events::{self, Row, who};

const CAMPAIGN: &str = include_str!("../../data/campaign.toml");
const EVENTS: &str = include_str!("../../data/events.csv");
/// The order that is explained: a part of it was refunded.
const EXPLAINED: &str = "order-002";

/// What a run came to.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// Rows that were told.
    pub(crate) rows: usize,
    /// Answers that were new. None: nothing was changed.
    pub(crate) changed: u64,
    /// Rows that were declined, and why, in the order of the CSV.
    pub(crate) declined: Vec<(Timestamp, String, String)>,
    /// Who is who: ids of this library and of the shop.
    pub(crate) names: BTreeMap<ParticipantId, String>,
    /// What each referrer has.
    pub(crate) referrers: Vec<ParticipantReport>,
    /// Who referred whom.
    pub(crate) referrals: ReferralPage,
    /// From enrolment to revenue.
    pub(crate) funnel: Funnel,
    /// Rewards to be handed over.
    pub(crate) due: RewardPage,
    /// Rewards that are held, and why.
    pub(crate) held: RewardPage,
    /// Who brought most.
    pub(crate) leaderboard: Leaderboard,
    /// Why one order earned what it earned.
    pub(crate) explained: Explanation,
    /// Whether everything that is stored agrees.
    pub(crate) audit_is_clean: bool,
}

/// The running program: what later rows need to know of earlier ones.
struct Program {
    referrals: Referrals,
    clock: ManualClock,
    campaign: CampaignSlug,
    source: SourceName,
    enrolled: BTreeMap<String, Enrolled>,
    links: BTreeMap<(String, String), String>,
    totals: BTreeMap<String, Money>,
    names: BTreeMap<ParticipantId, String>,
    declined: Vec<(Timestamp, String, String)>,
    changed: u64,
}

/// Runs the whole program on the database at `db`.
pub(crate) fn run(db: &str, keyring: Keyring) -> Result<Summary, Box<dyn Error>> {
    let rows = events::read(EVENTS)?;
    let first = rows.first().ok_or("the CSV has no rows")?;
    let mut program = Program::open(db, keyring, first)?;
    let bar = ProgressBar::new(rows.len() as u64);
    for (number, row) in rows.iter().enumerate() {
        program.pass_time(row.at)?;
        program.tell(number, row).map_err(|error| format!("row {}: {error}", number + 2))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    program.summary(&rows)
}

impl Program {
    fn open(db: &str, keyring: Keyring, first: &Row) -> Result<Self, Box<dyn Error>> {
        let clock = ManualClock::at(first.at);
        let builder = Referrals::builder(keyring).clock(clock.clone()).entropy(FixedEntropy::new([5; 32]));
        let referrals = builder.open(db)?;
        let definition = CampaignModel::from_toml(CAMPAIGN)?;
        let campaign = definition.name.clone();
        let mut program = Self {
            referrals,
            clock,
            campaign,
            source: "shop".parse()?,
            enrolled: BTreeMap::new(),
            links: BTreeMap::new(),
            totals: BTreeMap::new(),
            names: BTreeMap::new(),
            declined: Vec::new(),
            changed: 0,
        };
        // The CSV is told again as often as one likes: its receipts are kept for ten years.
        let retention = SetRetention {
            receipt_days: Some(3_650),
            touch_days: None,
            uncounted_days: None,
            letter_days: None,
            most_letters: None,
        };
        program.referrals.execute_request(first.request(usize::MAX - 1, retention))?;
        let receipt = program.referrals.execute_request(first.request(usize::MAX, DefineCampaign { definition }))?;
        program.note(first, &receipt);
        Ok(program)
    }

    /// Time passes: what it brings is done at the start of each day of the CSV.
    fn pass_time(&mut self, at: Timestamp) -> Result<(), Box<dyn Error>> {
        let is_new_day = self.referrals.now().to_chrono().date_naive() < at.to_chrono().date_naive();
        self.clock.set(at);
        if is_new_day {
            self.changed += self.referrals.settle()?.fired;
        }
        Ok(())
    }

    /// Tells one row, and keeps what later rows need.
    fn tell(&mut self, number: usize, row: &Row) -> Result<(), Box<dyn Error>> {
        let receipt = match row.event.as_str() {
            "enrol" => {
                let command = Enrol { campaign: self.campaign.clone(), person: row.given()? };
                self.execute(row, number, command)?
            }
            "share" => {
                self.link(row, &row.person, number)?;
                self.execute(row, number, row.share(&self.campaign)?)?
            }
            "click" => {
                let link = self.link(row, &row.by, number)?;
                self.execute(row, number, row.click(link))?
            }
            "lead" => {
                let code = self.enrolled.get(&row.by).map(|enrolled| enrolled.code.clone());
                let command = row.lead(&self.campaign, &code.ok_or("the referrer is not enrolled")?)?;
                self.execute(row, number, command)?
            }
            "buy" => {
                self.totals.insert(row.order.clone(), row.amount.parse()?);
                self.execute(row, number, row.purchase(&self.source)?)?
            }
            "refund" => {
                let total = *self.totals.get(&row.order).ok_or("the order is unknown")?;
                self.execute(row, number, row.refund(&self.source, total)?)?
            }
            "issue" => return self.issue(row, number),
            other => return Err(format!("`{other}` is no event").into()),
        };
        match receipt.outcome {
            Outcome::Accepted(AnyOutcome::Enrolled(enrolled)) => {
                self.names.insert(enrolled.participant, row.person.clone());
                self.enrolled.insert(row.person.clone(), enrolled);
            }
            Outcome::Accepted(AnyOutcome::LeadRecorded(lead)) => {
                self.names.insert(lead.referral.invitee, row.person.clone());
            }
            _ => {}
        }
        Ok(())
    }

    fn execute(
        &mut self,
        row: &Row,
        number: usize,
        command: impl Into<referrals::command::AnyCommand>,
    ) -> Result<Receipt, Box<dyn Error>> {
        let receipt = self.referrals.execute_request(row.request(number, command))?;
        self.note(row, &receipt);
        Ok(receipt)
    }

    fn note(&mut self, row: &Row, receipt: &Receipt) {
        self.changed += u64::from(!receipt.repeated);
        if let Outcome::Declined(reason) = receipt.outcome {
            let what = format!("{} {}", row.event, row.person);
            self.declined.push((row.at, what, reason.to_string()));
        }
    }

    /// The link of a person for a channel, made when it is first needed.
    fn link(&mut self, row: &Row, owner: &str, number: usize) -> Result<String, Box<dyn Error>> {
        let key = (owner.to_owned(), row.channel.clone());
        if let Some(link) = self.links.get(&key) {
            return Ok(link.clone());
        }
        let (campaign, participant) = (self.campaign.clone(), who(owner)?);
        let channel = Some(row.channel.parse()?);
        let command = CreateLink { campaign, participant, channel, utm: BTreeMap::new() };
        let receipt = self.execute(row, 1_000_000 + number, command)?;
        match receipt.outcome {
            Outcome::Accepted(AnyOutcome::LinkCreated(created)) => {
                self.links.insert(key, created.link.clone());
                Ok(created.link)
            }
            other => Err(format!("no link: {other:?}").into()),
        }
    }

    /// Hands over whatever was due to a person at the row's time. A second run finds what became due later, too.
    fn issue(&mut self, row: &Row, number: usize) -> Result<(), Box<dyn Error>> {
        let report = self.participant(&row.person)?;
        let was_due = |reward: &&RewardReport| reward.state == RewardState::Due && reward.changed_at <= row.at;
        let due = report.rewards.rewards.iter().filter(was_due);
        for (place, reward) in due.enumerate() {
            let reference = format!("transfer of {}", row.at);
            let command = MoveReward::new(reward.reward.clone(), RewardMove::Issue(reference));
            self.execute(row, 1_000 * number + place, command)?;
        }
        Ok(())
    }

    fn ask<Q>(&self, question: Q) -> Result<Q::Answer, Box<dyn Error>>
    where
        Q: Question + Clone + Send + Sync + 'static,
        Q::Answer: Send + 'static,
    {
        Ok(self.referrals.ask(question)?)
    }

    fn participant(&self, person: &str) -> Result<ParticipantReport, Box<dyn Error>> {
        self.ask(ShowParticipant {
            campaign: self.campaign.clone(),
            participant: who(person)?,
            referrals: PageOf::default(),
            rewards: PageOf::default(),
        })
    }

    fn rewards(&self, state: RewardState) -> Result<RewardPage, Box<dyn Error>> {
        self.ask(ListRewards { campaign: self.campaign.clone(), state, page: PageOf::default() })
    }

    fn summary(self, rows: &[Row]) -> Result<Summary, Box<dyn Error>> {
        let campaign = || self.campaign.clone();
        let referrers = self.enrolled.keys().map(|person| self.participant(person)).collect::<Result<_, _>>()?;
        let leaderboard = ShowLeaderboard {
            campaign: campaign(),
            metric: Metric::Qualified,
            unit: String::new(),
            period: Period::default(),
            begin: Begin::default(),
            limit: 10,
            names: false,
        };
        let (from, until) = ("2026-05-01".parse()?, "2026-06-01".parse()?);
        let order = referrals::record::ConversionKey { source: self.source.clone(), event: EXPLAINED.parse()? };
        Ok(Summary {
            rows: rows.len(),
            changed: self.changed,
            referrers,
            referrals: self.ask(ListReferrals { campaign: campaign(), moderation: None, page: PageOf::default() })?,
            funnel: self.ask(ShowFunnel {
                campaign: campaign(),
                from,
                until,
                by: vec![referrals::record::Dimension::Channel],
            })?,
            due: self.rewards(RewardState::Due)?,
            held: self.rewards(RewardState::Pending)?,
            leaderboard: self.ask(leaderboard)?,
            explained: self.ask(Explain { what: Unexplained::Conversion(order) })?,
            audit_is_clean: self.referrals.audit()?.is_clean(),
            names: self.names,
            declined: self.declined,
        })
    }
}
