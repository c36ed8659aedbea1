//! Races between those who write and those who read.

use std::sync::atomic::{AtomicUsize, Ordering};

use referral_core::record::{Kind, Record};
use referral_core::store::{Batch, Commit, Guard, Listing, Store, Version};

use super::{Effort, at_once, batch, commit, debt, exactly, list, load, participant, place, put, rounds};
use crate::draw::Draw;

/// Half of the threads commit what must be refused, the other half reads. Nobody ever sees any of it.
///
/// # Errors
/// What did not hold.
pub fn refused_writes_are_never_seen(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    rounds("refused_writes", effort, |tenant| {
        let doomed = place(0, 0)?;
        let guard = Guard { key: debt(participant(0), 0).key(), expected: Version::from_stored(2) };
        let writers = (effort.threads / 2).max(1);
        let writing = AtomicUsize::new(writers);
        let write = |thread: usize| {
            let mut draw = Draw::new(thread as u64, tenant.as_str());
            for _ in 0..effort.attempts {
                let puts = vec![put(doomed.clone(), Version::ABSENT, &mut draw)];
                let refused = commit(store, &Batch { puts, guards: vec![guard.clone()], ..batch(tenant) })?;
                let expected = Commit::Refused { stale: vec![guard.key.clone()], over: Vec::new() };
                exactly("a commit whose guard is missing", expected, refused)?;
            }
            Ok(())
        };
        let read = || {
            loop {
                let last = writing.load(Ordering::SeqCst) == 0;
                exactly("records loaded", 0, load(store, tenant, &[doomed.key()])?.len())?;
                exactly("records listed", 0, list(store, tenant, Listing::All(Kind::CampaignName))?.len())?;
                if last {
                    return Ok(());
                }
                std::thread::yield_now();
            }
        };
        at_once(writers * 2, |thread| {
            if thread >= writers {
                return read();
            }
            let written = write(thread);
            writing.fetch_sub(1, Ordering::SeqCst);
            written
        })?;
        Ok(())
    })
}

/// One thread commits record after record; the others, once they see one, must see the one before it, in loads and in
/// listings. The writer itself sees each at once.
///
/// # Errors
/// What did not hold.
pub fn visible_in_order(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    rounds("visible_in_order", effort, |tenant| {
        let count = effort.attempts * 10;
        let records: Vec<Record> = (0..count).map(|number| place(0, number)).collect::<Result<_, _>>()?;
        let writing = AtomicUsize::new(1);
        let write = || {
            let mut draw = Draw::new(0, tenant.as_str());
            for record in &records {
                let puts = vec![put(record.clone(), Version::ABSENT, &mut draw)];
                exactly("a put", Commit::Applied, commit(store, &Batch { puts, ..batch(tenant) })?)?;
                exactly("loads at once after a put", 1, load(store, tenant, &[record.key()])?.len())?;
            }
            Ok(())
        };
        let read = || {
            let mut next = 0;
            while next < count {
                let last = writing.load(Ordering::SeqCst) == 0;
                let Some(record) = records.get(next) else { break };
                if load(store, tenant, &[record.key()])?.is_empty() {
                    exactly("whether the writer is still at it", false, last)?;
                    std::thread::yield_now();
                    continue;
                }
                // The commits before it had returned before its own began.
                let before: Vec<_> = records.iter().take(next).map(Record::key).collect();
                exactly("earlier records loaded", next, load(store, tenant, &before)?.len())?;
                let listed = list(store, tenant, Listing::All(Kind::CampaignName))?.len();
                exactly("whether earlier records are listed", true, listed > next)?;
                next += 1 + next / 4;
            }
            Ok(())
        };
        at_once(effort.threads.clamp(2, 4), |thread| {
            if thread > 0 {
                return read();
            }
            let written = write();
            writing.store(0, Ordering::SeqCst);
            written
        })?;
        Ok(())
    })
}
