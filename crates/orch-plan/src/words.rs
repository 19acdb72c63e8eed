//! Which terms stand in a request, spelt right or not, and which of them are meant.

use std::collections::{BTreeMap, BTreeSet};

use crate::Specialist;

/// What takes the words behind it out of what is asked for.
const BEFORE: [&str; 49] = [
    "not",
    "no",
    "without",
    "except",
    "excluding",
    "never",
    "neither",
    "nor",
    "don't",
    "doesn't",
    "won't",
    "isn't",
    "aren't",
    "dont",
    "doesnt",
    "isnt",
    "skip",
    "avoid",
    "instead of",
    "rather than",
    "drop",
    "dropped",
    "dropping",
    "away from",
    "get rid of",
    "replace",
    "replaces",
    "leave out",
    "other than",
    "anything but",
    "no longer",
    "stop using",
    "against",
    "moved from",
    "migrated from",
    "come from",
    "came from",
    "ditched",
    "abandoned",
    "w/o",
    "off",
    "forget",
    "forget about",
    "no need for",
    "unlike",
    "nothing with",
    "used to",
    "ruled out",
    "coming from",
];
/// What takes the words before it out.
const AFTER: [&str; 32] = [
    "is gone",
    "are gone",
    "is out",
    "are out",
    "is off the table",
    "not needed",
    "need not",
    "is not needed",
    "isn't part",
    "aren't part",
    "isn't needed",
    "is handled elsewhere",
    "is fine",
    "are fine",
    "was dropped",
    "has been dropped",
    "stays out",
    "out of scope",
    "not part",
    "are not allowed",
    "not allowed",
    "later",
    "is not an option",
    "isn't an option",
    "not an option",
    "was ruled out",
    "not in scope",
    "is overkill",
    "would be overkill",
    "not necessary",
    "stays as it is",
    "that's fine",
];
/// Words that end what a negation reaches.
const ENDS: [&str; 9] = [
    "but", "instead", "to", "for", "in", "on", "with", "so", "because",
];
/// How many words a negation reaches.
const REACH: usize = 5;
/// How many words behind a term are looked at for what takes it out.
const BEHIND: usize = 7;
/// Shorter words are too like each other to be corrected.
const CORRECTED: usize = 6;
/// From this length on two letters may be wrong.
const LONG: usize = 9;

/// A request as words and punctuation, in small letters.
pub(crate) fn tokens(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let text = text.to_lowercase().replace('’', "'");
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let joins = matches!(letter, '-' | '\'' | '/' | '.')
            && !word.is_empty()
            && rest.peek().is_some_and(|next| next.is_ascii_alphanumeric());
        if letter.is_ascii_alphanumeric() || joins {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            take_word(&mut tokens, std::mem::take(&mut word), known);
        }
        if ".;:!?()\n,".contains(letter) {
            tokens.push(letter.to_string());
        }
    }
    if !word.is_empty() {
        take_word(&mut tokens, word, known);
    }
    tokens
}

/// `aws/azure` are two words, `ci/cd` is one.
fn take_word(tokens: &mut Vec<String>, word: String, known: &BTreeSet<String>) {
    let parts: Vec<&str> = word
        .split(['/', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    if !known.contains(&word) && parts.len() > 1 && parts.iter().any(|part| known.contains(*part)) {
        tokens.extend(parts.into_iter().map(str::to_owned));
    } else {
        tokens.push(word);
    }
}

/// The terms of all specialists.
pub(crate) struct Vocabulary<'l> {
    terms: Vec<Term<'l>>,
    known: BTreeSet<String>,
}

/// What [`Vocabulary::meant`] says.
type Meant<'l> = (
    Vec<String>,
    BTreeMap<&'l str, Vec<&'l str>>,
    BTreeSet<&'l str>,
);

struct Term<'l> {
    specialist: &'l str,
    term: &'l str,
    words: Vec<&'l str>,
    /// The last word may end in any way.
    open: bool,
    /// It takes its words away from the specialist.
    not: bool,
}

impl<'l> Vocabulary<'l> {
    pub(crate) fn of(specialists: &'l BTreeMap<String, Specialist>) -> Self {
        let mut terms = Vec::new();
        for (id, specialist) in specialists {
            let yes = specialist.words.iter().map(|term| (term, false));
            let no = specialist.not_words.iter().map(|term| (term, true));
            for (term, not) in yes.chain(no) {
                let plain = term.trim_end_matches('*');
                terms.push(Term {
                    specialist: id,
                    term: plain,
                    words: plain.split(' ').collect(),
                    open: term.ends_with('*'),
                    not,
                });
            }
        }
        let words = terms.iter().flat_map(|term| &term.words);
        let whole = terms.iter().map(|term| term.term);
        let known = words.copied().chain(whole).map(str::to_owned).collect();
        Self { terms, known }
    }

    /// The words of a request; for each specialist that it means, the terms that chose it, in order; and those
    /// specialists that it names only to rule them out.
    pub(crate) fn meant(&self, text: &str) -> Meant<'l> {
        let tokens = tokens(text, &self.known);
        let corrected: Vec<String> = tokens.iter().map(|token| self.corrected(token)).collect();
        let negated = negated(&tokens);
        let mut found: Vec<(usize, &Term<'l>)> = Vec::new();
        for at in 0..tokens.len() {
            let here = self
                .terms
                .iter()
                .filter(|term| term.is_at(&tokens, &corrected, at));
            found.extend(here.map(|term| (at, term)));
        }
        let covered = |at: usize, term: &Term<'_>| {
            found.iter().any(|(start, other)| {
                other.not
                    && other.specialist == term.specialist
                    && *start <= at
                    && at + term.words.len() <= start + other.words.len()
            })
        };
        let mut meant: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut ruled_out = BTreeSet::new();
        for (at, term) in &found {
            let end = at + term.words.len();
            let is_negated = negated[*at..end].contains(&true) || is_taken_back(&tokens[end..]);
            if term.not || covered(*at, term) {
                continue;
            }
            if is_negated {
                ruled_out.insert(term.specialist);
            } else {
                let terms = meant.entry(term.specialist).or_default();
                if !terms.contains(&term.term) {
                    terms.push(term.term);
                }
            }
        }
        ruled_out.retain(|id| !meant.contains_key(id));
        (tokens, meant, ruled_out)
    }

    /// The nearest known word to one that is none.
    fn corrected(&self, word: &str) -> String {
        let is_word = word.len() >= CORRECTED && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if !is_word || self.known.contains(word) {
            return word.to_owned();
        }
        let most = if word.len() < LONG { 1 } else { 2 };
        let like = |known: &&String| {
            known.len() >= CORRECTED
                && known.bytes().all(|byte| byte.is_ascii_lowercase())
                && known.bytes().next() == word.bytes().next()
                && known.len().abs_diff(word.len()) <= most
        };
        let distances = self
            .known
            .iter()
            .filter(like)
            .map(|known| (strsim::osa_distance(known, word), known));
        let nearest = distances.filter(|(distance, _)| *distance <= most).min();
        nearest.map_or_else(|| word.to_owned(), |(_, known)| known.clone())
    }
}

impl Term<'_> {
    fn is_at(&self, tokens: &[String], corrected: &[String], at: usize) -> bool {
        if at + self.words.len() > tokens.len() {
            return false;
        }
        let last = self.words.len() - 1;
        self.words.iter().enumerate().all(|(place, word)| {
            let is = |token: &str| match token.strip_prefix(word) {
                Some("") => true,
                Some("s" | "'s") => place == last,
                Some(_) => place == last && self.open,
                None => false,
            };
            is(&tokens[at + place]) || is(&corrected[at + place])
        })
    }
}

/// Which words a negation before them reaches.
fn negated(tokens: &[String]) -> Vec<bool> {
    let mut negated = vec![false; tokens.len()];
    for at in 0..tokens.len() {
        for phrase in BEFORE {
            let Some(start) = starts_with(&tokens[at..], phrase).map(|length| at + length) else {
                continue;
            };
            for place in start..tokens.len().min(start + REACH) {
                let token = tokens[place].as_str();
                let ends = ENDS.contains(&token) && (place > start || token == "but");
                if is_break(token) || token == "," || ends {
                    break;
                }
                negated[place] = true;
            }
        }
    }
    negated
}

/// Whether the words behind a term take it back: "Jenkins is gone".
fn is_taken_back(behind: &[String]) -> bool {
    let clause: Vec<String> = behind
        .iter()
        .take(BEHIND)
        .take_while(|token| !is_break(token) && *token != ",")
        .cloned()
        .collect();
    // Two words may stand between: "Jenkins here is gone".
    (0..clause.len().min(3)).any(|at| {
        AFTER
            .iter()
            .any(|phrase| starts_with(&clause[at..], phrase).is_some())
    })
}

/// How many words of a phrase the tokens begin with, if they do.
fn starts_with(tokens: &[String], phrase: &str) -> Option<usize> {
    let words = phrase.split(' ');
    let length = words.clone().count();
    let begins = tokens.len() >= length && words.zip(tokens).all(|(word, token)| word == token);
    begins.then_some(length)
}

fn is_break(token: &str) -> bool {
    matches!(token, "." | ";" | ":" | "!" | "?" | "(" | ")" | "\n")
}
