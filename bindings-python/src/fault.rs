//! How errors and panics leave: as exceptions, never as anything that `except Exception` would miss.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use referral_core::error::Error;

pyo3::create_exception!(
    referrals._seam,
    ReferralError,
    PyException,
    "What went wrong: `code` and `family` are the same in every language, `retryable` says whether trying again may help."
);
pyo3::create_exception!(
    referrals._seam,
    EnginePanicked,
    ReferralError,
    "A mistake inside the engine. The operation is over; a commit that was asked for may or may not have been made."
);

/// The exception for `error`.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let exception = ReferralError::new_err(error.to_string());
    let value = exception.value(py);
    let set = value.setattr("code", error.code()).and_then(|()| {
        let family = serde_json::to_value(error.family()).unwrap_or_default();
        value.setattr("family", family.as_str().unwrap_or_default())?;
        value.setattr("retryable", error.is_retryable())
    });
    set.err().unwrap_or(exception)
}

/// Runs `work` and turns a panic into an exception. Its message is not passed on: it may hold what must not be shown.
pub(crate) fn guarded<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // What `work` was changing is never looked at again: an operation that panicked is over.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(EnginePanicked::new_err("the engine panicked")))
}

/// Panics inside, to show that no panic crosses.
#[pyfunction]
pub(crate) fn panic() -> PyResult<()> {
    #[allow(clippy::panic, reason = "this is the panic that a test looks for")]
    guarded(|| panic!("a panic that a test asked for"))
}
