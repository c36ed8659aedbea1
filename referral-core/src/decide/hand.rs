//! What is kept of a hand: who did something, and why.

use crate::error::Error;

const LONGEST_TEXT: usize = 255;

/// A text of a hand, if it is within its bounds.
pub(super) fn text(field: &'static str, text: Option<&String>) -> Result<Option<String>, Error> {
    match text {
        Some(text) if text.len() > LONGEST_TEXT || text.contains(char::is_control) => {
            Err(Error::command(field, "has at most 255 bytes, none of them a control character"))
        }
        text => Ok(text.cloned()),
    }
}
