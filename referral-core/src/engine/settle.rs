//! The sweep that does what time brings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Engine;
use super::execute::Execute;
use super::step::{Operation, Reply, Step, unexpected_reply};
use crate::command::{AnyCommand, FireTimer, HostFacts, Outcome, Receipt, Request};
use crate::error::Result;
use crate::record::{Record, RecordKind};
use crate::store::{Listing, Page, PageRequest};
use crate::value::{CommandKey, Entropy, TenantId, Timestamp};

/// How many timers one commit fires at most.
const PAGE: u32 = 200;

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// How many timers brought something.
    pub fired: u64,
    /// How many had nothing left to bring.
    pub obsolete: u64,
    /// How many failed and stay due, with the first failure's message.
    pub failed: u64,
    /// The first failure.
    pub first_failure: Option<String>,
}

/// Lists the timers that are due, page by page, and executes a guarded command for each: the listing only proposes.
#[derive(Debug)]
pub struct Settle {
    engine: Arc<Engine>,
    tenant: TenantId,
    now: Timestamp,
    entropy: Entropy,
    page: PageRequest,
    pages: u64,
    more: bool,
    inner: Option<Execute>,
    settled: Settled,
}

impl Settle {
    pub(super) fn new(engine: Arc<Engine>, tenant: TenantId, now: Timestamp, entropy: Entropy) -> Self {
        let page = Listing::TimersDue { until: now }.first(PAGE);
        Self { engine, tenant, now, entropy, page, pages: 0, more: true, inner: None, settled: Settled::default() }
    }

    fn listed(&mut self, page: Page) -> Result<Step<Settled>> {
        self.more = page.next.is_some();
        self.page.after = page.next;
        self.pages = self.pages.saturating_add(1);
        let mut entropy = self.entropy.part("page", self.pages);
        let requests: Vec<Request> = page
            .rows
            .into_iter()
            .filter_map(|stored| match stored.record {
                Record::Timer(timer) => Some(timer.key()),
                _ => None,
            })
            .map(|timer| Request {
                key: CommandKey::mint(self.now, &mut entropy),
                command: AnyCommand::from(FireTimer { timer }),
                facts: HostFacts::default(),
            })
            .collect();
        let part = self.entropy.part("execute", self.pages);
        self.inner = Some(self.engine.execute(self.tenant.clone(), requests, self.now, part));
        self.advance(None)
    }

    fn advance(&mut self, reply: Option<Reply>) -> Result<Step<Settled>> {
        let Some(inner) = self.inner.as_mut() else { return Err(unexpected_reply()) };
        match inner.next(reply)? {
            Step::Load(keys) => Ok(Step::Load(keys)),
            Step::List(request) => Ok(Step::List(request)),
            Step::Commit(batch) => Ok(Step::Commit(batch)),
            Step::Done(results) => {
                self.inner = None;
                results.iter().for_each(|result| self.count(result));
                Ok(if self.more { Step::List(self.page.clone()) } else { Step::Done(self.settled.clone()) })
            }
        }
    }

    fn count(&mut self, result: &Result<Receipt>) {
        match result {
            Ok(Receipt { outcome: Outcome::Accepted(_), .. }) => self.settled.fired += 1,
            Ok(Receipt { outcome: Outcome::Declined(_), .. }) => self.settled.obsolete += 1,
            Err(error) => {
                self.settled.failed += 1;
                self.settled.first_failure.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

impl Operation for Settle {
    type Output = Settled;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Settled>> {
        match reply {
            None => Ok(Step::List(self.page.clone())),
            Some(Reply::Listed(page)) if self.inner.is_none() => self.listed(page),
            Some(Reply::Failed(error)) if self.inner.is_none() => Err(error.into()),
            reply => self.advance(reply),
        }
    }
}
