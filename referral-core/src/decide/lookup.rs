//! "Check my referrals": a request by email, a token that is good once, and nothing that tells who is known.
//!
//! INVARIANT: a request reads the same keys, writes the same kinds of records of the same sizes and answers the same whether
//! or not anybody has the email. What is read of a person is not guarded, because an absent one could not be: opening the
//! lookup looks at the person again.

use super::campaign;
use super::foresee;
use super::halt::{Decide, Halt};
use super::handled::Decided;
use super::identity;
use super::notify::{self, About};
use super::timer;
use super::view::View;
use crate::command::{LookupOpened, LookupRequested, OpenLookup, Reason, RequestLookup};
use crate::link::LookupToken;
use crate::record::{
    Alias, AliasKey, Key, Lookup, LookupKey, LookupLimit, LookupLimitKey, LookupStanding, NotificationKind,
    Participant, ParticipantKey, ParticipantState, Person, PersonKey, RecentLookup, Subject, TimerKind,
};
use crate::value::{Email, LookupId, NotificationId, ParticipantId, Span, Timestamp};

/// How long a token is good.
const GOOD_FOR_MINUTES: i64 = 15;
/// How long a lookup is remembered, and counts towards the limit of its email.
const REMEMBERED: Span = Span::days(1);
/// An email asks so often within a day, known or not.
const MOST_WITHIN_A_DAY: usize = 5;
/// So many wrong tokens are tried before there is no right one any more.
const MOST_ATTEMPTS: u32 = 5;

/// When a lookup is forgotten.
pub(crate) fn ends(lookup: &Lookup) -> Timestamp {
    lookup.requested_at.plus(REMEMBERED.delta())
}

/// The key under which the requests of an email are counted: that of its mailbox, so that one person cannot vary it,
/// and so that erasing the person finds it.
fn asker(view: &View<'_>, email: &Email) -> [u8; 16] {
    identity::mailbox(view, email)
}

/// What a request reads first.
pub(super) fn first_keys(view: &View<'_>, email: &Email) -> Vec<Key> {
    let aliases = identity::alias_keys(view, None, &[], Some(email)).into_iter().map(Key::from);
    aliases.chain([LookupLimitKey { asker: asker(view, email) }.into()]).collect()
}

/// Asks to check one's referrals.
pub(super) fn request(view: &mut View<'_>, command: &RequestLookup) -> Decide<LookupRequested> {
    let asker = asker(view, &command.email);
    let keys = first_keys(view, &command.email);
    view.want(keys);
    let now = view.now();
    // Drawn for everybody, in this order: the ids of both kinds of lookups are of the same making.
    let lookup = LookupId::mint(now, view.entropy());
    let nobody = ParticipantId::mint(now, view.entropy());
    let aliases = identity::alias_keys(view, None, &[], Some(&command.email));
    foresee_person(view, &aliases, nobody);
    let campaign = campaign::by_slug(view, &command.campaign)?.id();
    // No participant has the id of a lookup.
    let (participant, standing) = behind(view, aliases, [nobody, ParticipantId(lookup.0)])?;
    let known = view.get::<LookupLimit>(LookupLimitKey { asker })?;
    let mut limit = known.unwrap_or(LookupLimit { asker, recent: Vec::new() });
    limit.recent.retain(|recent| recent.at.plus(REMEMBERED.delta()) > now);
    if limit.recent.len() >= MOST_WITHIN_A_DAY {
        return Err(Halt::Declined(Reason::LookupLimit));
    }
    limit.recent.push(RecentLookup { lookup, at: now });
    view.put(limit);
    let expires_at = now.plus(chrono::TimeDelta::minutes(GOOD_FOR_MINUTES));
    let requested = Lookup {
        lookup,
        campaign,
        standing,
        participant,
        asker,
        requested_at: now,
        expires_at,
        opened_at: None,
        attempts: 0,
    };
    let (brings, subject) = (TimerKind::LookupEnds, Subject::Lookup(LookupKey { lookup }));
    timer::set(view, ends(&requested), brings, subject, Some(campaign));
    view.put(requested);
    // The notification is found by the lookup's own id when its token is derived.
    let about = About::participant(campaign, participant);
    notify::tell_as(view, NotificationKind::LookupRequested, &about, |_, _| NotificationId(lookup.0))?;
    Ok(LookupRequested { expires_at })
}

/// Names who will be read, as soon as the aliases are loaded.
fn foresee_person(view: &mut View<'_>, aliases: &[AliasKey], nobody: ParticipantId) {
    if aliases.iter().all(|key| view.is_known(&key.clone().into())) {
        let found = aliases.iter().find_map(|key| view.glance::<Alias>(key.clone()));
        let participant = found.map_or(nobody, |alias| alias.participant);
        view.want([Key::from(ParticipantKey { participant }), PersonKey { participant }.into()]);
    }
}

/// Who has the email, or whom that person turned out to be; nobody in particular, if nobody has. Reads as much either way.
fn behind(
    view: &mut View<'_>,
    aliases: Vec<AliasKey>,
    nobody: [ParticipantId; 2],
) -> Decide<(ParticipantId, LookupStanding)> {
    view.need(aliases.iter().cloned().map(Key::from))?;
    let mut found = None;
    for key in aliases {
        let alias = view.peek::<Alias>(key)?;
        found = found.or(alias.map(|alias| alias.participant));
    }
    let [nobody, nobody_else] = nobody;
    let participant = found.unwrap_or(nobody);
    let one = read(view, participant)?;
    let into = one.0.as_ref().and_then(|known| known.merged_into.as_ref()).map(|merge| merge.into);
    let other = read(view, into.unwrap_or(nobody_else))?;
    let (participant, (known, row)) = into.map_or((participant, one), |into| (into, other));
    let is_known = known.is_some_and(|known| known.state != ParticipantState::Erased);
    let is_reachable = row.is_some_and(|row| row.email.is_some());
    Ok(match is_known && is_reachable {
        true => (participant, LookupStanding::Live),
        false => (nobody, LookupStanding::Void),
    })
}

fn read(view: &mut View<'_>, participant: ParticipantId) -> Decide<(Option<Participant>, Option<Person>)> {
    let (key, person) = (ParticipantKey { participant }, PersonKey { participant });
    view.need([key.clone().into(), person.clone().into()])?;
    Ok((view.peek::<Participant>(key)?, view.peek::<Person>(person)?))
}

/// Uses a token.
pub(super) fn open(view: &mut View<'_>, command: &OpenLookup) -> Decide<Decided> {
    let token: LookupToken = command.token.parse()?;
    let declined = |reason| Err(Halt::Declined(reason));
    let Some(mut lookup) = view.get::<Lookup>(LookupKey { lookup: token.lookup() })? else {
        return declined(Reason::LookupUnknown);
    };
    if lookup.attempts >= MOST_ATTEMPTS {
        return declined(Reason::LookupUnknown);
    }
    if !token.is_good(view.keyring(), view.tenant()) {
        lookup.attempts = lookup.attempts.saturating_add(1);
        view.put(lookup);
        return Ok(Decided::Refused(Reason::LookupUnknown));
    }
    let participant = lookup.participant;
    let person = view.get::<Participant>(ParticipantKey { participant })?;
    let is_known = person.is_some_and(|person| person.state != ParticipantState::Erased);
    if let Some(reason) = closed(&lookup, is_known, view.now()) {
        return declined(reason);
    }
    let opened = LookupOpened { participant, campaign: lookup.campaign };
    lookup.opened_at = Some(view.now());
    view.put(lookup);
    Ok(Decided::New(opened.into()))
}

/// Why the good token of a lookup opens nothing; nothing if it does.
pub(crate) fn closed(lookup: &Lookup, is_known: bool, now: Timestamp) -> Option<Reason> {
    if lookup.standing == LookupStanding::Void || !is_known || lookup.attempts >= MOST_ATTEMPTS {
        return Some(Reason::LookupUnknown);
    }
    if lookup.opened_at.is_some() {
        return Some(Reason::LookupUsed);
    }
    (lookup.expires_at <= now).then_some(Reason::LookupExpired)
}

/// Forgets a lookup; the limit of its email is forgotten with the last one.
pub(super) fn forget(view: &mut View<'_>, key: &LookupKey) -> Decide<()> {
    let Some(lookup) = view.get::<Lookup>(key.clone())? else { return Ok(()) };
    let limit = LookupLimitKey { asker: lookup.asker };
    if let Some(mut known) = view.get::<LookupLimit>(limit.clone())? {
        known.recent.retain(|recent| recent.lookup != key.lookup);
        match known.recent.is_empty() {
            true => view.delete(limit),
            false => view.put(known),
        }
    }
    view.delete(key.clone());
    Ok(())
}

/// Foresees what opening a lookup reads.
pub(super) fn foresee_opening(view: &mut View<'_>, command: &OpenLookup) {
    let Ok(token) = command.token.parse::<LookupToken>() else { return };
    let key = LookupKey { lookup: token.lookup() };
    let participant = view.glance::<Lookup>(key.clone()).map(|lookup| lookup.participant);
    view.want([key]);
    view.want(participant.map(|participant| ParticipantKey { participant }));
}

/// Foresees what the request for a lookup reads.
pub(super) fn foresee_request(view: &mut View<'_>, command: &RequestLookup) {
    foresee::campaign(view, &command.campaign);
    let keys = first_keys(view, &command.email);
    view.want(keys);
}
