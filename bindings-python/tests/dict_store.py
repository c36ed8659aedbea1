"""A store in plain Python: three methods over a dict, and what drives an operation on it.

It knows no kind of record. What it needs stands in the rows, the batches and the requests; counters are built by the
descriptions that ``tables()`` gives. It shows what a host with a store of its own has to write, and keeps nothing.
"""

import json
import asyncio
import threading
from functools import total_ordering

from referrals._seam import tables

TABLES = tables()
COUNTER = 1
ABSENT = 0
LARGEST = 2**63 - 1


@total_ordering
class Place:
    """Where a row stands: null, numbers, texts by their bytes, bytes; each up or down."""

    def __init__(self, cells, downs):
        self.parts = [(self._part(cell), down) for cell, down in zip(cells, downs)]

    @staticmethod
    def _part(cell):
        if cell is None:
            return (0,)
        if isinstance(cell, int):
            return (1, cell)
        if isinstance(cell, str):
            return (2, cell.encode())
        return (3, cell)

    def __eq__(self, other):
        return self.parts == other.parts

    def __lt__(self, other):
        for (mine, down), (theirs, _) in zip(self.parts, other.parts):
            if mine != theirs:
                return mine > theirs if down else mine < theirs
        return len(self.parts) < len(other.parts)


class DictStore:
    """Everything in one dict under one lock."""

    def __init__(self):
        self._lock = threading.Lock()
        self._tenants = {}

    def load(self, tenant, keys):
        with self._lock:
            rows = self._tenants.get(tenant, {})
            return [rows[key] for key in keys if key in rows]

    def list(self, tenant, request):
        with self._lock:
            rows = [row for row in self._tenants.get(tenant, {}).values() if row["kind"] == request["kind"]]
        return page(rows, request)

    def commit(self, batch):
        """Writes all of the batch or nothing. The keys that lost: ``(stale, over)``, both empty if it was written."""
        with self._lock:
            rows = self._tenants.setdefault(batch["tenant"], {})
            stale, over = losses(rows, batch)
            if not stale and not over:
                write(rows, batch)
            return stale, over


class AsyncDictStore:
    """The same, with answers that come later."""

    def __init__(self):
        self._store = DictStore()

    async def load(self, tenant, keys):
        await asyncio.sleep(0)
        return self._store.load(tenant, keys)

    async def list(self, tenant, request):
        await asyncio.sleep(0)
        return self._store.list(tenant, request)

    async def commit(self, batch):
        await asyncio.sleep(0)
        return self._store.commit(batch)


class ReadThenWriteStore(DictStore):
    """A broken store: it reads and checks, and writes afterwards. A rival may have read the same."""

    def __init__(self):
        super().__init__()
        self._between = 0

    def commit(self, batch):
        with self._lock:
            rows = self._tenants.setdefault(batch["tenant"], {})
            stale, over = losses(rows, batch)
            self._between += 1
        # Waits for a rival between reading and writing, so that the fault does not depend on luck.
        for _ in range(10_000):
            if self._between > 1:
                break
            threading.Event().wait(0)
        with self._lock:
            self._between -= 1
            if not stale and not over:
                write(rows, batch)
        return stale, over


def page(rows, request):
    downs = [down for _, down in request["order"]]
    equals = list(request["equals"])

    def place(cells):
        return Place(cells, downs)

    def ordered(row):
        return [row["cells"][position] for position, _ in request["order"]]

    found = sorted((place(ordered(row)), ordered(row), row) for row in rows if ordered(row)[: len(equals)] == equals)
    in_range = found
    if request["after"] is not None:
        after = place(equals + list(request["after"]))
        in_range = [entry for entry in in_range if entry[0] > after]
    elif request["from"] is not None:
        start = place(equals + [request["from"]])
        in_range = [entry for entry in in_range if entry[0] >= start]
    if request["until"] is not None:
        end = place(equals + [request["until"]])
        in_range = [entry for entry in in_range if entry[0] < end]
    shown = in_range[: request["limit"]]
    more = len(in_range) > len(shown)
    rank = None
    if request["ranked"] and shown:
        value = place(shown[0][1][: len(equals) + 1])
        rank = 1 + sum(place(cells[: len(equals) + 1]) < value for _, cells, _ in found)
    return {
        "rows": [row for _, _, row in shown],
        "next": shown[-1][1][len(equals) :] if more else None,
        "first_rank": rank,
    }


def losses(rows, batch):
    def version(key):
        return rows[key]["version"] if key in rows else ABSENT

    expected = batch["puts"] + batch["deletes"] + batch["guards"]
    stale = [entry["key"] for entry in expected if version(entry["key"]) != entry["expected"]]
    over = [add["key"] for add in batch["adds"] if not fits(rows, add)]
    over += [add["key"] for add in batch["sums"] if not sums_fit(rows, add)]
    return stale, over


def fits(rows, add):
    result = value(rows, add) + add["by"]
    at_least = -LARGEST - 1 if add["at_least"] is None else add["at_least"]
    at_most = LARGEST if add["at_most"] is None else add["at_most"]
    return at_least <= result <= at_most


def sums_fit(rows, add):
    sums = sums_of(rows, add)
    return all(-LARGEST - 1 <= sums.get(name, 0) + by <= LARGEST for name, by in add["by"].items())


def sums_of(rows, add):
    # The last column of a row of sums is a JSON object of its numbers.
    return json.loads(rows[add["key"]]["cells"][-1]) if add["key"] in rows else {}


def value(rows, add):
    # The last two columns of a counter are its value and when it was reached.
    return rows[add["key"]]["cells"][-2] if add["key"] in rows else 0


def write(rows, batch):
    for delete in batch["deletes"]:
        # Only a broken store finds it gone: it looked before a rival deleted it.
        rows.pop(delete["key"], None)
    for put in batch["puts"]:
        rows[put["key"]] = put["row"]
    for add in batch["adds"]:
        cells = (*add["cells"], value(rows, add) + add["by"], add["at"])
        assert TABLES[add["kind"]]["counter"]
        rows[add["key"]] = {"key": add["key"], "kind": add["kind"], "cells": cells, "version": COUNTER}
    for add in batch["sums"]:
        assert TABLES[add["kind"]]["sums"]
        sums = sums_of(rows, add)
        for name, by in add["by"].items():
            sums[name] = sums.get(name, 0) + by
        kept = {name: number for name, number in sorted(sums.items()) if number != 0}
        cells = (*add["cells"], json.dumps(kept, separators=(",", ":"), ensure_ascii=False))
        rows[add["key"]] = {"key": add["key"], "kind": add["kind"], "cells": cells, "version": COUNTER}


def drive(store, operation):
    """Runs an operation to its end; its result, as JSON text."""
    step = operation.next()
    while step["step"] != "done":
        if step["step"] == "load":
            reply = store.load(operation.tenant, step["keys"])
        elif step["step"] == "list":
            reply = store.list(operation.tenant, step["request"])
        else:
            reply = store.commit(step["batch"])
        step = operation.next(reply)
    return step["result"]


async def drive_async(store, operation):
    """The same on a store whose answers come later."""
    step = operation.next()
    while step["step"] != "done":
        if step["step"] == "load":
            reply = await store.load(operation.tenant, step["keys"])
        elif step["step"] == "list":
            reply = await store.list(operation.tenant, step["request"])
        else:
            reply = await store.commit(step["batch"])
        step = operation.next(reply)
    return step["result"]
