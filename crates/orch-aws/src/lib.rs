//! Amazon Web Services: credentials, clients and collectors. The only crate that sees the AWS SDK.

mod auth;
mod auth_error;
mod body;
mod call;
mod client;
mod collect;
mod convert;
mod endpoint;
mod error;
mod files;
mod http;
mod names;
mod operations;
mod permissions;
mod plain;
mod prices;
mod provider;
mod regions;
mod retry;
mod watch;

pub use auth::AwsOptions;
pub use auth_error::AwsAuthError;
pub use collect::specs;
pub use files::AwsFiles;
pub use operations::operations;
pub use permissions::permissions;
pub use prices::AwsPrices;
pub use provider::AwsProvider;

#[cfg(test)]
mod wire_tests;
