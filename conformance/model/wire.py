"""The only file that knows the engine: it sends commands to it and reads records back.

People are known by their host ids. Where a command needs a code or a participant's id, a program
writes `{"code": "code:ada"}` or the host id, and this file puts the engine's own value in.
"""

import datetime
import itertools
import json
import uuid

from dict_store import DictStore, drive
from program import engine
from referrals._seam import read_request, write_rows

TENANT = "t1"
NOBODY = str(uuid.UUID(int=0))
OF_PERSON = ("qualification", "place", "referral", "late")


class Engine:
    """One engine with an empty store."""

    def __init__(self):
        self.machine, self.store = engine(), DictStore()
        self.numbers = itertools.count(1)
        self.ids, self.codes = {}, {}

    def run(self, step):
        """Runs one step of a program: a command at a time, or `settle`. Answers the receipt or the error."""
        if step["do"] == "settle":
            return self._settle(step["now"])
        request = {"key": self._key(step["now"]), "command": self._filled(step["do"])}
        if "at" in step:
            request["facts"] = {"at": step["at"]}
        operation = self.machine.execute(TENANT, json.dumps([request]), step["now"], self._seed())
        return json.loads(drive(self.store, operation))[0]

    def _settle(self, now):
        return json.loads(drive(self.store, self.machine.settle(TENANT, now, self._seed())))

    def _seed(self):
        return next(self.numbers).to_bytes(32, "big")

    def _key(self, now):
        moment = datetime.datetime.fromisoformat(now.replace("Z", "+00:00"))
        milliseconds = int(moment.timestamp() * 1000)
        return str(uuid.UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | next(self.numbers)))

    def _filled(self, value):
        """The command with codes and ids in place of host ids."""
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        filled = {name: self._filled(item) for name, item in value.items()}
        if str(filled.get("code", "")).startswith("code:"):
            filled["code"] = self.codes.get(filled["code"][5:], "NOSUCH-CODE1")
        if isinstance(filled.get("participant"), str):
            filled["participant"] = self.ids.get(filled["participant"], NOBODY)
        if isinstance(filled.get("cause"), str):
            parts = filled["cause"].split("/")
            if parts[0] in OF_PERSON:
                parts[1] = self.ids.get(parts[1], NOBODY)
            filled["cause"] = "/".join(parts)
        return filled

    def learn(self, result, who, root):
        """Keeps the ids and codes that an answer tells of the person `who`; or answers who it was instead."""
        outcome = result.get("receipt", {}).get("outcome", {}).get("accepted", {}) if isinstance(result, dict) else {}
        for name, answer in outcome.items():
            if name == "enrolled":
                identity, self.codes[who] = answer["participant"], answer["code"]
            elif name == "lead_recorded":
                identity = answer["referral"]["invitee"]
            elif name == "conversion_recorded":
                identity = answer["participant"]
            else:
                continue
            theirs = next((host for host, known in self.ids.items() if known == identity), None)
            if theirs is None and who not in self.ids:
                self.ids[who] = identity
            elif theirs is None or root(theirs) != who:
                return theirs or "another person", who
        return None

    def rows(self, kind):
        """All records of a kind, with host ids for the ids of people."""
        request = read_request(json.dumps({"listing": {"all": kind}, "after": None, "limit": 10_000}))
        text = write_rows(self.store.list(TENANT, request)["rows"])
        text = text.decode() if isinstance(text, bytes) else text
        for host, identity in self.ids.items():
            text = text.replace(identity, host)
        return [row["record"] for row in json.loads(text)]


def accepted(result):
    """Whether a command was taken; of a list of answers (`settle`) it is not asked."""
    return isinstance(result, dict) and "accepted" in result.get("receipt", {}).get("outcome", {})


def said(result):
    """True for a command that was taken, the reason of one that was declined, else False."""
    outcome = result.get("receipt", {}).get("outcome", {}) if isinstance(result, dict) else {}
    return outcome.get("declined", "accepted" in outcome)
