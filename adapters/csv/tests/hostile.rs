//! Five hundred files that are hostile or broken, and as many that are odd and valid: each comes to exactly what it must, a
//! dry run says so before, and nothing is there that should not be.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod corpus;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use common::{Place, all, shown, upload};
use corpus::{File, Must, REFERRERS, hostile, odd};
use referral_csv::{Interrupted, RowReport, RowResult, Summary};
use referrals::record::{Kind, Record};
use referrals::store::MemoryStore;

/// What is there of people and conversions beside what was there before, in the form of [`Must::Hold`].
fn held(place: &Place) -> Vec<String> {
    let people = all(&*place.store, Kind::Person).into_iter().filter_map(|record| match record {
        Record::Person(person) => {
            let host_id = person.host_id.as_ref().map_or("", |id| id.as_str()).to_owned();
            let text = |text: Option<referrals::record::Private>| text.map(|text| text.0).unwrap_or_default();
            (host_id != "ada").then(|| format!("{host_id}|{}|{}", text(person.email), text(person.name)))
        }
        _ => None,
    });
    let conversions = all(&*place.store, Kind::Conversion).into_iter().filter_map(|record| match record {
        Record::Conversion(conversion) => {
            let money = referrals::value::Money::new(conversion.total_minor, conversion.currency?);
            let at = conversion.occurred_at.to_string();
            let at = if at == common::NOW { String::new() } else { at };
            Some(format!("{}|{money}|{at}", conversion.event))
        }
        _ => None,
    });
    let conversions: Vec<String> = conversions.collect();
    let mut held: Vec<String> = if conversions.is_empty() { people.collect() } else { conversions };
    held.sort();
    held
}

fn check(file: &File, base: &MemoryStore) {
    let File { name, mapping, bytes, must } = file;
    let place = Place::over(base.clone(), 2);
    let before = place.store.content_hash();
    let said = place.rehearse(mapping, bytes);
    assert_eq!(place.store.content_hash(), before, "{name}: a dry run wrote");
    let (rows, done) = place.upload(mapping, bytes);
    assert_eq!(said, (rows.clone(), done.clone()), "{name}: a dry run said something else");
    let told: Vec<String> = rows.iter().map(shown).collect();
    judge(name, must, &told, &rows, &done, &place);
    let applied = rows.iter().filter(|row| row.result == RowResult::Applied).count();
    if applied == 0 {
        assert_eq!(place.store.content_hash(), before, "{name}: something was written");
    } else {
        let audited = place.referrals.audit().unwrap();
        assert!(audited.is_clean(), "{name}: {:?}", audited.differences);
        let (people, conversions) = (place.count(Kind::Enrolment) - 1, place.count(Kind::Conversion));
        assert_eq!(people.max(conversions), applied, "{name}: more or less was written than was told");
    }
}

fn judge(
    name: &str,
    must: &Must,
    told: &[String],
    rows: &[RowReport],
    done: &Result<Summary, Interrupted>,
    place: &Place,
) {
    match must {
        Must::End(code, before) => {
            let Err(interrupted) = done else { panic!("{name}: it was read to its end") };
            assert_eq!(interrupted.fault.problem.code(), *code, "{name}: {interrupted}");
            assert_eq!(told, before, "{name}");
        }
        Must::EndSomehow => {
            assert!(done.is_err(), "{name}");
            assert!(rows.iter().all(|row| row.result != RowResult::Applied), "{name}");
        }
        Must::Tell(expected) => {
            assert!(done.is_ok(), "{name}: {done:?}");
            assert_eq!(told, expected, "{name}: {rows:?}");
        }
        Must::Hold(expected) => {
            assert!(done.is_ok(), "{name}: {done:?}");
            let fine = |row: &RowReport| matches!(row.result, RowResult::Applied | RowResult::Empty);
            assert!(rows.iter().all(fine), "{name}: {rows:?}");
            let mut expected = expected.clone();
            expected.sort();
            assert_eq!(held(place), expected, "{name}");
        }
    }
}

fn check_all(files: &[File]) {
    let names: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let contents: BTreeMap<_, _> = files.iter().map(|file| ((&file.mapping, &file.bytes), &file.name)).collect();
    assert_eq!((names.len(), contents.len()), (files.len(), files.len()), "two files are the same");
    assert!(files.len() >= 500, "{}", files.len());
    let (base, _) = Place::new();
    let mut slowest = (0, "");
    let mut failed = Vec::new();
    for file in files {
        let began = Instant::now();
        // All that fail are told, not the first.
        if catch_unwind(AssertUnwindSafe(|| check(file, &base.store))).is_err() {
            failed.push(file.name.as_str());
        }
        let elapsed = began.elapsed();
        // A build without optimisation on a busy machine says nothing of time.
        assert!(cfg!(debug_assertions) || elapsed < Duration::from_secs(1), "{}: {elapsed:?}", file.name);
        slowest = slowest.max((elapsed.as_millis(), &file.name));
    }
    assert!(failed.is_empty(), "{failed:?}");
    println!("{} files; the slowest took {} ms, twice over: {}", files.len(), slowest.0, slowest.1);
    let peak = peak_mebibytes();
    assert!(peak.is_none_or(|peak| peak < 512), "{peak:?} MiB");
    println!("at most {peak:?} MiB at any time");
}

/// The greatest size that this process ever had, where the system tells.
fn peak_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes / 1_024)
}

#[test]
fn five_hundred_hostile_files_come_to_a_typed_error_or_the_right_rows_and_nothing_else() {
    check_all(&hostile::files());
}

#[test]
fn five_hundred_odd_files_come_to_exactly_their_rows() {
    check_all(&odd::files());
}

/// Makes up a file as it is read, and counts what was taken of it.
struct Endless<'a> {
    begin: &'a [u8],
    pattern: &'a [u8],
    taken: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            let at = usize::try_from(self.taken).unwrap();
            *byte = match self.begin.get(at) {
                Some(byte) => *byte,
                None => self.pattern[(at - self.begin.len()) % self.pattern.len()],
            };
            self.taken += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn a_file_without_end_is_left_as_soon_as_it_is_beyond_a_limit() {
    type Case = (&'static str, &'static [u8], &'static [u8], &'static str, u64);
    let cases: &[Case] = &[
        ("", b"host_id\n\"", b"x", "field_too_long", 1 << 20),
        ("", b"host_id\n\"", b"\"\"", "field_too_long", 1 << 20),
        ("", b"host_id\n\"", b"x\r\n", "field_too_long", 1 << 20),
        ("", b"", b"x", "field_too_long", 1 << 20),
        ("", b"", b"\"", "field_too_long", 1 << 20),
        ("", b"host_id\n", b",", "too_many_columns", 1 << 20),
        ("", b"host_id\n", b"\xC3\xA4", "field_too_long", 1 << 20),
        ("limits = { bytes = 1048576 }", b"", b"\n", "too_many_bytes", 2 << 20),
        ("limits = { bytes = 1048576 }", b"host_id\n", b" \r\n", "too_many_bytes", 2 << 20),
        ("limits = { rows = 3000 }", b"host_id\n", b" \n", "too_many_rows", 1 << 20),
    ];
    let (place, _) = Place::new();
    for (limits, begin, pattern, code, most) in cases {
        let mut endless = Endless { begin, pattern, taken: 0 };
        let upload = upload(&format!("{REFERRERS}{limits}"));
        let before = place.store.content_hash();
        let interrupted = upload.run(&place.referrals, &mut endless, |_| ()).unwrap_err();
        assert_eq!(interrupted.fault.problem.code(), *code, "{begin:?} {pattern:?}");
        assert!(endless.taken <= *most, "{begin:?} {pattern:?}: {} bytes were taken", endless.taken);
        assert_eq!(place.store.content_hash(), before);
    }
    assert!(peak_mebibytes().is_none_or(|peak| peak < 512));
}

#[test]
fn a_dry_run_that_would_remember_too_much_ends() {
    let (place, _) = Place::new();
    let rows: String = (0..200).map(|row| format!("b{row}\n")).collect();
    let mapping = format!("{REFERRERS}limits = {{ rehearsed_records = 100, rows_per_commit = 10 }}");
    let (_, done) = place.rehearse(&mapping, format!("host_id\n{rows}").as_bytes());
    assert_eq!(done.unwrap_err().fault.problem.code(), "rehearsal_too_large");
}
