//! A tree becomes a definition, or all that is wrong with it.
//!
//! What is broken by itself is left out, and what remains is held against the rules too: a mistake in one rule hides no
//! mistake in another.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Checked;
use super::tree::{Node, Span, Value};
use crate::campaign::compiled::roots;
use crate::campaign::lint;
use crate::campaign::model::{CampaignModel, Trigger};
use crate::campaign::shape::{self, CAMPAIGN, Finding};
use crate::error::Mistake;
use crate::rule::condition::{ConditionText, CustomField};

/// Reads the tree of a campaign. `place` says where a mistake stands: at a node, or at a place in the string there.
///
/// # Errors
/// Every mistake.
pub(in crate::campaign) fn understand(
    node: &Node,
    place: &dyn Fn(Mistake, &Node) -> Mistake,
) -> Result<Checked, Vec<Mistake>> {
    let findings = shape::check(node, &CAMPAIGN);
    let at_path = |mistake: Mistake| {
        let at = node.nearest(&mistake.path);
        place(mistake, at)
    };
    if !findings.is_empty() {
        let further = further(node, &findings).into_iter().map(at_path);
        let at_span = |finding: &Finding| {
            let Finding { path, span, problem } = finding.clone();
            place(Mistake { path, ..Mistake::new(problem) }, &stand_in(span))
        };
        return Err(findings.iter().map(at_span).chain(further).collect());
    }
    let model: CampaignModel = match serde_json::from_value(node.to_json()) {
        Ok(model) => model,
        Err(error) => return Err(vec![place(Mistake::new(error.to_string()), node)]),
    };
    let found = lint::examine(&model);
    if found.errors.is_empty() {
        return Ok(Checked { model, warnings: found.warnings.into_iter().map(at_path).collect() });
    }
    Err(found.errors.into_iter().map(at_path).collect())
}

/// Something that stands at `span`.
fn stand_in(span: Span) -> Node {
    Node { span, value: Value::Null }
}

/// What is wrong in the parts that are not in `findings`.
fn further(node: &Node, findings: &[Finding]) -> Vec<Mistake> {
    let broken = Broken::new(findings);
    let mut mistakes = Vec::new();
    if let Some((model, kept)) = broken.rest(node) {
        mistakes = lint::examine(&model).errors;
        for mistake in &mut mistakes {
            mistake.path = original(&mistake.path, &kept);
        }
    }
    if broken.has("fields") {
        // A condition may name a field whose declaration has a mistake.
        mistakes.retain(|mistake| !mistake.path.ends_with(".when"));
        return mistakes;
    }
    let fields = node.field("fields").map(Node::to_json).unwrap_or_else(|| Json::Array(vec![]));
    let Ok(fields) = serde_json::from_value::<Vec<CustomField>>(fields) else { return mistakes };
    for index in broken.indices("rewards") {
        mistakes.extend(condition_of_broken_rule(node, index, &fields, findings));
    }
    mistakes
}

/// The mistakes in the condition of a rule that is broken elsewhere.
fn condition_of_broken_rule(node: &Node, index: usize, fields: &[CustomField], findings: &[Finding]) -> Vec<Mistake> {
    let path = format!("rewards[{index}]");
    let [on, when] = ["on", "when"].map(|name| format!("{path}.{name}"));
    let rule = node.nearest(&path);
    if findings.iter().any(|finding| finding.path.starts_with(&on) || finding.path.starts_with(&when)) {
        return vec![];
    }
    let trigger = rule.field("on").and_then(|on| serde_json::from_value::<Trigger>(on.to_json()).ok());
    let text = rule.field("when").and_then(|when| serde_json::from_value::<ConditionText>(when.to_json()).ok());
    let (Some(trigger), Some(text)) = (trigger, text) else { return vec![] };
    lint::condition(&text, roots(trigger), fields, &when).err().unwrap_or_default()
}

/// Which parts of the top table have mistakes.
struct Broken {
    /// Whole fields.
    fields: Vec<String>,
    /// Entries of lists.
    entries: BTreeMap<String, Vec<usize>>,
}

impl Broken {
    fn new(findings: &[Finding]) -> Self {
        let mut broken = Self { fields: vec![], entries: BTreeMap::new() };
        for finding in findings {
            let first = finding.path.split('.').next().unwrap_or_default();
            match first.split_once('[') {
                Some((list, index)) => {
                    let index = index.trim_end_matches(']').parse().unwrap_or_default();
                    broken.entries.entry(list.to_owned()).or_default().push(index);
                }
                None => broken.fields.push(first.to_owned()),
            }
        }
        broken
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field == name) || self.entries.contains_key(name)
    }

    /// The broken entries of a list, each once.
    fn indices(&self, list: &str) -> Vec<usize> {
        let mut indices = self.entries.get(list).cloned().unwrap_or_default();
        indices.dedup();
        indices.sort_unstable();
        indices.dedup();
        indices
    }

    /// The definition without what is broken, and which entries of its lists were kept.
    fn rest(&self, node: &Node) -> Option<(CampaignModel, BTreeMap<String, Vec<usize>>)> {
        let Value::Table(given) = &node.value else { return None };
        let mut kept = BTreeMap::new();
        let mut rest = Map::new();
        for (key, value) in given.iter().filter(|(key, _)| !self.fields.contains(&key.name)) {
            let json = match &value.value {
                Value::List(items) if self.entries.contains_key(&key.name) => {
                    let broken = self.indices(&key.name);
                    let indices: Vec<_> =
                        (0..items.len()).filter(|index| broken.binary_search(index).is_err()).collect();
                    let json = indices.iter().filter_map(|index| items.get(*index)).map(Node::to_json).collect();
                    kept.insert(key.name.clone(), indices);
                    Json::Array(json)
                }
                _ => value.to_json(),
            };
            rest.insert(key.name.clone(), json);
        }
        for (name, any) in [("name", "any"), ("link_host", "any.example")] {
            rest.entry(name).or_insert_with(|| Json::String(any.to_owned()));
        }
        serde_json::from_value(Json::Object(rest)).ok().map(|model| (model, kept))
    }
}

/// The path in the text of a path in the definition without what is broken.
fn original(path: &str, kept: &BTreeMap<String, Vec<usize>>) -> String {
    let moved = || {
        let (list, rest) = path.split_once('[')?;
        let (index, rest) = rest.split_once(']')?;
        let index = kept.get(list)?.get(index.parse::<usize>().ok()?)?;
        Some(format!("{list}[{index}]{rest}"))
    };
    moved().unwrap_or_else(|| path.to_owned())
}
