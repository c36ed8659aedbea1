"""Two people who are one, and a referral that goes to another referrer."""

import dataclasses

from . import groups, leads, open_ends, reconcile
from .open_ends import LeftOpen


def merge(world, one, other, now):
    """Makes two people one: evidence and orders are then those of the one who was seen first."""
    hands = _hands(world, one) | _hands(world, other)
    told = _evidence(world, one) + _evidence(world, other)
    told += world.people[one].left_out + world.people[other].left_out
    stays, goes = world.directory.merge(one, other)
    kept, gone = world.people[stays], world.people.pop(goes)
    kept.orders |= gone.orders if world.plant != "apart" else {}
    kept.marks += gone.marks
    kept.moderations += gone.moderations
    kept.numbers |= gone.numbers
    kept.left_out = []
    told = [(entry, referrer) for entry, referrer in told if world.directory.root(referrer) != stays]
    kept.earlier, kept.evidence, kept.referrer = [], [], None
    _lay(world, kept, told)
    _no_circle(world)
    world.laid = {}
    open_ends.referrers_merged(world, stays)
    there = {entry.number for lead in world.leads(kept) for entry in lead.begun.evidence[:1]} | {None}
    if not there.issuperset(hands.values()):
        raise LeftOpen("a merge takes the lead away to which a mark or moderation belongs")
    reconcile.person(world, kept, now)
    world.changed(kept, now)
    return True


def _evidence(world, name):
    """All evidence of a person, each with its referrer."""
    person = world.people[name]
    begun = leads.begun(world.campaign, person)
    return [(entry, one.referrer) for one in begun for entry in one.evidence]


def _hands(world, name):
    """To which lead each mark and moderation of a person belongs."""
    person = world.people[name]
    found = {fact: None for fact in person.marks + person.moderations}
    for lead in leads.leads(world.campaign, person):
        found |= {fact: lead.begun.evidence[0].number for fact in lead.marks + lead.moderations}
    return found


def _lay(world, person, told):
    """Takes evidence in order of time; what another referrer's would not begin is left out."""
    root = world.directory.root
    for entry, referrer in sorted(told, key=lambda pair: (pair[0].at, pair[0].number)):
        if person.referrer is not None and root(person.referrer) != root(referrer):
            if not leads.would_begin(world.campaign, person, entry.at):
                person.left_out.append((entry, referrer))
                continue
            leads.turn(world.campaign, person, referrer)
        person.referrer = person.referrer or referrer
        person.evidence.append(entry)


def stays_left_out(world, person):
    """Ends a program in which a fact after a merge would let evidence begin a lead that the merge left out."""
    if not person.left_out:
        return
    copy = type(person)(**(vars(person) | {"earlier": [], "evidence": [], "referrer": None, "left_out": []}))
    copy.numbers = dict(person.numbers)
    _lay(world, copy, _evidence(world, person.name) + person.left_out)
    present = [(one.referrer, one.evidence[0].at) for one in leads.begun(world.campaign, person)]
    if present != [(one.referrer, one.evidence[0].at) for one in leads.begun(world.campaign, copy)]:
        raise LeftOpen("a fact after a merge would let evidence begin that the merge left out")


def ancestors(world, name):
    """Everybody from whom a chain of referrals leads to a person."""
    root, above = world.directory.root, {}
    for lead in world.referrals():
        above.setdefault(lead.person.name, set()).add(root(lead.referrer))
    seen, open_ones = set(), set(above.get(name, ()))
    while open_ones:
        one = open_ones.pop()
        if one not in seen:
            seen.add(one)
            open_ones |= above.get(one, set())
    return seen


def _no_circle(world):
    """Ends a program in which somebody has become an ancestor of their own referrer."""
    if any(name in ancestors(world, name) for name in world.people):
        raise LeftOpen("a merge closes a circle of referrals")


def reassign(world, person, to, now):
    """Gives a referral to another referrer: facts and the time of the lead stay."""
    found = world.leads(person)
    if to not in world.enrolled:
        return False
    if len(found) > 1:
        raise LeftOpen("a referral of several is reassigned")
    open_ends.reassigned(world, person, to, found[0])
    old, person.referrer = person.referrer, to
    if world.plant == "begins":
        person.evidence = [dataclasses.replace(entry, at=now) for entry in person.evidence]
    world.changed(person, now)
    groups.referrer(world, old, now)
    return True
