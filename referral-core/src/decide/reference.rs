//! Further ids of conversions: a checkout and an invoice for one payment are one purchase, whichever comes first.
//!
//! INVARIANT: whoever makes an id a further one writes the conversion's record under that id too, if only as a place held
//! with nothing in it, and reads or writes the record of the first id. Absence cannot be guarded: so of a purchase that
//! takes an id for its own and a reference that gives the id away, one loses the race. Such a place is never removed.

use super::awaited;
use super::halt::Decide;
use super::view::View;
use crate::command::{AddReference, RecordConversion, Reference as GivenReference, ReferenceAdded};
use crate::error::Error;
use crate::record::{Conversion, ConversionKey, ConversionState, Key, RecordKind, Reference, ReferenceKey};

/// An id may lead to its conversion over so many others.
const MOST_HOPS: usize = 8;

/// What is known of the ids of a conversion that arrives.
pub(super) enum Known {
    /// It was recorded before.
    Before(Box<Conversion>),
    /// It is new.
    NotYet {
        /// The id under which it is kept: its own, or the one that one of its ids is a further id of.
        main: ConversionKey,
        /// What was told of it before it came.
        told_before: ToldBefore,
    },
}

/// What was told of a conversion before it came, under any of its ids: refunds, a correction, that it never was.
#[derive(Default)]
pub(super) struct ToldBefore {
    awaited: Vec<Conversion>,
}

impl ToldBefore {
    /// Gives what was told before to the conversion.
    pub(super) fn hand_over(self, view: &mut View<'_>, conversion: &mut Conversion) {
        for awaited in self.awaited {
            awaited::take_over(view, conversion, &awaited);
            if awaited.key() != conversion.key() {
                view.put(awaited::emptied(awaited));
            }
        }
    }
}

/// What is known of a conversion by all of its ids; those that are new are kept either way.
pub(super) fn known_as(
    view: &mut View<'_>,
    command: &RecordConversion,
    key: &ConversionKey,
    content: [u8; 32],
) -> Decide<Known> {
    let given = |given: &GivenReference| ConversionKey { source: given.source.clone(), event: given.id.clone() };
    let ids: Vec<_> = [key.clone()].into_iter().chain(command.references.iter().map(given)).collect();
    view.need(ids.iter().flat_map(|id| [Key::from(id.clone()), reference_key(id).into()]))?;
    let (mut known, mut promised): (Option<Conversion>, Option<ConversionKey>) = (None, None);
    let (mut told_before, mut mains) = (ToldBefore::default(), Vec::with_capacity(ids.len()));
    for id in &ids {
        let main = resolve(view, id)?;
        match view.get::<Conversion>(main.clone())? {
            Some(found) if found.state != ConversionState::Awaited => {
                if known.as_ref().is_some_and(|known| known.key() != found.key()) {
                    return Err(taken(id).into());
                }
                known = Some(found);
            }
            Some(found) if !told_before.awaited.contains(&found) => told_before.awaited.push(found),
            _ => {}
        }
        if main != *id {
            promised.get_or_insert_with(|| main.clone());
        }
        mains.push(main);
    }
    let known_key = known.as_ref().map(RecordKind::key);
    // Only what came under its first id can be compared: under another one it is worded differently.
    let is_other = |known: &Conversion| known.key() == *key && known.content.is_some_and(|known| known != content);
    if known.as_ref().is_some_and(is_other) {
        return Err(Error::event_reused(&key.source, key.event.as_str()).into());
    }
    let main = known_key.or(promised).unwrap_or_else(|| key.clone());
    // Ids of which nothing but what was told before is known are further ids of this one, and so are those that lead to them.
    for id in &mains {
        keep(view, id, &main)?;
    }
    if known.is_none() {
        return Ok(Known::NotYet { main, told_before });
    }
    // What was told under an id that is new now belongs to the known conversion.
    for awaited in told_before.awaited {
        awaited::merge(view, &main, awaited)?;
    }
    // What was told before may have changed it.
    Ok(Known::Before(Box::new(view.expect::<Conversion>(main)?)))
}

/// Whether a telling of a conversion under this id was answered before; from now on it was. Another telling under the same id is an
/// error, as under the first one.
pub(super) fn is_told_again(
    view: &mut View<'_>,
    main: &ConversionKey,
    id: &ConversionKey,
    content: [u8; 32],
) -> Decide<bool> {
    // The record under a further id is a place held, which nothing else uses.
    view.need([Key::from(id.clone()), main.clone().into()])?;
    let Some(place) = view.get::<Conversion>(id.clone())? else { return Ok(false) };
    match place.content {
        Some(known) if known == content => Ok(true),
        Some(_) => Err(Error::event_reused(&id.source, id.event.as_str()).into()),
        None => {
            view.put(Conversion { content: Some(content), ..place });
            Ok(false)
        }
    }
}

fn taken(id: &ConversionKey) -> Error {
    Error::taken("reference", format!("{}/{}", id.source, id.event))
}

fn reference_key(id: &ConversionKey) -> ReferenceKey {
    ReferenceKey { source: id.source.clone(), id: id.event.clone() }
}

/// Makes `id` a further id of `main`, unless it is one.
fn keep(view: &mut View<'_>, id: &ConversionKey, main: &ConversionKey) -> Decide<()> {
    if id == main || view.peek::<Reference>(reference_key(id))?.is_some() {
        return Ok(());
    }
    view.put(Reference {
        source: id.source.clone(),
        id: id.event.clone(),
        conversion_source: main.source.clone(),
        conversion_event: main.event.clone(),
    });
    hold_place(view, id)
}

fn hold_place(view: &mut View<'_>, id: &ConversionKey) -> Decide<()> {
    if view.get::<Conversion>(id.clone())?.is_none() {
        let place = awaited::awaited(view, id, None);
        view.put(place);
    }
    Ok(())
}

/// The conversion that an id stands for: its own, or the one that it is a further id of.
pub(crate) fn resolve(view: &mut View<'_>, given: &ConversionKey) -> Decide<ConversionKey> {
    let mut main = given.clone();
    for _ in 0..MOST_HOPS {
        view.need([Key::from(main.clone()), reference_key(&main).into()])?;
        let Some(reference) = view.peek::<Reference>(reference_key(&main))? else { return Ok(main) };
        main = ConversionKey { source: reference.conversion_source, event: reference.conversion_event };
    }
    Err(taken(given).into())
}

/// Adds a further id to a conversion. Of two ids that are known apart, the one under which no conversion was recorded becomes a
/// further id of the other.
pub(super) fn add(view: &mut View<'_>, command: &AddReference) -> Decide<ReferenceAdded> {
    let main = resolve(view, &command.conversion)?;
    let given = ConversionKey { source: command.reference.source.clone(), event: command.reference.id.clone() };
    let other = resolve(view, &given)?;
    if other == main {
        return Ok(ReferenceAdded { conversion: main });
    }
    let (of_main, of_other) = (view.get::<Conversion>(main.clone())?, view.get::<Conversion>(other.clone())?);
    let is_recorded =
        |found: &Option<Conversion>| found.as_ref().is_some_and(|found| found.state != ConversionState::Awaited);
    let (stays, further, told_before) = match (is_recorded(&of_main), is_recorded(&of_other)) {
        (true, true) => return Err(taken(&given).into()),
        (false, true) => (other, main, of_main),
        (_, false) => (main, other, of_other),
    };
    keep(view, &further, &stays)?;
    hold_place(view, &stays)?;
    if let Some(awaited) = told_before {
        awaited::merge(view, &stays, awaited)?;
    }
    Ok(ReferenceAdded { conversion: stays })
}
