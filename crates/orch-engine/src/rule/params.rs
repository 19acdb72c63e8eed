//! Parameters: their types by name, and values of these types from files and settings.

use std::fmt;
use std::sync::Arc;

use orch_model::Text;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde_json::Value as Json;

use crate::lang::Type;
use crate::value::Value;

/// The types a parameter can have.
const SCALARS: [(&str, Type); 5] = [
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("double", Type::Double),
    ("text", Type::Text),
    ("money", Type::Money),
];

/// The type of a name such as `list<int>`.
pub(super) fn type_of(name: &str) -> Option<Type> {
    let name = name.trim();
    if let Some(element) = name
        .strip_prefix("list<")
        .and_then(|rest| rest.strip_suffix('>'))
    {
        return scalar(element).map(|element| Type::List(Arc::new(element)));
    }
    scalar(name)
}

fn scalar(name: &str) -> Option<Type> {
    SCALARS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, ty)| ty.clone())
}

/// The names of all types, for messages.
pub(super) fn type_names() -> String {
    let names: Vec<_> = SCALARS.iter().map(|(name, _)| *name).collect();
    format!("{}, or list<…> of one of them", names.join(", "))
}

/// The numbers a parameter may be, or hold; all of them where neither end is given.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ParamRange {
    /// The least.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
}

impl fmt::Display for ParamRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (Some(min), Some(max)) => write!(f, "from {min} to {max}"),
            (Some(min), None) => write!(f, "from {min} on"),
            (None, Some(max)) => write!(f, "up to {max}"),
            (None, None) => Ok(()),
        }
    }
}

impl ParamRange {
    /// As it follows a type: ` from 0 to 65535`; nothing where every number will do.
    pub fn after_type(self) -> String {
        if self == Self::default() {
            String::new()
        } else {
            format!(" {self}")
        }
    }

    /// The first number in a value that lies outside.
    fn outside(self, json: &Json) -> Option<&Json> {
        match json {
            Json::Array(items) => items.iter().find_map(|item| self.outside(item)),
            Json::Number(number) => {
                let number = number.as_f64()?;
                let inside = self.min.is_none_or(|min| number >= min)
                    && self.max.is_none_or(|max| number <= max);
                (!inside).then_some(json)
            }
            _ => None,
        }
    }
}

/// Why a value cannot be that of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Unfit {
    /// It has another type.
    Type(String),
    /// This number in it lies outside of the range.
    Range(String),
}

/// A value of a type and within a range, or what is wrong with it.
pub(super) fn fit(json: &Json, ty: &Type, range: ParamRange) -> Result<Value, Unfit> {
    let value = value_of(json, ty).map_err(Unfit::Type)?;
    match range.outside(json) {
        Some(number) => Err(Unfit::Range(number.to_string())),
        None => Ok(value),
    }
}

/// A value of a type, or what is wrong with it.
fn value_of(json: &Json, ty: &Type) -> Result<Value, String> {
    let wrong = || Err(format!("{json} is not {}", article(ty)));
    match (ty, json) {
        (Type::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
        (Type::Int, Json::Number(number)) => {
            number.as_i64().map_or_else(wrong, |n| Ok(Value::Int(n)))
        }
        (Type::Double, Json::Number(number)) => match number.as_f64() {
            Some(number) if number.is_finite() => Ok(Value::Double(number)),
            _ => wrong(),
        },
        (Type::Text, Json::String(text)) => Ok(Value::Text(Text::new(text))),
        (Type::Money, Json::String(text)) => text
            .parse::<Decimal>()
            .map_or_else(|_| wrong(), |amount| Ok(Value::Money(amount))),
        (Type::Money, Json::Number(number)) => {
            let amount = match number.as_i64() {
                Some(whole) => Some(Decimal::from(whole)),
                None => number.as_f64().and_then(Decimal::from_f64),
            };
            amount.map_or_else(wrong, |amount| Ok(Value::Money(amount)))
        }
        (Type::List(element), Json::Array(items)) => items
            .iter()
            .map(|item| value_of(item, element))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::list),
        _ => wrong(),
    }
}

fn article(ty: &Type) -> String {
    match ty {
        Type::Int => "a whole number".to_owned(),
        Type::Double => "a number".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::Money => "an amount such as \"12.50\"".to_owned(),
        other => format!("a {other}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_in_a_value_are_checked_against_the_range() {
        let ports = ParamRange {
            min: Some(0.0),
            max: Some(65535.0),
        };
        let ints = type_of("list<int>").unwrap_or(Type::Any);
        assert!(fit(&json!([0, 65535]), &ints, ports).is_ok());
        for (wrong, number) in [(json!([22, -1]), "-1"), (json!([65536]), "65536")] {
            let unfit = fit(&wrong, &ints, ports);
            assert_eq!(unfit, Err(Unfit::Range(number.to_owned())));
        }
        assert!(fit(&json!(-1), &Type::Int, ParamRange::default()).is_ok());
        assert_eq!(ports.after_type(), " from 0 to 65535");
    }

    #[test]
    fn values_are_checked_against_their_type() {
        let ints = type_of("list<int>").unwrap_or(Type::Any);
        assert_eq!(
            value_of(&json!([22, 3389]), &ints),
            Ok(Value::list([Value::Int(22), Value::Int(3389)]))
        );
        assert_eq!(
            value_of(&json!(["22"]), &ints),
            Err("\"22\" is not a whole number".to_owned())
        );
        assert_eq!(value_of(&json!(1), &Type::Double), Ok(Value::Double(1.0)));
        assert_eq!(
            value_of(&json!("0.10"), &Type::Money),
            Ok(Value::Money(Decimal::new(10, 2)))
        );
        assert_eq!(type_of("list<list<int>>"), None);
        assert_eq!(type_of("number"), None);
    }
}
