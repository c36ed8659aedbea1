"""What the crate signs is verified by the official package for Python, and nothing else is."""

import json
import subprocess
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

ROOT = Path(__file__).parents[3]
STRANGER = "whsec_" + "A" * 32


@pytest.fixture(scope="module")
def messages():
    command = ["cargo", "run", "--quiet", "--locked", "--package", "referral-webhook", "--example", "sign"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    messages = [json.loads(line) for line in printed.splitlines()]
    assert len(messages) == 9
    return messages


def pairs(messages):
    return [(message, secret) for message in messages for secret in message["secrets"]]


def test_every_secret_verifies_the_message_that_it_signed(messages):
    for message, secret in pairs(messages):
        assert Webhook(secret).verify(message["body"], message["headers"]) == json.loads(message["body"])


def test_a_secret_that_did_not_sign_verifies_nothing(messages):
    every = {secret for message in messages for secret in message["secrets"]} | {STRANGER}
    for message in messages:
        for secret in every - set(message["secrets"]):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(message["body"], message["headers"])


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
def test_what_was_tampered_with_is_refused(messages, header):
    for message, secret in pairs(messages):
        body, headers = message["body"], dict(message["headers"])
        if header == "body":
            body = body.replace("{", "{ ", 1)
        elif header == "webhook-id":
            headers[header] = headers[header][:-1] + "f"
        elif header == "webhook-timestamp":
            headers[header] = str(int(headers[header]) + 1)
        else:
            headers[header] = " ".join(tampered(signature) for signature in headers[header].split(" "))
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


def tampered(signature):
    """The same with the first character of its base64 changed."""
    return "v1," + ("B" if signature[3] == "A" else "A") + signature[4:]
