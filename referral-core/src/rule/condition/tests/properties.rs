//! What holds for every condition: forms are lossless, the program agrees with a naive reading, nothing panics.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::check;
use super::super::expression::{Clock, Comparison, Match, Op};
use super::super::{logic, program};
use super::forms::fits_schema;
use super::reference::{Answer, answer};
use super::*;

fn node(op: Op, parts: Vec<Expression>) -> Expression {
    match op {
        Op::All | Op::Any => Expression::joined(op, parts, Span::default()),
        op => Expression::new(op, parts, Span::default()),
    }
}

fn leaf(op: Op) -> Expression {
    node(op, vec![])
}

/// A tree cut back to fewer than the greatest depth and number of nodes.
fn within_limits(tree: &Expression) -> bool {
    fn nodes(tree: &Expression) -> usize {
        1 + tree.parts.iter().map(nodes).sum::<usize>()
    }
    tree.depth() <= MAX_DEPTH && nodes(tree) <= MAX_NODES
}

fn comparisons() -> impl Strategy<Value = Comparison> {
    proptest::sample::select(Comparison::ALL.to_vec())
}

fn clocks() -> impl Strategy<Value = Clock> {
    proptest::sample::select(Clock::ALL.map(|(clock, ..)| clock).to_vec())
}

fn matches() -> impl Strategy<Value = Match> {
    proptest::sample::select(Match::ALL.to_vec())
}

fn moneys() -> impl Strategy<Value = Money> {
    (-3_i64..10_000, proptest::sample::select(vec!["EUR", "USD", "JPY"]))
        .prop_map(|(minor, currency)| Money { minor, currency: currency.parse().unwrap() })
}

fn times() -> impl Strategy<Value = Timestamp> {
    let micros = prop_oneof![
        0..Timestamp::LAST.as_micros(),
        1_700_000_000_000_000_i64..1_800_000_000_000_000,
        Just(Timestamp::LAST.as_micros())
    ];
    micros.prop_map(|micros| Timestamp::from_micros(micros).unwrap())
}

fn ints() -> impl Strategy<Value = i64> {
    prop_oneof![-3_i64..8, any::<i64>(), Just(i64::MIN), Just(i64::MAX)]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,3}", any::<String>().prop_map(|text| text.chars().take(20).collect())]
}

fn constants() -> impl Strategy<Value = Expression> {
    prop_oneof![
        any::<bool>().prop_map(Op::Bool),
        ints().prop_map(Op::Int),
        texts().prop_map(Op::Text),
        moneys().prop_map(Op::Money),
        times().prop_map(Op::Time),
        (-400_000_000_000_i64..400_000_000_000)
            .prop_map(|micros| Op::Duration(super::super::duration::Duration(micros))),
    ]
    .prop_map(leaf)
}

/// Any tree in normal form, typed or not.
fn trees() -> impl Strategy<Value = Expression> {
    let field = "[a-z_][a-zA-Z0-9_]{0,4}(\\.[a-z_][a-z0-9_]{0,4}){0,2}"
        .prop_filter("reserved", |path: &String| !path.split('.').any(super::super::lexer::is_reserved));
    let leaves = prop_oneof![
        constants(),
        field.clone().prop_map(|path| leaf(Op::Field(path))),
        field.clone().prop_map(|path| leaf(Op::Has(path))),
    ];
    let inner = leaves.prop_recursive(6, 60, 4, move |inner| {
        let two = (inner.clone(), inner.clone());
        let right = prop_oneof![
            proptest::collection::vec(constants(), 0..4).prop_map(|entries| node(Op::List, entries)),
            field.clone().prop_map(|path| leaf(Op::Field(path))),
        ];
        prop_oneof![
            (any::<bool>(), proptest::collection::vec(inner.clone(), 2..4))
                .prop_map(|(all, parts)| node(if all { Op::All } else { Op::Any }, parts)),
            inner.clone().prop_map(|part| node(Op::Not, vec![part])),
            inner.clone().prop_map(|part| node(Op::Size, vec![part])),
            (comparisons(), two.clone()).prop_map(|(how, (left, right))| node(Op::Compare(how), vec![left, right])),
            two.clone().prop_map(|(left, right)| node(Op::Add, vec![left, right])),
            two.clone().prop_map(|(left, right)| node(Op::Subtract, vec![left, right])),
            (matches(), two.clone()).prop_map(|(how, (left, right))| node(Op::Match(how), vec![left, right])),
            (inner.clone(), right).prop_map(|(left, right)| node(Op::In, vec![left, right])),
            (clocks(), inner.clone()).prop_map(|(clock, time)| node(Op::Clock(clock), vec![time])),
            (clocks(), inner, prop_oneof![texts().prop_map(Op::Text), field.clone().prop_map(Op::Field)])
                .prop_map(|(clock, time, zone)| node(Op::Clock(clock), vec![time, leaf(zone)])),
        ]
    });
    inner.prop_filter("limits", within_limits)
}

fn fields(of: &'static [&'static str]) -> impl Strategy<Value = Expression> {
    proptest::sample::select(of).prop_map(|path| leaf(Op::Field(path.to_owned())))
}

fn numbers() -> impl Strategy<Value = Expression> {
    let leaves = prop_oneof![
        ints().prop_map(|value| leaf(Op::Int(value))),
        fields(&["order.number", "invitee.data.visits", "share.number"]),
        strings().prop_map(|text| node(Op::Size, vec![text])),
        Just(node(Op::Size, vec![leaf(Op::Field("order.data.tags".to_owned()))])),
        (
            clocks(),
            instants(),
            proptest::option::of(prop_oneof![
                proptest::sample::select(vec!["Asia/Jakarta", "America/New_York"])
                    .prop_map(|zone| leaf(Op::Text(zone.to_owned()))),
                fields(&["order.data.zone", "order.country"]),
            ])
        )
            .prop_map(|(clock, time, zone)| { node(Op::Clock(clock), std::iter::once(time).chain(zone).collect()) }),
    ];
    leaves.prop_recursive(2, 6, 2, |inner| {
        (any::<bool>(), inner.clone(), inner)
            .prop_map(|(add, left, right)| node(if add { Op::Add } else { Op::Subtract }, vec![left, right]))
    })
}

fn strings() -> impl Strategy<Value = Expression> {
    prop_oneof![
        texts().prop_map(|text| leaf(Op::Text(text))),
        fields(&["order.country", "order.coupon", "order.data.status"]),
    ]
}

fn lengths() -> impl Strategy<Value = Expression> {
    prop_oneof![
        prop_oneof![-100_000_000_i64..100_000_000, Just(300_000_000_000_000_000)]
            .prop_map(|micros| leaf(Op::Duration(super::super::duration::Duration(micros)))),
        Just(node(Op::Subtract, vec![leaf(Op::Field("now".into())), leaf(Op::Field("referral.lead_at".into()))])),
    ]
}

fn instants() -> impl Strategy<Value = Expression> {
    let plain = prop_oneof![
        times().prop_map(|time| leaf(Op::Time(time))),
        fields(&["now", "order.occurred_at", "referral.clicked_at"])
    ];
    prop_oneof![
        3 => plain.clone(),
        1 => (any::<bool>(), plain, lengths())
            .prop_map(|(add, time, length)| node(if add { Op::Add } else { Op::Subtract }, vec![time, length])),
    ]
}

fn amounts() -> impl Strategy<Value = Expression> {
    prop_oneof![moneys().prop_map(|money| leaf(Op::Money(money))), fields(&["order.total", "order.net"])]
}

fn listed(op: impl Strategy<Value = Op>) -> impl Strategy<Value = Expression> {
    proptest::collection::vec(op.prop_map(leaf), 1..5).prop_map(|entries| node(Op::List, entries))
}

/// Conditions that are typed as the check asks.
fn typed() -> impl Strategy<Value = Expression> {
    let both = |left: Expression, right: Expression| vec![left, right];
    let leaves = prop_oneof![
        any::<bool>().prop_map(|value| leaf(Op::Bool(value))),
        fields(&["invitee.is_new", "referrer.is_active"]),
        proptest::sample::select(vec!["order.country", "order.total"]).prop_map(|path| leaf(Op::Has(path.to_owned()))),
        (comparisons(), numbers(), numbers()).prop_map(move |(how, a, b)| node(Op::Compare(how), both(a, b))),
        (comparisons(), strings(), strings()).prop_map(move |(how, a, b)| node(Op::Compare(how), both(a, b))),
        (comparisons(), instants(), instants()).prop_map(move |(how, a, b)| node(Op::Compare(how), both(a, b))),
        (comparisons(), lengths(), lengths()).prop_map(move |(how, a, b)| node(Op::Compare(how), both(a, b))),
        (comparisons(), amounts(), amounts()).prop_map(move |(how, a, b)| node(Op::Compare(how), both(a, b))),
        (matches(), strings(), strings()).prop_map(move |(how, a, b)| node(Op::Match(how), both(a, b))),
        (numbers(), listed(ints().prop_map(Op::Int))).prop_map(move |(a, b)| node(Op::In, both(a, b))),
        (strings(), listed(texts().prop_map(Op::Text))).prop_map(move |(a, b)| node(Op::In, both(a, b))),
        (amounts(), listed(moneys().prop_map(Op::Money))).prop_map(move |(a, b)| node(Op::In, both(a, b))),
        (instants(), listed(times().prop_map(Op::Time))).prop_map(move |(a, b)| node(Op::In, both(a, b))),
        strings().prop_map(move |text| node(Op::In, both(text, leaf(Op::Field("order.data.tags".to_owned()))))),
    ];
    let inner = leaves.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            3 => (any::<bool>(), proptest::collection::vec(inner.clone(), 2..5))
                .prop_map(|(all, parts)| node(if all { Op::All } else { Op::Any }, parts)),
            1 => inner.clone().prop_map(|part| node(Op::Not, vec![part])),
            1 => (any::<bool>(), inner.clone(), inner).prop_map(move |(equal, a, b)| {
                node(Op::Compare(if equal { Comparison::Equal } else { Comparison::Unequal }), both(a, b))
            }),
        ]
    });
    inner.prop_filter("limits", within_limits)
}

#[derive(Clone, Debug)]
enum Owned {
    Bool(bool),
    Int(i64),
    Str(String),
    Strings(Vec<String>),
    Money(Money),
    Time(Timestamp),
}

/// Facts by path. Some are missing, a few are of the wrong type.
#[derive(Debug)]
struct Random {
    schema: Schema,
    values: HashMap<String, Owned>,
}

impl Facts for Random {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        let field = self.schema.fields().iter().find(|field| field.slot == slot)?;
        Some(match self.values.get(&field.path)? {
            Owned::Bool(value) => Value::Bool(*value),
            Owned::Int(value) => Value::Int(*value),
            Owned::Str(text) => Value::Str(text),
            Owned::Strings(texts) => Value::Strings(texts),
            Owned::Money(money) => Value::Money(*money),
            Owned::Time(time) => Value::Time(*time),
        })
    }
}

fn every_root() -> Schema {
    let roots = [Root::Order, Root::Invitee, Root::Referrer, Root::Referral, Root::Share, Root::Now];
    Schema::new(&roots, &custom()).unwrap()
}

fn value_of(field: &Field) -> BoxedStrategy<Owned> {
    let zones = proptest::sample::select(vec!["Asia/Makassar", "Europe/Paris", "Mars/Base"]);
    let own = match field.kind {
        Type::String if field.path == "order.data.zone" => zones.prop_map(|zone| Owned::Str(zone.to_owned())).boxed(),
        Type::Bool => any::<bool>().prop_map(Owned::Bool).boxed(),
        Type::Int => ints().prop_map(Owned::Int).boxed(),
        Type::String => texts().prop_map(Owned::Str).boxed(),
        Type::Strings => proptest::collection::vec(texts(), 0..3).prop_map(Owned::Strings).boxed(),
        Type::Money => moneys().prop_map(Owned::Money).boxed(),
        Type::Time => times().prop_map(Owned::Time).boxed(),
    };
    prop_oneof![30 => own, 1 => any::<bool>().prop_map(Owned::Bool), 1 => ints().prop_map(Owned::Int)].boxed()
}

fn facts() -> impl Strategy<Value = Random> {
    let schema = every_root();
    let values: Vec<_> =
        schema.fields().iter().map(|field| proptest::option::weighted(0.85, value_of(field))).collect();
    values.prop_map(move |values| {
        let paths = schema.fields().iter().map(|field| field.path.clone());
        let values = paths.zip(values).filter_map(|(path, value)| Some((path, value?))).collect();
        Random { schema: schema.clone(), values }
    })
}

/// Compiled without asking whether it makes sense: impossible conditions, too, must agree with the reference.
fn compiled(expression: &Expression, schema: &Schema) -> Condition {
    let program = program::compile(expression, schema).unwrap();
    let halves = program::halves(expression, schema).unwrap();
    let mixed = reading::mixed(expression, schema).map(str::to_owned);
    Condition { expression: expression.clone(), program, halves, mixed, warnings: vec![] }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_tree_survives_text_and_json(tree in trees()) {
        let text = tree.to_string();
        prop_assert_eq!(&text.parse::<Expression>().map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?, &tree);
        let json = serde_json::to_string(&tree).unwrap();
        let again: Expression = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&again, &tree);
        prop_assert_eq!(again.to_string(), text);
        prop_assert!(fits_schema(&serde_json::from_str(&json).unwrap()), "{}", json);
    }

    #[test]
    fn the_program_agrees_with_the_reference(expression in typed(), facts in facts()) {
        let schema = every_root();
        // Money constants of two currencies are refused; all else that is generated is well typed.
        let faults = check::check(&expression, &schema);
        prop_assert!(faults.iter().all(|fault| fault.problem.contains("cannot be compared")), "{:?}", faults);
        let condition = compiled(&expression, &schema);
        let found = Answer::from(condition.evaluate(&facts));
        prop_assert_eq!(found, answer(&expression, &facts, &schema), "{}", expression);
    }

    #[test]
    fn what_is_read_once_and_judged_later_agrees_with_one_evaluation(expression in typed(), facts in facts()) {
        let condition = compiled(&expression, &every_root());
        prop_assume!(condition.mixed().is_none());
        let mut reading = String::new();
        condition.read(&facts, &mut reading);
        prop_assert_eq!(reading.len(), condition.told_parts());
        // Later, what was read once is out of reach.
        let later = Later(&facts);
        let kind = |verdict: Verdict<'_>| match verdict {
            Verdict::Holds => "holds",
            Verdict::Fails { .. } => "fails",
            Verdict::Unknown { problem, .. } => problem.code(),
        };
        let (found, expected) = (condition.judge(&later, &reading), condition.evaluate(&facts));
        prop_assert_eq!(kind(found), kind(expected), "{}", expression);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = Condition::parse(&text, &schema());
    }

    #[test]
    fn no_row_of_tokens_makes_the_parser_panic(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "order.total", "order.number", "invitee.is_new", "now", ".", "(", ")", "[", "]", ",", "&&", "||", "!", "-",
            "+", "==", "<", ">=", "in", "5", "9223372036854775808", "'DE'", "'5 EUR'", "money(", "has(", "size(",
            ".getHours(", ".startsWith(", "duration('1h')", "timestamp(", "true", "// x", "\n", "'", "\"", "é",
        ]), 0..40)
    ) {
        let text = words.join(" ");
        if let Ok(condition) = Condition::parse(&text, &schema()) {
            let again = Condition::parse(&condition.to_string(), &schema()).unwrap();
            prop_assert_eq!(again.expression(), condition.expression());
            let _ = condition.evaluate(&Purchase::default());
        }
    }

    #[test]
    fn contradictions_and_needless_parts_are_those_that_brute_force_finds(
        asks in proptest::collection::vec((comparisons(), 0_i64..6, any::<bool>()), 1..6),
        several in proptest::option::of(proptest::collection::vec(0_i64..6, 1..4)),
    ) {
        let schema = every_root();
        let parts = conjuncts(asks, several);
        let findings = logic::examine(&node(Op::All, parts.clone()), &schema);
        let all = solutions(&parts, &schema);
        prop_assert_eq!(all.is_empty(), !findings.faults.is_empty(), "{:?}", findings);
        if all.is_empty() {
            return Ok(());
        }
        let warned = |part: &Expression| findings.warnings.iter().any(|warning| warning.span == part.span);
        let kept: Vec<_> = parts.into_iter().filter(|part| !warned(part)).collect();
        prop_assert_eq!(solutions(&kept, &schema), all, "{:?}", findings);
        for index in 0..kept.len() {
            let mut fewer = kept.clone();
            fewer.remove(index);
            prop_assert!(solutions(&fewer, &schema) != solutions(&kept, &schema), "`{}` is needless", kept[index]);
        }
    }
}

const VISITS: &str = "invitee.data.visits";

/// Comparisons of one field with small numbers. The span of each is its place in the row.
fn conjuncts(asks: Vec<(Comparison, i64, bool)>, several: Option<Vec<i64>>) -> Vec<Expression> {
    let field = || leaf(Op::Field(VISITS.to_owned()));
    let int = |value| leaf(Op::Int(value));
    let list = several.map(|values| {
        // Twice the same entry would be a finding of its own.
        let values: std::collections::BTreeSet<_> = values.into_iter().collect();
        (Op::In, node(Op::List, values.into_iter().map(int).collect()), false)
    });
    let asks = asks.into_iter().map(|(how, value, turned)| (Op::Compare(how), int(value), turned));
    let place = |(index, (op, right, turned))| {
        let span = Span::new(index, index + 1);
        let part = Expression::new(op, vec![field(), right], span);
        if turned { Expression::new(Op::Not, vec![part], span) } else { part }
    };
    asks.chain(list).enumerate().map(place).collect()
}

/// The small numbers for which all of `parts` hold.
fn solutions(parts: &[Expression], schema: &Schema) -> Vec<i64> {
    let programs: Vec<_> = parts.iter().map(|part| compiled(part, schema)).collect();
    let holds = |visits: &i64| {
        let values = HashMap::from([(VISITS.to_owned(), Owned::Int(*visits))]);
        let facts = Random { schema: schema.clone(), values };
        programs.iter().all(|program| program.evaluate(&facts) == Verdict::Holds)
    };
    (-2..9).filter(holds).collect()
}
