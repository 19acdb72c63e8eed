//! What the cell of tags says: whether there are any, and the value of those that were asked for.

use orch_model::Text;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::row::Fault;

/// What AWS writes before the key of a tag that a user made.
const PREFIXES: [&str; 3] = ["", "user:", "user_"];

/// The tag that a column of its own holds, as the Cost and Usage Report had them before version 2:
/// `resourceTags/user:team`.
pub(super) fn of_column(name: &str) -> Option<&str> {
    ["resourceTags/", "resource_tags_"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .filter(|key| !key.is_empty())
}

/// Tags in one cell.
pub(super) fn cell_of(tags: &[(&str, &str)]) -> Text {
    let object: serde_json::Map<String, Value> = tags
        .iter()
        .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
        .collect();
    Text::new(Value::Object(object).to_string())
}

/// What is told of rows whose tags cannot be read.
pub(super) fn unreadable() -> Fault {
    Fault::not("the cell of tags", "JSON")
}

/// Whether a cell holds any tag; none where it cannot be read as tags.
pub(super) fn any(cell: Option<&str>) -> Option<bool> {
    let Some(cell) = cell else {
        return Some(false);
    };
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    match cell.as_bytes() {
        [b'{', inner @ .., b'}'] | [b'[', inner @ .., b']'] if is_json(cell) => {
            Some(!inner.trim_ascii().is_empty())
        }
        [b'"', ..] if is_json(&format!("{{{cell}}}")) => Some(true),
        _ => None,
    }
}

/// The values of these tags: from a JSON object, from one without its braces (Azure's exports), or from a list
/// of keys and values (Google Cloud, and maps in Parquet).
pub(super) fn values(cell: Option<&str>, keys: &[Text]) -> Vec<Option<Text>> {
    let Some(cell) = cell.filter(|_| !keys.is_empty()) else {
        return vec![None; keys.len()];
    };
    let parsed = serde_json::from_str::<Value>(cell)
        .or_else(|_| serde_json::from_str(&format!("{{{cell}}}")));
    let Ok(parsed) = parsed else {
        return vec![None; keys.len()];
    };
    keys.iter().map(|key| value(&parsed, key)).collect()
}

/// The key as it is written wins over one that differs in case: Azure keeps a tag's case and compares without.
fn value(tags: &Value, key: &str) -> Option<Text> {
    let exact = |name: &str| {
        PREFIXES
            .iter()
            .any(|prefix| name.strip_prefix(prefix) == Some(key))
    };
    let alike = |name: &str| {
        PREFIXES.iter().any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|name| name.eq_ignore_ascii_case(key))
        })
    };
    let find = |matches: &dyn Fn(&str) -> bool| match tags {
        Value::Object(tags) => tags
            .iter()
            .find(|(name, _)| matches(name))
            .and_then(|(_, value)| text(value)),
        Value::Array(tags) => tags.iter().find_map(|tag| {
            let name = tag.get("key")?.as_str()?;
            matches(name).then(|| text(tag.get("value")?))?
        }),
        _ => None,
    };
    find(&exact).or_else(|| find(&alike))
}

fn text(value: &Value) -> Option<Text> {
    match value {
        Value::String(text) => Some(Text::new(text)),
        Value::Number(number) => Some(Text::new(number.to_string())),
        Value::Bool(flag) => Some(Text::new(flag.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cell: &str, key: &str) -> Option<Text> {
        values(Some(cell), &[Text::new(key)]).remove(0)
    }

    #[test]
    fn every_way_to_write_tags_is_read() {
        assert_eq!(of(r#"{"team":"a","x":1}"#, "team").as_deref(), Some("a"));
        assert_eq!(
            of(r#""team": "a","env": "prod""#, "env").as_deref(),
            Some("prod")
        );
        assert_eq!(
            of(r#"[{"key":"team","value":"a"}]"#, "team").as_deref(),
            Some("a")
        );
        assert_eq!(of(r#"{"user:team":"a"}"#, "team").as_deref(), Some("a"));
        assert_eq!(of(r#"{"user_team":"a"}"#, "team").as_deref(), Some("a"));
        assert_eq!(
            of(r#"{"Team":"a","team":"b"}"#, "team").as_deref(),
            Some("b")
        );
        assert_eq!(of(r#"{"Team":"a"}"#, "team").as_deref(), Some("a"));
    }

    #[test]
    fn what_is_no_tag_is_none() {
        assert_eq!(of(r#"{"team":null}"#, "team"), None);
        assert_eq!(of("not tags", "team"), None);
    }

    #[test]
    fn a_cell_has_tags_or_has_none_or_cannot_be_read() {
        for none in [None, Some("{}"), Some("[]"), Some("{ }")] {
            assert_eq!(any(none), Some(false), "{none:?}");
        }
        for some in [
            r#"{"a":"b"}"#,
            r#""team": "a","env": "prod""#,
            r#"[{"key":"team","value":"a"}]"#,
        ] {
            assert_eq!(any(Some(some)), Some(true), "{some}");
        }
        for unread in ["team=a", r#"{"team":"a"#, "-", "none"] {
            assert_eq!(any(Some(unread)), None, "{unread}");
        }
    }
}
