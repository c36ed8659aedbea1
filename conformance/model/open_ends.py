"""What the page leaves open while a program runs: the program then ends before that command."""

from . import leads
from .people import mailbox


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


def another(campaign, person, referrer, at):
    """Asked before evidence of another referrer than the present one is judged."""
    if any(lead.referrer == referrer for lead in person.earlier) and at < min(entry.at for entry in person.evidence):
        raise LeftOpen("evidence for an earlier referrer is dated before the lead of the present one")
    if any(order.found and order.at >= at for order in person.orders.values()):
        raise LeftOpen("an order that told something of one referrer comes into the lead of another")


def early(campaign, directory, person, referrer, at):
    """Asked before evidence of the present referrer is taken."""
    present = person.earlier and directory.root(person.referrer) == referrer
    if present and at < min(entry.at for entry in person.evidence) and not leads.follows(campaign, person, at):
        raise LeftOpen("evidence of the present referrer is dated before the end of another referrer's lead")


def tells_again(campaign, person, at, told):
    """Asked before evidence of somebody who has a lead of that referrer, and who shares something with the referrer."""
    if told or leads.would_begin(campaign, person, at) or at < min(entry.at for entry in person.evidence):
        raise LeftOpen("further evidence tells an id, an email or the mailbox of the referrer")


def found_late(campaign, lead):
    """Asked of each lead whose facts changed."""
    if lead.begun.evidence[0].shares:
        raise LeftOpen("further evidence begins a lead after all, and the referrer's mailbox was told before")
    if campaign.same_mailbox != "allow" and any(order.tells and not order.found for order in lead.orders.values()):
        raise LeftOpen("an order before the window told something of the referrer, and the window now holds it")


def found_elsewhere(directory, found, lead, told, order):
    """Asked at an order: what it tells of a referrer, while its flag could belong to another lead too."""
    if lead is None and len(found) == 1:
        return
    last = lead is not None and lead is found[-1] and (len(found) == 1 or lead.lead_at <= order.at)
    if any(directory.same(told, one.referrer) for one in found if not last or one.referrer != lead.referrer):
        raise LeftOpen("an order tells something of a referrer, and another lead of that person is near")


def shares_mailbox(known, fields):
    """Asked before an email is taken away."""
    email = fields.get("email")
    if email and any(mailbox(email) == mailbox(other) for other in known.told - {email}):
        raise LeftOpen("an email goes, and another that was told has the same mailbox")


def reassigned(world, person, to, lead):
    """Asked before a referral goes to another referrer."""
    directory = world.directory
    if to in world.suspended or world.paused:
        raise LeftOpen("a referral goes to somebody who is suspended, or in a campaign that is paused")
    if directory.share(person.name, to) or directory.common(person.name, to) or any(order.found for order in lead.orders.values()):
        raise LeftOpen("a referral goes to or from a referrer of whom something was told")


def referrers_merged(world, stays):
    """Asked after a merge: whether leads that two referrers began stay apart when these are one is not said."""
    for person in world.people.values():
        both = {lead.referrer for lead in world.leads(person) if world.directory.root(lead.referrer) == stays}
        if len(both) > 1:
            raise LeftOpen("two referrers of one person become one")


def numbers(world, person):
    """Asked when facts of a person changed: hands name rewards by the number of a lead, and the page leaves that open."""
    found = [lead.number for lead in world.leads(person)]
    ours = [reward for reward in world.rewards.values() if reward.invitee == person.name]
    touched = any(reward.approval or reward.handed or reward.fixed or reward.closed for reward in ours)
    if found != list(range(1, len(found) + 1)) and touched:
        raise LeftOpen("a lead comes between others of which a hand moved rewards")
