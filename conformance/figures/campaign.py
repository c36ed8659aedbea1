"""The campaign of the made-up year: two versions of its definition, and what of them the figures need."""

import datetime

SLUG = "friends"
DIMENSIONS = ["channel", "country", "version", "rule", "link", "device", "browser", "system", "referring_host", "city"]
DIMENSIONS += ["utm_source", "utm_medium", "utm_campaign"]
BOARDS = ["shares", "views", "clicks", "leads", "qualified", "conversions", "revenue", "rewards", "granted", "issued"]

# The least total in minor units that qualifies, and the window in days, by version. Another currency never qualifies.
LEAST = {1: {"EUR": 2000, "USD": 2500}, 2: {"EUR": 3000, "USD": 3500}}
WINDOW = {1: datetime.timedelta(days=60), 2: datetime.timedelta(days=45)}
WAITING = datetime.timedelta(days=3)
LATE = datetime.timedelta(days=45)
BUDGET = ["9000 EUR", "9000 USD", {"unit": "points", "quantity": 1_000_000}]


def definition(version):
    """One version of the campaign."""
    least = LEAST[version]
    when = " || ".join(f"order.total >= money('{minor // 100} {unit}')" for unit, minor in least.items())
    return {
        "name": SLUG,
        "title": "Bring a friend",
        "zone": "Europe/Berlin",
        "link_host": "go.shop.example",
        "dimensions": DIMENSIONS,
        "leaderboard": BOARDS,
        "waiting": f"{WAITING.days} days",
        "late": f"{LATE.days} days",
        "attribution": {"model": "last_touch", "window": "30 days"},
        "qualification": {"on": "purchase", "when": when, "window": f"{WINDOW[version].days} days"},
        "limits": [{"id": "budget", "per": "campaign", "value": BUDGET}],
        "rewards": rewards(version),
    }


def rewards(version):
    """The rules: a share for the referrer, a welcome for the friend, points by groups and levels and for a share.

    A rule whose reward may pass from one lead to another has another id in each version: joining, groups and levels. Otherwise a
    reward may come to follow the other version, and no fact keeps when.
    """
    share = {"percent": "10%" if version == 1 else "12%", "of": "order.net"}
    monthly = {"id": "monthly", "per": "referrer", "count": 3, "each": "calendar month"}
    levels = [{"at": 2, "give": points(200)}, {"at": 4, "give": {"flat": "20 EUR"}}]
    group = {"id": f"every-{4 - version}", "to": "referrer", "on": "qualified", "every": 4 - version}
    welcome = {"id": "welcome", "to": "invitee", "on": "purchase", "occurrence": "first", "hold": "7 days"}
    return [
        {
            "id": "friend-buys",
            "to": "referrer",
            "on": "qualified",
            "give": share,
            "hold": "14 days",
            "expires": "60 days",
            "limits": [monthly],
        },
        welcome | {"give": {"flat": "5 EUR"}},
        {"id": f"thanks-{version}", "to": "invitee", "on": "joined", "give": points(10), "redeem_within": "90 days"},
        group | {"give": points(100)},
        {"id": f"levels-{version}", "to": "referrer", "on": "qualified", "milestones": levels, "clawback": "take_back"},
        {"id": "first-share", "to": "referrer", "on": "shared", "occurrence": "first", "give": points(5)},
    ]


def points(quantity):
    """So many points."""
    return {"units": quantity, "unit": "points"}
