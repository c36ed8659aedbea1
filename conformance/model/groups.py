"""Groups of `every` and milestones: what the referrals of one referrer earn together."""

from . import reconcile
from .law import Line
from .open_ends import LeftOpen
from .rewards import Reward


def referrer(world, person, now):
    """Posts the difference of all groups and levels of a referrer."""
    if not any(rule.every or rule.milestones for rule in world.campaign.rules):
        return
    targets = [(lead, world.target(lead, now)) for lead in world.referrals() if lead.referrer == person]
    qualified = {lead.name: target for lead, target in targets if target.carrier}
    flagged = {lead.name for lead, _ in targets if lead.moderation == "flagged"}
    for invitee in qualified:
        world.qualifying.setdefault(invitee, len(world.qualifying))
    for position, rule in enumerate(world.campaign.rules):
        if rule.every:
            wanted = _groups(world, rule, position, person, qualified, flagged)
        elif rule.milestones:
            wanted = _levels(world, rule, position, person, qualified, flagged)
        else:
            continue
        _post(world, rule, person, wanted, now)


def _post(world, rule, person, wanted, now):
    """Moves the rewards of one rule to their lines."""
    for key, (line, flagged) in wanted.items():
        if key not in world.rewards:
            world.rewards[key] = Reward(*key, "referrer", line.unit, None, (now,) + key, expires=rule.expires)
        world.rewards[key].flags = ((line.at, None),) if flagged else ()
    ours = [r for r in world.rewards.values() if r.rule == rule.id and r.person == person]
    reconcile.post(world, ours, {key: line for key, (line, _) in wanted.items()})


def _line(rule, position, cause, give, at, carrier):
    ends = None if rule.approval else at + rule.hold if rule.hold else at
    sort = (at, ("", ""), position, False)
    return Line(rule.id, "referrer", cause, give.unit, give.quantity, at, carrier, sort, ends, rule.approval)


def _groups(world, rule, position, person, qualified, flagged):
    """The full groups. Places are kept; holes are filled from the later groups that are not full."""
    groups = world.groups.setdefault((rule.id, person), [])
    for number, group in enumerate(groups, 1):
        left = [invitee for invitee in group if invitee in qualified]
        if len(left) < len(group) == rule.every:
            world.broken.add((rule.id, person, number))
        group[:] = left
    placed = {invitee for group in groups for invitee in group}
    waiting = [invitee for invitee in qualified if invitee not in placed]
    _fill(world, groups, rule.every, waiting)
    wanted = {}
    for number, group in enumerate(groups, 1):
        if len(group) < rule.every:
            continue
        at = max(qualified[invitee].carrier_at for invitee in group)
        carrier = tuple(sorted((invitee, qualified[invitee].carrier) for invitee in group))
        _ask_anew(world, rule, person, number)
        cause = f"group/{number}"
        line = _line(rule, position, cause, rule.give, at, carrier)
        wanted[rule.id, person, line.cause] = (line, bool(flagged & set(group)))
    return wanted


def _ask_anew(world, rule, person, number):
    """Forgets what was refused of a group of which nothing is granted, when other members fill it."""
    key = (rule.id, person, number)
    reward = world.rewards.get((rule.id, person, f"group/{number}"))
    if key in world.broken and reward and not (reward.posted or reward.handed or reward.closed or reward.fixed):
        reward.refused = 0
    world.broken.discard(key)


def _fill(world, groups, size, waiting):
    """Fills the oldest group that is not full, with the oldest open referral."""
    for number, group in enumerate(groups):
        while len(group) < size:
            open_ones = waiting + [invitee for later in groups[number + 1:] if len(later) < size for invitee in later]
            if not open_ones:
                break
            oldest = min(open_ones, key=world.qualifying.get)
            for place in [waiting] + groups[number + 1:]:
                if oldest in place:
                    place.remove(oldest)
            group.append(oldest)
    if waiting:
        groups.append([])
        _fill(world, groups, size, waiting)


def _levels(world, rule, position, person, qualified, flagged):
    """The levels that the number of qualified referrals reaches, and with `keep` those that it reached."""
    order = sorted(qualified.values(), key=lambda target: target.qualified_at)
    times = [target.qualified_at for target in order]
    if len(set(times)) < len(times):
        raise LeftOpen("two referrals qualified at one time: their order is that of ids")
    sure = len(set(qualified) - flagged)
    wanted = {}
    for level, give in rule.milestones:
        key = (rule.id, person, f"level/{level}")
        if len(order) >= level:
            nth = order[level - 1]
            line = _line(rule, position, f"level/{level}", give, nth.carrier_at, (nth.invitee, nth.carrier))
            wanted[key] = (line, sure < level)
        elif not rule.take_back and key in world.rewards:
            reward = world.rewards[key]
            wanted[key] = (reward.line, bool(reward.flags))
    return wanted
