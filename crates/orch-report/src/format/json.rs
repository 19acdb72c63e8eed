//! JSON: the whole report, the same bytes for the same snapshot, rules and settings.

use std::io;

use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::View;
use crate::Report;
use crate::escape::is_treacherous;

pub(super) fn write(report: &Report, _: &View, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(report, out)
}

/// Writes anything as JSON that a terminal can be shown.
///
/// # Errors
/// Those of `out`.
pub fn write_json(value: &impl serde::Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        &mut *out,
        Harmless::default(),
    ))?;
    out.write_all(b"\n")
}

/// Pretty, and what a terminal would obey is written as an escape of JSON: to a program it is the same text.
#[derive(Default)]
struct Harmless(PrettyFormatter<'static>);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_treacherous(*c)) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;

    use super::*;

    fn written(value: &serde_json::Value) -> String {
        let mut out = Vec::new();
        value
            .serialize(&mut Serializer::with_formatter(
                &mut out,
                Harmless::default(),
            ))
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_that_a_terminal_obeys_stands_in_it_raw() {
        let text = "a\u{9b}31mb\u{202e}c\u{2066}d\u{e0041}e\u{1b}f – ü 名前";
        let value = serde_json::json!({ text: [text] });
        let told = written(&value);
        assert!(
            !told.chars().any(|c| c != '\n' && is_treacherous(c)),
            "{told}"
        );
        assert!(told.contains("\\u009b31mb\\u202ec\\u2066d\\udb40\\udc41e\\u001bf – ü 名前"));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&told).unwrap(),
            value
        );
    }

    #[test]
    fn it_is_laid_out_as_usual() {
        let value = serde_json::json!({ "a": [1, { "b": [] }], "c": {} });
        assert_eq!(
            written(&value),
            serde_json::to_string_pretty(&value).unwrap()
        );
    }
}
