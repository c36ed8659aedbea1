"""What the tests of operations share: an engine with the secrets of the cases, and keys for commands."""

import itertools
import json
import uuid

from referrals._seam import Engine

NOW = "2026-05-01T09:00:00Z"
_NUMBERS = itertools.count(1)


def engine():
    return Engine(bytes([1] * 32), bytes([2] * 32), bytes([3] * 32))


def key():
    """A command's key of the time NOW."""
    return str(uuid.UUID(int=(0x019DE2C42A80 << 80) | (0x7 << 76) | (0x2 << 62) | next(_NUMBERS)))


def requests(*commands):
    return json.dumps([{"key": key(), "command": command} for command in commands])


def seed():
    return next(_NUMBERS).to_bytes(32, "big")


def campaign(**fields):
    return {"define_campaign": {"definition": {"name": "spring", "link_host": "go.example.com", **fields}}}


def enrol(host_id):
    return {"enrol": {"campaign": "spring", "person": {"host_id": host_id}}}


def lead(host_id, code):
    return {"record_lead": {"campaign": "spring", "person": {"host_id": host_id}, "evidence": {"code": code}}}


def buy(host_id, order, total):
    person = {"host_id": host_id}
    return {"record_conversion": {"source": "shop", "event": order, "kind": "purchase", "person": person, "total": total}}
