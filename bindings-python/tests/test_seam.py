"""What crosses the seam, and what does not: errors with their codes, the host's own exceptions, never a panic."""

import json

import pytest

from dict_store import DictStore, drive
from program import NOW, campaign, engine, enrol, requests, seed
from referrals import _seam


class HostError(Exception):
    pass


def operation(*commands):
    return engine().execute("default", requests(*(commands or (campaign(),))), NOW, seed())


def test_a_panic_arrives_as_an_exception_that_except_exception_catches():
    with pytest.raises(_seam.EnginePanicked) as caught:
        _seam.panic()
    assert isinstance(caught.value, Exception)
    assert isinstance(caught.value, _seam.ReferralError)
    assert "asked for" not in str(caught.value)


def test_an_error_has_its_code_and_family():
    with pytest.raises(_seam.ReferralError) as caught:
        engine().execute("Not A Tenant", "[]", NOW, seed())
    assert (caught.value.code, caught.value.family, caught.value.retryable) == ("invalid_value", "invalid_input", False)


def test_the_host_s_own_exception_comes_out_as_itself():
    class Broken(DictStore):
        def load(self, tenant, keys):
            raise HostError("mine")

    with pytest.raises(HostError, match="mine"):
        drive(Broken(), operation())


def test_a_store_that_failed_is_told_as_a_result_with_a_code():
    cases = {"busy": ("store_busy", True), "no_answer": ("store_no_answer", True), "failed": ("store_failed", False)}
    for how, (code, retryable) in cases.items():
        failed = operation()
        assert failed.next()["step"] == "load"
        (result,) = json.loads(failed.fail(how, "gone")["result"])
        assert (result["error"]["code"], result["error"]["retryable"]) == (code, retryable)


@pytest.mark.parametrize(
    "reply",
    [None, 5, [5], [{}], [{"kind": "reward"}], [{"kind": "nothing", "cells": (), "version": 1}], ([], []), {"rows": []}],
)
def test_a_reply_that_does_not_fit_is_refused_and_ends_the_operation(reply):
    driven = operation()
    assert driven.next()["step"] == "load"
    with pytest.raises((_seam.ReferralError, TypeError, ValueError, KeyError)):
        if driven.next(reply)["step"] != "done":
            raise ValueError("it was taken")
    with pytest.raises(RuntimeError):
        driven.next([])


def test_rows_that_do_not_hold_what_they_should_are_named_by_table_and_column():
    row = {"kind": "debt", "key": "", "version": 1, "cells": (1, b"short", "EUR", 5)}
    with pytest.raises(_seam.ReferralError, match=r"debt\.participant") as caught:
        _seam.write_rows([row])
    assert caught.value.code == "store_corrupt"


def test_keys_are_canonical():
    one = _seam.read_key('{"kind": "debt", "campaign": 1, "participant": "019a0000-0000-7000-8000-000000000001", "unit": "EUR"}')
    two = _seam.read_key('{"unit":"EUR","participant":"019A0000-0000-7000-8000-000000000001","campaign":1,"kind":"debt"}')
    assert one == two


def test_every_kind_is_described():
    tables = _seam.tables()
    assert len(tables) > 25
    for name, table in tables.items():
        columns = [column for column, _, _ in table["columns"]]
        assert len(set(columns)) == len(columns), name
        assert table["key_columns"] <= len(columns)
        assert all(column in columns for index in table["indexes"].values() for column, _ in index)
        assert not table["counter"] or columns[-2:] == ["value", "reached_at"]


def test_an_operation_is_deterministic():
    def run():
        store, machine = DictStore(), engine()
        results = []
        for number, command in enumerate([campaign(), enrol("ada")], 1):
            request = {"key": f"019de2c4-2a80-7000-8000-00000000000{number}", "command": command}
            operation = machine.execute("default", json.dumps([request]), NOW, bytes([number] * 32))
            results.append(drive(store, operation))
        return results

    assert run() == run()
