//! Ordinary events, which the others are made of.

use referral_inbound::{Table, tables};
use serde_json::{Value, json};

/// An ordinary event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Checkout,
    Invoice,
    Refund,
    Dispute,
    Deal,
    Contact,
    Intercom,
    Zapier,
    Reward,
}

pub(crate) const ALL: [Base; 9] = [
    Base::Checkout,
    Base::Invoice,
    Base::Refund,
    Base::Dispute,
    Base::Deal,
    Base::Contact,
    Base::Intercom,
    Base::Zapier,
    Base::Reward,
];

const AT: &str = "2026-05-01T08:59:59Z";
const PARTICIPANT: &str = "019de2c4-2a80-7b51-83c5-cb791342bd8b";
const CODE: &str = "K7F3M-2QX9Y";

impl Base {
    pub(crate) fn table(self) -> Table {
        let text = match self {
            Self::Checkout | Self::Invoice | Self::Refund | Self::Dispute => tables::STRIPE,
            Self::Deal | Self::Contact => tables::HUBSPOT,
            Self::Intercom => tables::INTERCOM,
            Self::Zapier | Self::Reward => tables::ZAPIER,
        };
        Table::from_json(text).unwrap().with_constant("campaign", "friends")
    }

    /// The event, and the object in it that says the most.
    pub(crate) fn event(self) -> Value {
        let stripe = |kind: &str, object: Value| json!({"id": "evt_1", "created": 1_777_625_999, "type": kind, "data": {"object": object}});
        let hubspot = |kind: &str, name: &str, value: &str| {
            json!({
                "objectId": 7, "propertyName": name, "propertyValue": value, "eventId": 1,
                "occurredAt": 1_777_625_999_000_u64, "subscriptionType": kind,
            })
        };
        match self {
            Self::Checkout => stripe(
                "checkout.session.completed",
                json!({
                    "id": "cs_1", "payment_status": "paid", "amount_total": 5_000, "currency": "eur", "invoice": "in_1",
                    "payment_intent": null, "customer_details": {"email": "bob@example.com"},
                    "client_reference_id": "visitor-1",
                }),
            ),
            Self::Invoice => stripe(
                "invoice.paid",
                json!({
                    "id": "in_1", "billing_reason": "subscription_create", "total": 5_000, "currency": "eur",
                    "customer_email": "bob@example.com", "charge": "ch_1",
                }),
            ),
            Self::Refund => stripe(
                "refund.created",
                json!({
                    "id": "re_1", "amount": 5_000, "currency": "eur", "payment_intent": "pi_1", "charge": "ch_1",
                    "status": "succeeded",
                }),
            ),
            Self::Dispute => stripe(
                "charge.dispute.closed",
                json!({
                    "id": "dp_1", "amount": 5_000, "currency": "eur", "payment_intent": null, "charge": "ch_1",
                    "status": "lost",
                }),
            ),
            Self::Deal => {
                let mut event = hubspot("deal.propertyChange", "dealstage", "closedwon");
                event["deal"] = json!({"properties": {"amount": "50.00", "deal_currency_code": "EUR"}});
                event["contact"] = json!({"id": "51", "properties": {"email": "bob@example.com"}});
                event
            }
            Self::Contact => hubspot("contact.propertyChange", "referral_code", CODE),
            Self::Intercom => json!({
                "id": "notif_1", "topic": "contact.user.created", "created_at": 1_777_625_999,
                "data": {"item": {"external_id": "bob", "custom_attributes": {"referral_code": CODE}}},
            }),
            Self::Zapier => json!({
                "event": "purchase", "order": "o-1", "user_id": "bob", "amount": "50", "currency": "EUR", "at": AT,
            }),
            Self::Reward => json!({
                "event": "reward", "id": "z-1", "at": AT, "reward_campaign": 1, "rule": "tenth", "participant": PARTICIPANT,
                "reward_cause": "event/shop/o-1", "to": "issue", "detail": "transfer 7",
            }),
        }
    }

    /// The text of the whole body around an event's text: HubSpot sends lists.
    pub(crate) fn around(self, event: &str) -> String {
        match self {
            Self::Deal | Self::Contact => format!("[{event}]"),
            _ => event.to_owned(),
        }
    }

    pub(crate) fn body(self) -> String {
        self.around(&self.event().to_string())
    }

    /// The commands that the event must give.
    pub(crate) fn commands(self) -> Vec<Value> {
        let of_stripe = |event: &str, kind: &str, references: Value| {
            json!({"record_conversion": {
                "source": "stripe", "event": event, "kind": kind, "person": {"email": "bob@example.com"},
                "total": "50.00 EUR", "occurred_at": AT, "references": references,
            }})
        };
        let lead = |person: Value, evidence: Value| json!({"record_lead": {"campaign": "friends", "person": person, "evidence": evidence}});
        match self {
            Self::Checkout => vec![
                lead(json!({"email": "bob@example.com"}), json!({"visitor": "visitor-1"})),
                of_stripe("cs_1", "purchase", json!([{"source": "stripe", "id": "in_1"}])),
            ],
            Self::Invoice => vec![of_stripe("in_1", "subscription", json!([{"source": "stripe", "id": "ch_1"}]))],
            Self::Refund => vec![json!({"record_refund": {
                "source": "stripe", "event": "pi_1", "refund": "re_1", "amount": {"amount": "50.00 EUR"},
            }})],
            Self::Dispute => vec![json!({"record_refund": {
                "source": "stripe", "event": "ch_1", "refund": "dp_1", "amount": {"amount": "50.00 EUR"},
            }})],
            Self::Deal => vec![
                json!({"restore_conversion": {"source": "hubspot", "event": "deal-7", "reason": "deal won"}}),
                json!({"record_conversion": {
                    "source": "hubspot", "event": "deal-7", "kind": "purchase", "total": "50.00 EUR", "occurred_at": AT,
                    "person": {
                        "ids": [{"source": "hubspot", "id": "51"}], "email": "bob@example.com",
                    },
                }}),
                json!({"correct_conversion": {
                    "source": "hubspot", "event": "deal-7", "correction": "1/1777625999000", "total": "50.00 EUR",
                    "reason": "deal won",
                }}),
            ],
            Self::Contact => {
                let person = json!({"ids": [{"source": "hubspot", "id": "7"}]});
                vec![lead(person, json!({"code": CODE}))]
            }
            Self::Intercom => vec![lead(json!({"host_id": "bob"}), json!({"code": CODE}))],
            Self::Zapier => vec![json!({"record_conversion": {
                "source": "zapier", "event": "o-1", "kind": "purchase", "person": {"host_id": "bob"},
                "total": "50.00 EUR", "occurred_at": AT,
            }})],
            Self::Reward => vec![json!({"move_reward": {
                "reward": {
                    "campaign": 1, "rule": "tenth", "participant": PARTICIPANT, "cause": "event/shop/o-1",
                },
                "to": {"issue": "transfer 7"},
            }})],
        }
    }
}
