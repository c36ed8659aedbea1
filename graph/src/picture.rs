//! The graph as a picture that a person can read, in one SVG that refers to nothing outside itself and runs nothing.

use std::fmt::Write as _;

use referrals::value::{Money, ParticipantId};

use crate::error::GraphError;
use crate::escape::{shortened, xml};
use crate::forest::{Graph, PersonIndex, index};
use crate::layout::{COLUMN, HIGH, WIDE, layout};

/// So many people are drawn at most.
pub const MOST_DRAWN: usize = 500;
/// So many letters fit into a box.
const LETTERS: usize = 28;

const STYLE: &str = "<style>\n\
    .person { fill: #f4f7fb; stroke: #4a6785; }\n\
    .qualified { fill: #e6f5ec; stroke: #1d7a46; stroke-width: 2; }\n\
    .line { fill: none; stroke: #9aa9b8; }\n\
    text { font: 13px sans-serif; fill: #1c2733; }\n\
    .small { font-size: 11px; fill: #4d5b69; }\n\
    </style>\n";

/// The beginning of a picture.
pub(crate) fn head(title: &str, wide: u32, high: u32) -> String {
    let title = xml(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" \
         role=\"img\">\n<title>{title}</title>\n"
    )
}

impl Graph {
    /// Draws all people, a column for each level: who referred stands left of who was referred. Who has a qualified lead has a
    /// thicker frame. `name` says what stands in the box of a person.
    ///
    /// # Errors
    /// [`GraphError::TooManyToDraw`] if there are more than [`MOST_DRAWN`]: draw the tree of one person, by
    /// [`Graph::tree_of`].
    pub fn to_svg(&self, name: impl Fn(ParticipantId) -> String) -> Result<String, GraphError> {
        if self.len() > MOST_DRAWN {
            return Err(GraphError::TooManyToDraw { people: self.len(), most: MOST_DRAWN });
        }
        let (corners, wide, high) = layout(self);
        let sizes = self.subtree_sizes();
        let mut svg = head("Who referred whom", wide, high);
        svg.push_str(STYLE);
        for (person, _) in self.people() {
            let Some(above) = self.referrer(person) else { continue };
            let Some((from, to)) = corners.get(index(above.0)).zip(corners.get(index(person.0))) else { continue };
            let (begin, bend) = (from.x.saturating_add(WIDE), from.x.saturating_add((WIDE + COLUMN) / 2));
            let (y, end) = (from.y.saturating_add(HIGH / 2), to.y.saturating_add(HIGH / 2));
            // Writing to a String cannot fail.
            let _ = writeln!(svg, "<path class=\"line\" d=\"M{begin} {y}H{bend}V{end}H{}\"/>", to.x);
        }
        for ((person, id), corner) in self.people().zip(corners) {
            let below = sizes.get(index(person.0)).copied().unwrap_or(1).saturating_sub(1);
            let (name, counts) = (name(id), self.counts(person, below));
            let class = if self.qualified.get(index(person.0)).is_some_and(|leads| *leads > 0) {
                "person qualified"
            } else {
                "person"
            };
            let (x, y) = (corner.x, corner.y);
            let text = x.saturating_add(8);
            let _ = writeln!(
                svg,
                "<g><title>{}: {}</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{HIGH}\" \
                 rx=\"4\"/><text x=\"{text}\" y=\"{}\">{}</text><text class=\"small\" x=\"{text}\" y=\"{}\">{}</text></g>",
                xml(&name),
                xml(&counts),
                y.saturating_add(15),
                xml(&shortened(&name, LETTERS)),
                y.saturating_add(29),
                xml(&shortened(&counts, LETTERS + 8)),
            );
        }
        svg.push_str("</svg>\n");
        Ok(svg)
    }

    /// What the box of a person says beside the name.
    fn counts(&self, person: PersonIndex, below: u32) -> String {
        let mut parts = vec![format!("{below} below")];
        for (currency, amounts) in &self.revenue {
            let amount = amounts.get(index(person.0)).copied().unwrap_or_default();
            if amount != 0 {
                parts.push(Money::new(amount, *currency).to_string());
            }
        }
        if let Some(at) = self.since(person) {
            parts.push(format!("{at}").chars().take(10).collect());
        }
        parts.join(" · ")
    }
}
