"""An independent model of what programs owe, and the engine, agree; and the comparison finds planted faults.

The model in `conformance/model` was written from the law and `docs/campaigns.md` alone. `MODEL_PROGRAMS` says how many
programs run.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "conformance"))

from model.__main__ import run  # noqa: E402


def quiet(_):
    """Prints nothing."""


def test_the_engine_and_the_model_agree_on_random_programs():
    assert run(int(os.environ.get("MODEL_PROGRAMS", "500")), 1) == []


def finds(plant, level, programs=60):
    """Whether one of the programs of a level differs on a model with a planted fault."""
    return any(run(1, 1, plant=plant, level=level, first=number, show=0, out=quiet) for number in range(programs))


def test_a_model_that_depends_on_the_order_of_telling_is_found():
    assert finds("order", "facts")


def test_a_model_that_waits_for_settle_is_found():
    assert finds("settle", None)


def test_a_model_that_counts_orders_of_a_second_lead_in_the_first_is_found():
    assert finds("first", "again")


def test_a_model_that_begins_a_referral_anew_when_it_is_reassigned_is_found():
    assert finds("begins", "moved")


def test_a_model_that_joins_people_by_mailbox_is_found():
    assert finds("mailbox", "persons")


def test_a_model_in_which_a_clear_covers_what_is_found_later_is_found():
    assert finds("clear", "persons", 200)


def test_a_model_that_leaves_orders_behind_when_people_are_merged_is_found():
    assert finds("apart", "merged")
