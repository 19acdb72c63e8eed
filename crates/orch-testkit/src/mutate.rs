//! How an answer can be odd: values that a service never sends, each time another way, the same for the same seed.

use serde_json::{Map, Value, json};

/// A row of numbers that is the same for the same beginning.
#[derive(Debug, Clone)]
pub struct Seed(u64);

impl Seed {
    /// The row that begins here.
    pub fn new(begin: u64) -> Self {
        // The row of zero would be zeros.
        Self(begin ^ 0x9E37_79B9_7F4A_7C15)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below this one.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// How deep the nesting is that is put into a body: deeper than serde_json reads.
const DEEP: usize = 200;

/// The bytes of a body with one to three odd things in it.
pub fn mutated(body: &Value, seed: &mut Seed) -> Vec<u8> {
    let mut body = body.clone();
    for _ in 0..=seed.below(3) {
        let nodes = count(&body);
        let mut place = seed.below(nodes);
        if let Some(node) = nth(&mut body, &mut place) {
            spoil(node, seed);
        }
    }
    let mut bytes = body.to_string().into_bytes();
    match seed.below(12) {
        0 => bytes.truncate(seed.below(bytes.len() + 1)),
        1 => {
            let place = seed.below(bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = (seed.next() % 256) as u8;
            }
        }
        2 => {
            let place = seed.below(bytes.len() + 1);
            let deep = [b"[".repeat(DEEP), b"]".repeat(DEEP)].concat();
            bytes.splice(place..place, deep);
        }
        _ => {}
    }
    bytes
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

fn nth<'v>(value: &'v mut Value, place: &mut usize) -> Option<&'v mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, place)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, place)),
        _ => None,
    }
}

fn spoil(node: &mut Value, seed: &mut Seed) {
    let odd = match seed.below(14) {
        0 => Value::Null,
        1 => json!(-7),
        2 => json!(u64::MAX),
        3 => json!(1e308),
        4 => json!("NO_SUCH_WORD"),
        5 => json!("../../x?y#z\u{0}\u{202e}/subscriptions//projects/"),
        6 => json!([]),
        7 => json!({}),
        // As deep as a reader of JSON goes, and less.
        8 => (0..seed.below(120)).fold(json!([null]), |inner, _| json!([inner])),
        9 => json!(true),
        10 => json!("99999999999999999999999999"),
        11 => Value::String("ä".repeat(seed.below(3000))),
        12 => {
            // A member or an element is missing.
            match node {
                Value::Array(items) if !items.is_empty() => {
                    items.remove(seed.below(items.len()));
                }
                Value::Object(members) if !members.is_empty() => {
                    let place = seed.below(members.len());
                    let name = members.keys().nth(place).cloned().unwrap_or_default();
                    members.remove(&name);
                }
                other => *other = Value::Null,
            }
            return;
        }
        _ => {
            // The same twice, where there may be many.
            match node {
                Value::Array(items) if !items.is_empty() => {
                    let again = items[seed.below(items.len())].clone();
                    items.push(again);
                }
                other => *other = other_type(other),
            }
            return;
        }
    };
    *node = odd;
}

/// The same with every text a number and every number a text.
pub fn other_types(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(other_types).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), other_types(member)))
                .collect::<Map<_, _>>(),
        ),
        other => other_type(other),
    }
}

fn other_type(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(text.len()),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(flag.to_string()),
        other => json!([other]),
    }
}

/// Gives the first element of the first list of a body other types; whether there is one.
pub(crate) fn spoil_first(body: &mut Value) -> bool {
    match body {
        Value::Array(items) => match items.first_mut() {
            Some(first @ Value::Object(_)) => {
                *first = other_types(first);
                true
            }
            _ => false,
        },
        Value::Object(members) => members.values_mut().any(spoil_first),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_and_another_gives_another() {
        let body = json!({"value": [{"id": "a", "size": 3}, {"id": "b"}], "nextLink": null});
        let row = |begin| {
            let mut seed = Seed::new(begin);
            let bodies: Vec<_> = (0..50).map(|_| mutated(&body, &mut seed)).collect();
            bodies
        };
        assert_eq!(row(1), row(1));
        assert_ne!(row(1), row(2));
        let odd = row(1);
        let whole = |bytes: &&Vec<u8>| serde_json::from_slice::<Value>(bytes).is_ok();
        let whole = odd.iter().filter(whole).count();
        assert!((20..50).contains(&whole), "{whole}");
    }

    #[test]
    fn one_element_gets_other_types_and_the_rest_is_kept() {
        let mut body =
            json!({"kind": "list", "items": {"z": {"a": [{"name": "x"}, {"name": "y"}]}}});
        assert!(spoil_first(&mut body));
        assert_eq!(body["items"]["z"]["a"], json!([{"name": 1}, {"name": "y"}]));
        assert!(!spoil_first(&mut json!({"value": []})));
    }
}
