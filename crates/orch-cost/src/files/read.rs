//! One billing file as charges, whatever its format, with what could not be read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use orch_model::Text;
use rust_decimal::Decimal;

use super::dialect::{Dialect, is_commitment};
use super::row::{Cost, Fault, Row, Word, is_day_first};
use super::{FileError, Lines, json, parquet, tags, text, uses};
use crate::charge::{Charges, Part};
use crate::commitment::Usage;

/// What is kept of each charge beside day, provider, account, service and region.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The resource: one sum for each.
    pub resources: bool,
    /// The values of these tags.
    pub tags: Vec<Text>,
    /// What each hour says of commitments.
    pub commitments: bool,
}

/// What a file held.
#[derive(Debug)]
pub struct Reading {
    /// The file.
    pub path: PathBuf,
    /// Its format: `FOCUS`, `AWS CUR`.
    pub format: &'static str,
    /// Rows that are counted in the charges.
    pub rows: u64,
    /// The charges.
    pub charges: Charges,
    /// What commitments cover or could cover, where that was asked for.
    pub usage: Usage,
    /// Rows that are not counted: why, and on which lines (rows of a Parquet file, from 1).
    pub malformed: BTreeMap<Fault, Lines>,
    /// Rows that are counted, but without one of the sums: which, and on which lines.
    pub lacking: BTreeMap<Fault, Lines>,
}

/// The rows of one file while they come in.
pub(super) struct Intake<'a> {
    pub(super) dialect: &'static Dialect,
    wanted: &'a Wanted,
    /// Whether the file has a column of tags.
    has_tags: bool,
    /// Which amounts the file has a column for.
    has: Vec<Cost>,
    reading: Reading,
    /// Whether a row says that the amounts are amortised (Azure).
    amortised: bool,
    /// Whether a day can only be one with the day first, where the month is expected.
    day_first: bool,
}

impl<'a> Intake<'a> {
    /// The intake of a file with these columns.
    pub(super) fn new(
        path: &Path,
        columns: &[String],
        wanted: &'a Wanted,
    ) -> Result<Self, FileError> {
        let dialect = Dialect::of(columns).ok_or_else(|| FileError::Format {
            path: path.to_owned(),
            known: Dialect::names(),
        })?;
        let lacks = |column| FileError::Column {
            path: path.to_owned(),
            format: dialect.name,
            column,
        };
        for (word, name) in [
            (Word::Day, "the day"),
            (Word::Category, "the sort of charge"),
            (Word::Currency, "the currency"),
        ] {
            if dialect.word_at(word, columns).is_none() {
                return Err(lacks(name));
            }
        }
        if dialect.cost_at(Cost::Billed, columns).is_none() {
            return Err(lacks("the cost"));
        }
        Ok(Self {
            dialect,
            wanted,
            has_tags: dialect.word_at(Word::Tags, columns).is_some(),
            has: Cost::ALL
                .into_iter()
                .filter(|cost| dialect.cost_at(*cost, columns).is_some())
                .collect(),
            reading: Reading {
                path: path.to_owned(),
                format: dialect.name,
                rows: 0,
                charges: Charges::default(),
                usage: Usage::default(),
                malformed: BTreeMap::new(),
                lacking: BTreeMap::new(),
            },
            amortised: false,
            day_first: false,
        })
    }

    /// Which words a row must bring: a resource or tags only where they were asked for.
    pub(super) fn words(&self) -> impl Iterator<Item = Word> {
        let (resources, tags) = (self.wanted.resources, !self.wanted.tags.is_empty());
        let commitments = self.wanted.commitments;
        let described = self.dialect.charges_by_description();
        Word::ALL.into_iter().filter(move |word| match word {
            Word::Resource => resources,
            Word::Tags => tags,
            Word::Description if described => true,
            word => commitments || !word.is_of_commitments(),
        })
    }

    /// Whether the text of tags is asked for, and not only whether there are any.
    pub(super) fn wants_tags(&self) -> bool {
        !self.wanted.tags.is_empty()
    }

    /// The file has tags, if not in a column of that name.
    pub(super) fn has_tags(&mut self) {
        self.has_tags = true;
    }

    /// Takes one row that stands on these lines.
    pub(super) fn take(&mut self, row: &Row, tagged: Option<bool>, first: u64, last: u64) {
        if let Err(fault) = self.add(row, tagged) {
            self.malformed(fault, first, last);
            return;
        }
        for cost in [Cost::Effective, Cost::List] {
            if self.has.contains(&cost) && row.cost(cost).is_none() {
                let column = if cost == Cost::List {
                    "ListCost"
                } else {
                    "EffectiveCost"
                };
                self.lacking(Fault::empty(column), first, last);
            }
        }
        if tagged.is_none() {
            self.lacking(tags::unreadable(), first, last);
        }
    }

    /// Adds a row, or a group of rows.
    pub(super) fn add(&mut self, row: &Row, tagged: Option<bool>) -> Result<(), Fault> {
        let values = tags::values(
            row.word(Word::Tags).map(|text| text.as_str()),
            &self.wanted.tags,
        );
        self.day_first |= self.dialect.has_slashes()
            && [Word::Day, Word::PeriodEnd]
                .into_iter()
                .any(|word| row.word(word).is_some_and(|text| is_day_first(text)));
        let charges = self
            .dialect
            .charges(row, values, tagged.filter(|_| self.has_tags))?;
        if self.dialect.may_be_amortised() {
            // In an actual export the usage that a commitment pays for costs nothing.
            let [usage, _] = &charges;
            self.amortised |= usage.as_ref().is_some_and(|(key, sums)| {
                key.part == Part::UnusedCommitment
                    || (key.part == Part::Usage
                        && is_commitment(row)
                        && sums.billed.is_some_and(|cost| cost != Decimal::ZERO))
            });
        }
        if self.wanted.commitments
            && let [Some((key, _)), _] = &charges
        {
            uses::add(&mut self.reading.usage, self.dialect, row, key);
        }
        for (key, sums) in charges.into_iter().flatten() {
            self.reading.charges.add(key, &sums);
        }
        self.reading.rows += row.rows;
        Ok(())
    }

    pub(super) fn malformed(&mut self, fault: Fault, first: u64, last: u64) {
        let lines = self.reading.malformed.entry(fault).or_default();
        lines.add(first, last);
    }

    pub(super) fn lacking(&mut self, fault: Fault, first: u64, last: u64) {
        let lines = self.reading.lacking.entry(fault).or_default();
        lines.add(first, last);
    }

    /// Rows that are told together: malformed ones, or ones that lack a sum.
    pub(super) fn told(&mut self, fault: Fault, lines: Lines, malformed: bool) {
        let of = match malformed {
            true => &mut self.reading.malformed,
            false => &mut self.reading.lacking,
        };
        of.insert(fault, lines);
    }

    pub(super) fn finish(mut self) -> Reading {
        if self.day_first && self.reading.rows > 0 {
            // Days up to the twelfth were taken for months: nothing of it is on its day.
            let fault = "the days of this file are written with the day first: write 31/10/2026 as 2026-10-31";
            let lines = Lines::of(self.reading.rows, []);
            self.told(Fault(Text::new_static(fault)), lines, true);
            self.reading.rows = 0;
            self.reading.charges = Charges::default();
            self.reading.usage = Usage::default();
        }
        if self.amortised {
            self.reading.format = "Azure cost export, amortised";
            for (_, sums) in self.reading.charges.iter_mut() {
                sums.effective = sums.billed.take();
            }
        }
        self.reading
    }
}

/// Reads a file: CSV or JSON, also compressed with gzip, or Parquet. What it is, its first bytes tell.
///
/// # Errors
/// When the file cannot be read to its end, or is in no known format. A malformed row is no error.
pub fn read(path: &Path, wanted: &Wanted) -> Result<Reading, FileError> {
    let mut file = File::open(path).map_err(FileError::io(path))?;
    let mut start = [0; 4];
    let length = file.read(&mut start).map_err(FileError::io(path))?;
    drop(file);
    match start.get(..length).unwrap_or_default() {
        b"PAR1" => parquet::read(path, wanted),
        [0x1f, 0x8b, ..] => {
            let file = File::open(path).map_err(FileError::io(path))?;
            of_text(path, MultiGzDecoder::new(BufReader::new(file)), wanted)
        }
        _ => of_text(path, File::open(path).map_err(FileError::io(path))?, wanted),
    }
}

fn of_text(path: &Path, source: impl std::io::Read, wanted: &Wanted) -> Result<Reading, FileError> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let start = source.fill_buf().map_err(FileError::io(path))?;
    let mark = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let first = mark.iter().find(|byte| !byte.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) {
        json::read(path, source, wanted)
    } else {
        text::read(path, source, wanted)
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
pub(super) mod tests;
