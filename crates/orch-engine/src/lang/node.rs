//! A checked expression as a compact tree, and its evaluation.

use std::cell::Cell;
use std::cmp::Ordering;
use std::ops::Deref;
use std::sync::Arc;

use regex::Regex;

use super::access::{element_of, entry_of, map_of, member_of};
use super::fold::Fold;
use super::program::FactSlots;
use super::{functions, least, limits};
use crate::value::{Reasons, Stop, Value};

/// A function of one value, of two, of three.
pub(crate) type One = fn(&Value) -> Result<Value, Stop>;
pub(crate) type Two = fn(&Value, &Value) -> Result<Value, Stop>;
pub(crate) type Three = fn(&Value, &Value, &Value) -> Result<Value, Stop>;
/// A function of many values.
pub(crate) type Many = fn(&[Value]) -> Result<Value, Stop>;

/// An order that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    /// The same with the sides exchanged.
    pub(super) fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// One operation. The checker has proved the types; where a value nevertheless has another one (a fact
/// that does not keep its own schema), the answer is an error.
#[derive(Debug)]
pub(crate) enum Node {
    Const(Value),
    /// Computes with an element of a list that is always empty.
    Never,
    Slot(usize),
    Fact(usize),
    Key,
    Now,
    Local(usize),
    /// A member of a struct; with `safe`, none has none as its members.
    Member {
        of: Box<Node>,
        /// Its place in the whole struct.
        index: usize,
        /// Its place in what is taken in of the struct.
        part: usize,
        safe: bool,
    },
    /// An entry of a map; a key that is not there is none.
    Entry {
        of: Box<Node>,
        key: Box<Node>,
        safe: bool,
    },
    /// An element of a list; with `safe`, none where there is no such element.
    Element {
        of: Box<Node>,
        index: Box<Node>,
        safe: bool,
    },
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    If(Box<(Node, Node, Node)>),
    Same(Box<(Node, Node)>),
    Differs(Box<(Node, Node)>),
    IsNull(Box<Node>),
    NotNull(Box<Node>),
    OrderInts(Compare, Box<(Node, Node)>),
    Order(Compare, Box<(Node, Node)>),
    In(Box<(Node, Node)>),
    InMap(Box<(Node, Node)>),
    Default(Box<(Node, Node)>),
    Call1(One, Box<Node>),
    Call2(Two, Box<(Node, Node)>),
    Call3(Three, Box<(Node, Node, Node)>),
    CallMany(Many, Box<[Node]>),
    /// The size of a list.
    Size(Box<Node>),
    Matches(Box<Node>, Box<Regex>),
    List(Box<[Node]>),
    /// A map whose keys are known: a struct.
    Record(Box<[Node]>),
    Map(Box<[(Node, Node)]>),
    Fold(Box<Fold>),
}

/// What a node sees.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) resource: &'a [Value],
    pub(crate) facts: &'a dyn FactSlots,
    pub(crate) key: &'a Value,
    pub(crate) now: &'a Value,
    pub(crate) locals: [&'a Value; limits::LOOPS],
    /// How many more elements may be visited.
    pub(crate) steps: &'a Cell<u32>,
}

/// A value that is borrowed where it can be.
pub(crate) enum Val<'a> {
    Ref(&'a Value),
    Own(Value),
}

impl Deref for Val<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Ref(value) => value,
            Self::Own(value) => value,
        }
    }
}

impl Val<'_> {
    pub(crate) fn into_owned(self) -> Value {
        match self {
            Self::Ref(value) => value.clone(),
            Self::Own(value) => value,
        }
    }
}

/// A value that is there, or why it is not known.
pub(super) fn known(value: Option<&Value>) -> Result<Val<'_>, Stop> {
    match value {
        Some(Value::Unknown(reasons) | Value::AtLeast(_, reasons)) => Err(unknown(reasons)),
        Some(value) => Ok(Val::Ref(value)),
        None => Err(Stop::error("failed to find the slot of a path")),
    }
}

#[cold]
fn unknown(reasons: &Reasons) -> Stop {
    Stop::Unknown(Reasons::clone(reasons))
}

/// A value of a type that the checker did not allow here.
#[cold]
pub(crate) fn unexpected(value: &Value, wanted: &str) -> Stop {
    match value {
        Value::Unknown(reasons) | Value::AtLeast(_, reasons) => Stop::Unknown(reasons.clone()),
        value => Stop::error(format!("expected {wanted}, found {}", value.noun())),
    }
}

/// "Not a number" is neither more nor less than a number: an answer would be a guess.
#[cold]
fn no_order(left: &Value, right: &Value) -> Stop {
    match (left, right) {
        (Value::Double(_), _) | (_, Value::Double(_)) => Stop::error("NaN has no order"),
        (unknown @ Value::Unknown(_), _) | (_, unknown) => unexpected(unknown, "an ordered value"),
    }
}

/// Both values; an error of either beats what is not known.
fn both<'a>(nodes: &'a (Node, Node), env: &Env<'a>) -> Result<(Val<'a>, Val<'a>), Stop> {
    match (nodes.0.value(env), nodes.1.value(env)) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => Err(stop),
        (Err(left), Err(right)) => Err(left.and(right)),
    }
}

/// Adds what stopped one part to what stopped another.
pub(crate) fn join(stop: Option<Stop>, other: Stop) -> Option<Stop> {
    Some(match stop {
        Some(stop) => stop.and(other),
        None => other,
    })
}

/// Values side by side. A field that was not read stays one unknown part among others.
fn members<'a>(nodes: &'a [Node], env: &Env<'a>) -> Result<Arc<[Value]>, Stop> {
    let mut stop = None;
    let values = nodes.iter().map(|node| node.part(env, &mut stop)).collect();
    stop.map_or(Ok(values), Err)
}

impl Node {
    /// Its value as a part of a list or struct: unknown by itself if no computation could turn out wrong
    /// once it is known; otherwise the whole is stopped.
    pub(crate) fn part<'a>(&'a self, env: &Env<'a>, stop: &mut Option<Stop>) -> Value {
        match self.value(env) {
            Ok(value) => value.into_owned(),
            Err(Stop::Unknown(reasons)) if self.is_total() => Value::Unknown(reasons),
            Err(other) => {
                *stop = join(stop.take(), other);
                Value::Null
            }
        }
    }

    /// Whether it has a value whatever the fields are.
    fn is_total(&self) -> bool {
        match self {
            Self::Const(_)
            | Self::Slot(_)
            | Self::Fact(_)
            | Self::Key
            | Self::Now
            | Self::Local(_) => true,
            Self::Member { of, .. } | Self::Not(of) | Self::IsNull(of) | Self::NotNull(of) => {
                of.is_total()
            }
            Self::Entry { of, key, .. } => of.is_total() && key.is_total(),
            Self::And(parts) | Self::Or(parts) | Self::List(parts) | Self::Record(parts) => {
                parts.iter().all(Self::is_total)
            }
            Self::Same(pair) | Self::Differs(pair) | Self::Default(pair) | Self::In(pair) => {
                pair.0.is_total() && pair.1.is_total()
            }
            Self::If(parts) => parts.0.is_total() && parts.1.is_total() && parts.2.is_total(),
            _ => false,
        }
    }

    /// Where its value lies, if it is a constant or a path: nothing is copied, and nothing checked. What is
    /// not there (or not of its type) is left to [`Node::value`] to say.
    #[inline]
    pub(super) fn place<'a>(&'a self, env: &Env<'a>) -> Option<&'a Value> {
        match self {
            Self::Const(value) => Some(value),
            Self::Slot(slot) => env.resource.get(*slot),
            Self::Local(level) => env.locals.get(*level).copied(),
            Self::Fact(slot) => env.facts.fact(*slot),
            Self::Key => Some(env.key),
            Self::Now => Some(env.now),
            Self::Member {
                of, index, part, ..
            } => of.member_place(*index, *part, env),
            _ => None,
        }
    }

    fn member_place<'a>(&'a self, index: usize, part: usize, env: &Env<'a>) -> Option<&'a Value> {
        // Mostly a member of an element.
        let of = match self {
            Self::Local(level) => env.locals.get(*level).copied()?,
            other => other.place(env)?,
        };
        match of {
            Value::Part(members) => members.get(part),
            Value::Struct(members) => members.get(index),
            unknown @ Value::Unknown(_) => Some(unknown),
            _ => None,
        }
    }

    /// Whether it is true.
    pub(crate) fn truth<'a>(&'a self, env: &Env<'a>) -> Result<bool, Stop> {
        match self {
            Self::Not(of) => Ok(!of.truth(env)?),
            Self::And(terms) => decide(terms, false, env),
            Self::Or(terms) => decide(terms, true, env),
            Self::Same(pair) => same(pair, env),
            Self::Differs(pair) => Ok(!same(pair, env)?),
            Self::IsNull(of) => of.is_null(env),
            Self::NotNull(of) => Ok(!of.is_null(env)?),
            Self::OrderInts(compare, pair) => match (pair.0.int(env), pair.1.int(env)) {
                (Ok(left), Ok(right)) => Ok(compare.holds(left.cmp(&right))),
                (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => {
                    least::order(*compare, pair, env).ok_or(stop)
                }
                (Err(left), Err(right)) => Err(left.and(right)),
            },
            Self::Order(compare, pair) => {
                if let (Some(Value::Double(left)), Some(Value::Double(right))) =
                    (pair.0.place(env), pair.1.place(env))
                    && let Some(order) = left.partial_cmp(right)
                {
                    return Ok(compare.holds(order));
                }
                let (left, right) = match both(pair, env) {
                    Ok(both) => both,
                    Err(stop) => return least::order(*compare, pair, env).ok_or(stop),
                };
                match left.order(&right) {
                    Some(order) => Ok(compare.holds(order)),
                    None => Err(no_order(&left, &right)),
                }
            }
            Self::In(pair) => match (pair.0.place(env), pair.1.place(env)) {
                (Some(needle), Some(Value::List(items)))
                    if !matches!(needle, Value::Unknown(_)) =>
                {
                    contains(items, needle)
                }
                _ => {
                    let (needle, list) = both(pair, env)?;
                    match &*list {
                        Value::List(items) => contains(items, &needle),
                        list => Err(unexpected(list, "list")),
                    }
                }
            },
            Self::InMap(pair) => {
                if let (Some(Value::Text(key)), Some(Value::Map(entries))) =
                    (pair.0.place(env), pair.1.place(env))
                {
                    return Ok(Value::entry(entries, key).is_some());
                }
                let (key, map) = both(pair, env)?;
                match (&*key, &*map) {
                    (Value::Text(key), Value::Map(entries)) => {
                        Ok(Value::entry(entries, key).is_some())
                    }
                    (Value::Text(_), map) => Err(unexpected(map, "map")),
                    (key, _) => Err(unexpected(key, "text")),
                }
            }
            Self::Matches(of, pattern) => match &*of.value(env)? {
                Value::Text(text) => Ok(pattern.is_match(text)),
                value => Err(unexpected(value, "text")),
            },
            Self::If(parts) => {
                if parts.0.truth(env)? {
                    parts.1.truth(env)
                } else {
                    parts.2.truth(env)
                }
            }
            Self::Fold(fold) => fold.truth(env),
            _ => match self.place(env) {
                Some(Value::Bool(value)) => Ok(*value),
                Some(value) => Err(unexpected(value, "bool")),
                None => match &*self.value(env)? {
                    Value::Bool(value) => Ok(*value),
                    value => Err(unexpected(value, "bool")),
                },
            },
        }
    }

    fn is_null<'a>(&'a self, env: &Env<'a>) -> Result<bool, Stop> {
        match self.place(env) {
            Some(Value::Unknown(reasons)) => Err(unknown(reasons)),
            Some(value) => Ok(matches!(value, Value::Null)),
            None => Ok(matches!(*self.value(env)?, Value::Null)),
        }
    }

    pub(super) fn int<'a>(&'a self, env: &Env<'a>) -> Result<i64, Stop> {
        if let Some(Value::Int(value)) = self.place(env) {
            return Ok(*value);
        }
        match &*self.value(env)? {
            Value::Int(value) => Ok(*value),
            value => Err(unexpected(value, "int")),
        }
    }

    /// Its value.
    pub(crate) fn value<'a>(&'a self, env: &Env<'a>) -> Result<Val<'a>, Stop> {
        match self {
            Self::Const(value) => Ok(Val::Ref(value)),
            Self::Never => Err(Stop::error("an empty list has no elements")),
            Self::Slot(slot) => known(env.resource.get(*slot)),
            Self::Fact(slot) => known(env.facts.fact(*slot)),
            Self::Local(level) => known(env.locals.get(*level).copied()),
            Self::Key => known(Some(env.key)),
            Self::Now => Ok(Val::Ref(env.now)),
            Self::Member {
                of,
                index,
                part,
                safe,
            } => member_of(of.value(env)?, (*index, *part), *safe),
            Self::Entry { of, key, safe } => entry_of(of, key, *safe, env),
            Self::Element { of, index, safe } => element_of(of, index, *safe, env),
            Self::If(parts) => {
                if parts.0.truth(env)? {
                    parts.1.value(env)
                } else {
                    parts.2.value(env)
                }
            }
            Self::Default(pair) => {
                let value = pair.0.value(env)?;
                if matches!(*value, Value::Null) {
                    pair.1.value(env)
                } else {
                    Ok(value)
                }
            }
            Self::Call1(call, of) => call(&*of.value(env)?).map(Val::Own),
            Self::Size(of) => match of.place(env) {
                Some(list @ Value::List(_)) => functions::size(list).map(Val::Own),
                _ => functions::size(&*of.value(env)?).map(Val::Own),
            },
            Self::Call2(call, pair) => {
                let (left, right) = both(pair, env)?;
                call(&left, &right).map(Val::Own)
            }
            Self::Call3(call, parts) => {
                let parts = [parts.0.value(env), parts.1.value(env), parts.2.value(env)];
                match parts {
                    [Ok(one), Ok(two), Ok(three)] => call(&one, &two, &three).map(Val::Own),
                    parts => Err(parts
                        .into_iter()
                        .filter_map(Result::err)
                        .reduce(Stop::and)
                        .unwrap_or_else(|| Stop::error("failed to call a function"))),
                }
            }
            Self::CallMany(call, parts) => {
                let mut stop = None;
                let mut values = Vec::with_capacity(parts.len());
                for part in parts {
                    match part.value(env) {
                        Ok(value) => values.push(value.into_owned()),
                        Err(other) => stop = join(stop, other),
                    }
                }
                stop.map_or_else(|| call(&values).map(Val::Own), Err)
            }
            Self::List(nodes) => Ok(Val::Own(Value::List(members(nodes, env)?))),
            Self::Record(nodes) => Ok(Val::Own(Value::Struct(members(nodes, env)?))),
            Self::Map(entries) => map_of(entries, env),
            Self::Fold(fold) => fold.value(env),
            Self::Not(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Same(_)
            | Self::Differs(_)
            | Self::IsNull(_)
            | Self::NotNull(_)
            | Self::OrderInts(..)
            | Self::Order(..)
            | Self::In(_)
            | Self::InMap(_)
            | Self::Matches(..) => Ok(Val::Own(Value::Bool(self.truth(env)?))),
        }
    }
}

/// `&&` (a false decides) or `||` (a true decides), on whichever side.
fn decide<'a>(terms: &'a [Node], deciding: bool, env: &Env<'a>) -> Result<bool, Stop> {
    let mut stop = None;
    for term in terms {
        match term.truth(env) {
            Ok(truth) if truth == deciding => return Ok(deciding),
            Ok(_) => {}
            Err(other) => stop = join(stop, other),
        }
    }
    stop.map_or(Ok(!deciding), Err)
}

fn same<'a>(pair: &'a (Node, Node), env: &Env<'a>) -> Result<bool, Stop> {
    if let (Some(left), Some(right)) = (pair.0.place(env), pair.1.place(env)) {
        return left.same(right);
    }
    let same = both(pair, env).and_then(|(left, right)| left.same(&right));
    match same {
        Err(stop @ Stop::Unknown(_)) => least::same(pair, env).ok_or(stop),
        same => same,
    }
}

fn contains(items: &[Value], needle: &Value) -> Result<bool, Stop> {
    let mut stop = None;
    for item in items {
        match needle.same(item) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(other) => stop = join(stop, other),
        }
    }
    stop.map_or(Ok(false), Err)
}
