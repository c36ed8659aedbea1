"""Makes a program step by step, of the levels in which each person has one lead."""

import datetime

from . import open_ends, rules
from .amounts import moment, stamp, written
from .books import World
from .open_ends import LeftOpen

STARTS = ["2026-03-26T06:00:00Z", "2026-10-22T06:00:00Z", "2026-05-01T09:00:00Z"]
CHANGES = ["2026-03-28T22:30:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T21:59:59Z"]
CHANGES += ["2026-03-29T22:00:00Z", "2026-10-24T21:59:59Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"]
CHANGES += ["2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z", "2026-03-31T21:59:59Z", "2026-03-31T22:00:00Z"]
REFERRERS, INVITEES = ["ada", "ann"], ["bob", "cat", "dan", "eve"]


class Maker:
    """Makes a program step by step; it runs the model beside, so that hands find rewards."""

    def __init__(self, source, level):
        self.source, self.level = source, level
        self.world, self.made = World(), []
        self.now = moment(source.choice(STARTS))
        self.settings = rules.settings(source, level)
        self.orders, self.refunds, self.number = [], [], 0
        self.invitees = INVITEES[: 1 if source.random() < 0.3 else source.randint(2, 4)]
        self.referrer = {host: source.choice(REFERRERS) for host in self.invitees}
        if level == "groups":
            self.invitees = INVITEES
            self.referrer = {host: "ada" if host != "eve" else source.choice(REFERRERS) for host in INVITEES}
        self.first = {host: None for host in self.invitees}
        self.lost = set()

    def steps(self):
        """All steps, the last a `settle`."""
        self._add({"define_campaign": {"definition": self.settings.definition}})
        for person in self._enrolled():
            self._add({"enrol": {"campaign": "spring", "person": person}})
        try:
            for _ in range(self.source.randint(20, 60)):
                self._advance()
                self._command()
        except LeftOpen:
            pass
        if self.source.random() < 0.5:
            self.now += datetime.timedelta(days=self.source.choice([1, 10, 40]))
        self.made.append({"now": stamp(self.now), "do": "settle"})
        return self.made

    def _enrolled(self):
        """The referrers, as they are told of."""
        return [{"host_id": host} for host in REFERRERS]

    def _told(self, host):
        """How an invitee is told of."""
        return {"host_id": host}

    def _reference(self, name):
        """How a command of a hand names an invitee."""
        return {"host": name}

    def _add(self, command, at=None):
        step = {"now": stamp(self.now), "do": command}
        if at is not None and at < self.now:
            step["at"] = stamp(at)
        self.world.run(step)
        self.made.append(step)
        self.now += datetime.timedelta(seconds=1)

    def _advance(self):
        """Moves the time on: a little, by hours, by days, or to a moment at which something changes."""
        chance = self.source.random()
        if chance < 0.2:
            turns = sorted(time for time in self._moments() if time > self.now)
            if turns:
                self.now = self.source.choice(turns[:3])
        elif chance < 0.6:
            self.now += datetime.timedelta(minutes=self.source.randint(1, 600))
        elif chance < 0.85:
            self.now += datetime.timedelta(hours=self.source.randint(1, 60))

    def _moments(self):
        """The times at which something may change."""
        times = [moment(text) for text in CHANGES]
        for facts in self.world.referrals():
            lead, window = facts.lead_at, self.world.campaign.window
            times += [lead, lead - self.world.campaign.waiting]
            times += [lead + window] if window else []
        for reward in self.world.rewards.values():
            if reward.line and reward.posted:
                times += [reward.line.hold_ends] if reward.line.hold_ends else []
                if not reward.line.approval or reward.approval:
                    times += [reward.expires_at()] if reward.expires_at() else []
        limit = moment("2027-02-01T00:00:00Z")
        return [time for time in times if time < limit]

    def _before(self, days=8):
        """A time in the past: now, some hours or days ago, or one at which something changed."""
        chance = self.source.random()
        if chance < 0.3:
            return self.now
        if chance < 0.5:
            times = [time for time in self._moments() if self.now - datetime.timedelta(days=20) < time <= self.now]
            if times:
                return self.source.choice(times)
        return self.now - datetime.timedelta(minutes=self.source.randint(0, days * 1440))

    def _command(self):
        choices = self._choices()
        makers = list(choices)
        self.source.choices(makers, [choices[maker] for maker in makers])[0]()

    def _choices(self):
        """What a program may do, and how often."""
        choices = {
            self._lead: 10, self._order: 30, self._refund: 12, self._take_back: 5, self._correct: 7,
            self._void: 6, self._mark: 6, self._moderate: 6, self._settle: 5,
        }
        if self.level in ("hands", "limits", "groups"):
            choices |= {self._hand: 45}
        if self.level == "debts":
            choices |= {self._hand: 90, self._refund: 20, self._take_back: 10, self._grant: 5}
        if self.level == "holds":
            choices |= {self._approve: 8}
        if self.level == "limits":
            choices |= {self._grant: 10, self._pause: 4, self._suspend: 3}
        return choices

    def _settle(self):
        self._add("settle")

    def _evidence_at(self, host):
        """When evidence for somebody may have been given: all within four days, so that there is one lead."""
        if host in self.lost or self.world.paused or self.referrer[host] in self.world.suspended:
            return None
        if self.first[host] is None:
            self.first[host] = self._before(5)
            return self.first[host]
        at = self.first[host] + datetime.timedelta(hours=self.source.randint(-48, 48))
        return at if at <= self.now else None

    def _lead(self):
        host = self.source.choice(self.invitees)
        at = self._evidence_at(host)
        if at is not None:
            evidence = {"code": "code:" + self.referrer[host]}
            self._add({"record_lead": {"campaign": "spring", "person": {"host_id": host}, "evidence": evidence}}, at)

    def _order(self):
        host, at = self.source.choice(self.invitees), self._before()
        fields = {"source": self.source.choice(["shop", "app"]), "kind": self.settings.kind(self.source)}
        more, at = self._with_evidence(host, at)
        fields |= more
        currency = self.settings.currency(self.source)
        names = [name for name in self._pending() if name not in [entry[1] for entry in self.orders]]
        self.number += 1
        event = f"o{self.number}"
        if names and self.source.random() < 0.5:
            event, currency = names[0], "EUR"
            fields["source"] = "shop"
        fields |= {"event": event, "person": self._told(host), "occurred_at": stamp(at)}
        fields |= self._amounts(currency, self.settings.zero and self.source.random() < 0.1)
        self.orders.append((fields["source"], event, currency))
        self._add({"record_conversion": fields})

    def _with_evidence(self, host, at):
        """The evidence that an order brings, if any, and when it is then."""
        if self.source.random() >= 0.12:
            return {}, at
        at = self._evidence_at(host) or at
        near = self.first[host] and abs(at - self.first[host]) <= datetime.timedelta(days=2)
        if near and self._evidence_at(host):
            return {"campaign": "spring", "evidence": {"code": "code:" + self.referrer[host]}}, at
        return {}, at

    def _pending(self):
        """Orders of which something was told before themselves."""
        told = list(self.world.refunds) + list(self.world.corrections)
        return [event for _, event in told if event.startswith("early")]

    def _amounts(self, currency, zero=False):
        total = 0 if zero else self.source.choice([500, 1000, 1999, 2000, 3333, 5000, 8000, 12345])
        if currency == "JPY":
            total *= 2
        fields = {"total": written(total, currency)}
        if self.source.random() < 0.4:
            fields["tax"] = written(self.source.randint(0, total // 5), currency)
        if self.source.random() < 0.3:
            fields["shipping"] = written(self.source.randint(0, total // 8), currency)
        return fields

    def _some_order(self):
        """An order that was told, or one that will be told later."""
        if self.orders and self.source.random() < 0.93:
            return self.source.choice(self.orders)
        return ("shop", f"early{self.source.randint(1, 2)}", "EUR")

    def _refund(self):
        source, event, currency = self._some_order()
        order = next((o for p in self.world.people.values() for k, o in p.orders.items() if k == (source, event)), None)
        total = order.total if order else 5000
        amount = max(1, self.source.choice([total, total, total // 2, total // 3, 100]))
        how = self.source.choice(["amount", "amount", "cumulative"])
        name = f"r{len(self.refunds) + 1}"
        self.refunds.append((source, event, name))
        fields = {"source": source, "event": event, "refund": name, "amount": {how: written(amount, currency)}}
        self._add({"record_refund": fields})

    def _take_back(self):
        if self.refunds:
            source, event, name = self.source.choice(self.refunds)
            self._add({"cancel_refund": {"source": source, "event": event, "refund": name}})

    def _correct(self):
        source, event, currency = self._some_order()
        self.number += 1
        fields = {"source": source, "event": event, "correction": f"c{self.number:03}"}
        self._add({"correct_conversion": fields | self._amounts(currency)}, self._before(3))

    def _void(self):
        source, event, _ = self._some_order()
        if self.settings.keeps():
            return
        name = self.source.choice(["void_conversion", "void_conversion", "restore_conversion"])
        self._add({name: {"source": source, "event": event}}, self._before(3))

    def _some_referral(self):
        found = self.world.referrals()
        return self.source.choice(found) if found else None

    def _mark(self):
        facts = self._some_referral()
        name = self.source.choice(["qualify", "qualify", "unqualify", "lose", "remove_mark"])
        at = self._before(6)
        if facts is None or at < facts.lead_at or (name == "lose" and at <= facts.begun.evidence[-1].at):
            return
        if name == "lose":
            self.lost.add(facts.invitee)
        self._add({name: {"campaign": "spring", "invitee": {"host": facts.invitee}}}, at)

    def _moderate(self):
        facts, at = self._some_referral(), self._before(4)
        if facts is not None and self._may_moderate(facts, at):
            says = self.source.choice(["clear", "clear", "flagged", "denied"])
            if says == "denied" and self.settings.keeps():
                says = "clear"
            if says == "flagged" and self.settings.expires():
                says = "clear"
            invitee = self._reference(facts.person.name)
            if invitee:
                self._add({"moderate": {"campaign": "spring", "invitee": invitee, "moderation": says}}, at)

    def _may_moderate(self, facts, at):
        return at >= facts.lead_at

    def _reward(self, choose):
        """A reward for which `choose` holds, as a command names it."""
        free = [r for r in self.world.rewards.values() if r.person not in self.world.suspended]
        found = [reward for reward in free if choose(reward)]
        if not found or self.world.paused:
            return None
        reward = self.source.choice(found)
        return {"campaign": 1, "rule": reward.rule, "participant": reward.person, "cause": reward.cause}

    def _move(self, choose, to):
        reward = self._reward(choose)
        if reward:
            self._add({"move_reward": {"reward": reward, "to": to}})

    def _approve(self):
        now = self.now
        self._move(lambda reward: reward.state(now) == "pending" and reward.hold(now) == "approval", "approve")

    def _hand(self):
        now = self.now
        chance = self.source.random()
        begun = any(reward.fixed for reward in self.world.rewards.values())
        if self.level == "debts" and begun and chance < 0.5:
            chance = 0.7
        if chance < 0.2:
            self._approve()
        elif chance < 0.55:
            self._move(self._may_begin, "begin_issue")
        elif chance < 0.58:
            self._move(lambda reward: reward.state(now) in ("pending", "issued", "expired"), "begin_issue")
        elif chance < 0.75:
            self._move(lambda reward: reward.fixed, {"issue": "t"})
        elif chance < 0.83:
            self._move(lambda reward: reward.fixed, {"fail": "f"})
        elif chance < 0.9:
            self._move(self._may_return, {"return_issue": "r"})
        elif chance < 0.95:
            self._move(self._may_cancel, {"cancel": "c"})
        else:
            self._move(lambda reward: reward.state(now) == "issued" and reward.posted, {"reverse": "v"})

    def _may_cancel(self, reward):
        return reward.state(self.now) in ("pending", "due") and reward.handed == 0 and reward.refused == 0

    def _may_begin(self, reward):
        return reward.state(self.now) == "due"

    def _may_return(self, reward):
        return reward.issued and not reward.fixed and open_ends.may_return(reward)

    def _grant(self):
        reward = self._reward(self._may_grant)
        if reward:
            beyond = self.source.random() < 0.4
            self._add({"grant_reward": {"reward": reward, "beyond_limits": beyond, "reason": "g"}})

    @staticmethod
    def _may_grant(reward):
        return reward.refused and reward.because != "told_too_late" and reward.line

    def _pause(self):
        state = "active" if self.world.paused else "paused"
        self._add({"set_campaign_state": {"campaign": "spring", "state": state}})

    def _suspend(self):
        host = self.source.choice(REFERRERS)
        state = "active" if host in self.world.suspended else "suspended"
        self._add({"set_participant_state": {"participant": {"host": host}, "state": state}})
