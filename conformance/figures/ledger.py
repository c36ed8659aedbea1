"""Rewards and balances from the entries of the ledger, as `docs/metrics.md` and `docs/payouts.md` say."""

from .days import day, moment

# Where a balance grows when an account is credited, and falls when it is debited.
BALANCES = {"held": "held", "owed": "owed", "issued": "issued", "redeemed": "redeemed"}
TIME_ENDED = ("expire", "lapse")
TAKEN_BACK = ("cancelled", "reversed")


def count_ledger(counts, tables):
    """Counts what each entry moves on its day."""
    rewards = {key(row): row for row in tables["reward"]}
    posted, nets = {}, Nets(counts, tables["participant"])
    for row in sorted(tables["ledger_entry"], key=lambda row: (row["at"], row["entry"])):
        date, unit, by = day(moment(row["at"])), row["unit"], row["quantity"]
        spent = by * ((row["debit"] == "expense") - (row["credit"] == "expense"))
        if spent and row["did"] != "write_off":
            counts.add(date, f"granted/{unit}", spent, person=row["participant"])
        for account in BALANCES:
            moved = by * ((row["credit"] == account) - (row["debit"] == account))
            if moved:
                person = row["participant"] if account == "issued" else None
                counts.add(date, f"{account}/{unit}", moved, person=person)
            if account in ("held", "owed"):
                nets.move(row, unit, moved)
        if spent and row["did"] not in TIME_ENDED:
            count_reward(counts, date, rewards[key(row)], posted, spent)
    nets.finish()
    for reward in rewards.values():
        # One that expired has nothing left to post when it is cancelled: only its state tells.
        if reward["state"] in TAKEN_BACK and posted.get(key(reward), 0) > 0:
            count_reward(counts, day(moment(reward["changed_at"])), reward, posted, -posted[key(reward)])


def count_reward(counts, date, reward, posted, spent):
    """Counts a reward when something of it is granted, and no longer when nothing of it is left."""
    before = posted.get(key(reward), 0)
    after = posted[key(reward)] = before + spent
    by = (after > 0) - (before > 0)
    if by:
        splits = [("version", str(reward["version"])), ("rule", reward["rule"])]
        counts.add(date, "rewards", by, splits, reward["participant"])


def key(row):
    """The reward of a row: its rule, who gets it and its cause."""
    return row["rule"], row["participant"], row["cause"]


class Nets:
    """What each person is owed less what the person owes, by unit. Below zero it is what the host may claim."""

    def __init__(self, counts, participants):
        self.counts, self.nets, self.roots = counts, {}, {}
        merged = [(row["merged_into"], row["participant"]) for row in participants if row["merged_into"]]
        self.merges = sorted(merged, key=lambda merge: (merge[0]["at"], merge[0]["command"]))

    def move(self, row, unit, by):
        """Moves the balance of the person of an entry."""
        while self.merges and moment(self.merges[0][0]["at"]) <= moment(row["at"]):
            self._merge(*self.merges.pop(0))
        person = self.roots.get(row["participant"], row["participant"])
        self._change(day(moment(row["at"])), person, unit, by)

    def finish(self):
        """Does the merges behind the last entry."""
        while self.merges:
            self._merge(*self.merges.pop(0))

    def _merge(self, merge, other):
        """Makes two balances one, on the day on which two people became one."""
        date, into = day(moment(merge["at"])), merge["into"]
        self.roots |= {person: into for person, root in self.roots.items() if root == other} | {other: into}
        for person, unit in [place for place in self.nets if place[0] == other]:
            by = self.nets[person, unit]
            self._change(date, person, unit, -by)
            self._change(date, into, unit, by)

    def _change(self, date, person, unit, by):
        before = self.nets.get((person, unit), 0)
        self.nets[person, unit] = before + by
        owes = max(0, -(before + by)) - max(0, -before)
        if owes:
            self.counts.add(date, f"receivable/{unit}", owes)
