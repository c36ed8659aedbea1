//! The report as a page: it needs nothing but itself, and a browser shows its charts.
//!
//! The browser is Chromium: what `CHROMIUM` names, or what is found. Where there is none the test is skipped by its name; but
//! where `CI` is `true` it fails, unless `CHROMIUM` is `none`, which `.ci/run` says when it could not install one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Home, err, well};

/// The colours of lines: clicks, leads, qualified.
const COLOURS: [[u8; 3]; 3] = [[0, 114, 178], [230, 159, 0], [0, 158, 115]];

const DAYS: [&str; 4] = ["--from", "2026-05-01", "--until", "2026-05-11"];

fn report(home: &Home) -> String {
    let told =
        well(&home.run(&[&["metrics", "friends", "--html", "report.html", "--svg", "days.svg"], &DAYS[..]].concat()));
    assert!(told.contains("wrote `report.html`") && told.contains("wrote `days.svg`"), "{told}");
    std::fs::read_to_string(home.path("report.html")).unwrap()
}

#[test]
fn the_page_needs_nothing_but_itself_and_escapes_everything() {
    let home = Home::with_program();
    let page = report(&home);
    assert_eq!(page.matches("<svg").count(), 3);
    assert!(page.contains("Friends &lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; more"));
    let without_names = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for outside in ["<script", "http:", "https:", "src=", "href", "url(", "@import", "<link", "<iframe", "<object"] {
        assert!(!without_names.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
    for row in [
        "<td>reverted</td><td>0</td>",
        "<td>of the qualified, reverted now</td><td>0.0 % (0 of ",
        "<td>qualified to leads</td>",
    ] {
        assert!(page.contains(row), "{row}");
    }
    assert!(std::fs::read_to_string(home.path("days.svg")).unwrap().starts_with("<svg"));
    let again =
        |more: &[&str]| home.run(&[&["metrics", "friends", "--html", "new.html", "--svg", "days.svg"], more].concat());
    assert!(err(&again(&[])).contains("`days.svg` is there already"));
    assert!(!home.path("new.html").exists());
    well(&again(&["--replace"]));
}

/// The browser, where there is one. Who names one by `CHROMIUM` means that it is there.
fn chromium() -> Option<PathBuf> {
    match std::env::var_os("CHROMIUM") {
        Some(named) if named == "none" => return None,
        Some(named) => return Some(PathBuf::from(named)),
        None => {}
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = files.find(|file| file.is_file());
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(found.is_some() || !is_ci, "no Chromium: install the package `chromium`, or say `CHROMIUM=none`");
    found
}

/// What a picture shows of the colours of the three lines: on how many points, and on how many rows of points.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    points: [usize; 3],
    rows: [usize; 3],
}

impl Shown {
    /// Whether there are lines that go up. A chart of nothing has lines too: flat ones, one over the other.
    fn is_a_program(&self) -> bool {
        self.points.iter().all(|points| *points > 200) && self.rows[0] > 150
    }
}

/// Opens a page and takes a picture of it.
fn seen(chromium: &Path, home: &Home, page: &str, name: &str) -> Shown {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&picture);
    let quiet = ["background-networking", "component-update", "quic", "sync", "gpu", "dev-shm-usage"];
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars", "--window-size=1000,1700"]);
    command.args(quiet.iter().map(|what| format!("--disable-{what}")));
    command.arg(format!("--user-data-dir={}", home.path("browser").display()));
    command.arg(format!("--screenshot={}", picture.display()));
    let output = command.arg(format!("file://{}", home.path(page).display())).output().unwrap();
    assert!(picture.is_file(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&picture).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    let rows = bytes[..frame.buffer_size()].chunks_exact(frame.line_size);
    let of =
        |row: &[u8], colour| row.chunks_exact(frame.color_type.samples()).filter(|point| point[..3] == colour).count();
    let counts = COLOURS.map(|colour| rows.clone().map(|row| of(row, colour)).collect::<Vec<_>>());
    let shown = Shown {
        points: [0, 1, 2].map(|line| counts[line].iter().sum()),
        rows: [0, 1, 2].map(|line| counts[line].iter().filter(|count| **count > 0).count()),
    };
    println!("{}: {shown:?}", picture.display());
    shown
}

#[test]
fn a_headless_browser_shows_the_charts() {
    let Some(chromium) = chromium() else {
        println!("skipped: no Chromium");
        return;
    };
    let home = Home::with_program();
    let page = report(&home);
    let shown = seen(&chromium, &home, "report.html", "report.png");
    assert!(shown.is_a_program(), "{shown:?}");
    // A page without its charts has none of their colours: they are what was seen.
    let mut without = String::new();
    for (index, part) in page.split("<figure>").enumerate() {
        without.push_str(if index == 0 { part } else { part.split("</figure>").nth(1).unwrap() });
    }
    home.write("without.html", &without);
    let control = seen(&chromium, &home, "without.html", "without.png");
    assert_eq!(control, Shown { points: [0; 3], rows: [0; 3] });
    // Charts of a campaign in which nothing happened are not taken for a program.
    let idle = Home::new();
    well(&idle.run(&["campaign", "define", "friends.toml"]));
    report(&idle);
    let control = seen(&chromium, &idle, "report.html", "idle.png");
    assert!(!control.is_a_program() && control.points[2] > 200, "{control:?}");
}
