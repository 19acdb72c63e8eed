//! Functions on lists, maps and several values: sizes, sums, the greatest and the least.

use std::cmp::Ordering;

use super::table::{Function, Gives, Run, Takes, global, method};
use crate::lang::arithmetic::{self, overflow};
use crate::lang::node::{One, join, unexpected};
use crate::lang::types::Type;
use crate::value::{Stop, Value, all_there};

pub(super) const FUNCTIONS: &[Function] = &[
    global("size", &[Takes::Text], Gives::Int, Run::One(size)),
    global("size", &[Takes::List], Gives::Int, Run::Size),
    global("size", &[Takes::Map], Gives::Int, Run::One(size)),
    method("size", &[Takes::Text], Gives::Int, Run::One(size)),
    method("size", &[Takes::List], Gives::Int, Run::Size),
    method("size", &[Takes::Map], Gives::Int, Run::One(size)),
];

pub(crate) fn size(of: &Value) -> Result<Value, Stop> {
    let size = match of {
        Value::Text(text) if text.is_ascii() => text.len(),
        Value::Text(text) => text.chars().count(),
        Value::List(items) => {
            all_there(items)?;
            items.len()
        }
        Value::Map(entries) => entries.len(),
        value => return Err(unexpected(value, "text, a list or a map")),
    };
    i64::try_from(size).map(Value::Int).map_err(|_| overflow())
}

/// The values meant by one list or by several arguments, or why one of them is not known.
fn flat(values: &[Value]) -> Result<&[Value], Stop> {
    let values = match values {
        [Value::List(items)] => items,
        values => values,
    };
    let stop = values
        .iter()
        .filter(|value| matches!(value, Value::Unknown(_)))
        .fold(None, |stop, value| join(stop, unexpected(value, "a value")));
    stop.map_or(Ok(values), Err)
}

fn extreme(values: &[Value], wanted: Ordering) -> Result<Value, Stop> {
    let mut values = flat(values)?.iter();
    let Some(mut best) = values.next() else {
        return Err(Stop::error(
            "an empty list has neither a greatest nor a least element",
        ));
    };
    for value in values {
        if value.order(best) == Some(wanted) {
            best = value;
        }
    }
    Ok(best.clone())
}

/// `math.greatest`, of its arguments or of the elements of its one list.
pub(crate) fn greatest(values: &[Value]) -> Result<Value, Stop> {
    extreme(values, Ordering::Greater)
}

/// `math.least`.
pub(crate) fn least(values: &[Value]) -> Result<Value, Stop> {
    extreme(values, Ordering::Less)
}

/// `sum` of a list of this type of number; that of an empty list is zero.
pub(crate) fn sum(element: &Type) -> Option<One> {
    let sum: One = match element {
        Type::Int | Type::Any => |list| add_up(list, Value::Int(0), &Type::Int),
        Type::Double => |list| add_up(list, Value::Double(0.0), &Type::Double),
        Type::Money => |list| add_up(list, Value::Money(0.into()), &Type::Money),
        _ => return None,
    };
    Some(sum)
}

fn add_up(list: &Value, zero: Value, ty: &Type) -> Result<Value, Stop> {
    let Value::List(items) = list else {
        return Err(unexpected(list, "list"));
    };
    let items = flat(items)?;
    let Some((add, _)) = arithmetic::binary('+', ty, ty) else {
        return Err(overflow());
    };
    items.iter().try_fold(zero, |sum, item| add(&sum, item))
}
