"""A campaign definition, read once: spans, amounts and conditions in the form that the law computes with."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Optional
from zoneinfo import ZoneInfo

from .amounts import money, rate, span
from .conditions import parse

WAITING, LATE = timedelta(hours=72), timedelta(days=45)


@dataclass
class Give:
    """How much a rule gives: a fixed quantity of a unit, or a part of an order."""

    quantity: int = 0
    unit: str = ""
    rate: Optional[int] = None
    of_total: bool = False
    at_most: Optional[tuple] = None


@dataclass
class Limit:
    """What may be granted at most, for whom and in which window."""

    name: str
    per: str
    count: Optional[int]
    value: Optional[dict]
    monthly: bool
    zone: ZoneInfo


@dataclass
class Rule:
    """One reward rule."""

    id: str
    sides: list
    on: str
    nth: Optional[int]
    when: Any
    give: Optional[Give]
    every: Optional[int]
    milestones: list
    take_back: bool
    hold: Optional[timedelta]
    approval: bool
    expires: Optional[timedelta]
    limits: list = field(default_factory=list)


@dataclass
class Campaign:
    """A campaign version."""

    zone: ZoneInfo
    late: timedelta
    waiting: timedelta
    count_zero: bool
    on: str
    when: Any
    window: Optional[timedelta]
    rules: list
    limits: list
    same_mailbox: str = "decline"


def read(definition):
    """The campaign of a definition."""
    zone = ZoneInfo(definition.get("zone", "UTC"))
    criteria = definition.get("qualification", {})
    return Campaign(
        zone=zone,
        late=span(definition["late"]) if "late" in definition else LATE,
        waiting=span(definition["waiting"]) if "waiting" in definition else WAITING,
        count_zero=definition.get("zero_orders", "ignore") == "count",
        on=criteria.get("on", "purchase"),
        when=parse(criteria["when"]) if "when" in criteria else None,
        window=span(criteria["window"]) if "window" in criteria else None,
        rules=[_rule(fields, zone) for fields in definition.get("rewards", [])],
        limits=[_limit("campaign", n, fields, zone) for n, fields in enumerate(definition.get("limits", []))],
        same_mailbox=definition.get("attribution", {}).get("same_mailbox", "decline"),
    )


def _rule(fields, zone):
    occurrence = fields.get("occurrence", "each")
    hold = fields.get("hold")
    return Rule(
        id=fields["id"],
        sides=["referrer", "invitee"] if fields["to"] == "both" else [fields["to"]],
        on=fields["on"],
        nth={"each": None, "first": 1}[occurrence] if isinstance(occurrence, str) else occurrence["nth"],
        when=parse(fields["when"]) if "when" in fields else None,
        give=_give(fields["give"]) if "give" in fields else None,
        every=fields.get("every"),
        milestones=[(level["at"], _give(level["give"])) for level in fields.get("milestones", [])],
        take_back=fields.get("clawback", "keep") == "take_back",
        hold=span(hold) if hold and hold != "approval" else None,
        approval=hold == "approval",
        expires=span(fields["expires"]) if "expires" in fields else None,
        limits=[_limit(fields["id"], n, limit, zone) for n, limit in enumerate(fields.get("limits", []))],
    )


def _give(fields):
    if "flat" in fields:
        quantity, unit = money(fields["flat"])
        return Give(quantity, unit)
    if "units" in fields:
        return Give(fields["units"], fields["unit"])
    return Give(
        rate=rate(fields["percent"]),
        of_total=fields.get("of", "order.net") == "order.total",
        at_most=money(fields["at_most"]) if "at_most" in fields else None,
    )


def _limit(owner, number, fields, zone):
    value = fields.get("value")
    if isinstance(value, str):
        value = [value]
    table = dict(_bound(entry) for entry in value) if value else None
    monthly = fields.get("each", "ever") == "calendar month"
    own = ZoneInfo(fields["zone"]) if "zone" in fields else zone
    return Limit(fields.get("id", f"{owner}.{number + 1}"), fields["per"], fields.get("count"), table, monthly, own)


def _bound(entry):
    if isinstance(entry, str):
        quantity, unit = money(entry)
        return unit, quantity
    return entry["unit"], entry["quantity"]
