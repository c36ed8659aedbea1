"""Drives the engine through the Python module, and writes what its store holds as an export that the command line restores."""

import datetime
import itertools
import json
import uuid

from dict_store import DictStore, drive, page
from program import engine
from referrals._seam import tables

from .days import UTC, stamp

TENANT = "default"
# Few commands an operation: one that has to load decides all that wait behind it again.
MOST = 4
# Kinds of which an erasure clears records.
PERSONAL = ["participant", "person", "alias", "link", "code", "referral", "conversion", "lookup"]


class TableStore(DictStore):
    """The store of the tests with a dict for each kind, so that a list reads one kind alone."""

    def __init__(self):
        super().__init__()
        self._tenants[TENANT] = self.rows = Rows()

    def list(self, tenant, request):
        return page(self.rows.kinds.get(request["kind"], {}).values(), request)


class Rows(dict):
    """Rows by key, and the same by kind."""

    def __init__(self):
        super().__init__()
        self.kinds = {}

    def __setitem__(self, key, row):
        super().__setitem__(key, row)
        self.kinds.setdefault(row["kind"], {})[key] = row

    def pop(self, key, *default):
        row = super().pop(key, *default)
        if row is not None:
            self.kinds[row["kind"]].pop(key, None)
        return row


class Engine:
    """One engine with an empty store."""

    def __init__(self):
        self.machine, self.store = engine(), TableStore()
        self.numbers = itertools.count(1)

    def tell(self, now, told):
        """Executes commands, each with its facts. Answers what came of each: the outcome, the reason, or the error."""
        answers = []
        for start in range(0, len(told), MOST):
            part = told[start : start + MOST]
            requests = [{"key": self._key(now), "command": command, "facts": facts} for command, facts in part]
            operation = self.machine.execute(TENANT, json.dumps(requests), stamp(now), self._seed())
            answers += [outcome(answer) for answer in json.loads(drive(self.store, operation))]
        return answers

    def settle(self, now):
        """Does what time brings."""
        return json.loads(drive(self.store, self.machine.settle(TENANT, stamp(now), self._seed())))

    def records(self, kind):
        """All records of a kind, as an export has them."""
        columns = tables()[kind]["columns"]
        return [fields(columns, row["cells"]) for row in self.store.rows.kinds.get(kind, {}).values()]

    def keys_that_name(self, participant):
        """The keys of all records that hold an id of a person, as an erasure proposes them."""
        found = []
        for kind in PERSONAL:
            for key, row in self.store.rows.kinds.get(kind, {}).items():
                if participant in key or uuid.UUID(participant).bytes in row["cells"]:
                    found.append(json.loads(key))
        return found

    def write(self, folder):
        """Writes every table as JSON Lines, in the form of an export."""
        for name, table in tables().items():
            key = table["key_columns"]
            rows = self.store.rows.kinds.get(name, {}).values()
            with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as file:
                for row in sorted(rows, key=lambda row: in_order(row["cells"][:key])):
                    file.write(json.dumps({"tenant": TENANT} | fields(table["columns"], row["cells"])) + "\n")

    def _seed(self):
        return next(self.numbers).to_bytes(32, "big")

    def _key(self, now):
        milliseconds = int(now.timestamp() * 1000)
        return str(uuid.UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | next(self.numbers)))


def outcome(answer):
    """What an answer says: a dict of what was accepted, or a text of what was wrong."""
    if "error" in answer:
        return f"error {answer['error']['code']}: {answer['error']['message']}"
    said = answer["receipt"]["outcome"]
    return said.get("accepted") or f"declined {said['declined']}"


def in_order(cells):
    """What keys are in order by: texts by their bytes."""
    return [cell.encode() if isinstance(cell, str) else cell for cell in cells]


def fields(columns, cells):
    """A record by the names of its columns."""
    return {name: exported(cell, holds) for (name, holds, _), cell in zip(columns, cells)}


def exported(cell, holds):
    """A cell as an export has it."""
    if cell is None or holds in ("integer", "text"):
        return cell
    if holds == "json":
        return json.loads(cell)
    if holds == "boolean":
        return cell != 0
    if holds == "time":
        return (datetime.datetime.fromtimestamp(0, UTC) + datetime.timedelta(microseconds=cell)).isoformat()
    return str(uuid.UUID(bytes=cell)) if holds == "uuid" else cell.hex()
