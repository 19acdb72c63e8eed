//! What became of the lists of a text that was cut.

use serde_json::Value;

/// Lists that have entries in one value and none in the other, by their pointers.
pub(crate) fn emptied(whole: &Value, cut: &Value) -> Vec<String> {
    let mut out = Vec::new();
    compare(whole, cut, "", &mut out);
    out
}

fn compare(whole: &Value, cut: &Value, at: &str, out: &mut Vec<String>) {
    match (whole, cut) {
        (Value::Object(whole), Value::Object(cut)) => {
            for (key, value) in whole {
                let at = format!("{at}/{key}");
                match cut.get(key) {
                    Some(other) => compare(value, other, &at, out),
                    None => out.push(at),
                }
            }
        }
        (Value::Array(whole), Value::Array(cut)) => {
            if cut.is_empty() && !whole.is_empty() {
                out.push(at.to_owned());
            }
            for (place, (value, other)) in whole.iter().zip(cut).enumerate() {
                compare(value, other, &format!("{at}/{place}"), out);
            }
        }
        _ => {}
    }
}
