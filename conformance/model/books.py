"""The world of one campaign: it takes the commands of a program one after another.

`plant` is None, "order" or "settle". The two planted faults are controls: the comparison must find them.
"""

from . import groups, hands, law, reconcile
from .open_ends import LeftOpen
from .amounts import moment, money
from .campaign import read
from .facts import Facts, Order


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

    def run(self, step):
        """Runs one step; whether it was taken."""
        self.number += 1
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

    def referrals(self):
        """The facts of everybody who has a lead."""
        return [facts for facts in self.people.values() if facts.evidence]

    def target(self, facts, now):
        """What the facts of a referral say now."""
        return law.evaluate(self.campaign, facts, now, self.plant == "order")

    def again(self, reward, now):
        """Evaluates and posts once more for what a reward belongs to."""
        if reward.invitee:
            reconcile.referral(self, self.people[reward.invitee], now)
        else:
            groups.referrer(self, reward.person, now)

    def _changed(self, facts, now):
        if facts is not None and facts.evidence:
            reconcile.referral(self, facts, now)
            groups.referrer(self, facts.referrer, now)
        return True

    def _person(self, host):
        if host not in self.people:
            shared = (self.corrections, self.refunds, self.taken_back, self.voids)
            person = Facts(host)
            person.corrections, person.refunds, person.taken_back, person.voids = shared
            self.people[host] = person
        return self.people[host]

    def _owner(self, key):
        return next((facts for facts in self.people.values() if key in facts.orders), None)

    def _define_campaign(self, fields, at, now):
        self.campaign = read(fields["definition"])
        self.rules = {rule.id: rule for rule in self.campaign.rules}
        return True

    def _enrol(self, fields, at, now):
        self.enrolled.add(fields["person"]["host_id"])
        return True

    def _record_lead(self, fields, at, now):
        return self._evidence(fields, self._person(fields["person"]["host_id"]), at, now)

    def _evidence(self, fields, facts, at, now):
        referrer = fields["evidence"]["code"].removeprefix("code:")
        if referrer not in self.enrolled:
            return False
        if self.paused or referrer in self.suspended:
            raise LeftOpen("evidence while it cannot count")
        facts.referrer = facts.referrer or referrer
        facts.evidence.append(at)
        return self._changed(facts, now)

    def _record_conversion(self, fields, at, now):
        key = (fields["source"], fields["event"])
        if self._owner(key):
            return True
        facts = self._person(fields["person"]["host_id"])
        total, currency = money(fields["total"])
        tax, shipping = (money(fields[name])[0] if name in fields else 0 for name in ("tax", "shipping"))
        at = moment(fields["occurred_at"]) if "occurred_at" in fields else now
        facts.orders[key] = Order(key, fields["kind"], at, now, self.number, currency, total, tax, shipping)
        if "evidence" in fields:
            return self._evidence(fields, facts, at, now)
        return self._changed(facts, now)

    def _record_refund(self, fields, at, now):
        key = (fields["source"], fields["event"])
        (kind, text), = fields["amount"].items()
        self.refunds.setdefault(key, {}).setdefault(fields["refund"], (kind, money(text)[0]))
        return self._changed(self._owner(key), now)

    def _cancel_refund(self, fields, at, now):
        key = (fields["source"], fields["event"])
        self.taken_back.setdefault(key, set()).add(fields["refund"])
        return self._changed(self._owner(key), now)

    def _correct_conversion(self, fields, at, now):
        key = (fields["source"], fields["event"])
        amounts = tuple(money(fields[name])[0] if name in fields else 0 for name in ("total", "tax", "shipping"))
        self.corrections.setdefault(key, []).append((at, fields["correction"], amounts))
        return self._changed(self._owner(key), now)

    def _void_conversion(self, fields, at, now):
        return self._void(fields, at, now, True)

    def _restore_conversion(self, fields, at, now):
        return self._void(fields, at, now, False)

    def _void(self, fields, at, now, void):
        key = (fields["source"], fields["event"])
        self.voids.setdefault(key, []).append((at, self.number, void))
        return self._changed(self._owner(key), now)

    def _mark(self, fields, at, now, says):
        facts = self.people.get(fields["invitee"]["host"])
        if facts is None or not facts.evidence:
            return False
        facts.marks.append((at, self.number, says))
        return self._changed(facts, now)

    def _qualify(self, fields, at, now):
        return self._mark(fields, at, now, "qualified")

    def _unqualify(self, fields, at, now):
        return self._mark(fields, at, now, "not_qualified")

    def _lose(self, fields, at, now):
        return self._mark(fields, at, now, "lost")

    def _remove_mark(self, fields, at, now):
        return self._mark(fields, at, now, "none")

    def _moderate(self, fields, at, now):
        facts = self.people.get(fields["invitee"]["host"])
        if facts is None or not facts.evidence:
            return False
        facts.moderations.append((at, self.number, fields["moderation"]))
        return self._changed(facts, now)

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
