//! What a collector makes of one body, without a network: for tests that feed it anything.

use orch_model::{Gap, Resource};
use serde_json::Value;

use crate::collect::decoder;
use crate::convert::Malformed;
use crate::names::Names;
use crate::page::{Found, Whole};
use crate::provider::global;

/// What became of a body.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The resources it holds.
    pub resources: Vec<Resource>,
    /// What could not be read of it.
    pub gap: Option<Gap>,
}

impl Decoded {
    /// What elements of a list are; those that are nothing we know leave their gap.
    pub(crate) fn of<T>(
        operation: &str,
        whole: Whole<T>,
        mut made: impl FnMut(Found<T>) -> Result<Vec<Resource>, Malformed>,
    ) -> Self {
        let mut decoded = Self {
            resources: Vec::with_capacity(whole.found.len()),
            gap: whole.gap,
        };
        for found in whole.found {
            match made(found) {
                Ok(resources) => decoded.resources.extend(resources),
                Err(malformed) => {
                    decoded.gap.get_or_insert(malformed.of(operation));
                }
            }
        }
        decoded
    }
}

/// Decodes the body of a collector's first list. None when there is no such collector, or its bodies mean
/// nothing by themselves.
pub fn decode(collector: &str, body: &[u8]) -> Option<Decoded> {
    let decoder = decoder(collector)?;
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    Some(decoder(Names::new(&global("project")), body))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::specs;

    /// The bodies of all exchanges of the replayed project.
    fn bodies() -> Vec<Value> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire/gcp/estate");
        let files = std::fs::read_dir(folder).unwrap();
        files
            .map(|file| {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let mut exchange: Value = serde_json::from_str(&text).unwrap();
                exchange["body"].take()
            })
            .collect()
    }

    /// The way to every node of a value.
    fn ways(value: &Value, way: &str, all: &mut Vec<String>) {
        all.push(way.to_owned());
        match value {
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    ways(item, &format!("{way}/{place}"), all);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    ways(member, &format!("{way}/{name}"), all);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn no_body_with_a_wrong_type_in_it_makes_a_decoder_panic() {
        let wrong = [json!(null), json!(-7), json!("x/../y"), json!([[]])];
        let scope = global("p");
        let decoders: Vec<_> = specs().filter_map(|spec| decoder(spec.name)).collect();
        let mut gaps = 0;
        for body in bodies() {
            let mut all = Vec::new();
            ways(&body, "", &mut all);
            for (turn, way) in all.iter().enumerate() {
                let mut body = body.clone();
                if let Some(node) = body.pointer_mut(way) {
                    *node = wrong[turn % wrong.len()].clone();
                }
                for decoder in &decoders {
                    let decoded = decoder(Names::new(&scope), body.clone());
                    gaps += usize::from(decoded.gap.is_some());
                }
            }
        }
        assert!(gaps > 100, "{gaps}");
    }

    #[test]
    fn what_is_no_page_holds_nothing() {
        for text in ["", "nonsense", "[", "null", "[]", "{}"] {
            for spec in specs() {
                let decoded = decode(spec.name, text.as_bytes()).unwrap_or_default();
                assert!(decoded.resources.len() <= 1, "{} {text}", spec.name);
            }
        }
        assert!(decode("no.such", b"{}").is_none());
    }
}
