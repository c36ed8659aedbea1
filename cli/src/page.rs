//! The report as one HTML page that needs nothing but itself: charts are inline, nothing is fetched, nothing runs. Its own
//! policy forbids browsers to do either.

use std::fmt::Write as _;

use crate::failure::Failure;
use crate::metrics::{self, Report};
use crate::motivators;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
const STYLE: &str = "<style>\nbody { font: 15px/1.5 sans-serif; margin: 2rem auto; max-width: 900px; padding: 0 1rem; color: #222; }\n\
    figure { margin: 1.5rem 0; }\nsvg { max-width: 100%; height: auto; }\n\
    table { border-collapse: collapse; margin: 1.5rem 0; }\n\
    th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 1rem 0.25rem 0; text-align: left; }\n</style>\n</head>\n<body>\n";

/// The page.
pub(crate) fn html(report: &Report) -> Result<String, Failure> {
    let title = escaped(&report.title);
    let funnel = &report.funnel;
    let mut page = format!("{HEAD}<title>{title}</title>\n{STYLE}<h1>{title}</h1>\n");
    let days = format!("{} until {} ({})", funnel.from, funnel.until, funnel.zone);
    // Writing to a String cannot fail.
    let _ = writeln!(page, "<p>{}</p>", escaped(&days));
    let charts = [Some(metrics::days(funnel)?), Some(metrics::funnel(report)?), metrics::board(report)?];
    for svg in charts.into_iter().flatten() {
        let _ = writeln!(page, "<figure>{svg}</figure>");
    }
    table(&mut page, ["", "in these days"], metrics::totals(report));
    if !funnel.breakdowns.is_empty() {
        table(&mut page, metrics::BREAKDOWN, funnel.breakdowns.iter().map(metrics::breakdown));
    }
    if let Some(found) = &report.motivators {
        let _ = writeln!(page, "<h2>Versions compared</h2>");
        table(&mut page, motivators::HEAD, found.motivators.iter().map(motivators::row));
        for sentence in motivators::sentences(found) {
            let _ = writeln!(page, "<p>{}</p>", escaped(&sentence));
        }
    }
    let cohorts = &funnel.cohorts;
    if !cohorts.is_empty() {
        let _ = writeln!(page, "<h2>Qualified by month of the lead</h2>");
        table(
            &mut page,
            ["month of the lead", "month of qualifying", "qualified"],
            cohorts.iter().map(metrics::cohort),
        );
    }
    page.push_str("</body>\n</html>\n");
    Ok(page)
}

fn table<const N: usize>(page: &mut String, head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let row = |tag: &str, cells: &[String]| {
        let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    page.push_str("<table>\n");
    page.push_str(&row("th", &head.map(str::to_owned)));
    rows.into_iter().for_each(|cells| page.push_str(&row("td", &cells)));
    page.push_str("</table>\n");
}

/// A text that is nothing but text in HTML, in elements and in attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped() {
        let mut page = String::new();
        table(&mut page, ["<b>"], [["<script>\"'&".to_owned()]]);
        assert_eq!(
            page,
            "<table>\n<tr><th>&lt;b&gt;</th></tr>\n<tr><td>&lt;script&gt;&quot;&#39;&amp;</td></tr>\n</table>\n"
        );
    }
}
