//! How a phrase of a data file is found in the words of a request.
//!
//! A phrase is words with one space between. `a|b` is one or the other, a last `*` is any ending, `..` are up to five
//! words in between that no comma and no full stop parts.

/// How many words `..` stands for at most.
const GAP: usize = 5;

/// A phrase.
#[derive(Debug, Clone)]
pub(crate) struct Phrase {
    /// As it is written, without a last `*`.
    pub(crate) text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    /// One of these words; with `true` any ending may follow.
    Word(Vec<(String, bool)>),
    Gap,
}

/// The words of a request: as they were typed, and as they were probably meant.
pub(crate) struct Tokens {
    pub(crate) typed: Vec<String>,
    pub(crate) meant: Vec<String>,
}

impl Phrase {
    pub(crate) fn new(text: &str) -> Self {
        let part = |word: &str| match word {
            ".." => Part::Gap,
            _ => Part::Word(
                word.split('|')
                    .map(|one| match one.strip_suffix('*') {
                        Some(open) => (open.to_owned(), true),
                        None => (one.to_owned(), false),
                    })
                    .collect(),
            ),
        };
        Self {
            text: text.trim_end_matches('*').to_owned(),
            parts: text.split(' ').map(part).collect(),
        }
    }

    /// Its words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.parts.iter().filter_map(|part| match part {
            Part::Word(words) => Some(words),
            Part::Gap => None,
        });
        words.flatten().map(|(word, _)| word.as_str())
    }

    /// The place behind it, where the words from a place on are this phrase.
    pub(crate) fn end(&self, tokens: &Tokens, at: usize) -> Option<usize> {
        end(&self.parts, tokens, at)
    }
}

/// How the shortest way through the parts ends.
fn end(parts: &[Part], tokens: &Tokens, at: usize) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(at);
    };
    match part {
        Part::Word(words) => {
            let is = words.iter().any(|(word, open)| {
                is_word(tokens.typed.get(at), word, *open)
                    || is_word(tokens.meant.get(at), word, *open)
            });
            if is { end(rest, tokens, at + 1) } else { None }
        }
        Part::Gap => {
            for skipped in 0..=GAP {
                if let Some(end) = end(rest, tokens, at + skipped) {
                    return Some(end);
                }
                let is_end = |word: &String| is_break(word) || word == ",";
                if tokens.typed.get(at + skipped).is_none_or(is_end) {
                    return None;
                }
            }
            None
        }
    }
}

/// Whether a word is one of a phrase, in the singular, the plural, or with another ending.
fn is_word(token: Option<&String>, word: &str, open: bool) -> bool {
    match token.and_then(|token| token.strip_prefix(word)) {
        Some("" | "s" | "'s") => true,
        Some(_) => open,
        None => false,
    }
}

/// Whether a sentence, or a part of one, ends here.
pub(crate) fn is_break(token: &str) -> bool {
    matches!(token, "." | ";" | ":" | "!" | "?" | "(" | ")" | "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrase: &str, text: &str) -> Option<usize> {
        let typed: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let tokens = Tokens {
            meant: typed.clone(),
            typed,
        };
        let phrase = Phrase::new(phrase);
        (0..tokens.typed.len()).find_map(|at| phrase.end(&tokens, at))
    }

    #[test]
    fn a_phrase_may_have_choices_endings_and_room() {
        assert_eq!(
            found("build* .. slow", "our builds are terribly slow"),
            Some(5)
        );
        assert_eq!(found("build* .. slow", "the build . it is slow"), None);
        assert_eq!(
            found("azure|gcp bill", "an aws bill and a gcp bill"),
            Some(7)
        );
        assert_eq!(found("no one knows", "nobody knows"), None);
        assert_eq!(found("cluster", "two clusters"), Some(2));
        assert_eq!(found("run", "running"), None);
    }
}
