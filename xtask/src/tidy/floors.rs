//! The core is a house with floors: a module imports only from modules that `lib.rs` lists before it.

use proc_macro2::{Delimiter, TokenTree};

use super::tokens::{is_group, is_punct, is_test_file, line, name, outside_tests, strip};
use super::{Finding, rust};
use crate::project::Source;

const CORE: &str = "referral-core/src/";

/// Every import that climbs.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let Some(lib) = sources.iter().find(|source| source.path.strip_prefix(CORE) == Some("lib.rs")) else {
        return vec![Finding::new(CORE, 1, "no `lib.rs` that lists the modules")];
    };
    let floors = listed(&lib.text);
    let files = rust(sources).filter(|source| !is_test_file(&source.path) && source.path != lib.path);
    files
        .filter_map(|source| Some((source, module_path(&source.path)?)))
        .flat_map(|(s, m)| climbs(s, m, &floors))
        .collect()
}

/// The modules of `lib.rs`, in order.
fn listed(lib: &str) -> Vec<String> {
    let tokens = outside_tests(lib);
    let pairs = tokens.iter().zip(tokens.iter().skip(1));
    pairs
        .filter(|(word, _)| name(Some(word)).as_deref() == Some("mod"))
        .filter_map(|(_, next)| name(Some(next)))
        .collect()
}

/// `referral-core/src/value/id.rs` is `[value, id]`, and `value/mod.rs` is `[value]`.
fn module_path(path: &str) -> Option<Vec<String>> {
    let inside = path.strip_prefix(CORE)?.strip_suffix(".rs")?;
    let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    Some(module)
}

fn climbs(source: &Source, module: Vec<String>, floors: &[String]) -> Vec<Finding> {
    let mut walk = Walk { module, imports: Vec::new() };
    walk.read(&outside_tests(&source.text));
    let own = walk.module.first().cloned().unwrap_or_default();
    let Some(own_floor) = floors.iter().position(|floor| *floor == own) else {
        return vec![Finding::new(&source.path, 1, format!("`lib.rs` does not list the module `{own}`"))];
    };
    let refuse = |(target, line): (String, usize)| {
        let problem = match floors.iter().position(|floor| *floor == target) {
            Some(floor) if floor <= own_floor => return None,
            Some(_) => format!("`{own}` imports from `{target}`, which `lib.rs` lists after it"),
            None => format!("`crate::{target}` names no module of `lib.rs`: import from the module that defines it"),
        };
        Some(Finding::new(&source.path, line, problem))
    };
    walk.imports.into_iter().filter_map(refuse).collect()
}

/// Collects the top-level names that paths lead to.
struct Walk {
    module: Vec<String>,
    imports: Vec<(String, usize)>,
}

impl Walk {
    fn read(&mut self, tokens: &[TokenTree]) {
        let mut rest = tokens;
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match name(Some(token)).as_deref() {
                Some("mod") if after.get(1).is_some_and(|next| is_group(next, Delimiter::Brace)) => {
                    rest = self.read_inner_module(after);
                }
                Some("crate") => rest = self.read_root(after),
                Some("super") => rest = self.read_super(after),
                _ => {
                    if let TokenTree::Group(group) = token {
                        self.read(&strip(group.stream()));
                    }
                }
            }
        }
    }

    /// `name { … }` after `mod`.
    fn read_inner_module<'a>(&mut self, after: &'a [TokenTree]) -> &'a [TokenTree] {
        self.module.extend(name(after.first()));
        if let Some(TokenTree::Group(group)) = after.get(1) {
            self.read(&strip(group.stream()));
        }
        self.module.pop();
        after.get(2..).unwrap_or_default()
    }

    /// `super` as often as it stands; at the root, what follows is a top-level name.
    fn read_super<'a>(&mut self, mut after: &'a [TokenTree]) -> &'a [TokenTree] {
        let mut ups = 1;
        while let Some(further) = after_colons(after).and_then(|next| next.split_first()) {
            if name(Some(further.0)).as_deref() != Some("super") {
                break;
            }
            ups += 1;
            after = further.1;
        }
        if ups < self.module.len() { after } else { self.read_root(after) }
    }

    /// `::name`, `::{name, name}` or `::*` after the root of the crate.
    fn read_root<'a>(&mut self, after: &'a [TokenTree]) -> &'a [TokenTree] {
        let Some((first, rest)) = after_colons(after).and_then(<[TokenTree]>::split_first) else { return after };
        match first {
            TokenTree::Group(group) => {
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in tokens.split(|token| is_punct(token, ',')) {
                    self.imports.extend(part.first().map(|token| (token.to_string(), line(token))));
                }
            }
            token => self.imports.push((token.to_string(), line(token))),
        }
        rest
    }
}

fn after_colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [first, second, rest @ ..] if is_punct(first, ':') && is_punct(second, ':') => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{lines, sample};
    use super::*;

    const LIB: &str = "/// a\npub mod error;\nmod value;\npub mod rule;\n#[cfg(test)]\nmod fixtures;\n";

    fn findings(path: &str, text: &str) -> Vec<String> {
        lines(&check(&[sample("referral-core/src/lib.rs", LIB), sample(path, text)]))
    }

    #[test]
    fn an_import_from_a_later_module_is_flagged() {
        let later = "`value` imports from `rule`, which `lib.rs` lists after it";
        let cases = [
            "use crate::rule::Condition;",
            "use crate::{error::Error, rule};",
            "fn f() { let x = crate::rule::X; }",
            "fn f() { vec![$crate::rule::X]; }",
            "use super::super::rule;",
            "mod inner { use super::super::super::rule; }",
        ];
        for text in cases {
            assert_eq!(
                findings("referral-core/src/value/id.rs", text),
                [format!("referral-core/src/value/id.rs:1: {later}")],
                "{text}"
            );
        }
        assert_eq!(
            findings("referral-core/src/value.rs", "\nuse super::rule;"),
            [format!("referral-core/src/value.rs:2: {later}")]
        );
    }

    #[test]
    fn a_detour_over_the_root_is_flagged() {
        for text in ["use crate::Error;", "use crate::*;"] {
            assert_eq!(findings("referral-core/src/value/mod.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_module_that_is_not_listed_is_flagged() {
        assert_eq!(findings("referral-core/src/lost.rs", "").len(), 1);
    }

    #[test]
    fn imports_from_earlier_modules_and_in_tests_pass() {
        let cases = [
            "use crate::error::Error; use crate::value::Day; use super::time; use super::super::error;",
            "use crate::{error::{Error, Result}, value::Day};",
            "#[cfg(test)] mod tests { use crate::rule::X; }",
            "pub(crate) fn f() {} pub(super) fn g() {} pub(in crate::value) fn h() {}",
            "mod inner { use super::super::time; }",
        ];
        for text in cases {
            assert_eq!(findings("referral-core/src/value/id.rs", text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(findings("referral-core/src/value/tests.rs", "use crate::rule::X;"), Vec::<String>::new());
    }
}
