"""Every figure of the metrics is what the exported facts come to, over a made-up year of 2,000 people.

`conformance/figures` was written from `docs/metrics.md` and `docs/campaigns.md`. It reads the tables of facts that `referrals
export` writes, and compares with what the command line prints. A planted error must be found.
"""

import copy
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "conformance"))

from figures import compare, plants  # noqa: E402
from figures.__main__ import Run, report  # noqa: E402


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The year, told once."""
    return Run(tmp_path_factory.mktemp("year"), 1)


@pytest.fixture(scope="module")
def figures(run):
    """All figures, compared once."""
    return run.figures()


def test_every_figure_is_what_the_facts_come_to(figures):
    report(figures)
    assert figures.differences == []
    assert figures.compared > 200_000


def test_few_figures_cannot_be_recomputed_and_they_have_names(figures):
    assert list(figures.not_recomputed) == [compare.SINCE]


def test_the_year_has_everything_that_the_figures_are_about(run):
    tables = run.tables
    people = run.year.referrers + run.year.invitees
    assert len({person.name for person in people}) == 2000
    least = {
        "merged": sum(row["merged_into"] is not None for row in tables["participant"]),
        "erased": sum(row["state"] == "erased" for row in tables["participant"]),
        "come again": sum(row["lead"] > 1 for row in tables["referral"]),
        "denied": sum(row["moderation"] == "denied" for row in tables["referral"]),
        "refunded": sum(bool(row["refunds"]) for row in tables["conversion"]) // 5,
        "came back": sum(row["did"] == "return" for row in tables["ledger_entry"]),
        "owed to the host": sum(row["reclaimed"] > 0 for row in tables["reward"]),
        "of version 2": sum(row["version"] == 2 for row in tables["referral"]) // 20,
        "refused": sum(row["refused"] > 0 for row in tables["reward"]) * 2,
        "expired": sum(row["state"] == "expired" for row in tables["reward"]),
        "machines": sum(row["verdict"] not in ("human", "duplicate") for row in tables["touch"]) // 20,
        "repeated": sum(row["verdict"] == "duplicate" for row in tables["touch"]) // 5,
    }
    assert all(count >= 10 for count in least.values()), least


@pytest.mark.parametrize("plant", plants.ROWS, ids=lambda plant: plant.__name__)
def test_one_changed_row_is_found(run, figures, plant):
    tables = plants.changed(run.tables, plant)
    assert set(differences(tables, run)) - set(figures.differences)


def test_without_a_changed_row_nothing_more_is_found(run, figures):
    assert set(differences(run.tables, run)) <= set(figures.differences)


def test_one_changed_figure_is_found(run, figures):
    first, end = compare.windows()[3]
    printed = copy.deepcopy(run.store.funnel(first, end, compare.DIMENSIONS))
    printed["total"]["clicks"] += 1
    again = compare.Figures(run.tables)
    again.check_window(printed, first, end)
    found = set(again.differences) - set(figures.differences)
    assert [one.figure for one in found] == ["total.clicks"]


def differences(tables, run):
    """The differences of the year and of the shares of touches."""
    again = compare.Figures(tables)
    compare.check_funnels(again, run.store, compare.windows()[:1])
    compare.check_shares(again, run.store)
    return again.differences
