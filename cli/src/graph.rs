//! Who referred whom over generations: numbers, pictures, and files for other programs.

use std::collections::BTreeMap;

use referral_graph::{Generation, Graph, GraphError, Measure, PersonIndex, TreeSum, WithRewards};
use referrals::report::FindParticipant;
use referrals::value::ParticipantId;
use referrals::{Error, Referrals};
use serde::Serialize;

use crate::arguments::{Form, Graph as Asked, GreatestBy, NameBy};
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::find;
use crate::metrics::{amount, short};
use crate::named;
use crate::telling::{Telling, facts, table};

/// What is told of a graph.
#[derive(Debug, Serialize)]
struct Report {
    people: usize,
    trees: u32,
    levels: u32,
    leads: i64,
    qualified: i64,
    revenue: BTreeMap<String, i64>,
    rewards: BTreeMap<String, i64>,
    /// Referrals that are left out because they close a circle.
    circles: u32,
    generations: Vec<Generation>,
    greatest: Vec<TreeSum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<Root>,
}

/// What is told of the person at the root.
#[derive(Debug, Serialize)]
struct Root {
    participant: ParticipantId,
    /// From the nearest on.
    ancestors: Vec<ParticipantId>,
    below: TreeSum,
    by_level: Vec<TreeSum>,
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        match error {
            GraphError::Read(error) => Self::from(error),
            GraphError::TooManyToDraw { .. } => {
                let help = "`--root WHO` draws the tree of one person; `--format dot` and `graphml` take any number";
                Self::new("graph", error.to_string()).help(help)
            }
            error => Self::new("graph", error.to_string()),
        }
    }
}

pub(crate) fn run(asked: &Asked, referrals: &Referrals) -> Result<Telling, Failure> {
    let existing = Existing::by(asked.replace);
    asked.output.iter().try_for_each(|path| existing.allows(path))?;
    let measure = measure(asked)?;
    let all = Graph::read(referrals, &asked.campaign, WithRewards::Yes)?;
    let root = asked.root.as_ref().map(|who| root(referrals, asked, &all, who)).transpose()?;
    let graph = match root {
        Some((person, _)) => all.tree_of(person),
        None => all,
    };
    let root = root.map(|(_, root)| root);
    let report = report(&graph, asked, referrals, &measure, root)?;
    let telling = match asked.format {
        Form::Table => Telling::new(text(&report), &report)?,
        Form::Json => {
            let text = serde_json::to_string_pretty(&report);
            Telling::new(text.map_err(|error| Failure::new("output", error.to_string()))?, &report)?
        }
        form => Telling::text(drawn(&graph, form, asked.name_by, referrals)?),
    };
    let Some(path) = &asked.output else { return Ok(telling) };
    files::write_private(path, telling.as_text(), existing)?;
    Telling::new(format!("wrote `{}`\n", path.display()), &report)
}

fn measure(asked: &Asked) -> Result<Measure, Failure> {
    let has_unit = matches!(asked.by, GreatestBy::Revenue | GreatestBy::Rewards);
    if has_unit == asked.unit.is_empty() {
        let help = "`--by revenue` and `--by rewards` rank by a currency or unit: `--unit EUR`; nothing else has one";
        return Err(Failure::usage("`--by` and `--unit` do not fit").help(help));
    }
    Ok(match asked.by {
        GreatestBy::People => Measure::People,
        GreatestBy::Leads => Measure::Leads,
        GreatestBy::Qualified => Measure::Qualified,
        GreatestBy::Revenue => {
            let currency = asked.unit.parse().map_err(|error: Error| Failure::from(error).mistyped())?;
            Measure::Revenue(currency)
        }
        GreatestBy::Rewards => Measure::Rewards(asked.unit.clone()),
    })
}

/// The person at the root, and what is told of that person.
fn root(referrals: &Referrals, asked: &Asked, graph: &Graph, who: &str) -> Result<(PersonIndex, Root), Failure> {
    let participant = find::person(referrals, who, &asked.campaign)?;
    let participant = referrals.ask(FindParticipant { participant })?.participant;
    let nobody = || Failure::new("not_found", format!("`{who}` referred nobody and was referred by nobody"));
    let participant = participant.ok_or_else(nobody)?;
    let person = graph.find(participant).ok_or_else(nobody)?;
    let ancestors = graph.ancestors(person).filter_map(|above| graph.id(above)).collect();
    let below = graph.below_person(person)?.ok_or_else(nobody)?;
    let by_level = graph.below_by_level(person)?;
    Ok((person, Root { participant, ancestors, below, by_level }))
}

fn report(
    graph: &Graph,
    asked: &Asked,
    referrals: &Referrals,
    measure: &Measure,
    root: Option<Root>,
) -> Result<Report, Failure> {
    let zone = referrals.campaign(&asked.campaign)?.definition.zone;
    let mut greatest = Vec::new();
    for (top, _) in graph.greatest(asked.limit, measure)? {
        greatest.extend(graph.below_person(top)?);
    }
    let mut revenue = BTreeMap::new();
    for currency in graph.currencies() {
        revenue.insert(currency.code().to_owned(), graph.sum(&Measure::Revenue(currency))?);
    }
    let mut rewards = BTreeMap::new();
    for unit in graph.units() {
        rewards.insert(unit.to_owned(), graph.sum(&Measure::Rewards(unit.to_owned()))?);
    }
    Ok(Report {
        people: graph.len(),
        trees: graph.tops(),
        levels: graph.depth(),
        leads: graph.sum(&Measure::Leads)?,
        qualified: graph.sum(&Measure::Qualified)?,
        revenue,
        rewards,
        circles: graph.circles(),
        generations: graph.generations(zone)?,
        greatest,
        root,
    })
}

fn drawn(graph: &Graph, form: Form, by: NameBy, referrals: &Referrals) -> Result<String, Failure> {
    let people: Vec<ParticipantId> = graph.people().map(|(_, id)| id).collect();
    let known = match by {
        NameBy::HostId => named::host_ids(referrals, &people)?,
        NameBy::Id => BTreeMap::new(),
    };
    let name = |id: ParticipantId| match (known.get(&id), form) {
        (Some(host_id), _) => host_id.clone(),
        (None, Form::Svg) => short(&id.to_string()),
        (None, _) => id.to_string(),
    };
    Ok(match form {
        Form::Svg => graph.to_svg(name)?,
        Form::Graphml => graph.to_graphml(name),
        Form::Dot | Form::Table | Form::Json => graph.to_dot(name),
    })
}

fn text(report: &Report) -> String {
    let mut text = facts([
        ("people", Some(report.people.to_string())),
        ("trees", Some(report.trees.to_string())),
        ("levels", Some(report.levels.to_string())),
        ("leads", Some(report.leads.to_string())),
        ("qualified", Some(report.qualified.to_string())),
        ("revenue", amounts(&report.revenue)),
        ("rewards", amounts(&report.rewards)),
        ("circles", Some(report.circles).filter(|circles| *circles > 0).map(|circles| circles.to_string())),
    ]);
    if let Some(root) = &report.root {
        text.push_str("\nabove, from the nearest on\n");
        let above = (1..).zip(&root.ancestors);
        text.push_str(&table(["level", "participant"], above.map(|(level, id)| [format!("{level}"), id.to_string()])));
        text.push_str("\nbelow, by level\n");
        text.push_str(&table(
            ["level", "people", "leads", "qualified", "revenue", "rewards"],
            root.by_level.iter().map(level),
        ));
        return text;
    }
    let rows = report.generations.iter().map(|one| {
        let counts = [one.people.to_string(), one.leads.to_string(), one.qualified.to_string()];
        let [people, leads, qualified] = counts;
        let revenue = amounts(&one.revenue).unwrap_or_default();
        [one.cohort.to_string(), one.generation.to_string(), people, leads, qualified, revenue]
    });
    text.push_str("\ngenerations, by the month in which their tree began\n");
    text.push_str(&table(["month", "generation", "people", "leads", "qualified", "revenue"], rows));
    text.push_str("\nthe greatest trees\n");
    let rows = report.greatest.iter().map(|sum| {
        let [levels, people, leads, qualified, revenue, rewards] = level(sum);
        [sum.participant.to_string(), people, levels, leads, qualified, revenue, rewards]
    });
    text.push_str(&table(["top", "below", "levels", "leads", "qualified", "revenue", "rewards"], rows));
    text
}

fn level(sum: &TreeSum) -> [String; 6] {
    [
        sum.levels.to_string(),
        sum.people.to_string(),
        sum.leads.to_string(),
        sum.qualified.to_string(),
        amounts(&sum.revenue).unwrap_or_default(),
        amounts(&sum.rewards).unwrap_or_default(),
    ]
}

fn amounts(amounts: &BTreeMap<String, i64>) -> Option<String> {
    let all: Vec<String> = amounts.iter().map(|(unit, quantity)| amount(unit, *quantity)).collect();
    Some(all.join(", ")).filter(|text| !text.is_empty())
}
