"""The vectors that the Rust tests read are what the senders' own packages make and accept today."""

import json

import pytest
import stripe
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from vectors import NOW, PATH, all_vectors

STORED = json.loads(PATH.read_text())


def of(scheme):
    return [pytest.param(vector, id=vector["name"]) for vector in STORED if vector["scheme"] == scheme]


def test_the_stored_vectors_are_what_the_packages_make():
    assert STORED == all_vectors()


@pytest.mark.parametrize("vector", of("stripe"))
def test_stripe_agrees_about_signatures(vector):
    header = next(iter(vector["headers"].values()))
    accepted = False
    for secret in vector["secrets"]:
        try:
            # Its own tolerance is measured from the machine's clock, so only the signature is compared here.
            accepted |= stripe.WebhookSignature.verify_header(vector["body"], header, secret, None)
        except stripe.SignatureVerificationError:
            pass
    assert accepted == (vector["result"] != "signature_mismatch")


@pytest.mark.parametrize("vector", of("standard"))
def test_standard_webhooks_agrees(vector, monkeypatch):
    class Frozen(__import__("datetime").datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(NOW, tz)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Frozen)
    try:
        Webhook(vector["secrets"][0]).verify(vector["body"], vector["headers"], json_parse=False)
        accepted = True
    except WebhookVerificationError:
        accepted = False
    assert accepted == (vector["result"] == "ok")
