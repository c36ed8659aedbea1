//! Tells what a file is that is not UTF-8, by its first bytes, so that it can be refused by name.

/// The mark that some programs put in front of UTF-8.
pub(crate) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What begins like this. The longer beginnings first: that of UTF-32 begins like that of UTF-16.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\xFF\xFE\0\0", "UTF-32 (little-endian)"),
    (b"\0\0\xFE\xFF", "UTF-32 (big-endian)"),
    (b"\xFF\xFE", "UTF-16 (little-endian)"),
    (b"\xFE\xFF", "UTF-16 (big-endian)"),
    (b"\x84\x31\x95\x33", "GB 18030"),
    (b"\xDD\x73\x66\x73", "UTF-EBCDIC"),
    (b"\x0E\xFE\xFF", "SCSU"),
    (b"\xFB\xEE\x28", "BOCU-1"),
    (b"\xF7\x64\x4C", "UTF-1"),
    (b"+/v8", "UTF-7"),
    (b"+/v9", "UTF-7"),
    (b"+/v+", "UTF-7"),
    (b"+/v/", "UTF-7"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet"),
    (b"\xD0\xCF\x11\xE0", "an old spreadsheet"),
    (b"\x1F\x8B", "compressed (gzip)"),
    (b"BZh", "compressed (bzip2)"),
    (b"\xFD7zXZ\0", "compressed (xz)"),
    (b"\x28\xB5\x2F\xFD", "compressed (Zstandard)"),
    (b"7z\xBC\xAF", "an archive (7z)"),
    (b"%PDF-", "a PDF"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"PAR1", "a Parquet file"),
];

/// What a file with this beginning is, if it is not UTF-8.
pub(crate) fn other_than_utf8(head: &[u8]) -> Option<&'static str> {
    let by_mark = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|(_, name)| *name);
    by_mark.or_else(|| by_zeros(head))
}

/// UTF-16 and UTF-32 without a mark: Latin text has zeros at every second place, or at three of four.
fn by_zeros(head: &[u8]) -> Option<&'static str> {
    let zeros = |at: usize, step: usize| {
        let mut places = head.iter().skip(at).step_by(step).take(8).peekable();
        places.peek().is_some() && places.all(|byte| *byte == 0)
    };
    let letters = |at: usize, step: usize| head.iter().skip(at).step_by(step).take(8).all(|byte| *byte != 0);
    if head.len() < 4 {
        return None;
    }
    match () {
        () if letters(0, 4) && zeros(1, 4) && zeros(2, 4) && zeros(3, 4) => Some("UTF-32 (little-endian)"),
        () if letters(3, 4) && zeros(0, 4) && zeros(1, 4) && zeros(2, 4) => Some("UTF-32 (big-endian)"),
        () if letters(0, 2) && zeros(1, 2) => Some("UTF-16 (little-endian)"),
        () if letters(1, 2) && zeros(0, 2) => Some("UTF-16 (big-endian)"),
        () => None,
    }
}

/// What bytes that are not UTF-8 most likely are.
pub(crate) fn guess(bytes: &[u8]) -> &'static str {
    match bytes.first() {
        Some(0x80..=0x9F) => "Windows-1252 or another encoding",
        Some(0xA0..=0xFF) => "ISO 8859-1, Windows-1252 or another encoding",
        _ => "another encoding",
    }
}
