//! `+ - * / %` and the sign, on numbers, money, time, text and lists: every overflow is an error.

use chrono::{Datelike as _, TimeDelta};
use orch_model::{Text, Time};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};

use super::node::{Two, unexpected};
use super::types::Type;
use crate::value::{Stop, Value};

/// The function and the type of the result of `left operator right`; nothing where the language has none.
pub(crate) fn binary(operator: char, left: &Type, right: &Type) -> Option<(Two, Type)> {
    use Type::{Double, Duration, Int, List, Money, Text, Time, Word};
    let found: (Two, Type) = match (operator, left, right) {
        ('+', Int, Int) => (add_ints, Int),
        ('-', Int, Int) => (subtract_ints, Int),
        ('*', Int, Int) => (multiply_ints, Int),
        ('/', Int, Int) => (divide_ints, Int),
        ('%', Int, Int) => (remainder_ints, Int),
        ('+', Double, Double) => (add_doubles, Double),
        ('-', Double, Double) => (subtract_doubles, Double),
        ('*', Double, Double) => (multiply_doubles, Double),
        ('/', Double, Double) => (divide_doubles, Double),
        ('+', Money, Money) => (add_money, Money),
        ('-', Money, Money) => (subtract_money, Money),
        ('*', Money, Int | Double) | ('*', Int | Double, Money) => (multiply_money, Money),
        ('/', Money, Int | Double) => (divide_money, Money),
        ('/', Money, Money) => (ratio, Double),
        ('+', Text | Word(_), Text | Word(_)) => (add_texts, Text),
        ('+', List(_), List(_)) => (add_lists, left.unify(right)?),
        ('+', Time, Duration) | ('+', Duration, Time) => (later, Time),
        ('-', Time, Duration) => (earlier, Time),
        ('-', Time, Time) => (between, Duration),
        ('+', Duration, Duration) => (add_durations, Duration),
        ('-', Duration, Duration) => (subtract_durations, Duration),
        _ => return None,
    };
    Some(found)
}

/// The function of the sign `-`.
pub(crate) fn negate(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(overflow),
        Value::Double(value) => Ok(Value::Double(-value)),
        Value::Money(value) => Ok(Value::Money(-*value)),
        value => Err(unexpected(value, "a number")),
    }
}

#[cold]
pub(crate) fn overflow() -> Stop {
    Stop::error("the result is too large")
}

#[cold]
fn by_zero() -> Stop {
    Stop::error("division by zero")
}

#[cold]
fn mismatch(left: &Value, right: &Value) -> Stop {
    match (left, right) {
        (unknown @ Value::Unknown(_), _) | (_, unknown @ Value::Unknown(_)) => {
            unexpected(unknown, "a number")
        }
        (left, right) => Stop::error(format!(
            "failed to compute with {} and {}",
            left.noun(),
            right.noun()
        )),
    }
}

fn ints(left: &Value, right: &Value, compute: fn(i64, i64) -> Option<i64>) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => {
            compute(*left, *right).map(Value::Int).ok_or_else(overflow)
        }
        _ => Err(mismatch(left, right)),
    }
}

fn add_ints(left: &Value, right: &Value) -> Result<Value, Stop> {
    ints(left, right, i64::checked_add)
}

fn subtract_ints(left: &Value, right: &Value) -> Result<Value, Stop> {
    ints(left, right, i64::checked_sub)
}

fn multiply_ints(left: &Value, right: &Value) -> Result<Value, Stop> {
    ints(left, right, i64::checked_mul)
}

fn divide_ints(left: &Value, right: &Value) -> Result<Value, Stop> {
    if matches!(right, Value::Int(0)) {
        Err(by_zero())
    } else {
        ints(left, right, i64::checked_div)
    }
}

fn remainder_ints(left: &Value, right: &Value) -> Result<Value, Stop> {
    if matches!(right, Value::Int(0)) {
        Err(by_zero())
    } else {
        ints(left, right, i64::checked_rem)
    }
}

fn doubles(left: &Value, right: &Value, compute: fn(f64, f64) -> f64) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(compute(*left, *right))),
        _ => Err(mismatch(left, right)),
    }
}

fn add_doubles(left: &Value, right: &Value) -> Result<Value, Stop> {
    doubles(left, right, |left, right| left + right)
}

fn subtract_doubles(left: &Value, right: &Value) -> Result<Value, Stop> {
    doubles(left, right, |left, right| left - right)
}

fn multiply_doubles(left: &Value, right: &Value) -> Result<Value, Stop> {
    doubles(left, right, |left, right| left * right)
}

fn divide_doubles(left: &Value, right: &Value) -> Result<Value, Stop> {
    doubles(left, right, |left, right| left / right)
}

fn moneys(
    left: &Value,
    right: &Value,
    compute: fn(Decimal, Decimal) -> Option<Decimal>,
) -> Result<Value, Stop> {
    match (decimal(left), decimal(right)) {
        (Some(left), Some(right)) => compute(left, right).map(Value::Money).ok_or_else(overflow),
        _ => Err(mismatch(left, right)),
    }
}

/// A number as an exact amount; doubles to 15 digits, so that 0.1 is a tenth.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Money(amount) => Some(*amount),
        Value::Int(value) => Some(Decimal::from(*value)),
        Value::Double(value) => Decimal::from_f64(*value),
        _ => None,
    }
}

fn add_money(left: &Value, right: &Value) -> Result<Value, Stop> {
    moneys(left, right, Decimal::checked_add)
}

fn subtract_money(left: &Value, right: &Value) -> Result<Value, Stop> {
    moneys(left, right, Decimal::checked_sub)
}

fn multiply_money(left: &Value, right: &Value) -> Result<Value, Stop> {
    moneys(left, right, Decimal::checked_mul)
}

fn divide_money(left: &Value, right: &Value) -> Result<Value, Stop> {
    if decimal(right).is_some_and(|right| right.is_zero()) {
        return Err(by_zero());
    }
    moneys(left, right, Decimal::checked_div)
}

fn ratio(left: &Value, right: &Value) -> Result<Value, Stop> {
    match divide_money(left, right)? {
        Value::Money(ratio) => ratio.to_f64().map(Value::Double).ok_or_else(overflow),
        value => Err(unexpected(&value, "money")),
    }
}

fn add_texts(left: &Value, right: &Value) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            let mut text = String::with_capacity(left.len() + right.len());
            text.push_str(left);
            text.push_str(right);
            Ok(Value::Text(Text::from(text)))
        }
        _ => Err(mismatch(left, right)),
    }
}

fn add_lists(left: &Value, right: &Value) -> Result<Value, Stop> {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            Ok(Value::list(left.iter().chain(right.iter()).cloned()))
        }
        _ => Err(mismatch(left, right)),
    }
}

/// An instant within the years 1 to 9999, as CEL has them.
pub(crate) fn instant(time: Option<Time>) -> Result<Value, Stop> {
    match time {
        Some(time) if (1..=9999).contains(&time.year()) => Ok(Value::Time(time)),
        _ => Err(Stop::error("the time lies outside of the years 1 to 9999")),
    }
}

fn later(left: &Value, right: &Value) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Time(time), Value::Duration(span)) | (Value::Duration(span), Value::Time(time)) => {
            instant(time.checked_add_signed(*span))
        }
        _ => Err(mismatch(left, right)),
    }
}

fn earlier(left: &Value, right: &Value) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Time(time), Value::Duration(span)) => instant(time.checked_sub_signed(*span)),
        _ => Err(mismatch(left, right)),
    }
}

/// A span that fits into 64 bits of nanoseconds, as CEL has them: about 292 years.
pub(crate) fn span(span: Option<TimeDelta>) -> Result<Value, Stop> {
    match span {
        Some(span) if span.num_nanoseconds().is_some() => Ok(Value::Duration(span)),
        _ => Err(Stop::error("the duration is longer than 292 years")),
    }
}

fn between(left: &Value, right: &Value) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Time(left), Value::Time(right)) => span(Some(left.signed_duration_since(right))),
        _ => Err(mismatch(left, right)),
    }
}

fn add_durations(left: &Value, right: &Value) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Duration(left), Value::Duration(right)) => span(left.checked_add(right)),
        _ => Err(mismatch(left, right)),
    }
}

fn subtract_durations(left: &Value, right: &Value) -> Result<Value, Stop> {
    match (left, right) {
        (Value::Duration(left), Value::Duration(right)) => span(left.checked_sub(right)),
        _ => Err(mismatch(left, right)),
    }
}
