//! Reads TOML tables key by key, keeps every mistake with its place, and knows which keys nobody asked for.

use std::ops::{Range, RangeInclusive};

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::words::{Mistake, unknown_word};

/// A mistake and where it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The mistake.
    pub mistake: Mistake,
    /// Bytes of the file.
    pub span: Range<usize>,
}

/// All mistakes of one file.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(pub(crate) Vec<Placed>);

impl Mistakes {
    pub(crate) fn push(&mut self, mistake: Mistake, span: Range<usize>) {
        self.0.push(Placed { mistake, span });
    }
}

/// One table being read.
pub(crate) struct Section<'t, 'i> {
    table: &'t DeTable<'i>,
    name: String,
    asked: Vec<&'static str>,
}

impl<'t, 'i> Section<'t, 'i> {
    pub(crate) fn new(name: impl Into<String>, table: &'t DeTable<'i>) -> Self {
        Self {
            table,
            name: name.into(),
            asked: Vec::new(),
        }
    }

    /// The value of a key, if it is there.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// A value made by `parse`; a mistake is kept with its place.
    pub(crate) fn parsed<T>(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes,
        parse: impl FnOnce(&DeValue<'i>) -> Result<T, Mistake>,
    ) -> Option<T> {
        let value = self.get(key)?;
        match parse(value.get_ref()) {
            Ok(value) => Some(value),
            Err(mistake) => {
                let message = format!("{}: {}", self.path(key), mistake.message);
                mistakes.push(Mistake { message, ..mistake }, value.span());
                None
            }
        }
    }

    /// A list whose elements are made by `parse`, each mistake at its element.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes,
        parse: impl Fn(&str) -> Result<T, Mistake>,
    ) -> Option<Vec<T>> {
        let value = self.get(key)?;
        let path = self.path(key);
        let DeValue::Array(items) = value.get_ref() else {
            let mistake = wrong(&path, "a list", value.get_ref());
            mistakes.push(mistake, value.span());
            return None;
        };
        let mut all = Vec::new();
        for item in items.iter() {
            match text(item.get_ref()).and_then(&parse) {
                Ok(value) => all.push(value),
                Err(mistake) => {
                    let message = format!("{path}: {}", mistake.message);
                    mistakes.push(Mistake { message, ..mistake }, item.span());
                }
            }
        }
        Some(all)
    }

    /// Complains of every key that was not asked for.
    pub(crate) fn finish(self, mistakes: &mut Mistakes) {
        for (name, _) in self.table.iter() {
            let key: &str = name.get_ref();
            if !self.asked.contains(&key) {
                let known = self.asked.iter().copied();
                let mistake = unknown_word(&format!("key in {}", self.name), key, known);
                mistakes.push(mistake, name.span());
            }
        }
    }

    fn path(&self, key: &str) -> String {
        if self.name.starts_with('[') {
            format!("{key} in {}", self.name)
        } else {
            key.to_owned()
        }
    }
}

fn wrong(path: &str, wanted: &str, value: &DeValue<'_>) -> Mistake {
    Mistake::new(
        format!("{path}: {} where {wanted} belongs", kind_of(value)),
        format!("write {wanted}"),
    )
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn expected(wanted: &str, example: &str, value: &DeValue<'_>) -> Mistake {
    Mistake::new(
        format!("{} where {wanted} belongs", kind_of(value)),
        format!("write {wanted}, for example {example}"),
    )
}

pub(crate) fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Mistake> {
    match value {
        DeValue::String(text) => Ok(text),
        other => Err(expected("a text", "\"eu-west-1\"", other)),
    }
}

pub(crate) fn boolean(value: &DeValue<'_>) -> Result<bool, Mistake> {
    match value {
        DeValue::Boolean(value) => Ok(*value),
        other => Err(expected("true or false", "true", other)),
    }
}

/// What is written is of the right kind, and still cannot be meant.
fn out_of_range(given: &str, wanted: &str) -> Mistake {
    Mistake::new(
        format!("{given} is out of range"),
        format!("write {wanted}"),
    )
}

/// A whole number in a range.
pub(crate) fn whole(
    range: RangeInclusive<u32>,
) -> impl Fn(&DeValue<'_>) -> Result<u32, Mistake> + Copy {
    let (least, most) = (*range.start(), *range.end());
    move |value| {
        let wanted = format!("a whole number from {least} to {most}");
        let DeValue::Integer(number) = value else {
            return Err(expected(&wanted, "8", value));
        };
        u32::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| out_of_range(number.as_str(), &wanted))
    }
}

/// More points than this, or a larger factor, say nothing more.
const MOST_POINTS: u32 = 1_000_000;
/// The largest budget.
const MOST_MONEY: u64 = 1_000_000_000_000_000;

/// A number that is not negative, exactly as written.
pub(crate) fn amount(value: &DeValue<'_>) -> Result<Decimal, Mistake> {
    up_to(MOST_POINTS.into(), value)
}

/// An amount of money.
pub(crate) fn money(value: &DeValue<'_>) -> Result<Decimal, Mistake> {
    up_to(MOST_MONEY.into(), value)
}

fn up_to(most: Decimal, value: &DeValue<'_>) -> Result<Decimal, Mistake> {
    let wanted = format!("a number from 0 to {most}");
    let (given, number) = match value {
        DeValue::Integer(number) if number.radix() == 10 => {
            (number.as_str(), number.as_str().parse())
        }
        DeValue::Float(number) => (number.as_str(), number.as_str().replace('_', "").parse()),
        _ => return Err(expected(&wanted, "0.7", value)),
    };
    number
        .ok()
        .filter(|number: &Decimal| (Decimal::ZERO..=most).contains(number))
        .ok_or_else(|| out_of_range(given, &wanted))
}

/// Shorter, no answer could come; longer, nobody would wait.
const DURATIONS: RangeInclusive<u64> = 100..=24 * 3_600_000;

/// A time such as `500ms`, `5s`, `2m`, `1h`.
pub(crate) fn duration(value: &DeValue<'_>) -> Result<std::time::Duration, Mistake> {
    let wanted = || expected("a length of time", "\"20s\" or \"10m\"", value);
    let DeValue::String(text) = value else {
        return Err(wanted());
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wanted()),
    };
    if number.is_empty() {
        return Err(wanted());
    }
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(milliseconds))
        .filter(|total| DURATIONS.contains(total))
        .map(std::time::Duration::from_millis)
        .ok_or_else(|| out_of_range(text, "a length of time from 100ms to 24h"))
}

/// A calendar day.
pub(crate) fn date(value: &DeValue<'_>) -> Result<chrono::NaiveDate, Mistake> {
    let wanted = || expected("a day", "2026-12-31", value);
    let text = match value {
        DeValue::Datetime(date) => date.to_string(),
        DeValue::String(text) => text.to_string(),
        _ => return Err(wanted()),
    };
    text.parse().map_err(|_| wanted())
}

/// The value as JSON; dates become texts.
pub(crate) fn json(value: &DeValue<'_>) -> Result<serde_json::Value, Mistake> {
    Ok(match value {
        DeValue::String(text) => serde_json::Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_err(|_| Mistake::new("the number is too large", "write a smaller number"))?
            .into(),
        DeValue::Float(number) => number
            .as_str()
            .replace('_', "")
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .ok_or_else(|| Mistake::new("not a finite number", "write a finite number"))?
            .into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(date) => serde_json::Value::String(date.to_string()),
        DeValue::Array(items) => serde_json::Value::Array(
            items
                .iter()
                .map(|item| json(item.get_ref()))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => serde_json::Value::Object(
            table
                .iter()
                .map(|(key, value)| Ok((key.get_ref().to_string(), json(value.get_ref())?)))
                .collect::<Result<_, Mistake>>()?,
        ),
    })
}
