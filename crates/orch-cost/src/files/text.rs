//! Rows of a CSV file.

use std::io::{self, BufRead, Read};
use std::path::Path;

use csv::ByteRecord;
use orch_model::Text;
use smol_str::format_smolstr;

use super::read::{Intake, Reading, Wanted};
use super::row::{Cost, Fault, Row, Word, amount, cell};
use super::{FileError, tags};

/// Reads CSV with a comma, a semicolon or a tabulator between the cells.
pub(super) fn read(
    path: &Path,
    mut source: impl BufRead,
    wanted: &Wanted,
) -> Result<Reading, FileError> {
    let delimiter = delimiter(source.fill_buf().map_err(FileError::io(path))?);
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(Newlines {
            source,
            held: false,
        });
    let failed = |error: csv::Error| FileError::Io {
        path: path.to_owned(),
        source: io::Error::from(error),
    };
    let header = csv.byte_headers().map_err(failed)?;
    let columns: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    let mut intake = Intake::new(path, &columns, wanted)?;
    let dialect = intake.dialect;
    let words: Vec<(Word, usize)> = intake
        .words()
        .filter_map(|word| Some((word, dialect.word_at(word, &columns)?)))
        .collect();
    let costs: Vec<(Cost, usize)> = Cost::ALL
        .into_iter()
        .filter_map(|cost| Some((cost, dialect.cost_at(cost, &columns)?)))
        .collect();
    let tags_at = dialect.word_at(Word::Tags, &columns);
    let wide: Vec<(&str, usize)> = match tags_at {
        Some(_) => Vec::new(),
        None => columns
            .iter()
            .enumerate()
            .filter_map(|(at, name)| Some((tags::of_column(name)?, at)))
            .collect(),
    };
    if !wide.is_empty() {
        intake.has_tags();
    }
    let wants_tags = intake.wants_tags();
    let mut record = ByteRecord::new();
    let mut line = csv.position().line();
    while csv.read_byte_record(&mut record).map_err(failed)? {
        let first = record.position().map_or(line, csv::Position::line);
        line = csv.position().line();
        // The position after a record is that of the next one, but at the end of a file without a last newline.
        let last = line.saturating_sub(1).max(first);
        if record.len() != columns.len() {
            let fault = format_smolstr!(
                "{} cells where the header has {}",
                record.len(),
                columns.len()
            );
            intake.malformed(Fault(fault), first, last);
            continue;
        }
        let read = || -> Result<(Row, Option<bool>), Fault> {
            let mut row = Row::of(1);
            let text = |at: usize| -> Result<Option<&str>, Fault> {
                let bytes = record.get(at).unwrap_or_default();
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| Fault::not(columns.get(at).map_or("", String::as_str), "UTF-8"))?;
                Ok(cell(text))
            };
            for (word, at) in &words {
                row.set_word(*word, text(*at)?.map(Text::new));
            }
            for (cost, at) in &costs {
                let Some(told) = text(*at)? else { continue };
                let number = amount(told).map_err(|what| {
                    Fault::not(columns.get(*at).map_or("", String::as_str), what)
                })?;
                row.set_cost(*cost, Some(number));
            }
            let tagged = match tags_at {
                Some(at) => tags::any(text(at)?),
                None => {
                    let mut found = Vec::new();
                    for (key, at) in &wide {
                        if let Some(value) = text(*at)? {
                            found.push((*key, value));
                        }
                    }
                    if wants_tags && !found.is_empty() {
                        row.set_word(Word::Tags, Some(tags::cell_of(&found)));
                    }
                    Some(!found.is_empty())
                }
            };
            Ok((row, tagged))
        };
        match read() {
            Ok((row, tagged)) => intake.take(&row, tagged, first, last),
            Err(fault) => intake.malformed(fault, first, last),
        }
    }
    Ok(intake.finish())
}

/// Lines that end as those of Windows do, as others end: the reader of rows counts `\r\n` as the end of the line before.
struct Newlines<Source> {
    source: Source,
    /// A carriage return of which it is not known yet whether a newline follows.
    held: bool,
}

impl<Source: BufRead> Read for Newlines<Source> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                let last = std::mem::take(&mut self.held);
                return Ok(match out.first_mut().filter(|_| last) {
                    Some(place) => {
                        *place = b'\r';
                        1
                    }
                    None => 0,
                });
            }
            let (mut used, mut written) = (0, 0);
            while let (Some(byte), Some(place)) = (bytes.get(used), out.get_mut(written)) {
                if self.held && *byte != b'\n' {
                    self.held = false;
                    *place = b'\r';
                    written += 1;
                    continue;
                }
                self.held = *byte == b'\r';
                used += 1;
                if !self.held {
                    *place = *byte;
                    written += 1;
                }
            }
            self.source.consume(used);
            if written > 0 || out.is_empty() {
                return Ok(written);
            }
        }
    }
}

/// What stands most often in the first line between cells: exports of a European Excel have semicolons.
fn delimiter(start: &[u8]) -> u8 {
    let line = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |wanted: u8| line.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|byte| count(*byte))
        .unwrap_or(b',')
}
