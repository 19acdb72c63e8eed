//! database.document: a store of documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field};

/// A document database (Azure: Cosmos DB).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseDocument {
    /// Whether it can be reached from outside private networks at all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access: Field<bool>,
    /// Whether only networks on its list reach it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub denies_by_default: Field<bool>,
    /// The blocks on that list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_blocks: Vec<Cidr>,
    /// How many private endpoints are approved.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_endpoints: Field<i64>,
    /// Whether its keys cannot be used to sign in.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub keys_disabled: Field<bool>,
    /// Whether it is encrypted with a key of the customer's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub customer_key: Field<bool>,
    /// Whether it survives the loss of a zone.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub zones: Field<bool>,
}
