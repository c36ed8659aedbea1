"""Which leads a person has, and to which of them each order, mark and moderation belongs.

Computed from the facts alone, but for one thing: what another referrer's evidence began stays (`facts.Person.earlier`).
"""

from dataclasses import dataclass, field
from datetime import datetime

from . import law
from .facts import Begun


@dataclass
class Lead:
    """One lead of a person, with the facts that belong to it."""

    owner: str
    number: int
    begun: Begun
    person: object
    until: object = None
    orders: dict = field(default_factory=dict)
    marks: list = field(default_factory=list)
    moderations: list = field(default_factory=list)

    def __post_init__(self):
        for name in ("corrections", "refunds", "taken_back", "voids"):
            setattr(self, name, getattr(self.person, name))

    @property
    def name(self):
        """What names the lead among those of its referrer."""
        return f"{self.owner}/{self.number}"

    @property
    def invitee(self):
        """Under which person causes name the lead."""
        return self.owner

    @property
    def referrer(self):
        """Who referred."""
        return self.begun.referrer

    @property
    def lead_at(self) -> datetime:
        """The earliest evidence."""
        return self.begun.evidence[0].at

    @property
    def moderation(self):
        """What the latest moderation says."""
        return max(self.moderations)[2] if self.moderations else "clear"

    def flags(self):
        """The times during which the referral was flagged: (from, until), the last one perhaps without an end."""
        found, since = [], None
        for at, _, says in sorted(self.moderations):
            if says == "flagged" and since is None:
                since = at
            elif says != "flagged" and since is not None:
                found.append((since, at))
                since = None
        return found + ([(since, None)] if since is not None else [])


def leads(campaign, person):
    """All leads of a person, in order of time."""
    return _built(campaign, person, begun(campaign, person), None)


def would_begin(campaign, person, at):
    """Whether evidence of another referrer than the present one begins a lead."""
    return _begins(campaign, person, begun(campaign, person), at, False)


def follows(campaign, person, at):
    """Whether evidence of the present referrer comes after the end of the last lead of another one."""
    return _begins(campaign, person, person.earlier, at, False)


def turn(campaign, person, referrer):
    """Lets the leads that there are stay: another referrer's evidence begins the next."""
    person.earlier, person.evidence, person.referrer = begun(campaign, person), [], referrer


def begun(campaign, person):
    """What began the leads of a person, in order of time."""
    found = list(person.earlier)
    for entry in sorted(person.evidence, key=lambda entry: (entry.at, entry.number)):
        present = len(found) > len(person.earlier)
        if present and not _begins(campaign, person, found, entry.at, True):
            found[-1].evidence.append(entry)
        else:
            found.append(Begun(person.referrer, [entry]))
    return found


def _begins(campaign, person, all_begun, at, own):
    """Whether evidence begins another lead: at or after the end of the last one, which did not qualify before."""
    if not all_begun:
        return True
    last = _built(campaign, person, all_begun, at)[-1]
    latest = max(last.marks, default=None)
    end = law.window_end(campaign, last, latest[0] if latest and latest[2] == "lost" else None)
    if end is None or at < end:
        return False
    if own and last.moderation == "denied":
        return False
    return not law.qualifies(campaign, last)


def _built(campaign, person, all_begun, before):
    """The leads with their facts; of marks and moderation only those before a time, if one is given."""
    found, taken = [], set()
    for place, one in enumerate(all_begun):
        until = all_begun[place + 1].evidence[0].at if place + 1 < len(all_begun) else before
        owner, number = _key(person, one, taken) if before is None else (person.name, 0)
        lead = Lead(owner, number, one, person, until)
        lead.marks = _between(person.marks, lead.lead_at, until)
        lead.moderations = _between(person.moderations, lead.lead_at, until)
        found.append(lead)
    for order in person.orders.values():
        lead = _lead_of(campaign, found, order)
        if lead:
            lead.orders[order.key] = order
    for lead in found:
        _find(lead, before)
    return found


def _key(person, one, taken):
    """Under which person and number a lead is known: as one of its evidence began it before, or a new number."""
    kept = [person.numbers[entry.number] for entry in one.evidence if entry.number in person.numbers]
    kept = [key for key in kept if key not in taken]
    owner = one.evidence[0].owner
    key = kept[0] if kept else (owner, 1 + max((n for who, n in person.numbers.values() if who == owner), default=0))
    taken.add(key)
    person.numbers.setdefault(one.evidence[0].number, key)
    return key


def _between(facts, since, until):
    """The facts of the latest lead not after them; what comes before the first lead belongs to none."""
    return [fact for fact in facts if fact[0] >= since and (until is None or fact[0] < until)]


def _lead_of(campaign, found, order):
    """The first lead whose window holds an order, or else the latest before it."""
    for lead in found:
        latest = max(lead.marks, default=None)
        end = law.window_end(campaign, lead, latest[0] if latest and latest[2] == "lost" else None)
        if lead.lead_at - campaign.waiting <= order.at and (end is None or order.at < end):
            return lead
    before = [lead for lead in found if lead.lead_at <= order.at]
    return before[-1] if before else None


def _find(lead, before):
    """Adds what was found: a flag as of an order or an evidence, unless one `clear` after the first covers it."""
    times = [entry for entry in lead.begun.evidence if entry.found]
    times = [(entry.at, entry.number) for entry in times]
    times = sorted(times + [(order.at, order.told_number) for order in lead.orders.values() if order.found])
    hands = list(lead.moderations)
    for at, number in times:
        if before is not None and at >= before:
            break
        said = [fact for fact in hands if fact[:2] < (at, number)]
        covered = any(says == "clear" and (lead.person.clears_all or times[0] < (since, told)) for since, told, says in said)
        if not covered and not (said and max(said)[2] == "denied"):
            lead.moderations.append((at, number, "flagged"))
