//! Draws a link as a QR code: SVG for pages and print, PNG for everything else.
//!
//! Pure: it takes text and gives bytes, writes no file and asks nobody. What the text means is no business of its own.
//!
//! ```
//! use referral_qr::QrCode;
//! let code = QrCode::new("https://go.shop.example/AQ-x")?;
//! assert!(code.svg().starts_with("<svg "));
//! assert_eq!(&code.png(8)?[1..4], b"PNG");
//! # Ok::<(), referral_qr::QrError>(())
//! ```

use std::fmt::Write as _;

use qrcode::types::{Color, QrError as EncodeError};
use qrcode::{EcLevel, QrCode as Encoded};
use thiserror::Error as ThisError;

/// So many modules around a code stay light: the standard (ISO/IEC 18004) asks for four.
const QUIET: usize = 4;
/// The widest module of a PNG: the largest code, 177 modules, is then 5,920 pixels wide.
const WIDEST: u32 = 32;

/// Why a code was not drawn.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum QrError {
    /// The text does not fit into the largest code: it has more than 2,331 bytes, some more if it is digits.
    #[error("the text is too long for a QR code")]
    TooLong,
    /// The text is empty.
    #[error("there is no text to encode")]
    Empty,
    /// A module is to be 0 pixels wide, or more than 32.
    #[error("a module is `{0}` pixels wide; it must be 1 to 32")]
    Scale(u32),
    /// The encoder refused the text, or the picture could not be written.
    #[error("the code was not drawn: {0}")]
    NotDrawn(String),
}

/// A text as a grid of dark and light modules, with error correction level M: it is read with 15 % of it damaged.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    /// Row by row, without the margin.
    dark: Vec<bool>,
    width: usize,
}

impl QrCode {
    /// Encodes a text: most often the URL of a link.
    ///
    /// # Errors
    /// [`QrError::Empty`] and [`QrError::TooLong`].
    pub fn new(text: &str) -> Result<Self, QrError> {
        if text.is_empty() {
            return Err(QrError::Empty);
        }
        let code = Encoded::with_error_correction_level(text, EcLevel::M).map_err(|error| match error {
            EncodeError::DataTooLong => QrError::TooLong,
            other => QrError::NotDrawn(other.to_string()),
        })?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { dark, width: code.width() })
    }

    /// How many modules it is wide and high, the light margin of four on each side included.
    #[must_use]
    pub fn modules(&self) -> usize {
        self.width + 2 * QUIET
    }

    /// Whether the module in this column and row is dark. Outside everything is light.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = |place: usize| place.checked_sub(QUIET).filter(|place| *place < self.width);
        let (Some(column), Some(row)) = (inside(column), inside(row)) else { return false };
        self.dark.get(row * self.width + column).copied().unwrap_or_default()
    }

    /// An SVG picture, black on white, one unit a module; it has no size of its own and no text in it, the encoded one
    /// least of all, so that it can stand inside any page.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.modules();
        let mut path = String::new();
        for row in 0..side {
            let mut column = 0;
            while column < side {
                let run = (column..side).take_while(|place| self.is_dark(*place, row)).count();
                if run > 0 {
                    let _ = write!(path, "M{column} {row}h{run}v1h-{run}z");
                }
                column += run + 1;
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
        )
    }

    /// A PNG picture, black on white, `module_pixels` wide a module: 8 does for screens, 16 for print.
    ///
    /// # Errors
    /// [`QrError::Scale`] unless it is 1 to 32.
    pub fn png(&self, module_pixels: u32) -> Result<Vec<u8>, QrError> {
        if !(1..=WIDEST).contains(&module_pixels) {
            return Err(QrError::Scale(module_pixels));
        }
        let scale = module_pixels as usize;
        let side = self.modules() * scale;
        let failed = |problem: &dyn std::fmt::Display| QrError::NotDrawn(problem.to_string());
        let pixels = u32::try_from(side).map_err(|problem| failed(&problem))?;
        let mut data = Vec::with_capacity(side.div_ceil(8) * side);
        for row in 0..self.modules() {
            let line = self.line(row, scale, side);
            for _ in 0..scale {
                data.extend_from_slice(&line);
            }
        }
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, pixels, pixels);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().map_err(|problem| failed(&problem))?;
        writer.write_image_data(&data).map_err(|problem| failed(&problem))?;
        writer.finish().map_err(|problem| failed(&problem))?;
        Ok(picture)
    }

    /// One line of pixels, a bit each, the leftmost highest; 1 is white.
    fn line(&self, row: usize, scale: usize, side: usize) -> Vec<u8> {
        let byte = |index: usize| {
            (0..8).fold(0_u8, |bits, bit| {
                let pixel = index * 8 + bit;
                let white = pixel >= side || !self.is_dark(pixel / scale, row);
                bits << 1 | u8::from(white)
            })
        };
        (0..side.div_ceil(8)).map(byte).collect()
    }
}

/// It never prints what it holds: a link may stand for a person.
impl std::fmt::Debug for QrCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QrCode").field("modules", &self.modules()).finish_non_exhaustive()
    }
}
