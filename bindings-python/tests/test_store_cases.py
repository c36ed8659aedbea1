"""A store in Python keeps the contract: the cases that every store runs."""

import asyncio
import json

import pytest

from cases import names, read
from dict_store import AsyncDictStore, DictStore
from referrals._seam import read_batch, read_key, read_request, read_rows

CASES = read("store")


def run(store, case):
    last = None
    for step in case["steps"]:
        ((what, step),) = step.items()
        if what == "commit":
            stale, over = store.commit(read_batch(json.dumps(step["batch"])))
            expect = {"stale": [], "over": []} if step["expect"] == "applied" else step["expect"]["refused"]
            assert sorted(stale) == sorted(read_key(json.dumps(key)) for key in expect["stale"])
            assert sorted(over) == sorted(read_key(json.dumps(key)) for key in expect["over"])
        elif what == "load":
            found = store.load(step["tenant"], [read_key(json.dumps(key)) for key in step["keys"]])
            assert by_key(found) == by_key(read_rows(json.dumps(step["expect"])))
        else:
            if what == "list":
                tenant, request = step["tenant"], read_request(json.dumps(step["request"]))
            else:
                tenant, request = last[0], {**last[1], "after": last[2]}
            found = store.list(tenant, request)
            last = (tenant, request, found["next"])
            assert found["rows"] == read_rows(json.dumps(step["expect"]["rows"]))
            assert (found["next"] is not None) == step["expect"]["more"]
            assert found["first_rank"] == step["expect"]["first_rank"]


def by_key(rows):
    return sorted(rows, key=lambda row: row["key"])


class Waited:
    """An asynchronous store, waited for at each call."""

    def __init__(self, store):
        self.store = store

    def load(self, tenant, keys):
        return asyncio.run(self.store.load(tenant, keys))

    def list(self, tenant, request):
        return asyncio.run(self.store.list(tenant, request))

    def commit(self, batch):
        return asyncio.run(self.store.commit(batch))


def test_there_are_cases():
    assert len(CASES) > 80


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_store_in_python_keeps_the_contract(case):
    run(DictStore(), case)


def test_an_asynchronous_store_in_python_keeps_the_contract():
    store = Waited(AsyncDictStore())
    for case in CASES:
        run(store, case)


class Forgetful(DictStore):
    """A broken store: it does not look at the versions of deletes and guards."""

    def commit(self, batch):
        return super().commit({**batch, "deletes": [], "guards": []})


def test_a_broken_store_is_rejected():
    def rejects(case):
        try:
            run(Forgetful(), case)
        except AssertionError:
            return True
        return False

    rejected = {case["name"] for case in CASES if rejects(case)}
    assert "a_guard_of_a_missing_record_refuses_the_commit" in rejected
    assert "a_deleted_record_is_gone" in rejected
    assert "an_empty_batch_is_applied" not in rejected
