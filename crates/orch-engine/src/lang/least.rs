//! What decides a comparison although not all is known: the least size of a list, the least that a number is.

use std::cmp::Ordering;

use super::node::{Compare, Env, Node};
use crate::value::Value;

/// The least that a value can be, if that is known of it.
fn least<'a>(node: &'a Node, env: &Env<'a>) -> Option<Value> {
    if let Some(Value::AtLeast(least, _)) = node.place(env) {
        return Some(Value::Double(*least));
    }
    let Node::Size(of) = node else { return None };
    let list = of.value(env).ok()?;
    let Value::List(items) = &*list else {
        return None;
    };
    let known = items
        .iter()
        .filter(|item| !matches!(item, Value::Unknown(_)))
        .count();
    // A list is never called unknown element by element when it may be empty.
    let least = known.max(usize::from(!items.is_empty()));
    i64::try_from(least).ok().map(Value::Int)
}

/// Whether something of which only the least is known stands in this order to a known value, if that decides.
fn decided(compare: Compare, least: &Value, known: &Value) -> Option<bool> {
    let order = least.order(known)?;
    match compare {
        Compare::Greater => (order == Ordering::Greater).then_some(true),
        Compare::GreaterOrEqual => order.is_ge().then_some(true),
        Compare::Less => order.is_ge().then_some(false),
        Compare::LessOrEqual => (order == Ordering::Greater).then_some(false),
    }
}

/// Whether two values stand in this order, if the least of one decides it.
#[cold]
pub(super) fn order<'a>(compare: Compare, pair: &'a (Node, Node), env: &Env<'a>) -> Option<bool> {
    let (left, right) = pair;
    match (left.value(env), right.value(env)) {
        (Err(_), Ok(known)) => decided(compare, &least(left, env)?, &known),
        (Ok(known), Err(_)) => decided(compare.turned(), &least(right, env)?, &known),
        _ => None,
    }
}

/// Whether two values are equal, if the least of one decides it.
#[cold]
pub(super) fn same<'a>(pair: &'a (Node, Node), env: &Env<'a>) -> Option<bool> {
    // More than the other is not equal to it.
    let more = |compare| order(compare, pair, env).filter(|holds| !holds);
    more(Compare::LessOrEqual).or_else(|| more(Compare::GreaterOrEqual))
}
