"""Which share each touch has in the leads of a window, as `docs/metrics.md` says under Touches."""

from fractions import Fraction

from .days import day, moment

WHOLE = 1_000_000
SPREADS = ["linear", "position", "decay"]
DIMENSIONS = ["channel", "campaign", "link", "referrer", "utm_source", "utm_medium", "utm_campaign"]
WEEK = 7 * 24


def shares(leads, tables, spread, by, first, end):
    """The millionths of leads and of qualified ones by member; and how many leads there are."""
    told = {(row["campaign"], row["command"]): row["touches"] for row in tables["evidence_touches"]}
    found, count = {}, 0
    for lead in leads:
        if not first <= day(lead.at) < end:
            continue
        count += 1
        row = lead.row
        touches = told.get((row["campaign"], row["command"])) or [of_evidence(row)]
        for touch, part in zip(touches, spread_out(touches, spread)):
            sums = found.setdefault(member(touch, by), [0, 0])
            sums[0] += part
            sums[1] += part if lead.qualified() else 0
    return found, count


def of_evidence(row):
    """The one touch of a lead of which no others are known."""
    touch = {name: row[name] for name in ("campaign", "referrer", "channel", "link")}
    return touch | {"utm": (row["origin"] or {}).get("utm", {}), "hours": 0}


def member(touch, by):
    """What a touch stands under."""
    if by.startswith("utm_"):
        return touch.get("utm", {}).get(by[4:])
    value = touch.get(by)
    return None if value is None else str(value)


def weights(touches, spread):
    """How much each touch has of the whole, exactly."""
    count = len(touches)
    if spread == "linear" or count == 1:
        return [Fraction(1, count)] * count
    if spread == "position":
        middle = [Fraction(1, 5) / (count - 2)] * (count - 2) if count > 2 else []
        ends = Fraction(2, 5) if count > 2 else Fraction(1, 2)
        return [ends, *middle, ends]
    # Halves of a week are no fractions: enough places for the millionth.
    places = [Fraction(2 ** (touch["hours"] / -WEEK)) for touch in touches]
    return [place / sum(places) for place in places]


def spread_out(touches, spread):
    """Whole millionths: each rounded down, and the rest one by one to those that lost most, the earlier first."""
    exact = [weight * WHOLE for weight in weights(touches, spread)]
    parts = [int(share) for share in exact]
    rest = WHOLE - sum(parts)
    lost = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in lost[:rest]:
        parts[place] += 1
    return parts
