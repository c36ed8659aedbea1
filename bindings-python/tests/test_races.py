"""Thirty-two threads, or tasks, race for the last place and the last of a budget on a store in Python."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dict_store import AsyncDictStore, DictStore, ReadThenWriteStore, drive, drive_async
from program import NOW, buy, campaign, engine, enrol, lead, requests, seed
from referrals._seam import read_request, write_rows

RIVALS = 32
PLACES = [
    # The limit; what each reward is; how many of them may be given.
    ({"count": 1}, "10 EUR", 1),
    ({"count": 5}, "10 EUR", 5),
    ({"value": "100 EUR"}, "30 EUR", 3),
    ({"value": "100 EUR"}, "100 EUR", 1),
]


def rule(limit, give):
    limits = [{"per": "campaign", **limit}]
    return {"id": "thanks", "to": "referrer", "on": "qualified", "give": {"flat": give}, "limits": limits}


def prepare(limit, give):
    """A campaign with a limit, a referrer, and as many leads as there are rivals."""
    return campaign(qualification={"on": "purchase"}, rewards=[rule(limit, give)])


def given(results):
    """How many rewards the decisions say were granted, and how many a limit refused."""
    findings = [finding["reason"] for result in results for finding in result["receipt"]["decision"]]
    return findings.count("granted"), findings.count("limit_reached")


def execute(store, machine, *commands):
    """Executes commands; again, under the same keys, as long as too many rivals were there first."""
    text = requests(*commands)
    while True:
        results = json.loads(drive(store, machine.execute("default", text, NOW, seed())))
        if not any(result.get("error", {}).get("retryable") for result in results):
            return results


async def execute_async(store, machine, *commands):
    text = requests(*commands)
    while True:
        results = json.loads(await drive_async(store, machine.execute("default", text, NOW, seed())))
        if not any(result.get("error", {}).get("retryable") for result in results):
            return results


def code_of(results):
    return results[1]["receipt"]["outcome"]["accepted"]["enrolled"]["code"]


def leads(code):
    return [lead(f"friend-{number}", code) for number in range(RIVALS)]


def purchase(number):
    return buy(f"friend-{number}", f"order-{number}", "80 EUR")


def at_once(work):
    """What thirty-two threads that start together come to."""
    start = threading.Barrier(RIVALS)

    def rival(number):
        start.wait()
        return work(number)

    with ThreadPoolExecutor(RIVALS) as threads:
        return list(threads.map(rival, range(RIVALS)))


def race(store, limit, give):
    machine = engine()
    code = code_of(execute(store, machine, prepare(limit, give), enrol("ada")))
    execute(store, machine, *leads(code))
    return [result for (result,) in at_once(lambda number: execute(store, machine, purchase(number)))]


def all_rewards():
    return read_request(json.dumps({"listing": {"all": "reward"}, "after": None, "limit": 10_000}))


def granted(page):
    """How many of the rewards were granted: what a limit refused is kept as a refused reward."""
    records = [stored["record"] for stored in json.loads(write_rows(page["rows"]))]
    return sum(record["state"] != "refused" for record in records)


def rewards(store):
    return granted(store.list("default", all_rewards()))


@pytest.mark.parametrize(("limit", "give", "places"), PLACES)
def test_threads_that_race_for_the_last_place_get_exactly_what_there_is(limit, give, places):
    store = DictStore()
    results = race(store, limit, give)
    assert given(results) == (places, RIVALS - places)
    assert rewards(store) == places


@pytest.mark.parametrize(("limit", "give", "places"), PLACES)
def test_a_store_that_reads_and_then_writes_fails_the_same_race(limit, give, places):
    store = ReadThenWriteStore()
    results = race(store, limit, give)
    assert given(results) != (places, RIVALS - places) or rewards(store) != places


@pytest.mark.parametrize(("limit", "give", "places"), PLACES)
def test_tasks_that_race_for_the_last_place_get_exactly_what_there_is(limit, give, places):
    async def run():
        store, machine = AsyncDictStore(), engine()
        code = code_of(await execute_async(store, machine, prepare(limit, give), enrol("ada")))
        await execute_async(store, machine, *leads(code))
        rivals = (execute_async(store, machine, purchase(number)) for number in range(RIVALS))
        results = [result for (result,) in await asyncio.gather(*rivals)]
        return results, granted(await store.list("default", all_rewards()))

    results, found = asyncio.run(run())
    assert given(results) == (places, RIVALS - places)
    assert found == places


def test_one_event_from_many_threads_counts_once():
    store, machine = DictStore(), engine()
    code = code_of(execute(store, machine, prepare({"count": 9}, "10 EUR"), enrol("ada")))
    execute(store, machine, lead("friend-0", code))
    results = at_once(lambda _: execute(store, machine, purchase(0)))
    assert [result["receipt"]["repeated"] for (result,) in results].count(False) == 1
    assert rewards(store) == 1
