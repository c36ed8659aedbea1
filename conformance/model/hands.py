"""What hands do to a reward: approve, issue, fail, return, cancel, reverse, grant. Each answers whether it was taken."""

from . import open_ends, reconcile
from .open_ends import LeftOpen


def move(world, reward, to, now):
    """Moves a reward by hand."""
    name, = [to] if isinstance(to, str) else to
    if reward is None:
        return False
    return {
        "approve": approve,
        "begin_issue": begin_issue,
        "issue": issue,
        "fail": fail,
        "return_issue": return_issue,
        "cancel": cancel,
        "reverse": reverse,
    }[name](world, reward, now)


def approve(world, reward, now):
    """Covers the quantity and the carrier that are there now."""
    if reward.state(now) != "pending" or reward.hold(now) != "approval":
        return False
    reward.approval = (reward.posted, reward.line.carrier, now)
    return True


def begin_issue(world, reward, now):
    """Fixes what is payable, and which debts are netted."""
    if reward.state(now) != "due":
        return False
    shares = netting(world, reward, now)
    payable = reward.outstanding(now) - sum(amount for _, amount in shares)
    reward.fixed = (payable, shares)
    for debtor, amount in shares:
        debtor.reserved += amount
    return payable > 0 or issue(world, reward, now)


def netting(world, reward, now):
    """The debts that fall to a reward: oldest debts first, over due rewards from the oldest."""
    same = sorted(
        (other for other in world.rewards.values() if (other.person, other.unit) == (reward.person, reward.unit)),
        key=lambda other: other.granted_at,
    )
    debts = [[other, other.debt - other.reserved] for other in same]
    for other in same:
        if other.state(now) != "due":
            continue
        left, shares = other.outstanding(now), []
        for entry in debts:
            part = min(left, entry[1])
            if part > 0:
                entry[1] -= part
                left -= part
                shares.append((entry[0], part))
        if other is reward:
            return shares
    return []


def issue(world, reward, now):
    """Books what was fixed, then posts what the facts changed meanwhile."""
    if not reward.fixed and reward.state(now) == "due":
        raise LeftOpen("issue without begin_issue")
    if not reward.fixed:
        return False
    payable, shares = reward.fixed
    reward.fixed = None
    reward.issued += payable
    for debtor, amount in shares:
        debtor.reserved -= amount
        debtor.paid += amount
        reward.netted += amount
        world.nettings.append([reward, debtor, amount])
    world.again(reward, now)
    return True


def fail(world, reward, now):
    """Gives the netting back; the expiry begins anew."""
    if not reward.fixed:
        return False
    for debtor, amount in reward.fixed[1]:
        debtor.reserved -= amount
    reward.fixed, reward.failed = None, True
    reward.renewed_at = now
    world.again(reward, now)
    return True


def return_issue(world, reward, now):
    """The transfer came back: first for the reward's own target, the rest undoes nettings, the latest first."""
    if reward.fixed or reward.issued == 0:
        return False
    if not open_ends.may_return(reward):
        raise LeftOpen("a transfer comes back")
    reward.issued, reward.returned = 0, True
    reward.renewed_at = now
    for entry in reversed(world.nettings):
        payer, debtor, amount = entry
        too_much = reward.paid - max(0, reward.handed - reward.posted)
        part = min(amount, too_much)
        if debtor is reward and part > 0:
            entry[2] -= part
            payer.netted -= part
            reward.paid -= part
    world.again(reward, now)
    return True


def cancel(world, reward, now):
    """Takes a reward away of which nothing was handed over; no rule gives it back."""
    if reward.state(now) not in ("pending", "due") or reward.handed:
        return False
    reward.closed, reward.posted, reward.refused = "cancelled", 0, 0
    return True


def reverse(world, reward, now):
    """Takes back a reward of which something was handed over: that becomes a debt."""
    if reward.fixed or reward.closed or not reward.handed or reward.posted == 0:
        return False
    reward.closed, reward.posted, reward.refused = "reversed", 0, 0
    return True


def grant_reward(world, reward, beyond, now):
    """Grants what was refused, within limits or beyond them."""
    if reward is None or reward.fixed or reward.closed or reward.refused == 0 or reward.line is None:
        return False
    if not beyond and reconcile.refusal(world, reward, reward.refused):
        return False
    reconcile.grant(reward, reward.refused)
    reward.refused, reward.because, reward.renewed_at = 0, None, now
    return True
