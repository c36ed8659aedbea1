"""Random campaign definitions, within what the comparison can decide."""

from dataclasses import dataclass


KINDS = ["purchase", "renewal", "subscription", "custom"]


@dataclass
class Settings:
    """A definition, and what orders the program may tell for it."""

    definition: dict
    mixed: bool
    zero: bool

    def currency(self, source):
        """The currency of an order."""
        return source.choice(["EUR", "EUR", "USD", "JPY"]) if self.mixed else "EUR"

    def expires(self):
        """Whether any reward can expire."""
        return any("expires" in rule for rule in self.definition["rewards"])

    def keeps(self):
        """Whether a level is kept: then nothing is denied or voided, for the page does not say enough of that."""
        return any(rule.get("clawback") == "keep" for rule in self.definition["rewards"])

    @staticmethod
    def kind(source):
        """The kind of an order."""
        return source.choices(KINDS, [12, 2, 2, 2])[0]


def settings(source, level):
    """A random definition."""
    mixed = source.random() < 0.3
    zone = source.choice(["Europe/Paris", "Europe/Paris", "Europe/Paris", "UTC"])
    on = source.choices(["purchase", "conversion", "joined", "manual"], [10, 3, 2, 2])[0]
    criteria = {"on": on}
    if source.random() < 0.7:
        criteria["window"] = source.choice(["7 days", "14 days", "30 days"])
    if on != "manual" and source.random() < 0.5:
        criteria["when"] = condition(source, on != "joined")
    definition = {"name": "spring", "link_host": "go.example.com", "zone": zone, "qualification": criteria}
    if mixed:
        definition["late"] = "3650 days"
    elif source.random() < 0.3:
        definition["late"] = source.choice(["1 days", "3 days"])
    if source.random() < 0.4:
        definition["waiting"] = source.choice(["1 hours", "24 hours", "5 days"])
    zero = source.random() < 0.3
    if zero and source.random() < 0.5:
        definition["zero_orders"] = "count"
    definition["rewards"] = [rule(source, level, mixed, on, f"r{n}") for n in range(1, source.randint(1, 4) + 1)]
    if level == "groups":
        definition["rewards"] = definition["rewards"][:2] + [together(source, n) for n in range(source.randint(1, 3))]
    if level == "debts":
        mixed, zero = False, False
        definition = paid_out(source, definition)
    if level == "limits":
        definition["limits"] = limits(source, 0.6, ["referrer", "invitee", "campaign"])
        for fields in definition["rewards"]:
            sides = ["referrer", "invitee"] if fields["to"] == "both" else [fields["to"]]
            fields["limits"] = limits(source, 0.5, sides + ["campaign"])
    return Settings(definition, mixed, zero)


def rule(source, level, mixed, qualifies, name):
    """One reward rule."""
    on = source.choices(["joined", "qualified"] + KINDS, [2, 8, 8, 1, 1, 1])[0]
    fields = {"id": name, "to": source.choice(["referrer", "referrer", "invitee", "both"]), "on": on}
    if on in KINDS and source.random() < 0.5:
        fields["occurrence"] = source.choice(["first", {"nth": 2}, {"nth": 3}])
    if source.random() < 0.35:
        fields["when"] = condition(source, on in KINDS or (on == "qualified" and qualifies in ("purchase", "conversion")))
    order = on in KINDS or (on == "qualified" and qualifies in ("purchase", "conversion"))
    fields["give"] = give(source, order, mixed and (on == "qualified" or "occurrence" in fields))
    if level != "facts":
        if source.random() < 0.6:
            fields["hold"] = source.choice(["approval", "1 days", "3 days", "10 days"])
        if source.random() < 0.5:
            fields["expires"] = source.choice(["1 days", "5 days", "20 days"])
    return fields


def paid_out(source, definition):
    """A campaign in which much is handed over and taken back."""
    rules = []
    for number in range(source.randint(1, 3)):
        on = source.choice(["purchase", "purchase", "qualified"])
        fields = {"id": f"r{number}", "to": source.choice(["referrer", "referrer", "both"]), "on": on}
        fields["give"] = source.choice([{"percent": "10%"}, {"percent": "50%", "of": "order.total"}, {"flat": "10 EUR"}])
        if source.random() < 0.25:
            fields["hold"] = source.choice(["approval", "1 days"])
        if source.random() < 0.3:
            per = source.choice(["referrer", "campaign"])
            fields["limits"] = [{"per": per, "value": source.choice(["20 EUR", "60 EUR", "150 EUR"])}]
        rules.append(fields)
    kept = {name: definition[name] for name in ("name", "link_host", "zone")}
    return kept | {"qualification": {"on": "purchase"}, "rewards": rules}


def together(source, number):
    """A rule on several referrals: a group or levels."""
    fields = {"id": f"t{number}", "to": "referrer", "on": "qualified"}
    if source.random() < 0.5:
        fields |= {"every": source.choice([2, 2, 3]), "give": source.choice([{"flat": "6 EUR"}, {"units": 9, "unit": "points"}])}
    else:
        ats = sorted(source.sample([1, 2, 3], source.randint(1, 3)))
        fields["milestones"] = [{"at": at, "give": {"flat": f"{at} EUR"}} for at in ats]
        fields["clawback"] = source.choice(["take_back", "take_back", "keep"])
    if source.random() < 0.6:
        fields["hold"] = source.choice(["approval", "1 days", "3 days", "10 days"])
    return fields


def give(source, order, bounded):
    """What a rule gives; a percentage only of orders, with a bound where the currency could change."""
    chance = source.random()
    if chance < 0.3:
        return {"flat": source.choice(["10 EUR", "3.33 EUR", "5 USD", "300 JPY"])}
    if chance < 0.5 or not order:
        return {"units": source.choice([5, 70]), "unit": "points"}
    fields = {"percent": source.choice(["10%", "12.5%", "33.3333%", "100%"])}
    if source.random() < 0.4:
        fields["of"] = "order.total"
    if bounded or source.random() < 0.3:
        fields["at_most"] = source.choice(["2.50 EUR", "7 EUR", "40 EUR"])
    return fields


def condition(source, order):
    """A condition as CEL text."""
    times = ["now.getDayOfWeek('Europe/Paris') != 0", "now.getHours('Europe/Paris') >= 3", "now.getDayOfWeek() < 5"]
    times += ["now >= timestamp('2026-03-29T01:00:00Z')", "now.getMonth('Europe/Paris') != 2"]
    orders = ["order.total >= money('20 EUR')", "order.net > money('15 EUR')", "order.number == 2", "order.number <= 2"]
    orders += ["order.currency == 'EUR'", "order.kind == 'purchase'", "order.source == 'shop'"]
    pool = times + orders * 2 if order else times
    first = source.choice(pool)
    chance = source.random()
    if chance < 0.6:
        return first
    second = source.choice(pool)
    if chance < 0.75:
        return f"{first} && {second}"
    return f"({first} || {second})" if chance < 0.9 else f"!({first}) || {second}"


def limits(source, chance, of):
    """Some limits for these sides, or none."""
    found = []
    while source.random() < chance and len(found) < 2:
        limit = {"per": source.choice(of)}
        if source.random() < 0.5:
            limit["count"] = source.randint(1, 4)
        else:
            limit["value"] = [source.choice(["8 EUR", "25 EUR", "60 EUR"]), {"unit": "points", "quantity": 80}]
            limit["value"] += ["9 USD", "700 JPY"] if source.random() < 0.7 else []
        if source.random() < 0.4:
            limit["each"] = "calendar month"
        found.append(limit)
    return found
