//! dns.zone: a zone of names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A DNS zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsZone {
    /// Its domain, with a dot at its end.
    pub domain: Text,
    /// Whether the internet can ask it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public: Field<bool>,
    /// Whether its answers are signed.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub dnssec: Field<bool>,
    /// The algorithms of its keys, as `purpose algorithm`: `keySigning rsasha256`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub key_algorithms: Field<Vec<Text>>,
}
