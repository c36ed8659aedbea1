//! Writes a batch, all or nothing.

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Add, AddSums, Batch, Commit, Delete, Guard, Put, Version};
use referral_core::value::TenantId;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::cell::bind;
use crate::error::{commit_failed, failed};
use crate::load;
use crate::sql::Statements;

/// [`Store::commit`](referral_core::store::Store::commit) inside a transaction of the host.
///
/// It is the host's commit that makes the batch durable. A refusal leaves nothing of the batch behind, and the transaction
/// as usable as before. So does an error, except that SQLite answers some (a full disk) by rolling back the transaction as a
/// whole: then every further call fails, and the host begins anew. The transaction should be an immediate one: a deferred one
/// that has read already may find another writer before it.
///
/// # Errors
/// As there.
pub fn commit_in(transaction: &Transaction<'_>, batch: &Batch) -> Result<Commit, StoreError> {
    commit_within(transaction, batch)
}

/// Writes `batch` in a transaction of its own.
pub(crate) fn commit(connection: &mut Connection, batch: &Batch) -> Result<Commit, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // A refusal and an error drop the transaction, and that takes everything back.
    let outcome = write(&transaction, batch)?;
    if outcome == Commit::Applied {
        transaction.commit().map_err(commit_failed)?;
    }
    Ok(outcome)
}

/// Writes `batch` in the transaction that is open on `connection`.
pub(crate) fn commit_within(connection: &Connection, batch: &Batch) -> Result<Commit, StoreError> {
    // Without a transaction the savepoint would be one, and its end a commit that the host did not ask for.
    if connection.is_autocommit() {
        return Err(StoreError::Failed("the transaction is no longer open: a failure rolled it back".to_owned()));
    }
    connection.execute_batch("SAVEPOINT referral_commit").map_err(failed)?;
    let outcome = write(connection, batch);
    let end = match outcome {
        Ok(Commit::Applied) => "RELEASE referral_commit",
        _ => "ROLLBACK TO referral_commit; RELEASE referral_commit",
    };
    // Some failures (a full disk) have rolled the whole transaction back already, and the savepoint with it: that failure
    // is what the caller must hear of, not that of the end.
    let ended = connection.execute_batch(end).map_err(failed);
    let outcome = outcome?;
    ended.map(|()| outcome)
}

/// Checks and writes everything, and names every key that lost. After a refusal the caller must roll back.
fn write(connection: &Connection, batch: &Batch) -> Result<Commit, StoreError> {
    let writer = Writer { connection, tenant: &batch.tenant };
    let mut stale = Vec::new();
    for put in &batch.puts {
        if !writer.put(put)? {
            stale.push(put.stored.record.key());
        }
    }
    for delete in &batch.deletes {
        if !writer.delete(delete)? {
            stale.push(delete.key.clone());
        }
    }
    for guard in &batch.guards {
        if !writer.holds(guard)? {
            stale.push(guard.key.clone());
        }
    }
    let mut over = Vec::new();
    for add in &batch.adds {
        if !writer.add(add)? {
            over.push(add.key.clone());
        }
    }
    for add in &batch.sums {
        if !writer.add_sums(add)? {
            over.push(add.key.clone());
        }
    }
    Ok(if stale.is_empty() && over.is_empty() { Commit::Applied } else { Commit::Refused { stale, over } })
}

/// Each method answers whether the key was as expected; what it was not is not written.
struct Writer<'a> {
    connection: &'a Connection,
    tenant: &'a TenantId,
}

impl Writer<'_> {
    fn put(&self, put: &Put) -> Result<bool, StoreError> {
        let statements = Statements::of(put.stored.record.kind())?;
        let replaces = put.expected != Version::ABSENT;
        let mut statement = self.statement(if replaces { &statements.update } else { &statements.insert })?;
        let next = bind(&mut statement, 2, &put.stored.record.cells())?;
        statement.raw_bind_parameter(next, put.stored.version.number()).map_err(failed)?;
        if replaces {
            statement.raw_bind_parameter(next + 1, put.expected.number()).map_err(failed)?;
        }
        Ok(statement.raw_execute().map_err(failed)? == 1)
    }

    fn delete(&self, delete: &Delete) -> Result<bool, StoreError> {
        let mut statement = self.statement(&Statements::of(delete.key.kind())?.delete)?;
        let next = bind(&mut statement, 2, &delete.key.cells())?;
        statement.raw_bind_parameter(next, delete.expected.number()).map_err(failed)?;
        Ok(statement.raw_execute().map_err(failed)? == 1)
    }

    fn holds(&self, guard: &Guard) -> Result<bool, StoreError> {
        let found = self.version(&guard.key)?;
        Ok(found == guard.expected)
    }

    fn version(&self, key: &Key) -> Result<Version, StoreError> {
        let mut statement = self.statement(&Statements::of(key.kind())?.version)?;
        bind(&mut statement, 2, &key.cells())?;
        let mut rows = statement.raw_query();
        let number = rows.next().and_then(|row| row.map(|row| row.get(0)).transpose()).optional().map_err(failed)?;
        Ok(number.flatten().map_or(Version::ABSENT, Version::from_stored))
    }

    fn add(&self, add: &Add) -> Result<bool, StoreError> {
        let kind = add.key.kind();
        let counter = Statements::of(kind)?.counter.as_ref();
        let counter =
            counter.ok_or_else(|| StoreError::Failed(format!("`{}` is no table of counters", kind.table().name)))?;
        let Some((least, most)) = room(add) else { return Ok(false) };
        let starts_at_0 = (least..=most).contains(&0);
        let mut statement = self.statement(if starts_at_0 { &counter.add } else { &counter.add_to_existing })?;
        let next = bind(&mut statement, 2, &add.key.cells())?;
        for (index, number) in (next..).zip([add.by, add.at.as_micros(), least, most]) {
            statement.raw_bind_parameter(index, number).map_err(failed)?;
        }
        Ok(statement.raw_execute().map_err(failed)? == 1)
    }

    /// Reads a row of sums and writes it with what is added. The transaction holds the write lock, so nobody comes between; on
    /// a deferred transaction of the host the write fails instead, and so does the commit.
    fn add_sums(&self, add: &AddSums) -> Result<bool, StoreError> {
        let kind = add.key.kind();
        let statements = Statements::of(kind)?;
        let stored = load::one(self.connection, self.tenant, &add.key)?;
        let mut sums = stored.as_ref().and_then(|stored| stored.record.sums()).cloned().unwrap_or_default();
        if !sums.fits(&add.by) {
            return Ok(false);
        }
        sums.add_all(add.by.clone());
        let record = add.key.clone().summed(sums);
        let record = record.ok_or_else(|| StoreError::Failed(format!("`{}` has no sums", kind.table().name)))?;
        let mut statement = self.statement(if stored.is_none() { &statements.insert } else { &statements.update })?;
        let next = bind(&mut statement, 2, &record.cells())?;
        statement.raw_bind_parameter(next, Version::COUNTER.number()).map_err(failed)?;
        if let Some(stored) = stored {
            statement.raw_bind_parameter(next + 1, stored.version.number()).map_err(failed)?;
        }
        Ok(statement.raw_execute().map_err(failed)? == 1)
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.raw_bind_parameter(1, self.tenant.as_str()).map_err(failed)?;
        Ok(statement)
    }
}

/// The values of a counter to which the add applies: from the first to the second. None if there is no such value.
///
/// The bounds are moved to the value before, because SQLite turns a sum that overflows into a floating point number.
fn room(add: &Add) -> Option<(i64, i64)> {
    let by = i128::from(add.by);
    let least = i128::from(add.at_least.unwrap_or(i64::MIN)) - by;
    let most = i128::from(add.at_most.unwrap_or(i64::MAX)) - by;
    let least = i64::try_from(least.max(i128::from(i64::MIN))).ok()?;
    let most = i64::try_from(most.min(i128::from(i64::MAX))).ok()?;
    (least <= most).then_some((least, most))
}

#[cfg(test)]
mod tests {
    use referral_core::record::{Dimension, Metric, TotalKey};
    use referral_core::value::{CampaignId, Timestamp};

    use super::*;

    #[test]
    fn the_room_of_an_add_is_exact_at_both_ends_of_the_numbers() {
        let key = TotalKey {
            campaign: CampaignId(1),
            metric: Metric::Limit,
            unit: String::new(),
            dimension: Dimension::All,
            period: "all".to_owned(),
            member: String::new(),
        };
        let cases = [
            (1, None, Some(10), Some((i64::MIN, 9))),
            (-1, Some(0), None, Some((1, i64::MAX))),
            (1, None, None, Some((i64::MIN, i64::MAX - 1))),
            (-1, None, None, Some((i64::MIN + 1, i64::MAX))),
            (i64::MIN, None, None, Some((0, i64::MAX))),
            (i64::MAX, None, None, Some((i64::MIN, 0))),
            (i64::MAX, Some(i64::MIN), Some(i64::MIN), None),
            (i64::MIN, Some(i64::MAX), None, None),
            (0, Some(5), Some(4), None),
            (0, None, None, Some((i64::MIN, i64::MAX))),
        ];
        for (by, at_least, at_most, expected) in cases {
            let add = Add { key: key.clone().into(), by, at_least, at_most, at: Timestamp::FIRST };
            assert_eq!(room(&add), expected, "{by} within {at_least:?} and {at_most:?}");
        }
    }
}
