//! The clouds that this build can read: how each lets us in, what its collectors are, which policy they need.

use std::collections::BTreeSet;

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
use orch_collect::DiscoverError;
use orch_collect::{CloudProvider, CollectSettings, CollectorSpec};
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
use orch_model::Gap;
use orch_model::{Dataset, Provider};

use crate::AppError;
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
use crate::Mistake;
use crate::options::Options;

/// The clouds that are built in.
pub(crate) const BUILT: &[Provider] = &[
    #[cfg(feature = "aws")]
    Provider::Aws,
    #[cfg(feature = "azure")]
    Provider::Azure,
    #[cfg(feature = "gcp")]
    Provider::Gcp,
];

/// What each collector of a cloud is, without connecting.
pub(crate) fn specs(provider: Provider) -> Result<Vec<&'static CollectorSpec>, AppError> {
    match provider {
        #[cfg(feature = "aws")]
        Provider::Aws => Ok(orch_aws::specs().collect()),
        #[cfg(feature = "azure")]
        Provider::Azure => Ok(orch_azure::specs().collect()),
        #[cfg(feature = "gcp")]
        Provider::Gcp => Ok(orch_gcp::specs().collect()),
        #[cfg(not(all(feature = "aws", feature = "azure", feature = "gcp")))]
        other => Err(AppError::NotBuilt(other)),
    }
}

/// The collectors of a cloud that read something wanted, and those that have to come before them.
pub(crate) fn collectors_of(
    provider: Provider,
    wanted: impl Fn(&[Dataset]) -> bool,
) -> Result<Vec<&'static str>, AppError> {
    let specs = specs(provider)?;
    let chosen = specs.iter().filter(|spec| wanted(spec.datasets));
    let mut names: BTreeSet<&'static str> = BTreeSet::new();
    let mut next: Vec<&'static str> = chosen.map(|spec| spec.name).collect();
    while let Some(name) = next.pop() {
        if names.insert(name)
            && let Some(spec) = specs.iter().find(|spec| spec.name == name)
        {
            next.extend(spec.after);
        }
    }
    Ok(names.into_iter().collect())
}

/// The policy that lets these collectors read, in the cloud's own format.
#[cfg_attr(
    not(any(feature = "aws", feature = "azure", feature = "gcp")),
    expect(unused_variables, reason = "a build without clouds has no policies")
)]
pub(crate) fn policy(
    provider: Provider,
    collectors: &[&str],
) -> Result<serde_json::Value, AppError> {
    match provider {
        #[cfg(feature = "aws")]
        Provider::Aws => Ok(orch_aws::permissions(collectors)),
        #[cfg(feature = "azure")]
        Provider::Azure => Ok(orch_azure::permissions(collectors)),
        #[cfg(feature = "gcp")]
        Provider::Gcp => Ok(orch_gcp::permissions(collectors)),
        #[cfg(not(all(feature = "aws", feature = "azure", feature = "gcp")))]
        other => Err(AppError::NotBuilt(other)),
    }
}

/// Finds credentials.
#[cfg_attr(
    not(any(feature = "aws", feature = "azure", feature = "gcp")),
    expect(unused_variables, reason = "a build without clouds connects to none")
)]
pub(crate) async fn connect(
    provider: Provider,
    options: &Options,
    settings: &CollectSettings,
) -> Result<Box<dyn CloudProvider>, AppError> {
    match provider {
        #[cfg(feature = "aws")]
        Provider::Aws => {
            let aws = orch_aws::AwsOptions {
                profile: options.profile.clone(),
                role: options.role.clone(),
                external_id: options.external_id.clone(),
                region_hint: options
                    .regions
                    .as_ref()
                    .and_then(|regions| regions.first())
                    .map(ToString::to_string),
            };
            let connected = orch_aws::AwsProvider::connect(&aws, settings).await;
            Ok(Box::new(connected.map_err(|error| {
                let gap = match &error {
                    orch_aws::AwsAuthError::Unreachable { gap } => Some(gap.clone()),
                    _ => None,
                };
                refused(&error, error.help(), error.is_usage(), gap)
            })?))
        }
        #[cfg(feature = "azure")]
        Provider::Azure => {
            let chosen = |cloud: &orch_azure::AzureCloud| {
                options.azure.cloud.as_deref() == Some(cloud.as_str())
            };
            let azure = orch_azure::AzureOptions {
                cloud: orch_azure::AzureCloud::ALL
                    .into_iter()
                    .find(chosen)
                    .unwrap_or_default(),
                tenant: options.azure.tenant.clone(),
                management_group: options.azure.management_group.clone(),
            };
            let connected = orch_azure::AzureProvider::connect(&azure, settings).await;
            Ok(Box::new(connected.map_err(|error| {
                let gap = error.unreachable().cloned();
                refused(&error, error.help(), error.is_usage(), gap)
            })?))
        }
        #[cfg(feature = "gcp")]
        Provider::Gcp => {
            let choice = options.gcp.clone();
            let gcp = orch_gcp::GcpOptions {
                organization: choice.organization,
                folder: choice.folder,
                impersonate: choice.impersonate,
                quota_project: choice.quota_project,
                billing_table: choice.billing_table,
            };
            let connected = orch_gcp::GcpProvider::connect(&gcp, settings).await;
            Ok(Box::new(connected.map_err(|error| {
                let gap = error.unreachable().cloned();
                refused(&error, error.help(), error.is_usage(), gap)
            })?))
        }
        #[cfg(not(all(feature = "aws", feature = "azure", feature = "gcp")))]
        other => Err(AppError::NotBuilt(other)),
    }
}

/// What it means that a cloud did not let us in. That nobody answered says nothing about the credentials.
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
fn refused(
    error: &dyn std::error::Error,
    help: String,
    is_usage: bool,
    unreachable: Option<Gap>,
) -> AppError {
    if let Some(gap) = unreachable {
        return AppError::Discover(DiscoverError::Provider { gap, help });
    }
    let mistake = Mistake::new(error.to_string(), help);
    if is_usage {
        AppError::usage(mistake)
    } else {
        AppError::Credentials(mistake)
    }
}
