"""The facts of one person: what was told, each fact with its own time and identity."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional


@dataclass
class Order:
    """An order as it was told. It `tells` something of the referrer; only in or after the window that is `found`."""

    key: tuple
    kind: str
    at: datetime
    told: datetime
    told_number: int
    currency: str
    total: int
    tax: int = 0
    shipping: int = 0
    found: bool = False
    tells: bool = False


@dataclass
class Evidence:
    """One evidence that was accepted: its time, and under which person it was told.

    It is `found` if the lead is then held; it `shares` a mailbox with the referrer of a lead that was there before.
    """

    at: datetime
    number: int
    owner: str
    found: bool = False
    shares: bool = False


@dataclass
class Begun:
    """What begins a lead: its referrer and its evidence, the earliest first."""

    referrer: str
    evidence: list


@dataclass
class Person:
    """All facts of one person. Corrections, refunds and voids stand by the key of their order.

    `earlier` has the leads until the person had another referrer; `evidence` all that was told for `referrer` since then.
    `numbers` says under which (person, number) an evidence began a lead: a lead keeps them, in whichever order it is told.
    `left_out` is what a merge left out: evidence of another referrer while a lead was open.
    `clears_all` is a planted fault.
    """

    name: str
    referrer: Optional[str] = None
    earlier: list = field(default_factory=list)
    evidence: list = field(default_factory=list)
    orders: dict = field(default_factory=dict)
    corrections: dict = field(default_factory=dict)
    refunds: dict = field(default_factory=dict)
    taken_back: dict = field(default_factory=dict)
    voids: dict = field(default_factory=dict)
    marks: list = field(default_factory=list)
    moderations: list = field(default_factory=list)
    numbers: dict = field(default_factory=dict)
    left_out: list = field(default_factory=list)
    clears_all: bool = False


@dataclass
class Standing:
    """An order with what its corrections, refunds and voids left of it."""

    key: tuple
    kind: str
    at: datetime
    late: bool
    currency: str
    total: int
    tax: int
    shipping: int
    refunded: int
    void: bool
    number: int = 0
    place: int = 0

    @property
    def net(self):
        """The order without tax and shipping, as it was placed."""
        return max(0, self.total - self.tax - self.shipping)

    @property
    def total_left(self):
        """What refunds left of the total."""
        return self.total - self.refunded

    @property
    def net_left(self):
        """What refunds left of the net amount: the refund takes its share, rounded down."""
        if self.total == 0:
            return self.net
        return self.net - self.net * self.refunded // self.total

    @property
    def refunded_whole(self):
        """Whether nothing is left of an order that had an amount."""
        return self.total > 0 and self.refunded >= self.total


def resolve(facts, order, late, undo):
    """An order with its changes; with `undo` refunds and voids are left out."""
    changes = facts.corrections.get(order.key, [])
    total, tax, shipping = order.total, order.tax, order.shipping
    if changes:
        _, _, (total, tax, shipping) = max(changes)
    void = bool(facts.voids.get(order.key)) and max(facts.voids[order.key])[2]
    refunded = refunds(facts, order.key, total)
    if undo:
        void, refunded = False, 0
    return Standing(order.key, order.kind, order.at, late, order.currency, total, tax, shipping, refunded, void)


def refunds(facts, key, total):
    """How much of an order was refunded, by the refunds that were not taken back."""
    gone = facts.taken_back.get(key, set())
    left = [entry for name, entry in facts.refunds.get(key, {}).items() if name not in gone]
    amounts = sum(amount for kind, amount in left if kind == "amount")
    cumulative = max((amount for kind, amount in left if kind == "cumulative"), default=0)
    return min(total, max(amounts, cumulative))
