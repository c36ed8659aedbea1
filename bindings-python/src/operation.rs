//! Engines and their operations.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use referral_core::command::{Receipt, Request};
use referral_core::engine::{self, Execute, GrantRefused, Operation as _, Query, RefusedList, Reply, Settle, Step};
use referral_core::error::{Error, StoreError};
use referral_core::quote::retold;
use referral_core::report::AnyQuestion;
use referral_core::store::Commit;
use referral_core::value::{Entropy, KeyState, Keyring, Secret, TenantId, Timestamp};
use serde_json::{Value, json};

use super::fault::{guarded, raise};
use super::{listing, row};

/// What operations share: the host's secrets, and the campaigns that were compiled.
#[pyclass(frozen)]
pub(crate) struct Engine(Arc<engine::Engine>);

#[pymethods]
impl Engine {
    /// An engine. Each secret has 32 bytes.
    #[new]
    fn new(py: Python<'_>, link_root: [u8; 32], alias_key: [u8; 32], lookup_key: [u8; 32]) -> PyResult<Self> {
        guarded(|| {
            let links = Keyring::builder().link_key(1, Secret::new(link_root), KeyState::Active);
            let keyring = links.alias_key(Secret::new(alias_key)).lookup_key(Secret::new(lookup_key)).build();
            Ok(Self(engine::Engine::new(keyring.map_err(|error| raise(py, &error))?)))
        })
    }

    /// Executes requests, a JSON list of `{"key", "command", "facts"}`. `now` is in RFC 3339; `seed` has 32 bytes from the
    /// host's random source, others for each operation.
    fn execute(&self, py: Python<'_>, tenant: &str, requests: &str, now: &str, seed: [u8; 32]) -> PyResult<Operation> {
        guarded(|| {
            let requests: Vec<Request> = serde_json::from_str(requests)
                .map_err(|problem| PyValueError::new_err(retold(&problem.to_string())))?;
            let (tenant, now) = parsed(tenant, now).map_err(|error| raise(py, &error))?;
            Ok(Operation::new(Machine::Execute(Box::new(self.0.execute(tenant, requests, now, Entropy::new(seed))))))
        })
    }

    /// Asks a question, in JSON `{name: {…}}`. The result is the answer under the same name.
    fn ask(&self, py: Python<'_>, tenant: &str, question: &str, now: &str) -> PyResult<Operation> {
        guarded(|| {
            let question: AnyQuestion = serde_json::from_str(question)
                .map_err(|problem| PyValueError::new_err(retold(&problem.to_string())))?;
            let (tenant, now) = parsed(tenant, now).map_err(|error| raise(py, &error))?;
            Ok(Operation::new(Machine::Ask(Box::new(self.0.ask(tenant, question, now)))))
        })
    }

    /// Grants what was refused, for a list by reason and time: a JSON object.
    fn grant_refused(
        &self,
        py: Python<'_>,
        tenant: &str,
        list: &str,
        now: &str,
        seed: [u8; 32],
    ) -> PyResult<Operation> {
        guarded(|| {
            let list: RefusedList =
                serde_json::from_str(list).map_err(|problem| PyValueError::new_err(retold(&problem.to_string())))?;
            let (tenant, now) = parsed(tenant, now).map_err(|error| raise(py, &error))?;
            let operation = self.0.grant_refused(tenant, list, now, Entropy::new(seed));
            Ok(Operation::new(Machine::Grant(Box::new(operation))))
        })
    }

    /// Does what time brings up to `now`.
    fn settle(&self, py: Python<'_>, tenant: &str, now: &str, seed: [u8; 32]) -> PyResult<Operation> {
        guarded(|| {
            let (tenant, now) = parsed(tenant, now).map_err(|error| raise(py, &error))?;
            Ok(Operation::new(Machine::Settle(Box::new(self.0.settle(tenant, now, Entropy::new(seed))))))
        })
    }
}

fn parsed(tenant: &str, now: &str) -> Result<(TenantId, Timestamp), Error> {
    Ok((TenantId::new(tenant)?, now.parse()?))
}

/// Every operation behind one face; what it comes to is JSON.
enum Machine {
    Execute(Box<Execute>),
    Settle(Box<Settle>),
    Ask(Box<Query<AnyQuestion>>),
    Grant(Box<GrantRefused>),
}

impl Machine {
    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Value>, Error> {
        match self {
            Self::Execute(operation) => step(operation.as_mut(), reply, |results| results.iter().map(result).collect()),
            Self::Settle(operation) => step(operation.as_mut(), reply, |settled| json!(settled)),
            Self::Grant(operation) => step(operation.as_mut(), reply, |granted| json!(granted)),
            Self::Ask(operation) => step(operation.as_mut(), reply, |answer| json!(answer)),
        }
    }
}

fn step<O: engine::Operation>(
    operation: &mut O,
    reply: Option<Reply>,
    write: impl FnOnce(O::Output) -> Value,
) -> Result<Step<Value>, Error> {
    Ok(match operation.next(reply)? {
        Step::Load(keys) => Step::Load(keys),
        Step::List(request) => Step::List(request),
        Step::Commit(batch) => Step::Commit(batch),
        Step::Done(output) => Step::Done(write(output)),
    })
}

fn result(result: &Result<Receipt, Error>) -> Value {
    match result {
        Ok(receipt) => json!({ "receipt": receipt }),
        Err(error) => json!({ "error": {
            "code": error.code(), "family": error.family(), "retryable": error.is_retryable(), "message": error.to_string(),
        } }),
    }
}

/// Which reply is due.
#[derive(Clone, Copy)]
enum Awaits {
    Nothing,
    Rows,
    Page,
    Losses,
}

/// Something to be done in steps. `next()` gives the first; `next(reply)` takes the answer to the last and gives the next:
/// to `load` a list of rows, to `list` a page, to `commit` the keys that lost as `(stale, over)`. It is over after `done`,
/// or once `next` raised.
#[pyclass(frozen)]
pub(crate) struct Operation {
    tenant: String,
    state: Mutex<Option<(Machine, Awaits)>>,
}

impl Operation {
    fn new(machine: Machine) -> Self {
        let tenant = match &machine {
            Machine::Execute(operation) => operation.tenant(),
            Machine::Settle(operation) => operation.tenant(),
            Machine::Ask(operation) => operation.tenant(),
            Machine::Grant(operation) => operation.tenant(),
        };
        Self { tenant: tenant.as_str().to_owned(), state: Mutex::new(Some((machine, Awaits::Nothing))) }
    }

    /// Takes one step with the reply that `read` makes of what is awaited.
    fn advance<'py>(
        &self,
        py: Python<'py>,
        read: impl FnOnce(Awaits) -> PyResult<Option<Reply>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        // Taken out meanwhile: whoever comes by now, or after a failure, finds nothing to go on with.
        let taken = self.state.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((mut machine, awaits)) = taken else {
            return Err(PyRuntimeError::new_err("the operation is over, or another thread drives it"));
        };
        guarded(|| {
            let reply = read(awaits)?;
            // Deciding needs no Python: other threads go on.
            let step = py.detach(|| machine.next(reply)).map_err(|error| raise(py, &error))?;
            let (out, awaits) = written(py, &step)?;
            if !matches!(step, Step::Done(_)) {
                *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some((machine, awaits));
            }
            Ok(out)
        })
    }
}

#[pymethods]
impl Operation {
    /// The tenant in which it runs: where `load` and `list` look.
    #[getter]
    fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The next step: `{"step": "load", "keys"}`, `{"step": "list", "request"}`, `{"step": "commit", "batch"}` or
    /// `{"step": "done", "result"}`, whose result is JSON.
    #[pyo3(signature = (reply=None))]
    fn next<'py>(&self, py: Python<'py>, reply: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyDict>> {
        self.advance(py, |awaits| match (awaits, reply) {
            (Awaits::Nothing, None) => Ok(None),
            (Awaits::Rows, Some(rows)) => Ok(Some(Reply::Loaded(row::from_rows(rows)?))),
            (Awaits::Page, Some(page)) => Ok(Some(Reply::Listed(listing::page_from(page)?))),
            (Awaits::Losses, Some(losses)) => {
                let (stale, over): (Bound<'_, PyAny>, Bound<'_, PyAny>) = losses.extract()?;
                let (stale, over) = (row::keys_from(&stale)?, row::keys_from(&over)?);
                let applied = stale.is_empty() && over.is_empty();
                Ok(Some(Reply::Committed(if applied { Commit::Applied } else { Commit::Refused { stale, over } })))
            }
            _ => Err(PyValueError::new_err("the reply does not fit the step")),
        })
    }

    /// The next step after the store failed: it was `busy`, gave `no_answer`, or `failed` for good.
    fn fail<'py>(&self, py: Python<'py>, how: &str, problem: String) -> PyResult<Bound<'py, PyDict>> {
        self.advance(py, |_| {
            Ok(Some(Reply::Failed(match how {
                "busy" => StoreError::Busy(problem),
                "no_answer" => StoreError::NoAnswer(problem),
                "failed" => StoreError::Failed(problem),
                _ => return Err(PyValueError::new_err("a store is `busy`, gives `no_answer`, or `failed`")),
            })))
        })
    }
}

/// A step as Python has it, and the reply that is due to it.
fn written<'py>(py: Python<'py>, step: &Step<Value>) -> PyResult<(Bound<'py, PyDict>, Awaits)> {
    let out = PyDict::new(py);
    out.set_item("step", step.name())?;
    let awaits = match step {
        Step::Load(keys) => {
            out.set_item("keys", row::key_texts(py, keys)?)?;
            Awaits::Rows
        }
        Step::List(request) => {
            out.set_item("request", listing::request(py, request)?)?;
            Awaits::Page
        }
        Step::Commit(batch) => {
            out.set_item("batch", row::batch(py, batch)?)?;
            Awaits::Losses
        }
        Step::Done(result) => {
            out.set_item("result", result.to_string())?;
            Awaits::Nothing
        }
    };
    Ok((out, awaits))
}
