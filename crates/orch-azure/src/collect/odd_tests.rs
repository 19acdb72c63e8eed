//! Whatever an answer holds, a decoder drops the element and says so; it never panics.

use std::path::Path;

use orch_model::Cause;
use serde_json::{Value, json};

use super::{TABLE, decode};

/// Every answer of the fixtures to the list of a collector.
fn answers() -> Vec<(&'static str, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire/azure");
    let mut answers = Vec::new();
    for case in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(case.unwrap().path()).unwrap() {
            let text = std::fs::read(file.unwrap().path()).unwrap();
            let exchange: Value = serde_json::from_slice(&text).unwrap();
            let path = exchange["path"].as_str().unwrap();
            for entry in TABLE {
                let list = (entry.sources)().swap_remove(0).0;
                let list = list.replace("{subscription}", path.split('/').nth(2).unwrap_or(""));
                if list.eq_ignore_ascii_case(path) && exchange["status"] == 200 {
                    answers.push((entry.spec.name, exchange["body"].clone()));
                }
            }
        }
    }
    answers
}

/// The paths of everything in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let mut below = |name: &str, value| places(value, &format!("{at}/{name}"), found);
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                below(&name.replace('~', "~0").replace('/', "~1"), value);
            }
        }
        Value::Array(elements) => {
            for (place, value) in elements.iter().enumerate() {
                below(&place.to_string(), value);
            }
        }
        _ => {}
    }
}

#[test]
fn something_odd_anywhere_leaves_a_gap_and_never_ends_the_run() {
    let odd = [
        Value::Null,
        json!(i64::MAX),
        json!(1e300),
        json!(""),
        json!("\u{202e}%00/../"),
        json!([[]]),
        json!({}),
    ];
    let answers = answers();
    assert!(answers.len() > 30, "{}", answers.len());
    for (collector, body) in answers {
        let mut found = Vec::new();
        places(&body, "", &mut found);
        for place in &found {
            for odd in &odd {
                let mut changed = body.clone();
                *changed.pointer_mut(place).unwrap() = odd.clone();
                let decoded = decode(collector, changed.to_string().as_bytes());
                if let Some(gap) = decoded.gap {
                    assert_eq!(gap.cause, Cause::Undecodable, "{collector} {place} {odd}");
                    assert!(
                        !gap.detail.contains('\u{202e}'),
                        "{collector} {place} {odd}"
                    );
                }
            }
        }
    }
}
