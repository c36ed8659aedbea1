"""Counts facts by day and by dimension, as `docs/metrics.md` says."""

import bisect
import collections

from .days import day, moment, month

EVER = "ever"
OF_ORIGIN = ("device", "browser", "system", "referring_host", "city")
OF_UTM = ("source", "medium", "campaign")


class Counts:
    """Numbers by split, day and name. A split is a dimension with a member, or `all`. A name has the unit: `revenue/EUR`."""

    def __init__(self):
        self.numbers = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
        self.visitors, self.reach = collections.defaultdict(set), collections.defaultdict(set)
        self.people = collections.defaultdict(collections.Counter)
        self.eligible = []

    def add(self, date, name, by=1, splits=(), person=None):
        """Counts something on a day, in all and by each split, and of a person."""
        for split in [("all", "")] + list(splits):
            self.numbers[split][date][name] += by
        if person:
            for period in (date.isoformat(), month(date), EVER):
                self.people[name, period][person] += by

    def met(self, seen, date, visitor):
        """Notes a visitor of a day."""
        for period in (date, month(date), EVER):
            seen[period].add(visitor)

    def of(self, split, dates):
        """The sums of a window: a number by name. A number that is 0 on every day is left out."""
        total, of_split = {}, self.numbers.get(split, {})
        for date in dates:
            for name, value in of_split.get(date, {}).items():
                if value:
                    total[name] = total.get(name, 0) + value
        return total

    def splits(self, dimension, dates):
        """The members of a dimension that have a number in a window."""
        found = [(member, days) for (by, member), days in self.numbers.items() if by == dimension]
        return sorted(member for member, days in found if any(any(days[date].values()) for date in dates if date in days))


def count_eligible(counts, tables):
    """What the host stated of how many customers could refer, by day."""
    stated = [one for row in tables["eligible"] for one in row["stated"]]
    counts.eligible = sorted((one["day"], one["customers"]) for one in stated)


def of_origin(row, link):
    """The splits of a touch or a referral: channel, country, link and what the click says of where it came from."""
    found = {"channel": row["channel"], "country": row["country"], "link": link}
    origin = row["origin"] or {}
    found |= {name: origin.get(name) for name in OF_ORIGIN}
    found |= {f"utm_{name}": origin.get("utm", {}).get(name) for name in OF_UTM}
    return [(dimension, member) for dimension, member in found.items() if member is not None]


def count_touches(counts, tables):
    """Shares, views and clicks, and who came."""
    clicked, shared = {}, {}
    for touch in tables["touch"]:
        date, referrer = day(moment(touch["at"])), touch["referrer"]
        if touch["touched"] == "share":
            counts.add(date, "shares", splits=[("channel", touch["channel"])], person=referrer)
            shared[referrer] = min(date, shared.get(referrer, date))
            continue
        link = None if touch["counter"] is None else f"{touch['grant']}/{touch['counter']}"
        splits = of_origin(touch, link)
        if touch["verdict"] != "human":
            counts.add(date, "uncounted_clicks", splits=splits)
            continue
        is_click = touch["touched"] == "click"
        counts.add(date, "clicks" if is_click else "views", splits=splits, person=referrer)
        if touch["visitor"]:
            counts.met(counts.reach, date, touch["visitor"])
        if is_click:
            clicked[referrer] = min(date, clicked.get(referrer, date))
            if touch["visitor"]:
                counts.met(counts.visitors, date, touch["visitor"])
    for referrer, date in shared.items():
        counts.add(date, "referrers")
    for referrer, date in clicked.items():
        counts.add(date, "referrers_by_click")
    return shared


def count_enrolled(counts, tables, shared):
    """Who is enrolled, and who of them has shared."""
    for row in tables["enrolment"]:
        date = day(moment(row["enrolled_at"]))
        counts.add(date, "enrolled")
        if row["participant"] in shared:
            counts.add(date, "enrolled_shared")


def count_leads(counts, leads):
    """Leads, what became of them, and their orders."""
    for lead in leads:
        row, date = lead.row, day(lead.at)
        splits = of_origin(row, row["link"]) + [("version", str(lead.version))]
        referrer = row["referrer"]
        counts.add(date, "leads", splits=splits, person=referrer)
        if lead.moderation() == "denied":
            counts.add(date, "denied", splits=splits)
        qualified, reverted = lead.qualified(), lead.reverted()
        if qualified:
            counts.add(date, "leads_qualified", splits=splits)
            counts.add(day(qualified), "qualified", splits=splits, person=referrer)
            counts.add(day(qualified), f"cohort/{month(date)}")
            delay = max(qualified, lead.at) - lead.at
            counts.add(date, f"lead_to_qualified/{delay_class(delay.total_seconds())}")
        elif reverted:
            counts.add(day(reverted), "reverted", splits=splits)
        if row["clicked_at"]:
            delay = (lead.at - moment(row["clicked_at"])).total_seconds()
            counts.add(date, f"click_to_lead/{delay_class(delay)}")
        elif row["click_class"] is not None:
            counts.add(date, f"click_to_lead/{row['click_class']}")
        for order in lead.orders:
            count_order(counts, order, splits, referrer)


def count_order(counts, order, splits, referrer):
    """An order that counts, with its revenue."""
    if order.is_void or order.is_late or (order.unit and not order.total):
        return
    date, back = day(order.at), order.net_refunded()
    counts.add(date, "conversions", splits=splits, person=referrer)
    if order.unit:
        counts.add(date, f"revenue/{order.unit}", order.net - back, splits, referrer)
        counts.add(date, f"refunded/{order.unit}", back, splits)


def bounds():
    """The bounds of the 64 classes of delays in seconds: from a minute on, each at most 28 % longer than the one before."""
    found, bound = [0], 60
    while len(found) < 64:
        found.append(bound)
        bound += bound * 28 // 100
    return found


BOUNDS = bounds()


def delay_class(seconds):
    """The class of a delay."""
    return bisect.bisect_right(BOUNDS, max(0, seconds)) - 1
