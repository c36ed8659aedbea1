"""The made-up year: tells the engine what 2,000 people do in a year, day by day, across both changes of daylight saving."""

import collections
import datetime

from . import hands
from .campaign import SLUG, definition
from .days import DAY, FIRST, HOUR, YEAR, last_sunday, stamp, start_of
from .dice import Dice
from .people import CHANNELS, INVITEES, REFERRERS, STRANGERS, UTM, Person, click

LENGTH = 365
VERSION_2 = 215
SECOND = datetime.timedelta(seconds=1)
MINUTE = datetime.timedelta(minutes=1)
CHANGES = [last_sunday(YEAR, 3), last_sunday(YEAR, 10)]


class Year:
    """Everything that happens, by the day on which the engine is told of it."""

    def __init__(self, engine, seed):
        self.engine, self.dice = engine, Dice(seed)
        self.planned = collections.defaultdict(list)
        self.refused = collections.Counter()
        self.told = collections.Counter()
        self.referrers = [Person(f"r{number}", self.dice) for number in range(REFERRERS)]
        self.invitees = [Person(f"i{number}", self.dice) for number in range(INVITEES)]
        self.strangers = [Person(f"s{number}", self.dice) for number in range(STRANGERS)]
        self.leads = []

    def run(self):
        """Plans the year, and tells it."""
        self.plan()
        self.tell(start_of(FIRST), [({"check_keyring": {}}, {}), definition_of(1)])
        days = {"receipt_days": 7, "touch_days": 3650, "uncounted_days": 3650, "letter_days": 30}
        self.tell(start_of(FIRST), [({"set_retention": days}, {})])
        for number in range(LENGTH + 20):
            self._day(number)
        self.engine.settle(start_of(FIRST + DAY * (LENGTH + 20)))

    def at(self, number):
        """A time on a day: often at its edges, and on the days of the changes at the change."""
        date = FIRST + DAY * int(number)
        start, end = start_of(date), start_of(date + DAY)
        edges = [start, start + SECOND, end - SECOND]
        edges += [change + SECOND * offset for change in CHANGES if start <= change < end for offset in (-1, 0, 1, 1800)]
        if self.dice.percent(12):
            return self.dice.one_of(edges)
        return start + SECOND * self.dice.between(0, int((end - start).total_seconds()) - 1)

    def plan_at(self, at, make, then=None, late_days=0):
        """Plans a command for a time; `make` gives it with its facts, or nothing. It may be told days later."""
        number = ((at + HOUR).date() - FIRST).days + late_days
        self.planned[max(0, number)].append((at, len(self.planned[number]), make, then))

    def plan(self):
        """Who joins, who comes, and what follows."""
        for person in self.referrers:
            self._referrer(person)
        for number, person in enumerate(self.invitees):
            self._invitee(person, number)
        for person in self.strangers:
            number, referrer = self.dice.between(5, LENGTH - 1), self.dice.one_of(self.referrers)
            self._clicks(person, referrer, number, self.dice.between(1, 3))
        hands.plan(self)

    def _referrer(self, person):
        begins = self.dice.between(0, 60) if self.dice.percent(60) else self.dice.between(0, 330)
        person.since = begins
        at = self.at(begins)
        self.plan_at(at, lambda: enrol(person, at), lambda answer: joined(person, answer))
        for _ in range(self.dice.between(0, 2)):
            made = self.at(begins + self.dice.between(1, 20))
            link = self._link(person)
            self.plan_at(made, lambda link=link, made=made: (link, {"at": stamp(made)}), lambda answer: linked(person, answer))
        for _ in range(self.dice.between(0, 3)):
            self._share(person, begins + self.dice.between(0, 120))

    def _link(self, person):
        link = {"campaign": SLUG, "participant": person.who(), "channel": self.dice.one_of(CHANNELS)}
        if self.dice.percent(40):
            link["utm"] = {name[4:]: value for name, value in self.dice.one_of(UTM).items()}
        return {"create_link": link}

    def _share(self, person, number):
        at = self.at(max(person.since + 1, number))
        share = {"campaign": SLUG, "participant": person.who(), "channel": self.dice.one_of(CHANNELS)}
        # Told as it happens: of shares the one that is told first makes a referrer, and no fact keeps which that was.
        self.plan_at(at, lambda: ({"record_share": share}, {"at": stamp(at)}))

    def _clicks(self, person, referrer, number, count):
        for _ in range(count):
            view, machine = self.dice.percent(25), self.dice.percent(8)
            at = self.at(max(number, referrer.since + 1))
            for again in range(2 if self.dice.percent(10) else 1):
                moment = at + MINUTE * 20 * again
                make = self._click(person, referrer, moment, view, machine)
                self.plan_at(moment, make)
            number += self.dice.between(0, 9)

    def _click(self, person, referrer, at, view, machine):
        def make():
            if referrer.code is None:
                return None
            link = self.dice.one_of(referrer.links + [referrer.code])
            return click(person, link, self.dice, view, machine), person.facts(stamp(at))

        return make

    def _invitee(self, person, number):
        began = [other for other in self.referrers if other.since < 300]
        # Some referrers bring many, so that groups and levels fill.
        referrer = self.dice.one_of(began[:40] if self.dice.percent(40) else began)
        comes = self.dice.between(referrer.since + 2, LENGTH - 2)
        self._clicks(person, referrer, comes, self.dice.between(0, 3))
        if self.dice.percent(75):
            signed = min(comes + self.dice.between(0, 25), LENGTH - 1)
            self._lead(person, referrer, signed)
            if self.dice.percent(16):
                again = self.dice.one_of(began) if self.dice.percent(60) else referrer
                back = signed + self.dice.between(30, 150)
                if back < LENGTH:
                    self._clicks(person, again, back - 3, 1)
                    self._lead(person, again, back)
                    self._orders(person, back, number + INVITEES)
            self._orders(person, signed, number)
        else:
            # A guest, whose orders count in no campaign.
            hands.order(self, person, f"guest-{number}", comes, "purchase")
        if self.dice.percent(6):
            at = self.at(min(comes + 30, LENGTH - 1))
            person.since = min(comes + 30, LENGTH - 1)
            self.plan_at(at, lambda: enrol(person, at), lambda answer: joined(person, answer))

    def _lead(self, person, referrer, number):
        at, way = self.at(number), self.dice.between(0, 99)
        late = self.dice.between(1, 8) if self.dice.percent(8) else 0

        def make():
            if referrer.code is None:
                return None
            evidence = {"visitor": person.visitor}
            if way >= 75:
                evidence = {"referrer": referrer.who()}
            elif way >= 40:
                evidence |= {"code": referrer.code} if way >= 58 else {"link": self.dice.one_of(referrer.links)}
            lead = {"campaign": SLUG, "person": person.told(), "evidence": evidence}
            return {"record_lead": lead}, person.facts(stamp(at))

        self.plan_at(at, make, lambda answer: lead_told(self, person, answer), late_days=late)

    def _orders(self, person, signed, number):
        day = signed + (self.dice.between(-5, -1) if self.dice.percent(4) else self.dice.between(0, 75))
        for place in range(self.dice.one_of([0, 1, 1, 1, 2, 3])):
            if 0 <= day < LENGTH:
                hands.order(self, person, f"o{number}-{place}", day, "purchase" if place < 2 else "renewal")
            day += self.dice.between(1, 40)

    def _day(self, number):
        date = FIRST + DAY * number
        now = start_of(date + DAY) + HOUR
        if number % 60 == 5:
            stated = {"campaign": SLUG, "customers": 3_000 + number, "actor": "desk"}
            self.tell(now - HOUR * 2, [({"set_eligible": stated}, {})])
        if number == VERSION_2:
            self.tell(now - HOUR * 12, [definition_of(2)])
        waiting = sorted(self.planned.pop(number, []), key=lambda event: (event[0], event[1]))
        made = [(make(), then) for _, _, make, then in waiting]
        made = [(told, then) for told, then in made if told is not None]
        answers = self.tell(now, [told for told, _ in made])
        for answer, (_, then) in zip(answers, made):
            if then and isinstance(answer, dict):
                then(answer)
        if number % 15 == 0:
            self.engine.settle(now)
        if number % 30 == 20:
            hands.pay(self, now)

    def tell(self, now, told):
        answers = self.engine.tell(now, told)
        for answer, (command, _) in zip(answers, told):
            name = next(iter(command))
            self.told[name] += 1
            if isinstance(answer, str):
                self.refused[f"{name}: {answer}"] += 1
        return answers


def definition_of(version):
    """The command that defines a version."""
    return {"define_campaign": {"definition": definition(version)}}, {}


def enrol(person, at):
    """The command that enrols a person."""
    return {"enrol": {"campaign": SLUG, "person": person.told()}}, person.facts(stamp(at))


def joined(person, answer):
    """Keeps what a person refers with."""
    enrolled = answer["enrolled"]
    person.participant, person.code = enrolled["participant"], enrolled["code"]
    person.links.append(enrolled["link"])


def linked(person, answer):
    """Keeps a further link."""
    person.links.append(answer["link_created"]["link"])


def lead_told(year, person, answer):
    """Keeps a person who became a lead, and the id."""
    year.leads.append(person)
    person.participant = answer["lead_recorded"]["referral"]["invitee"]
