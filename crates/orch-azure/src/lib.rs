//! Microsoft Azure: credentials, one client for Resource Manager, and collectors. The only crate that sees the
//! Azure SDK.

mod auth;
mod auth_error;
mod call;
mod certificate;
mod client;
mod collect;
mod convert;
mod endpoint;
mod error;
mod files;
mod graph;
mod names;
mod node;
mod operations;
mod permissions;
mod prices;
mod provider;
mod regions;
mod retry;
mod select;
mod subscriptions;

pub use auth::AzureOptions;
pub use auth_error::AzureAuthError;
pub use certificate::CertificateFlaw;
pub use collect::{Decoded, decode, specs};
pub use endpoint::AzureCloud;
pub use files::AzureFiles;
pub use operations::operations;
pub use permissions::permissions;
pub use prices::AzurePrices;
pub use provider::AzureProvider;

#[cfg(test)]
mod conformance_tests;
#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod wire_tests;
