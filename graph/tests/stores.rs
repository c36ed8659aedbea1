//! The graph as it is read from stores, beside the questions, the totals and the records themselves.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use referral_graph::{Graph, GraphError, Measure, PersonIndex, WithRewards, timeline};
use referral_sqlite::SqliteStore;
use referrals::command::{AnyCommand, DefineCampaign, Outcome, Who};
use referrals::record::{Kind, Record};
use referrals::report::{AncestorsEnd, FindParticipant, PageOf, ShowDescendants, Unexplained};
use referrals::store::{Listing, MemoryStore, Store};
use referrals::value::{CampaignSlug, ParticipantId, TenantId, Timestamp};
use referrals::{KeyState, Keyring, ManualClock, Referrals, Secret};
use serde_json::{Value, json};

fn keyring() -> Keyring {
    let keyring = Keyring::builder().link_key(1, Secret::new([1; 32]), KeyState::Active);
    keyring.alias_key(Secret::new([2; 32])).lookup_key(Secret::new([3; 32])).build().unwrap()
}

fn spring() -> CampaignSlug {
    "spring".parse().unwrap()
}

fn who(name: &str) -> Who {
    Who::Host(name.parse().unwrap())
}

struct Program {
    referrals: Referrals,
    clock: ManualClock,
    now: Timestamp,
}

impl Program {
    fn over(store: Arc<dyn Store>) -> Self {
        let now: Timestamp = "2026-05-01T09:00:00Z".parse().unwrap();
        let clock = ManualClock::at(now);
        let builder = Referrals::builder(keyring()).clock(clock.clone());
        let program = Self { referrals: builder.over(store).unwrap(), clock, now };
        let definition = json!({
            "name": "spring", "link_host": "go.shop.example",
            "qualification": {"on": "purchase", "window": "10 days"},
            "rewards": [{"id": "thanks", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}}],
        });
        let definition = serde_json::from_value(definition).unwrap();
        program.referrals.execute(DefineCampaign { definition }).unwrap();
        program
    }

    fn wait(&mut self, hours: i64) {
        self.now = Timestamp::from_micros(self.now.as_micros() + hours * 3_600_000_000).unwrap();
        self.clock.set(self.now);
    }

    /// Executes a command; whether it was accepted.
    fn run(&self, command: Value) -> bool {
        let command: AnyCommand = serde_json::from_value(command).unwrap();
        let receipts = self.referrals.execute_all([command]).unwrap();
        receipts.iter().flatten().all(|receipt| matches!(receipt.outcome, Outcome::Accepted(_)))
    }

    fn enrol(&self, name: &str) {
        self.run(json!({"enrol": {"campaign": "spring", "person": {"host_id": name}}}));
    }

    fn lead(&self, name: &str, referrer: &str) -> bool {
        self.run(json!({"record_lead": {
            "campaign": "spring", "person": {"host_id": name}, "evidence": {"referrer": {"host": referrer}},
        }}))
    }

    fn buy(&self, name: &str, order: &str, total: &str) -> bool {
        self.run(json!({"record_conversion": {
            "source": "shop", "event": order, "kind": "purchase", "person": {"host_id": name}, "total": total,
        }}))
    }

    fn graph(&self) -> Graph {
        Graph::read(&self.referrals, &spring(), WithRewards::Yes).unwrap()
    }

    fn id(&self, name: &str) -> Option<ParticipantId> {
        self.referrals.ask(FindParticipant { participant: who(name) }).unwrap().participant
    }
}

/// What may happen in a program.
#[derive(Clone, Debug)]
enum Step {
    Lead(u8, u8),
    Buy(u8, u16),
    Refund(u8),
    Deny(u8),
    Merge(u8, u8),
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u8..9, 0_u8..9).prop_map(|(invitee, referrer)| Step::Lead(invitee, referrer)),
        3 => (0_u8..9, 10_u16..200).prop_map(|(person, total)| Step::Buy(person, total)),
        1 => (0_u8..9).prop_map(Step::Refund),
        1 => (0_u8..9).prop_map(Step::Deny),
        1 => (0_u8..9, 0_u8..9).prop_map(|(one, other)| Step::Merge(one, other)),
        1 => Just(Step::Wait),
    ]
}

fn played(store: Arc<dyn Store>, steps: &[Step]) -> Program {
    let mut program = Program::over(store);
    (0..9).for_each(|number| program.enrol(&format!("p{number}")));
    let mut orders = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        program.wait(1);
        match step {
            Step::Lead(invitee, referrer) => {
                program.lead(&format!("p{invitee}"), &format!("p{referrer}"));
            }
            Step::Buy(person, total) => {
                let order = format!("order-{number}");
                program.buy(&format!("p{person}"), &order, &format!("{total} EUR"));
                orders.insert(*person, order);
            }
            Step::Refund(person) => {
                let Some(order) = orders.get(person) else { continue };
                program.run(json!({"record_refund": {
                    "source": "shop", "event": order, "refund": format!("refund-{number}"), "amount": {"amount": "5 EUR"},
                }}));
            }
            Step::Deny(person) => {
                let invitee = json!({"host": format!("p{person}")});
                program.run(json!({"moderate": {"campaign": "spring", "invitee": invitee, "moderation": "denied"}}));
            }
            Step::Merge(one, other) => {
                let (one, other) = (json!({"host": format!("p{one}")}), json!({"host": format!("p{other}")}));
                program.run(json!({"merge_people": {"one": one, "other": other}}));
            }
            Step::Wait => {
                program.wait(11 * 24);
                program.referrals.settle().unwrap();
            }
        }
    }
    program
}

/// The graph says what the questions say of each person, and what the totals say of all.
fn agrees(program: &Program) {
    let graph = program.graph();
    assert_eq!(graph.circles(), 0);
    let people: std::collections::BTreeSet<_> = (0..9).filter_map(|number| program.id(&format!("p{number}"))).collect();
    for id in people {
        let who = Who::Id(id);
        let tree = program.referrals.tree(&spring(), &who).unwrap();
        let line = program.referrals.ancestors(&spring(), &who).unwrap();
        assert!(tree.is_whole && line.end == AncestorsEnd::First);
        let Some(person) = graph.find(id) else {
            assert_eq!((tree.people, line.ancestors.len()), (0, 0));
            continue;
        };
        let sum = graph.below_person(person).unwrap().unwrap();
        let found = (tree.people, tree.value.leads, tree.value.qualified, tree.levels.len());
        assert_eq!(found, (sum.people, sum.leads as u32, sum.qualified as u32, sum.levels as usize));
        let nonzero = |amounts: &BTreeMap<String, i64>| {
            amounts
                .iter()
                .filter(|(_, amount)| **amount != 0)
                .map(|(unit, amount)| (unit.clone(), *amount))
                .collect::<Vec<_>>()
        };
        assert_eq!(nonzero(&tree.value.revenue), nonzero(&sum.revenue));
        assert_eq!(nonzero(&tree.value.rewards), nonzero(&sum.rewards));
        let above: Vec<_> = graph.ancestors(person).filter_map(|one| graph.id(one)).collect();
        assert_eq!(line.ancestors.iter().map(|one| one.participant).collect::<Vec<_>>(), above);
        let mut listed = Vec::new();
        let mut page = PageOf { after: None, limit: 3 };
        loop {
            let asked =
                ShowDescendants { campaign: spring(), participant: who.clone(), level: None, page: page.clone() };
            let found = program.referrals.ask(asked).unwrap();
            listed.extend(found.descendants.into_iter().map(|one| (one.participant, one.level)));
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        let mut below: Vec<_> = graph.descendants(person).map(|(level, one)| (graph.id(one).unwrap(), level)).collect();
        listed.sort_unstable();
        below.sort_unstable();
        assert_eq!(listed, below);
    }
    let funnel =
        program.referrals.funnel(&spring(), "2026-05-01".parse().unwrap(), "2028-05-01".parse().unwrap()).unwrap();
    assert_eq!(graph.sum(&Measure::Leads).unwrap(), funnel.total.leads);
    assert_eq!(graph.sum(&Measure::Qualified).unwrap(), funnel.total.qualified);
    let euro = Measure::Revenue("EUR".parse().unwrap());
    assert_eq!(graph.sum(&euro).unwrap(), funnel.total.revenue.get("EUR").copied().unwrap_or_default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_graph_agrees_with_the_questions_and_the_totals(steps in prop::collection::vec(step(), 1..40)) {
        agrees(&played(Arc::new(MemoryStore::new()), &steps));
    }

    #[test]
    fn it_is_the_same_on_sqlite(steps in prop::collection::vec(step(), 1..25)) {
        let program = played(Arc::new(SqliteStore::in_memory().unwrap()), &steps);
        agrees(&program);
    }
}

#[test]
fn the_records_of_a_campaign_alone_are_read_and_an_unknown_one_is_told() {
    let program = played(Arc::new(MemoryStore::new()), &[Step::Lead(1, 0), Step::Lead(2, 1), Step::Buy(1, 80)]);
    let other = json!({"name": "summer", "link_host": "go.shop.example"});
    program.referrals.execute(DefineCampaign { definition: serde_json::from_value(other).unwrap() }).unwrap();
    program.run(json!({"enrol": {"campaign": "summer", "person": {"host_id": "p5"}}}));
    assert!(program.run(json!({"record_lead": {
        "campaign": "summer", "person": {"host_id": "p6"}, "evidence": {"referrer": {"host": "p5"}},
    }})));
    let summer = Graph::read(&program.referrals, &"summer".parse().unwrap(), WithRewards::Yes).unwrap();
    assert_eq!((summer.len(), program.graph().len()), (2, 3));
    assert_eq!(program.graph().units().collect::<Vec<_>>(), ["EUR"]);
    let without = Graph::read(&program.referrals, &spring(), WithRewards::No).unwrap();
    assert_eq!(without.units().count(), 0);
    let unknown = Graph::read(&program.referrals, &"winter".parse().unwrap(), WithRewards::No);
    assert!(matches!(unknown, Err(GraphError::Read(error)) if error.code() == "not_found"));
}

#[test]
fn orders_that_a_referral_has_sealed_count_too() {
    let mut program = played(Arc::new(MemoryStore::new()), &[Step::Lead(1, 0)]);
    for number in 0..300 {
        program.wait(0);
        assert!(program.buy("p1", &format!("o-{number}"), "10 EUR"));
    }
    let graph = program.graph();
    assert_eq!(graph.sum(&Measure::Revenue("EUR".parse().unwrap())).unwrap(), 300_000);
    let tree = program.referrals.tree(&spring(), &who("p0")).unwrap();
    assert_eq!(tree.value.revenue["EUR"], 300_000);
}

#[test]
fn one_referral_is_drawn_on_a_line_of_time() {
    let mut program = played(Arc::new(MemoryStore::new()), &[Step::Lead(1, 0)]);
    program.buy("p1", "order-1", "80 EUR");
    program.wait(50);
    program.run(json!({"record_refund": {
        "source": "shop", "event": "order-1", "refund": "refund-1", "amount": {"amount": "20 EUR"},
    }}));
    program.run(json!({"moderate": {
        "campaign": "spring", "invitee": {"host": "p1"}, "moderation": "flagged", "actor": "</text><script>",
    }}));
    let referral = program.referrals.referral(&spring(), &who("p1")).unwrap();
    let what = Unexplained::Referral { campaign: spring(), invitee: who("p1"), lead: None };
    let svg = timeline(&referral, &program.referrals.explain(what).unwrap());
    for text in [
        "became a lead: named by referrer",
        "purchase shop/order-1: 80.00 EUR",
        "refund refund-1 of order shop/order-1",
        "grant: 8.00 EUR under rule thanks",
        "adjust: 2.00 EUR",
        "qualified by order shop/order-1",
        "&lt;script&gt;",
        "+2 d",
    ] {
        assert!(svg.contains(text), "{text} in {svg}");
    }
    assert!(!svg.contains("<script") && !svg.contains("href") && !svg.contains("url("), "{svg}");
    // Rows follow one another, and none lies on the one before.
    let rows: Vec<u32> = svg
        .lines()
        .filter_map(|line| {
            line.split("cy=\"").nth(1).and_then(|rest| rest.split('"').next()).map(|y| y.parse().unwrap())
        })
        .collect();
    assert!(rows.len() >= 6 && rows.windows(2).all(|two| two[1] == two[0] + 30), "{rows:?}");
    assert_eq!(svg.matches("<g>").count(), rows.len());
}

#[test]
fn what_the_listings_hold_is_what_the_graph_reads() {
    let store = Arc::new(MemoryStore::new());
    let program = played(Arc::<MemoryStore>::clone(&store), &[Step::Lead(1, 0), Step::Lead(2, 0)]);
    let rows = store.list(&TenantId::default(), &Listing::All(Kind::Referral).first(10)).unwrap().rows;
    let graph = program.graph();
    for stored in rows {
        let Record::Referral(referral) = stored.record else { panic!() };
        let person = graph.find(referral.invitee).unwrap();
        assert_eq!(graph.since(person), Some(referral.lead_at));
        assert_eq!(graph.referrer(person).and_then(|above| graph.id(above)), Some(referral.referrer));
    }
    assert_eq!(graph.referred(PersonIndex(0)).len(), 2);
}
