//! Cuts the text of a condition into tokens. Knows no grammar.

use super::place::{Fault, Span};
use crate::quote::quoted;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name: a part of a field path, a function, a method.
    Name(String),
    /// Digits. The sign is a token of its own.
    Int(u64),
    /// The content of a string, escapes resolved.
    Text(String),
    /// An operator, a bracket, or one of the words `in`, `true`, `false`.
    Sign(&'static str),
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: [&str; 17] = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "(", ")", "[", "]", ",", "."];

/// The words of CEL that are no names. Those that mean something here are signs.
const RESERVED: [&str; 20] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "var",
    "void",
    "while",
    "in",
    "true",
];

/// Whether `word` may not be the name of a field.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word) || ["false", "and", "or", "not"].contains(&word)
}

/// The tokens of `text`, each with its place.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let Some(first) = lexer.peek() else { return Ok(tokens) };
        let token = lexer.token(first)?;
        tokens.push((token, Span::new(start, lexer.at)));
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn fault(&self, start: usize, problem: impl Into<String>) -> Fault {
        Fault::new(Span::new(start, self.at), problem)
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'));
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn token(&mut self, first: char) -> Result<Token, Fault> {
        match first {
            '0'..='9' => self.number(),
            '\'' | '"' => self.string(first),
            'a'..='z' | 'A'..='Z' | '_' => self.word(),
            _ => self.sign(first),
        }
    }

    fn sign(&mut self, first: char) -> Result<Token, Fault> {
        let rest = self.rest();
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let start = self.at;
        self.next();
        Err(self.fault(
            start,
            match first {
                '=' => "`=` is written `==`".to_owned(),
                '&' => "`&` is written `&&`".to_owned(),
                '|' => "`|` is written `||`".to_owned(),
                '?' | ':' => "there is no `? :` here; write two rules, or `&&` and `||`".to_owned(),
                '*' | '/' | '%' => format!("there is no `{first}` here"),
                other => format!("{} has no meaning here", quoted(&other.to_string())),
            },
        ))
    }

    fn word(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if matches!(self.peek(), Some('\'' | '"')) {
            return Err(self.fault(start, format!("strings with the prefix {} are not supported", quoted(word))));
        }
        let problem = match word {
            "in" => return Ok(Token::Sign("in")),
            "true" => return Ok(Token::Sign("true")),
            "false" => return Ok(Token::Sign("false")),
            "and" => "`and` is written `&&`",
            "or" => "`or` is written `||`",
            "not" => "`not` is written `!`",
            "null" => "there is no `null` here; ask `has(field)`",
            _ if is_reserved(word) => "",
            _ => return Ok(Token::Name(word.to_owned())),
        };
        if problem.is_empty() {
            return Err(self.fault(start, format!("`{word}` is a reserved word")));
        }
        Err(self.fault(start, problem))
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let digits = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        let fraction = self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if fraction {
            return Err(self.fault(start, "numbers are whole here; money is written `money('1.50 EUR')`"));
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(self.fault(start, format!("{} begins with a zero; numbers are decimal here", quoted(digits))));
        }
        if let Some(odd) = digits.chars().find(|c| !c.is_ascii_digit()) {
            return Err(self.fault(start, format!("`{odd}` does not belong in the number {}", quoted(digits))));
        }
        let number =
            digits.parse().map_err(|_| self.fault(start, format!("the number {} is too large", quoted(digits))))?;
        Ok(Token::Int(number))
    }

    fn string(&mut self, quote: char) -> Result<Token, Fault> {
        let start = self.at;
        if ["'''", "\"\"\""].iter().any(|triple| self.rest().starts_with(triple)) {
            return Err(self.fault(start, "strings in triple quotes are not supported"));
        }
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(Token::Text(text)),
                Some('\\') => text.push(self.escape()?),
                None | Some('\n' | '\r') => {
                    return Err(Fault::new(Span::new(start, start + 1), "the string is not closed"));
                }
                Some(c) => text.push(c),
            }
        }
    }

    /// What stands after a backslash, as CEL has it.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at.saturating_sub(1);
        let first = self.next();
        let (digits, radix) = match first {
            Some(c @ ('\\' | '?' | '"' | '\'' | '`')) => return Ok(c),
            Some('a') => return Ok('\u{7}'),
            Some('b') => return Ok('\u{8}'),
            Some('f') => return Ok('\u{c}'),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('v') => return Ok('\u{b}'),
            Some('x' | 'X') => (2, 16),
            Some('u') => (4, 16),
            Some('U') => (8, 16),
            Some('0'..='3') => {
                self.at -= 1;
                (3, 8)
            }
            _ => return Err(self.fault(start, "this escape is not known")),
        };
        let mut code = 0_u32;
        for _ in 0..digits {
            let digit = self.next().and_then(|c| c.to_digit(radix));
            let Some(digit) = digit else { return Err(self.fault(start, "this escape lacks digits")) };
            code = code.wrapping_mul(radix).wrapping_add(digit);
        }
        char::from_u32(code).ok_or_else(|| self.fault(start, "this escape names no character"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Token {
        let mut tokens = tokens(text).unwrap();
        assert_eq!(tokens.len(), 1, "{text}");
        tokens.remove(0).0
    }

    #[test]
    fn strings_know_the_escapes_of_cel() {
        for (text, meant) in [
            (r"'a\'b'", "a'b"),
            (r#""a\"b'""#, "a\"b'"),
            (r"'\\ \? \` \n\t'", "\\ ? ` \n\t"),
            (r"'\x41\101\u00e9\U0001F600'", "AAé😀"),
            (r"'\a\b\f\v\r'", "\u{7}\u{8}\u{c}\u{b}\r"),
        ] {
            assert_eq!(only(text), Token::Text(meant.into()), "{text}");
        }
    }

    #[test]
    fn what_cel_has_and_we_lack_is_named() {
        for (text, part) in [
            ("a = b", "`==`"),
            ("a & b", "`&&`"),
            ("a | b", "`||`"),
            ("a ? b : c", "`? :`"),
            ("a * b", "`*`"),
            ("1.5", "money("),
            ("5u", "`u`"),
            ("0x1F", "zero"),
            ("99999999999999999999", "too large"),
            ("r'x'", "prefix `r`"),
            ("'''x'''", "triple"),
            ("'x", "not closed"),
            ("'x\n'", "not closed"),
            (r"'\q'", "escape"),
            (r"'\ud800'", "no character"),
            (r"'\x4'", "lacks digits"),
            ("null", "has("),
            ("a and b", "`&&`"),
            ("while", "reserved"),
            ("ä", "no meaning"),
        ] {
            let fault = tokens(text).unwrap_err();
            assert!(fault.problem.contains(part), "{text}: {}", fault.problem);
        }
    }

    #[test]
    fn comments_and_blanks_separate_tokens() {
        let tokens = tokens("a // why\n  && b").unwrap();
        let kinds: Vec<_> = tokens.into_iter().map(|(token, span)| (token, span.start)).collect();
        assert_eq!(kinds, [(Token::Name("a".into()), 0), (Token::Sign("&&"), 11), (Token::Name("b".into()), 14)]);
    }
}
