//! Conversions between types, written as the name of the type wanted.

use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use orch_model::Text;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::table::{Function, Gives, Run, Takes, global};
use super::text::text;
use super::time::span_of_nanos;
use crate::lang::arithmetic::{decimal, instant, overflow};
use crate::lang::node::unexpected;
use crate::value::{Stop, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("int", &[Takes::Int], Gives::Int, Run::One(same)),
    global("int", &[Takes::Double], Gives::Int, Run::One(int)),
    global("int", &[Takes::Text], Gives::Int, Run::One(int)),
    global("int", &[Takes::Time], Gives::Int, Run::One(int)),
    global("double", &[Takes::Double], Gives::Double, Run::One(same)),
    global("double", &[Takes::Int], Gives::Double, Run::One(double)),
    global("double", &[Takes::Text], Gives::Double, Run::One(double)),
    global("double", &[Takes::Money], Gives::Double, Run::One(double)),
    global("bool", &[Takes::Bool], Gives::Bool, Run::One(same)),
    global("bool", &[Takes::Text], Gives::Bool, Run::One(boolean)),
    global("string", &[Takes::Text], Gives::Text, Run::One(same)),
    global("string", &[Takes::Bool], Gives::Text, Run::One(string)),
    global("string", &[Takes::Int], Gives::Text, Run::One(string)),
    global("string", &[Takes::Double], Gives::Text, Run::One(string)),
    global("string", &[Takes::Time], Gives::Text, Run::One(string)),
    global("string", &[Takes::Duration], Gives::Text, Run::One(string)),
    global("string", &[Takes::Money], Gives::Text, Run::One(string)),
    global("string", &[Takes::Ip], Gives::Text, Run::One(string)),
    global("string", &[Takes::Cidr], Gives::Text, Run::One(string)),
    global("timestamp", &[Takes::Time], Gives::Time, Run::One(same)),
    global(
        "timestamp",
        &[Takes::Text],
        Gives::Time,
        Run::One(timestamp),
    ),
    global("timestamp", &[Takes::Int], Gives::Time, Run::One(timestamp)),
    global(
        "duration",
        &[Takes::Duration],
        Gives::Duration,
        Run::One(same),
    ),
    global(
        "duration",
        &[Takes::Text],
        Gives::Duration,
        Run::One(duration),
    ),
    global("money", &[Takes::Money], Gives::Money, Run::One(same)),
    global("money", &[Takes::Text], Gives::Money, Run::One(money)),
    global("money", &[Takes::Int], Gives::Money, Run::One(money)),
    global("money", &[Takes::Double], Gives::Money, Run::One(money)),
];

#[expect(clippy::unnecessary_wraps, reason = "one signature for every function")]
fn same(value: &Value) -> Result<Value, Stop> {
    Ok(value.clone())
}

fn not_a(value: &Value, wanted: &str) -> Stop {
    Stop::error(format!("`{value}` is not {wanted}"))
}

fn int(value: &Value) -> Result<Value, Stop> {
    /// 2^63: the ends of what fits are outside, as in CEL.
    const END: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Value::Double(double) if *double > -END && *double < END => {
            double.trunc().to_i64().map(Value::Int).ok_or_else(overflow)
        }
        Value::Double(_) => Err(overflow()),
        Value::Text(text) => text
            .parse()
            .map(Value::Int)
            .map_err(|_| not_a(value, "an int")),
        Value::Time(time) => Ok(Value::Int(time.timestamp())),
        value => Err(unexpected(value, "a number")),
    }
}

fn double(value: &Value) -> Result<Value, Stop> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "what the conversion means")]
        Value::Int(int) => Ok(Value::Double(*int as f64)),
        Value::Text(text) => text
            .parse()
            .map(Value::Double)
            .map_err(|_| not_a(value, "a double")),
        Value::Money(amount) => amount.to_f64().map(Value::Double).ok_or_else(overflow),
        value => Err(unexpected(value, "a number")),
    }
}

fn boolean(value: &Value) -> Result<Value, Stop> {
    match text(value)? {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
        _ => Err(not_a(value, "true or false")),
    }
}

fn string(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Unknown(_) => Err(unexpected(value, "a value")),
        value => Ok(Value::Text(Text::from(value.to_string()))),
    }
}

fn timestamp(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Int(seconds) => instant(DateTime::from_timestamp(*seconds, 0)),
        value => match DateTime::parse_from_rfc3339(text(value)?) {
            Ok(time) => instant(Some(time.with_timezone(&Utc))),
            Err(_) => Err(not_a(value, "a time such as 2026-01-31T12:00:00Z")),
        },
    }
}

fn duration(value: &Value) -> Result<Value, Stop> {
    duration_of(text(value)?)
        .unwrap_or_else(|| Err(not_a(value, "a duration such as 90m or 1h30m")))
}

/// `1h30m`, `1.5h`, `-20s`, `0`: numbers with units. Nothing where it has another form.
fn duration_of(text: &str) -> Option<Result<Value, Stop>> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(span_of_nanos(0));
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit: i128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || whole.len() > 18 || fraction.len() > 18 {
            return None;
        }
        let digits = |text: &str| {
            if text.is_empty() {
                Some(0)
            } else {
                text.parse::<i128>().ok()
            }
        };
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        total += digits(whole)? * unit + digits(fraction)? * unit / scale;
        rest = tail;
    }
    Some(span_of_nanos(if negative { -total } else { total }))
}

fn money(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Text(text) => Decimal::from_str(text)
            .map(Value::Money)
            .map_err(|_| not_a(value, "an amount")),
        value => decimal(value).map(Value::Money).ok_or_else(overflow),
    }
}
