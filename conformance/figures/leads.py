"""Leads with their orders, marks and moderation: what each of them is by its facts. From `docs/campaigns.md`.

The tables `referral` and `conversion` are read for facts alone. What the engine computed (`progress`, `qualified_at`,
`moderation`, `orders`) is not read.
"""

from .campaign import LATE, LEAST, WAITING, WINDOW
from .days import moment

QUALIFYING = ("purchase", "subscription")


class Order:
    """An order with what became of it."""

    def __init__(self, row):
        self.at, self.name = moment(row["occurred_at"]), (row["source"], row["event"])
        self.kind, self.person = row["converted"], row["participant"]
        amounts = row["correction"] or row
        self.unit = amounts["currency"]
        self.total, self.net = amounts["total_minor"], amounts["total_minor"]
        self.net -= amounts["tax_minor"] + amounts["shipping_minor"]
        self.refunded = min(self.total, refunded(row["refunds"] or []))
        self.is_void = bool(row["voiding"]) and row["voiding"]["is_void"]
        self.is_late = moment(row["received_at"]) - self.at > LATE

    def place(self):
        """Its place among orders."""
        return self.at, self.name

    def stands(self, taken_back=True):
        """Whether it stands; `taken_back` says whether refunds and voids are looked at."""
        is_whole = not (self.is_void or (self.total and self.refunded == self.total))
        return not self.is_late and (self.total > 0 or self.unit is None) and (is_whole or not taken_back)

    def net_refunded(self):
        """The net part of what was refunded."""
        return self.net * self.refunded // self.total if self.total else 0


def refunded(refunds):
    """The sum of the amounts or the greatest cumulative total, whichever is more. What was taken back does not count."""
    standing = [refund for refund in refunds if not refund.get("taken_back")]
    amounts = [refund["amount_minor"] for refund in standing if not refund.get("cumulative")]
    totals = [refund["amount_minor"] for refund in standing if refund.get("cumulative")]
    return max(sum(amounts), max(totals, default=0))


class Lead:
    """One lead. Marks, moderation and orders are added to it."""

    def __init__(self, row):
        self.row, self.at = row, moment(row["lead_at"])
        self.version = row["version"]
        self.marks, self.moderating, self.orders = [], [], []

    def mark(self):
        """The mark that counts: its time and what it says."""
        latest = max(self.marks, key=lambda mark: (mark["at"], mark["command"]), default=None)
        return (moment(latest["at"]), latest["says"]) if latest else (None, "none")

    def end(self):
        """The first instant at which an order qualifies no longer."""
        at, says = self.mark()
        end = self.at + WINDOW[self.version]
        return min(end, at) if says == "lost" else end

    def holds(self, order):
        """Whether its window holds an order, from `waiting` before the lead on."""
        return self.at - WAITING <= order.at < self.end()

    def moderation(self):
        """The last word of moderation."""
        latest = max(self.moderating, key=lambda said: (said["at"], said["command"]), default=None)
        return latest["says"] if latest else "clear"

    def carrier(self, taken_back=True):
        """The day on which it counts as qualified, if anything carries that. With `taken_back` false, on which it would.

        An order before the lead counts on the lead's day.
        """
        least = LEAST[self.version]
        for order in sorted(self.orders, key=Order.place):
            is_enough = order.unit in least and order.total >= least[order.unit]
            if order.kind in QUALIFYING and is_enough and order.at < self.end() and order.stands(taken_back):
                return max(order.at, self.at)
        at, says = self.mark()
        marked = [at] if says == "qualified" else []
        if not marked and not taken_back:
            marked = [moment(mark["at"]) for mark in self.marks if mark["says"] == "qualified"]
        # A mark after the end of the window comes too late.
        return min((at for at in marked if at < self.end()), default=None)

    def qualified(self):
        """The time of what carries the qualification; none if it is not qualified now."""
        return None if self.moderation() == "denied" else self.carrier()

    def reverted(self):
        """The time of what would carry the qualification; none if it is qualified, or never would be, or is lost."""
        # A lead that is lost is not reverted, also where something before the loss was taken back.
        is_lost = self.mark()[1] == "lost"
        return None if self.qualified() or is_lost else self.carrier(taken_back=False)


def leads(tables):
    """All leads that stand, each with its facts."""
    roots = {row["participant"]: row["merged_into"] for row in tables["participant"]}
    roots = {person: merged["into"] for person, merged in roots.items() if merged}
    of_person, said = {}, {}
    for row in tables["referral"]:
        person = roots.get(row["invitee"], row["invitee"])
        said.setdefault(person, []).append(row)
        if not row["superseded"]:
            of_person.setdefault(person, []).append(Lead(row))
    for person, of_one in of_person.items():
        of_one.sort(key=lambda lead: lead.at)
        for row in said[person]:
            add_said(of_one, row)
    orders = [Order(row) for row in tables["conversion"] if row["state"] == "recorded"]
    for order in orders:
        add_order(of_person.get(roots.get(order.person, order.person), []), order)
    return [lead for of_one in of_person.values() for lead in of_one]


def add_said(of_one, row):
    """Gives marks and moderation to the latest lead not after their time."""
    for name in ("marks", "moderating"):
        for word in row[name] or []:
            before = [lead for lead in of_one if lead.at <= moment(word["at"])]
            if before:
                getattr(before[-1], name).append(word)


def add_order(of_one, order):
    """Gives an order to the first lead whose window holds it, or else to the latest lead before it."""
    holding = [lead for lead in of_one if lead.holds(order)]
    before = [lead for lead in of_one if lead.at <= order.at]
    if holding or before:
        (holding[0] if holding else before[-1]).orders.append(order)
