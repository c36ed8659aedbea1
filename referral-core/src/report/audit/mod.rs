//! The checker: recomputes balances, totals, limits and relations from the facts, and names every difference.
//!
//! It reads every record of a tenant, kind by kind, and holds what it compares in memory. It runs on a store at rest or on
//! a snapshot: on a store that is written to meanwhile it would name differences that are none.

mod books;
mod evaluation;
mod expected;
mod ledger;
mod letters;
mod outbox;
mod referrals;
mod rewards;
mod timers;
mod totals;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::{Operation, Reply, Step};
use crate::error::{Error, Result, StoreError};
use crate::record::{Kind, text_enum};
use crate::store::{Listing, Page, PageRequest};
use crate::value::TenantId;
use books::Books;

/// How many records a page holds.
const PAGE: u32 = 5_000;
/// How many differences are told one by one.
const MOST_DIFFERENCES: usize = 1_000;

text_enum! {
    /// What always holds.
    Invariant {
        /// A reward's amounts are the fold of its ledger entries, and lie in the accounts where its state says.
        RewardIsFoldOfEntries = "reward_is_fold_of_entries",
        /// A balance is the fold of the ledger entries: for a campaign, a participant, a unit and a period.
        BalanceIsFoldOfEntries = "balance_is_fold_of_entries",
        /// A debt is what rewards owe, and what was reclaimed of each is owed, paid back or being paid.
        DebtIsReclaimedLessNetted = "debt_is_reclaimed_less_netted",
        /// Nothing less than zero is outstanding, and nobody used more than was handed over.
        NothingBelowZero = "nothing_below_zero",
        /// Every reward has a cause that happened.
        CauseHappened = "cause_happened",
        /// Every reward follows a rule of a version that exists.
        RuleExists = "rule_exists",
        /// A limit's total is what rewards took from it, and within the limit.
        LimitIsSumOfRewards = "limit_is_sum_of_rewards",
        /// A rolling window holds grants of rewards that stand in it.
        WindowHoldsItsRewards = "window_holds_its_rewards",
        /// Each hold, expiry and wait has its one timer, and each timer its cause.
        TimerHasItsCause = "timer_has_its_cause",
        /// A referral is as far as its facts say, and a reward is what they owe, granted or refused.
        RewardIsWhatFactsOwe = "reward_is_what_facts_owe",
        /// What is refunded whole earns nothing.
        FullRefundNetsToZero = "full_refund_nets_to_zero",
        /// Nobody referred themself, and nobody is their own ancestor.
        NoCircle = "no_circle",
        /// A referral, its people, its conversions and its rewards name one another.
        RelationsAgree = "relations_agree",
        /// A group of `every` and a milestone's tally hold the referrals that count towards them.
        GroupsHoldTheirMembers = "groups_hold_their_members",
        /// A total is what the facts amount to.
        TotalIsSumOfFacts = "total_is_sum_of_facts",
        /// Every notification is delivered to somebody, and none is told twice.
        OutboxIsWhole = "outbox_is_whole",
        /// A letter that is kept has its body and names its people, one that is closed does not, and their number is counted.
        LetterHoldsWhatItSays = "letter_holds_what_it_says",
    }
}

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What should hold.
    pub invariant: Invariant,
    /// Of what: ids only.
    pub subject: String,
    /// What the facts amount to.
    pub expected: String,
    /// What is stored.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: expected {}, found {}", self.invariant, self.subject, self.expected, self.found)
    }
}

/// What an audit came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// How many records of each kind were read.
    pub records: BTreeMap<String, u64>,
    /// The first thousand differences.
    pub differences: Vec<Difference>,
    /// How many there are in all.
    pub differences_total: u64,
}

impl Audited {
    /// Whether everything holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differences_total == 0
    }

    fn differ(
        &mut self,
        invariant: Invariant,
        subject: impl fmt::Display,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) {
        self.differences_total += 1;
        if self.differences.len() < MOST_DIFFERENCES {
            let (expected, found) = (expected.to_string(), found.to_string());
            self.differences.push(Difference { invariant, subject: subject.to_string(), expected, found });
        }
    }

    fn compare<T: fmt::Debug + PartialEq>(
        &mut self,
        invariant: Invariant,
        subject: impl fmt::Display,
        expected: &T,
        found: &T,
    ) {
        if expected != found {
            self.differ(invariant, subject, format!("{expected:?}"), format!("{found:?}"));
        }
    }
}

/// Reads everything and compares.
///
/// ```
/// use referral_core::engine::drive;
/// use referral_core::report::audit::Audit;
/// use referral_core::store::MemoryStore;
/// use referral_core::value::TenantId;
/// let audited = drive(&MemoryStore::new(), &mut Audit::new(TenantId::default()))?;
/// assert!(audited.is_clean());
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Audit {
    tenant: TenantId,
    kinds: std::slice::Iter<'static, Kind>,
    page: Option<PageRequest>,
    books: Books,
    audited: Audited,
}

impl Audit {
    /// An audit of one tenant.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        let (books, audited) = (Books::default(), Audited::default());
        Self { tenant, kinds: Kind::ALL.iter(), page: None, books, audited }
    }

    fn next_kind(&mut self) -> Step<Audited> {
        self.page = self.kinds.next().map(|kind| Listing::All(*kind).first(kind.page_size(PAGE)));
        match &self.page {
            Some(page) => Step::List(page.clone()),
            None => Step::Done(self.close()),
        }
    }

    fn listed(&mut self, page: Page) -> Step<Audited> {
        for stored in page.rows {
            let kind = stored.record.kind().table().name;
            *self.audited.records.entry(kind.to_owned()).or_default() += 1;
            self.books.note(stored.record);
        }
        match (page.next, self.page.as_mut()) {
            (Some(after), Some(request)) => {
                request.after = Some(after);
                Step::List(request.clone())
            }
            _ => self.next_kind(),
        }
    }

    fn close(&mut self) -> Audited {
        let (books, audited) = (&self.books, &mut self.audited);
        ledger::check(books, audited);
        rewards::check(books, audited);
        timers::check(books, audited);
        referrals::check(books, audited);
        evaluation::check(books, audited);
        totals::check(books, audited);
        outbox::check(books, audited);
        letters::check(books, audited);
        std::mem::take(&mut self.audited)
    }
}

impl Operation for Audit {
    type Output = Audited;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Audited>> {
        match reply {
            None => Ok(self.next_kind()),
            Some(Reply::Listed(page)) => Ok(self.listed(page)),
            Some(Reply::Failed(error)) => Err(error.into()),
            Some(_) => Err(Error::Store(StoreError::Failed("the reply does not fit the step".to_owned()))),
        }
    }
}
