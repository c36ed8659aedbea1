"""Amounts of money in minor units, spans and moments, as definitions and commands write them."""

import datetime
from decimal import Decimal

MINOR_DIGITS = {"EUR": 2, "USD": 2, "JPY": 0}
SPANS = {"week": 7 * 86400, "day": 86400, "hour": 3600, "minute": 60}


def money(text):
    """"12.50 EUR" as (1250, "EUR")."""
    number, currency = text.split()
    return int(Decimal(number).scaleb(MINOR_DIGITS[currency])), currency


def written(minor, currency):
    """1250 and "EUR" as "12.50 EUR"."""
    digits = MINOR_DIGITS[currency]
    return f"{Decimal(minor).scaleb(-digits):.{digits}f} {currency}"


def rate(text):
    """"12.5%" as millionths."""
    return int(Decimal(text.rstrip("%")) * 10_000)


def span(text):
    """"30 days" as a length of time."""
    number, name = text.split()
    return datetime.timedelta(seconds=int(number) * SPANS[name.rstrip("s")])


def moment(text):
    """A time by RFC 3339."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def stamp(time):
    """A time as RFC 3339 in UTC, or None."""
    if time is None:
        return None
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
