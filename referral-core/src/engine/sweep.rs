//! Lists what is proposed, page by page, and executes a guarded command for each: the listing only proposes.

use std::sync::Arc;

use super::Engine;
use super::execute::Execute;
use super::step::{Operation as _, Reply, Step, unexpected_reply};
use crate::command::{AnyCommand, HostFacts, Receipt, Request};
use crate::error::Result;
use crate::record::Record;
use crate::store::{Listing, Page, PageRequest};
use crate::value::{CommandKey, Entropy, TenantId, Timestamp};

/// How many commands one commit executes at most.
const PAGE: u32 = 200;

/// What a sweep does with what it lists and with what was answered.
pub(super) trait Sweeper {
    /// The command for a listed record, if it needs one.
    fn command(&self, record: Record) -> Option<AnyCommand>;

    /// Counts the answer to a command.
    fn count(&mut self, result: &Result<Receipt>);
}

/// A listing under way, and the commands for its current page.
#[derive(Debug)]
pub(super) struct Sweep {
    engine: Arc<Engine>,
    pub(super) tenant: TenantId,
    now: Timestamp,
    entropy: Entropy,
    page: PageRequest,
    pages: u64,
    more: bool,
    inner: Option<Execute>,
}

impl Sweep {
    pub(super) fn new(
        engine: Arc<Engine>,
        tenant: TenantId,
        listing: Listing,
        now: Timestamp,
        entropy: Entropy,
    ) -> Self {
        Self { engine, tenant, now, entropy, page: listing.first(PAGE), pages: 0, more: true, inner: None }
    }

    /// The next step; done when the last page is.
    pub(super) fn next(&mut self, reply: Option<Reply>, sweeper: &mut impl Sweeper) -> Result<Step<()>> {
        match reply {
            None => Ok(Step::List(self.page.clone())),
            Some(Reply::Listed(page)) if self.inner.is_none() => self.listed(page, sweeper),
            Some(Reply::Failed(error)) if self.inner.is_none() => Err(error.into()),
            reply => self.advance(reply, sweeper),
        }
    }

    fn listed(&mut self, page: Page, sweeper: &mut impl Sweeper) -> Result<Step<()>> {
        self.more = page.next.is_some();
        self.page.after = page.next;
        self.pages = self.pages.saturating_add(1);
        let mut entropy = self.entropy.part("page", self.pages);
        let mut request =
            |command| Request { key: CommandKey::mint(self.now, &mut entropy), command, facts: HostFacts::default() };
        let records = page.rows.into_iter().map(|stored| stored.record);
        let requests = records.filter_map(|record| sweeper.command(record)).map(&mut request).collect();
        let part = self.entropy.part("execute", self.pages);
        self.inner = Some(self.engine.execute(self.tenant.clone(), requests, self.now, part));
        self.advance(None, sweeper)
    }

    fn advance(&mut self, reply: Option<Reply>, sweeper: &mut impl Sweeper) -> Result<Step<()>> {
        let Some(inner) = self.inner.as_mut() else { return Err(unexpected_reply()) };
        match inner.next(reply)? {
            Step::Load(keys) => Ok(Step::Load(keys)),
            Step::List(request) => Ok(Step::List(request)),
            Step::Commit(batch) => Ok(Step::Commit(batch)),
            Step::Done(results) => {
                self.inner = None;
                results.iter().for_each(|result| sweeper.count(result));
                Ok(if self.more { Step::List(self.page.clone()) } else { Step::Done(()) })
            }
        }
    }
}
