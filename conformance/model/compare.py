"""Runs one program on the engine and on the model, and says where they differ."""

from . import totals
from .amounts import stamp
from .books import World
from .open_ends import LeftOpen
from .wire import Engine, accepted

METRICS = ("leads", "qualified", "leads_qualified", "conversions", "revenue")
READY = ("due", "approved", "failed")
CHECKED = ("move_reward", "grant_reward")


def differences(steps, plant=None):
    """All differences of the first step after which there are some; that is asked after each `settle`."""
    engine, world = Engine(), World(plant)
    for number, step in enumerate(steps):
        answer, taken = engine.run(step), world.run(step)
        name = step["do"] if isinstance(step["do"], str) else next(iter(step["do"]))
        if name == "define_campaign" and not accepted(answer):
            raise ValueError(f"not a campaign: {answer}")
        found = []
        if name in CHECKED and accepted(answer) != taken:
            found = [("taken", name, accepted(answer), taken)]
        elif name == "settle":
            found = compare(engine, world)
        if found:
            return number, found
    return None


def compare(engine, world):
    """Every difference of what is known now: (what, where, engine, model)."""
    pairs = [
        (referrals_of_engine(engine), referrals_of_model(world)),
        (rewards_of_engine(engine), rewards_of_model(world)),
        (debts_of_engine(engine), debts_of_model(world)),
        (totals_of_engine(engine), totals.totals(world, world.clock())),
    ]
    found = []
    for name, (theirs, ours) in zip(("referral", "reward", "debt", "total"), pairs):
        for key in sorted(set(theirs) | set(ours), key=str):
            if theirs.get(key) != ours.get(key):
                found.append((name, key, theirs.get(key), ours.get(key)))
    return found


def referrals_of_engine(engine):
    """What the engine says of each referral."""
    names = ("referrer", "progress", "qualified_at", "moderation", "lead_at")
    return {row["invitee"]: tuple(row[name] for name in names) for row in engine.rows("referral")}


def referrals_of_model(world):
    """The same from the model."""
    found = {}
    for facts in world.referrals():
        target = world.target(facts, world.clock())
        times = stamp(target.qualified_at), stamp(target.lead_at)
        found[facts.invitee] = (facts.referrer, target.progress, times[0], target.moderation, times[1])
    return found


def rewards_of_engine(engine):
    """Each reward: posted, expired, refused, issued, netted, reclaimed and state. Cancelled equals none."""
    found = {}
    for row in engine.rows("reward"):
        taken_back = row["state"] in ("cancelled", "reversed") and not row["closed"]
        if taken_back and not row["issued"] and not row["netted"]:
            continue
        state = "due" if row["state"] in READY else row["state"]
        amounts = {"posted": row["quantity"] + row["expired"], "state": state}
        amounts |= {name: row[name] for name in ("unit", "expired", "refused", "issued", "netted", "reclaimed")}
        found[row["rule"], row["participant"], row["cause"]] = amounts
    return found


def rewards_of_model(world):
    """The same from the model."""
    now, found = world.clock(), {}
    for reward in world.rewards.values():
        state = reward.state(now)
        if state == "cancelled" and not reward.closed:
            continue
        found[reward.key] = {
            "posted": reward.posted,
            "state": state,
            "unit": reward.unit,
            "expired": reward.expired(now),
            "refused": reward.refused,
            "issued": reward.issued,
            "netted": reward.netted,
            "reclaimed": reward.reclaimed,
        }
    return found


def debts_of_engine(engine):
    """What each person owes by unit, without what issues under way will net."""
    return {(row["participant"], row["unit"]): row["quantity"] for row in engine.rows("debt") if row["quantity"]}


def debts_of_model(world):
    """The same from the model."""
    found = {}
    for reward in world.rewards.values():
        key = (reward.person, reward.unit)
        found[key] = found.get(key, 0) + reward.debt - reward.reserved
    return {key: value for key, value in found.items() if value}


def totals_of_engine(engine):
    """The totals by day of the campaign as a whole, without zeros."""
    found = {}
    for row in engine.rows("total"):
        whole = row["dimension"] == "all" and row["period"].startswith("d")
        if whole and row["metric"] in METRICS and row["value"]:
            found[row["metric"], row["unit"], row["period"]] = row["value"]
    return found


def smallest(steps, plant=None):
    """The program without the steps that its first difference does not need."""
    place, found = differences(steps, plant)
    kept, size, sign = steps[: place + 1], max(1, len(steps) // 2), found[0][0]
    while size:
        position = 1
        while position < len(kept) - 1:
            shorter = kept[:position] + kept[min(position + size, len(kept) - 1):]
            if len(shorter) < len(kept) and _differs(shorter, plant, sign):
                kept = shorter
            else:
                position += size
        size //= 2
    return kept


def _differs(steps, plant, sign):
    """Whether a program still differs in the same kind of thing, and does nothing that the page leaves open."""
    try:
        found = differences(steps, plant)
    except LeftOpen:
        return False
    return found is not None and found[1][0][0] == sign
