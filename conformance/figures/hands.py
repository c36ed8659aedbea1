"""Orders and what becomes of them, and what hands do: moderation, marks, merges, erasures, and paying."""

from .campaign import SLUG
from .days import HOUR, stamp


def order(year, person, event, number, kind):
    """Plans an order and what becomes of it."""
    dice, at = year.dice, year.at(number)
    unit, minor = "USD" if dice.percent(15) else "EUR", dice.between(900, 14_000)
    if dice.percent(2):
        minor = 0
    told = {"source": "shop", "event": event, "kind": kind, "person": {"host_id": person.name}}
    told |= {"total": money(minor, unit), "occurred_at": stamp(at)}
    if dice.percent(30):
        told |= {"tax": money(minor * 19 // 119, unit), "shipping": money(min(490, minor // 9), unit)}
    if dice.percent(1):
        del told["total"]
        told = {name: value for name, value in told.items() if name not in ("tax", "shipping")} | {"no_amount": True}
    late = 0
    if dice.percent(12):
        late = dice.between(1, 12) if dice.percent(85) else dice.between(44, 60)
    year.plan_at(at, lambda: ({"record_conversion": told}, {}), late_days=late)
    if "total" in told and minor > 0:
        changes(year, event, number, minor, unit)


def changes(year, event, number, minor, unit):
    """Plans refunds, corrections and voids of an order. Some come before it."""
    dice, of = year.dice, {"source": "shop", "event": event}

    def plan(days, name, more):
        at = year.at(max(0, number + days))
        year.plan_at(at, lambda: ({name: of | more}, {"at": stamp(at)}))

    if dice.percent(14):
        amount = minor if dice.percent(45) else dice.between(1, minor)
        way = "cumulative" if dice.percent(30) else "amount"
        plan(dice.between(-1, 40), "record_refund", {"refund": f"f-{event}", "amount": {way: money(amount, unit)}})
        if dice.percent(25):
            plan(dice.between(10, 50), "cancel_refund", {"refund": f"f-{event}"})
        elif dice.percent(30):
            part = {"amount": money(dice.between(1, minor), unit)}
            plan(dice.between(5, 50), "record_refund", {"refund": f"g-{event}", "amount": part})
    if dice.percent(5):
        total = dice.between(500, 15_000)
        plan(dice.between(0, 20), "correct_conversion", {"correction": f"c-{event}", "total": money(total, unit)})
    if dice.percent(5):
        plan(dice.between(0, 30), "void_conversion", {"reason": "a test"})
        if dice.percent(30):
            plan(dice.between(31, 40), "restore_conversion", {"reason": "no test"})


def money(minor, unit):
    """An amount as the host tells it."""
    return f"{minor // 100}.{minor % 100:02} {unit}"


def plan(year):
    """Plans what hands do with people and referrals."""
    dice = year.dice
    for _ in range(90):
        says = dice.one_of(["denied", "denied", "flagged", "flagged", "clear"])
        hand(year, "moderate", lambda says=says: {"moderation": says})
    for name in ["qualify"] * 40 + ["unqualify"] * 25 + ["lose"] * 25 + ["remove_mark"] * 20:
        hand(year, name, dict)
    for _ in range(25):
        hand(year, "reassign", lambda: {"to": dice.one_of([one for one in year.referrers if one.code]).who()})
    for number in range(12):
        one, other = year.invitees[number * 3], year.invitees[number * 3 + 1]
        merge(year, one, other)
        merge(year, year.referrers[100 + number * 2], year.referrers[101 + number * 2])
        merge(year, year.referrers[200 + number], year.invitees[300 + number])
    for person in year.invitees[1000:1020] + year.referrers[300:308]:
        erase(year, person)
    for person in year.referrers[320:326]:
        state(year, person)
    for number in (150, 153):
        said = {"campaign": SLUG, "state": "paused" if number == 150 else "active"}
        at = year.at(number)
        year.plan_at(at, lambda said=said, at=at: ({"set_campaign_state": said}, {"at": stamp(at)}))


def hand(year, name, more):
    """Plans what a hand says of a referral."""
    at = year.at(year.dice.between(40, 364))

    def make():
        person = year.dice.one_of(year.leads)
        said = {"campaign": SLUG, "invitee": person.who(), "actor": "desk"} | more()
        return {name: said}, {"at": stamp(at)}

    year.plan_at(at, make)


def merge(year, one, other):
    """Plans that two people turn out to be one."""
    at = year.at(year.dice.between(120, 364))
    both = {"one": one.who(), "other": other.who(), "actor": "desk"}

    def make():
        known = one.participant is not None and other.participant is not None
        return ({"merge_people": both}, {"at": stamp(at)}) if known else None

    year.plan_at(at, make)


def erase(year, person):
    """Plans that a person is erased: all records that name the person are proposed."""
    at = year.at(year.dice.between(200, 364))

    def make():
        if person.participant is None:
            return None
        records = year.engine.keys_that_name(person.participant)
        return {"erase_person": {"participant": person.who(), "records": records[:1000]}}, {}

    year.plan_at(at, make)


def state(year, person):
    """Plans that a person is suspended, and may refer again later."""
    for number, said in ((180, "suspended"), (240, "active")):
        at = year.at(number)
        told = {"participant": person.who(), "state": said}
        year.plan_at(at, lambda told=told, at=at: ({"set_participant_state": told}, {"at": stamp(at)}))


MOVES = ["issue"] * 4 + ["begin_issue", "cancel", "approve"] + [None] * 45
LATER = [None] * 25 + ["return_issue", "return_issue", "reverse", "reverse", "redeem", "redeem"]


def pay(year, now):
    """Hands rewards over, takes some back, and tells what became of others. Each reward of each state may be moved."""
    told, dice = [], year.dice
    for reward in year.engine.records("reward"):
        move = None
        if reward["state"] in ("due", "approved", "failed"):
            move = dice.one_of(MOVES)
        elif reward["state"] == "issuing":
            move = dice.one_of(["issue", "issue", "fail"])
        elif reward["state"] == "issued" and not reward["lapsed"]:
            move = dice.one_of(LATER)
        elif reward["state"] == "refused" and dice.percent(20):
            told.append(({"grant_reward": {"reward": key(reward), "reason": "goodwill"}}, {}))
        if move:
            told.append(({"move_reward": {"reward": key(reward), "to": to(move, reward, dice)}}, {}))
    for number in range(3):
        person = dice.one_of([one for one in year.referrers if one.participant])
        gift = {"campaign": SLUG, "participant": person.who(), "id": f"g{stamp(now)}-{number}", "reason": "sorry"}
        told.append(({"give_reward": gift | {"amount": f"{dice.between(1, 9)}.00 EUR"}}, {}))
    year.tell(now + HOUR, told)


def key(reward):
    """The key of a reward."""
    return {name: reward[name] for name in ("campaign", "rule", "participant", "cause")}


def to(move, reward, dice):
    """A move as a command has it."""
    if move in ("approve", "begin_issue"):
        return move
    if move == "redeem":
        return {"redeem": dice.between(1, max(1, reward["issued"]))}
    return {move: "transfer" if move == "issue" else "a reason"}
