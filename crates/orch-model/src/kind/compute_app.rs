//! compute.app: code that the provider runs without a machine of the customer's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// An application (Azure: App Service, Functions; Google Cloud: Cloud Run, Functions; AWS: Lambda).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeApp {
    /// `web`, `function`, `container`.
    pub purpose: Text,
    /// Whether it runs.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
    /// Language and version: `python|3.9`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub runtime: Field<Text>,
    /// Whether plain HTTP is refused or sent to HTTPS.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub https_only: Field<bool>,
    /// The oldest version of TLS it takes: `1.2`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub min_tls: Field<Text>,
    /// Whether the internet reaches it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access: Field<bool>,
    /// Who may call it without an account of ours: `allUsers`, `allAuthenticatedUsers`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_to: Field<Vec<Text>>,
    /// Whether callers must sign in before its code runs.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub signs_in: Field<bool>,
    /// Whether callers need a certificate.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub client_certificates: Field<bool>,
    /// The identity its code uses; none when it has none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub identity: Field<Text>,
    /// Whether code can be deployed by FTP without TLS.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub plain_ftp: Field<bool>,
    /// Whether it speaks HTTP/2.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub http2: Field<bool>,
    /// Whether a debugger may be attached from outside.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub remote_debugging: Field<bool>,
    /// Whether requests are recorded.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub logging: Field<bool>,
    /// Whether it reaches out through a network of ours.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vpc: Field<bool>,
}
