"""What the page leaves open while a program runs: the program then ends before that command."""


class LeftOpen(Exception):
    """A program does what the page leaves open."""


def carriers(reward, line):
    """Asked before a reward has another line: the engine does not ask again for a level with another carrier yet."""
    if reward.cause.startswith("level/") and reward.approval and line and line.carrier != reward.approval[1]:
        raise LeftOpen("a level that was approved has another carrier")


def growth(reward, target, now):
    """Asked before a reward moves to a greater target."""
    if target <= reward.posted + reward.refused or reward.expires is None:
        return
    if reward.line is not None and reward.line.approval and reward.expired(now):
        raise LeftOpen("an approved reward that has expired grows")


def may_return(reward):
    """Whether a transfer may come back: not while its debt is being paid, and not where nettings were more than it is worth."""
    return not reward.reserved and reward.netted <= reward.posted
