//! Names that are near one that was mistyped.

/// `is it …?` with the names that are near; what else to do, if none is.
pub(crate) fn near<'n>(typed: &str, names: impl Iterator<Item = &'n str>, else_do: &str) -> String {
    // A third of the letters may be wrong.
    let most = typed.chars().count().div_ceil(3);
    let names = names.map(|name| (strsim::damerau_levenshtein(name, typed), name));
    let mut near: Vec<_> = names.filter(|(distance, _)| *distance <= most).collect();
    near.sort_unstable();
    let near: Vec<_> = near.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    if near.is_empty() { else_do.to_owned() } else { format!("is it {}?", near.join(" or ")) }
}
