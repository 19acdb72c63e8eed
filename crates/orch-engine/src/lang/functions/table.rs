//! The table of functions: one line for each form of each.

use super::{convert, list, network, text, time};
use crate::lang::node::{One, Three, Two};
use crate::lang::types::Type;

/// What a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Bool,
    Int,
    Double,
    Text,
    Time,
    Duration,
    Money,
    Ip,
    Cidr,
    List,
    Texts,
    Map,
}

impl Takes {
    pub(crate) fn fits(self, ty: &Type) -> bool {
        match (self, ty) {
            (_, Type::Any)
            | (Self::Bool, Type::Bool)
            | (Self::Int, Type::Int)
            | (Self::Double, Type::Double)
            | (Self::Text, Type::Text | Type::Word(_))
            | (Self::Time, Type::Time)
            | (Self::Duration, Type::Duration)
            | (Self::Money, Type::Money)
            | (Self::Ip, Type::Ip)
            | (Self::Cidr, Type::Cidr)
            | (Self::List, Type::List(_))
            | (Self::Map, Type::Map(_)) => true,
            (Self::Texts, Type::List(element)) => Self::Text.fits(element),
            _ => false,
        }
    }

    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "text",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Money => "money",
            Self::Ip => "ip",
            Self::Cidr => "cidr",
            Self::List => "list",
            Self::Texts => "list<text>",
            Self::Map => "map",
        }
    }
}

/// What it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Bool,
    Int,
    Double,
    Text,
    Texts,
    Time,
    Duration,
    Money,
    Ip,
    Cidr,
}

impl Gives {
    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Double => Type::Double,
            Self::Text => Type::Text,
            Self::Texts => Type::Text.listed(),
            Self::Time => Type::Time,
            Self::Duration => Type::Duration,
            Self::Money => Type::Money,
            Self::Ip => Type::Ip,
            Self::Cidr => Type::Cidr,
        }
    }
}

/// How it is computed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    One(One),
    /// Of a list, which comparisons look into.
    Size,
    Two(Two),
    Three(Three),
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `f(x, y)`
    Global,
    /// `x.f(y)`
    Method,
}

/// One form of a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) style: Style,
    /// A method's own value comes first.
    pub(crate) takes: &'static [Takes],
    pub(crate) gives: Gives,
    pub(crate) run: Run,
}

pub(super) const fn global(
    name: &'static str,
    takes: &'static [Takes],
    gives: Gives,
    run: Run,
) -> Function {
    Function {
        name,
        style: Style::Global,
        takes,
        gives,
        run,
    }
}

pub(super) const fn method(
    name: &'static str,
    takes: &'static [Takes],
    gives: Gives,
    run: Run,
) -> Function {
    Function {
        name,
        style: Style::Method,
        takes,
        gives,
        run,
    }
}

/// Every function that is computed from its values alone.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    [
        convert::FUNCTIONS,
        list::FUNCTIONS,
        network::FUNCTIONS,
        text::FUNCTIONS,
        time::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}

/// The names that the checker knows by itself, for suggestions.
pub(crate) const SPECIAL: [&str; 14] = [
    "has",
    "default",
    "exists",
    "all",
    "exists_one",
    "existsOne",
    "filter",
    "map",
    "matches",
    "orValue",
    "hasValue",
    "sum",
    "math.greatest",
    "math.least",
];
