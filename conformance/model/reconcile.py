"""Compares what is owed with the rewards that exist, and moves the difference."""

from . import limits, open_ends
from .rewards import Reward


def person(world, person, now):
    """Posts the difference of the referrals of one person: first what shrinks, then what grows."""
    wanted, late, once = {}, {}, {}
    for lead in world.leads(person):
        target, people = world.target(lead, now), {"referrer": lead.referrer, "invitee": lead.owner}
        for line in target.lines.values():
            key = (line.rule, people[line.side], line.cause)
            if line.carrier == ("joined",) and line.cause.startswith("referral/"):
                first = (line.rule, line.side, world.directory.root(people[line.side]))
                if once.setdefault(first, key) != key or key in wanted:
                    continue
            wanted[key] = line
            _ensure(world, line, key, person, now).flags = tuple(lead.flags())
        for (rule, side, unit), quantity in target.too_late.items():
            late[rule, people[side], f"late/{lead.owner}/{lead.number}/{unit}"] = (side, unit, quantity)
    ours = [reward for reward in world.rewards.values() if reward.invitee and _is_of(world, reward, person)]
    _too_late(world, late, ours, person, now)
    post(world, [reward for reward in ours if not reward.cause.startswith("late/")], wanted)


def _is_of(world, reward, person):
    return world.directory.root(reward.invitee) == person.name


def post(world, rewards, wanted):
    """Moves rewards to their lines; a reward that is being issued waits, one that a hand closed stays."""
    moving = [reward for reward in rewards if not reward.fixed]
    for reward in moving:
        target = wanted.get(reward.key)
        if target and not reward.closed:
            open_ends.grows_back(reward, target.quantity)
            open_ends.growth(reward, target.quantity, world.clock())
        reward.line = wanted.get(reward.key, None)
    moving = [reward for reward in moving if not reward.closed]
    for reward in moving:
        _shrink(reward, reward.line.quantity if reward.line else 0)
    growing = [reward for reward in moving if reward.line]
    for reward in sorted(growing, key=lambda reward: reward.line.sort):
        _grow(world, reward, reward.line.quantity - reward.posted - reward.refused)


def _ensure(world, line, key, person, now):
    """The reward of a line, made if it is not there."""
    if key not in world.rewards:
        world.rewards[key] = Reward(*key, line.side, line.unit, person.name, (now,) + key)
        world.rewards[key].expires = world.rules[line.rule].expires
    return world.rewards[key]


def _shrink(reward, target):
    fall = reward.posted + reward.refused - target
    if fall <= 0:
        return
    part = min(reward.refused, fall)
    reward.refused -= part
    reward.posted -= fall - part
    if reward.refused == 0:
        reward.because = None


def _grow(world, reward, growth):
    if growth <= 0:
        return
    back = min(growth, max(0, reward.handed - reward.paid - reward.posted))
    reward.posted += back
    growth -= back
    if growth == 0:
        return
    why = reward.because if reward.refused else refusal(world, reward, growth)
    if why:
        reward.refused += growth
        reward.because = why
        return
    grant(reward, growth)


def grant(reward, more):
    """Posts more of a reward; the month of the first grant stays."""
    if reward.counted == 0:
        reward.month = reward.line.at
    reward.posted += more


def refusal(world, reward, more):
    """Why more of a reward is refused, or None."""
    if world.paused:
        return "paused"
    if reward.person in world.suspended:
        return "suspended"
    return None if limits.fits(world, reward, more) else "limit_reached"


def _too_late(world, wanted, ours, person, now):
    """One refused reward for each rule, side and unit: what orders told too late would have added."""
    for key, (side, unit, _) in wanted.items():
        if key not in world.rewards:
            world.rewards[key] = Reward(*key, side, unit, person.name, (now,) + key)
            ours.append(world.rewards[key])
    for reward in ours:
        if reward.cause.startswith("late/"):
            reward.refused = wanted[reward.key][2] if reward.key in wanted else 0
            reward.because = "told_too_late" if reward.refused else None
