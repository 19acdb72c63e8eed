//! Functions on text.

use orch_model::Text;

use super::table::{Function, Gives, Run, Takes, method};
use crate::lang::arithmetic::overflow;
use crate::lang::node::unexpected;
use crate::value::{Stop, Value};

/// The longest text that `replace` makes.
const LONGEST: usize = 1 << 20;

pub(super) const FUNCTIONS: &[Function] = &[
    method(
        "contains",
        &[Takes::Text, Takes::Text],
        Gives::Bool,
        Run::Two(contains),
    ),
    method(
        "startsWith",
        &[Takes::Text, Takes::Text],
        Gives::Bool,
        Run::Two(starts_with),
    ),
    method(
        "endsWith",
        &[Takes::Text, Takes::Text],
        Gives::Bool,
        Run::Two(ends_with),
    ),
    method("lowerAscii", &[Takes::Text], Gives::Text, Run::One(lower)),
    method("upperAscii", &[Takes::Text], Gives::Text, Run::One(upper)),
    method("trim", &[Takes::Text], Gives::Text, Run::One(trim)),
    method(
        "indexOf",
        &[Takes::Text, Takes::Text],
        Gives::Int,
        Run::Two(index_of),
    ),
    method(
        "substring",
        &[Takes::Text, Takes::Int],
        Gives::Text,
        Run::Two(substring_from),
    ),
    method(
        "substring",
        &[Takes::Text, Takes::Int, Takes::Int],
        Gives::Text,
        Run::Three(substring),
    ),
    method(
        "replace",
        &[Takes::Text, Takes::Text, Takes::Text],
        Gives::Text,
        Run::Three(replace),
    ),
    method(
        "split",
        &[Takes::Text, Takes::Text],
        Gives::Texts,
        Run::Two(split),
    ),
    method(
        "join",
        &[Takes::Texts, Takes::Text],
        Gives::Text,
        Run::Two(join),
    ),
    method("join", &[Takes::Texts], Gives::Text, Run::One(join_plain)),
];

pub(super) fn text(value: &Value) -> Result<&str, Stop> {
    match value {
        Value::Text(text) => Ok(text),
        value => Err(unexpected(value, "text")),
    }
}

fn contains(of: &Value, part: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(text(of)?.contains(text(part)?)))
}

fn starts_with(of: &Value, part: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(text(of)?.starts_with(text(part)?)))
}

fn ends_with(of: &Value, part: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(text(of)?.ends_with(text(part)?)))
}

fn lower(of: &Value) -> Result<Value, Stop> {
    Ok(Value::Text(Text::from(text(of)?.to_ascii_lowercase())))
}

fn upper(of: &Value) -> Result<Value, Stop> {
    Ok(Value::Text(Text::from(text(of)?.to_ascii_uppercase())))
}

fn trim(of: &Value) -> Result<Value, Stop> {
    Ok(Value::Text(Text::new(text(of)?.trim())))
}

/// Places are counted in characters, as `size` does.
fn index_of(of: &Value, part: &Value) -> Result<Value, Stop> {
    let of = text(of)?;
    let place = of
        .find(text(part)?)
        .and_then(|at| of.get(..at))
        .map(|head| head.chars().count());
    Ok(Value::Int(
        place
            .map_or(Ok(-1), i64::try_from)
            .map_err(|_| overflow())?,
    ))
}

fn int(value: &Value) -> Result<i64, Stop> {
    match value {
        Value::Int(value) => Ok(*value),
        value => Err(unexpected(value, "int")),
    }
}

/// The byte at which a character begins; the end counts as one.
fn place(of: &str, character: i64) -> Result<usize, Stop> {
    usize::try_from(character)
        .ok()
        .and_then(|character| {
            of.char_indices()
                .map(|(at, _)| at)
                .chain(std::iter::once(of.len()))
                .nth(character)
        })
        .ok_or_else(|| Stop::error(format!("there is no place {character} in this text")))
}

fn substring_from(of: &Value, start: &Value) -> Result<Value, Stop> {
    let of = text(of)?;
    let start = place(of, int(start)?)?;
    Ok(Value::Text(Text::new(of.get(start..).unwrap_or_default())))
}

fn substring(of: &Value, start: &Value, end: &Value) -> Result<Value, Stop> {
    let of = text(of)?;
    let (start, end) = (place(of, int(start)?)?, place(of, int(end)?)?);
    match of.get(start..end) {
        Some(part) => Ok(Value::Text(Text::new(part))),
        None => Err(Stop::error("the end of a substring lies before its start")),
    }
}

fn replace(of: &Value, from: &Value, to: &Value) -> Result<Value, Stop> {
    let (of, from, to) = (text(of)?, text(from)?, text(to)?);
    if of.len().saturating_add(1).saturating_mul(to.len().max(1)) > LONGEST {
        return Err(overflow());
    }
    Ok(Value::Text(Text::from(of.replace(from, to))))
}

fn split(of: &Value, separator: &Value) -> Result<Value, Stop> {
    let (of, separator) = (text(of)?, text(separator)?);
    if separator.is_empty() {
        let mut bytes = [0; 4];
        return Ok(Value::list(of.chars().map(|character| {
            Value::Text(Text::new(&*character.encode_utf8(&mut bytes)))
        })));
    }
    Ok(Value::list(
        of.split(separator).map(|part| Value::Text(Text::new(part))),
    ))
}

fn join(of: &Value, separator: &Value) -> Result<Value, Stop> {
    let Value::List(items) = of else {
        return Err(unexpected(of, "list"));
    };
    let separator = text(separator)?;
    let mut joined = String::new();
    let mut stop = None;
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        match text(item) {
            Ok(item) => joined.push_str(item),
            Err(other) => stop = crate::lang::node::join(stop, other),
        }
    }
    stop.map_or(Ok(Value::Text(Text::from(joined))), Err)
}

fn join_plain(of: &Value) -> Result<Value, Stop> {
    join(of, &Value::Text(Text::default()))
}
