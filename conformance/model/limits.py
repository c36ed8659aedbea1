"""Limits: whether a grant or growth of a reward fits."""



def month_of(limit, at):
    """The calendar month of a time in the zone of a limit."""
    return at.astimezone(limit.zone).strftime("%Y-%m")


def fits(world, reward, more):
    """Whether `more` of a reward fits all its limits. What is handed over already counts."""
    counted = max(reward.posted + more, reward.handed - reward.paid)
    if counted == reward.counted:
        return True
    return all(_fits(world, limit, rule, reward, counted) for limit, rule in applying(world, reward))


def applying(world, reward):
    """The limits that count a reward, each with the rule that it stands in, if it stands in one."""
    rule = world.rules[reward.rule]
    for limit in rule.limits:
        if limit.per in ("campaign", reward.role):
            yield limit, rule.id
    for limit in world.campaign.limits:
        if limit.per in ("campaign", reward.role):
            yield limit, None


def _fits(world, limit, rule, reward, counted):
    others = [other for other in world.rewards.values() if other is not reward and _same(limit, rule, reward, other)]
    if limit.count is not None and reward.counted == 0:
        if 1 + sum(other.counted > 0 for other in others) > limit.count:
            return False
    if limit.value is not None:
        if reward.unit not in limit.value:
            return False
        used = sum(other.counted for other in others if other.unit == reward.unit)
        if used + counted > limit.value[reward.unit]:
            return False
    return True


def _same(limit, rule, reward, other):
    """Whether a limit counts another reward together with this one."""
    if other.counted == 0 or (rule is not None and other.rule != rule):
        return False
    if limit.per != "campaign" and (other.role != limit.per or other.person != reward.person):
        return False
    if not limit.monthly:
        return True
    return month_of(limit, other.month) == month_of(limit, reward.month if reward.counted else reward.line.at)
