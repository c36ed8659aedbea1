"""The meaning: from a campaign, the facts of one referral and a time to what is owed, or why it is not.

Everything here is computed from the facts alone. The order in which they were told has no part in it.
`by_telling` is a planted fault for the control run: orders then stand in the order in which they were told.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from .conditions import holds
from .facts import resolve


@dataclass
class Line:
    """What one rule owes one side for one cause."""

    rule: str
    side: str
    cause: str
    unit: str
    quantity: int
    at: datetime
    carrier: tuple
    sort: tuple
    hold_ends: Optional[datetime]
    approval: bool


@dataclass
class Target:
    """What the facts of one referral say at a time."""

    invitee: str
    progress: str
    lead_at: datetime
    qualified_at: Optional[datetime]
    carrier: Optional[tuple]
    carrier_at: Optional[datetime]
    carrier_order: Optional[object]
    moderation: str
    lines: dict
    too_late: dict
    why_not: list
    counted: list = field(default_factory=list)


@dataclass
class View:
    """The facts of one referral under one reading: with late orders or not, with undone facts or not."""

    end: Optional[datetime]
    orders: list
    mark: Optional[tuple]
    lost: Optional[datetime]


def evaluate(campaign, facts, now, by_telling=False):
    """The target of one referral that has a lead."""
    view = _view(campaign, facts, False, False, by_telling)
    denied = facts.moderation == "denied"
    carried = _qualified(campaign, facts, view)
    carrier = None if denied else carried
    why_not = []
    lines = {} if denied else _lines(campaign, facts, view, carrier, why_not)
    at = max(carrier[1], facts.lead_at) if carrier else None
    return Target(
        invitee=facts.name,
        progress=_progress(campaign, facts, now, view, carrier, denied, by_telling),
        lead_at=facts.lead_at,
        qualified_at=at,
        carrier=carrier[0] if carrier else None,
        carrier_at=carrier[1] if carrier else None,
        carrier_order=carrier[2] if carrier else None,
        moderation=facts.moderation,
        lines=lines,
        too_late={} if denied else _too_late(campaign, facts, lines, by_telling),
        why_not=why_not,
        counted=_counted(campaign, facts),
    )


def qualifies(campaign, facts):
    """Whether a lead is qualified by these facts."""
    view = _view(campaign, facts, False, False, False)
    return facts.moderation != "denied" and _qualified(campaign, facts, view) is not None


def _view(campaign, facts, with_late, undo, by_telling):
    """The standing orders with their places, and where the window ends."""
    latest = max(facts.marks, default=None)
    lost = latest[0] if latest and latest[2] == "lost" and not undo else None
    end = window_end(campaign, facts, lost)
    mark = latest if latest and latest[2] == "qualified" else None
    if undo:
        mark = max((entry for entry in facts.marks if entry[2] == "qualified"), default=None)
    orders = _standing(campaign, facts, with_late, undo, by_telling)
    return View(end, orders, mark, lost)


def window_end(campaign, facts, lost):
    """Where the window of a lead ends, if it ends."""
    end = facts.lead_at + campaign.window if campaign.window else None
    if lost:
        return min(end, lost) if end else lost
    return end


def _standing(campaign, facts, with_late, undo, by_telling):
    """The orders that stand, in order of time, source and id, each with its places."""
    found = []
    for order in facts.orders.values():
        late = order.told - order.at > campaign.late
        if order.at < facts.lead_at - campaign.waiting or (late and not with_late):
            continue
        standing = resolve(facts, order, late, undo)
        if standing.void or standing.refunded_whole or (standing.total == 0 and not campaign.count_zero):
            continue
        found.append((order.told_number if by_telling else 0, standing.at, standing.key, standing))
    found = [entry[-1] for entry in sorted(found, key=lambda entry: entry[:3])]
    of_kind = {}
    for number, standing in enumerate(found, 1):
        of_kind[standing.kind] = of_kind.get(standing.kind, 0) + 1
        standing.number, standing.place = number, of_kind[standing.kind]
    return found


def _counted(campaign, facts):
    """The orders that totals count: told in time, of the referral, not voided."""
    found = []
    for order in facts.orders.values():
        late = order.told - order.at > campaign.late
        standing = resolve(facts, order, late, False)
        zero = standing.total == 0 and not campaign.count_zero
        if not late and order.at >= facts.lead_at - campaign.waiting and not standing.void and not zero:
            found.append(standing)
    return found


def _qualified(campaign, facts, view):
    """By what the referral is qualified: (carrier, its time, its order), or nothing."""
    for order in view.orders:
        inside = view.end is None or order.at < view.end
        if inside and _meets(campaign.on, order.kind) and holds(campaign.when, fields(facts, order, order.at)):
            return ("order",) + order.key, order.at, order
    others = []
    if campaign.on == "joined" and (view.lost is None or facts.lead_at < view.lost):
        if holds(campaign.when, fields(facts, None, facts.lead_at)):
            others.append((facts.lead_at, 0, ("joined",)))
    if view.mark and (view.end is None or view.mark[0] < view.end):
        others.append((max(view.mark[0], facts.lead_at), 1, ("mark",)))
    if not others:
        return None
    at, _, name = min(others)
    return name, at, None


def _meets(on, kind):
    """Whether an order of this kind is one that the criteria ask about."""
    return on == "conversion" or (on == "purchase" and kind in ("purchase", "subscription"))


def _progress(campaign, facts, now, view, carrier, denied, by_telling):
    """How far the referral is."""
    if carrier:
        return "qualified"
    if view.lost:
        return "lost"
    if _qualified(campaign, facts, _view(campaign, facts, False, True, by_telling)):
        return "reverted"
    if view.end and now >= view.end and not denied:
        return "expired"
    return "lead"


def fields(facts, order, now):
    """What conditions may ask about."""
    values = {"now": now, "referral.lead_at": facts.lead_at}
    if order is not None:
        values |= {
            "order.total": (order.total, order.currency),
            "order.net": (order.net, order.currency),
            "order.tax": (order.tax, order.currency),
            "order.shipping": (order.shipping, order.currency),
            "order.currency": order.currency,
            "order.kind": order.kind,
            "order.source": order.key[0],
            "order.number": order.number,
            "order.occurred_at": order.at,
        }
    return values


def _lines(campaign, facts, view, carrier, why_not):
    """What each rule owes each side, by (rule, side, cause)."""
    lines = {}
    for position, rule in enumerate(campaign.rules):
        if rule.every or rule.milestones:
            continue
        for cause, at, name, order in _causes(rule, facts, view, carrier):
            if not holds(rule.when, fields(facts, order, at)):
                why_not.append((rule.id, cause, "condition"))
                continue
            quantity, unit = amount(rule.give, order)
            if quantity <= 0:
                why_not.append((rule.id, cause, "amount"))
                continue
            for side in rule.sides:
                ends = None if rule.approval else at + rule.hold if rule.hold else at
                sort = (at, order.key if order else ("", ""), position, side != "referrer")
                line = Line(rule.id, side, cause, unit, quantity, at, name, sort, ends, rule.approval)
                lines[rule.id, side, cause] = line
    return lines


def _causes(rule, facts, view, carrier):
    """What a rule may pay for: (cause, time, carrier, order)."""
    if rule.on == "joined":
        return [(f"referral/{facts.invitee}", facts.lead_at, ("joined",), None)]
    if rule.on == "qualified":
        if carrier is None:
            return []
        name, at, order = carrier
        return [(f"qualification/{facts.invitee}/{facts.number}", at, name, order)]
    found = []
    for order in view.orders:
        earns = view.end is None or order.at < view.end or carrier is not None
        if order.kind != rule.on or not earns or rule.nth not in (None, order.place):
            continue
        cause = f"event/{order.key[0]}/{order.key[1]}" if rule.nth is None else f"place/{facts.invitee}/{facts.number}/{rule.nth}"
        found.append((cause, order.at, ("order",) + order.key, order))
    return found


def amount(give, order):
    """What a rule gives for an order: a quantity and its unit."""
    if give.rate is None:
        return give.quantity, give.unit
    if order is None or (give.at_most and give.at_most[1] != order.currency):
        return 0, ""
    quantity = (order.total_left if give.of_total else order.net_left) * give.rate // 1_000_000
    return min(quantity, give.at_most[0]) if give.at_most else quantity, order.currency


def _too_late(campaign, facts, lines, by_telling):
    """What orders told too late would have added, by (rule, side, unit)."""
    if not any(order.told - order.at > campaign.late for order in facts.orders.values()):
        return {}
    view = _view(campaign, facts, True, False, by_telling)
    more = _sums(_lines(campaign, facts, view, _qualified(campaign, facts, view), []))
    less = _sums(lines)
    return {key: more[key] - less.get(key, 0) for key in more if more[key] > less.get(key, 0)}


def _sums(lines):
    sums = {}
    for line in lines.values():
        key = (line.rule, line.side, line.unit)
        sums[key] = sums.get(key, 0) + line.quantity
    return sums
