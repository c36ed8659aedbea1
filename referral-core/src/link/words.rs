//! What people write for others to see: without what shows nothing, without addresses, and without offensive words.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::share::shown_text;

/// Words that are refused wherever they stand.
const ANYWHERE: [&str; 24] = [
    "ARSCHLOCH",
    "ASSHOLE",
    "BASTARD",
    "BITCH",
    "CABRON",
    "COCKSUCK",
    "CONNARD",
    "ENCULE",
    "FAGGOT",
    "FCK",
    "FUCK",
    "HITLER",
    "HURENSOHN",
    "KKK",
    "MALPARID",
    "MOTHERF",
    "NIGGA",
    "NIGGER",
    "PENDEJO",
    "SALOPE",
    "SCHLAMPE",
    "SIEGHEIL",
    "WICHSER",
    "WICHSE",
];
/// Words that are refused alone. Within other words they are harmless: `Scunthorpe`, `Essex`, `therapist`, `nazionale`.
const ALONE: [&str; 27] = [
    "ANUS", "ARSCH", "ARSE", "ASS", "CRAP", "CUM", "CUNT", "CUNTS", "FAG", "FOTZE", "HURE", "KANAKE", "KYS", "MERDE",
    "MIERDA", "NAZI", "NAZIS", "NEGER", "PISS", "PORN", "PUTA", "PUTAIN", "PUTE", "RAPE", "SHIT", "SLUT", "TWAT",
];

/// Whether a text holds an offensive word, also one that is written with digits for letters or with letters apart: `F.u-C_k`,
/// `5H1T`. It is a list of words in a few languages, so it finds what is plain and not all.
pub(crate) fn is_offensive(text: &str) -> bool {
    let usual = ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_uppercase();
    let read: String = usual.chars().map(read).collect();
    // Digits behind a word are no part of it, so words are looked for in both ways of reading digits.
    [usual, read].iter().any(|text| words(text).iter().any(|word| is_refused(word)))
}

fn is_refused(word: &str) -> bool {
    ALONE.contains(&word) || ANYWHERE.iter().any(|refused| word.contains(refused))
}

/// The words of a text. Letters that stand alone, one behind the other, are a word too.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut apart = String::new();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        if word.chars().count() > 1 {
            words.push(std::mem::take(&mut apart));
            words.push(word.to_owned());
        } else {
            apart.push_str(word);
        }
    }
    words.push(apart);
    words
}

/// The letter that is read in a symbol of a text in upper case.
fn read(symbol: char) -> char {
    match symbol {
        '0' => 'O',
        '1' | '!' | '|' => 'I',
        '3' | '€' => 'E',
        '4' | '@' => 'A',
        '5' | '$' => 'S',
        '7' => 'T',
        '8' => 'B',
        '9' => 'G',
        'V' => 'U',
        other => other,
    }
}

/// A text that a person wrote for others, in one line and cleaned; or what is wrong with it. At most `most` characters.
///
/// # Errors
/// In words: nothing shows, it is too long, it names an address, or it has an offensive word.
pub(crate) fn for_others(text: &str, most: usize) -> Result<String, String> {
    let Some(shown) = shown_text(text) else { return Err("names an address".to_owned()) };
    let length = shown.chars().count();
    if length > most {
        return Err(format!("has {length} characters; {most} are the most"));
    }
    if is_offensive(&shown) {
        return Err("has an offensive word".to_owned());
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offensive_words_are_found_and_places_and_names_are_not() {
        for text in
            ["FUCK-YOU", "fvck2026", "F.u-C_k", "5H1T", "shit", "BIG-CUNT", "n4zi", "ｆｕｃｋ", "best b1tch", "Arsch"]
        {
            assert!(is_offensive(text), "{text}");
        }
        for text in [
            "SCUNTHORPE",
            "ESSEX-2026",
            "THERAPIST",
            "NAZIONALE",
            "SUMMER-ADA",
            "Dickens",
            "Fukuoka",
            "Fuchs",
            "Class-A",
            "Assam",
            "Shitake-Fan",
            "Nigeria",
            "Kassel",
            "Hello, I bought this and love it!",
            "rabbit-chase",
            "of ckeditor",
            "",
        ] {
            assert!(!is_offensive(text), "{text}");
        }
    }

    #[test]
    fn what_is_written_for_others_is_cleaned_or_refused_by_what_is_wrong() {
        assert_eq!(for_others("  I \n love\u{202e} it ", 20).as_deref(), Ok("I love it"));
        assert_eq!(for_others("\u{200b} \n", 20).as_deref(), Ok(""));
        for (text, problem) in [
            ("win at evil.example", "names an address"),
            ("a@b.example", "names an address"),
            ("0123456789012345678901", "has 22 characters; 20 are the most"),
            ("what the f*ck: FCK", "has an offensive word"),
        ] {
            assert_eq!(for_others(text, 20), Err(problem.to_owned()), "{text}");
        }
    }
}
