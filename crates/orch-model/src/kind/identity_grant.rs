//! identity.grant: a role given to somebody on something.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A grant (Azure: role assignment; Google Cloud: a member of a binding).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdentityGrant {
    /// The role's name, or its id where the name was not read.
    pub role: Text,
    /// Who has it, without a person's name: an object's id, `allUsers`, `serviceAccount:…`.
    pub principal: Text,
    /// `user`, `group`, `service-account`, `everybody`, `unknown`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub principal_kind: Field<Text>,
    /// On what: an id.
    pub on: Text,
    /// `management-group`, `account`, `resource-group`, `resource`, `folder`, `organization`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub level: Field<Text>,
    /// Whether it holds only under a condition.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub conditional: Field<bool>,
}
