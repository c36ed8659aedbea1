//! Adds ids and emails to known people, and takes them away.

use super::halt::{Decide, Halt};
use super::identity::{alias_keys, check_ids, kept_alias, kept_mailbox, owner, put_aliases};
use super::merged;
use super::people::{known_and_not_erased, put_row};
use super::view::View;
use crate::command::{AddAlias, AliasAdded, AliasRemoved, Person as Given, Reason, RemoveAlias};
use crate::error::Error;
use crate::record::{Alias, Formerly, Key, Person, PersonKey, Private};
use crate::value::Email;

/// Adds a host id, further ids or an email to a known person. One that belongs to somebody else declines the command.
pub(super) fn add_alias(view: &mut View<'_>, command: &AddAlias) -> Decide<AliasAdded> {
    check_ids("ids", &command.ids)?;
    let participant = known_and_not_erased(view, &command.participant)?.participant;
    let keys = alias_keys(view, command.host_id.as_ref(), &command.ids, command.email.as_ref());
    if keys.is_empty() {
        return Err(Error::command("add_alias", "needs a host id, a further id or an email").into());
    }
    view.need(keys.iter().cloned().map(Key::from).chain([PersonKey { participant }.into()]))?;
    for key in &keys {
        if owner(view, key.clone())?.is_some_and(|other| other.participant != participant) {
            return Err(Halt::Declined(Reason::BelongsToAnother));
        }
    }
    let own = put_aliases(view, participant, keys)?;
    let AddAlias { host_id, ids, email, .. } = command.clone();
    let given = Given { host_id, ids, email, ..Given::default() };
    put_row(view, participant, &given, &own)?;
    Ok(AliasAdded { participant })
}

/// Takes a host id, further ids or an email away from a person: whoever tells it next is somebody else. What is not the
/// person's is left alone.
pub(super) fn remove_alias(view: &mut View<'_>, command: &RemoveAlias) -> Decide<AliasRemoved> {
    check_ids("ids", &command.ids)?;
    let participant = known_and_not_erased(view, &command.participant)?.participant;
    let keys = alias_keys(view, command.host_id.as_ref(), &command.ids, command.email.as_ref());
    if keys.is_empty() {
        return Err(Error::command("remove_alias", "needs a host id, a further id or an email").into());
    }
    view.need(keys.iter().cloned().map(Key::from).chain([PersonKey { participant }.into()]))?;
    // What is somebody else's was told of the person, too.
    let gone: Vec<String> = keys.iter().map(kept_alias).collect();
    let mut removed = 0;
    for key in keys {
        let Some(alias) = view.get::<Alias>(key.clone())? else { continue };
        if merged::are_one(view, alias.participant, participant)? {
            view.delete(key);
            removed += 1;
        }
    }
    if let Some(mut row) = view.get::<Person>(PersonKey { participant })? {
        row.host_id = row.host_id.filter(|known| Some(known) != command.host_id.as_ref());
        row.ids.retain(|known| !command.ids.contains(known));
        row.of_others.retain(|known| !gone.contains(known));
        if let Some(email) = &command.email {
            let mailbox = kept_mailbox(view, email);
            let is_same = |known: &Private| known.0.parse::<Email>().is_ok_and(|known| known.exact() == email.exact());
            row.email = row.email.filter(|known| !is_same(known));
            row.formerly
                .iter_mut()
                .for_each(|former| former.email = former.email.take().filter(|known| !is_same(known)));
            // Another email of the person may be in the same mailbox.
            let left = row.email.iter().chain(row.formerly.iter().filter_map(|former| former.email.as_ref()));
            let has_it = left
                .filter_map(|known| known.0.parse::<Email>().ok())
                .any(|known| kept_mailbox(view, &known) == mailbox);
            row.mailboxes.retain(|known| *known != mailbox || has_it);
        }
        for former in &mut row.formerly {
            former.host_id = former.host_id.take().filter(|known| Some(known) != command.host_id.as_ref());
        }
        row.formerly.retain(|former| *former != Formerly::default());
        view.put(row);
    }
    Ok(AliasRemoved { participant, removed })
}
