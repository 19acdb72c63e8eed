//! Which words of a request are not wanted, which are missed, and whose place something else takes.
//!
//! What the words mean stands in `plans/language.yaml`. A word that rules out reaches to the end of what is listed
//! behind it, and no further than the next word that begins something else: "instead of Jenkins we want GitHub Actions".

use std::sync::LazyLock;

use serde::Deserialize;

use crate::phrase::{Phrase, Tokens, is_break};

/// How many words what stands before them reaches.
const REACH: usize = 8;
/// How many words may stand between a term and what takes it back.
const BETWEEN: usize = 3;
/// Within so many words behind it "not" has to meet a term.
const NEAR: usize = 2;

/// How a request speaks of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    /// It is named.
    Named,
    /// It is not there today: whoever says so of a practice wants it.
    Missed,
    /// Something else takes its place: what it does is still needed.
    Replaced,
    /// It is not wanted.
    Out,
}

/// The file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cancels: Vec<String>,
    out: Places,
    out_again: Vec<String>,
    near: Vec<String>,
    missed: Places,
    replaced: Places,
    leading: Vec<String>,
    ends: Vec<String>,
    alone: Vec<String>,
    there: Places,
}

/// Phrases by where they stand: before what they speak of, behind it, on both sides of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Places {
    before: Vec<String>,
    #[serde(default)]
    behind: Vec<String>,
    #[serde(default)]
    around: Vec<String>,
}

/// The words that say what is wanted.
struct Language {
    cancels: Vec<Phrase>,
    before: Vec<(Said, Phrase)>,
    near: Vec<Phrase>,
    behind: Vec<(Said, Phrase)>,
    around: Vec<(Said, Phrase)>,
    again: Vec<Phrase>,
    leading: Vec<Phrase>,
    ends: Vec<Phrase>,
    alone: Vec<Phrase>,
    there_before: Vec<Phrase>,
    there_behind: Vec<Phrase>,
}

static LANGUAGE: LazyLock<Result<Language, String>> = LazyLock::new(|| {
    let written: Written = serde_saphyr::from_str(include_str!("../../../plans/language.yaml"))
        .map_err(|error| error.to_string())?;
    let all = |texts: Vec<String>| texts.iter().map(|text| Phrase::new(text)).collect();
    let mut language = Language {
        cancels: all(written.cancels),
        near: all(written.near),
        again: all(written.out_again),
        leading: all(written.leading),
        ends: all(written.ends),
        alone: all(written.alone),
        there_before: all(written.there.before),
        there_behind: all(written.there.behind),
        before: Vec::new(),
        behind: Vec::new(),
        around: Vec::new(),
    };
    for (said, places) in [
        (Said::Out, written.out),
        (Said::Missed, written.missed),
        (Said::Replaced, written.replaced),
    ] {
        let with = |texts: Vec<String>| {
            let phrases: Vec<Phrase> = all(texts);
            phrases.into_iter().map(move |phrase| (said, phrase))
        };
        language.before.extend(with(places.before));
        language.behind.extend(with(places.behind));
        language.around.extend(with(places.around));
    }
    Ok(language)
});

/// What a request says of each of its words.
pub(crate) struct Saying<'t> {
    tokens: &'t Tokens,
    of: Vec<Said>,
    /// Whether only one thing is to be done: what is there already has no part in it.
    alone: bool,
}

impl<'t> Saying<'t> {
    /// `is_term` says where something is named.
    pub(crate) fn of(tokens: &'t Tokens, is_term: &[bool]) -> Self {
        let mut saying = Self {
            tokens,
            of: vec![Said::Named; tokens.typed.len()],
            alone: false,
        };
        // A test rules out that the file cannot be read.
        let Ok(language) = LANGUAGE.as_ref() else {
            return saying;
        };
        let places = 0..tokens.typed.len();
        saying.alone = places.clone().any(|at| is_any(&language.alone, tokens, at));
        if saying.alone {
            let there = language.there_before.iter();
            for end in
                there.flat_map(|phrase| places.clone().filter_map(|at| phrase.end(tokens, at)))
            {
                saying.mark_all(end);
            }
        }
        for one in openings(language, tokens, is_term) {
            saying.mark(language, one.end, one.said);
        }
        for (at, end, said) in around(language, tokens) {
            saying.raise(at..end, said);
        }
        for named in again(language, tokens, is_term) {
            saying.raise(named, Said::Out);
        }
        saying
    }

    /// What is said of the words of a term.
    pub(crate) fn about(&self, at: usize, end: usize) -> Said {
        let before = self.of[at..end].iter().copied().max();
        before.unwrap_or(Said::Named).max(self.behind(end))
    }

    /// What the words behind a term say of it: "Jenkins is gone".
    fn behind(&self, end: usize) -> Said {
        let Ok(language) = LANGUAGE.as_ref() else {
            return Said::Named;
        };
        let mut most = Said::Named;
        for at in end..=end + BETWEEN {
            for (said, phrase) in &language.behind {
                if phrase.end(self.tokens, at).is_some() {
                    most = most.max(*said);
                }
            }
            if self.alone && is_any(&language.there_behind, self.tokens, at) {
                most = Said::Out;
            }
            let ends = |token: &String| is_break(token) || token == ",";
            if self.tokens.typed.get(at).is_none_or(ends) {
                break;
            }
        }
        most
    }

    /// Marks what is listed from a place on.
    fn mark(&mut self, language: &Language, start: usize, said: Said) {
        let tokens = self.tokens;
        let first = skip_leading(language, tokens, start);
        let mut place = first;
        while let Some(token) = tokens.typed.get(place) {
            let ends = place > first || token == "but";
            let is_end = ends && is_any(&language.ends, tokens, place);
            if place >= first + REACH || is_break(token) || is_end {
                break;
            }
            if token == "," && !is_list(language, tokens, place + 1) {
                break;
            }
            place += 1;
        }
        self.raise(start..place, said);
    }

    /// Marks what stands from a place on to the end of the sentence, whatever is listed.
    fn mark_all(&mut self, start: usize) {
        let rest = self.tokens.typed[start..].iter();
        let length = rest.take_while(|token| !is_break(token)).count();
        self.raise(start..start + length, Said::Out);
    }

    fn raise(&mut self, places: std::ops::Range<usize>, said: Said) {
        for of in self.of[places].iter_mut() {
            *of = (*of).max(said);
        }
    }
}

/// A phrase that speaks of what stands behind it.
struct Opening {
    at: usize,
    end: usize,
    said: Said,
}

/// The phrases that speak of what stands behind them; of two that share words, the longer: "have no" before "no".
fn openings(language: &Language, tokens: &Tokens, is_term: &[bool]) -> Vec<Opening> {
    let cancelled = cancelled(language, tokens);
    let around = around(language, tokens);
    let mut openings = Vec::new();
    for at in (0..tokens.typed.len()).filter(|at| !cancelled[*at]) {
        let before = language.before.iter().map(|(said, phrase)| (*said, phrase));
        for (said, phrase) in before {
            let end = phrase.end(tokens, at);
            openings.extend(end.map(|end| Opening { at, end, said }));
        }
        for phrase in &language.near {
            let Some(end) = phrase.end(tokens, at) else {
                continue;
            };
            let first = skip_leading(language, tokens, end);
            let near = first.min(is_term.len())..(first + NEAR).min(is_term.len());
            if is_term[near].contains(&true) {
                let said = Said::Out;
                openings.push(Opening { at, end, said });
            }
        }
    }
    let is_inside = |one: &Opening| {
        let of_longer = openings.iter().any(|other| {
            other.at <= one.at && one.end <= other.end && other.end - other.at > one.end - one.at
        });
        // "no monitoring yet" misses it, whatever "no" says alone.
        let missed = |(at, end, said): &(usize, usize, Said)| {
            *said == Said::Missed && *at == one.at && one.end <= *end
        };
        of_longer || around.iter().any(missed)
    };
    let inside: Vec<bool> = openings.iter().map(is_inside).collect();
    let mut inside = inside.into_iter();
    openings.retain(|_| !inside.next().unwrap_or(false));
    go_on(tokens, &mut openings);
    openings
}

/// A list of what is missed goes on with "no" alone: "we have no backups, no alerts and no pipelines".
fn go_on(tokens: &Tokens, openings: &mut [Opening]) {
    openings.sort_by_key(|one| one.at);
    let typed = |at: usize| tokens.typed.get(at).map(String::as_str);
    let mut until = None;
    for one in openings {
        let before = one.at.checked_sub(1).and_then(typed);
        let is_listed = typed(one.at) == Some("no")
            && one.end == one.at + 1
            && matches!(before, Some("," | "and" | "or" | "nor"));
        if let Some(end) = until.filter(|_| is_listed)
            && one.at <= end + REACH
            && !tokens.typed[end..one.at]
                .iter()
                .any(|token| is_break(token))
        {
            one.said = Said::Missed;
        }
        if one.said == Said::Missed {
            until = Some(one.end);
        }
    }
}

/// What is said on both sides of words.
fn around(language: &Language, tokens: &Tokens) -> Vec<(usize, usize, Said)> {
    let cancelled = cancelled(language, tokens);
    let mut around = Vec::new();
    for at in (0..tokens.typed.len()).filter(|at| !cancelled[*at]) {
        for (said, phrase) in &language.around {
            around.extend(phrase.end(tokens, at).map(|end| (at, end, *said)));
        }
    }
    around
}

/// What was named before it is ruled out as "it" or "them": "Terraform and Jenkins, leave them alone".
fn again(language: &Language, tokens: &Tokens, is_term: &[bool]) -> Vec<std::ops::Range<usize>> {
    let cancelled = cancelled(language, tokens);
    let mut found = Vec::new();
    for at in (0..tokens.typed.len()).filter(|at| !cancelled[*at]) {
        let Some(end) = language.again.iter().find_map(|one| one.end(tokens, at)) else {
            continue;
        };
        let Some(last) = (at.saturating_sub(REACH)..at).rfind(|place| is_term[*place]) else {
            continue;
        };
        let several =
            |token: &String| matches!(token.as_str(), "them" | "those" | "these" | "both");
        let first = if tokens.typed[at..end].iter().any(several) {
            start_of_list(tokens, is_term, last)
        } else {
            (0..=last)
                .rfind(|place| !is_term[*place])
                .map_or(0, |place| place + 1)
        };
        found.push(first..last + 1);
    }
    found
}

/// Where the part of a sentence begins, with the list that ends in it: "Terraform, Ansible and Jenkins".
fn start_of_list(tokens: &Tokens, is_term: &[bool], last: usize) -> usize {
    let ends = |token: &str| token == "," || token == "but" || is_break(token);
    let start = |before: usize| {
        let end = (0..before).rfind(|place| ends(&tokens.typed[*place]));
        end.map_or(0, |place| place + 1)
    };
    let mut first = start(last);
    while first > 0 && tokens.typed[first - 1] == "," {
        let names = (first..=last).take_while(|place| is_term[*place]).count();
        let next = tokens.typed.get(first + names).map(String::as_str);
        if names == 0 || !matches!(next, Some("," | "and" | "or")) {
            break;
        }
        first = start(first - 1);
    }
    first
}

/// Where a word that seems to rule out does not: "not only".
fn cancelled(language: &Language, tokens: &Tokens) -> Vec<bool> {
    let mut cancelled = vec![false; tokens.typed.len()];
    for at in 0..tokens.typed.len() {
        for phrase in &language.cancels {
            if let Some(end) = phrase.end(tokens, at) {
                cancelled[at..end].fill(true);
            }
        }
    }
    cancelled
}

/// The first place that is more than "any of our".
fn skip_leading(language: &Language, tokens: &Tokens, start: usize) -> usize {
    let mut at = start;
    while is_any(&language.leading, tokens, at) {
        at += 1;
    }
    at
}

fn is_any(phrases: &[Phrase], tokens: &Tokens, at: usize) -> bool {
    phrases.iter().any(|one| one.end(tokens, at).is_some())
}

/// Whether a comma stands in a list that "or" closes: "no Azure, Jenkins or Docker".
fn is_list(language: &Language, tokens: &Tokens, start: usize) -> bool {
    for place in start..start + REACH {
        match tokens.typed.get(place).map(String::as_str) {
            Some("or" | "nor") => return true,
            Some(token) if !is_break(token) && !is_any(&language.ends, tokens, place) => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read() {
        assert!(LANGUAGE.is_ok(), "{:?}", LANGUAGE.as_ref().err());
    }
}
