"""Makes programs in which a person may come again: evidence at any time, also of another referrer, and marks at any time."""

from .maker import REFERRERS, Maker


class AgainMaker(Maker):
    """Makes a program in which people have several leads."""

    def __init__(self, source, level):
        super().__init__(source, level)
        self.invitees = self.invitees[: source.choice([1, 1, 2])]
        definition = self.settings.definition
        definition["qualification"]["window"] = source.choice(["1 days", "2 days", "4 days", "7 days"])
        definition["waiting"] = source.choice(["1 hours", "24 hours", "3 days"])
        self.hands = source.random() < 0.4
        self.foreign = source.choice([0, 0, 0.15])

    def _choices(self):
        hands = {self._hand: 25} if self.level == "again" and self.hands else {}
        return super()._choices() | {self._lead: 22, self._mark: 12, self._moderate: 8} | hands

    def _lead(self):
        host = self.source.choice(self.invitees)
        evidence = {"code": "code:" + self._referrer(host)}
        at = self._before(12)
        self._add({"record_lead": {"campaign": "spring", "person": self._told(host), "evidence": evidence}}, at)

    def _referrer(self, host):
        if self.source.random() < self.foreign:
            return self.source.choice(REFERRERS)
        return self.referrer[host]

    def _with_evidence(self, host, at):
        if self.source.random() < 0.12:
            return {"campaign": "spring", "evidence": {"code": "code:" + self._referrer(host)}}, at
        return {}, at

    def _mark(self):
        lead = self._some_referral()
        invitee = lead and self._reference(lead.person.name)
        if invitee:
            name = self.source.choice(["qualify", "qualify", "unqualify", "lose", "lose", "remove_mark"])
            self._add({name: {"campaign": "spring", "invitee": invitee}}, self._before(12))

    def _may_moderate(self, lead, at):
        return True

    def _hand(self):
        people = [[lead.number for lead in self.world.leads(person)] for person in self.world.people.values()]
        if all(numbers == list(range(1, len(numbers) + 1)) for numbers in people):
            super()._hand()


class MovedMaker(Maker):
    """Makes a program in which referrals go to another referrer, on campaigns of several levels."""

    def __init__(self, source, level):
        super().__init__(source, source.choice(["facts", "holds", "hands", "limits", "groups"]))

    def _choices(self):
        return super()._choices() | {self._reassign: 8}

    def _reassign(self):
        lead = self._some_referral()
        if lead is None or self.settings.keeps():
            return
        to = self.source.choice(REFERRERS)
        self.referrer[lead.owner] = to
        fields = {"campaign": "spring", "invitee": {"host": lead.owner}, "to": {"host": to}}
        self._add({"reassign": fields | {"actor": "desk", "reason": "called in"}})
