//! Rows of Parquet files, added up by polars in a stream.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use orch_model::Text;
use polars::io::RowIndex;
use polars::prelude::{
    AnyValue, DataFrame, DataType, Engine, Expr, LazyFrame, NULL, PlRefPath, PolarsResult,
    ScanArgsParquet, Schema, Series, TimeUnit, col, len, lit, when,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::read::{Intake, Reading, Wanted};
use super::row::{Cost, Fault, Row, Word, cell};
use super::{FileError, Lines, nested, parts};

/// Fraction digits of amounts that a file keeps as floating point or as text: what is beyond is rounded, row by
/// row, half a unit of the 18th digit at most. Twenty digits are left before the point.
const SCALE: usize = 18;
/// Digits of an amount in all, the most that the format has.
const PRECISION: usize = 38;

/// One group of rows with its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouped {
    /// The values of the columns that were grouped by, in their order; times as their UTC day.
    pub keys: Vec<Option<Text>>,
    /// The exact sums of the columns that were added, in their order.
    pub sums: Vec<Option<Decimal>>,
    /// How many rows have none in each of those columns.
    pub(super) nones: Vec<u64>,
    /// How many rows.
    pub rows: u64,
}

/// Adds columns up by others, over files with the same columns. The rows are streamed: what stays in memory is
/// one line a group, and the rows of some row groups.
///
/// # Errors
/// When a file cannot be read or lacks a column.
pub fn sum_by(files: &[&Path], keys: &[&str], sums: &[&str]) -> Result<Vec<Grouped>, FileError> {
    let first = files.first().copied().unwrap_or(Path::new(""));
    let failed = failed(first);
    let group = || -> PolarsResult<Vec<Grouped>> {
        let schema = scan(first, None)?.collect_schema()?;
        let keys: Vec<Expr> = keys.iter().map(|name| key(name, &schema)).collect();
        let frame = parts::sums(files, |rows| rows, &keys, &measures(sums, &schema))?;
        grouped(&frame, keys.len(), sums.len())
    };
    group().map_err(failed)
}

fn failed(path: &Path) -> impl Fn(polars::error::PolarsError) -> FileError + use<> {
    let path = path.to_owned();
    move |source| FileError::Parquet {
        path: path.clone(),
        source: Box::new(source),
    }
}

pub(super) fn scan(path: &Path, row_index: Option<RowIndex>) -> PolarsResult<LazyFrame> {
    let args = ScanArgsParquet {
        row_index,
        // A name with a star in it is a name.
        glob: false,
        ..ScanArgsParquet::default()
    };
    LazyFrame::scan_parquet(PlRefPath::try_from_path(path)?, args)
}

/// What rows are grouped by: a time by its UTC day.
fn key(name: &str, schema: &Schema) -> Expr {
    match schema.get(name) {
        Some(DataType::Datetime(..)) => col(name).dt().date(),
        _ => col(name),
    }
}

fn amount(name: &str, schema: &Schema) -> Expr {
    amount_of(col(name), schema.get(name))
}

/// A column of such a type as exact amounts.
pub(super) fn amount_of(of: Expr, kind: Option<&DataType>) -> Expr {
    let scale = match kind {
        Some(DataType::Decimal(_, scale)) => *scale,
        _ => SCALE,
    };
    of.cast(DataType::Decimal(PRECISION, scale))
}

/// Of each column its sum and how many rows have none; and how many rows there are.
fn measures(names: &[&str], schema: &Schema) -> Vec<Expr> {
    measures_of(names.iter().map(|name| amount(name, schema)))
}

/// The same of amounts that are no columns yet.
pub(super) fn measures_of(amounts: impl IntoIterator<Item = Expr>) -> Vec<Expr> {
    let sums = amounts.into_iter().enumerate().flat_map(|(i, amount)| {
        [
            amount.clone().sum().alias(format!("sum {i}")),
            amount
                .null_count()
                .cast(DataType::UInt64)
                .alias(format!("none {i}")),
        ]
    });
    sums.chain([len().cast(DataType::UInt64).alias("rows")])
        .collect()
}

pub(super) fn grouped(frame: &DataFrame, keys: usize, sums: usize) -> PolarsResult<Vec<Grouped>> {
    let columns = frame.columns();
    (0..frame.height())
        .map(|i| {
            let cell = |at: usize| {
                columns
                    .get(at)
                    .map_or(Ok(AnyValue::Null), |column| column.get(i))
            };
            let count = |at: usize| Ok(cell(at)?.extract::<u64>().unwrap_or_default());
            let rows = count(keys + 2 * sums)?;
            let nones: Vec<u64> = (0..sums)
                .map(|at| count(keys + 2 * at + 1))
                .collect::<PolarsResult<_>>()?;
            Ok(Grouped {
                keys: (0..keys)
                    .map(|at| cell(at).map(|value| text(&value)))
                    .collect::<PolarsResult<_>>()?,
                sums: nones
                    .iter()
                    .enumerate()
                    .map(|(at, none)| {
                        let sum = cell(keys + 2 * at)?;
                        Ok(if *none == rows { None } else { decimal(&sum) })
                    })
                    .collect::<PolarsResult<_>>()?,
                nones,
                rows,
            })
        })
        .collect()
}

/// A decimal of up to 38 digits as one of up to 28: zeros at the end are dropped first.
fn decimal(value: &AnyValue<'_>) -> Option<Decimal> {
    let AnyValue::Decimal(mut mantissa, _, mut scale) = *value else {
        return None;
    };
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    loop {
        let scaled = u32::try_from(scale).ok()?;
        match Decimal::try_from_i128_with_scale(mantissa, scaled) {
            Ok(decimal) => return Some(decimal),
            Err(_) if scale > 0 => {
                mantissa = (mantissa + 5 * mantissa.signum()) / 10;
                scale -= 1;
            }
            Err(_) => return None,
        }
    }
}

fn text(value: &AnyValue<'_>) -> Option<Text> {
    match value {
        AnyValue::Null => None,
        AnyValue::String(text) => Some(Text::new(text)),
        AnyValue::StringOwned(text) => Some(Text::new(text.as_str())),
        AnyValue::Date(days) => {
            let epoch = NaiveDate::default();
            let days = i64::from(*days);
            let day = match u64::try_from(days) {
                Ok(after) => epoch.checked_add_days(Days::new(after)),
                Err(_) => epoch.checked_sub_days(Days::new(days.unsigned_abs())),
            };
            Some(Text::new(day?.to_string()))
        }
        AnyValue::Datetime(at, unit, _) => {
            let time = match unit {
                TimeUnit::Milliseconds => DateTime::from_timestamp_millis(*at)?,
                TimeUnit::Microseconds => DateTime::from_timestamp_micros(*at)?,
                TimeUnit::Nanoseconds => DateTime::from_timestamp_nanos(*at),
            };
            Some(Text::new(time.to_rfc3339_opts(SecondsFormat::Secs, true)))
        }
        AnyValue::List(entries) => Some(Text::new(tags(entries))),
        other => Some(Text::new(other.to_string())),
    }
}

/// A map as a list of keys and values in JSON.
fn tags(entries: &Series) -> String {
    let entries: Vec<Value> = entries
        .iter()
        .filter_map(|entry| {
            let mut parts = entry._iter_struct_av();
            let (key, value) = (
                text(&parts.next()?)?,
                parts.next().and_then(|value| text(&value)),
            );
            Some(json!({"key": key, "value": value}))
        })
        .collect();
    Value::Array(entries).to_string()
}

/// The rows of one file as charges.
pub(super) fn read(path: &Path, wanted: &Wanted) -> Result<Reading, FileError> {
    let failed = failed(path);
    let mut rows = scan(path, None).map_err(&failed)?;
    let mut schema = rows.collect_schema().map_err(&failed)?;
    let members = nested::members(&schema);
    if !members.is_empty() {
        rows = rows.with_columns(members.clone());
        schema = rows.collect_schema().map_err(&failed)?;
    }
    let columns: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let mut intake = Intake::new(path, &columns, wanted)?;
    File {
        path,
        columns: &columns,
        schema: &schema,
        members: &members,
    }
    .take(&mut intake)
    .map_err(&failed)?;
    Ok(intake.finish())
}

struct File<'a> {
    path: &'a Path,
    columns: &'a [String],
    schema: &'a Schema,
    /// Columns that members of nested ones become.
    members: &'a [Expr],
}

/// So many groups of rows that make no charge are told by their rows' numbers; the others are only counted.
const TOLD: usize = 100;

impl File<'_> {
    /// Rows with the members of nested columns as columns.
    fn flat(&self, rows: LazyFrame) -> LazyFrame {
        match self.members.is_empty() {
            true => rows,
            false => rows.with_columns(self.members),
        }
    }

    fn name(&self, at: Option<usize>) -> Option<&str> {
        self.columns.get(at?).map(String::as_str)
    }

    fn take(&self, intake: &mut Intake<'_>) -> PolarsResult<()> {
        let dialect = intake.dialect;
        let words: Vec<(Word, &str)> = intake
            .words()
            .filter_map(|word| Some((word, self.name(dialect.word_at(word, self.columns))?)))
            .collect();
        let costs: Vec<(Cost, &str)> = Cost::ALL
            .into_iter()
            .filter_map(|cost| Some((cost, self.name(dialect.cost_at(cost, self.columns))?)))
            .collect();
        let names: Vec<&str> = costs.iter().map(|(_, name)| *name).collect();
        let tags = self.name(dialect.word_at(Word::Tags, self.columns));
        // Day and hour are read from one column: each key has a name of its own.
        let mut keys: Vec<Expr> = words
            .iter()
            .enumerate()
            .map(|(i, (word, name))| {
                let of = match word {
                    Word::Start | Word::End => col(*name),
                    _ => key(name, self.schema),
                };
                of.alias(format!("key {i}"))
            })
            .collect();
        if let Some(tags) = tags.filter(|_| !intake.wants_tags()) {
            keys.push(self.any_tag(tags).alias("tagged"));
        }
        let Some((_, billed)) = costs.iter().find(|(cost, _)| *cost == Cost::Billed) else {
            return Ok(());
        };
        let without = amount(billed, self.schema).is_null();
        let with = |rows: LazyFrame| self.flat(rows).filter(without.clone().not());
        let measures = measures(&names, self.schema);
        let frame = parts::sums(&[self.path], with, &keys, &measures)?;
        let groups = grouped(&frame, keys.len(), names.len())?;
        // Only a format that knows credits has a name for what they add up to.
        let known = !dialect.cost_names(Cost::Discount).is_empty();
        let credits = match known && nested::has_credits(self.schema) {
            true => Some(nested::credits(self.path, with, &keys)?),
            false => None,
        };
        let mut faults: BTreeMap<Fault, (u64, Vec<Expr>)> = BTreeMap::new();
        let mut untold = 0;
        for group in &groups {
            let mut row = Row::of(group.rows);
            for ((word, _), value) in words.iter().zip(&group.keys) {
                row.set_word(*word, value.as_deref().and_then(cell).map(Text::new));
            }
            for ((cost, _), sum) in costs.iter().zip(&group.sums) {
                row.set_cost(*cost, *sum);
            }
            if let Some(credits) = &credits {
                let sorts = [Cost::Promotion, Cost::Discount, Cost::CommitmentDiscount];
                for (cost, sum) in sorts.into_iter().zip(credits.of(&group.keys)) {
                    row.set_cost(cost, sum);
                }
            }
            let tagged = match (tags, intake.wants_tags()) {
                (None, _) => Some(false),
                (_, true) => super::tags::any(row.word(Word::Tags).map(|text| text.as_str())),
                (_, false) => group
                    .keys
                    .last()
                    .and_then(Option::as_deref)
                    .map(|told| told == "true"),
            };
            if tagged.is_none() {
                untold += group.rows;
            }
            if let Err(fault) = intake.add(&row, tagged) {
                let (count, of) = faults.entry(fault).or_default();
                *count += group.rows;
                of.push(self.those(&words, &group.keys));
            }
        }
        for (fault, (count, of)) in faults {
            let any = of.into_iter().take(TOLD).reduce(Expr::or);
            let known = any.map_or(Ok(Vec::new()), |any| self.numbers(any))?;
            intake.told(fault, Lines::of(count, known), true);
        }
        let known = self.numbers(without)?;
        if !known.is_empty() {
            let lines = Lines::of(known.len() as u64, known);
            intake.told(Fault::not(billed, "a number"), lines, true);
        }
        if let Some(tags) = tags.filter(|_| untold > 0) {
            let known = self.numbers(self.any_tag(tags).is_null())?;
            let lines = Lines::of(untold, known);
            intake.told(super::tags::unreadable(), lines, false);
        }
        if let Some(credits) = credits.filter(|credits| credits.without_amount > 0) {
            let lines = Lines::of(credits.without_amount, []);
            intake.told(Fault::empty("the amount of a credit"), lines, false);
        }
        for (at, (cost, name)) in costs.iter().enumerate() {
            let lacking: u64 = groups.iter().filter_map(|group| group.nones.get(at)).sum();
            if lacking > 0 && matches!(cost, Cost::Effective | Cost::List) {
                let known = self.numbers(amount(name, self.schema).is_null())?;
                intake.told(Fault::empty(name), Lines::of(lacking, known), false);
            }
        }
        Ok(())
    }

    /// Whether a row has a tag; null where its text does not begin as tags do.
    fn any_tag(&self, name: &str) -> Expr {
        let present = col(name).is_not_null();
        match self.schema.get(name) {
            Some(DataType::String) => {
                let is = |text: &str| col(name).eq(lit(text.to_owned()));
                // From a sign up to the one after it: what begins with the first.
                let begins = |sign: &str, after: &str| {
                    let (sign, after) = (lit(sign.to_owned()), lit(after.to_owned()));
                    col(name).gt_eq(sign).and(col(name).lt(after))
                };
                let none = is("").or(is("{}")).or(is("[]"));
                let some = begins("{", "|").or(begins("[", "\\")).or(begins("\"", "#"));
                when(present.not().or(none))
                    .then(lit(false))
                    .when(some)
                    .then(lit(true))
                    .otherwise(lit(NULL))
            }
            Some(DataType::List(_)) => present.and(col(name).list().len().gt(lit(0))),
            _ => present,
        }
    }

    /// The rows of a group that makes no charge.
    fn those(&self, words: &[(Word, &str)], values: &[Option<Text>]) -> Expr {
        let deciding = [Word::Category, Word::Class, Word::Currency, Word::Day];
        words
            .iter()
            .zip(values)
            .filter(|((word, _), _)| deciding.contains(word))
            .map(|((_, name), value)| {
                let told = key(name, self.schema).cast(DataType::String);
                match value {
                    Some(value) => told.eq(lit(value.to_string())),
                    None => told.is_null(),
                }
            })
            .reduce(Expr::and)
            .unwrap_or_else(|| lit(false))
    }

    /// The numbers of these rows, from 1; no more than are told.
    fn numbers(&self, those: Expr) -> PolarsResult<Vec<u64>> {
        let index = RowIndex {
            name: "row".into(),
            offset: 1,
        };
        let frame = self
            .flat(scan(self.path, Some(index))?)
            .filter(those)
            .select([col("row")])
            .collect_with_engine(Engine::Streaming)?
            .unwrap_single();
        let rows = frame.column("row")?.cast(&DataType::UInt64)?;
        Ok(rows.u64()?.iter().flatten().collect())
    }
}
