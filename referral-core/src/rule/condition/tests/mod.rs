//! What conditions accept, refuse and answer.

mod forms;
mod mistakes;
mod properties;
mod reference;
mod verdicts;

use super::*;
use crate::value::{Money, Timestamp};

/// The facts that are known again at each evaluation.
pub(super) struct Later<'f>(pub(super) &'f dyn Facts);

impl Facts for Later<'_> {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        let again = slot.is_open()
            || matches!(
                slot,
                Slot::OrderKind | Slot::OrderSource | Slot::OrderOccurredAt | Slot::Now | Slot::ReferralVersion
            );
        if again { self.0.get(slot) } else { None }
    }
}

/// A purchase, of which single fields can be taken away.
#[derive(Clone)]
struct Purchase {
    total: &'static str,
    country: Option<&'static str>,
    number: i64,
    tags: Vec<String>,
    is_new: bool,
    status: Option<&'static str>,
}

impl Default for Purchase {
    fn default() -> Self {
        let tags = vec!["gift".to_owned(), "spring".to_owned()];
        Self { total: "80 EUR", country: Some("DE"), number: 2, tags, is_new: true, status: Some("paid") }
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

impl Facts for Purchase {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        match slot {
            Slot::OrderTotal | Slot::OrderNet => Some(Value::Money(money(self.total))),
            Slot::OrderCountry => self.country.map(Value::Str),
            Slot::OrderNumber => Some(Value::Int(self.number)),
            // 2026-05-01 is a Friday; in Jakarta (UTC+7) it is already Saturday, 2026-05-02, 01:30.
            Slot::OrderOccurredAt => Some(Value::Time(time("2026-05-01T18:30:15.250Z"))),
            Slot::ReferralLeadAt => Some(Value::Time(time("2026-04-28T18:30:00Z"))),
            Slot::Now => Some(Value::Time(time("2026-05-02T00:00:00Z"))),
            Slot::InviteeIsNew => Some(Value::Bool(self.is_new)),
            Slot::Custom(0) => self.status.map(Value::Str),
            Slot::Custom(1) => Some(Value::Strings(&self.tags)),
            Slot::Custom(2) => Some(Value::Int(i64::MAX)),
            Slot::Custom(3) => Some(Value::Str("Asia/Jakarta")),
            Slot::Custom(4) => Some(Value::Bool(true)),
            // A host that breaks its word: the schema says money.
            Slot::OrderTax => Some(Value::Int(3)),
            _ => None,
        }
    }
}

fn custom() -> Vec<CustomField> {
    let field = |path: &str, kind| CustomField { path: path.to_owned(), kind, doc: String::new() };
    vec![
        field("order.data.status", Type::String),
        field("order.data.tags", Type::Strings),
        field("invitee.data.visits", Type::Int),
        field("order.data.zone", Type::String),
        field("referrer.data.is_member", Type::Bool),
    ]
}

fn schema() -> Schema {
    Schema::new(Root::CONVERTED, &custom()).unwrap()
}

fn condition(text: &str) -> Condition {
    Condition::parse(text, &schema()).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"))
}

fn mistakes(text: &str) -> Vec<String> {
    let mistakes = Condition::parse(text, &schema()).err().unwrap_or_else(|| panic!("`{text}` was accepted"));
    mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_rule_knows_only_what_its_trigger_brings() {
    for (roots, known, lacking) in [
        (Root::JOINED, "invitee.is_new && referral.version > 1", "order.total > money('1 EUR')"),
        (Root::SHARED, "share.number > 1 && referrer.qualified > 2 && referrer.data.is_member", "invitee.is_new"),
        (Root::QUALIFIED, "order.number > 1 && referral.version > 1", "share.channel == 'x'"),
    ] {
        let schema = Schema::new(roots, &custom()).unwrap();
        assert!(Condition::parse(known, &schema).is_ok(), "{known}");
        let mistakes = Condition::parse(lacking, &schema).unwrap_err();
        assert!(mistakes[0].problem.contains("is not known where this rule applies"), "{mistakes:?}");
    }
}

#[test]
fn custom_fields_are_declared_well_and_keep_their_slots() {
    let joined = Schema::new(Root::JOINED, &custom()).unwrap();
    assert_eq!(joined.field("invitee.data.visits").unwrap().slot, Slot::Custom(2));
    assert!(joined.field("order.data.status").is_none());
    for path in ["order.status", "order.data.", "order.data.A", "order.data.a.b", "order.data.in", "order.data.1a", "x"]
    {
        let field = CustomField { path: path.to_owned(), kind: Type::Int, doc: String::new() };
        assert!(Schema::new(Root::CONVERTED, &[field]).is_err(), "{path}");
    }
    let twice = CustomField { path: "order.data.a".to_owned(), kind: Type::Int, doc: String::new() };
    assert!(Schema::new(Root::CONVERTED, &[twice.clone(), twice]).is_err());
}

#[test]
fn size_and_depth_are_limited() {
    let nested = |depth: usize| format!("{}invitee.is_new{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Condition::parse(&nested(31), &schema()).is_ok());
    for (text, part) in [
        (nested(32), "nested"),
        (nested(8_000), "nested"),
        ("!".repeat(40) + "invitee.is_new", "nested"),
        ("!".repeat(16_000) + "invitee.is_new", "nested"),
        (format!("order.number{} > 1", " + 1".repeat(31)), "nested"),
        (format!("order.number{} > 1", " + 1".repeat(2_000)), "more than 256 parts"),
        (vec!["invitee.is_new"; 256].join(" && "), "more than 256 parts"),
        (format!("order.number in [{}]", vec!["1"; 513].join(",")), "more than 512 entries"),
        (format!("order.country == '{}'", "x".repeat(17_000)), "longer than"),
        (format!("order.country == '{}'", "\u{1}".repeat(3_000)), "longer than"),
        ("size(".repeat(3_000), "nested"),
        ("order.country.contains(".repeat(600), "nested"),
        ("[".repeat(3_000), "a list stands only after `in`"),
    ] {
        let mistakes = mistakes(&text);
        assert!(mistakes[0].contains(part), "{}: {}", &text[..40], mistakes[0]);
    }
}

#[test]
fn a_stated_condition_reads_text_and_tree_and_keeps_its_comments() {
    let text = "invitee.is_new // the point\n && order.number > 1";
    let stated: ConditionText = serde_json::from_value(serde_json::json!(text)).unwrap();
    assert_eq!(serde_json::to_value(&stated).unwrap(), serde_json::json!(text));
    let checked = stated.check(&schema()).unwrap();
    assert_eq!(checked.to_string(), "invitee.is_new && order.number > 1");
    let tree = serde_json::to_value(checked.expression()).unwrap();
    let again: ConditionText = serde_json::from_value(tree).unwrap();
    assert_eq!(again.check(&schema()).unwrap(), checked);
}
