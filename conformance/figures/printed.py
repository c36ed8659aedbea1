"""Runs the command line on a store: restores what the year left, exports the facts, and asks for the figures."""

import json
import os
import subprocess
from pathlib import Path

from .campaign import SLUG

ROOT = Path(__file__).parents[2]


class Store:
    """A store in a file, as the command line sees it."""

    def __init__(self, folder):
        self.folder, self.answers = folder, {}
        target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
        self.program = target / "debug" / "referrals"
        if not self.program.exists():
            raise FileNotFoundError("no `referrals` in `target/debug`: run `cargo build -p referrals-cli`")
        secret = {name: bytes([number] * 32).hex() for number, name in enumerate(("link", "alias", "lookup"), 1)}
        keys = {"alias_key": secret["alias"], "lookup_key": secret["lookup"]}
        keys["link_keys"] = [{"id": 1, "state": "active", "secret": secret["link"]}]
        self.environment = os.environ | {"REFERRALS_DB": "sqlite:year.sqlite", "KEYS_OF_YEAR": json.dumps(keys)}

    def run(self, *arguments):
        """What a command prints, without errors."""
        line = [str(self.program), *arguments, "--keyring-env", "KEYS_OF_YEAR"]
        done = subprocess.run(line, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"`referrals {' '.join(arguments)}`: {done.stderr or done.stdout}")
        return done.stdout

    def ask(self, *arguments):
        """What a command answers. The same question is asked once."""
        if arguments not in self.answers:
            self.answers[arguments] = json.loads(self.run(*arguments, "--json"))
        return self.answers[arguments]

    def restore(self, folder):
        """Reads an export into the store, which is made."""
        self.run("restore", str(folder), "--format", "jsonl")

    def export(self, folder, tables):
        """Exports some tables."""
        asked = [word for name in tables for word in ("--table", name)]
        self.run("export", str(folder), "--format", "jsonl", *asked)

    def erase(self, name):
        """Erases a person by the host's id."""
        self.run("person", "erase", name, "--yes")

    def funnel(self, first, end, by):
        """The figures of a window."""
        asked = [word for dimension in by for word in ("--by", dimension)]
        return self.ask("metrics", SLUG, "--from", str(first), "--until", str(end), *asked)["funnel"]

    def board(self, metric, unit, period):
        """A board of a period: ever, a month or a day."""
        asked = ["--unit", unit] if unit else []
        if period != "ever":
            asked += ["--month" if len(period) == 7 else "--day", period]
        return self.ask("leaderboard", SLUG, "--metric", metric, "--limit", "1000", *asked)["places"]

    def touches(self, model, by, first, end):
        """The shares of touches in the leads of a window."""
        return self.ask("touches", SLUG, "--model", model, "--by", by, "--from", str(first), "--until", str(end))
