//! Google Cloud: credentials, the REST client and collectors. The only crate that knows its APIs.

mod auth;
mod auth_error;
mod call;
mod client;
mod collect;
mod convert;
mod decode;
mod discover;
mod endpoint;
mod error;
mod files;
mod names;
mod not_chosen;
mod operations;
mod page;
mod permissions;
mod prices;
mod provider;
mod regions;

pub use auth::GcpOptions;
pub use auth_error::GcpAuthError;
pub use collect::specs;
#[doc(hidden)]
pub use decode::{Decoded, decode};
pub use files::GcpFiles;
pub use operations::operations;
pub use permissions::permissions;
pub use prices::GcpPrices;
pub use provider::GcpProvider;

#[cfg(test)]
mod conformance_tests;
#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod wire_server;
#[cfg(test)]
mod wire_tests;
