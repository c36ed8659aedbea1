//! A function fits a screen, a file one sitting.

use syn::visit::Visit;

use super::{Finding, rust};
use crate::project::Source;

/// Lines of a function from its signature to its closing brace.
const FUNCTION: usize = 60;

/// Lines of a file before its unit tests.
const FILE: usize = 400;

/// Every function and file that is too long.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    rust(sources).flat_map(|source| long_functions(source).into_iter().chain(long_file(source))).collect()
}

fn long_file(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().take_while(|line| !line.starts_with("mod tests")).count();
    let problem = || format!("{lines} lines before the tests; at most {FILE}");
    (lines > FILE).then(|| Finding::new(&source.path, FILE + 1, problem()))
}

fn long_functions(source: &Source) -> Vec<Finding> {
    let mut functions = Functions::default();
    match syn::parse_file(&source.text) {
        Ok(file) => functions.visit_file(&file),
        Err(error) => return vec![Finding::new(&source.path, error.span().start().line, format!("not Rust: {error}"))],
    }
    let long = functions.seen.into_iter().filter(|function| function.lines > FUNCTION);
    long.map(|function| {
        let problem = format!("`{}` has {} lines; at most {FUNCTION}", function.name, function.lines);
        Finding::new(&source.path, function.line, problem)
    })
    .collect()
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

#[derive(Default)]
struct Functions {
    seen: Vec<Function>,
}

impl Functions {
    fn note(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let lines = body.brace_token.span.close().end().line - line + 1;
        self.seen.push(Function { name: signature.ident.to_string(), line, lines });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.note(&function.sig, body);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{lines, sample};
    use super::*;

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_longer_than_a_screen_is_flagged_wherever_it_stands() {
        let cases = [
            (function(61), 1),
            (format!("impl A {{\n{}}}\n", function(61)), 2),
            (format!("trait A {{\n{}}}\n", function(61)), 2),
            (format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(61)), 3),
            (format!("/// What it does.\n#[must_use]\npub {}", function(61)), 3),
        ];
        for (text, line) in cases {
            let expected = format!("a.rs:{line}: `long` has 61 lines; at most 60");
            assert_eq!(lines(&check(&[sample("a.rs", &text)])), [expected]);
        }
        assert_eq!(check(&[sample("a.rs", &function(60))]), []);
    }

    #[test]
    fn a_file_longer_than_a_sitting_is_flagged() {
        let long = "const A: u8 = 1;\n".repeat(401);
        assert_eq!(lines(&check(&[sample("a.rs", &long)])), ["a.rs:401: 401 lines before the tests; at most 400"]);
    }

    #[test]
    fn the_tests_of_a_file_do_not_count() {
        let text =
            format!("{}mod tests {{\n{}}}\n", "const A: u8 = 1;\n".repeat(400), "const B: u8 = 1;\n".repeat(400));
        assert_eq!(check(&[sample("a.rs", &text)]), []);
    }
}
