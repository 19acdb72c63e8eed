//! What a project file says, or everything that is wrong with it and where.

mod conflict;
mod days;
mod sense;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::NaiveDate;
use serde_json::Value;
use toml::de::DeTable;

use super::Project;
use crate::Library;

/// Something that is wrong with a project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
}

/// Where each value stands, by its JSON pointer.
type Places = BTreeMap<String, Range<usize>>;

/// Reads the text of a project file. Owners are looked up in the library.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn read(text: &str, library: &Library) -> Result<Project, Vec<Mistake>> {
    read_on(text, library, None)
}

/// The same on a day: what tells of the past is not after it.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn read_on(
    text: &str,
    library: &Library,
    today: Option<NaiveDate>,
) -> Result<Project, Vec<Mistake>> {
    let (ours, mut mistakes) = conflict::resolve(text);
    let (table, errors) = DeTable::parse_recoverable(&ours);
    let syntax: Vec<Mistake> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            Mistake {
                message: error.message().to_owned(),
                help: Some(help_with_syntax(&ours, &span).to_owned()),
                span,
            }
        })
        .collect();
    let mut places = Places::new();
    let mut others = Vec::new();
    // What lacks a key may have it on a line that could not be read.
    let whole = syntax.is_empty();
    let value = shape::check(table.get_ref(), whole, &mut places, &mut others);
    sense::check(text, &value, &places, (library, today), &mut others);
    let line = |mistake: &Mistake| line_and_column(text, mistake.span.start).0;
    let broken: BTreeSet<usize> = syntax.iter().map(line).collect();
    others.retain(|mistake| !broken.contains(&line(mistake)));
    mistakes.extend(syntax);
    mistakes.extend(others);
    mistakes.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
    mistakes.dedup();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    serde_json::from_value(value).map_err(|error| {
        vec![Mistake {
            message: error.to_string(),
            help: None,
            span: 0..0,
        }]
    })
}

/// What to do about a day in a year in which nobody plans; nothing where it is one of our time.
pub fn out_of_time(day: NaiveDate) -> Option<String> {
    days::out_of_time(day)
}

/// The line and the column, in characters, of a byte; both from 1.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

/// What is most likely meant where the syntax is wrong.
fn help_with_syntax(text: &str, span: &Range<usize>) -> &'static str {
    let start = text.get(..span.start).unwrap_or(text);
    let start = start.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..).unwrap_or_default();
    let line = line.split('\n').next().unwrap_or_default();
    let value = line.split_once('=').map_or("", |(_, value)| value.trim());
    let dated = value.len() >= 8
        && value.starts_with(|c: char| c.is_ascii_digit())
        && value.matches(['-', '/', '.']).count() >= 2;
    if dated {
        "write a day of the calendar as 2026-03-31"
    } else if value.starts_with(|c: char| c.is_alphabetic()) {
        "put text in quotation marks: title = \"Networks\""
    } else {
        "write `key = value`, with text in quotation marks, below a header such as [[task]]"
    }
}

/// The known word that was probably meant.
fn nearest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let given = given.to_lowercase();
    let near = known.into_iter().filter_map(|word| {
        let distance = strsim::damerau_levenshtein(&given, &word.to_lowercase());
        let most = 1.max(word.chars().count().min(given.chars().count()) / 3);
        (distance <= most).then_some((distance, word))
    });
    near.min().map(|(_, word)| word)
}

/// "did you mean", or all there is where it is short.
fn help_with_word(given: &str, known: &[&str]) -> Option<String> {
    match nearest(given, known.iter().copied()) {
        Some(word) => Some(format!("did you mean `{word}`?")),
        None if known.is_empty() => None,
        None if known.len() <= 32 => Some(format!("use one of {}", known.join(", "))),
        None => Some(format!("there are {} to choose from", known.len())),
    }
}

/// A text of a list, or nothing.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}
