//! Whether a word is an ordinary one, and so no typing error of a product's name: data in `plans/english.txt`.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("../../../plans/english.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});
/// Endings of words that are not listed with each of theirs; what they may hide behind each.
const ENDINGS: [(&str, &[&str]); 16] = [
    ("s", &[""]),
    ("es", &["", "e"]),
    ("ies", &["y"]),
    ("ed", &["", "e"]),
    ("ied", &["y"]),
    ("ing", &["", "e"]),
    ("er", &["", "e"]),
    ("ers", &["", "e"]),
    ("ly", &["", "le"]),
    ("able", &["", "e"]),
    ("ment", &["", "e"]),
    ("ments", &["", "e"]),
    ("ion", &["", "e"]),
    ("ions", &["", "e"]),
    ("ness", &[""]),
    ("al", &["", "e"]),
];

/// Whether a word in small letters is an ordinary one, or an ordinary one with a usual ending.
pub(crate) fn is_word(word: &str) -> bool {
    if WORDS.contains(word) {
        return true;
    }
    ENDINGS.iter().any(|(ending, instead)| {
        let Some(stem) = word.strip_suffix(ending) else {
            return false;
        };
        let is = |letters: &str| WORDS.contains(letters);
        let doubled = stem.len() > 3 && {
            let bytes = stem.as_bytes();
            bytes[bytes.len() - 1] == bytes[bytes.len() - 2]
        };
        instead.iter().any(|end| is(&format!("{stem}{end}")))
            || doubled && is(&stem[..stem.len() - 1])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_are_known_with_their_endings() {
        for word in [
            "documented",
            "documents",
            "planned",
            "applies",
            "alter",
            "configurable",
        ] {
            assert!(is_word(word), "{word}");
        }
        for slip in [
            "terrafrom",
            "kuberntes",
            "azur",
            "jenkns",
            "grafna",
            "promethues",
        ] {
            assert!(!is_word(slip), "{slip}");
        }
    }
}
