"""Runs one program on the engine and on the model, and says where they differ."""

from . import totals
from .amounts import stamp
from .books import World
from .open_ends import LeftOpen
from .wire import Engine, accepted, said

METRICS = ("leads", "qualified", "leads_qualified", "conversions", "revenue")
READY = ("due", "approved", "failed")
CHECKED = ("move_reward", "grant_reward", "record_lead", "add_alias", "reassign")


def differences(steps, plant=None):
    """All differences of the first step after which there are some; that is asked after each `settle`."""
    engine, world = Engine(), World(plant)
    for number, step in enumerate(steps):
        answer, taken = engine.run(step), world.run(step)
        name = step["do"] if isinstance(step["do"], str) else next(iter(step["do"]))
        strange = engine.learn(answer, world.who, world.directory.root)
        if strange:
            return number, [("who", name) + strange]
        if name == "define_campaign" and not accepted(answer):
            raise ValueError(f"not a campaign: {answer}")
        found = []
        theirs = said(answer) if isinstance(taken, str) or name == "record_lead" else accepted(answer)
        if name in CHECKED and theirs != taken and theirs not in str(taken).split(" or "):
            found = [("taken", name, theirs, taken)]
        elif name == "settle":
            found = compare(engine, world)
        if found:
            return number, found
    return None


def compare(engine, world):
    """Every difference of what is known now: (what, where, engine, model)."""
    root, present = world.directory.root, [lead for lead in world.referrals()]
    rows = [row for row in engine.rows("referral") if row["progress"] != "superseded"]
    theirs = {(row["invitee"], str(row["lead"])): row["lead_at"] for row in rows}
    ours = {(lead.owner, str(lead.number)): stamp(lead.lead_at) for lead in present}
    pairs = [
        (referrals_of_engine(rows, root), referrals_of_model(world, present, root)),
        (named(rewards_of_engine(engine), theirs, root), named(rewards_of_model(world), ours, root)),
        (debts_of_engine(engine, root), debts_of_model(world, root)),
        (totals_of_engine(engine), totals.totals(world, world.clock())),
    ]
    found = []
    for name, (theirs, ours) in zip(("referral", "reward", "debt", "total"), pairs):
        for key in sorted(set(theirs) | set(ours), key=str):
            if theirs.get(key) != ours.get(key):
                found.append((name, key, theirs.get(key), ours.get(key)))
    return found


def named(rewards, times, root):
    """Rewards by rule, person and cause. A lead is named by its person and time: its number may differ."""
    found = {}
    for (rule, person, cause), amounts in rewards.items():
        parts = cause.split("/")
        if parts[0] == "referral":
            parts = [parts[0], root(parts[1])]
        elif parts[0] in ("qualification", "place", "late"):
            at = times.get((parts[1], parts[2]))
            parts = [parts[0], root(parts[1]), at] + parts[3:] if at else parts
        found.setdefault((rule, root(person)) + tuple(parts), []).append(amounts)
    return {key: sorted(several, key=str) for key, several in found.items()}


def referrals_of_engine(rows, root):
    """What the engine says of each referral, by invitee and time."""
    names = ("progress", "qualified_at", "moderation")
    return {(root(row["invitee"]), row["lead_at"]): (root(row["referrer"]),) + tuple(row[n] for n in names) for row in rows}


def referrals_of_model(world, present, root):
    """The same from the model."""
    found = {}
    for lead in present:
        target = world.target(lead, world.clock())
        says = target.progress, stamp(target.qualified_at), target.moderation
        found[root(lead.owner), stamp(lead.lead_at)] = (root(lead.referrer),) + says
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


def debts_of_engine(engine, root):
    """What each person owes by unit, without what issues under way will net."""
    found = {}
    for row in engine.rows("debt"):
        key = root(row["participant"]), row["unit"]
        found[key] = found.get(key, 0) + row["quantity"]
    return {key: value for key, value in found.items() if value}


def debts_of_model(world, root):
    """The same from the model."""
    found = {}
    for reward in world.rewards.values():
        key = root(reward.person), reward.unit
        found[key] = found.get(key, 0) + reward.debt - reward.reserved
    return {key: value for key, value in found.items() if value}


def totals_of_engine(engine):
    """The totals by day of the campaign as a whole, without zeros."""
    found = {}
    for row in engine.rows("period_sums"):
        if not row["period"].startswith("d"):
            continue
        for name, value in row["sums"].items():
            # A number is called by its metric, or by its metric and unit: `clicks`, `revenue/EUR`.
            metric, _, unit = name.partition("/")
            if metric in METRICS and value:
                found[metric, unit, row["period"]] = value
    return found


def smallest(steps, plant=None):
    """The program without the steps that its first difference does not need."""
    place, found = differences(steps, plant)
    kept, size, sign = steps[: place + 1], max(1, len(steps) // 2), _sign(found)
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
    return found is not None and _sign(found[1]) == sign


def _sign(found):
    """Which kind of thing differs first."""
    return found[0][0], found[0][1] if found[0][0] in ("taken", "who") else ""
