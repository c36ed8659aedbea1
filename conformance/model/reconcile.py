"""Compares what is owed with the rewards that exist, and moves the difference."""

from . import limits, open_ends
from .rewards import Reward


def referral(world, facts, now):
    """Posts the difference of one referral: first what shrinks, then what grows."""
    target = world.target(facts, now)
    people = {"referrer": facts.referrer, "invitee": facts.invitee}
    wanted = {(line.rule, people[line.side], line.cause): line for line in target.lines.values()}
    for line in wanted.values():
        _ensure(world, line, people[line.side], facts, now)
    _too_late(world, target, people, facts, now)
    ours = [reward for reward in world.rewards.values() if reward.invitee == facts.invitee]
    for reward in ours:
        reward.flags = tuple(facts.flags())
    ours = [reward for reward in ours if not reward.cause.startswith("late/")]
    post(world, ours, wanted)


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


def _ensure(world, line, person, facts, now):
    """The reward of a line, made if it is not there."""
    key = (line.rule, person, line.cause)
    if key not in world.rewards:
        world.rewards[key] = Reward(*key, line.side, line.unit, facts.invitee, (now,) + key)
        world.rewards[key].expires = world.rules[line.rule].expires


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


def _too_late(world, target, people, facts, now):
    """One refused reward for each rule, side and unit: what orders told too late would have added."""
    wanted = {}
    for (rule, side, unit), quantity in target.too_late.items():
        wanted[rule, people[side], f"late/{facts.invitee}/1/{unit}"] = (side, unit, quantity)
    for key, (side, unit, _) in wanted.items():
        if key not in world.rewards:
            world.rewards[key] = Reward(*key, side, unit, facts.invitee, (now,) + key)
    for key, reward in world.rewards.items():
        if key[2].startswith(f"late/{facts.invitee}/1/"):
            reward.refused = wanted[key][2] if key in wanted else 0
            reward.because = "told_too_late" if reward.refused else None
