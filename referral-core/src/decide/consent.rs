//! What people choose about mail: they unsubscribe by the token of a mail, or tell the host.
//!
//! INVARIANT: a token that was never sent is refused before anything of anybody is read, and in the same words as one whose
//! person is in no record. Who tries tokens learns nothing of who is known.

use super::foresee;
use super::halt::{Decide, Halt};
use super::hand;
use super::merged;
use super::people;
use super::view::View;
use crate::command::{Reason, Recipient, Resubscribe, Resubscribed, Unsubscribe, Unsubscribed, Who};
use crate::error::{Error, Result};
use crate::link::UnsubscribeToken;
use crate::record::{
    Choice, ChosenBy, Consent, Key, MailChoice, NotificationKind, Participant, ParticipantKey, ParticipantState,
    Person, PersonKey, Private, Said,
};
use crate::value::ParticipantId;

/// Whom the token of a mail was sent to.
///
/// # Errors
/// [`Error::InvalidLink`] if it was sent to nobody.
pub(super) fn told_by(view: &View<'_>, token: &Private) -> Result<ParticipantId> {
    token.0.parse::<UnsubscribeToken>()?.verify(view.keyring(), view.tenant())
}

/// Records that a person wants no mails.
pub(super) fn unsubscribe(view: &mut View<'_>, command: &Unsubscribe) -> Decide<Unsubscribed> {
    check(&command.kinds)?;
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let (participant, by) = match &command.recipient {
        Recipient::Token(_) if said.actor.is_some() => return Err(beside_a_token("actor")),
        Recipient::Token(_) if said.reason.is_some() => return Err(beside_a_token("reason")),
        Recipient::Token(token) => (sent_to(view, token)?, ChosenBy::Token),
        Recipient::Participant(who) => (people::known(view, who)?, ChosenBy::Host),
    };
    let chosen = choose(view, &participant, &command.kinds, choice(MailChoice::Unsubscribed, by, said))?;
    let (consent, already) = chosen;
    Ok(Unsubscribed { participant: participant.participant, consent, already })
}

/// Records that a person wants mails.
pub(super) fn resubscribe(view: &mut View<'_>, command: &Resubscribe) -> Decide<Resubscribed> {
    check(&command.kinds)?;
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let participant = people::known(view, &command.participant)?;
    let choice = choice(MailChoice::Subscribed, ChosenBy::Host, said);
    let chosen = choose(view, &participant, &command.kinds, choice)?;
    let (consent, already) = chosen;
    Ok(Resubscribed { participant: participant.participant, consent, already })
}

/// Nobody else does what a token does: the person has it.
fn beside_a_token(field: &'static str) -> Halt {
    Error::command(field, "is not given beside a token, which the person has").into()
}

fn choice(choice: MailChoice, by: ChosenBy, said: Said) -> Choice {
    let Said { at, actor, reason, .. } = said;
    Choice { choice, at, by, actor, reason }
}

/// What nobody can be unsubscribed from is refused, so that nobody believes to be.
fn check(kinds: &[NotificationKind]) -> Result<()> {
    match kinds.contains(&NotificationKind::LookupRequested) {
        true => Err(Error::command("kinds", "cannot have `lookup.requested`, which a person asks for")),
        false => Ok(()),
    }
}

fn sent_to(view: &mut View<'_>, token: &Private) -> Decide<Participant> {
    let participant = told_by(view, token)?;
    view.need([Key::from(ParticipantKey { participant }), PersonKey { participant }.into()])?;
    let known = view.get::<Participant>(ParticipantKey { participant })?;
    merged::follow(view, known.ok_or_else(UnsubscribeToken::unknown)?)
}

/// Writes a choice down; all that is chosen then, and whether nothing changed.
fn choose(
    view: &mut View<'_>,
    of: &Participant,
    kinds: &[NotificationKind],
    choice: Choice,
) -> Decide<(Consent, bool)> {
    let erased = Err(Halt::Declined(Reason::PersonErased));
    if of.state == ParticipantState::Erased {
        return erased;
    }
    let Some(mut person) = view.get::<Person>(PersonKey { participant: of.participant })? else { return erased };
    let is_new = person.consent.choose(kinds, choice);
    let consent = person.consent.clone();
    if is_new {
        view.put(person);
    }
    Ok((consent, !is_new))
}

/// Foresees what unsubscribing reads.
pub(super) fn foresee(view: &mut View<'_>, command: &Unsubscribe) {
    match &command.recipient {
        // What a token says is read only once it is known to be good.
        Recipient::Token(token) => {
            let participant = told_by(view, token).ok();
            foresee::row(view, participant);
            view.want(participant.map(|participant| ParticipantKey { participant }));
        }
        Recipient::Participant(participant) => foresee_person(view, participant),
    }
}

/// Foresees what a choice about mail of a person reads.
pub(super) fn foresee_person(view: &mut View<'_>, participant: &Who) {
    let participant = foresee::who(view, participant);
    foresee::row(view, participant);
}
