//! The read policy that the collectors of a selection need.

use orch_model::Provider;

use crate::AppError;
use crate::setup::{Prepared, Setup};

/// The clouds that this build can read.
pub(crate) const BUILT: &[Provider] = &[
    #[cfg(feature = "aws")]
    Provider::Aws,
];

/// The policy as JSON text.
///
/// # Errors
/// When nothing names a provider, or this build lacks it, or options or rules are wrong.
pub fn permissions(setup: &Setup) -> Result<String, AppError> {
    let prepared = Prepared::of(setup)?;
    let provider = prepared.options.provider.ok_or_else(|| {
        AppError::usage(crate::Mistake::new(
            "no provider is named",
            "type `orch permissions --provider aws`",
        ))
    })?;
    let names = prepared.collector_names(provider)?;
    policy(provider, &names)
}

#[cfg(feature = "aws")]
fn policy(provider: Provider, collectors: &[&str]) -> Result<String, AppError> {
    match provider {
        Provider::Aws => serde_json::to_string_pretty(&orch_aws::permissions(collectors))
            .map(|policy| policy + "\n")
            .map_err(|error| AppError::Internal(error.to_string())),
        other => Err(AppError::NotBuilt(other)),
    }
}

#[cfg(not(feature = "aws"))]
fn policy(provider: Provider, _: &[&str]) -> Result<String, AppError> {
    Err(AppError::NotBuilt(provider))
}

/// The names of a provider's collectors.
pub(crate) fn collectors(provider: Provider) -> Result<Vec<&'static str>, AppError> {
    Ok(specs(provider)?.into_iter().map(|spec| spec.name).collect())
}

/// What each collector of a provider is, without connecting.
#[cfg(feature = "aws")]
pub(crate) fn specs(
    provider: Provider,
) -> Result<Vec<&'static orch_collect::CollectorSpec>, AppError> {
    match provider {
        Provider::Aws => Ok(orch_aws::specs().collect()),
        other => Err(AppError::NotBuilt(other)),
    }
}

/// What each collector of a provider is, without connecting.
#[cfg(not(feature = "aws"))]
pub(crate) fn specs(
    provider: Provider,
) -> Result<Vec<&'static orch_collect::CollectorSpec>, AppError> {
    Err(AppError::NotBuilt(provider))
}
