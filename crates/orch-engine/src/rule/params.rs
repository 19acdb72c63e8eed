//! Parameters: their types by name, and values of these types from files and settings.

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

/// A value of a type, or what is wrong with it.
pub(super) fn value_of(json: &Json, ty: &Type) -> Result<Value, String> {
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
