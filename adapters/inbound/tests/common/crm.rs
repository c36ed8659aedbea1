//! Events of systems for customers, as tests make them.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use serde_json::{Value, json};

/// The shape of HubSpot's own example of a webhook.
pub fn hubspot(kind: &str, name: &str, value: &str) -> Value {
    json!({
        "objectId": 1_246_965, "propertyName": name, "propertyValue": value, "changeSource": "CRM",
        "eventId": 3_816_279_340_u64, "subscriptionId": 25, "portalId": 33, "appId": 1_160_452,
        "occurredAt": 1_777_625_999_000_u64, "subscriptionType": kind, "attemptNumber": 0,
    })
}

/// The shape of Intercom's own example of a notification.
pub fn intercom(topic: &str, item: Value) -> Value {
    json!({
        "type": "notification_event", "app_id": "abc", "id": "notif_1", "topic": topic, "delivery_status": "pending",
        "delivery_attempts": 1, "delivered_at": 0, "first_sent_at": 1_777_625_999, "created_at": 1_777_625_999,
        "links": {}, "self": null, "data": {"type": "notification_event_data", "item": item},
    })
}
