//! What holds for every set of facts: the order in which they were told changes nothing, and what is taken back leaves
//! what was before.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;
use crate::campaign::CampaignModel;
use crate::record::{
    ConversionKey, ConversionKind, Correction, Mark, MarkKind, Moderating, Moderation, OrderFact, Progress, RefundFact,
    Said, Voiding, note_mark, note_order, note_refund, refunded_minor,
};
use crate::value::{Amount, CampaignId, CommandKey, ParticipantId, Timestamp};

const CAMPAIGN: &str = r#"
name = "spring"
link_host = "go.example.com"
waiting = "2 days"
late = "9 days"
qualification = { on = "purchase", when = "order.total >= money('20 EUR')", window = "9 days" }

[[rewards]]
id = "thanks"
to = "both"
on = "qualified"
give = { percent = "10%" }
hold = "3 days"

[[rewards]]
id = "first"
to = "referrer"
on = "purchase"
occurrence = "first"
give = { flat = "10 EUR" }

[[rewards]]
id = "second"
to = "invitee"
on = "purchase"
occurrence = { nth = 2 }
give = { percent = "50%" }
hold = "approval"

[[rewards]]
id = "each"
to = "referrer"
on = "renewal"
when = "order.number >= 2 && order.occurred_at - referral.lead_at < duration('8d')"
give = { percent = "1%", of = "order.total" }

[[rewards]]
id = "welcome"
to = "invitee"
on = "joined"
give = { units = 3, unit = "points" }
"#;

fn version() -> Compiled {
    Compiled::new(CampaignId(1), 1, CampaignModel::from_toml(CAMPAIGN).unwrap()).unwrap()
}

/// A fact of one referral, as a test tells it.
#[derive(Clone, Debug)]
enum Told {
    Lead(i64),
    Order { id: u8, at: i64, renewal: bool, total: i64, currency: &'static str, days_late: i64 },
    Refund { id: u8, refund: u8, minor: i64, cumulative: bool },
    RefundTakenBack { id: u8, refund: u8 },
    Void { id: u8, at: i64, is_void: bool },
    Correct { id: u8, at: i64, total: i64 },
    Mark { at: i64, says: MarkKind },
    Moderate { at: i64, says: Moderation },
}

fn at(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
    start.plus(chrono::TimeDelta::hours(hours))
}

/// The key of the command that tells the fact with this number. It stays the same in every order of telling.
fn command(number: usize) -> CommandKey {
    CommandKey(uuid::Uuid::from_u128(number as u128))
}

fn refund_fact(refund: u8, amount_minor: i64, cumulative: bool, taken_back: Option<Said>) -> RefundFact {
    let refund = format!("r{refund}").parse().unwrap();
    RefundFact { refund, amount_minor, currency: None, cumulative, recorded: None, taken_back }
}

fn order(id: u8, at: Timestamp, renewal: bool, (total, currency): (i64, &str), is_late: bool) -> OrderFact {
    OrderFact {
        at,
        source: "shop".parse().unwrap(),
        event: format!("o{id}").parse().unwrap(),
        converted: if renewal { ConversionKind::Renewal } else { ConversionKind::Purchase },
        currency: Some(currency.parse().unwrap()),
        total_minor: total,
        tax_minor: 0,
        shipping_minor: 0,
        refunded_minor: 0,
        is_void: false,
        is_late,
        is_over: false,
        reading: String::new(),
    }
}

#[derive(Clone, Debug, Default)]
struct Conversion {
    order: Option<OrderFact>,
    refunds: Vec<RefundFact>,
    correction: Option<Correction>,
    voiding: Option<Voiding>,
}

/// The facts of one referral as they arrive.
#[derive(Clone, Debug)]
struct Known {
    lead_at: Option<Timestamp>,
    conversions: BTreeMap<u8, Conversion>,
    marks: Vec<Mark>,
    moderation: Moderation,
    moderating: Option<Moderating>,
    orders: Vec<OrderFact>,
}

impl Known {
    fn new() -> Self {
        let (conversions, marks, orders) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { lead_at: None, conversions, marks, moderation: Moderation::Clear, moderating: None, orders }
    }

    /// Takes in what is told, as the commands do.
    fn hear(&mut self, number: usize, told: &Told, put: fn(&mut Vec<OrderFact>, OrderFact)) {
        let command = command(number);
        match told.clone() {
            Told::Lead(hours) => {
                self.lead_at = Some(self.lead_at.map_or(at(hours), |known| known.min(at(hours))));
            }
            Told::Order { id, at: hours, renewal, total, currency, days_late } => {
                let fact = order(id, at(hours), renewal, (total, currency), days_late > 9);
                self.conversions.entry(id).or_default().order.get_or_insert(fact);
                self.renew(id, put);
            }
            Told::Refund { id, refund, minor, cumulative } => {
                let fact = refund_fact(refund, minor, cumulative, None);
                note_refund(&mut self.conversions.entry(id).or_default().refunds, fact);
                self.renew(id, put);
            }
            Told::RefundTakenBack { id, refund } => {
                let said = Said { at: at(0), command, actor: None, reason: None };
                let fact = refund_fact(refund, 0, false, Some(said));
                note_refund(&mut self.conversions.entry(id).or_default().refunds, fact);
                self.renew(id, put);
            }
            Told::Void { id, at: hours, is_void } => {
                let new = Voiding { at: at(hours), command, is_void, actor: None, reason: None };
                Voiding::note(&mut self.conversions.entry(id).or_default().voiding, new);
                self.renew(id, put);
            }
            Told::Correct { id, at: hours, total } => {
                let new = Correction {
                    at: at(hours),
                    correction: format!("c{number}").parse().unwrap(),
                    currency: "EUR".parse().unwrap(),
                    total_minor: total,
                    tax_minor: 0,
                    shipping_minor: 0,
                    command,
                    actor: None,
                    reason: None,
                };
                Correction::note(&mut self.conversions.entry(id).or_default().correction, new);
                self.renew(id, put);
            }
            Told::Mark { at: hours, says } => {
                let mark = Mark { at: at(hours), command, says, actor: None, reason: None, reading: String::new() };
                note_mark(&mut self.marks, mark);
            }
            Told::Moderate { at: hours, says } => self.moderate(at(hours), command, says),
        }
    }

    fn moderate(&mut self, at: Timestamp, command: CommandKey, says: Moderation) {
        let new = Moderating { says, at, command, actor: None, reason: None };
        let later = |known: &Moderating| (known.at, known.command) < (new.at, new.command);
        if self.moderating.as_ref().is_none_or(later) {
            (self.moderation, self.moderating) = (says, Some(new));
        }
    }

    fn renew(&mut self, id: u8, put: fn(&mut Vec<OrderFact>, OrderFact)) {
        let Some(known) = self.conversions.get(&id) else { return };
        let Some(mut fact) = known.order.clone() else { return };
        fact.refunded_minor = refunded_minor(&known.refunds);
        fact.is_void = known.voiding.as_ref().is_some_and(|voiding| voiding.is_void);
        if let Some(correction) = known.correction.as_ref().filter(|found| Some(found.currency) == fact.currency) {
            fact.total_minor = correction.total_minor;
        }
        put(&mut self.orders, fact);
    }

    /// What the referral comes to, long after everything.
    fn target(&self, version: &Compiled) -> Shown {
        let facts = Facts {
            invitee: ParticipantId(uuid::Uuid::from_u128(7)),
            lead: 1,
            superseded: false,
            lead_at: self.lead_at.unwrap_or(at(24)),
            channel: None,
            reading: "",
            sealed: None,
            orders: &self.orders,
            marks: &self.marks,
            moderation: self.moderation,
        };
        let target = evaluate(version, &facts, at(24 * 365)).unwrap();
        let qualified = target.qualified.map(|found| (found.at, found.by));
        let lines = target.lines.into_iter().map(|line| {
            (line.rule, line.role, line.cause.to_string(), line.amount, line.carrier, line.held_until, line.flagged)
        });
        let late = target.late.into_iter().map(|late| (late.rule, late.role, late.amount)).collect();
        Shown { progress: target.progress, qualified, lines: lines.collect(), late }
    }
}

type ShownLine = (usize, Role, String, Amount, Option<ConversionKey>, Option<Timestamp>, bool);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    progress: Progress,
    qualified: Option<(Timestamp, Carrier)>,
    lines: Vec<ShownLine>,
    late: Vec<(usize, Role, Amount)>,
}

fn told() -> impl Strategy<Value = Told> {
    let id = 0_u8..3;
    let hours = 0_i64..400;
    prop_oneof![
        1 => (0_i64..96).prop_map(Told::Lead),
        6 => (id.clone(), hours.clone(), any::<bool>(), 0_i64..9, any::<bool>(), 0_i64..12).prop_map(
            |(id, at, renewal, total, usd, days_late)| {
                let currency = if usd { "USD" } else { "EUR" };
                Told::Order { id, at, renewal, total: total * 1_000, currency, days_late }
            }
        ),
        3 => (id.clone(), 0_u8..3, 1_i64..8, any::<bool>())
            .prop_map(|(id, refund, euros, cumulative)| Told::Refund { id, refund, minor: euros * 1_000, cumulative }),
        1 => (id.clone(), 0_u8..3).prop_map(|(id, refund)| Told::RefundTakenBack { id, refund }),
        1 => (id.clone(), hours.clone(), any::<bool>()).prop_map(|(id, at, is_void)| Told::Void { id, at, is_void }),
        1 => (id, hours.clone(), 0_i64..9).prop_map(|(id, at, total)| Told::Correct { id, at, total: total * 1_000 }),
        1 => (hours.clone(), proptest::sample::select(MarkKind::ALL)).prop_map(|(at, says)| Told::Mark { at, says }),
        1 => (hours, proptest::sample::select(Moderation::ALL)).prop_map(|(at, says)| Told::Moderate { at, says }),
    ]
}

/// Facts of which no two are one order or one refund with two contents: that is an error of the host's.
fn facts() -> impl Strategy<Value = Vec<(usize, Told)>> {
    proptest::collection::vec(told(), 1..=7).prop_map(|all| {
        let mut orders = std::collections::BTreeSet::new();
        let mut refunds = std::collections::BTreeSet::new();
        let kept = all.into_iter().filter(|told| match told {
            Told::Order { id, .. } => orders.insert(*id),
            Told::Refund { id, refund, .. } => refunds.insert((*id, *refund)),
            _ => true,
        });
        kept.enumerate().map(|(number, told)| (number + 1, told)).collect()
    })
}

fn heard(facts: &[(usize, Told)], put: fn(&mut Vec<OrderFact>, OrderFact)) -> Known {
    let mut known = Known::new();
    for (number, told) in facts {
        known.hear(*number, told, put);
    }
    known
}

/// A planted fault: orders stand in the order in which they were told.
fn put_last(orders: &mut Vec<OrderFact>, fact: OrderFact) {
    match orders.iter_mut().find(|known| known.event == fact.event) {
        Some(known) => *known = fact,
        None => orders.push(fact),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn facts_told_in_any_order_come_to_one_target(
        (facts, shuffled) in facts().prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle()))
    ) {
        let version = version();
        let (one, other) = (heard(&facts, note_order), heard(&shuffled, note_order));
        prop_assert_eq!(one.target(&version), other.target(&version));
    }

    #[test]
    fn a_refund_and_its_taking_back_are_nothing(facts in facts(), minor in 1_i64..9_000, cumulative in any::<bool>()) {
        let version = version();
        let mut known = heard(&facts, note_order);
        let before = known.target(&version);
        known.hear(90, &Told::Refund { id: 0, refund: 9, minor, cumulative }, note_order);
        known.hear(91, &Told::RefundTakenBack { id: 0, refund: 9 }, note_order);
        prop_assert_eq!(known.target(&version), before);
    }

    #[test]
    fn an_order_and_its_void_earn_nothing_and_may_leave_reverted(facts in facts(), hours in 0_i64..400) {
        let version = version();
        let mut known = heard(&facts, note_order);
        let before = known.target(&version);
        let order = Told::Order { id: 9, at: hours, renewal: false, total: 5_000, currency: "EUR", days_late: 0 };
        known.hear(90, &order, note_order);
        known.hear(91, &Told::Void { id: 9, at: 500, is_void: true }, note_order);
        let after = known.target(&version);
        prop_assert_eq!((&after.lines, &after.late, &after.qualified), (&before.lines, &before.late, &before.qualified));
        prop_assert!(after.progress == before.progress || after.progress == Progress::Reverted);
        known.hear(92, &Told::Void { id: 9, at: 501, is_void: false }, note_order);
        let mut without = heard(&facts, note_order);
        without.hear(90, &order, note_order);
        prop_assert_eq!(known.target(&version), without.target(&version));
    }

    #[test]
    fn a_flag_holds_every_line_and_changes_no_amount(facts in facts()) {
        let version = version();
        let mut known = heard(&facts, note_order);
        known.hear(90, &Told::Moderate { at: 500, says: Moderation::Clear }, note_order);
        let clear = known.target(&version);
        known.hear(91, &Told::Moderate { at: 501, says: Moderation::Flagged }, note_order);
        let flagged = known.target(&version);
        prop_assert!(flagged.lines.iter().all(|line| line.6));
        let amounts = |shown: &Shown| {
            shown.lines.iter().map(|line| (line.0, line.1, line.2.clone(), line.3.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(amounts(&flagged), amounts(&clear));
        known.hear(92, &Told::Moderate { at: 502, says: Moderation::Denied }, note_order);
        prop_assert!(known.target(&version).lines.is_empty());
        known.hear(93, &Told::Moderate { at: 503, says: Moderation::Clear }, note_order);
        prop_assert_eq!(known.target(&version), clear);
    }
}

/// The control: where orders stand as they were told, some order of telling comes to something else.
#[test]
fn a_planted_dependence_on_the_order_of_telling_is_found() {
    let version = version();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let found = (0..512).any(|_| {
        let facts = facts().new_tree(&mut runner).unwrap().current();
        let mut turned = facts.clone();
        turned.reverse();
        heard(&facts, put_last).target(&version) != heard(&turned, put_last).target(&version)
    });
    assert!(found, "the properties above cannot fail");
}

#[test]
fn of_two_orders_the_earlier_carries_whichever_was_told_first() {
    let version = version();
    let order = |id, at, total| Told::Order { id, at, renewal: false, total, currency: "EUR", days_late: 0 };
    let facts = [(1, Told::Lead(24)), (2, order(1, 30, 10_000)), (3, order(2, 50, 5_000))];
    for facts in [[0, 1, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0]].map(|order| order.map(|index| facts[index].clone())) {
        let shown = heard(&facts, note_order).target(&version);
        let thanks = shown.lines.iter().find(|line| line.0 == 0).unwrap();
        assert_eq!(thanks.3.to_string(), "10.00 EUR");
        assert_eq!(shown.qualified.unwrap().0, at(30));
    }
}

#[test]
fn orders_before_and_after_the_window_and_late_ones_earn_as_the_law_says() {
    let version = version();
    let order = |at, days_late| Told::Order { id: 1, at, renewal: false, total: 3_000, currency: "EUR", days_late };
    // The lead is at hour 100: orders count from hour 52, and until hour 316.
    for (hours, late, earns) in
        [(51, 0, false), (52, 0, true), (315, 0, true), (316, 0, false), (200, 9, true), (200, 10, false)]
    {
        let shown = heard(&[(1, Told::Lead(100)), (2, order(hours, late))], note_order).target(&version);
        assert_eq!(shown.lines.iter().any(|line| line.0 == 1), earns, "hour {hours}, told {late} days later");
        assert_eq!(!shown.late.is_empty(), late == 10, "hour {hours}, told {late} days later");
    }
}
