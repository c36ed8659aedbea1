"""Totals by day in the campaign's zone: leads, qualified, leads_qualified, conversions, revenue."""


def totals(world, now):
    """{(metric, unit, day): value}, without zeros."""
    found = {}

    def add(metric, unit, at, value):
        day = at.astimezone(world.campaign.zone).strftime("d%Y-%m-%d")
        found[metric, unit, day] = found.get((metric, unit, day), 0) + value

    for facts in world.referrals():
        target = world.target(facts, now)
        add("leads", "", target.lead_at, 1)
        if target.qualified_at:
            add("qualified", "", target.qualified_at, 1)
            add("leads_qualified", "", target.lead_at, 1)
        for order in target.counted:
            add("conversions", "", order.at, 1)
            add("revenue", order.currency, order.at, order.net_left)
    return {key: value for key, value in found.items() if value}
