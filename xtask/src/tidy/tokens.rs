//! Rust tokens without what only tests see.
//!
//! Tokens and not a syntax tree, because the inside of a macro is tokens only, and it must obey too.

use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The tokens of `text` without items behind `#[cfg(test)]`; none if it is not Rust, which the compiler reports.
pub(super) fn outside_tests(text: &str) -> Vec<TokenTree> {
    strip(TokenStream::from_str(text).unwrap_or_default())
}

/// The tokens of a group without items behind `#[cfg(test)]`.
pub(super) fn strip(stream: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let marks_test = is_punct(&token, '#') && tokens.peek().is_some_and(is_test_attribute);
        if !marks_test {
            kept.push(token);
            continue;
        }
        // The item ends with its body or with a semicolon.
        tokens.find(|token| is_punct(token, ';') || is_group(token, Delimiter::Brace));
    }
    kept
}

/// `[cfg(test)]`, also inside `all(…)` or `any(…)`, but not `[cfg(not(test))]`.
fn is_test_attribute(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let text = group.stream().to_string();
    let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
    words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not")
}

/// Whether `path` holds tests only.
pub(super) fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

pub(super) fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

pub(super) fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// The name, if the token is one.
pub(super) fn name(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

/// Where the token starts, from 1.
pub(super) fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_items_are_left_out() {
        let cases = [
            ("#[cfg(test)] mod tests { bad } good", "good"),
            ("#[cfg(test)] use a::{b}; good", "; good"),
            ("#[cfg(all(test, unix))] fn f() { bad } good", "good"),
            ("#[cfg(not(test))] fn f() {}", "# [cfg (not (test))] fn f () { }"),
            ("#[test] fn f() {}", "# [test] fn f () { }"),
        ];
        for (text, expected) in cases {
            let kept: TokenStream = outside_tests(text).into_iter().collect();
            let expected = TokenStream::from_str(expected).unwrap();
            assert_eq!(kept.to_string(), expected.to_string(), "{text}");
        }
    }
}
