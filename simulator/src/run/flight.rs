//! An operation in flight: driven one store call at a time, so that others come in between.

use referral_core::command::Receipt;
use referral_core::engine::{Execute, Operation, Reply, Settle, Settled, Step};
use referral_core::error::Error;
use referral_core::store::Store;

use super::Parcel;
use crate::fault::{Fault, FaultyStore};

/// What one step of a flight came to.
pub(super) enum Landed {
    /// It flies on.
    Not,
    /// Its process died.
    Crashed(Fault),
    /// Commands have their results.
    Results(Vec<Result<Receipt, Error>>),
    /// A sweep is through.
    Settled(Settled),
    /// The operation failed as a whole.
    Failed(Error),
}

enum Doing {
    Execute(Box<Execute>),
    Settle(Box<Settle>),
}

/// An operation with what it carries.
pub(super) struct Flight {
    doing: Doing,
    /// The requests on board; none for a sweep.
    pub(super) parcels: Vec<Parcel>,
    /// The faults that befell it.
    pub(super) befell: Vec<Fault>,
    reply: Option<Reply>,
    planned: Option<(usize, Fault, u32)>,
}

/// A store call that is still to be made.
type Call = Box<dyn FnOnce(&dyn Store) -> Reply>;

/// One step, whatever the operation answers in the end.
enum Next<T> {
    Call(Call),
    Done(T),
}

impl Flight {
    pub(super) fn execute(operation: Execute, parcels: Vec<Parcel>) -> Self {
        let doing = Doing::Execute(Box::new(operation));
        Self { doing, parcels, befell: Vec::new(), reply: None, planned: None }
    }

    pub(super) fn settle(operation: Settle) -> Self {
        let doing = Doing::Settle(Box::new(operation));
        Self { doing, parcels: Vec::new(), befell: Vec::new(), reply: None, planned: None }
    }

    /// Plans a fault for the call behind the next `after` ones, and for so many from there on.
    pub(super) fn plan(&mut self, after: usize, fault: Fault, times: u32) {
        self.planned = Some((after, fault, times));
    }

    /// Makes the next store call.
    pub(super) fn step<S: Store>(&mut self, store: &FaultyStore<S>) -> Landed {
        let reply = self.reply.take();
        let next = match &mut self.doing {
            Doing::Execute(operation) => next(operation.as_mut(), reply).map(|next| match next {
                Next::Call(call) => Next::Call(call),
                Next::Done(results) => Next::Done(Landed::Results(results)),
            }),
            Doing::Settle(operation) => next(operation.as_mut(), reply).map(|next| match next {
                Next::Call(call) => Next::Call(call),
                Next::Done(settled) => Next::Done(Landed::Settled(settled)),
            }),
        };
        match next {
            Err(error) => Landed::Failed(error),
            Ok(Next::Done(landed)) => landed,
            Ok(Next::Call(call)) => self.call(store, call),
        }
    }

    fn call<S: Store>(&mut self, store: &FaultyStore<S>, call: Call) -> Landed {
        if let Some((0, fault, _)) = self.planned {
            store.plan(0, fault);
        }
        let reply = call(store);
        store.calm();
        let fired = store.take_fired();
        self.planned = match (self.planned, fired) {
            (Some((0, fault, times)), Some(_)) if times > 1 => Some((0, fault, times - 1)),
            (_, Some(_)) => None,
            (planned, None) => planned.map(|(after, fault, times)| (after.saturating_sub(1), fault, times)),
        };
        match fired {
            Some(fault) if fault.is_crash() => Landed::Crashed(fault),
            fired => {
                self.befell.extend(fired);
                self.reply = Some(reply);
                Landed::Not
            }
        }
    }
}

fn next<O: Operation>(operation: &mut O, reply: Option<Reply>) -> Result<Next<O::Output>, Error> {
    let tenant = operation.tenant().clone();
    Ok(match operation.next(reply)? {
        Step::Done(output) => Next::Done(output),
        Step::Load(keys) => {
            Next::Call(Box::new(move |store| store.load(&tenant, &keys).map_or_else(Reply::Failed, Reply::Loaded)))
        }
        Step::List(request) => {
            Next::Call(Box::new(move |store| store.list(&tenant, &request).map_or_else(Reply::Failed, Reply::Listed)))
        }
        Step::Commit(batch) => {
            Next::Call(Box::new(move |store| store.commit(&batch).map_or_else(Reply::Failed, Reply::Committed)))
        }
    })
}
