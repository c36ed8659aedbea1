//! Where each person stands in a picture: a column for each level, and a row for each who referred nobody.
//!
//! Who referred others stands in the middle of the rows of all who are below. So no box lies on another, and no line crosses one.

use crate::forest::{Graph, index};

/// How wide a box is.
pub(crate) const WIDE: u32 = 230;
/// How high a box is.
pub(crate) const HIGH: u32 = 36;
/// From one column to the next.
pub(crate) const COLUMN: u32 = 280;
/// From one row to the next.
pub(crate) const ROW: u32 = 44;
/// What stays free around the picture.
pub(crate) const MARGIN: u32 = 16;

/// The upper left corner of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corner {
    pub(crate) x: u32,
    pub(crate) y: u32,
}

/// The corners of all boxes, by person, and the size of the picture.
pub(crate) fn layout(graph: &Graph) -> (Vec<Corner>, u32, u32) {
    let rows = rows(graph);
    let mut corners = Vec::with_capacity(graph.len());
    // The first free row below each person, for the next whom that person referred; last, for those whom nobody referred.
    let mut free: Vec<u32> = vec![0; graph.len().saturating_add(1)];
    for (level, range) in (0_u32..).zip(graph.levels.windows(2)) {
        let [begin, end] = range else { continue };
        for number in *begin..*end {
            let own = rows.get(index(number)).copied().unwrap_or(1);
            let parent = graph.parents.get(index(number)).copied().map_or(usize::MAX, index).min(graph.len());
            let first = free.get(parent).copied().unwrap_or_default();
            if let Some(next) = free.get_mut(parent) {
                *next = first.saturating_add(own);
            }
            if let Some(next) = free.get_mut(index(number)) {
                *next = first;
            }
            // The middle of the rows from `first` on.
            let middle = first.saturating_mul(2).saturating_add(own.saturating_sub(1)).saturating_mul(ROW / 2);
            let x = MARGIN.saturating_add(level.saturating_mul(COLUMN));
            corners.push(Corner { x, y: MARGIN.saturating_add(middle) });
        }
    }
    let wide = corners.iter().map(|corner| corner.x).max().unwrap_or(MARGIN);
    let high = corners.iter().map(|corner| corner.y).max().unwrap_or(MARGIN);
    (corners, wide.saturating_add(WIDE).saturating_add(MARGIN), high.saturating_add(HIGH).saturating_add(MARGIN))
}

/// How many rows each person takes: as many as people below referred nobody, at least one.
fn rows(graph: &Graph) -> Vec<u32> {
    let mut rows = vec![0_u32; graph.len()];
    for (number, parent) in graph.parents.iter().enumerate().rev() {
        let own = rows.get(number).copied().unwrap_or_default().max(1);
        if let Some(row) = rows.get_mut(number) {
            *row = own;
        }
        if let Some(above) = rows.get_mut(index(*parent)) {
            *above = above.saturating_add(own);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

    use proptest::prelude::*;
    use referrals::value::{ParticipantId, Timestamp};

    use super::*;
    use crate::forest::NOBODY;
    use crate::{Builder, Lead};

    fn graph(referrers: &[usize]) -> Graph {
        let id = |number: usize| ParticipantId(uuid::Uuid::from_u128(number as u128 + 1));
        let mut builder = Builder::default();
        for (invitee, referrer) in referrers.iter().enumerate() {
            let (invitee, referrer) = (id(invitee + 1), id(referrer % (invitee + 1)));
            builder.lead(Lead { invitee, referrer, number: 1, at: Timestamp::FIRST, is_qualified: false });
        }
        builder.build().unwrap()
    }

    fn overlap(one: Corner, other: Corner) -> bool {
        let near = |a: u32, b: u32, size: u32| a.abs_diff(b) < size;
        near(one.x, other.x, WIDE) && near(one.y, other.y, HIGH)
    }

    #[test]
    fn boxes_that_lie_on_one_another_are_noticed() {
        assert!(overlap(Corner { x: 0, y: 0 }, Corner { x: WIDE - 1, y: HIGH - 1 }));
        assert!(!overlap(Corner { x: 0, y: 0 }, Corner { x: 0, y: HIGH }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_box_lies_on_another_and_each_stands_amid_those_below(
            referrers in prop::collection::vec(any::<usize>(), 1..80),
        ) {
            let graph = graph(&referrers);
            let (corners, wide, high) = layout(&graph);
            prop_assert_eq!(corners.len(), graph.len());
            for (number, corner) in corners.iter().enumerate() {
                prop_assert!(corner.x + WIDE <= wide && corner.y + HIGH <= high);
                prop_assert!(corners[..number].iter().all(|other| !overlap(*corner, *other)));
                let below = graph.referred(crate::PersonIndex(number as u32));
                if let (Some(first), Some(last)) = (below.clone().next(), below.clone().last()) {
                    prop_assert!(corners[first as usize].y <= corner.y && corner.y <= corners[last as usize].y);
                }
                let parent = graph.parents[number];
                if parent != NOBODY {
                    prop_assert_eq!(corners[parent as usize].x + COLUMN, corner.x);
                }
            }
        }
    }
}
