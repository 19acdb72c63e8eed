//! The values that rule expressions work on, in three states: a value, none, not read.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta};
use ipnet::IpNet;
use orch_model::{Reason, Shown, Text, Time, Why};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};

use crate::lang::Type;

/// Why something is not known: a sorted set, shared because many fields miss for one reason.
pub type Reasons = Arc<BTreeSet<Reason>>;

/// A value of the language. A list or a struct may hold members that were not read.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// None: read, and there is none.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    Text(Text),
    /// An instant.
    Time(Time),
    /// A span of time.
    Duration(TimeDelta),
    /// An exact amount.
    Money(Decimal),
    /// An address.
    Ip(IpAddr),
    /// An address block.
    Cidr(IpNet),
    /// Values in order. One that is not known stands for any number of elements: then neither the length nor
    /// the order is known, only that the others are among them; and it is not empty.
    List(Arc<[Self]>),
    /// Values by text, sorted by key.
    Map(Arc<[(Text, Self)]>),
    /// The members of a struct in the order of its type.
    Struct(Arc<[Self]>),
    /// The members of a struct that expressions read, in the order in which the layout of its kind met them.
    Part(Arc<[Self]>),
    /// Not read, and why.
    Unknown(Reasons),
    /// A number that is this or more, and why it is not known how much.
    AtLeast(f64, Reasons),
}

/// What an expression says.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// This. A list or struct in it may still hold members that are not known.
    Value(Value),
    /// Not known, and why.
    Unknown(Reasons),
    /// The expression is wrong for these values: an overflow, a division by zero.
    Error(Text),
}

/// What stops an evaluation: not known, or wrong.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    Unknown(Reasons),
    Error(Box<str>),
}

impl Stop {
    pub(crate) fn error(message: impl Into<Box<str>>) -> Self {
        Self::Error(message.into())
    }

    /// Both at once: an error beats not known, reasons come together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (error @ Self::Error(_), _) | (Self::Unknown(_), error @ Self::Error(_)) => error,
            (Self::Unknown(left), Self::Unknown(right)) => Self::Unknown(union(left, right)),
        }
    }
}

/// The reason of what nobody told: it may be there.
pub(crate) fn untold(what: &str) -> Reasons {
    Arc::new(BTreeSet::from([Reason {
        what: Text::new(what),
        why: Why::Untold(Text::new_static("the provider did not tell")),
    }]))
}

/// The reasons of both sets, without a copy when one holds the other.
pub fn union(left: Reasons, right: Reasons) -> Reasons {
    if Arc::ptr_eq(&left, &right) || right.is_subset(&left) {
        left
    } else if left.is_subset(&right) {
        right
    } else {
        Arc::new(left.union(&right).cloned().collect())
    }
}

impl Value {
    /// A list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// A map; of equal keys the last counts.
    pub fn map(entries: impl IntoIterator<Item = (Text, Self)>) -> Self {
        let mut entries: Vec<(Text, Self)> = entries.into_iter().collect();
        // What is read comes sorted.
        if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            let sorted: std::collections::BTreeMap<_, _> = entries.into_iter().collect();
            entries = sorted.into_iter().collect();
        }
        Self::Map(entries.into())
    }

    /// The entry of a map.
    pub(crate) fn entry<'v>(entries: &'v [(Text, Self)], key: &str) -> Option<&'v Self> {
        let found = entries
            .binary_search_by(|(known, _)| known.as_str().cmp(key))
            .ok()?;
        entries.get(found).map(|(_, value)| value)
    }

    /// Every reason in it, also of members of members; empty when all of it is known.
    pub fn reasons(&self) -> BTreeSet<Reason> {
        match self {
            Self::Unknown(reasons) | Self::AtLeast(_, reasons) => reasons.as_ref().clone(),
            Self::List(items) | Self::Struct(items) | Self::Part(items) => {
                items.iter().flat_map(Self::reasons).collect()
            }
            Self::Map(entries) => entries
                .iter()
                .flat_map(|(_, value)| value.reasons())
                .collect(),
            _ => BTreeSet::new(),
        }
    }

    /// Whether both are equal; decided by a member that differs, else not known if any member is not. Of a
    /// list that may have more elements nothing decides.
    pub(crate) fn same(&self, other: &Self) -> Result<bool, Stop> {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => Ok(left == right),
            (Self::Int(left), Self::Int(right)) => Ok(left == right),
            (Self::Bool(left), Self::Bool(right)) => Ok(left == right),
            (
                Self::Unknown(left) | Self::AtLeast(_, left),
                Self::Unknown(right) | Self::AtLeast(_, right),
            ) => Err(Stop::Unknown(union(left.clone(), right.clone()))),
            (Self::Unknown(reasons) | Self::AtLeast(_, reasons), _)
            | (_, Self::Unknown(reasons) | Self::AtLeast(_, reasons)) => {
                Err(Stop::Unknown(reasons.clone()))
            }
            (Self::Null, Self::Null) => Ok(true),
            (Self::List(left), Self::List(right)) => {
                all_there(left)?;
                all_there(right)?;
                same_members(left.iter().zip(right.iter()), left.len() == right.len())
            }
            (Self::Struct(left), Self::Struct(right)) | (Self::Part(left), Self::Part(right)) => {
                same_members(left.iter().zip(right.iter()), left.len() == right.len())
            }
            (Self::Map(left), Self::Map(right)) => {
                let keys = left.len() == right.len()
                    && left.iter().zip(right.iter()).all(|((a, _), (b, _))| a == b);
                same_members(
                    left.iter().zip(right.iter()).map(|((_, a), (_, b))| (a, b)),
                    keys,
                )
            }
            _ => Ok(self.order(other) == Some(Ordering::Equal)),
        }
    }

    /// The order of two scalars; none when they have none (NaN, other types).
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Double(left), Self::Double(right)) => left.partial_cmp(right),
            (Self::Int(left), Self::Double(right)) => int_to_double(*left, *right),
            (Self::Double(left), Self::Int(right)) => {
                int_to_double(*right, *left).map(Ordering::reverse)
            }
            (Self::Money(left), Self::Money(right)) => Some(left.cmp(right)),
            (Self::Money(left), Self::Int(right)) => Some(left.cmp(&Decimal::from(*right))),
            (Self::Int(left), Self::Money(right)) => Some(Decimal::from(*left).cmp(right)),
            (Self::Money(left), Self::Double(right)) => money_to_double(*left, *right),
            (Self::Double(left), Self::Money(right)) => {
                money_to_double(*right, *left).map(Ordering::reverse)
            }
            (Self::Text(left), Self::Text(right)) => Some(left.as_str().cmp(right.as_str())),
            (Self::Bool(left), Self::Bool(right)) => Some(left.cmp(right)),
            (Self::Time(left), Self::Time(right)) => Some(left.cmp(right)),
            (Self::Duration(left), Self::Duration(right)) => Some(left.cmp(right)),
            (Self::Ip(left), Self::Ip(right)) => Some(left.cmp(right)),
            (Self::Cidr(left), Self::Cidr(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// What it is called in messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "none",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Text(_) => "text",
            Self::Time(_) => "time",
            Self::Duration(_) => "duration",
            Self::Money(_) => "money",
            Self::Ip(_) => "ip",
            Self::Cidr(_) => "cidr",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Struct(_) | Self::Part(_) => "struct",
            Self::Unknown(_) | Self::AtLeast(..) => "unknown",
        }
    }

    /// As JSON; the type names the members of structs. What is not known becomes `not known: …`.
    pub fn to_json(&self, ty: &Type) -> serde_json::Value {
        self.shown(ty).to_json(|amount| amount.to_string())
    }

    /// As evidence.
    pub(crate) fn shown(&self, ty: &Type) -> Shown {
        match (self, ty) {
            (_, Type::Nullable(inner)) => self.shown(inner),
            (Self::Null, _) => Shown::Null,
            (Self::Bool(value), _) => Shown::Bool(*value),
            (Self::Int(value), _) => Shown::Int(*value),
            (Self::Double(value), _) => Shown::Double(*value),
            (Self::Money(value), _) => Shown::Money(*value),
            (Self::Text(text), _) => Shown::Text(text.clone()),
            (Self::List(items), ty) => {
                let element = if let Type::List(element) = ty {
                    element
                } else {
                    &Type::Any
                };
                Shown::List(items.iter().map(|item| item.shown(element)).collect())
            }
            (Self::Map(entries), ty) => {
                let inner = if let Type::Map(inner) = ty {
                    inner
                } else {
                    &Type::Any
                };
                let entry = |(key, value): &(Text, Self)| (key.clone(), value.shown(inner));
                Shown::Members(entries.iter().map(entry).collect())
            }
            (Self::Struct(members), Type::Struct(known)) => Shown::Members(
                known
                    .members()
                    .iter()
                    .zip(members.iter())
                    .map(|(member, value)| (member.name.clone(), value.shown(&member.ty)))
                    .collect(),
            ),
            (Self::Struct(members) | Self::Part(members), _) => {
                let member = |value: &Self| value.shown(&Type::Any);
                Shown::List(members.iter().map(member).collect())
            }
            _ => Shown::Text(Text::new(self.to_string())),
        }
    }

    /// As a person reads it in a sentence: lists with commas, structs as JSON.
    pub fn to_sentence(&self, ty: &Type) -> String {
        match (self, ty.strip_null()) {
            (Self::List(items), Type::List(element)) => {
                let parts: Vec<_> = items.iter().map(|item| item.to_sentence(element)).collect();
                parts.join(", ")
            }
            (Self::List(_) | Self::Map(_) | Self::Struct(_) | Self::Part(_), ty) => {
                self.to_json(ty).to_string()
            }
            _ => self.to_string(),
        }
    }
}

/// Whether the elements of a list are all of them.
pub(crate) fn all_there(items: &[Value]) -> Result<(), Stop> {
    let unknown = items.iter().filter_map(|item| match item {
        Value::Unknown(reasons) => Some(reasons.clone()),
        _ => None,
    });
    match unknown.reduce(union) {
        None => Ok(()),
        Some(reasons) => Err(Stop::Unknown(reasons)),
    }
}

/// All members equal; a pair that differs decides before one that is not known.
fn same_members<'v>(
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    same_form: bool,
) -> Result<bool, Stop> {
    if !same_form {
        return Ok(false);
    }
    let mut stop: Option<Stop> = None;
    for (left, right) in pairs {
        match left.same(right) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(other) => {
                stop = Some(match stop {
                    Some(known) => known.and(other),
                    None => other,
                });
            }
        }
    }
    stop.map_or(Ok(true), Err)
}

/// Compares exactly: a double has no room for every whole number.
fn int_to_double(int: i64, double: f64) -> Option<Ordering> {
    /// 2^63, the first double above every int.
    const ABOVE: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        None
    } else if double >= ABOVE {
        Some(Ordering::Less)
    } else if double < -ABOVE {
        Some(Ordering::Greater)
    } else {
        let whole = double.trunc();
        let order = int.cmp(&whole.to_i64()?);
        Some(order.then_with(|| {
            0.0.partial_cmp(&(double - whole))
                .unwrap_or(Ordering::Equal)
        }))
    }
}

fn money_to_double(money: Decimal, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    Some(match Decimal::from_f64(double) {
        Some(decimal) => money.cmp(&decimal),
        None if double > 0.0 => Ordering::Less,
        None => Ordering::Greater,
    })
}

impl fmt::Display for Value {
    /// Text as it is, numbers and times in their usual form, JSON for what has members.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("none"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
            Self::Text(value) => f.write_str(value),
            Self::Time(value) => f.write_str(&value.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Duration(value) => write_duration(f, *value),
            Self::Money(value) => value.fmt(f),
            Self::Ip(value) => value.fmt(f),
            Self::Cidr(value) => value.fmt(f),
            Self::List(_) | Self::Map(_) | Self::Struct(_) | Self::Part(_) => {
                write!(f, "{}", self.to_json(&Type::Any))
            }
            Self::Unknown(reasons) => write_unknown(f, reasons),
            Self::AtLeast(least, reasons) => {
                write!(f, "at least {least}, ")?;
                write_unknown(f, reasons)
            }
        }
    }
}

/// Seconds with a unit, `5400s`: the form that `duration()` reads back.
fn write_duration(f: &mut fmt::Formatter<'_>, span: TimeDelta) -> fmt::Result {
    let nanos = span.subsec_nanos();
    if nanos == 0 {
        return write!(f, "{}s", span.num_seconds());
    }
    if span < TimeDelta::zero() {
        f.write_char('-')?;
    }
    let fraction = format!("{:09}", nanos.unsigned_abs());
    write!(
        f,
        "{}.{}s",
        span.num_seconds().unsigned_abs(),
        fraction.trim_end_matches('0')
    )
}

/// `not known: reason; reason`.
pub(crate) fn write_unknown(f: &mut fmt::Formatter<'_>, reasons: &BTreeSet<Reason>) -> fmt::Result {
    f.write_str("not known")?;
    for (at, reason) in reasons.iter().enumerate() {
        write!(f, "{} {reason}", if at == 0 { ":" } else { ";" })?;
    }
    Ok(())
}
