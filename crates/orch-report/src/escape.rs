//! Text from outside made harmless for a terminal: what would move the cursor or turn the writing shows as an escape.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters that are invisible, that reorder their neighbours, or that break a line, besides the control
/// characters proper.
const TREACHEROUS: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),       // soft hyphen
    ('\u{61c}', '\u{61c}'),     // Arabic letter mark
    ('\u{180e}', '\u{180e}'),   // Mongolian vowel separator
    ('\u{200b}', '\u{200f}'),   // zero width, direction marks
    ('\u{2028}', '\u{202e}'),   // line and paragraph separators, embeddings, overrides
    ('\u{2060}', '\u{206f}'),   // word joiner, isolates, deprecated format characters
    ('\u{feff}', '\u{feff}'),   // byte order mark
    ('\u{fff9}', '\u{fffb}'),   // interlinear annotation
    ('\u{e0000}', '\u{e0fff}'), // tags, variation selectors
];

/// The text with every control, invisible and direction-changing character written as a visible escape.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_treacherous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_treacherous(c) => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal would obey it, or a reader not see it.
pub(crate) fn is_treacherous(c: char) -> bool {
    // What most text is made of.
    let plain = (' '..='~').contains(&c);
    let is_among = |ranges: &[(char, char)]| {
        let mut ranges = ranges.iter();
        ranges.any(|(first, last)| (*first..=*last).contains(&c))
    };
    !plain && (c.is_control() || is_among(TREACHEROUS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_not_obeyed() {
        for (text, shown) in [
            ("plain – ü 名前 🦀", "plain – ü 名前 🦀"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("two\nlines\r\tend", "two\\nlines\\r\\tend"),
            ("abc\u{202e}fdp.exe", "abc\\u{202e}fdp.exe"),
            (
                "zero\u{200b}width\u{2066}x\u{9b}",
                "zero\\u{200b}width\\u{2066}x\\u{9b}",
            ),
            ("\u{7}\u{0}", "\\u{7}\\u{0}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let all: String = (0..=0x10_ffff_u32).filter_map(char::from_u32).collect();
        assert!(!visible(&all).chars().any(is_treacherous));
    }
}
