"""The names of events and states that the tables go by are those that the senders' own packages know."""

import inspect
import json
from pathlib import Path

import pytest
import stripe
from hubspot.webhooks.models import SubscriptionCreateRequest
from stripe.params._webhook_endpoint_create_params import WebhookEndpointCreateParams

TABLES = Path(__file__).parents[2] / "tables"

# States that older versions of Stripe's API had.
OLDER = {"charge_refunded"}


def values(table, path):
    """What the rules of a table test at a path, with the name of the rule."""
    for rule in json.loads((TABLES / table).read_text())["rules"]:
        for test in rule.get("when", []):
            if test.get("path") == path:
                found = test.get("is", test.get("not", test.get("in", test.get("not_in"))))
                yield rule["name"], found if isinstance(found, list) else [found]


def knows(kind, name):
    """Whether a type of a package lists a name in its source: both packages state what is allowed there."""
    source = inspect.getsource(kind)
    return f'"{name}"' in source or f"`{name}`" in source


@pytest.mark.parametrize("rule,types", list(values("stripe.json", "type")))
def test_stripe_knows_every_event_of_its_table(rule, types):
    assert all(knows(WebhookEndpointCreateParams, kind) for kind in types)


@pytest.mark.parametrize("rule,states", list(values("stripe.json", "data.object.status")))
def test_stripe_knows_every_state_of_its_table(rule, states):
    kinds = {"dispute": stripe.Dispute, "credit": stripe.CreditNote, "refund": stripe.Refund}
    assert all(knows(kinds[rule.split("-")[0]], state) for state in set(states) - OLDER)


def test_stripe_knows_every_reason_of_an_invoice_and_every_kind_of_its_payment():
    rules = {rule["name"]: rule for rule in json.loads((TABLES / "stripe.json").read_text())["rules"]}
    reasons = rules["invoice"]["fields"]["kind"]["first"][0]["map"]
    assert all(knows(stripe.Invoice, reason) for reason in reasons)
    [(_, kinds)] = values("stripe.json", "data.object.payment.type")
    assert kinds and all(knows(stripe.InvoicePayment, kind) for kind in kinds)


@pytest.mark.parametrize("rule,types", list(values("hubspot.json", "subscriptionType")))
def test_hubspot_knows_every_subscription_of_its_table(rule, types):
    assert all(knows(SubscriptionCreateRequest, kind) for kind in types)


def test_a_name_that_no_package_knows_is_noticed():
    assert not knows(WebhookEndpointCreateParams, "charge.unrefunded")
    assert not knows(SubscriptionCreateRequest, "contact.forgotten")
