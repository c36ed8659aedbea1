//! Valid records of every kind, made from their descriptions.
//!
//! No kind is written out here: for each column the values that it accepts are found by offering it everything in the
//! pool. A new kind of record has samples as soon as it is described; a new type of column needs values in the pool, and
//! a test says so.

mod pool;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use referral_core::error::StoreError;
use referral_core::record::{Cell, Column, ColumnType, Key, Kind, Record};
use referral_core::store::Listing;
use referral_core::value::Timestamp;

use crate::draw::Draw;

/// How many records [`records`] makes at most.
const MOST: usize = 4;

/// A few valid records of `kind`, each with another key. The same seed makes the same records.
///
/// ```
/// use conformance::samples;
/// use referral_core::record::Kind;
/// let rewards = samples::records(Kind::Reward, 1);
/// assert!(rewards.len() > 1 && rewards.iter().all(|reward| reward.kind() == Kind::Reward));
/// assert_eq!(rewards, samples::records(Kind::Reward, 1));
/// ```
#[must_use]
pub fn records(kind: Kind, seed: u64) -> Vec<Record> {
    let mut draw = Draw::new(seed, kind.table().name);
    let mut keys = BTreeSet::new();
    // Some draws have a key that another one has; the one key of a kind without key columns, all of them.
    let made = std::iter::repeat_with(|| record(kind, &mut draw)).take(10 * MOST).flatten();
    made.filter(|record| keys.insert(record.key())).take(MOST).collect()
}

/// A valid record of `kind`. None only if the pool lacks values for a column.
#[must_use]
pub fn record(kind: Kind, draw: &mut Draw) -> Option<Record> {
    let domains = domains(kind);
    let cells = kind.table().columns.iter().zip(domains).map(|(column, domain)| cell(column, domain, draw));
    Record::from_cells(kind, cells.collect::<Option<_>>()?).ok()
}

/// A record like `record`: it has the same value in about half of the columns of its key and its indexes, so that
/// listings find both, and ties occur.
#[must_use]
pub fn neighbour(record: &Record, draw: &mut Draw) -> Option<Record> {
    let table = record.kind().table();
    let other = self::record(record.kind(), draw)?;
    let indexed = |column: &Column| {
        let in_index =
            |index: &referral_core::record::Index| index.columns.iter().any(|(name, _)| *name == column.name);
        table.key().contains(column) || table.indexes.iter().any(in_index)
    };
    let pairs = record.cells().into_iter().zip(other.cells());
    let cells = table.columns.iter().zip(pairs).map(
        |(column, (same, another))| {
            if indexed(column) && draw.once_in(2) { same } else { another }
        },
    );
    Record::from_cells(record.kind(), cells.collect()).ok()
}

/// Values that the columns of `kind` accept, in the order of the columns.
#[must_use]
pub fn domains(kind: Kind) -> &'static [Vec<Cell>] {
    static DOMAINS: OnceLock<BTreeMap<Kind, Vec<Vec<Cell>>>> = OnceLock::new();
    let all = DOMAINS.get_or_init(|| Kind::ALL.iter().map(|kind| (*kind, find_domains(*kind))).collect());
    all.get(&kind).map(Vec::as_slice).unwrap_or_default()
}

/// The listings in which `record` stands.
#[must_use]
pub fn listings_of(record: &Record) -> Vec<Listing> {
    let mut listings = vec![Listing::All(record.kind())];
    let behind =
        |time: Timestamp| Timestamp::from_micros(time.as_micros().saturating_add(1)).unwrap_or(Timestamp::LAST);
    match record.clone() {
        Record::Timer(timer) => listings.push(Listing::TimersDue { until: timer.due_at }),
        Record::Delivery(delivery) => {
            let (subscriber, state) = (delivery.subscriber.clone(), delivery.state);
            listings.push(Listing::DeliveriesIn { subscriber: delivery.subscriber, state });
            if state == referral_core::record::DeliveryState::Waiting {
                listings.push(Listing::DeliveriesDue { subscriber, until: delivery.due_at });
            }
        }
        Record::Reward(reward) => {
            listings.push(Listing::RewardsIn { state: reward.state, campaign: reward.campaign });
            listings.push(Listing::RewardsOf { participant: reward.participant });
        }
        Record::Referral(referral) => {
            let (campaign, moderation) = (referral.campaign, referral.moderation);
            listings.push(Listing::ReferralsBy { campaign, referrer: referral.referrer });
            listings.push(Listing::ReferralsIn { campaign });
            listings.push(Listing::ReferralsModerated { campaign, moderation });
        }
        Record::Enrolment(enrolment) => listings.push(Listing::EnrolmentsIn { campaign: enrolment.campaign }),
        Record::Touch(touch) if touch.at < Timestamp::LAST => {
            listings.push(Listing::TouchesIn { campaign: touch.campaign, from: touch.at, until: behind(touch.at) });
        }
        Record::Conversion(conversion) => {
            listings.extend(conversion.participant.map(|participant| Listing::ConversionsOf { participant }));
        }
        Record::Entry(entry) => listings.push(Listing::EntriesOf { participant: entry.participant }),
        Record::Alias(alias) => listings.push(Listing::AliasesOf { participant: alias.participant }),
        other => listings.extend(listings_by_key(other)),
    }
    listings
}

/// Those of kinds whose listings follow from the key and one column.
fn listings_by_key(record: Record) -> Vec<Listing> {
    match record {
        Record::Grant(grant) => {
            vec![Listing::GrantsOf { campaign: grant.campaign, participant: grant.participant }]
        }
        Record::Code(code) => vec![Listing::CodesOf { campaign: code.campaign, participant: code.participant }],
        Record::Link(link) => vec![Listing::LinksOf { campaign: link.campaign, grant: link.grant }],
        Record::Letter(letter) => vec![Listing::LettersIn { state: letter.state, until: None }],
        Record::LetterPerson(named) => vec![Listing::LettersNaming { hash: named.hash }],
        Record::Refund(refund) => vec![Listing::RefundsOf { source: refund.source, event: refund.event }],
        Record::PeriodSums(sums) => {
            let (campaign, until) = (sums.campaign, format!("{}\u{10ffff}", sums.period));
            vec![Listing::PeriodSums { campaign, from: sums.period, until }]
        }
        Record::PartSums(sums) => {
            let (campaign, until) = (sums.campaign, format!("{}\u{10ffff}", sums.period));
            vec![Listing::PartSums { campaign, from: sums.period, until }]
        }
        Record::Standing(standing) => vec![Listing::Leaderboard {
            campaign: standing.campaign,
            metric: standing.metric,
            unit: standing.unit,
            period: standing.period,
        }],
        _ => Vec::new(),
    }
}

/// The keys of `records`.
#[must_use]
pub fn keys(records: &[Record]) -> Vec<Key> {
    records.iter().map(Record::key).collect()
}

fn cell(column: &Column, domain: &[Cell], draw: &mut Draw) -> Option<Cell> {
    let picked = draw.pick(domain)?.clone();
    if !draw.once_in(2) {
        return Some(picked);
    }
    // Ids, hashes and times need more values than a pool holds.
    Some(match (column.holds, picked) {
        (ColumnType::Uuid | ColumnType::Bytes, Cell::Bytes(bytes)) => Cell::Bytes(draw.bytes(bytes.len())),
        (ColumnType::Time, Cell::Integer(_)) => Cell::Integer(1_700_000_000_000_000 + draw.below(1 << 40) as i64),
        (_, picked) => picked,
    })
}

fn find_domains(kind: Kind) -> Vec<Vec<Cell>> {
    let table = kind.table();
    let mut valid: Vec<Cell> = Vec::new();
    let mut domains = Vec::new();
    for column in table.columns {
        let refused = format!("{}.{}: ", table.name, column.name);
        let accepts = |cell: &Cell| {
            let row = valid.iter().chain([cell]).cloned().collect();
            // A row that ends here is refused for the next column, unless this one refused before.
            !matches!(Record::from_cells(kind, row), Err(StoreError::Corrupt(problem)) if problem.starts_with(&refused))
        };
        let domain: Vec<Cell> = pool::cells(column.holds).into_iter().filter(accepts).collect();
        valid.push(domain.first().cloned().unwrap_or(Cell::Null));
        domains.push(domain);
    }
    domains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_kind_has_values_in_the_pool() {
        for kind in Kind::ALL {
            let table = kind.table();
            for (column, domain) in table.columns.iter().zip(domains(*kind)) {
                let values = domain.iter().filter(|cell| **cell != Cell::Null).count();
                assert!(values >= 2, "{}.{} has {values} values", table.name, column.name);
                assert_eq!(domain.contains(&Cell::Null), column.nullable, "{}.{}", table.name, column.name);
            }
        }
    }

    #[test]
    fn every_kind_has_several_records_with_keys_of_their_own() {
        for kind in Kind::ALL {
            let least = if kind.table().key_columns == 0 { 1 } else { MOST };
            for seed in 0..20 {
                let records = records(*kind, seed);
                assert!(records.len() == least, "{kind:?}: {}", records.len());
                assert!(records.iter().all(|record| record.kind() == *kind));
                assert_eq!(records, super::records(*kind, seed));
            }
        }
    }

    #[test]
    fn every_name_that_an_enum_column_knows_is_drawn_sooner_or_later() {
        let mut draw = Draw::new(3, "states");
        let rewards = std::iter::repeat_with(|| record(Kind::Reward, &mut draw)).take(400).flatten();
        let states: BTreeSet<_> = rewards.filter_map(|record| record.cells().into_iter().nth(8)).collect();
        assert_eq!(Kind::Reward.table().position("state"), Some(8));
        assert_eq!(states.len(), referral_core::record::RewardState::ALL.len());
    }

    #[test]
    fn a_record_stands_in_its_own_listings() {
        use referral_core::store::{Batch, Commit, MemoryStore, Put, Store, Stored, Version};
        for kind in Kind::ALL.iter().filter(|kind| !kind.table().counter) {
            for record in records(*kind, 7) {
                let store = MemoryStore::new();
                let stored = Stored { record: record.clone(), version: Version::from_random(9) };
                let put = Put { stored, expected: Version::ABSENT };
                assert_eq!(store.commit(&Batch { puts: vec![put], ..Batch::default() }), Ok(Commit::Applied));
                for listing in listings_of(&record) {
                    let page = store.list(&Default::default(), &listing.clone().first(9)).unwrap();
                    assert_eq!(page.rows.len(), 1, "{listing:?}");
                }
            }
        }
    }
}
