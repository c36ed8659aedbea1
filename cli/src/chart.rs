//! Charts as SVG. Knows nothing of referrals: numbers and their names come in, a drawing goes out.
//!
//! A drawing refers to nothing outside itself. The library escapes texts; a test holds it to that.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::failure::Failure;

/// The colours, one after the other: distinguishable also by those who see few.
pub(crate) const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(230, 159, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167)];

const WIDTH: u32 = 880;
const LINES_HIGH: u32 = 340;
const BAR_HIGH: u32 = 34;

/// Numbers under a name.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<i64>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Lines over the same row of places, such as days.
pub(crate) fn lines(title: &str, places: &[String], series: &[Series]) -> Result<String, Failure> {
    draw(LINES_HIGH, |area| draw_lines(area, title, places, series))
}

/// A bar for each row.
pub(crate) fn bars(title: &str, rows: &[(String, i64)]) -> Result<String, Failure> {
    let high = u32::try_from(rows.len().max(1)).unwrap_or(1).saturating_mul(BAR_HIGH).saturating_add(80);
    draw(high, |area| draw_bars(area, title, rows))
}

fn draw(high: u32, with: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, Failure> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, high)).into_drawing_area();
    let drawn = with(&area).and_then(|()| Ok(area.present()?));
    drop(area);
    drawn.map_err(|error| Failure::new("chart", error.to_string()))?;
    Ok(svg)
}

fn colour(index: usize) -> RGBColor {
    COLOURS.iter().cycle().nth(index).copied().unwrap_or(BLACK)
}

/// A little more than the greatest value, so that nothing touches the frame.
fn above(values: impl Iterator<Item = i64>) -> i64 {
    let most = values.max().unwrap_or(0).max(1);
    most.saturating_add(most / 10).saturating_add(1)
}

fn draw_lines(area: &Area<'_>, title: &str, places: &[String], series: &[Series]) -> Drawn {
    let end = i64::try_from(places.len().saturating_sub(1))?.max(1);
    let top = above(series.iter().flat_map(|one| &one.values).copied());
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 20))
        .margin(14)
        .x_label_area_size(34)
        .y_label_area_size(64)
        .build_cartesian_2d(0..end, 0..top)?;
    let name = |place: &i64| usize::try_from(*place).ok().and_then(|place| places.get(place)).cloned();
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(1)
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&|place| name(place).unwrap_or_default())
        .draw()?;
    for (index, one) in series.iter().enumerate() {
        let style = colour(index).stroke_width(3);
        let points = (0..).zip(one.values.iter().copied());
        chart
            .draw_series(LineSeries::new(points, style).point_size(2))?
            .label(one.name.clone())
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], style));
    }
    // What grows leaves this corner free.
    let corner = SeriesLabelPosition::UpperLeft;
    chart.configure_series_labels().position(corner).background_style(WHITE).border_style(BLACK).draw()?;
    Ok(())
}

fn draw_bars(area: &Area<'_>, title: &str, rows: &[(String, i64)]) -> Drawn {
    let count = i64::try_from(rows.len())?.max(1);
    let top = above(rows.iter().map(|(_, value)| *value));
    // A tenth of a row stays free above and below its bar.
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 20))
        .margin(14)
        .x_label_area_size(24)
        .y_label_area_size(170)
        .build_cartesian_2d(0..top, 0..count * 10)?;
    chart.configure_mesh().disable_y_mesh().disable_y_axis().max_light_lines(1).x_labels(8).draw()?;
    let ends = |index: usize| -> (i64, i64) {
        let from_top = count - 1 - i64::try_from(index).unwrap_or(0);
        (from_top * 10 + 1, from_top * 10 + 9)
    };
    let boxes = rows.iter().enumerate().map(|(index, (_, value))| {
        let (low, high) = ends(index);
        Rectangle::new([(0, low), ((*value).max(0), high)], colour(0).filled())
    });
    chart.draw_series(boxes)?;
    let style = ("sans-serif", 14).into_font().color(&BLACK);
    for (index, (name, value)) in rows.iter().enumerate() {
        let (low, high) = ends(index);
        let place = chart.backend_coord(&(0, (low + high) / 2));
        let text: String = format!("{name}: {value}").chars().take(26).collect();
        area.draw_text(&text, &style, (14, place.1 - 7))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn texts_are_escaped_and_nothing_is_referred_to() {
        let hostile = "</text><script>alert(1)</script>&\"'";
        let series = [Series { name: hostile.to_owned(), values: vec![1, 2] }];
        let drawings = [
            lines(hostile, &[hostile.to_owned(), hostile.to_owned()], &series).unwrap(),
            bars(hostile, &[(hostile.to_owned(), 3)]).unwrap(),
        ];
        for svg in drawings {
            assert!(svg.contains("&lt;script&gt;"), "{svg}");
            assert!(!svg.contains("<script"), "{svg}");
            assert!(!svg.contains("href") && !svg.contains("url("), "{svg}");
        }
    }

    #[test]
    fn nothing_one_thing_and_the_greatest_number_can_be_drawn() {
        for values in [vec![], vec![0], vec![i64::MAX / 4, 1]] {
            let places: Vec<String> = values.iter().map(ToString::to_string).collect();
            let rows: Vec<(String, i64)> = places.iter().cloned().zip(values.iter().copied()).collect();
            let svg = lines("t", &places, &[Series { name: "n".to_owned(), values }]).unwrap();
            assert!(svg.ends_with("</svg>\n"), "{svg}");
            assert!(bars("t", &rows).unwrap().contains("<svg"));
        }
    }
}
