//! What must hold of an event for a rule to apply.

use super::path::{Path, scalar};
use super::take::Scope;

/// A test of something in the event, or of a constant of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) of: Subject,
    pub(crate) test: Test,
}

/// What is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Path(Path),
    /// The first of several that is there.
    First(Vec<Path>),
    Constant(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// One of these.
    In(Vec<String>),
    /// There, and none of these; or not there.
    NotIn(Vec<String>),
    /// One of the list with this name.
    InList(String),
    /// There, and none of the list with this name; or not there.
    NotInList(String),
    /// There or not.
    Present(bool),
    /// There, and no whole number that is at most this one. What is no such number at all is left to the field that takes it,
    /// which refuses it by name.
    Above(i64),
}

impl Condition {
    pub(crate) fn holds(&self, scope: Scope<'_>) -> bool {
        let found = match &self.of {
            Subject::Path(path) => path.find(scope.place),
            Subject::First(paths) => paths.iter().find_map(|path| path.find(scope.place)),
            Subject::Constant(name) => scope.names.constant(name),
        };
        let text = found.and_then(scalar);
        let listed = |list: &str, text: &String| scope.names.lists.get(list).is_some_and(|list| list.contains(text));
        match &self.test {
            Test::In(values) => text.is_some_and(|text| values.contains(&text)),
            Test::NotIn(values) => text.is_none_or(|text| !values.contains(&text)),
            Test::InList(list) => text.is_some_and(|text| listed(list, &text)),
            Test::NotInList(list) => text.is_none_or(|text| !listed(list, &text)),
            Test::Present(wanted) => found.is_some() == *wanted,
            Test::Above(least) => {
                found.is_some() && text.and_then(|text| text.parse::<i64>().ok()).is_none_or(|number| number > *least)
            }
        }
    }
}
