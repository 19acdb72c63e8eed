//! The three states of a field: a value, none, not read.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is known of one property of a resource.
///
/// On disk a value is itself, none is `null`, and a field that was not read is left out. Every struct
/// member of this type therefore carries
/// `#[serde(default, skip_serializing_if = "Field::is_not_read")]`: an absent member means "not read",
/// never "none". Only a collector decides that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Field<T> {
    /// Read, and there is one.
    Value(T),
    /// Read, and there is none: no instance profile, no public address.
    None,
    /// Not read: denied, not asked for, or not told by the API. Rules answer Unknown.
    #[default]
    NotRead,
}

impl<T> Field<T> {
    /// From an answer that was read completely: `None` there means that there is none.
    pub fn read(value: Option<T>) -> Self {
        value.map_or(Self::None, Self::Value)
    }

    /// From an answer that may leave the field out although it exists.
    pub fn seen(value: Option<T>) -> Self {
        value.map_or(Self::NotRead, Self::Value)
    }

    /// Whether the field was not read.
    pub fn is_not_read(&self) -> bool {
        matches!(self, Self::NotRead)
    }

    /// The value, if there is one and it was read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::None | Self::NotRead => None,
        }
    }

    /// The same state with a borrowed value.
    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Value(value) => Field::Value(value),
            Self::None => Field::None,
            Self::NotRead => Field::NotRead,
        }
    }

    /// Applies `f` to a value and keeps the other states.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Value(value) => Field::Value(f(value)),
            Self::None => Field::None,
            Self::NotRead => Field::NotRead,
        }
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::None => serializer.serialize_none(),
            Self::NotRead => Err(serde::ser::Error::custom(
                "a field that was not read has no form; its member must be skipped",
            )),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::read)
    }
}

/// The schema of a field: that of its value or `null`, marked so that the rule checker knows that it can
/// be none and can be missing.
impl<T: JsonSchema> JsonSchema for Field<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Field_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [value, { "type": "null" }], "x-orch-field": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        #[serde(default, skip_serializing_if = "Field::is_not_read")]
        profile: Field<String>,
    }

    #[test]
    fn the_three_states_survive_json() {
        for (text, state) in [
            (r#"{"profile":"web"}"#, Field::Value("web".to_owned())),
            (r#"{"profile":null}"#, Field::None),
            ("{}", Field::NotRead),
        ] {
            let sample = Sample { profile: state };
            assert_eq!(
                serde_json::from_str::<Sample>(text).ok().as_ref(),
                Some(&sample)
            );
            assert_eq!(serde_json::to_string(&sample).ok().as_deref(), Some(text));
        }
    }
}
