//! Orders, refunds, and what is done with rewards.

#![allow(clippy::indexing_slicing, reason = "fields are set on JSON objects that were just made")]

use serde_json::{Value, json};

use super::people::cheats;
use super::{Maker, Order, keep};
use referral_core::record::{Kind, Record, RecordKind, RewardState};
use referral_core::store::Listing;

const SOURCES: [&str; 2] = ["shop", "billing"];
const TOTALS: [i64; 8] = [1, 500, 1_999, 2_000, 4_990, 8_000, 25_000, 100_000];

/// Minor units as people write them.
pub(super) fn money(minor: i64, currency: &str) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02} {currency}", minor / 100, minor % 100)
}

impl Maker<'_> {
    fn new_order(&mut self, person: usize) -> Order {
        self.tenant.next_order += 1;
        let source = self.draw.pick(&SOURCES).copied().unwrap_or("shop");
        let currency = if self.draw.once_in(15) { "USD" } else { "EUR" };
        let minor = self.draw.pick(&TOTALS).copied().unwrap_or(500);
        Order { source, event: format!("o{}", self.tenant.next_order), person, minor, currency }
    }

    pub(super) fn conversion(&mut self) -> Option<Value> {
        // Somebody whom nobody refers buys more often than a person names orders.
        let person = if self.draw.once_in(3) { self.tenant.people } else { self.someone() };
        let mut order = self.new_order(person);
        if cheats(person)
            && self.chance(15)
            && let Some(old) = self.draw.pick(&self.tenant.orders)
        {
            // The same order again, and often with another price.
            order = Order { minor: order.minor, ..old.clone() };
        }
        let kind = self.one(&["purchase", "purchase", "purchase", "renewal", "subscription", "custom"]);
        let mut command = json!({
            "source": order.source, "event": order.event, "kind": kind, "person": self.described(order.person),
        });
        if self.draw.once_in(25) {
            command["total"] = json!(money(0, order.currency));
        } else if !self.draw.once_in(12) {
            command["total"] = json!(money(order.minor, order.currency));
            if self.chance(30) {
                command["tax"] = json!(money(order.minor / 5, order.currency));
            }
            if self.chance(15) {
                command["shipping"] = json!(money(order.minor / 10, order.currency));
            }
        } else if order.minor > 1 {
            // The others forgot their amount: they are refused, unless they are of the host's own kind.
            command["no_amount"] = json!(true);
        }
        self.embellish(&mut command, &order);
        keep(&mut self.tenant.orders, order);
        Some(json!({"record_conversion": command}))
    }

    fn embellish(&mut self, command: &mut Value, order: &Order) {
        if self.chance(12) {
            let (campaign, evidence) = self.evidence();
            command["campaign"] = json!(campaign);
            command["evidence"] = evidence;
        } else if self.chance(8) {
            command["campaign"] = json!(self.campaign());
        }
        if self.chance(10) {
            command["references"] = json!([{"source": "billing", "id": format!("inv-{}", order.event)}]);
        }
        if self.chance(10) {
            command["country"] = json!(self.one(&["DE", "FR", "US"]));
            command["coupon"] = json!("SAVE5");
            command["data"] = json!({"plan": self.one(&["free", "gold"]), "seats": 3});
        }
        if self.chance(10) {
            let days_ago = if self.draw.once_in(8) { 50 } else { 0 };
            let hours = days_ago * 24 + i64::try_from(self.draw.below(100)).unwrap_or(0) - 20;
            command["occurred_at"] = json!(self.now.plus(-chrono::TimeDelta::hours(hours)));
        }
    }

    /// A known order, or one that is still to come.
    fn some_order(&mut self) -> Order {
        if self.chance(10) {
            let number = self.tenant.next_order + 1 + self.draw.below(4);
            let source = self.draw.pick(&SOURCES).copied().unwrap_or("shop");
            return Order { source, event: format!("o{number}"), person: 0, minor: 2_000, currency: "EUR" };
        }
        let known = self.draw.pick(&self.tenant.orders).cloned();
        known.unwrap_or_else(|| self.new_order(0))
    }

    pub(super) fn reference(&mut self) -> Option<Value> {
        let order = self.some_order();
        let mut reference = json!({"source": "billing", "id": format!("inv-{}", order.event)});
        if self.draw.once_in(4) {
            let other = self.some_order();
            reference = json!({"source": other.source, "id": other.event});
        }
        Some(json!({"add_reference": {
            "conversion": {"source": order.source, "event": order.event}, "reference": reference,
        }}))
    }

    pub(super) fn refund(&mut self) -> Option<Value> {
        let order = self.some_order();
        self.tenant.next_refund += 1;
        let mut number = self.tenant.next_refund;
        if self.draw.once_in(20) {
            number = number.saturating_sub(self.draw.below(5));
        }
        let part = i64::try_from(self.draw.below(100)).unwrap_or(1) + 1;
        let minor = match self.draw.below(10) {
            0..=3 => order.minor,
            4 => order.minor.saturating_mul(2),
            _ => (order.minor.saturating_mul(part) / 100).max(1),
        };
        let currency = if self.draw.once_in(20) { "CHF" } else { order.currency };
        let how = if self.chance(30) { "cumulative" } else { "amount" };
        let (source, event) = match self.draw.below(8) {
            0 => ("billing", format!("inv-{}", order.event)),
            _ => (order.source, order.event),
        };
        Some(json!({"record_refund": {
            "source": source, "event": event, "refund": format!("r{number}"), "amount": {how: money(minor, currency)},
        }}))
    }

    /// A refund that did not leave; now and then one that is still to come.
    pub(super) fn cancel_refund(&mut self) -> Option<Value> {
        if let Some(Record::Refund(refund)) = self.any(Kind::Refund).filter(|_| !self.draw.once_in(5)) {
            return Some(json!({"cancel_refund": {
                "source": refund.source, "event": refund.event, "refund": refund.refund, "actor": "bank",
            }}));
        }
        let (order, refund) = (self.some_order(), format!("r{}", self.tenant.next_refund + 1));
        Some(json!({"cancel_refund": {"source": order.source, "event": order.event, "refund": refund}}))
    }

    pub(super) fn void(&mut self) -> Option<Value> {
        let order = self.some_order();
        Some(json!({"void_conversion": {"source": order.source, "event": order.event, "reason": "test order"}}))
    }

    pub(super) fn restore(&mut self) -> Option<Value> {
        let order = self.some_order();
        Some(json!({"restore_conversion": {"source": order.source, "event": order.event, "actor": "desk"}}))
    }

    pub(super) fn correct(&mut self) -> Option<Value> {
        let order = self.some_order();
        let minor = self.draw.pick(&TOTALS).copied().unwrap_or(500);
        let currency = if self.draw.once_in(20) { "CHF" } else { order.currency };
        let number = self.draw.below(1_000_000);
        let mut command = json!({
            "source": order.source, "event": order.event, "correction": format!("c{number}"),
            "total": money(minor, currency),
        });
        if self.draw.once_in(4) {
            command["tax"] = json!(money(minor / 5, currency));
        }
        Some(json!({"correct_conversion": command}))
    }

    /// Moves a reward as its state asks for; now and then as it does not.
    pub(super) fn move_reward(&mut self) -> Option<Value> {
        use RewardState::{Approved, Due, Failed, Issued, Issuing, Pending};
        let states = [Pending, Due, Due, Due, Approved, Issuing, Issuing, Issued, Failed];
        let state = self.draw.pick(&states).copied().unwrap_or(Due);
        let campaign = self.draw.pick(&self.tenant.campaigns)?.id?;
        let found = self.list(Listing::RewardsIn { state, campaign });
        let picked = self.draw.pick(&found).cloned().or_else(|| self.any(Kind::Reward));
        let Some(Record::Reward(reward)) = picked else { return None };
        let part = reward.quantity.checked_div(2).unwrap_or(0).max(1);
        let fitting: &[Value] = match reward.state {
            Pending => &[json!("approve"), json!("approve"), json!({"cancel": "asked for"})],
            Due => &[json!({"issue": "t-1"}), json!("begin_issue"), json!("approve")],
            Approved | Failed => &[json!({"issue": ""}), json!("begin_issue")],
            Issuing => &[json!({"issue": "t-2"}), json!({"fail": "no account"})],
            Issued => &[
                json!({"redeem": part}),
                json!({"redeem": reward.quantity}),
                json!({"reverse": "mistake"}),
                json!({"return_issue": "no such account"}),
            ],
            _ => &[json!({"reverse": "too late"}), json!({"issue": "t-3"})],
        };
        let any = [
            json!("approve"),
            json!({"issue": "t-4"}),
            json!({"redeem": reward.quantity.saturating_add(1)}),
            json!({"redeem": 0}),
            json!({"cancel": "x"}),
            json!({"reverse": "x"}),
            json!({"return_issue": "x"}),
            json!("begin_issue"),
        ];
        let moves = if self.chance(85) { fitting } else { &any };
        let to = self.draw.pick(moves)?.clone();
        let mut key = json!(reward.key());
        if self.draw.once_in(60) {
            key["rule"] = json!("no-such-rule");
        }
        Some(json!({"move_reward": {"reward": key, "to": to, "actor": "desk"}}))
    }

    /// A hand grants what was refused; now and then of a reward of which nothing was.
    pub(super) fn grant_reward(&mut self) -> Option<Value> {
        let campaign = self.draw.pick(&self.tenant.campaigns)?.id?;
        let found = self.list(Listing::RewardsIn { state: RewardState::Refused, campaign });
        let picked = self.draw.pick(&found).cloned().filter(|_| !self.draw.once_in(10));
        let Some(Record::Reward(reward)) = picked.or_else(|| self.any(Kind::Reward)) else { return None };
        let beyond = self.draw.once_in(3);
        Some(json!({"grant_reward": {
            "reward": reward.key(), "beyond_limits": beyond, "actor": "desk", "reason": "promised on the phone",
        }}))
    }

    /// A hand gives a reward of its own, now and then under an id that was used.
    pub(super) fn give_reward(&mut self) -> Option<Value> {
        let campaign = self.campaign();
        let person = self.someone();
        let participant = self.named(person);
        let id = format!("gift-{}", self.draw.below(5));
        let amounts =
            [json!("5.00 EUR"), json!("7.00 USD"), json!({"quantity": 30, "unit": "points"}), json!("0.00 EUR")];
        let amount = self.draw.pick(&amounts)?.clone();
        let mut given = json!({"campaign": campaign, "participant": participant, "id": id, "amount": amount,
            "actor": "desk", "reason": "for the trouble"});
        if self.draw.once_in(3) {
            given["hold"] = json!("2 days");
        }
        if self.draw.once_in(3) {
            given["expires"] = json!("3 days");
        }
        if self.draw.once_in(3) {
            given["beyond_limits"] = json!(true);
        }
        Some(json!({"give_reward": given}))
    }
}
