//! The graph of leads, beside the same computed naively; broken data; deep lines.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use referral_graph::{Builder, Graph, GraphError, Lead, Measure, PersonIndex};
use referrals::value::{Money, ParticipantId, Timestamp, Zone};

fn id(number: u32) -> ParticipantId {
    ParticipantId(uuid::Uuid::from_u128(u128::from(number) + 1))
}

fn at(second: u32) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + i64::from(second) * 1_000_000).unwrap()
}

fn lead(invitee: u32, referrer: u32, second: u32) -> Lead {
    Lead {
        invitee: id(invitee),
        referrer: id(referrer),
        number: 1,
        at: at(second),
        is_qualified: invitee.is_multiple_of(2),
    }
}

fn euros(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

fn built(leads: &[Lead]) -> Graph {
    let mut builder = Builder::default();
    leads.iter().for_each(|one| builder.lead(*one));
    builder.build().unwrap()
}

/// Who referred whom, naively: the latest lead of each, without those that close a circle.
fn naive(leads: &[Lead]) -> (BTreeMap<ParticipantId, ParticipantId>, u32) {
    let mut latest: BTreeMap<ParticipantId, Lead> = BTreeMap::new();
    let mut circles = 0;
    for lead in leads {
        if lead.invitee == lead.referrer {
            circles += 1;
            continue;
        }
        let known = latest.entry(lead.invitee).or_insert(*lead);
        if (lead.at, lead.number) > (known.at, known.number) {
            *known = *lead;
        }
    }
    loop {
        let above = |id: &ParticipantId| latest.get(id).map(|lead| lead.referrer);
        let on_circle = |start: &&ParticipantId| {
            let mut person = **start;
            (0..latest.len()).any(|_| {
                person = above(&person).unwrap_or(person);
                above(&person).is_some() && person == **start
            })
        };
        let Some(somebody) = latest.keys().find(on_circle).copied() else { break };
        let mut circle = vec![somebody];
        while let Some(next) = above(circle.last().unwrap()).filter(|next| *next != somebody) {
            circle.push(next);
        }
        let cut = circle.into_iter().max_by_key(|id| latest.get(id).map(|lead| (lead.at, lead.number, *id))).unwrap();
        latest.remove(&cut);
        circles += 1;
    }
    (latest.into_iter().map(|(invitee, lead)| (invitee, lead.referrer)).collect(), circles)
}

/// The people at each level below somebody, naively.
fn levels(parents: &BTreeMap<ParticipantId, ParticipantId>, top: ParticipantId) -> Vec<BTreeSet<ParticipantId>> {
    let mut levels = Vec::new();
    let mut level = BTreeSet::from([top]);
    loop {
        let below = parents.iter().filter(|(_, referrer)| level.contains(*referrer)).map(|(invitee, _)| *invitee);
        level = below.collect();
        if level.is_empty() {
            return levels;
        }
        levels.push(level.clone());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn sizes_values_and_levels_are_those_of_a_naive_walk(
        pairs in prop::collection::vec((0_u32..24, 0_u32..24, 0_u32..40), 0..40),
        amounts in prop::collection::vec((0_u32..24, -50_i64..500), 0..40),
    ) {
        let leads: Vec<Lead> = pairs.iter().zip(1..).map(|((invitee, referrer, second), number)| {
            Lead { number, ..lead(*invitee, *referrer, *second) }
        }).collect();
        let mut builder = Builder::default();
        leads.iter().for_each(|one| builder.lead(*one));
        amounts.iter().for_each(|(person, minor)| builder.revenue(id(*person), euros(*minor)));
        let graph = builder.build().unwrap();
        let (parents, circles) = naive(&leads);
        prop_assert_eq!(graph.circles(), circles);
        let people: BTreeSet<_> = leads.iter().flat_map(|lead| [lead.invitee, lead.referrer]).collect();
        prop_assert_eq!(graph.people().map(|(_, id)| id).collect::<BTreeSet<_>>(), people);
        let sizes = graph.subtree_sizes();
        let euro = Measure::Revenue("EUR".parse().unwrap());
        let values = graph.subtree_values(&euro).unwrap();
        let of = |id: ParticipantId| amounts.iter().filter(|(person, _)| self::id(*person) == id).map(|(_, minor)| minor).sum::<i64>();
        for (person, id) in graph.people() {
            prop_assert_eq!(graph.find(id), Some(person));
            prop_assert_eq!(graph.referrer(person).and_then(|above| graph.id(above)), parents.get(&id).copied());
            let expected = levels(&parents, id);
            let found: Vec<BTreeSet<_>> = graph.descendants_by_level(person)
                .map(|level| level.people.map(|number| graph.id(PersonIndex(number)).unwrap()).collect())
                .collect();
            prop_assert_eq!(&found, &expected);
            let below: BTreeSet<_> = expected.iter().flatten().copied().collect();
            prop_assert_eq!(sizes[person.0 as usize] as usize, below.len() + 1);
            let value = of(id) + below.iter().map(|id| of(*id)).sum::<i64>();
            prop_assert_eq!(values[person.0 as usize], value);
            let sum = graph.below_person(person).unwrap().unwrap();
            prop_assert_eq!((sum.people as usize, sum.levels as usize), (below.len(), expected.len()));
            prop_assert_eq!(sum.revenue.get("EUR").copied().unwrap_or_default(), value - of(id));
            let tree = graph.tree_of(person);
            prop_assert_eq!(tree.len(), below.len() + 1);
            prop_assert_eq!(tree.subtree_values(&euro).unwrap().first().copied(), Some(value));
            let same: BTreeMap<_, _> = tree.people().filter_map(|(one, id)| Some((id, tree.id(tree.referrer(one)?)?))).collect();
            prop_assert!(same.iter().all(|(invitee, referrer)| parents.get(invitee) == Some(referrer)));
            prop_assert_eq!(same.len(), below.len());
        }
        let tops: u32 = graph.generations(Zone::UTC).unwrap().iter().filter(|row| row.generation == 0).map(|row| row.people).sum();
        let alone = graph.people().filter(|(one, _)| graph.referrer(*one).is_none() && graph.referred(*one).is_empty()).count();
        prop_assert_eq!(tops as usize + alone, graph.tops() as usize);
    }
}

#[test]
fn a_line_of_300_000_people_is_no_trouble() {
    let people = 300_000;
    let leads: Vec<Lead> = (1..people).map(|number| lead(number, number - 1, number)).collect();
    let graph = built(&leads);
    assert_eq!((graph.len(), graph.depth(), graph.tops()), (300_000, 300_000, 1));
    assert_eq!(graph.subtree_sizes().first(), Some(&people));
    assert_eq!(graph.subtree_values(&Measure::Leads).unwrap().first(), Some(&299_999));
    let last = graph.find(id(people - 1)).unwrap();
    assert_eq!(graph.ancestors(last).count(), 299_999);
    assert_eq!(graph.descendants(PersonIndex(0)).count(), 299_999);
    assert_eq!(graph.generations(Zone::UTC).unwrap().len(), 300_000);
    // A circle of as many is cut where its latest lead is.
    let circle = built(&[leads, vec![lead(0, people - 1, people)]].concat());
    assert_eq!((circle.circles(), circle.depth()), (1, 300_000));
}

#[test]
fn a_circle_loses_its_latest_lead_and_who_referred_themselves_nothing() {
    let graph = built(&[lead(1, 0, 10), lead(2, 1, 30), lead(0, 2, 20), lead(3, 2, 40), lead(4, 4, 50)]);
    assert_eq!(graph.circles(), 2);
    let top = graph.find(id(2)).unwrap();
    assert_eq!(graph.referrer(top), None);
    let below: Vec<_> = graph.descendants(top).map(|(level, one)| (level, graph.id(one).unwrap())).collect();
    assert_eq!(below, [(1, id(0)), (1, id(3)), (2, id(1))]);
}

#[test]
fn ids_of_one_person_are_one() {
    let mut builder = Builder::default();
    [lead(1, 0, 10), lead(2, 5, 20), lead(3, 1, 30)].into_iter().for_each(|one| builder.lead(one));
    builder.revenue(id(2), euros(700));
    // 5 is 1, and 2 is 3: so 3 came by 1 first, and by 1 again.
    builder.merge(id(5), id(1));
    builder.merge(id(2), id(3));
    let graph = builder.build().unwrap();
    assert_eq!(graph.len(), 3);
    let three = graph.find(id(3)).unwrap();
    assert_eq!(graph.find(id(2)), None);
    assert_eq!((graph.since(three), graph.value_of(three, &Measure::Leads)), (Some(at(30)), 2));
    assert_eq!(graph.value_of(three, &Measure::Revenue("EUR".parse().unwrap())), 700);
}

#[test]
fn the_greatest_trees_come_first_and_equal_ones_in_order() {
    let leads = [lead(1, 0, 1), lead(11, 10, 1), lead(12, 10, 2), lead(13, 11, 3), lead(21, 20, 1), lead(22, 20, 2)];
    let graph = built(&leads);
    let named = |found: Vec<(PersonIndex, i64)>| -> Vec<_> {
        found.into_iter().map(|(one, value)| (graph.id(one).unwrap(), value)).collect()
    };
    assert_eq!(named(graph.greatest(2, &Measure::People).unwrap()), [(id(10), 4), (id(20), 3)]);
    assert_eq!(named(graph.greatest(9, &Measure::Qualified).unwrap()), [(id(10), 1), (id(20), 1), (id(0), 0)]);
    assert_eq!(graph.greatest(0, &Measure::People).unwrap(), []);
}

#[test]
fn a_sum_out_of_range_is_told() {
    let mut builder = Builder::default();
    [lead(1, 0, 1), lead(2, 0, 2)].into_iter().for_each(|one| builder.lead(one));
    builder.revenue(id(1), euros(i64::MAX));
    builder.revenue(id(2), euros(1));
    let graph = builder.clone().build().unwrap();
    let measure = Measure::Revenue("EUR".parse().unwrap());
    assert!(matches!(graph.subtree_values(&measure), Err(GraphError::OutOfRange { unit }) if unit == "EUR"));
    assert!(graph.below_person(graph.find(id(0)).unwrap()).is_err());
    builder.revenue(id(1), euros(1));
    assert!(builder.build().is_err());
}

#[test]
fn nothing_at_all_is_a_graph() {
    let graph = Builder::default().build().unwrap();
    assert!(graph.is_empty() && graph.subtree_sizes().is_empty() && graph.generations(Zone::UTC).unwrap().is_empty());
    assert_eq!((graph.depth(), graph.tops(), graph.find(id(1))), (0, 0, None));
    assert!(graph.to_svg(|id| id.to_string()).unwrap().ends_with("</svg>\n"));
    assert_eq!(graph.tree_of(PersonIndex(0)), graph.tree_of(PersonIndex(7)));
    assert_eq!(graph.descendants_by_level(PersonIndex(3)).count(), 0);
}

#[test]
fn names_are_nothing_but_text_in_every_form() {
    let graph = built(&[lead(1, 0, 10)]);
    let hostile = |_| "</text><script>alert(1)</script>\" -> x [\\N] &'\u{202e}".to_owned();
    let (dot, graphml, svg) = (graph.to_dot(hostile), graph.to_graphml(hostile), graph.to_svg(hostile).unwrap());
    assert!(dot.contains("p0 [label=\"</text><script>alert(1)</script>\\\" -> x [\\\\N] &'\u{fffd}\"];"), "{dot}");
    assert!(dot.contains("p0 -> p1;"), "{dot}");
    for xml in [&graphml, &svg] {
        assert!(xml.contains("&lt;/text&gt;&lt;script&gt;alert(1)") && !xml.contains("<script"), "{xml}");
        assert!(!xml.contains('\u{202e}'), "{xml}");
    }
    assert!(graphml.contains("<edge source=\"p0\" target=\"p1\"><data key=\"since\">2023-"), "{graphml}");
    assert!(!svg.contains("href") && !svg.contains("url("), "{svg}");
    assert_eq!((svg.matches("<rect").count(), svg.matches("<path").count()), (2, 1));
}

#[test]
fn too_many_people_are_not_drawn() {
    let leads: Vec<Lead> = (1..600).map(|number| lead(number, 0, number)).collect();
    let graph = built(&leads);
    assert!(matches!(graph.to_svg(|id| id.to_string()), Err(GraphError::TooManyToDraw { people: 600, most: 500 })));
    let graph = built(&leads[..499]);
    let svg = graph.to_svg(|id| id.to_string()).unwrap();
    assert_eq!(svg.matches("<rect").count(), 500);
}
