//! Limits: room is read as a hint and reserved by a bounded add; a rolling window is a guarded record of its grants.

use super::campaign::Current;
use super::halt::Decide;
use super::metrics::total_key;
use super::view::View;
use crate::campaign::{Compiled, Limit, LimitEach, LimitPer};
use crate::record::{Dimension, Key, Metric, Reward, RewardKey, Role, TotalKey, Used, Window, WindowGrant, WindowKey};
use crate::value::{Amount, Timestamp};

const MOST_WINDOW_GRANTS: usize = 1_000;

/// What a reward takes from the limits that apply to it.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// From totals.
    pub(super) used: Vec<Used>,
    /// From rolling windows.
    pub(super) windows: Vec<WindowKey>,
}

/// Whether a reward fits its limits.
#[derive(Debug)]
pub(super) enum Room {
    /// It fits, and took this.
    Taken(Taken),
    /// It does not fit: the limit's name.
    Reached(String),
}

/// One thing that one limit asks of a reward.
struct Demand<'a> {
    limit: &'a Limit,
    by: i64,
    at_most: i64,
    /// What a limit on value is counted in; a limit on count has none.
    unit: Option<String>,
}

/// Takes room for `amount` from every limit that applies: those of the rule in the campaign's current version, and those
/// over all rules. If one has no room, none is taken.
pub(super) fn take(
    view: &mut View<'_>,
    current: &Current,
    key: &RewardKey,
    role: Role,
    amount: &Amount,
) -> Decide<Room> {
    let rule = current.compiled.rule(&key.rule).map(|rule| rule.limits.as_slice()).unwrap_or_default();
    let limits = rule.iter().chain(&current.compiled.limits).filter(|limit| applies(limit.model.per, role));
    let mut demands = Vec::new();
    for limit in limits {
        match demands_of(limit, amount) {
            Some(found) => demands.extend(found),
            None => return Ok(Room::Reached(limit.id.to_string())),
        }
    }
    // The union of what all will read, so that it is loaded together.
    let now = view.now();
    view.need(demands.iter().map(|demand| room_key(key, demand, now)))?;
    for demand in &demands {
        if !has_room(view, key, demand)? {
            return Ok(Room::Reached(demand.limit.id.to_string()));
        }
    }
    let mut taken = Taken::default();
    for demand in &demands {
        reserve(view, key, demand, &mut taken)?;
    }
    Ok(Room::Taken(taken))
}

/// What [`take`] may read for a reward of any amount in any currency or unit.
pub(super) fn keys(compiled: &Compiled, key: &RewardKey, role: Role, now: Timestamp) -> Vec<Key> {
    let rule = compiled.rule(&key.rule).map(|rule| rule.limits.as_slice()).unwrap_or_default();
    let limits = rule.iter().chain(&compiled.limits).filter(|limit| applies(limit.model.per, role));
    let demands = limits.flat_map(|limit| {
        let demand = |unit| Demand { limit, by: 0, at_most: 0, unit };
        let by_value = limit.model.value.iter().map(move |most| demand(Some(most.unit_key())));
        limit.model.count.map(|_| demand(None)).into_iter().chain(by_value)
    });
    demands.map(|demand| room_key(key, &demand, now)).collect()
}

/// Where it stands how much of a limit is taken.
fn room_key(key: &RewardKey, demand: &Demand<'_>, now: Timestamp) -> Key {
    match rolling(demand.limit) {
        Some(_) => window_key(key, demand).into(),
        None => limit_total(key, demand, now).into(),
    }
}

fn applies(per: LimitPer, role: Role) -> bool {
    match per {
        LimitPer::Referrer => role == Role::Referrer,
        LimitPer::Invitee => role == Role::Invitee,
        LimitPer::Campaign => true,
    }
}

/// What a limit asks of an amount; none if its table has no room for the amount's currency or unit at all.
fn demands_of<'a>(limit: &'a Limit, amount: &Amount) -> Option<Vec<Demand<'a>>> {
    let mut demands = Vec::new();
    if let Some(count) = limit.model.count {
        demands.push(Demand { limit, by: 1, at_most: i64::from(count), unit: None });
    }
    if !limit.model.value.is_empty() {
        let unit = amount.unit_key();
        let most = limit.model.value.iter().find(|most| most.unit_key() == unit)?;
        demands.push(Demand { limit, by: amount.quantity(), at_most: most.quantity(), unit: Some(unit) });
    }
    Some(demands)
}

fn rolling(limit: &Limit) -> Option<crate::value::Span> {
    match limit.model.each {
        LimitEach::Rolling(span) => Some(span),
        _ => None,
    }
}

/// A limit on count and one on value have totals of their own, and so has each currency and each person.
fn limit_name(demand: &Demand<'_>) -> String {
    format!("{}/{}", demand.limit.id, if demand.unit.is_some() { "value" } else { "count" })
}

fn window_key(key: &RewardKey, demand: &Demand<'_>) -> WindowKey {
    let limit = match &demand.unit {
        Some(unit) => format!("{}/{unit}", limit_name(demand)),
        None => limit_name(demand),
    };
    WindowKey { campaign: key.campaign, limit, participant: key.participant }
}

fn limit_total(key: &RewardKey, demand: &Demand<'_>, now: Timestamp) -> TotalKey {
    let person = (demand.limit.model.per != LimitPer::Campaign).then_some(key.participant);
    let period = period_of(demand.limit, now);
    let name = limit_name(demand);
    let member = person.map_or_else(|| name.clone(), |person| format!("{name}/{person}"));
    let unit = demand.unit.as_deref().unwrap_or_default();
    total_key(key.campaign, Metric::Limit, unit, Dimension::Limit, period, member)
}

fn period_of(limit: &Limit, now: Timestamp) -> String {
    let day = limit.zone.day(now);
    match limit.model.each {
        LimitEach::Ever | LimitEach::Rolling(_) => super::metrics::EVER.to_owned(),
        LimitEach::CalendarDay => super::metrics::day_period(day),
        LimitEach::CalendarWeek => format!("w{}", day.week_start()),
        LimitEach::CalendarMonth => super::metrics::month_period(day),
        LimitEach::CalendarYear => format!("y{}", day.to_chrono().format("%Y")),
    }
}

/// The grants of a rolling window that are live at `now`: `(now − span, now]`.
fn live(view: &mut View<'_>, key: WindowKey, span: crate::value::Span) -> Decide<Vec<WindowGrant>> {
    let first = view.now().plus(-span.delta());
    let mut grants = view.get::<Window>(key)?.map(|window| window.grants).unwrap_or_default();
    grants.retain(|grant| grant.at > first);
    Ok(grants)
}

fn has_room(view: &mut View<'_>, key: &RewardKey, demand: &Demand<'_>) -> Decide<bool> {
    let used = match rolling(demand.limit) {
        Some(span) => {
            let grants = live(view, window_key(key, demand), span)?;
            if grants.len() >= MOST_WINDOW_GRANTS {
                return Ok(false);
            }
            grants.iter().fold(0_i64, |sum, grant| sum.saturating_add(grant.by))
        }
        None => {
            let now = view.now();
            view.counter(limit_total(key, demand, now))?
        }
    };
    Ok(used.checked_add(demand.by).is_some_and(|sum| sum <= demand.at_most))
}

fn reserve(view: &mut View<'_>, key: &RewardKey, demand: &Demand<'_>, taken: &mut Taken) -> Decide<()> {
    let now = view.now();
    if let Some(span) = rolling(demand.limit) {
        let window = window_key(key, demand);
        let mut grants = live(view, window.clone(), span)?;
        let (reward, by, at_most, by_value) = (key.clone(), demand.by, demand.at_most, demand.unit.is_some());
        grants.push(WindowGrant { at: now, reward, by, at_most, by_value, span });
        let WindowKey { campaign, limit, participant } = window.clone();
        view.put(Window { campaign, limit, participant, grants });
        taken.windows.push(window);
        return Ok(());
    }
    let total = limit_total(key, demand, now);
    view.reserve(total.clone(), demand.by, demand.at_most)?;
    taken.used.push(Used { total, by: demand.by, at_most: demand.at_most, by_value: demand.unit.is_some() });
    Ok(())
}

/// Gives back exactly what a reward took.
pub(super) fn release(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    for used in std::mem::take(&mut reward.used) {
        view.add(used.total, -used.by);
    }
    for key in std::mem::take(&mut reward.windows) {
        if let Some(mut window) = view.get::<Window>(key)? {
            let this = crate::record::RecordKind::key(reward);
            window.grants.retain(|grant| grant.reward != this);
            view.put(window);
        }
    }
    Ok(())
}

/// Lets what a reward took by value follow its changed quantity. Whether a greater one fits.
pub(super) fn follow(view: &mut View<'_>, reward: &mut Reward, quantity: i64) -> Decide<bool> {
    let by = quantity.saturating_sub(reward.quantity);
    if by > 0 && !may_grow(view, reward, by)? {
        return Ok(false);
    }
    for used in reward.used.iter_mut().filter(|used| used.by_value) {
        if by > 0 {
            view.reserve(used.total.clone(), by, used.at_most)?;
        } else {
            view.add(used.total.clone(), by);
        }
        used.by = quantity;
    }
    let this = crate::record::RecordKind::key(reward);
    for key in &reward.windows {
        if let Some(mut window) = view.get::<Window>(key.clone())? {
            let own = window.grants.iter_mut().filter(|grant| grant.by_value && grant.reward == this);
            own.for_each(|grant| grant.by = quantity);
            view.put(window);
        }
    }
    Ok(true)
}

/// Whether a reward may take `by` more from its totals, and from the rolling windows in which it still lies.
fn may_grow(view: &mut View<'_>, reward: &Reward, by: i64) -> Decide<bool> {
    for used in reward.used.iter().filter(|used| used.by_value) {
        let has_room = view.counter(used.total.clone())?.checked_add(by).is_some_and(|sum| sum <= used.at_most);
        if !has_room {
            return Ok(false);
        }
    }
    let this = crate::record::RecordKind::key(reward);
    for key in &reward.windows {
        let grants = view.get::<Window>(key.clone())?.map(|window| window.grants).unwrap_or_default();
        let own = grants.iter().find(|grant| grant.by_value && grant.reward == this);
        let Some(own) = own else { continue };
        let first = view.now().plus(-own.span.delta());
        let live = grants.iter().filter(|grant| grant.at > first);
        let sum = live.fold(by, |sum, grant| sum.saturating_add(grant.by));
        if own.at > first && sum > own.at_most {
            return Ok(false);
        }
    }
    Ok(true)
}
