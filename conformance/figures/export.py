"""Reads an exported folder: the tables of facts alone. Tables of sums and totals are what is checked, so they are not read."""

import json

TABLES = ["participant", "enrolment", "grant_of_links", "touch", "referral", "evidence_touches", "conversion", "reward"]
TABLES += ["ledger_entry", "eligible"]


def read(folder):
    """The facts: a list of rows for each table."""
    return {name: table(folder / f"{name}.jsonl") for name in TABLES}


def table(path):
    """The rows of one table."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
