//! What a collector makes of one body, without a network: for tests that feed it anything.

use orch_model::{Gap, Resource};
use serde_json::Value;

use crate::collect::decoder;
use crate::names::Names;
use crate::provider::global;

/// What became of a body.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The resources it holds.
    pub resources: Vec<Resource>,
    /// What could not be read of it.
    pub gap: Option<Gap>,
}

/// Decodes the body of a collector's first list. None when there is no such collector, or its bodies mean
/// nothing by themselves.
pub fn decode(collector: &str, body: &[u8]) -> Option<Decoded> {
    let decoder = decoder(collector)?;
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    Some(decoder(Names::new(&global("project")), body))
}
