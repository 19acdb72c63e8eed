//! How a JSON answer is read: what is missing or null is none, what has a wrong type is told with its place.

use std::fmt::Write as _;
use std::net::IpAddr;

use chrono::NaiveDateTime;
use orch_model::{Cidr, Field, Text, Time, Uid};
use serde_json::Value;

use crate::names;

/// An answer that lacks what it must have, or holds what it must not: where, never what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) Text);

/// Stands for everything that is missing.
static NOTHING: Value = Value::Null;

/// A place in an answer. Members are named by paths: `properties.osProfile`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    root: &'a Value,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// The whole of an answer, or of one element of a list.
    pub(crate) fn of(root: &'a Value) -> Self {
        Self { root, value: root }
    }

    /// What is there.
    pub(crate) fn value(self) -> &'a Value {
        self.value
    }

    /// Whether there is nothing.
    pub(crate) fn is_none(self) -> bool {
        self.value.is_null()
    }

    /// A member, or nothing.
    pub(crate) fn at(self, path: &str) -> Result<Self, Malformed> {
        let mut value = self.value;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            value = match value {
                Value::Object(members) => members.get(name).unwrap_or(&NOTHING),
                Value::Null => &NOTHING,
                other => return Err(self.wrong(other)),
            };
        }
        let root = self.root;
        Ok(Self { root, value })
    }

    /// Whether there is a member that is not null.
    pub(crate) fn has(self, path: &str) -> bool {
        self.at(path).is_ok_and(|node| !node.is_none())
    }

    /// A text; none where it is missing or empty.
    pub(crate) fn text(self, path: &str) -> Result<Option<&'a str>, Malformed> {
        let node = self.at(path)?;
        match node.value {
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            other => Err(node.wrong(other)),
        }
    }

    /// A text that must be there.
    pub(crate) fn required(self, path: &str) -> Result<&'a str, Malformed> {
        self.text(path)?.ok_or_else(|| self.missing(path))
    }

    /// A whole number; some APIs write it as text.
    pub(crate) fn int(self, path: &str) -> Result<Option<i64>, Malformed> {
        let node = self.at(path)?;
        let number = match node.value {
            Value::Null => return Ok(None),
            Value::Number(number) => number.as_i64().or_else(|| {
                let number = number.as_f64()?;
                (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
            }),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| node.wrong(node.value))
    }

    /// Yes or no; some APIs write it as text.
    pub(crate) fn boolean(self, path: &str) -> Result<Option<bool>, Malformed> {
        let node = self.at(path)?;
        match node.value {
            Value::Null => Ok(None),
            Value::Bool(yes) => Ok(Some(*yes)),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            other => Err(node.wrong(other)),
        }
    }

    /// Whether a switch that is a word is on: `Enabled` among `on`. None where it is missing.
    pub(crate) fn word(self, path: &str, on: &[&str]) -> Result<Option<bool>, Malformed> {
        let word = self.text(path)?;
        Ok(word.map(|word| on.iter().any(|on| on.eq_ignore_ascii_case(word))))
    }

    /// The elements of a list; none where it is missing.
    pub(crate) fn list(
        self,
        path: &str,
    ) -> Result<impl DoubleEndedIterator<Item = Self> + use<'a>, Malformed> {
        let node = self.at(path)?;
        let elements: &[Value] = match node.value {
            Value::Array(elements) => elements,
            Value::Null => &[],
            other => return Err(node.wrong(other)),
        };
        let root = self.root;
        Ok(elements
            .iter()
            .filter(|value| !value.is_null())
            .map(move |value| Self { root, value }))
    }

    /// A list of texts.
    pub(crate) fn texts(self, path: &str) -> Result<Vec<&'a str>, Malformed> {
        self.list(path)?
            .filter_map(|node| node.text("").transpose())
            .collect()
    }

    /// The names and values of an object.
    pub(crate) fn members(
        self,
        path: &str,
    ) -> Result<impl Iterator<Item = (&'a str, Self)> + use<'a>, Malformed> {
        let node = self.at(path)?;
        let members = match node.value {
            Value::Object(members) => Some(members),
            Value::Null => None,
            other => return Err(node.wrong(other)),
        };
        let root = self.root;
        Ok(members
            .into_iter()
            .flatten()
            .map(move |(name, value)| (name.as_str(), Self { root, value })))
    }

    /// The id of another resource.
    pub(crate) fn uid(self, path: &str) -> Result<Option<Uid>, Malformed> {
        Ok(self.text(path)?.map(names::uid))
    }

    /// An instant. Some APIs leave out the offset: it is UTC.
    pub(crate) fn time(self, path: &str) -> Result<Option<Time>, Malformed> {
        let Some(text) = self.text(path)? else {
            return Ok(None);
        };
        let parsed = chrono::DateTime::parse_from_rfc3339(text)
            .map(|time| time.to_utc())
            .or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc()));
        parsed.map(Some).map_err(|_| self.bad(path))
    }

    /// An address.
    pub(crate) fn address(self, path: &str) -> Result<Option<IpAddr>, Malformed> {
        self.parsed(path)
    }

    /// An address block.
    pub(crate) fn block(self, path: &str) -> Result<Option<Cidr>, Malformed> {
        self.parsed(path)
    }

    fn parsed<T: std::str::FromStr>(self, path: &str) -> Result<Option<T>, Malformed> {
        let text = self.text(path)?;
        text.map(|text| text.trim().parse().map_err(|_| self.bad(path)))
            .transpose()
    }

    /// A text that the API may leave out although there is one.
    pub(crate) fn seen_text(self, path: &str) -> Result<Field<Text>, Malformed> {
        Ok(Field::seen(self.text(path)?.map(Text::new)))
    }

    /// A text that the API leaves out where there is none.
    pub(crate) fn read_text(self, path: &str) -> Result<Field<Text>, Malformed> {
        Ok(Field::read(self.text(path)?.map(Text::new)))
    }

    /// A yes or no that the API may leave out although it is one of them.
    pub(crate) fn seen_bool(self, path: &str) -> Result<Field<bool>, Malformed> {
        Ok(Field::seen(self.boolean(path)?))
    }

    /// What is at a member cannot be read.
    pub(crate) fn bad(self, path: &str) -> Malformed {
        match self.at(path) {
            Ok(node) if !node.is_none() => node.wrong(node.value),
            Ok(_) => self.missing(path),
            Err(malformed) => malformed,
        }
    }

    /// A member that must be there and is not.
    pub(crate) fn missing(self, path: &str) -> Malformed {
        let mut place = String::new();
        find(self.root, self.value, &mut place);
        if !place.is_empty() {
            place.push('.');
        }
        Malformed(format!("{place}{path} is missing").into())
    }

    fn wrong(self, value: &Value) -> Malformed {
        let mut place = String::new();
        find(self.root, value, &mut place);
        Malformed(place.into())
    }
}

/// Writes the path from a root to a value that lies somewhere below it. Only names that look like names of
/// properties are written: others come from whoever made the resource.
fn find(root: &Value, wanted: &Value, path: &mut String) -> bool {
    if std::ptr::eq(root, wanted) {
        return true;
    }
    let length = path.len();
    match root {
        Value::Object(members) => {
            for (name, value) in members {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(if is_property(name) { name } else { "*" });
                if find(value, wanted, path) {
                    return true;
                }
                path.truncate(length);
            }
        }
        Value::Array(elements) => {
            for (place, value) in elements.iter().enumerate() {
                // Writing to a String does not fail.
                let _ = write!(path, "[{place}]");
                if find(value, wanted, path) {
                    return true;
                }
                path.truncate(length);
            }
        }
        _ => {}
    }
    false
}

fn is_property(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_$@.-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_and_null_are_none_and_a_wrong_type_has_a_place() {
        let body = json!({
            "a": { "b": [ { "c": 1 }, { "c": [] } ] },
            "none": null,
            "number": "7",
            "tags": { "bad key!": 1 },
        });
        let node = Node::of(&body);
        for path in ["missing", "none", "none.deeper", "a.x.y"] {
            assert_eq!(node.text(path), Ok(None), "{path}");
            assert_eq!(node.int(path), Ok(None));
            assert_eq!(node.boolean(path), Ok(None));
            assert_eq!(node.list(path).map(Iterator::count), Ok(0));
        }
        assert_eq!(node.int("number"), Ok(Some(7)));
        let second = node.list("a.b").unwrap().nth(1).unwrap();
        assert_eq!(second.int("c"), Err(Malformed("a.b[1].c".into())));
        assert_eq!(
            second.required("d"),
            Err(Malformed("a.b[1].d is missing".into()))
        );
        let (_, tag) = node.members("tags").unwrap().next().unwrap();
        assert_eq!(tag.text(""), Err(Malformed("tags.*".into())));
        assert_eq!(node.text("number.deeper"), Err(Malformed("number".into())));
    }

    #[test]
    fn times_with_and_without_offset_are_utc() {
        let body = json!({ "one": "2026-11-22T10:00:00.1234567+02:00", "other": "2026-11-22T08:00:00.1234567" });
        let node = Node::of(&body);
        assert_eq!(node.time("one"), node.time("other"));
        assert!(node.time("one").unwrap().is_some());
    }
}
