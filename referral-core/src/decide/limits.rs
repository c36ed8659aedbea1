//! Limits: room is read as a hint and reserved by a bounded add; a rolling window is a guarded record of its grants.

use super::earned::{By, Raise};
use super::halt::Decide;
use super::merged;
use super::view::View;
use crate::campaign::{Compiled, Limit, LimitEach, LimitPer};
use crate::record::{Dimension, Key, Metric, Reward, RewardKey, Role, TotalKey, Used, Window, WindowGrant, WindowKey};
use crate::value::{Amount, LimitId, ParticipantId, RuleId, Span, Timestamp};

const MOST_WINDOW_GRANTS: usize = 1_000;

/// Whether a reward fits its limits.
#[derive(Debug)]
pub(super) enum Room {
    /// It fits, and took its room.
    Taken,
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

/// Takes room for `amount` more from every limit that applies: those of the rule in the campaign's current version, and
/// those over all rules. A rule that the current version no longer has keeps the limits of the version that the reward
/// follows. If one limit has no room, none is taken.
pub(super) fn take(view: &mut View<'_>, raise: &Raise<'_>, reward: &mut Reward, amount: &Amount) -> Decide<Room> {
    let key = crate::record::RecordKind::key(reward);
    let limits = limits_of(&raise.current.compiled, raise.pinned, &key.rule);
    let mut demands = Vec::new();
    for limit in limits.filter(|limit| applies(limit.model.per, reward.role)) {
        match demands_of(limit, amount) {
            Some(found) => demands.extend(found),
            None if raise.by == By::HandBeyondLimits => {}
            None => return Ok(Room::Reached(limit.id.to_string())),
        }
    }
    leave_room(view, reward, raise.at, &mut demands)?;
    if raise.by == By::HandBeyondLimits {
        demands.iter_mut().for_each(|demand| demand.at_most = i64::MAX);
    }
    let mut takes = Vec::with_capacity(demands.len());
    for demand in &demands {
        let place = place_of(&key, demand, reward, raise.at);
        // A reward is one, however much it grows.
        if demand.unit.is_some() || !place.is_held {
            takes.push((demand, place));
        }
    }
    // The union of what all will read, so that it is loaded together.
    view.need(takes.iter().map(|(_, place)| place.key.clone()))?;
    for (demand, place) in &takes {
        if !has_room(view, &key, demand, place)? {
            return Ok(Room::Reached(demand.limit.id.to_string()));
        }
    }
    for (demand, place) in takes {
        reserve(view, demand, place, reward)?;
    }
    Ok(Room::Taken)
}

/// Lowers what limits of a person allow by what other ids of that person took: people who turned out to be one have the limits of
/// one person. Each is counted in the period in which the reward is.
fn leave_room(view: &mut View<'_>, reward: &Reward, at: Timestamp, demands: &mut [Demand<'_>]) -> Decide<()> {
    let of_person = |demand: &Demand<'_>| demand.limit.model.per != LimitPer::Campaign;
    if !demands.iter().any(of_person) {
        return Ok(());
    }
    let key = crate::record::RecordKind::key(reward);
    let person = merged::root(view, key.participant)?;
    let others: Vec<_> = merged::of(&person).into_iter().filter(|id| *id != key.participant).collect();
    if others.is_empty() {
        return Ok(());
    }
    for demand in demands.iter_mut().filter(|demand| of_person(demand)) {
        let place = place_of(&key, demand, reward, at);
        for id in &others {
            let taken = match (place.key_of(*id, demand), rolling(demand.limit)) {
                (Key::Window(window), Some(span)) => {
                    let grants = live(view, window, span)?;
                    grants.iter().fold(0_i64, |sum, grant| sum.saturating_add(grant.by))
                }
                (total, _) => view.counter(total)?,
            };
            demand.at_most = demand.at_most.saturating_sub(taken);
        }
    }
    // Of two commands at once, under two ids of one person, only one takes the last room.
    view.put(person);
    Ok(())
}

/// A limit that a reward asks, and where it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedLimit {
    /// The limit.
    pub(crate) limit: LimitId,
    /// The currency or unit of a limit on value; a limit on count has none.
    pub(crate) unit: Option<String>,
    /// How much it allows.
    pub(crate) at_most: i64,
    /// The totals that count it, or the rolling windows: of a limit of a person, one under each of the person's ids.
    pub(crate) keys: Vec<Key>,
    /// The length of a rolling window.
    pub(crate) span: Option<Span>,
}

/// The limits that a reward asks which is carried by something that happened `at`. `ids` are all ids of its beneficiary.
pub(crate) fn asked(
    (current, pinned): (&Compiled, &Compiled),
    reward: &Reward,
    ids: &[ParticipantId],
    at: Timestamp,
) -> Vec<AskedLimit> {
    let key = crate::record::RecordKind::key(reward);
    let limits = limits_of(current, pinned, &key.rule).filter(|limit| applies(limit.model.per, reward.role));
    let mut asked = Vec::new();
    for limit in limits {
        // A limit whose table does not know the unit has no room for any of it.
        let unknown = || vec![Demand { limit, by: 0, at_most: 0, unit: Some(reward.unit.clone()) }];
        let amount = Amount::from_unit_key(&reward.unit, 0);
        let demands = amount.ok().and_then(|amount| demands_of(limit, &amount)).unwrap_or_else(unknown);
        asked.extend(demands.into_iter().map(|demand| {
            let place = place_of(&key, &demand, reward, at);
            let keys = match limit.model.per {
                LimitPer::Campaign => vec![place.key],
                LimitPer::Referrer | LimitPer::Invitee => ids.iter().map(|id| place.key_of(*id, &demand)).collect(),
            };
            let (limit_id, at_most, span) = (limit.id.clone(), demand.at_most, rolling(limit));
            AskedLimit { limit: limit_id, at_most, keys, span, unit: demand.unit }
        }));
    }
    asked
}

/// Where a limit counts a reward.
struct Place {
    /// A total, or a rolling window.
    key: Key,
    /// Whether the reward counts there already.
    is_held: bool,
}

impl Place {
    /// Where a limit of a person counts what another id of that person took, in the same period.
    fn key_of(&self, id: ParticipantId, demand: &Demand<'_>) -> Key {
        match self.key.clone() {
            Key::Total(total) => TotalKey { member: limit_member(demand, id), ..total }.into(),
            Key::Window(window) => WindowKey { participant: id, ..window }.into(),
            key => key,
        }
    }
}

/// Where a limit counts a reward. A calendar limit counts it in the period of its carrier when it was granted.
fn place_of(key: &RewardKey, demand: &Demand<'_>, reward: &Reward, at: Timestamp) -> Place {
    if rolling(demand.limit).is_some() {
        let window = window_key(key, demand);
        return Place { is_held: reward.windows.contains(&window), key: window.into() };
    }
    let total = limit_total(key, demand, at);
    let same = |used: &&Used| used.total.member == total.member && used.total.unit == total.unit;
    match reward.used.iter().find(same) {
        Some(used) => Place { key: used.total.clone().into(), is_held: true },
        None => Place { key: total.into(), is_held: false },
    }
}

/// The limits that a reward of a rule asks.
fn limits_of<'a>(current: &'a Compiled, pinned: &'a Compiled, rule: &RuleId) -> impl Iterator<Item = &'a Limit> {
    let of_rule = current.rule(rule).or_else(|| pinned.rule(rule)).map(|rule| rule.limits.as_slice());
    of_rule.unwrap_or_default().iter().chain(&current.limits)
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

fn rolling(limit: &Limit) -> Option<Span> {
    match limit.model.each {
        LimitEach::Rolling(span) => Some(span),
        _ => None,
    }
}

/// A limit on count and one on value have totals of their own, and so has each currency and each person.
fn limit_name(demand: &Demand<'_>) -> String {
    format!("{}/{}", demand.limit.id, if demand.unit.is_some() { "value" } else { "count" })
}

/// As what a limit of a person counts what one id of that person took.
fn limit_member(demand: &Demand<'_>, id: ParticipantId) -> String {
    format!("{}/{id}", limit_name(demand))
}

fn window_key(key: &RewardKey, demand: &Demand<'_>) -> WindowKey {
    let limit = match &demand.unit {
        Some(unit) => format!("{}/{unit}", limit_name(demand)),
        None => limit_name(demand),
    };
    WindowKey { campaign: key.campaign, limit, participant: key.participant }
}

fn limit_total(key: &RewardKey, demand: &Demand<'_>, now: Timestamp) -> TotalKey {
    let period = period_of(demand.limit, now);
    let member = match demand.limit.model.per {
        LimitPer::Campaign => limit_name(demand),
        LimitPer::Referrer | LimitPer::Invitee => limit_member(demand, key.participant),
    };
    let unit = demand.unit.clone().unwrap_or_default();
    let (campaign, metric, dimension) = (key.campaign, Metric::Limit, Dimension::Limit);
    TotalKey { campaign, metric, unit, dimension, period, member }
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

/// The grants of a rolling window that are live when the command is received: `(received − span, received]`. Grants count when
/// they are made, whatever time a command claims.
fn live(view: &mut View<'_>, key: WindowKey, span: Span) -> Decide<Vec<WindowGrant>> {
    let first = view.received_at().plus(-span.delta());
    let mut grants = view.get::<Window>(key)?.map(|window| window.grants).unwrap_or_default();
    grants.retain(|grant| grant.at > first);
    Ok(grants)
}

fn has_room(view: &mut View<'_>, key: &RewardKey, demand: &Demand<'_>, place: &Place) -> Decide<bool> {
    let used = match (&place.key, rolling(demand.limit)) {
        (Key::Window(window), Some(span)) => {
            let grants = live(view, window.clone(), span)?;
            // What has left the window grows without asking it.
            if place.is_held && !grants.iter().any(|grant| grant.reward == *key) {
                return Ok(true);
            }
            if grants.len() >= MOST_WINDOW_GRANTS && !place.is_held {
                return Ok(false);
            }
            grants.iter().fold(0_i64, |sum, grant| sum.saturating_add(grant.by))
        }
        (total, _) => view.counter(total.clone())?,
    };
    Ok(used.checked_add(demand.by).is_some_and(|sum| sum <= demand.at_most))
}

fn reserve(view: &mut View<'_>, demand: &Demand<'_>, place: Place, taker: &mut Reward) -> Decide<()> {
    let (by, at_most, by_value) = (demand.by, demand.at_most, demand.unit.is_some());
    match (place.key, rolling(demand.limit)) {
        (Key::Window(window), Some(span)) => {
            let reward = crate::record::RecordKind::key(taker);
            let mut grants = live(view, window.clone(), span)?;
            match grants.iter_mut().find(|grant| grant.reward == reward && grant.by_value == by_value) {
                Some(own) => (own.by, own.at_most) = (own.by.saturating_add(by), at_most),
                None if place.is_held => {}
                None => grants.push(WindowGrant { at: view.received_at(), reward, by, at_most, by_value, span }),
            }
            let WindowKey { campaign, limit, participant } = window.clone();
            view.put(Window { campaign, limit, participant, grants });
            if !place.is_held {
                taker.windows.push(window);
            }
        }
        (Key::Total(total), _) => {
            view.reserve(total.clone(), by, at_most)?;
            match taker.used.iter_mut().find(|used| used.total == total) {
                Some(used) => (used.by, used.at_most) = (used.by.saturating_add(by), at_most),
                None => taker.used.push(Used { total, by, at_most, by_value }),
            }
        }
        _ => {}
    }
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

/// Gives back what a reward took by value beyond what it counts now.
pub(super) fn give_back(view: &mut View<'_>, reward: &mut Reward, counted: i64) -> Decide<()> {
    for used in reward.used.iter_mut().filter(|used| used.by_value && used.by > counted) {
        view.add(used.total.clone(), counted - used.by);
        used.by = counted;
    }
    let this = crate::record::RecordKind::key(reward);
    for key in &reward.windows {
        if let Some(mut window) = view.get::<Window>(key.clone())? {
            let own = window.grants.iter_mut().filter(|grant| grant.by_value && grant.reward == this);
            own.for_each(|grant| grant.by = grant.by.min(counted));
            view.put(window);
        }
    }
    Ok(())
}
