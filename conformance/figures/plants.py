"""One planted error each: a row of the export that is changed, or a figure. The comparison must find every one."""

import copy
import datetime

from .days import moment, stamp


def later(text, hours):
    """A time some hours later."""
    return stamp(moment(text) + datetime.timedelta(hours=hours))


def changed(tables, plant):
    """The tables with one planted error. Only the row that is changed is a copy."""
    tables = {name: list(rows) for name, rows in tables.items()}
    plant(tables)
    return tables


def first(tables, name, fits=lambda row: True):
    """A copy of the first row of a table that fits, in its place."""
    rows = tables[name]
    place = next(place for place, row in enumerate(rows) if fits(row))
    rows[place] = copy.deepcopy(rows[place])
    return rows[place]


def is_counted(row):
    """Whether a conversion has a part in the figures of the campaign."""
    return row["counted_in"] and row["total_minor"] > 0 and not row["voiding"] and not row["refunds"]


def click(tables):
    """A click that counts becomes that of a machine."""
    first(tables, "touch", lambda row: row["touched"] == "click" and row["verdict"] == "human")["verdict"] = "bot"


def share(tables):
    """A share is missing."""
    tables["touch"].remove(first(tables, "touch", lambda row: row["touched"] == "share"))


def enrolment(tables):
    """Somebody is enrolled a day later."""
    row = first(tables, "enrolment")
    row["enrolled_at"] = later(row["enrolled_at"], 24)


def lead(tables):
    """A lead begins a day later."""
    row = first(tables, "referral", lambda row: not row["superseded"])
    row["lead_at"] = later(row["lead_at"], 24)


def origin(tables):
    """A lead is of another device."""
    first(tables, "referral", lambda row: row["origin"].get("device") == "mobile")["origin"]["device"] = "tv"


def total(tables):
    """An order has one cent more."""
    first(tables, "conversion", is_counted)["total_minor"] += 1


def refund(tables):
    """A refund is missing."""
    fits = lambda row: row["counted_in"] and row["refunds"] and not row["refunds"][0].get("taken_back") and not row["voiding"]
    first(tables, "conversion", fits)["refunds"].clear()


def denial(tables):
    """A denial is missing."""
    fits = lambda row: row["moderating"] and row["moderating"][-1]["says"] == "denied" and not row["superseded"]
    first(tables, "referral", fits)["moderating"].pop()


def entry(tables):
    """An entry of the ledger has one minor unit more."""
    first(tables, "ledger_entry", lambda row: row["unit"] == "EUR")["quantity"] += 1


def touch_before(tables):
    """One of the touches before a lead has another channel."""
    known = {row["command"] for row in tables["referral"] if not row["superseded"]}
    first(tables, "evidence_touches", lambda row: row["command"] in known)["touches"][0]["channel"] = "sms"


ROWS = [click, share, enrolment, lead, origin, total, refund, denial, entry, touch_before]

