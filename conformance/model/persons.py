"""Makes programs about who is who: people told by several ids and emails, taken emails, mailboxes of referrers, merges."""

from .again import AgainMaker
from .maker import REFERRERS

EMAILS = ["bob@mail.example", "cat@mail.example", "b.o.b@gmail.com", "bob@gmail.com", "office@acme.example"]
OF_REFERRERS = ["ada@mail.example", "ann@gmail.com"]
ALIKE = ["ada+x@mail.example", "a.nn@googlemail.com", "ann+shop@gmail.com"]
IDS = [{"source": "stripe", "id": f"cus_{number}"} for number in range(1, 5)]


class PersonMaker(AgainMaker):
    """Makes a program in which people are told of in several ways."""

    def __init__(self, source, level):
        super().__init__(source, level)
        definition = self.settings.definition
        definition["qualification"]["window"] = source.choice(["7 days", "14 days", "30 days"])
        self.settings.flags = True
        for rule in definition["rewards"]:
            rule.pop("expires", None)
        if source.random() < 0.7:
            definition["attribution"] = {"same_mailbox": source.choice(["decline", "hold", "allow"])}
        self.invitees = ["bob", "cat", "dan"]
        self.referrer = {host: source.choice(REFERRERS) for host in self.invitees}

    def _enrolled(self):
        return [{"host_id": host, "email": email} for host, email in zip(REFERRERS, OF_REFERRERS)]

    def _choices(self):
        return super()._choices() | {self._of_another: 3, self._alias: 6, self._lead: 14, self._mark: 4, self._moderate: 8}

    def _told(self, host):
        """How a person is told of: by a host id, further ids, an email, or several of them."""
        fields, chance = {}, self.source.random
        if chance() < 0.6:
            fields["host_id"] = host
        if chance() < 0.35:
            fields["ids"] = self.source.sample(IDS, 1 if chance() < 0.8 else 2)
        if chance() < 0.45 or not fields:
            pool = EMAILS * 3 + ALIKE * 2 + OF_REFERRERS
            fields["email"] = self.source.choice(pool if "host_id" in fields else EMAILS)
        return fields

    def _referrer(self, host):
        return self.source.choice(REFERRERS) if self.source.random() < 0.2 else self.referrer.get(host, "ada")

    def _reference(self, name):
        """How a command of a hand names a known person, or None if only a further id leads there."""
        known = self.world.directory.known[name]
        if known.hosts:
            return {"host": self.source.choice(sorted(known.hosts))}
        return {"email": self.source.choice(sorted(known.emails))} if known.emails else None

    def _of_another(self):
        """Tells an id of a referrer that is somebody else's."""
        known = self.world.directory.known.values()
        taken = sorted(one for some in known if some.into is None and not some.hosts & set(REFERRERS) for one in some.ids)
        if taken:
            source, one = self.source.choice(taken)
            person = {"host_id": self.source.choice(REFERRERS), "ids": [{"source": source, "id": one}]}
            self._add({"enrol": {"campaign": "spring", "person": person}})

    def _alias(self):
        """Adds or takes away an id or an email."""
        names = [name for name in self.world.people if self.world.directory.root(name) == name]
        name = self.source.choice(names)
        reference = self._reference(name)
        if reference is None or name in REFERRERS:
            return
        if self.source.random() < 0.5:
            fields = self.source.choice([{"email": self.source.choice(EMAILS)}, {"ids": [self.source.choice(IDS)]}])
            self._add({"add_alias": {"participant": reference} | fields})
            return
        known = self.world.directory.known[name]
        taken = [{"email": email} for email in sorted(known.emails)]
        taken += [{"ids": [{"source": source, "id": one}]} for source, one in sorted(known.ids)]
        if taken and known.hosts:
            self._add({"remove_alias": {"participant": reference} | self.source.choice(taken)})


class MergeMaker(PersonMaker):
    """Makes a program in which the host finds out that two people are one."""

    def _choices(self):
        return super()._choices() | {self._merge: 7, self._alias: 3}

    def _merge(self):
        """Merges two people, one of them perhaps a referrer."""
        names = list(self.world.people)
        if len(names) < 2:
            return
        one, other = (self._reference(name) for name in self.source.sample(names, 2))
        if one and other:
            self._add({"merge_people": {"one": one, "other": other, "actor": "desk", "reason": "called in"}})
