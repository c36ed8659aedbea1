"""What the page leaves open while a program runs: the program then ends before that command."""



class LeftOpen(Exception):
    """A program does what the page leaves open."""


def growth(reward, target, now):
    """Asked before a reward moves to a greater target."""
    if target <= reward.posted + reward.refused or reward.expires is None:
        return
    if reward.line is not None and reward.line.approval and reward.expired(now):
        raise LeftOpen("an approved reward that has expired grows")


def grows_back(reward, target):
    """Asked before a reward of which something became debt moves to a greater target."""
    if reward.reserved and target > reward.posted + reward.refused:
        raise LeftOpen("a reward grows back while an issue under way nets its debt")


def may_return(reward):
    """Whether a transfer may come back."""
    return not reward.reserved and reward.netted <= reward.posted
