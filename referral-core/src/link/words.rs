//! What people write for others to see: without what shows nothing, without addresses, and without offensive words.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::share::shown_words;

/// Words that are refused wherever they stand.
const ANYWHERE: [&str; 22] = [
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
    "PENDEJO",
    "SCHLAMPE",
    "SIEGHEIL",
    "WICHSER",
    "WICHSE",
];
/// Words that are refused alone. Within other words they are harmless: `Scunthorpe`, `Essex`, `therapist`, `nazionale`.
const ALONE: [&str; 30] = [
    "ANUS", "ARSCH", "ARSE", "ASS", "CRAP", "CUM", "CUNT", "CUNTS", "FAG", "FOTZE", "HURE", "KANAKE", "KYS", "MERDE",
    "MIERDA", "NAZI", "NAZIS", "NEGER", "NIGGER", "NIGGERS", "PISS", "PORN", "PUTA", "PUTAIN", "PUTE", "RAPE",
    "SALOPE", "SHIT", "SLUT", "TWAT",
];

/// Whether a text holds an offensive word, also one that is written with digits for letters or with letters apart: `F.u-C_k`,
/// `5H1T`. It is a list of words in a few languages, so it finds what is plain and not all.
pub(crate) fn is_offensive(text: &str) -> bool {
    // Upper case would make two letters of this one.
    let usual = ComposingNormalizerBorrowed::new_nfkc().normalize(text).replace('ß', "ẞ").to_uppercase();
    let is_sign = |c: char| !c.is_alphanumeric() && !matches!(c, '@' | '$' | '!' | '|' | '€');
    let has_letter = |word: &str| word.chars().any(char::is_alphabetic);
    // A number is no word, and digits behind a word are no part of it: words are looked for in both ways of reading digits.
    let read = |word: &str| if has_letter(word) { word.chars().map(read).collect() } else { String::from(" ") };
    let read: Vec<String> = usual.split(is_sign).map(read).collect();
    [usual, read.join(" ")].iter().any(|text| words(text).iter().any(|word| is_refused(word)))
}

/// Whether a code that somebody chose is offensive, also where a dash stands within a word: `F-UCK`.
pub(crate) fn is_offensive_code(code: &str) -> bool {
    let is_short = code.split('-').any(|part| part.chars().count() < 3);
    is_offensive(code) || (is_short && is_offensive(&code.replace('-', "")))
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
    let Some(shown) = shown_words(text) else { return Err("names an address".to_owned()) };
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
    fn a_dash_within_a_word_of_a_code_hides_nothing() {
        assert!(["FU-CK", "F-UCK", "5-HIT", "FUCK-2026"].iter().all(|code| is_offensive_code(code)));
        assert!(!["RABBIT-CHASE", "AD-ASTRA", "A-TEAM", "CLASS-6"].iter().any(|code| is_offensive_code(code)));
    }

    #[test]
    fn what_is_written_for_others_is_cleaned_or_refused_by_what_is_wrong() {
        assert_eq!(for_others("  I \n love\u{202e} it ", 20).as_deref(), Ok("I love it"));
        assert_eq!(for_others("\u{200b} \n", 20).as_deref(), Ok(""));
        for text in ["only 9.99EUR", "open till 10.30am", "I love it.You will too", "Thanks...Ada", "e.g. v1.2"] {
            assert_eq!(for_others(text, 40).as_deref(), Ok(text));
        }
        for (text, problem) in [
            ("see Evil.Com", "names an address"),
            ("bit.ly/2x", "names an address"),
            ("evil.xn--p1ai", "names an address"),
            ("http://evil", "names an address"),
            ("203.0.113.7", "names an address"),
            ("win at evil.example", "names an address"),
            ("a@b.example", "names an address"),
            ("0123456789012345678901", "has 22 characters; 20 are the most"),
            ("what the f*ck: FCK", "has an offensive word"),
        ] {
            assert_eq!(for_others(text, 20), Err(problem.to_owned()), "{text}");
        }
    }
}
