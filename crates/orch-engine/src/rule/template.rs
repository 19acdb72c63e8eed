//! A message with expressions in `{{ }}`.

use orch_model::Reason;

use std::collections::BTreeSet;

use crate::lang::{Frame, Program};
use crate::value::{Answer, Reasons};

/// A part of a message.
#[derive(Debug)]
enum Part {
    Text(String),
    Expression(Program),
}

/// A message that can be filled in.
#[derive(Debug)]
pub(crate) struct Template(Vec<Part>);

/// A message that was filled in, and what went wrong on the way.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    pub(crate) text: String,
    pub(crate) faults: Vec<String>,
}

/// A part of a template as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written<'t> {
    Text(&'t str),
    /// An expression and where it begins, in bytes.
    Expression(&'t str, usize),
}

/// Splits a template; an opened brace that is never closed is a mistake.
pub(super) fn split(text: &str) -> Result<Vec<Written<'_>>, usize> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|open| at + open) {
        if open > at {
            parts.push(Written::Text(&text[at..open]));
        }
        let close = closing(text, open + 2).ok_or(open)?;
        let inside = &text[open + 2..close];
        let lead = inside.len() - inside.trim_start().len();
        parts.push(Written::Expression(inside.trim(), open + 2 + lead));
        at = close + 2;
    }
    if at < text.len() {
        parts.push(Written::Text(&text[at..]));
    }
    Ok(parts)
}

/// Where the `}}` stands that closes an expression: not within its quoted text.
fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = from;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

impl Template {
    /// A template of its parts; `compile` makes a program of an expression and its place.
    pub(super) fn of(
        parts: Vec<Written<'_>>,
        mut compile: impl FnMut(&str, usize) -> Option<Program>,
    ) -> Self {
        let parts = parts.into_iter().filter_map(|part| match part {
            Written::Text(text) => Some(Part::Text(text.to_owned())),
            Written::Expression(source, at) => compile(source, at).map(Part::Expression),
        });
        Self(parts.collect())
    }

    /// The programs in it.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &Program> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Expression(program) => Some(program),
        })
    }

    /// The message for a frame. What is not known is said so in its place.
    pub(crate) fn fill(&self, frame: &Frame<'_>) -> Filled {
        let mut filled = Filled::default();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.text.push_str(text),
                Part::Expression(program) => match program.eval(frame) {
                    Answer::Value(value) => filled.text.push_str(&value.to_sentence(program.ty())),
                    Answer::Unknown(reasons) => filled.text.push_str(&not_known(&reasons)),
                    Answer::Error(error) => {
                        filled.text.push_str(&format!("not known: {error}"));
                        filled.faults.push(error.to_string());
                    }
                },
            }
        }
        filled
    }
}

/// `not known: reason; reason`.
pub(crate) fn not_known(reasons: &Reasons) -> String {
    format!("{NOT_KNOWN}{}", told(reasons))
}

/// What an answer that is not known begins with.
pub(super) const NOT_KNOWN: &str = "not known: ";

/// The reasons in a row.
pub(crate) fn told(reasons: &BTreeSet<Reason>) -> String {
    let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    reasons.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_enclose_expressions() {
        assert_eq!(
            split("a {{ b }}{{c}} d"),
            Ok(vec![
                Written::Text("a "),
                Written::Expression("b", 5),
                Written::Expression("c", 11),
                Written::Text(" d"),
            ])
        );
        assert_eq!(
            split(r#"{{ "}}" }}"#),
            Ok(vec![Written::Expression(r#""}}""#, 3)])
        );
        assert_eq!(split("a {{ b"), Err(2));
        assert_eq!(split("plain"), Ok(vec![Written::Text("plain")]));
    }
}
