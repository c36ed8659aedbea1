//! One list over all ids of a person.

use super::page_of::PageOf;
use crate::decide::Decide;
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{Cell, RecordKind};
use crate::store::{Cursor, Listing};
use crate::value::ParticipantId;

/// A page of what stands under all ids of a person: that of the first id, then that of the second, and so on.
///
/// Where a person has several ids, the last cell of the cursor is the number of the id; what is before it is the cursor of
/// that id's listing, empty at its beginning.
///
/// # Errors
/// `invalid_command` for a cursor that is not of this list.
pub(super) fn rows<T: RecordKind>(
    reader: &mut Reader<'_>,
    page: &PageOf,
    ids: &[ParticipantId],
    listing: impl Fn(ParticipantId) -> Listing,
) -> Decide<Rows<T>> {
    let is_one = ids.len() < 2;
    let (mut number, mut after) = if is_one { (0, page.after.clone()) } else { place(page.after.as_ref(), ids.len())? };
    let most = page.of(Listing::TimersDue { until: reader.now() }).limit;
    let mut all = Rows { rows: Vec::new(), next: None, first_rank: None };
    while let Some(id) = ids.get(number) {
        let room = most - u32::try_from(all.rows.len()).unwrap_or(most);
        if room == 0 {
            all.next = Some(Cursor(vec![numbered(number)]));
            break;
        }
        let mut request = listing(*id).first(room);
        request.after = after.take();
        let Rows { rows, next, .. } = reader.rows::<T>(&request)?;
        all.rows.extend(rows);
        if let Some(Cursor(mut cells)) = next {
            if !is_one {
                cells.push(numbered(number));
            }
            all.next = Some(Cursor(cells));
            break;
        }
        number += 1;
    }
    Ok(all)
}

fn numbered(number: usize) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Which id a cursor stands at, and where in its listing.
fn place(after: Option<&Cursor>, ids: usize) -> Decide<(usize, Option<Cursor>)> {
    let Some(Cursor(cells)) = after else { return Ok((0, None)) };
    let found = match cells.split_last() {
        Some((Cell::Integer(number), before)) => usize::try_from(*number).ok().map(|number| (number, before)),
        _ => None,
    };
    let (number, before) = found
        .filter(|(number, _)| *number < ids)
        .ok_or_else(|| Error::command("after", "is not a cursor of this list"))?;
    Ok((number, (!before.is_empty()).then(|| Cursor(before.to_vec()))))
}
