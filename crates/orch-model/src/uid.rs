//! The name of a resource that holds across accounts, runs and tools.

use std::borrow::Borrow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The identity of a resource: on AWS its ARN (composed with partition and owner account where the API
/// gives none), on Azure the ARM id in lower case, on Google Cloud `//service.googleapis.com/…`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Uid(SmolStr);

impl Uid {
    /// Takes an identity as the collector composed it.
    pub fn new(uid: impl AsRef<str>) -> Self {
        Self(SmolStr::new(uid))
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part, after the last `/` or `:`: what people call the resource's id.
    pub fn short(&self) -> &str {
        self.0.rsplit(['/', ':']).next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Uid {
    fn borrow(&self) -> &str {
        &self.0
    }
}
