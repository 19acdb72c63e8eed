//! Whether a file has the keys and types that the schema says, and its values as JSON.

use std::ops::Range;
use std::sync::LazyLock;

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Mistake, Places, help_with_word};
use crate::project::Project;

/// Checks a file. What is wrong is left out of the value; keys are missing only in a `whole` one.
pub(super) fn check(
    table: &DeTable<'_>,
    whole: bool,
    places: &mut Places,
    mistakes: &mut Vec<Mistake>,
) -> Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Project).to_value());
    let root: &Value = &SCHEMA;
    let mut walk = Walk {
        root,
        whole,
        places,
        mistakes,
    };
    walk.table(root, table, "", "the project", &(0..0))
}

struct Walk<'s, 'o> {
    root: &'s Value,
    /// Whether all of the file could be read.
    whole: bool,
    places: &'o mut Places,
    mistakes: &'o mut Vec<Mistake>,
}

impl<'s> Walk<'s, '_> {
    fn wrong(
        &mut self,
        message: String,
        help: Option<String>,
        span: Range<usize>,
    ) -> Option<Value> {
        self.mistakes.push(Mistake {
            message,
            help,
            span,
        });
        None
    }

    /// The schema behind references, and the one that is not null of two.
    fn behind(&self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        loop {
            let any = schema.get("anyOf").and_then(Value::as_array);
            let named = schema.get("$ref").and_then(Value::as_str);
            schema = match (any, named) {
                (Some(any), _) => match any.iter().find(|one| one["type"] != "null") {
                    Some(one) => one,
                    None => return schema,
                },
                (None, Some(name)) => match self.root.pointer(name.trim_start_matches('#')) {
                    Some(one) => one,
                    None => return schema,
                },
                (None, None) => return schema,
            };
        }
    }

    fn table(
        &mut self,
        schema: &'s Value,
        table: &DeTable<'_>,
        at: &str,
        name: &str,
        span: &Range<usize>,
    ) -> Value {
        let mut out = Map::new();
        let properties = schema["properties"].as_object();
        let others = schema
            .get("additionalProperties")
            .filter(|one| one.is_object());
        for (key, value) in table {
            let word = key.get_ref().as_ref();
            let Some(inner) = properties.and_then(|all| all.get(word)).or(others) else {
                let known: Vec<&str> = properties
                    .into_iter()
                    .flat_map(Map::keys)
                    .map(String::as_str)
                    .collect();
                let help = help_with_word(word, &known);
                self.wrong(format!("{name} has no key `{word}`"), help, key.span());
                continue;
            };
            let at = format!("{at}/{word}");
            if let Some(value) = self.value(inner, value, &at, word) {
                out.insert(word.to_owned(), value);
            }
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for key in required.filter_map(Value::as_str) {
            if self.whole && !table.keys().any(|there| there.get_ref() == key) {
                let help = Some(format!(
                    "add `{key} = …`{}",
                    example(&schema["properties"][key])
                ));
                self.wrong(format!("{name} lacks the key `{key}`"), help, span.clone());
            }
        }
        Value::Object(out)
    }

    fn value(
        &mut self,
        schema: &'s Value,
        value: &Spanned<DeValue<'_>>,
        at: &str,
        key: &str,
    ) -> Option<Value> {
        let schema = self.behind(schema);
        let span = value.span();
        self.places.insert(at.to_owned(), span.clone());
        let is = |name: &str| {
            schema["type"] == name
                || schema["type"]
                    .as_array()
                    .is_some_and(|types| types.iter().any(|one| one == name))
        };
        let words = words(schema);
        match value.get_ref() {
            DeValue::Table(table) if is("object") => {
                Some(self.table(schema, table, at, &called(at, key), &span))
            }
            DeValue::Array(items) if is("array") => {
                let length = |name: &str| schema[name].as_u64();
                let count = items.len() as u64;
                if length("minItems").is_some_and(|least| count < least)
                    || length("maxItems").is_some_and(|most| count > most)
                {
                    let wanted = length("minItems").unwrap_or_default();
                    let message = format!("`{key}` has {count} elements, not {wanted}");
                    return self.wrong(message, None, span);
                }
                let mut out = Vec::new();
                for (place, item) in items.iter().enumerate() {
                    let at = format!("{at}/{place}");
                    // A place in the list is kept for what is wrong, so that pointers stay right.
                    out.push(
                        self.value(&schema["items"], item, &at, key)
                            .unwrap_or_default(),
                    );
                }
                Some(Value::Array(out))
            }
            DeValue::String(word) if !words.is_empty() => {
                if words.contains(&word.as_ref()) {
                    return Some(Value::from(word.as_ref()));
                }
                let help = help_with_word(word, &words);
                self.wrong(format!("`{key}` cannot be `{word}`"), help, span)
            }
            DeValue::String(word) if schema["format"] == "date" => self.date(word, key, span),
            DeValue::String(word) if is("string") && is("number") => self.decimal(word, key, span),
            DeValue::String(word) if is("string") => Some(Value::from(word.as_ref())),
            DeValue::Datetime(date) if schema["format"] == "date" => {
                self.date(&date.to_string(), key, span)
            }
            DeValue::Boolean(flag) if is("boolean") => Some(Value::from(*flag)),
            DeValue::Integer(number) if is("number") && is("string") => {
                let plain = i64::from_str_radix(number.as_str(), number.radix());
                self.decimal(
                    &plain.map_or_else(|_| number.to_string(), |n| n.to_string()),
                    key,
                    span,
                )
            }
            DeValue::Float(number) if is("number") && is("string") => {
                self.decimal(number.as_str(), key, span)
            }
            DeValue::Integer(number) if is("integer") => {
                let most = schema["maximum"].as_u64().unwrap_or(u64::from(u32::MAX));
                let plain = u64::from_str_radix(number.as_str(), number.radix());
                match plain.ok().filter(|plain| *plain <= most) {
                    Some(plain) => Some(Value::from(plain)),
                    None => {
                        let help = Some(format!("write a whole number from 0 to {most}"));
                        let message = format!("`{key}` cannot be {}", number.as_str());
                        self.wrong(message, help, span)
                    }
                }
            }
            other => {
                let message = format!("`{key}` is {}, not {}", told(other), wanted(schema));
                let help = Some(format!("write `{key} = …`{}", example(schema)));
                self.wrong(message, help, span)
            }
        }
    }

    fn date(&mut self, word: &str, key: &str, span: Range<usize>) -> Option<Value> {
        if word.parse::<chrono::NaiveDate>().is_ok() && word.len() == 10 {
            return Some(Value::from(word));
        }
        let help = Some("write a day of the calendar as 2026-03-31".to_owned());
        self.wrong(format!("`{key}` is no date: `{word}`"), help, span)
    }

    fn decimal(&mut self, word: &str, key: &str, span: Range<usize>) -> Option<Value> {
        let word = word.replace('_', "");
        if word.parse::<Decimal>().is_ok() {
            return Some(Value::from(word));
        }
        let help = Some("write a decimal number: 1200.50".to_owned());
        self.wrong(format!("`{key}` is no number: `{word}`"), help, span)
    }
}

/// The words that a schema lets in, where it names them.
fn words(schema: &Value) -> Vec<&str> {
    let one_of = schema["oneOf"].as_array().into_iter().flatten();
    let named = schema["enum"].as_array().into_iter().flatten();
    one_of
        .filter_map(|one| one["const"].as_str())
        .chain(named.filter_map(Value::as_str))
        .collect()
}

/// What a table is for people: `[[task]] 3`.
fn called(at: &str, key: &str) -> String {
    match at
        .rsplit('/')
        .next()
        .and_then(|last| last.parse::<usize>().ok())
    {
        Some(place) => format!("[[{key}]] number {}", place + 1),
        None => format!("[{key}]"),
    }
}

fn told(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn wanted(schema: &Value) -> &'static str {
    let is = |name: &str| {
        schema["type"] == name
            || schema["type"]
                .as_array()
                .is_some_and(|types| types.iter().any(|one| one == name))
    };
    match schema {
        _ if schema["format"] == "date" => "a date",
        _ if is("object") => "a table",
        _ if is("array") => "a list",
        _ if is("boolean") => "true or false",
        _ if is("number") => "a decimal number",
        _ if is("integer") => "a whole number",
        _ => "text",
    }
}

/// What a value looks like.
fn example(schema: &Value) -> &'static str {
    match wanted(schema) {
        "a date" => ", for example 2026-03-31",
        "a list" => ", for example [1, 2, 3]",
        "true or false" => ", for example true",
        "a decimal number" => ", for example 1200.50",
        "a whole number" => ", for example 1",
        _ => ", with text in quotation marks",
    }
}
