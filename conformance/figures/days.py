"""Days and months of the campaign's zone, Europe/Berlin, from the rule of the European Union: no table of zones is needed."""

import datetime
import functools

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)

# Past, so that the command line, which has the clock of the machine, comes after it.
YEAR = 2025
FIRST = datetime.date(YEAR, 1, 1)


def moment(text):
    """The time of a text such as `2026-05-01T09:00:00Z`."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def stamp(time):
    """The text of a time."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.lru_cache
def last_sunday(year, month):
    """The last Sunday of a month of 31 days, at one o'clock UTC: then clocks change."""
    last = datetime.datetime(year, month, 31, 1, tzinfo=UTC)
    return last - DAY * ((last.weekday() + 1) % 7)


def day(time):
    """The calendar day of a time, as a date."""
    in_summer = last_sunday(time.year, 3) <= time < last_sunday(time.year, 10)
    return (time + HOUR * (2 if in_summer else 1)).date()


def month(date):
    """The month of a date: `2026-05`."""
    return date.isoformat()[:7]


def start_of(date):
    """The first instant of a calendar day."""
    midnight = datetime.datetime(date.year, date.month, date.day, tzinfo=UTC)
    for hours in (2, 1):
        if day(midnight - HOUR * hours) == date:
            return midnight - HOUR * hours
    raise ValueError(date)


def window(first, end):
    """The days from `first` on, without `end`."""
    return [first + DAY * number for number in range((end - first).days)]
