//! Pictures are read back by a decoder that knows nothing of how they were made.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::Cursor;

use referral_qr::{QrCode, QrError};
use rqrr::PreparedImage;

fn texts() -> Vec<String> {
    let link = "https://go.shop.example/AQEAAAAHAQIDBAUGBwgAOM0AAAABq83vASNFZ4mrze8";
    let claim = "https://go.shop.example/AgAAAAAHq83vASNFZ4mrze8";
    let odd = "https://go.shop.example/?q=Tom%20%26%20J&x=+#é 😀";
    [link, claim, odd, "1", "SUMMER-2027"].map(str::to_owned).into_iter().chain(["x".repeat(600)]).collect()
}

/// What stands in a picture of grey pixels.
fn read(side: usize, grey: impl FnMut(usize, usize) -> u8) -> Vec<String> {
    let mut image = PreparedImage::prepare_from_greyscale(side, side, grey);
    image.detect_grids().into_iter().map(|grid| grid.decode().unwrap().1).collect()
}

/// The pixels of a PNG, a byte each.
fn pixels(picture: &[u8]) -> (usize, Vec<u8>) {
    let mut decoder = png::Decoder::new(Cursor::new(picture));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut data).unwrap();
    assert_eq!((frame.width, frame.color_type), (frame.height, png::ColorType::Grayscale));
    (frame.width as usize, data)
}

/// The pixels of an SVG whose path is made of rectangles, four a unit; everything else in it must be as expected.
fn rasterised(svg: &str) -> (usize, Vec<u8>) {
    let between =
        |text: &str, from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    let side: usize = between(svg, "viewBox=\"0 0 ", " ").parse().unwrap();
    let path = between(svg, "<path d=\"", "\"");
    let pixels = side * 4;
    let mut data = vec![255; pixels * pixels];
    for run in path.split('z').filter(|run| !run.is_empty()) {
        let (start, length) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (column, row) = start.split_once(' ').unwrap();
        let (column, row): (usize, usize) = (column.parse().unwrap(), row.parse().unwrap());
        let (length, back) = length.split_once("v1h-").unwrap();
        assert_eq!(length, back);
        let length: usize = length.parse().unwrap();
        for y in row * 4..row * 4 + 4 {
            data[y * pixels + column * 4..y * pixels + (column + length) * 4].fill(0);
        }
    }
    (pixels, data)
}

#[test]
fn a_png_is_read_back_as_the_text_that_was_drawn() {
    for text in texts() {
        for scale in [2, 3, 8, 11] {
            let (side, data) = pixels(&QrCode::new(&text).unwrap().png(scale).unwrap());
            assert_eq!(read(side, |x, y| data[y * side + x]), vec![text.clone()], "{scale}");
        }
    }
}

#[test]
fn an_svg_is_read_back_as_the_text_that_was_drawn_and_holds_nothing_else() {
    for text in texts() {
        let svg = QrCode::new(&text).unwrap().svg();
        let (side, data) = rasterised(&svg);
        assert_eq!(read(side, |x, y| data[y * side + x]), vec![text.clone()]);
        assert!(svg.ends_with("\"/></svg>") && !svg.contains("script") && svg.matches('<').count() == 4, "{svg}");
    }
}

#[test]
fn a_code_with_its_middle_blotted_out_is_still_read_and_without_a_corner_is_not() {
    let text = &texts()[0];
    let code = QrCode::new(text).unwrap();
    let (side, data) = pixels(&code.png(4).unwrap());
    let blot = |from: usize, to: usize| {
        let inside = move |place: usize| (from..to).contains(&place);
        read(side, |x, y| if inside(x) && inside(y) { 255 } else { data[y * side + x] })
    };
    let middle = side / 2;
    assert_eq!(blot(middle - 12, middle + 12), vec![text.clone()]);
    assert_eq!(blot(0, 48), Vec::<String>::new());
}

#[test]
fn four_modules_around_a_code_stay_light() {
    let code = QrCode::new("https://go.shop.example/AQ").unwrap();
    let side = code.modules();
    let edge = |place: usize| place < 4 || place >= side - 4;
    for row in 0..side {
        for column in 0..side {
            assert!(!(code.is_dark(column, row) && (edge(row) || edge(column))), "{column} {row}");
        }
    }
    assert!(code.is_dark(4, 4) && code.is_dark(side - 5, 4) && !code.is_dark(side, side));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    assert_eq!(QrCode::new("").unwrap_err(), QrError::Empty);
    assert_eq!(QrCode::new(&"é".repeat(2_000)).unwrap_err(), QrError::TooLong);
    let code = QrCode::new("x").unwrap();
    for scale in [0, 33, u32::MAX] {
        assert_eq!(code.png(scale).unwrap_err(), QrError::Scale(scale));
    }
    assert!(!format!("{code:?}").contains('x'));
}
