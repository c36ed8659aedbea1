//! The report as a page: it needs nothing but itself, and a browser shows its charts.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Home, well};

/// The colours of lines: clicks, leads, qualified.
const COLOURS: [[u8; 3]; 3] = [[0, 114, 178], [230, 159, 0], [0, 158, 115]];

fn report(home: &Home) -> String {
    let days = ["--from", "2026-05-01", "--until", "2026-05-11"];
    let told =
        well(&home.run(&[&["metrics", "friends", "--html", "report.html", "--svg", "days.svg"], &days[..]].concat()));
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
    assert!(std::fs::read_to_string(home.path("days.svg")).unwrap().starts_with("<svg"));
}

/// The browser, where there is one. Who names one by `CHROMIUM` means that it is there.
fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut files = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.find(|file| file.is_file())
}

/// Opens a page and takes a picture of it: how many points there are of each colour.
fn seen(chromium: &Path, home: &Home, page: &str, picture: &Path) -> [usize; 3] {
    let quiet = ["background-networking", "component-update", "quic", "sync", "gpu", "dev-shm-usage"];
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars", "--window-size=1000,1700"]);
    command.args(quiet.iter().map(|what| format!("--disable-{what}")));
    command.arg(format!("--user-data-dir={}", home.path("browser").display()));
    command.arg(format!("--screenshot={}", picture.display()));
    let output = command.arg(format!("file://{}", home.path(page).display())).output().unwrap();
    assert!(picture.is_file(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(picture).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    let samples = frame.color_type.samples();
    let points: Vec<&[u8]> = bytes.chunks_exact(samples).collect();
    COLOURS.map(|colour| points.iter().filter(|point| point[..3] == colour).count())
}

#[test]
fn a_headless_browser_shows_the_charts() {
    let Some(chromium) = chromium() else {
        println!("skipped: no Chromium");
        return;
    };
    let home = Home::with_program();
    let page = report(&home);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let picture = folder.join("report.png");
    let _ = std::fs::remove_file(&picture);
    let shown = seen(&chromium, &home, "report.html", &picture);
    println!("screenshot: {}; points of the three lines' colours: {shown:?}", picture.display());
    assert!(shown.iter().all(|points| *points > 200), "{shown:?}");
    // A page without its charts has none of their colours: they are what was seen.
    let mut without = String::new();
    for (index, part) in page.split("<figure>").enumerate() {
        without.push_str(if index == 0 { part } else { part.split("</figure>").nth(1).unwrap() });
    }
    home.write("without.html", &without);
    let control = folder.join("without.png");
    let _ = std::fs::remove_file(&control);
    assert_eq!(seen(&chromium, &home, "without.html", &control), [0, 0, 0]);
}
