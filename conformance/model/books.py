"""The world of one campaign: it takes the commands of a program one after another.

`plant` names a planted fault, or is None. Planted faults are controls: the comparison must find them.

* "order": orders are in the order in which they were told;
* "settle": holds end and rewards expire when `settle` runs;
* "mailbox": people of one mailbox are one person;
* "first": orders of a second lead count in the first;
* "clear": a `clear` covers what is found after it;
* "begins": a referral that goes to another referrer begins at that time;
* "apart": orders of a person who is merged stay behind.
"""

import copy

from . import groups, hands, law, leads, merges, open_ends, reconcile
from .amounts import moment, money
from .campaign import read
from .facts import Evidence, Order, Person
from .open_ends import LeftOpen
from .people import Directory


class World:
    """Campaign, people, facts and rewards."""

    def __init__(self, plant=None):
        self.plant = plant
        self.campaign, self.rules = None, {}
        self.people, self.rewards, self.nettings = {}, {}, []
        self.corrections, self.refunds, self.taken_back, self.voids = {}, {}, {}, {}
        self.paused, self.suspended, self.enrolled = False, set(), set()
        self.groups, self.qualifying = {}, {}
        self.broken = set()
        self.number, self.settled_at, self.now = 0, None, None
        self.directory, self.who, self.laid = Directory(plant), None, {}

    def run(self, step):
        """Runs one step: whether it was taken, or why it was declined. `who` is then the person it was about."""
        self.number += 1
        self.who, self.laid = None, {}
        self.now = now = moment(step["now"])
        if step["do"] == "settle":
            self.settled_at = now
            return True
        (name, fields), = step["do"].items()
        at = moment(step["at"]) if "at" in step else now
        return getattr(self, "_" + name)(fields, at, now)

    def clock(self):
        """The time by which holds end and rewards expire."""
        if self.plant == "settle":
            return self.settled_at or self.now.replace(year=2000)
        return self.now

    def leads(self, person):
        """The leads of a person, laid out once for each step."""
        if person.name not in self.laid:
            self.laid[person.name] = found = leads.leads(self.campaign, person)
            for lead in found[1:] if self.plant == "first" else []:
                found[0].orders |= lead.orders
                lead.orders = {}
        return self.laid[person.name]

    def referrals(self):
        """All leads of everybody."""
        return [lead for person in self.people.values() for lead in self.leads(person)]

    def target(self, lead, now):
        """What the facts of a lead say now."""
        return law.evaluate(self.campaign, lead, now, self.plant == "order")

    def again(self, reward, now):
        """Evaluates and posts once more for what a reward belongs to."""
        if reward.invitee:
            reconcile.person(self, self.people[self.directory.root(reward.invitee)], now)
        else:
            groups.referrer(self, reward.person, now)

    def changed(self, person, now):
        """Posts what changed by a fact of a person."""
        self.laid = {}
        if person is not None and person.evidence:
            for lead in self.leads(person):
                open_ends.found_late(self.campaign, lead)
            open_ends.numbers(self, person)
            merges.stays_left_out(self, person)
            reconcile.person(self, person, now)
            for name in dict.fromkeys(lead.referrer for lead in self.leads(person)):
                groups.referrer(self, name, now)
        return True

    def _told(self, fields):
        """The person that is told of."""
        self.who = name = self.directory.tell(fields)
        if name not in self.people:
            person = Person(name)
            person.corrections, person.refunds = self.corrections, self.refunds
            person.taken_back, person.voids = self.taken_back, self.voids
            person.clears_all = self.plant == "clear"
            self.people[name] = person
        return self.people[name]

    def _owner(self, key):
        return next((person for person in self.people.values() if key in person.orders), None)

    def _define_campaign(self, fields, at, now):
        self.campaign = read(fields["definition"])
        self.rules = {rule.id: rule for rule in self.campaign.rules}
        return True

    def _enrol(self, fields, at, now):
        self.enrolled.add(self._told(fields["person"]).name)
        return True

    def _add_alias(self, fields, at, now):
        name = self.directory.find(fields["participant"])
        return name is not None and (self.directory.add(name, fields) or "belongs_to_another")

    def _remove_alias(self, fields, at, now):
        name = self.directory.find(fields["participant"])
        if name:
            open_ends.shares_mailbox(self.directory.known[name], fields)
            self.directory.remove(name, fields)
        return name is not None

    def _record_lead(self, fields, at, now):
        before = copy.deepcopy(self.directory.known)
        taken = self._evidence(fields, self._told(fields["person"]), at, now)
        if taken is not True:
            self.directory.known, self.who = before, None
            self.people = {name: person for name, person in self.people.items() if name in before}
        return taken

    def _evidence(self, fields, person, at, now):
        """Takes evidence: True, or the reason why it is declined."""
        referrer = self.directory.root(fields["evidence"]["code"].removeprefix("code:"))
        if referrer not in self.enrolled:
            return "evidence_unknown"
        if self.paused or referrer in self.suspended:
            raise LeftOpen("evidence while it cannot count")
        other = person.referrer is not None and self.directory.root(person.referrer) != referrer
        entry = Evidence(at, self.number, person.name)
        own = self._self_referral(fields["person"], person, referrer, entry, other)
        open_ends.early(self.campaign, self.directory, person, referrer, at)
        if other:
            open_ends.another(self.campaign, person, referrer, at)
            if not leads.would_begin(self.campaign, person, at):
                return "self_referral or already_referred or cycle"
        if own:
            return "self_referral"
        if person.name in merges.ancestors(self, referrer):
            return "cycle"
        if other:
            leads.turn(self.campaign, person, referrer)
        person.referrer = person.referrer or referrer
        person.evidence.append(entry)
        return self.changed(person, now)

    def _self_referral(self, told, person, referrer, entry, other):
        """Whether a lead is declined because the person is the referrer; notes on the evidence what is held."""
        said = same = self.directory.same(told, referrer)
        if same != "self" and self.directory.common(person.name, referrer):
            same = "self"
        if not same and self.directory.share(person.name, referrer):
            same = "mailbox"
        if same and person.evidence and not other:
            open_ends.tells_again(self.campaign, person, entry.at, said)
            entry.shares = True
            return False
        entry.found = same == "mailbox" and self.campaign.same_mailbox == "hold"
        return same == "self" or (same == "mailbox" and self.campaign.same_mailbox == "decline")

    def _record_conversion(self, fields, at, now):
        key = (fields["source"], fields["event"])
        if self._owner(key):
            return True
        person = self._told(fields["person"])
        total, currency = money(fields["total"])
        tax, shipping = (money(fields[name])[0] if name in fields else 0 for name in ("tax", "shipping"))
        at = moment(fields["occurred_at"]) if "occurred_at" in fields else now
        person.orders[key] = Order(key, fields["kind"], at, now, self.number, currency, total, tax, shipping)
        if "evidence" in fields:
            self._evidence(fields, person, at, now)
        person.orders[key].found = self._found(person, person.orders[key], fields["person"])
        return self.changed(person, now)

    def _found(self, person, order, told):
        """Whether an order tells an id, an email or the mailbox of the referrer of its lead."""
        self.laid = {}
        lead = next((lead for lead in self.leads(person) if order.key in lead.orders), None)
        order.tells = person.referrer is not None and self.directory.same(told, person.referrer) is not None
        open_ends.found_elsewhere(self.directory, self.leads(person), lead, told, order)
        same = lead and self.directory.same(told, lead.referrer)
        return same == "self" or (same == "mailbox" and self.campaign.same_mailbox != "allow")

    def _record_refund(self, fields, at, now):
        key = (fields["source"], fields["event"])
        (kind, text), = fields["amount"].items()
        self.refunds.setdefault(key, {}).setdefault(fields["refund"], (kind, money(text)[0]))
        return self.changed(self._owner(key), now)

    def _cancel_refund(self, fields, at, now):
        key = (fields["source"], fields["event"])
        self.taken_back.setdefault(key, set()).add(fields["refund"])
        return self.changed(self._owner(key), now)

    def _correct_conversion(self, fields, at, now):
        key = (fields["source"], fields["event"])
        amounts = tuple(money(fields[name])[0] if name in fields else 0 for name in ("total", "tax", "shipping"))
        self.corrections.setdefault(key, []).append((at, fields["correction"], amounts))
        return self.changed(self._owner(key), now)

    def _void_conversion(self, fields, at, now):
        return self._void(fields, at, now, True)

    def _restore_conversion(self, fields, at, now):
        return self._void(fields, at, now, False)

    def _void(self, fields, at, now, void):
        key = (fields["source"], fields["event"])
        self.voids.setdefault(key, []).append((at, self.number, void))
        return self.changed(self._owner(key), now)

    def _invitee(self, fields):
        """The person that a command names as invitee, if that person has a lead."""
        person = self.people.get(self.directory.find(fields["invitee"]))
        return person if person and person.evidence else None

    def _mark(self, fields, at, now, says):
        person = self._invitee(fields)
        if person is None:
            return False
        person.marks.append((at, self.number, says))
        return self.changed(person, now)

    def _qualify(self, fields, at, now):
        return self._mark(fields, at, now, "qualified")

    def _unqualify(self, fields, at, now):
        return self._mark(fields, at, now, "not_qualified")

    def _lose(self, fields, at, now):
        return self._mark(fields, at, now, "lost")

    def _remove_mark(self, fields, at, now):
        return self._mark(fields, at, now, "none")

    def _moderate(self, fields, at, now):
        person = self._invitee(fields)
        if person is None:
            return False
        person.moderations.append((at, self.number, fields["moderation"]))
        return self.changed(person, now)

    def _reassign(self, fields, at, now):
        person = self._invitee(fields)
        return person is not None and merges.reassign(self, person, self.directory.find(fields["to"]), now)

    def _merge_people(self, fields, at, now):
        one, other = self.directory.find(fields["one"]), self.directory.find(fields["other"])
        if one is None or other is None or one == other:
            return one is not None and one == other
        return merges.merge(self, one, other, now)

    def _reward(self, fields):
        key = fields["reward"]
        return self.rewards.get((key["rule"], key["participant"], key["cause"]))

    def _move_reward(self, fields, at, now):
        return hands.move(self, self._reward(fields), fields["to"], self.clock())

    def _grant_reward(self, fields, at, now):
        return hands.grant_reward(self, self._reward(fields), fields["beyond_limits"], now)

    def _set_campaign_state(self, fields, at, now):
        self.paused = fields["state"] == "paused"
        return True

    def _set_participant_state(self, fields, at, now):
        (self.suspended.add if fields["state"] == "suspended" else self.suspended.discard)(fields["participant"]["host"])
        return True
