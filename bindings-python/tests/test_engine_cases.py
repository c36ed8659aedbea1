"""Operations that Python drives on a store of its own come to the same as everywhere."""

import asyncio
import json

import pytest

from cases import holds, insert, names, read
from dict_store import AsyncDictStore, DictStore, drive, drive_async
from program import engine
from referrals._seam import read_request, write_rows

CASES = read("engine")


def pointed(value, pointer):
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


async def run(case, driven, listed):
    machine, kept = engine(), {}
    for number, step in enumerate(case["steps"]):
        ((what, step),) = insert(step, kept).items()
        seed = bytes([number + 1] * 32)
        if what == "execute":
            operation = machine.execute(case["tenant"], json.dumps(step["requests"]), step["now"], seed)
            found = json.loads(await driven(operation))
            kept.update({name: pointed(found, pointer) for name, pointer in step.get("keep", {}).items()})
        elif what == "settle":
            found = json.loads(await driven(machine.settle(case["tenant"], step["now"], seed)))
        elif what == "grant_refused":
            operation = machine.grant_refused(case["tenant"], json.dumps(step["list"]), step["now"], seed)
            found = json.loads(await driven(operation))
        elif what == "ask":
            found = json.loads(await driven(machine.ask(case["tenant"], json.dumps(step["question"]), step["now"])))
        else:
            request = read_request(json.dumps({"listing": step["listing"], "after": None, "limit": 10_000}))
            page = await listed(case["tenant"], request)
            found = [stored["record"] for stored in json.loads(write_rows(page["rows"]))]
        holds(step["expect"], found, f"step {number}")


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_an_operation_on_a_store_in_python_comes_to_what_the_case_says(case):
    store = DictStore()

    async def driven(operation):
        return drive(store, operation)

    async def listed(tenant, request):
        return store.list(tenant, request)

    asyncio.run(run(case, driven, listed))


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_an_operation_on_an_asynchronous_store_comes_to_what_the_case_says(case):
    store = AsyncDictStore()

    async def driven(operation):
        return await drive_async(store, operation)

    asyncio.run(run(case, driven, store.list))


def test_there_are_cases():
    assert len(CASES) >= 9
