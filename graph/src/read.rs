//! Reads a campaign from a store: its versions, its leads, who turned out to be one, and rewards where they are asked for.
//!
//! Each reading is an operation that lists pages, so it runs on any store. It names the columns that it needs: a store that
//! can answers those alone, which takes a tenth of the time. On a store that is written to meanwhile, what is
//! read late may be newer than what was read first: give it a snapshot.

use std::collections::{BTreeMap, BTreeSet};

use referral_core::campaign::{CampaignModel, Compiled};
use referral_core::engine::{Operation, Reply, Step};
use referral_core::evaluate::{Facts, counted, counted_sealed};
use referrals::error::{Result, StoreError};
use referrals::record::{
    Cell, Document, Field, Kind, Mark, Merge, Moderation, OrderFact, Progress, RowReader, Sealed, SealedOrder,
};
use referrals::store::{Cursor, Listing, Page, PageRequest};
use referrals::value::{CampaignId, CampaignSlug, ParticipantId, TenantId};
use referrals::{AsyncReferrals, Error, Referrals};

use crate::builder::{Builder, Lead};
use crate::error::GraphError;
use crate::forest::Graph;

/// What is read of a referral, in the order in which it is read.
const REFERRAL: [&str; 11] = [
    "campaign",
    "superseded",
    "invitee",
    "lead",
    "referrer",
    "progress",
    "lead_at",
    "version",
    "orders",
    "sealed",
    "marks",
];

/// Whether rewards are read too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithRewards {
    /// They are not.
    #[default]
    No,
    /// They are: one more table of the store is read.
    Yes,
}

impl Graph {
    /// Reads a campaign. Two threads read side by side where the store lets them.
    ///
    /// # Errors
    /// [`GraphError::Read`] if there is no such campaign, or the store fails; otherwise as [`Builder::build`].
    pub fn read(referrals: &Referrals, campaign: &CampaignSlug, rewards: WithRewards) -> Result<Self, GraphError> {
        let campaign = referrals.campaign(campaign)?.campaign;
        let aside = || {
            let merged = referrals.run(|_, occasion| Listed::new(occasion.tenant, Merged::default()))?;
            let rewarded = match rewards {
                WithRewards::No => Rewarded::new(campaign),
                WithRewards::Yes => {
                    referrals.run(|_, occasion| Listed::new(occasion.tenant, Rewarded::new(campaign)))?
                }
            };
            Ok::<_, Error>((merged, rewarded))
        };
        let (leads, beside) = std::thread::scope(|scope| {
            let beside = scope.spawn(aside);
            let leads = referrals.run(|_, occasion| Listed::new(occasion.tenant, Leads::new(campaign)));
            (leads, beside.join().map_err(|_| GraphError::Panicked))
        });
        let (merged, rewarded) = beside??;
        whole(leads?, merged, rewarded)
    }

    /// The same for a door that is awaited. One listing is read after the other.
    ///
    /// # Errors
    /// As [`Graph::read`].
    pub async fn read_async(
        referrals: &AsyncReferrals,
        campaign: &CampaignSlug,
        rewards: WithRewards,
    ) -> Result<Self, GraphError> {
        let campaign = referrals.campaign(campaign).await?.campaign;
        let merged = referrals.run(|_, occasion| Listed::new(occasion.tenant, Merged::default())).await?;
        let rewarded = match rewards {
            WithRewards::No => Rewarded::new(campaign),
            WithRewards::Yes => {
                referrals.run(|_, occasion| Listed::new(occasion.tenant, Rewarded::new(campaign))).await?
            }
        };
        let leads = referrals.run(|_, occasion| Listed::new(occasion.tenant, Leads::new(campaign))).await?;
        whole(leads, merged, rewarded)
    }
}

fn whole(leads: Leads, merged: Merged, rewarded: Rewarded) -> Result<Graph, GraphError> {
    let mut builder = leads.builder;
    merged.0.into_iter().for_each(|(participant, into)| builder.merge(participant, into));
    for (person, unit, quantity) in rewarded.found {
        builder.rewards(person, &unit, quantity);
    }
    builder.build()
}

/// Takes rows in, listing by listing.
trait Collect {
    /// What is listed next, if anything is: with the columns that are needed.
    fn next(&mut self) -> Option<PageRequest>;

    /// Takes a row in: the cells of the columns that were named. Whether the listing is to go on.
    ///
    /// # Errors
    /// If they do not hold what they should.
    fn note(&mut self, row: RowReader) -> Result<bool>;
}

/// An operation that lists and collects.
#[derive(Debug)]
struct Listed<C> {
    tenant: TenantId,
    /// None at the end.
    collected: Option<C>,
    page: Option<PageRequest>,
}

impl<C: Collect> Listed<C> {
    fn new(tenant: TenantId, collected: C) -> Self {
        Self { tenant, collected: Some(collected), page: None }
    }

    fn begin(&mut self) -> Result<Step<C>> {
        self.page = self.collected.as_mut().and_then(Collect::next);
        match (&self.page, self.collected.take()) {
            (Some(page), collected) => {
                self.collected = collected;
                Ok(Step::List(page.clone()))
            }
            (None, Some(collected)) => Ok(Step::Done(collected)),
            (None, None) => Err(unexpected()),
        }
    }

    fn listed(&mut self, mut page: Page) -> Result<Step<C>> {
        let (collected, request) = self.collected.as_mut().zip(self.page.as_mut()).ok_or_else(unexpected)?;
        let next = page.next.take();
        let table = request.listing.scan().kind.table().name;
        for cells in page.into_cells(&request.columns) {
            if !collected.note(RowReader::new(table, cells))? {
                return self.begin();
            }
        }
        request.after = next;
        if request.after.is_some() { Ok(Step::List(request.clone())) } else { self.begin() }
    }
}

impl<C: Collect> Operation for Listed<C> {
    type Output = C;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<C>> {
        match reply {
            None => self.begin(),
            Some(Reply::Listed(page)) => self.listed(page),
            Some(Reply::Failed(error)) => Err(error.into()),
            Some(_) => Err(unexpected()),
        }
    }
}

fn unexpected() -> Error {
    Error::Store(StoreError::Failed("the reply does not fit the step".to_owned()))
}

fn corrupt(problem: &str) -> Error {
    Error::Store(StoreError::Corrupt(problem.to_owned()))
}

/// The first page of a kind's rows from the place of a key on.
fn from(kind: Kind, key: Vec<Cell>, columns: &[&str]) -> PageRequest {
    PageRequest { after: Some(Cursor(key)), ..Listing::All(kind).first(PageRequest::MOST).only(columns) }
}

/// Who turned out to be whom.
#[derive(Debug, Default)]
struct Merged(Vec<(ParticipantId, ParticipantId)>, bool);

impl Collect for Merged {
    fn next(&mut self) -> Option<PageRequest> {
        let is_first = !std::mem::replace(&mut self.1, true);
        let columns = ["merged_into", "participant"];
        is_first.then(|| Listing::All(Kind::Participant).first(PageRequest::MOST).only(&columns))
    }

    fn note(&mut self, mut row: RowReader) -> Result<bool> {
        if let Some(merge) = row.next::<Option<Merge>>("merged_into")? {
            self.0.push((row.next("participant")?, merge.into));
        }
        Ok(true)
    }
}

/// The rewards that single referrals brought.
#[derive(Debug)]
struct Rewarded {
    campaign: CampaignId,
    found: Vec<(ParticipantId, String, i64)>,
    is_begun: bool,
}

impl Rewarded {
    fn new(campaign: CampaignId) -> Self {
        Self { campaign, found: Vec::new(), is_begun: false }
    }
}

impl Collect for Rewarded {
    fn next(&mut self) -> Option<PageRequest> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        // The least key of the campaign: no rule has an empty id.
        let least =
            || vec![self.campaign.to_cell(), String::new().to_cell(), [0; 16].to_cell(), String::new().to_cell()];
        is_first.then(|| from(Kind::Reward, least(), &["campaign", "invitee", "unit", "quantity"]))
    }

    fn note(&mut self, mut row: RowReader) -> Result<bool> {
        if row.next::<CampaignId>("campaign")? != self.campaign {
            return Ok(false);
        }
        let (invitee, unit) = (row.next::<Option<ParticipantId>>("invitee")?, row.next("unit")?);
        let quantity = row.next::<i64>("quantity")?;
        if let Some(invitee) = invitee.filter(|_| quantity != 0) {
            self.found.push((invitee, unit, quantity));
        }
        Ok(true)
    }
}

/// The leads of a campaign with the revenue of their orders.
#[derive(Debug)]
struct Leads {
    campaign: CampaignId,
    builder: Builder,
    versions: BTreeMap<u32, Compiled>,
    /// Leads with orders that stand with their conversions, and the versions that they follow.
    sealed: BTreeMap<(ParticipantId, u32), u32>,
    /// Whose conversions are still to be listed.
    people: BTreeSet<ParticipantId>,
    stage: Stage,
}

/// Which listing is under way.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Begin,
    Versions,
    Referrals,
    Conversions,
}

impl Leads {
    fn new(campaign: CampaignId) -> Self {
        let (versions, sealed, people) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { campaign, builder: Builder::default(), versions, sealed, people, stage: Stage::Begin }
    }

    fn version(&self, version: u32) -> Result<&Compiled> {
        self.versions.get(&version).ok_or_else(|| corrupt("a referral follows a version that is not there"))
    }

    fn note_version(&mut self, mut row: RowReader) -> Result<bool> {
        if row.next::<CampaignId>("campaign")? != self.campaign {
            return Ok(false);
        }
        let (version, definition) = (row.next("version")?, row.next::<Document>("definition")?);
        let model: CampaignModel =
            serde_json::from_value(definition.0).map_err(|_| corrupt("the definition of a campaign cannot be read"))?;
        self.versions.insert(version, Compiled::of_stored(self.campaign, version, model)?);
        Ok(true)
    }

    fn note_referral(&mut self, mut row: RowReader) -> Result<bool> {
        if row.next::<CampaignId>("campaign")? != self.campaign {
            return Ok(false);
        }
        if row.next::<bool>("superseded")? {
            return Ok(true);
        }
        let (invitee, number) = (row.next("invitee")?, row.next("lead")?);
        let (referrer, progress, at) = (row.next("referrer")?, row.next::<String>("progress")?, row.next("lead_at")?);
        let is_qualified = progress == Progress::Qualified.as_str();
        self.builder.lead(Lead { invitee, referrer, number, at, is_qualified });
        let version = row.next("version")?;
        let (orders, sealed) = (row.next::<Vec<OrderFact>>("orders")?, row.next::<Option<Sealed>>("sealed")?);
        if sealed.is_some() {
            self.sealed.insert((invitee, number), version);
            self.people.insert(invitee);
        }
        if orders.is_empty() {
            return Ok(true);
        }
        let marks: Vec<Mark> = row.next("marks")?;
        // Of a lead, what its conditions read and what moderation says changes nothing about which orders count.
        let facts = Facts {
            invitee,
            lead: number,
            superseded: false,
            lead_at: at,
            channel: None,
            reading: "",
            orders: &orders,
            sealed: sealed.as_ref(),
            marks: &marks,
            moderation: Moderation::Clear,
        };
        let counted = counted(self.version(version)?, &facts)?;
        let net = counted.into_iter().filter_map(|order| order.net);
        net.for_each(|net| self.builder.revenue(invitee, net));
        Ok(true)
    }

    fn note_conversion(&mut self, mut row: RowReader) -> Result<bool> {
        let person = row.next::<Option<ParticipantId>>("participant")?;
        let Some(person) = person else { return Ok(true) };
        let sealed: Vec<SealedOrder> = row.next("sealed_in")?;
        for order in sealed.iter().filter(|order| order.campaign == self.campaign) {
            let Some(version) = self.sealed.get(&(person, order.lead)) else { continue };
            let counted = counted_sealed(self.version(*version)?, order)?;
            let net = counted.and_then(|order| order.net);
            net.into_iter().for_each(|net| self.builder.revenue(person, net));
        }
        Ok(true)
    }
}

impl Collect for Leads {
    fn next(&mut self) -> Option<PageRequest> {
        let campaign = self.campaign.to_cell();
        match self.stage {
            Stage::Begin => {
                self.stage = Stage::Versions;
                let columns = ["campaign", "version", "definition"];
                Some(from(Kind::CampaignVersion, vec![campaign, Cell::Integer(0)], &columns))
            }
            Stage::Versions => {
                self.stage = Stage::Referrals;
                // By key: the listing by time looks each record up.
                let least = vec![campaign, [0; 16].to_cell(), Cell::Integer(0)];
                Some(from(Kind::Referral, least, &REFERRAL))
            }
            Stage::Referrals | Stage::Conversions => {
                self.stage = Stage::Conversions;
                let participant = self.people.pop_first()?;
                let page = Listing::ConversionsOf { participant }.first(PageRequest::MOST);
                Some(page.only(&["participant", "sealed_in"]))
            }
        }
    }

    fn note(&mut self, row: RowReader) -> Result<bool> {
        match self.stage {
            Stage::Begin | Stage::Versions => self.note_version(row),
            Stage::Referrals => self.note_referral(row),
            Stage::Conversions => self.note_conversion(row),
        }
    }
}
