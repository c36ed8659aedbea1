//! Evaluating a condition touches no allocator, whatever it answers.

use referral_core::rule::condition::{Condition, CustomField, Facts, Root, Schema, Slot, Type, Value, Verdict};
use referral_core::value::{Money, Timestamp};

struct Order {
    total: Money,
    at: Timestamp,
    tags: Vec<String>,
}

impl Facts for Order {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        match slot {
            Slot::OrderTotal => Some(Value::Money(self.total)),
            Slot::OrderCountry => Some(Value::Str("DE")),
            Slot::OrderNumber => Some(Value::Int(3)),
            Slot::OrderOccurredAt | Slot::Now => Some(Value::Time(self.at)),
            Slot::InviteeIsNew => Some(Value::Bool(true)),
            Slot::Custom(0) => Some(Value::Strings(&self.tags)),
            Slot::Custom(1) => Some(Value::Str("Asia/Makassar")),
            _ => None,
        }
    }
}

const CASES: [(&str, bool); 9] = [
    ("order.occurred_at.getMonth(order.data.zone) == 4 && now.getHours(order.country) == 1", false),
    ("order.total >= money('50 EUR') && invitee.is_new && order.country in ['DE', 'FR', 'IT', 'ES']", true),
    ("order.total >= money('50 USD') || order.coupon == 'x'", false),
    ("!(order.country.startsWith('F') || 'gift' in order.data.tags)", false),
    ("order.occurred_at.getHours('Asia/Jakarta') in [1, 2, 3] && order.occurred_at.getDayOfWeek() == 5", true),
    ("now + duration('9999999h') + duration('80000000h') > now", false),
    ("order.number + 9223372036854775807 > 3", false),
    ("size(order.country) + size(order.data.tags) == 3 && has(order.country)", true),
    ("order.total in [money('80 EUR'), money('90 EUR')] && order.coupon == 'x'", false),
];

#[test]
fn an_evaluation_allocates_nothing() {
    let tags = CustomField { path: "order.data.tags".to_owned(), kind: Type::Strings, doc: String::new() };
    let zone = CustomField { path: "order.data.zone".to_owned(), kind: Type::String, doc: String::new() };
    let schema = Schema::new(Root::CONVERTED, &[tags, zone]).unwrap();
    let order = Order {
        total: "80 EUR".parse().unwrap(),
        at: "2026-05-01T18:30:15Z".parse().unwrap(),
        tags: vec!["gift".to_owned()],
    };
    for (text, holds) in CASES {
        let condition = Condition::parse(text, &schema).unwrap();
        let mut answer = false;
        let count = allocation_counter::measure(|| answer = condition.evaluate(&order) == Verdict::Holds);
        assert_eq!((answer, count.count_total), (holds, 0), "{text}");
    }
    let control = allocation_counter::measure(|| drop(Box::new(5)));
    assert_eq!(control.count_total, 1, "the counter counts");
}
