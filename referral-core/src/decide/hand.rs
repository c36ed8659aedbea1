//! What is kept of a hand: who did something, and why.

use super::view::View;
use crate::command::{GiveReward, GrantReward, MoveReward, RewardMove};
use crate::error::Error;
use crate::record::{HandKind, HandMove, Reward, Said, note_hand};

const LONGEST_TEXT: usize = 255;

/// A text of a hand, if it is within its bounds.
pub(super) fn text(field: &'static str, text: Option<&String>) -> Result<Option<String>, Error> {
    match text {
        Some(text) if text.len() > LONGEST_TEXT || text.contains(char::is_control) => {
            Err(Error::command(field, "has at most 255 bytes, none of them a control character"))
        }
        text => Ok(text.cloned()),
    }
}

/// Who says something by the command that is decided, and why.
pub(super) fn said(view: &View<'_>, actor: Option<&String>, reason: Option<&String>) -> Result<Said, Error> {
    let (actor, reason) = (text("actor", actor)?, text("reason", reason)?);
    Ok(Said { at: view.now(), command: view.command(), actor, reason })
}

/// Notes on a reward that a hand moved it on.
pub(super) fn moved(view: &View<'_>, reward: &mut Reward, command: &MoveReward) -> Result<(), Error> {
    let (did, reason) = match &command.to {
        RewardMove::Approve => (HandKind::Approve, None),
        RewardMove::BeginIssue => (HandKind::BeginIssue, None),
        RewardMove::Issue(_) => (HandKind::Issue, None),
        RewardMove::Fail(why) => (HandKind::Fail, Some(why)),
        RewardMove::ReturnIssue(why) => (HandKind::ReturnIssue, Some(why)),
        RewardMove::Redeem(_) => (HandKind::Redeem, None),
        RewardMove::Cancel(why) => (HandKind::Cancel, Some(why)),
        RewardMove::Reverse(why) => (HandKind::Reverse, Some(why)),
    };
    let actor = text("actor", command.actor.as_ref())?;
    let reason = match (reason.filter(|why| !why.is_empty()), text("reason", command.reason.as_ref())?) {
        (Some(_), Some(_)) => return Err(Error::command("reason", "is not given beside the move's own")),
        (own, given) => own.cloned().or(given),
    };
    note(view, reward, did, actor, reason);
    Ok(())
}

/// Notes on a reward that a hand granted what was refused of it.
pub(super) fn granted(view: &View<'_>, reward: &mut Reward, command: &GrantReward) -> Result<(), Error> {
    let GrantReward { beyond_limits, actor, reason, .. } = command;
    grants(view, reward, *beyond_limits, (actor.as_ref(), reason))
}

/// Notes on a reward that a hand gave it.
pub(super) fn given(view: &View<'_>, reward: &mut Reward, command: &GiveReward) -> Result<(), Error> {
    let GiveReward { beyond_limits, actor, reason, .. } = command;
    grants(view, reward, *beyond_limits, (actor.as_ref(), reason))
}

fn grants(
    view: &View<'_>,
    reward: &mut Reward,
    beyond_limits: bool,
    (actor, reason): (Option<&String>, &String),
) -> Result<(), Error> {
    let did = if beyond_limits { HandKind::GrantBeyondLimits } else { HandKind::Grant };
    let (actor, reason) = (text("actor", actor)?, text("reason", Some(reason))?);
    note(view, reward, did, actor, reason.filter(|why| !why.is_empty()));
    Ok(())
}

fn note(view: &View<'_>, reward: &mut Reward, did: HandKind, actor: Option<String>, reason: Option<String>) {
    let (at, command) = (view.now(), view.command());
    note_hand(&mut reward.hands, HandMove { did, at, command, actor, reason });
}
