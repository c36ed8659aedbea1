//! Whether a code or a link is good at a time.

use super::campaign::Current;
use super::halt::Decide;
use super::view::View;
use crate::command::Reason;
use crate::error::Error;
use crate::link::AnyCode;
use crate::record::{Code, CodeKey, Grant, Link, Said, Validity};
use crate::value::Timestamp;

/// The record of a code that is good at a time, or why it is not.
pub(super) fn good_code(
    view: &mut View<'_>,
    current: &Current,
    parsed: &AnyCode,
    at: Timestamp,
) -> Decide<Result<Code, (Reason, Option<String>)>> {
    let found = code_at(view, current, parsed, at)?;
    Ok(found.and_then(|code| if is_used_up(&code) { Err((Reason::CodeUsedUp, None)) } else { Ok(code) }))
}

/// The record of a code that may be used at a time, however often it was used.
pub(super) fn code_at(
    view: &mut View<'_>,
    current: &Current,
    parsed: &AnyCode,
    at: Timestamp,
) -> Decide<Result<Code, (Reason, Option<String>)>> {
    let key = CodeKey { campaign: current.id(), code: parsed.key().as_str().to_owned() };
    let Some(code) = view.get::<Code>(key)? else {
        return Ok(Err(unknown_code(parsed)));
    };
    let reason = if is_withdrawn(code.validity, code.said.as_ref(), at) {
        Reason::LinkRevoked
    } else if code.expires_at.is_some_and(|end| end <= at) {
        Reason::CodeExpired
    } else {
        return Ok(Ok(code));
    };
    Ok(Err((reason, None)))
}

/// Whether a code brought as many referrals as it may.
pub(super) fn is_used_up(code: &Code) -> bool {
    code.max_uses.is_some_and(|most| code.uses >= most)
}

/// Why there is no such code. A vanity code has no check symbol: one that is unknown may be a random code that was mistyped.
pub(super) fn unknown_code(parsed: &AnyCode) -> (Reason, Option<String>) {
    match problem_of(&parsed.unknown()) {
        Some(problem) => (Reason::CodeInvalid, Some(problem)),
        None => (Reason::EvidenceUnknown, None),
    }
}

/// What a person could mend, in the words of the error.
pub(super) fn problem_of(error: &Error) -> Option<String> {
    match error {
        Error::InvalidLink { problem, .. } => Some(problem.clone()),
        _ => None,
    }
}

/// Whether a link was withdrawn at a time, by itself or with its grant.
pub(super) fn is_revoked(grant: &Grant, link: Option<&Link>, at: Timestamp) -> bool {
    let is_link_withdrawn = |link: &Link| is_withdrawn(link.validity, link.said.as_ref(), at);
    is_withdrawn(grant.validity, grant.said.as_ref(), at) || link.is_some_and(is_link_withdrawn)
}

/// Whether something is withdrawn by a time: what happened before stays good.
fn is_withdrawn(validity: Validity, said: Option<&Said>, at: Timestamp) -> bool {
    validity == Validity::Revoked && said.is_none_or(|said| said.at <= at)
}
