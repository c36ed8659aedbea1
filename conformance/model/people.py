"""Who is who: the ids and emails that lead to a person, and what is known of each."""

from dataclasses import dataclass, field
from typing import Optional

DOTTED = ("gmail.com", "googlemail.com")


@dataclass
class Known:
    """What is known of a person. `told` has every email that was told of it, `others` what belongs to others; `into` is who stays
    after a merge."""

    name: str
    number: int
    hosts: set = field(default_factory=set)
    ids: set = field(default_factory=set)
    emails: set = field(default_factory=set)
    told: set = field(default_factory=set)
    others: set = field(default_factory=set)
    into: Optional[str] = None


def mailbox(email):
    """The address without what one person can vary at will."""
    local, domain = email.split("@")
    local = local.split("+")[0]
    if domain in DOTTED:
        local, domain = local.replace(".", ""), DOTTED[0]
    return f"{local}@{domain}"


class Directory:
    """Everybody who was told of, by name. `plant` "mailbox" is a planted fault: people of one mailbox are one."""

    def __init__(self, plant=None):
        self.known, self.plant = {}, plant

    def root(self, name):
        """Who stays of a person that was merged."""
        known = self.known.get(name)
        return known.into if known and known.into else name

    def tell(self, fields):
        """The person that these fields name, made if nobody is known by them; what is told is kept."""
        told = _told(fields)
        known = self._resolve(told) or self._make(told)
        host, ids, email = told
        if host and self._by("hosts", host) is None:
            known.hosts.add(host)
        known.ids |= {one for one in ids if self._by("ids", one) is None}
        if email:
            known.told.add(email)
        if email and self._by_email(email) is None:
            known.emails.add(email)
        known.others |= {one for one in [*ids, email] if one and one not in known.ids | known.emails}
        return known.name

    def _resolve(self, told):
        host, ids, email = told
        found = self._by("hosts", host) if host else None
        if found:
            return found
        candidates = [self._by("ids", one) for one in ids] + [self._by_email(email) if email else None]
        for found in candidates:
            if found and (host is None or not found.hosts):
                return found
        return None

    def _make(self, told):
        name = told[0] or f"guest{len(self.known) + 1}x"
        self.known[name] = Known(name, len(self.known))
        return self.known[name]

    def find(self, reference):
        """The name of the person that a command names, or None."""
        found = None
        if "host" in reference:
            found = self._by("hosts", reference["host"])
        elif "email" in reference:
            found = self._by("emails", reference["email"])
        return found.name if found else None

    def _by(self, kind, value):
        return next((known for known in self._present() if value in getattr(known, kind)), None)

    def _by_email(self, email):
        if self.plant == "mailbox":
            same = (k for k in self._present() if mailbox(email) in {mailbox(one) for one in k.emails})
            return next(same, None)
        return self._by("emails", email)

    def _present(self):
        return [known for known in self.known.values() if known.into is None]

    def add(self, name, fields):
        """Adds an id or an email; whether it was free, or the person's own."""
        told = [("ids", _pair(one)) for one in fields.get("ids", [])]
        told += [("emails", fields["email"])] if "email" in fields else []
        for kind, value in told:
            other = self._by(kind, value)
            if other and other.name != name:
                return False
        for kind, value in told:
            getattr(self.known[name], kind).add(value)
            self.known[name].told |= {value} if kind == "emails" else set()
        return True

    def remove(self, name, fields):
        """Takes ids and an email away."""
        self.known[name].ids -= {_pair(one) for one in fields.get("ids", [])}
        self.known[name].emails -= {fields.get("email")}
        self.known[name].told -= {fields.get("email")}
        self.known[name].others -= {fields.get("email"), *(_pair(one) for one in fields.get("ids", []))}

    def same(self, fields, name):
        """Whether what is told is of this person: "self", "mailbox" or None."""
        host, ids, email = _told(fields)
        known = self.known[self.root(name)]
        if (host and host in known.hosts) or set(ids) & known.ids or email in known.emails:
            return "self"
        if {*ids, email} & known.others:
            return "self"
        return "mailbox" if email and mailbox(email) in _mailboxes(known) else None

    def common(self, name, other):
        """Whether an id or an email was told of two people, whomever of them, or of others, it leads to."""
        one, other = self.known[name], self.known[self.root(other)]
        return bool(one.others & (other.ids | other.emails | other.others) or other.others & (one.ids | one.emails))

    def share(self, name, other):
        """Whether two people share a mailbox by all emails that were told of them."""
        return bool(_mailboxes(self.known[name]) & _mailboxes(self.known[self.root(other)]))

    def merge(self, one, other):
        """Makes two people one: (who stays, who goes). Host ids of both lead to who stays."""
        stays, goes = sorted((self.known[one], self.known[other]), key=lambda known: known.number)
        stays.hosts |= goes.hosts
        stays.ids |= goes.ids
        stays.emails |= goes.emails
        stays.told |= goes.told
        stays.others |= goes.others
        for known in self.known.values():
            if known is goes or known.into == goes.name:
                known.into = stays.name
        return stays.name, goes.name


def _mailboxes(known):
    """The mailboxes of a person."""
    return {mailbox(email) for email in known.told}


def _told(fields):
    """Host id, further ids and email of what was told."""
    return fields.get("host_id"), [_pair(one) for one in fields.get("ids", [])], fields.get("email")


def _pair(one):
    return one["source"], one["id"]
