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


def test_a_model_that_depends_on_the_order_of_telling_is_found():
    assert run(60, 1, plant="order", show=0, out=quiet)


def test_a_model_that_waits_for_settle_is_found():
    assert run(60, 1, plant="settle", show=0, out=quiet)
