"""Compares what is printed with what the facts come to, figure by figure."""

import bisect
import collections
import datetime

from . import counts as counting
from .campaign import BOARDS, DIMENSIONS
from .days import DAY, FIRST, YEAR, last_sunday
from .funnel import funnel
from .leads import leads
from .ledger import count_ledger
from .touches import DIMENSIONS as TOUCH_DIMENSIONS
from .touches import SPREADS, shares

END = datetime.date(YEAR + 1, 1, 25)
ZONE = "Europe/Berlin"
CAMPAIGN = 1
UNITS = {"revenue": ["EUR", "USD"], "granted": ["EUR", "USD", "points"], "issued": ["EUR", "USD", "points"]}
MOST_PLACES = 1000
SINCE = "leaderboard since: when a value was reached goes by the order of telling, and no fact keeps that"

Difference = collections.namedtuple("Difference", "figure period split expected found")


class Figures:
    """All figures that the facts come to, and the differences to those that are printed."""

    def __init__(self, tables):
        self.tables, self.leads = tables, leads(tables)
        self.counts, self.compared, self.differences = counting.Counts(), 0, []
        self.not_recomputed = collections.Counter()
        shared = counting.count_touches(self.counts, tables)
        counting.count_enrolled(self.counts, tables, shared)
        counting.count_leads(self.counts, self.leads)
        counting.count_eligible(self.counts, tables)
        count_ledger(self.counts, tables)

    def check_window(self, printed, first, end):
        """Compares a window, with each of its days and the members of each dimension."""
        expected = funnel(self.counts, CAMPAIGN, ZONE, first, end, DIMENSIONS)
        self._compare(f"{first}..{end}", flat(expected), flat(printed))

    def check_board(self, places, metric, unit, period):
        """Compares a board: who has a place, which rank and how much. Equal ones are in order of time and id."""
        name = f"leaderboard {metric}/{unit}" if unit else f"leaderboard {metric}"
        counted = f"{metric}/{unit}" if unit else metric
        values = {person: value for person, value in self.counts.people[counted, period].items() if value > 0}
        shown = {place["participant"]: place for place in places}
        if len(values) > MOST_PLACES:
            values = {person: value for person, value in values.items() if person in shown}
        sizes = sorted(values.values())
        expected, found = {}, {}
        for person, value in values.items():
            rank = 1 + len(sizes) - bisect.bisect_right(sizes, value)
            expected |= {(f"{name} rank", person): rank, (f"{name} value", person): value}
        for person, place in shown.items():
            found |= {(f"{name} rank", person): place["rank"], (f"{name} value", person): place["value"]}
        order = [(-place["value"], place["reached_at"], place["participant"]) for place in places]
        expected[f"{name} is in order", ""], found[f"{name} is in order", ""] = True, order == sorted(order)
        self.not_recomputed[SINCE] += len(places)
        self._compare(period, expected, found)

    def check_touches(self, printed, spread, by, first, end):
        """Compares the shares of touches."""
        sums, count = shares(self.leads, self.tables, spread, by, first, end)
        expected, found = {("touches leads", ""): count}, {("touches leads", ""): printed["leads"]}
        for member, (of_leads, qualified) in sums.items():
            expected[f"touches {spread} leads", f"{by}={member}"] = of_leads
            expected[f"touches {spread} qualified", f"{by}={member}"] = qualified
        for row in printed["members"]:
            found[f"touches {spread} leads", f"{by}={row['member']}"] = row["leads"]
            found[f"touches {spread} qualified", f"{by}={row['member']}"] = row["qualified"]
        self._compare(f"{first}..{end}", expected, found)

    def _compare(self, period, expected, found):
        for name in sorted(set(expected) | set(found)):
            self.compared += 1
            if expected.get(name) != found.get(name):
                self.differences.append(Difference(name[0], period, name[1], expected.get(name), found.get(name)))


def flat(document):
    """Each figure of a window by its name and split."""
    found = {}
    for name, value in document.items():
        if name == "days":
            for row in value:
                put(found, name, row["day"], row)
        elif name == "breakdowns":
            for row in filter(has_numbers, value):
                put(found, name, f"{row['by']}={row['member']}", row)
        elif name == "cohorts":
            found |= {("cohorts", f"{row['lead']} in {row['qualified']}"): row["count"] for row in value}
        else:
            put(found, name, "", value)
    return found


def has_numbers(row):
    """Whether a member of a dimension has a number. Balances are told apart by members too, but not printed by them."""
    return any(row["stage"].values())


def put(found, name, split, value):
    """Puts each number of a value under its path; both numbers of a rate or ratio together."""
    if not isinstance(value, dict):
        found[name, split] = value
    elif "numerator" in value:
        found[name, split] = f"{value['numerator']} of {value['denominator']}"
    else:
        for part, inner in value.items():
            put(found, f"{name}.{part}", split, inner)


def windows():
    """The year, its months, every other week, some days, and the days around both changes of daylight saving."""
    starts = [datetime.date(YEAR, number, 1) for number in range(1, 13)] + [datetime.date(YEAR + 1, 1, 1)]
    found = [(FIRST, END)] + list(zip(starts, starts[1:]))
    found += [(FIRST + DAY * number, FIRST + DAY * (number + 7)) for number in range(0, 390, 14)]
    dates = [FIRST + DAY * number for number in range(4, 370, 13)]
    for change in (last_sunday(YEAR, 3), last_sunday(YEAR, 10)):
        dates += [change.date() + DAY * offset for offset in (-1, 0, 1)]
    return found + [(date, date + DAY) for date in sorted(set(dates))]


def boards():
    """The boards that are asked for: each metric and unit, ever, in some months, and on the days of the changes."""
    periods = ["ever"] + [f"{YEAR}-{number:02}" for number in (3, 8, 10)]
    periods += [str(last_sunday(YEAR, number).date()) for number in (3, 10)]
    return [(metric, unit, period) for metric in BOARDS for unit in UNITS.get(metric, [""]) for period in periods]


def check_all(figures, store):
    """Compares everything that the command line prints."""
    check_funnels(figures, store, windows())
    for metric, unit, period in boards():
        figures.check_board(store.board(metric, unit, period), metric, unit, period)
    check_shares(figures, store)


def check_funnels(figures, store, asked):
    """Compares the figures of windows."""
    for first, end in asked:
        figures.check_window(store.funnel(first, end, DIMENSIONS), first, end)


def check_shares(figures, store):
    """Compares the shares of touches: of the month of a change by all, and of the year by decay alone."""
    for first, end in ((FIRST, END), (datetime.date(YEAR, 3, 1), datetime.date(YEAR, 4, 1))):
        for spread in SPREADS if first != FIRST else ["decay"]:
            for by in TOUCH_DIMENSIONS:
                figures.check_touches(store.touches(spread, by, first, end), spread, by, first, end)
