"""`python -m model --programs 500 --seed 1` in `conformance/`, with the binding built: runs random programs against the engine and the model."""

import argparse
import json
import sys
from pathlib import Path

# The compiled module, and the store in plain Python that the tests of the binding use.
BINDING = Path(__file__).parents[2] / "bindings-python"
sys.path[:0] = [str(BINDING / "python"), str(BINDING / "tests")]

from .compare import differences, smallest  # noqa: E402
from .open_ends import LeftOpen  # noqa: E402
from .programs import LEVELS, program  # noqa: E402

PLANTS = ["order", "settle", "mailbox", "first", "clear", "begins", "apart"]


def run(programs, seed, plant=None, level=None, first=0, show=3, out=print):
    """Runs programs; the numbers of those that differ."""
    failed = []
    for number in range(first, first + programs):
        steps = program(seed, number, level)
        if not differs(steps, plant):
            continue
        failed.append(number)
        if len(failed) <= show:
            report(number, smallest(steps, plant), plant, out)
    out(f"{programs - len(failed)} passed, {len(failed)} failed")
    return failed


def differs(steps, plant):
    """Whether a program differs. A model with a planted fault may end it where the page leaves something open."""
    try:
        return differences(steps, plant) is not None
    except LeftOpen:
        return False


def report(number, steps, plant, out):
    """Prints a program that differs, and how."""
    out(f"program {number} differs:")
    for step in steps:
        out("  " + json.dumps(step))
    for what, where, theirs, ours in differences(steps, plant)[1][:8]:
        out(f"  {what} {where}:")
        out(f"    engine {theirs}")
        out(f"    model  {ours}")


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="model", description=__doc__)
    parser.add_argument("--programs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--show", type=int, default=3)
    parser.add_argument("--level", choices=LEVELS)
    parser.add_argument("--plant", choices=PLANTS)
    given = parser.parse_args()
    failed = run(given.programs, given.seed, given.plant, given.level, given.first, given.show)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
