//! What an operation asks for, and what it is answered.

use std::fmt;

use crate::error::{Error, Result, StoreError};
use crate::record::Key;
use crate::store::{AsyncStore, Batch, Commit, Page, PageRequest, Store, Stored};
use crate::value::TenantId;

/// What an operation asks of whoever drives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// Load these keys; answer with [`Reply::Loaded`].
    Load(Vec<Key>),
    /// List this page; answer with [`Reply::Listed`].
    List(PageRequest),
    /// Commit this batch; answer with [`Reply::Committed`].
    Commit(Batch),
    /// There is nothing left to do.
    Done(T),
}

/// The answer to a step.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To [`Step::Load`].
    Loaded(Vec<Stored>),
    /// To [`Step::List`].
    Listed(Page),
    /// To [`Step::Commit`].
    Committed(Commit),
    /// The store failed instead.
    Failed(StoreError),
}

/// Something to be done in steps: commands, a query, a sweep, the relay, an audit.
///
/// Whoever drives it holds the store; the operation never sees it. So the same operation runs on a blocking store, on an
/// asynchronous one, and on one that is written in another language.
pub trait Operation {
    /// What it comes to.
    type Output;

    /// The tenant in which it runs.
    fn tenant(&self) -> &TenantId;

    /// The next step. The first call has no reply; every later one has the reply to the step before.
    ///
    /// # Errors
    /// Whatever ends the operation as a whole: a store failure that is not tied to one command, or a reply that does not fit.
    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Self::Output>>;
}

/// A reply that does not fit the step before it: a mistake of whoever drives.
pub(crate) fn unexpected_reply() -> Error {
    Error::Store(StoreError::Failed("the reply does not fit the step".to_owned()))
}

/// Drives an operation on a store that answers at once.
///
/// # Errors
/// Whatever ends the operation.
pub fn drive<O: Operation + ?Sized>(store: &dyn Store, operation: &mut O) -> Result<O::Output> {
    let tenant = operation.tenant().clone();
    let mut reply = None;
    loop {
        let answer = match operation.next(reply.take())? {
            Step::Load(keys) => store.load(&tenant, &keys).map(Reply::Loaded),
            Step::List(request) => store.list(&tenant, &request).map(Reply::Listed),
            Step::Commit(batch) => store.commit(&batch).map(Reply::Committed),
            Step::Done(output) => return Ok(output),
        };
        reply = Some(answer.unwrap_or_else(Reply::Failed));
    }
}

/// Drives an operation on a store whose answers come later.
///
/// # Errors
/// Whatever ends the operation.
pub async fn drive_async<O: Operation + ?Sized>(store: &dyn AsyncStore, operation: &mut O) -> Result<O::Output> {
    let tenant = operation.tenant().clone();
    let mut reply = None;
    loop {
        let answer = match operation.next(reply.take())? {
            Step::Load(keys) => store.load(&tenant, &keys).await.map(Reply::Loaded),
            Step::List(request) => store.list(&tenant, &request).await.map(Reply::Listed),
            Step::Commit(batch) => store.commit(&batch).await.map(Reply::Committed),
            Step::Done(output) => return Ok(output),
        };
        reply = Some(answer.unwrap_or_else(Reply::Failed));
    }
}

impl<T> Step<T> {
    /// The same with another result.
    pub(super) fn map<U>(self, with: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Self::Load(keys) => Step::Load(keys),
            Self::List(request) => Step::List(request),
            Self::Commit(batch) => Step::Commit(batch),
            Self::Done(output) => Step::Done(with(output)),
        }
    }
}

impl<T: fmt::Debug> Step<T> {
    /// The name of the step: `load`, `list`, `commit`, `done`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Load(_) => "load",
            Self::List(_) => "list",
            Self::Commit(_) => "commit",
            Self::Done(_) => "done",
        }
    }
}
