//! Questions: straight-line code that only reads, driven like everything else.
//!
//! A [`Question`] is asked over a [`Reader`]. As in a decision, what is not loaded yet ends the attempt; the operation
//! loads it and asks again. A question writes nothing and guards nothing: on a store that is written to meanwhile, what it
//! reads late may be newer than what it read first. Whoever needs one moment for all of it asks a snapshot.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::Engine;
use super::step::{Operation, Reply, Step};
use super::task::{Desk, Run, Task};
use crate::campaign::Compiled;
use crate::command::{AnyCommand, AnyOutcome, Finding, Outcome, Who};
use crate::decide::{self, Astray, Current, Decide, Led, View};
use crate::error::{Error, Result};
use crate::record::{
    Conversion, ConversionKey, Enrolment, Key, Participant, ParticipantKey, Person, PersonKey, RecordKind, Referral,
    ReferralKey, Reward, RewardKey, Sums,
};
use crate::store::{Cursor, Listing, Page, PageRequest};
use crate::value::{CampaignId, CampaignSlug, Entropy, Keyring, ParticipantId, TenantId, Timestamp};

/// How many records a page holds where all are asked for.
const PAGE: u32 = 2_000;

/// Something that can be asked: a report, a list, an explanation.
pub trait Question: fmt::Debug {
    /// The name, the same in every language.
    const NAME: &'static str;
    /// What it is answered.
    type Answer;

    /// Reads the answer. Straight-line code: it may run several times before all that it reads is loaded.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) where something is not loaded yet; [`Failed`](decide::Halt::Failed) if the question is wrong, or names something
    /// that does not exist.
    fn read(&self, reader: &mut Reader<'_>) -> Decide<Self::Answer>;
}

/// What a question sees of the store.
#[derive(Debug)]
pub struct Reader<'a> {
    pub(super) view: View<'a>,
}

/// One page of records of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The records, in order.
    pub rows: Vec<T>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
    /// For a leaderboard with rows: the rank of the first.
    pub first_rank: Option<u64>,
}

impl<'a> Reader<'a> {
    /// The time of the question.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.view.now()
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &'a TenantId {
        self.view.tenant()
    }

    /// The host's secrets.
    #[must_use]
    pub fn keyring(&self) -> &'a Keyring {
        self.view.keyring()
    }

    /// Names keys that will be read, so that they are loaded together.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if one of them is not loaded yet.
    pub fn need(&mut self, keys: impl IntoIterator<Item = Key>) -> Decide<()> {
        self.view.need(keys)
    }

    /// The record of `key`.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not loaded yet.
    pub fn peek<T: RecordKind>(&mut self, key: impl Into<Key>) -> Decide<Option<T>> {
        self.view.peek(key)
    }

    /// The row with what is personal of a participant, or of whom that person turned out to be.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not loaded yet.
    pub fn row(&mut self, participant: ParticipantId) -> Decide<Option<Person>> {
        let participant = self.owner_of_row(participant)?;
        self.peek::<Person>(PersonKey { participant })
    }

    /// Under whose id what is personal of a participant stands.
    ///
    /// # Errors
    /// As [`Reader::row`].
    pub fn owner_of_row(&mut self, participant: ParticipantId) -> Decide<ParticipantId> {
        if self.peek::<Person>(PersonKey { participant })?.is_some() {
            return Ok(participant);
        }
        let known = self.peek::<Participant>(ParticipantKey { participant })?;
        Ok(known.and_then(|known| known.merged_into).map_or(participant, |merge| merge.into))
    }

    /// The rewards that a lead would owe alone, and that another lead of its person carries.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if something is not loaded yet.
    pub(crate) fn carried_by_others(&mut self, lead: &ReferralKey) -> Decide<BTreeSet<RewardKey>> {
        let current = self.campaign_of(lead.campaign)?;
        decide::carried_by_others(&mut self.view, &current, lead)
    }

    /// What a command would be answered, and what would be found on the way. Nothing is written.
    ///
    /// # Errors
    /// As the command; [`Missing`](decide::Halt::Missing) if something is not loaded yet.
    pub(crate) fn rehearse(&mut self, command: &AnyCommand) -> Decide<(Outcome<AnyOutcome>, Vec<Finding>)> {
        decide::rehearse(&mut self.view, command)
    }

    /// All ids of a person, the one that the others lead to first.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if one of them is not loaded yet.
    pub fn ids(&mut self, participant: ParticipantId) -> Decide<Vec<ParticipantId>> {
        decide::ids_of(&mut self.view, participant)
    }

    /// A person's enrolment in a campaign, under whichever id of the person.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not loaded yet.
    pub fn enrolment(&mut self, campaign: CampaignId, participant: ParticipantId) -> Decide<Option<Enrolment>> {
        decide::enrolment_of(&mut self.view, campaign, participant)
    }

    /// All leads of a person in a campaign, by number, with those that were superseded.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if one of them is not loaded yet.
    pub fn leads(&mut self, campaign: CampaignId, invitee: ParticipantId) -> Decide<Vec<Referral>> {
        decide::all_leads(&mut self.view, campaign, invitee)
    }

    /// A person's lead of this number in a campaign; without a number, the latest.
    ///
    /// # Errors
    /// As [`Reader::leads`].
    pub fn lead(
        &mut self,
        campaign: CampaignId,
        invitee: ParticipantId,
        number: Option<u32>,
    ) -> Decide<Option<Referral>> {
        let leads = self.leads(campaign, invitee)?;
        Ok(match number {
            Some(number) => leads.into_iter().find(|lead| lead.lead == number),
            None => decide::latest_lead(&leads).cloned(),
        })
    }

    /// A person's latest lead in a campaign not after a time; the first, if all are after it.
    ///
    /// # Errors
    /// As [`Reader::leads`].
    pub fn lead_at(&mut self, campaign: CampaignId, invitee: ParticipantId, at: Timestamp) -> Decide<Option<Referral>> {
        let leads = self.leads(campaign, invitee)?;
        Ok(decide::lead_not_after(&leads, at).cloned())
    }

    /// The numbers of a row of sums; none if nothing was ever counted there.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not loaded yet.
    pub fn sums(&mut self, key: impl Into<Key>) -> Decide<Sums> {
        self.view.sums(key)
    }

    /// All conversions of a person, told under whichever id of the person.
    ///
    /// # Errors
    /// As [`Reader::every`].
    pub fn conversions(&mut self, participant: ParticipantId, most: usize) -> Decide<Vec<Conversion>> {
        let of = |participant| Listing::ConversionsOf { participant };
        let ids = self.ids(participant)?;
        self.need_pages(ids.iter().map(|id| Self::all_of(of(*id))))?;
        let mut conversions = Vec::new();
        for id in ids {
            conversions.extend(self.every::<Conversion>(of(id), most)?);
        }
        conversions.sort_by_key(|conversion| (conversion.occurred_at, conversion.key()));
        Ok(conversions)
    }

    /// The value of a counter; 0 if it was never counted.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not loaded yet.
    pub fn counter(&mut self, key: impl Into<Key>) -> Decide<i64> {
        self.view.counter(key)
    }

    /// Names pages that will be read, so that they are listed before the next attempt.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if one of them is not listed yet.
    pub fn need_pages(&mut self, requests: impl IntoIterator<Item = PageRequest>) -> Decide<()> {
        self.view.need_pages(requests)
    }

    /// One page of a listing.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not listed yet.
    pub fn page(&mut self, request: &PageRequest) -> Decide<Arc<Page>> {
        self.view.page(request)
    }

    /// One page of a listing of records of one kind.
    ///
    /// # Errors
    /// As [`Reader::page`].
    pub fn rows<T: RecordKind>(&mut self, request: &PageRequest) -> Decide<Rows<T>> {
        let page = self.page(request)?;
        let rows = page.rows.iter().filter_map(|stored| T::from_record(&stored.record)).cloned().collect();
        Ok(Rows { rows, next: page.next.clone(), first_rank: page.first_rank })
    }

    /// All records of a listing, page by page.
    ///
    /// # Errors
    /// As [`Reader::page`]; [`Error::InvalidCommand`] if there are more than `most`.
    pub fn every<T: RecordKind>(&mut self, listing: Listing, most: usize) -> Decide<Vec<T>> {
        let mut request = Self::all_of(listing);
        let mut all = Vec::new();
        loop {
            let Rows { rows, next, .. } = self.rows::<T>(&request)?;
            all.extend(rows);
            if all.len() > most {
                return Err(Error::command("query", format!("more than {most} records answer it")).into());
            }
            let Some(next) = next else { return Ok(all) };
            request.after = Some(next);
        }
    }

    /// The request for the first page that [`Reader::every`] lists.
    #[must_use]
    pub fn all_of(listing: Listing) -> PageRequest {
        listing.first(PAGE)
    }

    /// How much of its beneficiary's debt a due reward pays.
    pub(crate) fn share(&mut self, reward: &Reward) -> Decide<i64> {
        decide::netting_share(&mut self.view, reward)
    }

    /// Names what [`Reader::share`] of all these rewards reads first.
    pub(crate) fn need_shares(&mut self, rewards: &[Reward]) -> Decide<()> {
        decide::need_shares(&mut self.view, rewards)
    }

    /// Whose link or code a text is, and whether it is good now.
    pub(crate) fn whose(
        &mut self,
        text: &str,
        campaign: Option<&CampaignSlug>,
    ) -> Decide<std::result::Result<Led, Astray>> {
        decide::find_whose(&mut self.view, text, campaign)
    }

    /// The campaign with this name.
    pub(crate) fn campaign(&mut self, slug: &CampaignSlug) -> Decide<Current> {
        decide::campaign_by_slug(&mut self.view, slug)
    }

    /// The campaign with this number, which other records say exists.
    pub(crate) fn campaign_of(&mut self, campaign: CampaignId) -> Decide<Current> {
        decide::existing_campaign(&mut self.view, campaign)
    }

    /// One version of a campaign.
    pub(crate) fn version(&mut self, campaign: CampaignId, version: u32) -> Decide<Arc<Compiled>> {
        decide::campaign_version(&mut self.view, campaign, version)
    }

    /// The first id of a conversion that `id` is an id of, or `id` itself.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not loaded yet.
    pub fn first_id(&mut self, id: &ConversionKey) -> Decide<ConversionKey> {
        decide::first_id(&mut self.view, id)
    }

    /// The participant that `who` names.
    ///
    /// # Errors
    /// [`Missing`](decide::Halt::Missing) if it is not loaded yet; [`Failed`](decide::Halt::Failed) with [`Error::NotFound`] if nobody is known by it.
    pub fn participant(&mut self, who: &Who) -> Decide<Participant> {
        decide::known_participant(&mut self.view, who)
    }
}

/// Asks one question.
#[derive(Debug)]
pub struct Query<Q: Question>(Run<Asking<Q>>);

/// A question is a task that writes nothing.
#[derive(Debug)]
struct Asking<Q>(Q);

impl<Q: Question> Task for Asking<Q> {
    type Output = Q::Answer;

    fn run(&self, desk: &mut Desk<'_>) -> Decide<Q::Answer> {
        self.0.read(desk.reader())
    }
}

impl<Q: Question> Query<Q> {
    pub(super) fn new(engine: Arc<Engine>, tenant: TenantId, question: Q, now: Timestamp) -> Self {
        // Nothing is written, so nothing is ever drawn.
        let entropy = Entropy::new([0; 32]);
        Self(Run::new(engine, tenant, Asking(question), now, entropy))
    }
}

impl<Q: Question> Operation for Query<Q> {
    type Output = Q::Answer;

    fn tenant(&self) -> &TenantId {
        self.0.tenant()
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Q::Answer>> {
        self.0.next(reply)
    }
}
