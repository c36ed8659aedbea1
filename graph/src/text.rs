//! The graph as DOT and as GraphML, for other programs.

use std::fmt::Write as _;

use referrals::value::ParticipantId;

use crate::escape::{dot, xml};
use crate::forest::{Graph, PersonIndex, index};

const GRAPHML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n\
    <key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n\
    <key id=\"leads\" for=\"node\" attr.name=\"leads\" attr.type=\"int\"/>\n\
    <key id=\"qualified\" for=\"node\" attr.name=\"qualified\" attr.type=\"int\"/>\n\
    <key id=\"since\" for=\"edge\" attr.name=\"since\" attr.type=\"string\"/>\n";

impl Graph {
    /// The graph in the language of Graphviz: an arrow goes from who referred to who was referred. `name` says what stands in
    /// the box of a person.
    #[must_use]
    pub fn to_dot(&self, name: impl Fn(ParticipantId) -> String) -> String {
        // Writing to a String cannot fail.
        let mut text = "digraph referrals {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
        for (person, id) in self.people() {
            let _ = writeln!(text, "  p{} [label=\"{}\"];", person.0, dot(&name(id)));
        }
        for (person, _) in self.people() {
            if let Some(above) = self.referrer(person) {
                let _ = writeln!(text, "  p{} -> p{};", above.0, person.0);
            }
        }
        text.push_str("}\n");
        text
    }

    /// The graph as GraphML, with what each person counts for. `name` says how a person is called in it. Amounts have an
    /// attribute for each currency and unit, in minor units.
    #[must_use]
    pub fn to_graphml(&self, name: impl Fn(ParticipantId) -> String) -> String {
        let mut text = GRAPHML.to_owned();
        let revenue = self.revenue.iter().map(|(currency, amounts)| (format!("revenue {currency}"), amounts));
        let rewards = self.rewards.iter().map(|(unit, amounts)| (format!("rewards {unit}"), amounts));
        let amounts: Vec<(String, &Vec<i64>)> = revenue.chain(rewards).collect();
        for (number, (title, _)) in amounts.iter().enumerate() {
            let title = xml(title);
            let _ = writeln!(text, "<key id=\"a{number}\" for=\"node\" attr.name=\"{title}\" attr.type=\"long\"/>");
        }
        text.push_str("<graph edgedefault=\"directed\">\n");
        for (person, id) in self.people() {
            let of = index(person.0);
            let leads = self.leads.get(of).copied().unwrap_or_default();
            let qualified = self.qualified.get(of).copied().unwrap_or_default();
            let _ = write!(text, "<node id=\"p{}\">", person.0);
            let _ = write!(text, "<data key=\"name\">{}</data>", xml(&name(id)));
            let _ = write!(text, "<data key=\"leads\">{leads}</data><data key=\"qualified\">{qualified}</data>");
            for (number, (_, amounts)) in amounts.iter().enumerate() {
                let amount = amounts.get(of).copied().unwrap_or_default();
                let _ = write!(text, "<data key=\"a{number}\">{amount}</data>");
            }
            text.push_str("</node>\n");
        }
        self.people().for_each(|(person, _)| self.write_edge(&mut text, person));
        text.push_str("</graph>\n</graphml>\n");
        text
    }

    fn write_edge(&self, text: &mut String, person: PersonIndex) {
        let Some(above) = self.referrer(person) else { return };
        let since = self.since(person).map(|at| format!("<data key=\"since\">{at}</data>")).unwrap_or_default();
        let _ = writeln!(text, "<edge source=\"p{}\" target=\"p{}\">{since}</edge>", above.0, person.0);
    }
}
