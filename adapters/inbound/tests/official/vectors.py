"""Signs requests with the senders' own packages. `python vectors.py` writes `vectors.json`, which the Rust tests read."""

import hashlib
import hmac
import json
from datetime import datetime, timezone
from pathlib import Path

import stripe
from hubspot.utils.signature import Signature
from standardwebhooks.webhooks import Webhook

PATH = Path(__file__).with_name("vectors.json")

NOW = 1_777_626_000
STRIPE = "whsec_test_0123456789abcdef0123456789abcdef"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HUBSPOT = "5f3b1a52-7c1e-4e7b-9d6c-0a1b2c3d4e5f"
INTERCOM = "9a1c8f7e-2b3d-4c5e-8f90-a1b2c3d4e5f6"
OTHER = "another-secret-of-enough-bytes-0123456789"

BODIES = {
    "plain": '{"id":"evt_1","type":"invoice.paid"}',
    "spaced": '{\n  "id": "evt_1",\n  "type": "invoice.paid"\n}\n',
    "unicode": '{"name":"Zoë – 日本 🎉"}',
    "escaped": '{"name":"Zo\\u00eb \\ud83c\\udf89"}',
    "empty": "",
    "large": json.dumps({"text": "x" * 4_000}),
}


def vector(name, scheme, secrets, headers, body, result="ok", **more):
    return {"name": name, "scheme": scheme, "secrets": secrets, "headers": headers, "body": body, "now": NOW,
            "result": result, **more}


def with_stripe():
    def signed(body, at=NOW, secret=STRIPE):
        return stripe.WebhookSignature.generate_signature_header(body, secret, at)

    for name, body in BODIES.items():
        header = signed(body)
        yield vector(f"stripe {name}", "stripe", [STRIPE], {"Stripe-Signature": header}, body)
        yield vector(f"stripe {name}, rotated", "stripe", [OTHER, STRIPE], {"stripe-signature": header}, body)
        yield vector(f"stripe {name}, other secret", "stripe", [OTHER], {"Stripe-Signature": header}, body,
                     "signature_mismatch")
        yield vector(f"stripe {name}, other body", "stripe", [STRIPE], {"Stripe-Signature": header}, body + " ",
                     "signature_mismatch")
    body = BODIES["plain"]
    for away, result in [(-301, "outside_window"), (-300, "ok"), (300, "ok"), (301, "outside_window")]:
        header = {"Stripe-Signature": signed(body, NOW + away)}
        yield vector(f"stripe {away} s", "stripe", [STRIPE], header, body, result)
    two = signed(body, secret=OTHER) + "," + signed(body).split(",")[1]
    yield vector("stripe, two signatures", "stripe", [STRIPE], {"Stripe-Signature": two}, body)
    older = signed(body).replace("v1=", "v0=")
    yield vector("stripe, older scheme", "stripe", [STRIPE], {"Stripe-Signature": older}, body, "signature_mismatch")


def with_standard_webhooks():
    hook = Webhook(STANDARD)

    def signed(body, at=NOW, number="msg_1"):
        # The package takes a naive time for UTC.
        signature = hook.sign(number, datetime.fromtimestamp(at, timezone.utc), body)
        return {"webhook-id": number, "webhook-timestamp": str(at), "webhook-signature": signature}

    for name, body in BODIES.items():
        headers = signed(body)
        yield vector(f"standard {name}", "standard", [STANDARD], headers, body)
        bare = STANDARD.removeprefix("whsec_")
        yield vector(f"standard {name}, without prefix", "standard", [bare], headers, body)
        yield vector(f"standard {name}, other body", "standard", [STANDARD], headers, body + "\n", "signature_mismatch")
        other = {**headers, "webhook-id": "msg_2"}
        yield vector(f"standard {name}, other id", "standard", [STANDARD], other, body, "signature_mismatch")
    body = BODIES["plain"]
    for away, result in [(-301, "outside_window"), (-300, "ok"), (300, "ok"), (301, "outside_window")]:
        yield vector(f"standard {away} s", "standard", [STANDARD], signed(body, NOW + away), body, result)
    headers = signed(body)
    several = "v1,bm90aGluZw== v1a,xyz " + headers["webhook-signature"]
    yield vector("standard, several", "standard", [STANDARD], {**headers, "webhook-signature": several}, body)


def with_hubspot():
    uri = "https://shop.example.com/hooks/hubspot?tenant=a"
    for name, body in BODIES.items():
        at = str(NOW * 1_000)
        signature = Signature.get_signature(HUBSPOT, body, "v3", uri, "POST", at)
        headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": at}
        place = {"method": "POST", "uri": uri}
        yield vector(f"hubspot {name}", "hubspot", [HUBSPOT], headers, body, **place)
        yield vector(f"hubspot {name}, other body", "hubspot", [HUBSPOT], headers, body + " ", "signature_mismatch",
                     **place)
        yield vector(f"hubspot {name}, other method", "hubspot", [HUBSPOT], headers, body, "signature_mismatch",
                     method="PUT", uri=uri)
        late = {**headers, "X-HubSpot-Request-Timestamp": str(NOW * 1_000 + 1)}
        yield vector(f"hubspot {name}, other time", "hubspot", [HUBSPOT], late, body, "signature_mismatch", **place)
    # HubSpot signs the URI decoded in these characters; the package leaves that to its caller.
    decoded, encoded = "https://shop.example.com/a:b/c?d=e@f", "https://shop.example.com/a%3Ab%2Fc?d=e%40f"
    at = str(NOW * 1_000)
    signature = Signature.get_signature(HUBSPOT, "[]", "v3", decoded, "POST", at)
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": at}
    yield vector("hubspot, encoded URI", "hubspot", [HUBSPOT], headers, "[]", method="POST", uri=encoded)


def with_intercom():
    # Intercom publishes no package that signs; this is its documented formula.
    for name, body in BODIES.items():
        signature = "sha1=" + hmac.new(INTERCOM.encode(), body.encode(), hashlib.sha1).hexdigest()
        yield vector(f"intercom {name}", "intercom", [OTHER, INTERCOM], {"X-Hub-Signature": signature}, body)
        yield vector(f"intercom {name}, other body", "intercom", [INTERCOM], {"X-Hub-Signature": signature}, body + " ",
                     "signature_mismatch")


def all_vectors():
    return [*with_stripe(), *with_standard_webhooks(), *with_hubspot(), *with_intercom()]


if __name__ == "__main__":
    PATH.write_text(json.dumps(all_vectors(), indent=1, ensure_ascii=True) + "\n")
