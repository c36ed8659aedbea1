"""Reads the JSON cases that every language runs."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "conformance" / "cases"


def read(folder):
    """All cases of a folder, with what ``$names`` stand for put in."""
    cases = [case for path in sorted((FOLDER / folder).glob("*.json")) for case in json.loads(path.read_text("utf-8"))]
    for case in cases:
        case["steps"] = insert(case["steps"], case.get("let", {}))
    return cases


def insert(value, values):
    """``value`` with each string ``$name`` replaced by the value of that name, where there is one."""
    if isinstance(value, str) and value.startswith("$"):
        return values.get(value[1:], value)
    if isinstance(value, list):
        return [insert(item, values) for item in value]
    if isinstance(value, dict):
        return {name: insert(item, values) for name, item in value.items()}
    return value


def holds(expected, found, place=""):
    """That all of ``expected`` stands in ``found``, which may have more fields. A field that is expected to be null may be missing."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, item in expected.items():
            assert name in found or item is None, f"{place}/{name} is missing in {found}"
            holds(item, found.get(name), f"{place}/{name}")
    elif isinstance(expected, list) and isinstance(found, list):
        assert len(expected) == len(found), f"{place}: expected {expected}, found {found}"
        for number, (item, other) in enumerate(zip(expected, found)):
            holds(item, other, f"{place}/{number}")
    else:
        assert expected == found, f"{place}: expected {expected!r}, found {found!r}"


def names(cases):
    return [case["name"] for case in cases]
