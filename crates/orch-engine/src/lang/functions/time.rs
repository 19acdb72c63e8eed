//! Functions on instants (always UTC) and spans of time.

use chrono::{Datelike as _, TimeDelta, Timelike as _};
use orch_model::Time;

use super::table::{Function, Gives, Run, Takes, global, method};
use crate::lang::arithmetic::{overflow, span};
use crate::lang::node::unexpected;
use crate::value::{Stop, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("days", &[Takes::Int], Gives::Duration, Run::One(days)),
    method("getFullYear", &[Takes::Time], Gives::Int, Run::One(year)),
    method("getMonth", &[Takes::Time], Gives::Int, Run::One(month)),
    method("getDate", &[Takes::Time], Gives::Int, Run::One(date)),
    method(
        "getDayOfMonth",
        &[Takes::Time],
        Gives::Int,
        Run::One(day_of_month),
    ),
    method(
        "getDayOfWeek",
        &[Takes::Time],
        Gives::Int,
        Run::One(day_of_week),
    ),
    method(
        "getDayOfYear",
        &[Takes::Time],
        Gives::Int,
        Run::One(day_of_year),
    ),
    method("getHours", &[Takes::Time], Gives::Int, Run::One(hour)),
    method("getMinutes", &[Takes::Time], Gives::Int, Run::One(minute)),
    method("getSeconds", &[Takes::Time], Gives::Int, Run::One(second)),
    method("getHours", &[Takes::Duration], Gives::Int, Run::One(hours)),
    method(
        "getMinutes",
        &[Takes::Duration],
        Gives::Int,
        Run::One(minutes),
    ),
    method(
        "getSeconds",
        &[Takes::Duration],
        Gives::Int,
        Run::One(seconds),
    ),
];

fn days(count: &Value) -> Result<Value, Stop> {
    match count {
        Value::Int(count) => span(TimeDelta::try_days(*count)),
        value => Err(unexpected(value, "int")),
    }
}

fn of_time(value: &Value, part: fn(&Time) -> u32) -> Result<Value, Stop> {
    match value {
        Value::Time(time) => Ok(Value::Int(i64::from(part(time)))),
        value => Err(unexpected(value, "time")),
    }
}

fn of_span(value: &Value, part: fn(&TimeDelta) -> i64) -> Result<Value, Stop> {
    match value {
        Value::Duration(span) => Ok(Value::Int(part(span))),
        value => Err(unexpected(value, "duration")),
    }
}

fn year(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Time(time) => Ok(Value::Int(i64::from(time.year()))),
        value => Err(unexpected(value, "time")),
    }
}

fn month(value: &Value) -> Result<Value, Stop> {
    of_time(value, Time::month0)
}

fn date(value: &Value) -> Result<Value, Stop> {
    of_time(value, Time::day)
}

fn day_of_month(value: &Value) -> Result<Value, Stop> {
    of_time(value, Time::day0)
}

fn day_of_week(value: &Value) -> Result<Value, Stop> {
    of_time(value, |time| time.weekday().num_days_from_sunday())
}

fn day_of_year(value: &Value) -> Result<Value, Stop> {
    of_time(value, Time::ordinal0)
}

fn hour(value: &Value) -> Result<Value, Stop> {
    of_time(value, Time::hour)
}

fn minute(value: &Value) -> Result<Value, Stop> {
    of_time(value, Time::minute)
}

fn second(value: &Value) -> Result<Value, Stop> {
    of_time(value, Time::second)
}

fn hours(value: &Value) -> Result<Value, Stop> {
    of_span(value, TimeDelta::num_hours)
}

fn minutes(value: &Value) -> Result<Value, Stop> {
    of_span(value, TimeDelta::num_minutes)
}

fn seconds(value: &Value) -> Result<Value, Stop> {
    of_span(value, TimeDelta::num_seconds)
}

/// Nanoseconds as a span.
pub(super) fn span_of_nanos(nanos: i128) -> Result<Value, Stop> {
    i64::try_from(nanos)
        .map(|nanos| Value::Duration(TimeDelta::nanoseconds(nanos)))
        .map_err(|_| overflow())
}
