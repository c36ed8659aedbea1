"""`python -m figures` in `conformance/`, with the binding and the command line built: checks the figures of a made-up year."""

import argparse
import collections
import sys
import tempfile
from pathlib import Path

# The compiled module, and the store in plain Python that the tests of the binding use.
BINDING = Path(__file__).parents[2] / "bindings-python"
sys.path[:0] = [str(BINDING / "python"), str(BINDING / "tests")]

from . import export  # noqa: E402
from .compare import Figures, check_all  # noqa: E402
from .engine import Engine  # noqa: E402
from .printed import Store  # noqa: E402
from .year import Year  # noqa: E402

# They are erased by the command line, behind the year.
ERASED = ["i1030", "i1031", "r310"]


class Run:
    """A year that was told, as a store of the command line with an export of it."""

    def __init__(self, folder, seed):
        self.year = Year(Engine(), seed)
        self.year.run()
        (folder / "told").mkdir()
        self.year.engine.write(folder / "told")
        self.store = Store(folder)
        self.store.restore("told")
        for name in ERASED:
            self.store.erase(name)
        self.store.export("facts", export.TABLES)
        self.tables = export.read(folder / "facts")

    def figures(self):
        """Compares everything. Answers the figures with their differences."""
        figures = Figures(self.tables)
        check_all(figures, self.store)
        return figures


def report(figures, out=print, most=40):
    """Prints each difference, what was not recomputed, and the sum."""
    for difference in figures.differences[:most]:
        split = f" by {difference.split}" if difference.split else ""
        says = f"expected {difference.expected}, found {difference.found}"
        out(f"{difference.figure} of {difference.period}{split}: {says}")
    for name, count in collections.Counter(one.figure for one in figures.differences).most_common():
        out(f"{count} differences: {name}")
    for name, count in figures.not_recomputed.items():
        out(f"{count} not recomputed: {name}")
    out(f"{figures.compared} figures, {len(figures.differences)} differences")


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="figures", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = Run(Path(folder), given.seed).figures()
    report(figures)
    return 1 if figures.differences else 0


if __name__ == "__main__":
    sys.exit(main())
