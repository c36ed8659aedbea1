//! Runs any listing from its general form.
//!
//! Every listing has an index whose order is the listing's. A page that begins behind a cursor is cut into stretches of
//! that index, one for each change of direction between the order's columns, so that no row before the cursor is read and
//! nothing is sorted.

use referral_core::error::StoreError;
use referral_core::record::{Cell, Order, Table};
use referral_core::store::{Cursor, Page, PageRequest, Scan, Stored};
use referral_core::value::TenantId;
use rusqlite::{Connection, Transaction, params_from_iter};

use crate::cell::{Bound, cell, stored};
use crate::error::failed;
use crate::schema::{index_name, quoted};
use crate::sql::Statements;

/// [`Store::list`](referral_core::store::Store::list) inside a transaction of the host.
///
/// # Errors
/// As there.
pub fn list_in(transaction: &Transaction<'_>, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
    list(transaction, tenant, request)
}

pub(crate) fn list(connection: &Connection, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
    let scan = request.listing.scan();
    if !request.columns.is_empty() {
        return narrow(connection, tenant, request, &scan);
    }
    let limit = request.bounded_limit();
    let what = &Statements::of(scan.kind)?.columns;
    let query = page_query(tenant, &scan, what, request.after.as_ref(), limit + 1)?;
    let mut statement = connection.prepare_cached(&query.text).map_err(failed)?;
    let mut found = statement.query(params_from_iter(query.values.iter().map(Bound))).map_err(failed)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        rows.push(stored(scan.kind, row)?);
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| Cursor(place(&scan, last)));
    let first_rank = match rows.first() {
        Some(first) if scan.ranked => Some(rank(connection, tenant, &scan, place(&scan, first))?),
        _ => None,
    };
    Ok(Page { rows, next, first_rank, ..Page::default() })
}

/// A page of some columns: they are selected with those that tell where a row stands.
fn narrow(connection: &Connection, tenant: &TenantId, request: &PageRequest, scan: &Scan) -> Result<Page, StoreError> {
    let limit = request.bounded_limit();
    let mut names: Vec<&'static str> = Vec::with_capacity(request.columns.len());
    for column in &request.columns {
        let known = scan.kind.table().columns.iter().find(|known| known.name == column);
        let unknown = || StoreError::Failed(format!("`{}` has no column of that name", scan.kind.table().name));
        names.push(known.ok_or_else(unknown)?.name);
    }
    let order = scan.order().into_iter().skip(scan.equals.len()).map(|(name, _)| name);
    let all: Vec<&'static str> = names.iter().copied().chain(order).collect();
    let selected: Vec<_> = all.iter().map(|name| quoted(name)).collect();
    let query = page_query(tenant, scan, &selected.join(", "), request.after.as_ref(), limit + 1)?;
    let mut statement = connection.prepare_cached(&query.text).map_err(failed)?;
    let mut found = statement.query(params_from_iter(query.values.iter().map(Bound))).map_err(failed)?;
    let mut page = Page::default();
    let (mut rows, mut first, mut last) = (0, None, None);
    while let Some(row) = found.next().map_err(failed)? {
        let cell = |(index, name): (usize, &&'static str)| cell(scan.kind, name, row, index);
        if rows == limit {
            page.next = last.map(Cursor);
            break;
        }
        for column in names.iter().enumerate() {
            page.cells.push(cell(column)?);
        }
        rows += 1;
        if rows == 1 && scan.ranked || rows == limit {
            let place = all.iter().enumerate().skip(names.len()).map(cell).collect::<Result<Vec<_>, _>>()?;
            first.get_or_insert_with(|| place.clone());
            last = Some(place);
        }
    }
    if let Some(first) = first.filter(|_| scan.ranked) {
        page.first_rank = Some(rank(connection, tenant, scan, first)?);
    }
    Ok(page)
}

/// 1 + the number of rows before all that share the first cell of a place in the order.
fn rank(connection: &Connection, tenant: &TenantId, scan: &Scan, first: Vec<Cell>) -> Result<u64, StoreError> {
    let query = rank_query(tenant, scan, first)?;
    let mut statement = connection.prepare_cached(&query.text).map_err(failed)?;
    let values = params_from_iter(query.values.iter().map(Bound));
    let ahead: i64 = statement.query_row(values, |row| row.get(0)).map_err(failed)?;
    Ok(1 + u64::try_from(ahead).unwrap_or_default())
}

/// Where `row` stands in the order: what a cursor holds.
fn place(scan: &Scan, row: &Stored) -> Vec<Cell> {
    let cells = row.record.cells();
    let cell = |name: &str| scan.kind.table().position(name).and_then(|at| cells.get(at)).cloned();
    let order = scan.order().into_iter().skip(scan.equals.len());
    order.map(|(name, _)| cell(name).unwrap_or(Cell::Null)).collect()
}

/// A statement and its parameters.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) values: Vec<Cell>,
}

type Column = (&'static str, Order);

pub(crate) fn page_query(
    tenant: &TenantId,
    scan: &Scan,
    what: &str,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Query, StoreError> {
    let order: Vec<Column> = scan.order().into_iter().skip(scan.equals.len()).collect();
    let mut builder = Builder { scan, tenant, what, values: Vec::new() };
    let arms = match after {
        None => vec![builder.first_stretch(&order)?],
        Some(Cursor(cells)) if cells.len() == order.len() => builder.stretches_behind(&order, cells)?,
        Some(_) => return Err(StoreError::Failed("the cursor belongs to another listing".to_owned())),
    };
    let by: Vec<_> = order.iter().map(|(name, order)| format!("{}{}", quoted(name), suffix(*order))).collect();
    // A kind without a key has one record for each tenant, and nothing to order it by.
    let by = if by.is_empty() { String::new() } else { format!(" ORDER BY {}", by.join(", ")) };
    let limit = builder.value(Cell::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let text = format!("{}{by} LIMIT {limit}", arms.join(" UNION ALL "));
    Ok(Query { text, values: builder.values })
}

pub(crate) fn rank_query(tenant: &TenantId, scan: &Scan, first: Vec<Cell>) -> Result<Query, StoreError> {
    let order = scan.order();
    let mut builder = Builder { scan, tenant, what: "count(*)", values: Vec::new() };
    let mut terms = builder.equals();
    if let (Some((name, order)), Some(cell)) = (order.get(scan.equals.len()), first.into_iter().next()) {
        terms.push(format!("{} {} {}", quoted(name), before(*order), builder.value(cell)));
    }
    let text = builder.select(&terms)?;
    Ok(Query { text, values: builder.values })
}

struct Builder<'a> {
    scan: &'a Scan,
    tenant: &'a TenantId,
    what: &'a str,
    values: Vec<Cell>,
}

impl Builder<'_> {
    /// The one stretch of a page that begins at the listing's own start.
    fn first_stretch(&mut self, order: &[Column]) -> Result<String, StoreError> {
        let mut terms = self.equals();
        if let (Some((name, order)), Some(from)) = (order.first(), &self.scan.from) {
            let sign = format!("{}=", behind(*order));
            terms.push(format!("{} {sign} {}", quoted(name), self.value(from.clone())));
        }
        terms.extend(self.until(order));
        self.select(&terms)
    }

    /// The stretches of a page that begins behind a cursor.
    ///
    /// For an order `a DESC, b, c` and the cursor (1, 2, 3): `a = 1 AND (b, c) > (2, 3)`, and then `a < 1`.
    fn stretches_behind(&mut self, order: &[Column], cells: &[Cell]) -> Result<Vec<String>, StoreError> {
        let mut arms = Vec::new();
        let mut begin = order.len();
        for run in order.chunk_by(|one, next| one.1 == next.1).rev() {
            begin = begin.saturating_sub(run.len());
            let mut terms = self.equals();
            for ((name, _), cell) in order.iter().zip(cells).take(begin) {
                terms.push(format!("{} = {}", quoted(name), self.value(cell.clone())));
            }
            let names: Vec<_> = run.iter().map(|(name, _)| quoted(name)).collect();
            let values = cells.iter().skip(begin).take(run.len()).cloned();
            let values: Vec<_> = values.map(|cell| self.value(cell)).collect();
            let sign = run.first().map_or(">", |(_, order)| behind(*order));
            terms.push(format!("({}) {sign} ({})", names.join(", "), values.join(", ")));
            terms.extend(self.until(order));
            arms.push(self.select(&terms)?);
        }
        Ok(arms)
    }

    fn equals(&mut self) -> Vec<String> {
        let mut terms =
            vec![format!("{} = {}", quoted(Table::TENANT), self.value(Cell::Text(self.tenant.to_string())))];
        let columns = self.scan.order();
        for ((name, _), cell) in columns.into_iter().zip(&self.scan.equals) {
            terms.push(format!("{} = {}", quoted(name), self.value(cell.clone())));
        }
        terms
    }

    fn until(&mut self, order: &[Column]) -> Option<String> {
        let ((name, order), until) = (order.first()?, self.scan.until.clone()?);
        Some(format!("{} {} {}", quoted(name), before(*order), self.value(until)))
    }

    /// Adds a parameter and answers its place.
    fn value(&mut self, cell: Cell) -> String {
        self.values.push(cell);
        format!("?{}", self.values.len())
    }

    // The index is named, so that statistics never tempt the planner into another one and a sort.
    fn select(&self, terms: &[String]) -> Result<String, StoreError> {
        let table = &Statements::of(self.scan.kind)?.table;
        let name = |index| format!(" INDEXED BY {}", quoted(&index_name(self.scan.kind.table(), index)));
        let index = self.scan.index.map(name).unwrap_or_default();
        Ok(format!("SELECT {} FROM {table}{index} WHERE {}", self.what, terms.join(" AND ")))
    }
}

fn behind(order: Order) -> &'static str {
    match order {
        Order::Ascending => ">",
        Order::Descending => "<",
    }
}

fn before(order: Order) -> &'static str {
    match order {
        Order::Ascending => "<",
        Order::Descending => ">",
    }
}

fn suffix(order: Order) -> &'static str {
    match order {
        Order::Ascending => "",
        Order::Descending => " DESC",
    }
}

#[cfg(test)]
mod tests {
    use referral_core::record::{DeliveryState, Kind, Metric, Moderation, RewardState};
    use referral_core::store::Listing;
    use referral_core::value::{CampaignId, ParticipantId, SubscriberName, Timestamp};

    use super::*;
    use crate::connect::{self, Options};
    use crate::migrate::migrate;

    fn listings() -> Vec<Listing> {
        let (campaign, participant) = (CampaignId(1), ParticipantId(uuid::Uuid::from_u128(1)));
        let until = Timestamp::FIRST;
        let subscriber = || SubscriberName::new("shop").unwrap();
        let (unit, metric) = (String::new(), Metric::Leads);
        let (from, last) = ("d2026-05-01".to_owned(), "d2026-06-01".to_owned());
        let mut all: Vec<_> = Kind::ALL.iter().copied().map(Listing::All).collect();
        all.extend([
            Listing::TimersDue { until },
            Listing::DeliveriesDue { subscriber: subscriber(), until },
            Listing::DeliveriesIn { subscriber: subscriber(), state: DeliveryState::Dead },
            Listing::RewardsIn { state: RewardState::Due, campaign },
            Listing::RewardsOf { participant },
            Listing::ReferralsBy { campaign, referrer: participant },
            Listing::ReferralsIn { campaign },
            Listing::ReferralsBetween { campaign, from: until, until },
            Listing::ReferralsModerated { campaign, moderation: Moderation::Flagged },
            Listing::EnrolmentsIn { campaign },
            Listing::TouchesIn { campaign, from: until, until },
            Listing::ConversionsOf { participant },
            Listing::EntriesOf { participant },
            Listing::AliasesOf { participant },
            Listing::PeriodSums { campaign, from: from.clone(), until: last.clone() },
            Listing::PartSums { campaign, from: from.clone(), until: last },
            Listing::Leaderboard { campaign, metric, unit, period: from },
        ]);
        all
    }

    /// Each step of SQLite's plan for `query`.
    fn plan(connection: &Connection, query: &Query) -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", query.text)).unwrap();
        let values = params_from_iter(query.values.iter().map(Bound));
        let steps = statement.query_map(values, |row| row.get(3)).unwrap();
        steps.map(Result::unwrap).collect()
    }

    #[test]
    fn no_listing_reads_a_whole_table_or_sorts() {
        let mut connection = connect::memory(&Options::default()).unwrap();
        migrate(&mut connection).unwrap();
        let tenant = TenantId::default();
        for listing in listings() {
            let scan = listing.scan();
            let order: Vec<_> = scan.order().into_iter().skip(scan.equals.len()).collect();
            let cursor = Cursor(order.iter().map(|_| Cell::Integer(1)).collect());
            let after = Some(&cursor).filter(|cursor| !cursor.0.is_empty());
            let mut queries = vec![(page_query(&tenant, &scan, "*", None, 10).unwrap(), false)];
            queries.extend(after.map(|after| (page_query(&tenant, &scan, "*", Some(after), 10).unwrap(), true)));
            queries.extend(scan.ranked.then(|| (rank_query(&tenant, &scan, cursor.0.clone()).unwrap(), true)));
            for (query, begins_inside) in queries {
                let steps = plan(&connection, &query);
                let searches = steps.iter().filter(|step| step.starts_with("SEARCH")).count();
                assert!(searches > 0, "{steps:?}");
                for step in &steps {
                    let starts = !begins_inside || step.contains(['<', '>']);
                    let fine = step.starts_with("SEARCH") && step.contains("tenant=?") && starts;
                    let frame = ["MERGE (UNION ALL)", "LEFT", "RIGHT"].contains(&step.as_str());
                    assert!(fine || frame, "{step} in {}", query.text);
                }
            }
        }
    }
}
