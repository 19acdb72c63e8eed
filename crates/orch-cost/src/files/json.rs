//! Rows of a JSON file: one object a line, one after the other, or a list of them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::path::Path;

use orch_model::Text;
use rust_decimal::Decimal;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::{Deserializer, Value};

use super::dialect::plain;
use super::read::{Intake, Reading, Wanted};
use super::row::{Cost, Fault, Row, Word, amount, cell};
use super::{FileError, tags};

/// What a credit of Google Cloud is called that pays a bill instead of lowering a price.
const PROMOTION: &str = "PROMOTION";
/// How the type of a credit begins that comes from a commitment: of resources, or of spend (`…_DOLLAR_BASE`).
const COMMITMENT: &str = "COMMITTED_USAGE_DISCOUNT";
/// A column of credits, and whether a type of credit belongs into it.
type Credit = (&'static str, fn(&str) -> bool);
/// Columns that [`flat`] makes of the list of credits, and which types they sum up: promotions, discounts, and what of
/// those comes from commitments.
pub(super) const CREDITS: [Credit; 3] = [
    ("creditspromotion", |kind| kind == PROMOTION),
    ("creditsdiscount", |kind| kind != PROMOTION),
    ("creditscommitment", |kind| kind.starts_with(COMMITMENT)),
];

/// Reads the rows of a file one by one: a list of millions is not held in memory.
pub(super) fn read(
    path: &Path,
    mut source: impl BufRead,
    wanted: &Wanted,
) -> Result<Reading, FileError> {
    let start = source.fill_buf().map_err(FileError::io(path))?;
    let is_list = start.iter().find(|byte| b"[{".contains(byte)) == Some(&b'[');
    let mut rows = Rows {
        path,
        wanted,
        intake: None,
    };
    if is_list {
        rows.list(source, "")?;
    } else {
        rows.lines(source)?;
    }
    match rows.intake {
        Some(intake) => Ok(intake.finish()),
        // Not one row: nothing tells what it would have been.
        None => Err(rows.unknown()),
    }
}

struct Rows<'a> {
    path: &'a Path,
    wanted: &'a Wanted,
    intake: Option<Intake<'a>>,
}

impl Rows<'_> {
    fn unknown(&self) -> FileError {
        FileError::Format {
            path: self.path.to_owned(),
            known: super::dialect::Dialect::names(),
        }
    }

    /// One object a line. A line that is none is one malformed row; when the first line already is none, the
    /// objects run over several lines.
    fn lines(&mut self, mut source: impl BufRead) -> Result<(), FileError> {
        let mut text = Vec::new();
        let mut line = 0;
        loop {
            text.clear();
            let length = source
                .read_until(b'\n', &mut text)
                .map_err(FileError::io(self.path))?;
            if length == 0 {
                return Ok(());
            }
            line += 1;
            let own = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
            if own.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice::<Value>(own) {
                Ok(row) => self.take(&row, line, line)?,
                Err(_) if self.intake.is_none() => {
                    let start = String::from_utf8_lossy(own).into_owned();
                    return self.list(source, &start);
                }
                Err(_) => {
                    let fault = Fault(Text::new_static("the line is no JSON object"));
                    if let Some(intake) = &mut self.intake {
                        intake.malformed(fault, line, line);
                    }
                }
            }
        }
    }

    /// A list of objects, or objects one after the other. What is no JSON ends the reading: nothing tells where the
    /// next object would begin.
    fn list(&mut self, source: impl BufRead, start: &str) -> Result<(), FileError> {
        let line = Cell::new(1);
        let counted = Counted {
            source: start.as_bytes().chain(source),
            line: &line,
        };
        let mut json = Deserializer::from_reader(counted);
        let mut failed = None;
        // What ends before its end is an error, also after whole rows: nothing tells how many more there were.
        while json.end().is_err() {
            let each = Each {
                rows: self,
                line: &line,
                failed: &mut failed,
            };
            match each.deserialize(&mut json) {
                Ok(()) if failed.is_none() => {}
                Ok(()) => break,
                Err(_) if failed.is_some() => break,
                Err(source) => {
                    return Err(FileError::Json {
                        path: self.path.to_owned(),
                        source,
                    });
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn take(&mut self, value: &Value, first: u64, last: u64) -> Result<(), FileError> {
        let mut cells = BTreeMap::new();
        flat("", value, &mut cells);
        let intake = match &mut self.intake {
            Some(intake) => intake,
            None => {
                let mut columns: Vec<String> = cells.keys().cloned().collect();
                columns.extend(CREDITS.map(|(name, _)| name.to_owned()));
                self.intake
                    .insert(Intake::new(self.path, &columns, self.wanted)?)
            }
        };
        // Where members without a value are left out, the first row need not have them all.
        let tags = intake.dialect.word_names(Word::Tags);
        if tags.iter().any(|name| cells.contains_key(*name)) {
            intake.has_tags();
        }
        match row(intake, &cells) {
            Ok((row, tagged)) => intake.take(&row, tagged, first, last),
            Err(fault) => intake.malformed(fault, first, last),
        }
        Ok(())
    }
}

/// What the cells of an object say.
fn row(
    intake: &Intake<'_>,
    cells: &BTreeMap<String, String>,
) -> Result<(Row, Option<bool>), Fault> {
    let dialect = intake.dialect;
    let told = |name: &str| cells.get(name).and_then(|text| cell(text));
    let mut row = Row::of(1);
    for word in intake.words() {
        let text = dialect.word_names(word).iter().find_map(|name| told(name));
        row.set_word(word, text.map(Text::new));
    }
    for cost in Cost::ALL {
        let names = dialect.cost_names(cost);
        let Some((name, text)) = names.iter().find_map(|name| Some((name, told(name)?))) else {
            continue;
        };
        let number = amount(text).map_err(|what| Fault::not(name, what))?;
        row.set_cost(cost, Some(number));
    }
    let tagged = dialect
        .word_names(Word::Tags)
        .iter()
        .find_map(|name| told(name));
    Ok((row, tags::any(tagged)))
}

/// The cells of an object: members of members under the names of both, in the form of [`plain`]; tags and
/// labels stay the JSON that they are; the list of credits becomes two sums.
fn flat(prefix: &str, value: &Value, cells: &mut BTreeMap<String, String>) {
    let Value::Object(members) = value else {
        return;
    };
    for (name, value) in members {
        let name = format!("{prefix}{}", plain(name));
        match value {
            // A cell without a value is a column all the same.
            Value::Null => {
                cells.insert(name, String::new());
            }
            Value::String(text) => {
                cells.insert(name, text.clone());
            }
            Value::Object(_) if name == "tags" || name == "resourcetags" => {
                cells.insert(name, value.to_string());
            }
            Value::Object(_) => flat(&name, value, cells),
            Value::Array(list) if name == "credits" => {
                for (name, wanted) in CREDITS {
                    if let Some(sum) = credits(list, wanted) {
                        cells.insert(name.to_owned(), sum);
                    }
                }
            }
            value => {
                cells.insert(name, value.to_string());
            }
        }
    }
}

/// The sum of the credits of some types; as text that is no number when one is none.
fn credits(list: &[Value], wanted: fn(&str) -> bool) -> Option<String> {
    let mut sum = Decimal::ZERO;
    for credit in list {
        let kind = credit
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !wanted(kind) {
            continue;
        }
        let told = match credit.get("amount") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => return Some("a credit without amount".to_owned()),
        };
        match amount(&told)
            .ok()
            .and_then(|amount| sum.checked_add(amount))
        {
            Some(added) => sum = added,
            None => return Some(told),
        }
    }
    (!sum.is_zero()).then(|| sum.to_string())
}

/// Counts the lines that were read.
struct Counted<'a, Source> {
    source: Source,
    line: &'a Cell<u64>,
}

impl<Source: Read> Read for Counted<'_, Source> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        let lines = buffer
            .get(..length)
            .unwrap_or_default()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        self.line.set(self.line.get() + lines as u64);
        Ok(length)
    }
}

/// Hands each object of a list, or the one object there is, to the rows.
struct Each<'a, 'rows> {
    rows: &'a mut Rows<'rows>,
    line: &'a Cell<u64>,
    failed: &'a mut Option<FileError>,
}

impl<'de> DeserializeSeed<'de> for Each<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Each<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows of billing data")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let first = self.line.get();
            let Some(row) = list.next_element::<Value>()? else {
                return Ok(());
            };
            if self.failed.is_none() {
                let last = self.line.get();
                // What was read up to now is the line of the row before.
                *self.failed = self.rows.take(&row, (first + 1).min(last), last).err();
            }
        }
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let first = self.line.get();
        let row =
            serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        *self.failed = self.rows.take(&row, first, self.line.get()).err();
        Ok(())
    }
}
