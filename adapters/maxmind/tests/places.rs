//! Places of addresses, by a database that this test writes itself; and by MaxMind's own test database, where it is there.
//! What is damaged is an error with a code, never a panic and never another place without a word.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod written;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use referral_maxmind::{Places, PlacesError};
use referrals::value::Place;
use written::{Database, Value};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn place(country: &str, city: &str) -> Place {
    Place { country: country.parse().ok(), city: city.parse().ok() }
}

fn record(country: &str, city: Option<&str>) -> Value {
    let names = |name: &str| Value::map([("names", Value::map([("en", Value::text(name))]))]);
    let country = ("country", Value::map([("iso_code", Value::text(country))]));
    Value::map([country].into_iter().chain(city.map(|city| ("city", names(city)))))
}

/// A small database of cities.
fn cities() -> Database {
    let mut database = Database::new("Test-City");
    database.put("203.0.113.0", 24, &record("FR", Some("Lyon")));
    database.put("198.51.100.0", 25, &record("DE", Some("Frankfurt am Main")));
    database.put("198.51.100.128", 25, &record("JP", None));
    database.put("192.0.2.0", 24, &record("?", Some("Nowhere")));
    database.put("192.0.2.64", 26, &record("US", Some(&"x".repeat(65))));
    database
}

#[test]
fn an_address_has_the_place_of_its_network() {
    let places = Places::from_bytes(cities().bytes()).unwrap();
    let cases = [
        ("203.0.113.7", place("FR", "Lyon")),
        ("203.0.113.255", place("FR", "Lyon")),
        ("::ffff:203.0.113.7", place("FR", "Lyon")),
        ("198.51.100.1", place("DE", "Frankfurt am Main")),
        ("198.51.100.200", place("JP", "")),
        // A country that is none has no city either, and a name beyond its bound is none.
        ("192.0.2.1", Place::default()),
        ("192.0.2.65", place("US", "")),
        ("127.0.0.1", Place::default()),
        ("2001:db8::1", Place::default()),
    ];
    for (text, expected) in cases {
        assert_eq!(places.place(address(text)).unwrap(), expected, "{text}");
    }
}

#[test]
fn a_file_that_is_none_is_an_error_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let domains = Database::new("Test-Domain");
    let cases: [(PathBuf, &str); 6] = [
        (folder.path().join("absent.mmdb"), "places_unreadable"),
        (folder.path().to_owned(), "places_unreadable"),
        (file("empty.mmdb", b""), "places_damaged"),
        (file("text.mmdb", b"country,city\nFR,Lyon\n"), "places_damaged"),
        (file("marker.mmdb", b"\xab\xcd\xefMaxMind.com"), "places_damaged"),
        (file("domains.mmdb", &domains.bytes()), "places_of_other_kind"),
    ];
    for (path, code) in cases {
        let error = Places::open(&path).unwrap_err();
        assert_eq!(error.code(), code, "{}: {error}", path.display());
    }
    assert!(Places::open(file("cities.mmdb", &cities().bytes())).is_ok());
}

/// Asks a few addresses of what can be opened: whatever it answers, it answers.
fn ask(bytes: Vec<u8>) -> Result<Vec<Result<Place, PlacesError>>, PlacesError> {
    let places = Places::from_bytes(bytes)?;
    let asked =
        ["203.0.113.7", "198.51.100.1", "198.51.100.200", "192.0.2.1", "10.0.0.1", "255.255.255.255", "2001:db8::1"];
    Ok(asked.iter().map(|text| places.place(address(text))).collect())
}

#[test]
fn every_cut_and_every_changed_byte_is_answered_and_nothing_breaks() {
    let whole = cities().bytes();
    let good = ask(whole.clone()).unwrap();
    let cuts = (0..whole.len()).filter(|at| ask(whole[..*at].to_vec()).is_ok()).count();
    assert_eq!(cuts, 0, "no file that is cut short is taken for a whole one");
    let mut refused = 0;
    for at in 0..whole.len() {
        for change in [0x01, 0x80, 0xff, whole[at]] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            match ask(bytes) {
                Err(error) => {
                    refused += 1;
                    assert!(["places_damaged", "places_of_other_kind"].contains(&error.code()), "{at}: {error}");
                }
                Ok(answers) => assert_eq!(answers.len(), good.len()),
            }
        }
    }
    assert!(refused > whole.len(), "damage is seen: {refused} of {}", whole.len() * 4);
}

/// MaxMind's own test databases, if they are there.
fn databases() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("REFERRAL_DATA").map_or_else(beside, PathBuf::from);
    Some(data.join("geo")).filter(|folder| folder.exists())
}

#[test]
fn the_test_database_of_maxmind_is_read_as_its_source_says() {
    let Some(folder) = databases() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let places = Places::open(folder.join("GeoIP2-City-Test.mmdb")).unwrap();
    let source = std::fs::read_to_string(folder.join("GeoIP2-City-Test.json")).unwrap();
    let source: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&source).unwrap();
    let (mut asked, mut with_city) = (0, 0);
    for (network, record) in source.iter().flatten() {
        let first = network.split('/').next().unwrap();
        let found = places.place(address(first)).unwrap();
        let country = record["country"]["iso_code"].as_str().unwrap_or_default();
        let city = record["city"]["names"]["en"].as_str().filter(|_| !country.is_empty()).unwrap_or_default();
        assert_eq!(found, place(country, city), "{network}");
        asked += 1;
        with_city += usize::from(found.city.is_some());
    }
    assert!(asked > 100 && with_city > 10, "{asked} networks, {with_city} with a city");
    let error = Places::open(folder.join("GeoIP2-City-Test-Invalid-Node-Count.mmdb")).unwrap_err();
    assert_eq!(error.code(), "places_damaged", "{error}");
    println!("{asked} networks, {with_city} with a city; the damaged file: {error}");
}
