//! The clouds that this build can read: how each lets us in, what its collectors are, which policy they need.

use std::collections::BTreeSet;

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
use orch_collect::DiscoverError;
use orch_collect::{
    Bucket, CloudProvider, CollectSettings, CollectorSpec, FileStore, PriceList, Run,
};
#[cfg(feature = "aws")]
use orch_cost::catalog::import::AWS_OFFERS;
#[cfg(feature = "azure")]
use orch_cost::catalog::import::AZURE_SERVICES;
#[cfg(feature = "gcp")]
use orch_cost::catalog::import::GCP_SERVICES;
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
            let connected = orch_aws::AwsProvider::connect(&aws(options), settings).await;
            Ok(Box::new(connected.map_err(of_aws)?))
        }
        #[cfg(feature = "azure")]
        Provider::Azure => {
            let connected = orch_azure::AzureProvider::connect(&azure(options), settings).await;
            Ok(Box::new(connected.map_err(of_azure)?))
        }
        #[cfg(feature = "gcp")]
        Provider::Gcp => {
            let connected = orch_gcp::GcpProvider::connect(&gcp(options), settings).await;
            Ok(Box::new(connected.map_err(of_gcp)?))
        }
        #[cfg(not(all(feature = "aws", feature = "azure", feature = "gcp")))]
        other => Err(AppError::NotBuilt(other)),
    }
}

#[cfg(feature = "aws")]
fn aws(options: &Options) -> orch_aws::AwsOptions {
    orch_aws::AwsOptions {
        profile: options.profile.clone(),
        role: options.role.clone(),
        external_id: options.external_id.clone(),
        region_hint: options
            .regions
            .as_ref()
            .and_then(|regions| regions.first())
            .map(ToString::to_string),
    }
}

#[cfg(feature = "aws")]
fn of_aws(error: orch_aws::AwsAuthError) -> AppError {
    let gap = match &error {
        orch_aws::AwsAuthError::Unreachable { gap } => Some(gap.clone()),
        _ => None,
    };
    refused(&error, error.help(), error.is_usage(), gap)
}

#[cfg(feature = "azure")]
fn azure(options: &Options) -> orch_azure::AzureOptions {
    let chosen =
        |cloud: &orch_azure::AzureCloud| options.azure.cloud.as_deref() == Some(cloud.as_str());
    orch_azure::AzureOptions {
        cloud: orch_azure::AzureCloud::ALL
            .into_iter()
            .find(chosen)
            .unwrap_or_default(),
        tenant: options.azure.tenant.clone(),
        management_group: options.azure.management_group.clone(),
    }
}

#[cfg(feature = "azure")]
fn of_azure(error: orch_azure::AzureAuthError) -> AppError {
    let gap = error.unreachable().cloned();
    refused(&error, error.help(), error.is_usage(), gap)
}

#[cfg(feature = "gcp")]
fn gcp(options: &Options) -> orch_gcp::GcpOptions {
    let choice = options.gcp.clone();
    orch_gcp::GcpOptions {
        organization: choice.organization,
        folder: choice.folder,
        impersonate: choice.impersonate,
        quota_project: choice.quota_project,
        billing_table: choice.billing_table,
    }
}

#[cfg(feature = "gcp")]
fn of_gcp(error: orch_gcp::GcpAuthError) -> AppError {
    let gap = error.unreachable().cloned();
    refused(&error, error.help(), error.is_usage(), gap)
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

/// A cloud's price list.
#[cfg_attr(
    not(any(feature = "aws", feature = "azure", feature = "gcp")),
    expect(unused_variables, reason = "a build without clouds connects to none")
)]
pub(crate) async fn price_list(
    provider: Provider,
    #[cfg_attr(
        not(feature = "gcp"),
        expect(unused_variables, reason = "the other clouds' lists are public")
    )]
    options: &Options,
    settings: &CollectSettings,
    run: &Run,
) -> Result<Box<dyn PriceList>, AppError> {
    match provider {
        #[cfg(feature = "aws")]
        Provider::Aws => {
            let list = orch_aws::AwsPrices::new(settings, run, &AWS_OFFERS);
            Ok(Box::new(list.map_err(of_aws)?))
        }
        #[cfg(feature = "azure")]
        Provider::Azure => {
            let list = orch_azure::AzurePrices::new(settings, run, &AZURE_SERVICES);
            Ok(Box::new(list.map_err(of_azure)?))
        }
        #[cfg(feature = "gcp")]
        Provider::Gcp => {
            let gcp = gcp(options);
            let list = orch_gcp::GcpPrices::connect(&gcp, settings, run, &GCP_SERVICES).await;
            Ok(Box::new(list.map_err(of_gcp)?))
        }
        #[cfg(not(all(feature = "aws", feature = "azure", feature = "gcp")))]
        other => Err(AppError::NotBuilt(other)),
    }
}

/// A cloud's store of files; of Azure, that of an account.
#[cfg_attr(
    not(any(feature = "aws", feature = "azure", feature = "gcp")),
    expect(unused_variables, reason = "a build without clouds connects to none")
)]
pub(crate) async fn file_store(
    provider: Provider,
    #[cfg_attr(
        not(feature = "azure"),
        expect(
            unused_variables,
            reason = "the other clouds' names of buckets are their own"
        )
    )]
    bucket: &Bucket,
    options: &Options,
    settings: &CollectSettings,
    run: &Run,
) -> Result<Box<dyn FileStore>, AppError> {
    match provider {
        #[cfg(feature = "aws")]
        Provider::Aws => {
            let store = orch_aws::AwsFiles::connect(&aws(options), settings, run).await;
            Ok(Box::new(store.map_err(of_aws)?))
        }
        #[cfg(feature = "azure")]
        Provider::Azure => {
            let account = bucket.account.as_deref().unwrap_or_default();
            let azure = azure(options);
            let store = orch_azure::AzureFiles::connect(account, &azure, settings, run).await;
            Ok(Box::new(store.map_err(of_azure)?))
        }
        #[cfg(feature = "gcp")]
        Provider::Gcp => {
            let store = orch_gcp::GcpFiles::connect(&gcp(options), settings, run).await;
            Ok(Box::new(store.map_err(of_gcp)?))
        }
        #[cfg(not(all(feature = "aws", feature = "azure", feature = "gcp")))]
        other => Err(AppError::NotBuilt(other)),
    }
}
