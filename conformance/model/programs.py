"""Seeded random programs: commands over two referrers and up to four invitees.

Levels: `facts`, `holds`, `hands`, `debts`, `limits`, `groups` have one lead for each person (`maker.py`). In `again` people
come again, in `moved` referrals go to another referrer (`again.py`). In `persons` people are told of by several ids and
emails, in `merged` the host finds out that two people are one (`persons.py`).

What the page leaves open is not generated:

* percentages whose reward could change its currency while it exists;
* orders told too late in a campaign of several currencies: the page does not say whose unit the refused reward has;
* refunds and corrections in another currency than the order's;
* leads while the campaign is paused or the referrer is suspended;
* limits, groups and levels together with several leads; these, hands and `expires` together with several ids;
* the reason of a lead that several reasons decline; what a declined lead told of a person counts as not told;
* `Reassign` of a person with several leads, to somebody suspended, while the campaign is paused, or with a kept level;
* hands on rewards of suspended people, or while the campaign is paused;
* the return of a transfer for a reward that itself netted more than it is worth now;
* flags in a campaign with `expires`: of moderation the last word counts, so nothing says since when a flag held;
* growth of a reward while an issue under way nets its debt: what `Fail` gives back then is not said;
* the return of a transfer while an issue under way nets its debt;
* `issue` without `begin_issue`, `redeem`, approving what is not held for approval, cancelling what is partly refused;
* granting by hand what was told too late;
* growth of an approved reward that has expired;
* denials and voids in a campaign with a level that is kept; two referrals that qualify at one time, with levels;
* groups and levels with `expires`, limits or a condition of their own; percentages in groups;
* `debts = "write_off"`, rolling limits, `shared`, a second version of a campaign, dates of a campaign.

A program that would come to one of these, or to one of those in `open_ends.py`, ends before that command.
"""

import random

from .again import AgainMaker, MovedMaker
from .maker import Maker
from .persons import MergeMaker, PersonMaker

LEVELS = ["facts", "holds", "hands", "debts", "limits", "groups", "again", "moved", "persons", "merged"]
MAKERS = {"again": AgainMaker, "moved": MovedMaker, "persons": PersonMaker, "merged": MergeMaker}


def program(seed, number, level=None):
    """The steps of one program."""
    source = random.Random(f"{seed}/{number}")
    level = level or LEVELS[number % len(LEVELS)]
    return MAKERS.get(level, Maker)(source, level).steps()
