"""Makes of the counts what `referrals metrics --json` prints of a window, with all rates and ratios."""

import datetime

from .counts import BOUNDS, EVER
from .days import month, window

STAGES = ["enrolled", "enrolled_shared", "shares", "referrers", "referrers_by_click", "views", "clicks"]
STAGES += ["uncounted_clicks", "leads", "leads_qualified", "denied", "qualified", "reverted", "conversions", "rewards"]
BOOKS = ["granted", "held", "owed", "receivable", "issued", "redeemed"]
ALL = "all", ""


def funnel(counts, campaign, zone, first, end, by):
    """Everything that is printed of a window."""
    dates = window(first, end)
    numbers = counts.of(ALL, dates)
    period = known_period(first, end)
    visitors = len(counts.visitors[period]) if period else None
    return {
        "campaign": campaign,
        "zone": zone,
        "from": first.isoformat(),
        "until": end.isoformat(),
        "total": stage(numbers),
        "visitors": visitors,
        "visitors_ever": len(counts.visitors[EVER]),
        "reach": len(counts.reach[period]) if period else None,
        "reach_ever": len(counts.reach[EVER]),
        "click_to_lead": delays(numbers, "click_to_lead"),
        "lead_to_qualified": delays(numbers, "lead_to_qualified"),
        "cohorts": cohorts(counts, dates),
        "rates": rates(stage(numbers)),
        "ratios": ratios(stage(numbers), visitors),
        **members(counts, dates),
        "balances": balances(counts, dates),
        "days": [of_day(counts, date) for date in dates],
        "breakdowns": [part for dimension in by for part in breakdown(counts, dimension, dates)],
    }


def of_day(counts, date):
    """One day of a window."""
    return {"day": date.isoformat(), "visitors": len(counts.visitors[date])} | stage(counts.of(ALL, [date]))


def known_period(first, end):
    """The period for which distinct visitors are known: a day or a calendar month; none for every other window."""
    if (end - first).days == 1:
        return first
    after = (first + datetime.timedelta(days=31)).replace(day=1)
    return month(first) if first.day == 1 and end == after else None


def stage(numbers):
    """The counts of a window."""
    found = {name: numbers.get(name, 0) for name in STAGES}
    for name in ("revenue", "refunded"):
        found[name] = of_units(numbers, name)
    return found


def of_units(numbers, wanted):
    """The numbers of one name, by unit."""
    parts = [(name.partition("/"), value) for name, value in numbers.items()]
    return {unit: value for (name, slash, unit), value in parts if name == wanted and slash}


def ratio(count, of):
    """A rate or a ratio with both its numbers; of nobody it is not there."""
    return {"numerator": count, "denominator": of} if of > 0 and count >= 0 else None


def rates(found):
    """The rates of a window."""
    refund = {unit: ratio(back, found["revenue"].get(unit, 0) + back) for unit, back in found["refunded"].items()}
    return {
        "conversion": ratio(found["leads_qualified"], found["leads"]),
        "activation": ratio(found["enrolled_shared"], found["enrolled"]),
        "reversal": ratio(found["reverted"], found["qualified"] + found["reverted"]),
        "denial": ratio(found["denied"], found["leads"]),
        "refund": {unit: part for unit, part in refund.items() if part},
    }


def ratios(found, visitors):
    """The ratios of a window."""
    return {
        "qualified_to_leads": ratio(found["qualified"], found["leads"]),
        "visitors_to_referrers": None if visitors is None else ratio(visitors, found["referrers"]),
        "visitors_to_referrers_by_click": None if visitors is None else ratio(visitors, found["referrers_by_click"]),
    }


def members(counts, dates):
    """What compares the window with the people who are there: customers who could refer, members, qualified referrals."""
    before = counts.of(ALL, sorted(date for date in counts.numbers[ALL] if date < dates[0]))
    so_far = counts.of(ALL, sorted(date for date in counts.numbers[ALL] if date <= dates[-1]))
    window_of = counts.of(ALL, dates)
    stated = [(day, customers) for day, customers in counts.eligible if day <= dates[-1].isoformat()]
    eligible = max(stated, default=None)
    of_eligible = {name: None for name in ("referrers", "referrers_by_click")}
    if eligible:
        of_eligible = {name: ratio(min(so_far.get(name, 0), eligible[1]), eligible[1]) for name in of_eligible}
    qualified = window_of.get("qualified", 0)
    amounts = {name: of_units(window_of, name) for name in ("revenue", "granted")}
    per = {name: {unit: part(value, qualified) for unit, value in found.items()} for name, found in amounts.items()}
    return {
        "eligible": {"day": eligible[0], "customers": eligible[1]} if eligible else None,
        "participation": of_eligible["referrers"],
        "participation_by_click": of_eligible["referrers_by_click"],
        "k_factor": ratio(window_of.get("leads", 0), before.get("enrolled", 0)),
        "revenue_per_qualified": {unit: found for unit, found in per["revenue"].items() if found},
        "cost_per_qualified": {unit: found for unit, found in per["granted"].items() if found},
    }


def part(value, qualified):
    """An amount by qualified referrals, where there are both."""
    return {"numerator": value, "denominator": qualified} if value and qualified > 0 else None


def delays(numbers, name):
    """How many delays there are, and the classes by whose end half and nine of ten took place."""
    classes = sorted((int(number), value) for number, value in of_units(numbers, name).items())
    count = sum(value for _, value in classes)
    return {"count": count, "p50": percentile(classes, count, 50), "p90": percentile(classes, count, 90)}


def percentile(classes, count, hundredths):
    """The class by whose end so many of a hundred took place."""
    sum_of, limits = 0, BOUNDS
    for number, value in classes:
        sum_of += value
        if sum_of * 100 >= count * hundredths:
            return {"from": limits[number], "until": limits[number + 1] if number + 1 < len(limits) else None}
    return None


def cohorts(counts, dates):
    """The grid of qualified referrals by the month of the lead and the month of what carries the qualification."""
    found = {}
    for date in dates:
        for lead, value in of_units(counts.of(ALL, [date]), "cohort").items():
            found[lead, month(date)] = found.get((lead, month(date)), 0) + value
    return [{"lead": lead, "qualified": carried, "count": found[lead, carried]} for lead, carried in sorted(found)]


def balances(counts, dates):
    """What moved in the window by unit, and what is at its end."""
    until = [date for date in counts.numbers[ALL] if date <= dates[-1]]
    at_end, change = counts.of(ALL, sorted(until)), counts.of(ALL, dates)
    units = sorted({unit for name in BOOKS for unit in of_units(at_end, name)})
    return {unit: {"change": books(change, unit), "at_end": books(at_end, unit)} for unit in units}


def books(numbers, unit):
    """The balances of one unit."""
    found = {name: numbers.get(f"{name}/{unit}", 0) for name in BOOKS}
    return found | {"liability": found["held"] + found["owed"] + found["receivable"]}


def breakdown(counts, dimension, dates):
    """A window by each member of a dimension."""
    found = []
    for member in counts.splits(dimension, dates):
        numbers = stage(counts.of((dimension, member), dates))
        part = {"by": dimension, "member": member, "stage": numbers, "rates": rates(numbers)}
        found.append(part | {"ratios": ratios(numbers, None)})
    return found
