//! Who we are: credentials from where the AWS tools look for them, checked once, with a next step when they
//! do not hold.

use std::collections::BTreeSet;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::imds;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_types::os_shim_internal::{Env, Fs};
use orch_collect::endpoint::{Unfit, fit};
use orch_collect::{CollectSettings, Run};
use orch_model::{Cause, Text};

use crate::auth_error::{self, AwsAuthError};
use crate::call::Caller;
use crate::client;
use crate::endpoint::VARIABLES;
use crate::error::{Failure, causes};
use crate::http;
use crate::regions;
use crate::watch;

/// What the user chose about credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsOptions {
    /// The profile to use; it is taken even where the environment holds keys.
    pub profile: Option<String>,
    /// The role to assume with those credentials.
    pub role: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// A region to ask first when neither environment nor profile name one, for example the first of
    /// `--regions`.
    pub region_hint: Option<String>,
}

/// Who the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) account: Text,
    pub(crate) partition: Text,
}

/// Finds credentials and asks STS whose they are.
pub(crate) async fn connect(
    options: &AwsOptions,
    settings: &CollectSettings,
    run: &Run,
) -> Result<(SdkConfig, Identity), AwsAuthError> {
    check_endpoints(|name| std::env::var(name).ok())?;
    let profile = chosen_profile(options).await?;
    let config = load(options, settings).await;
    let config = match &options.role {
        Some(role) => assume(config, role, options.external_id.as_deref(), settings, run),
        None => config,
    };
    let sts = client::sts(&config, settings.max_attempts);
    let answer = Caller::discovery(run, None)
        .call(
            "sts:GetCallerIdentity",
            sts.get_caller_identity().send(),
            |_| 1,
        )
        .await
        .map_err(|failure| auth_error::explain(failure, &profile, options.role.as_deref()))?;
    let identity = identity(answer.account(), answer.arn()).ok_or_else(|| {
        let failure = Failure::undecodable("sts:GetCallerIdentity", "answer without account");
        auth_error::explain(failure, &profile, None)
    })?;
    Ok((config, identity))
}

/// Account and partition of an STS answer.
fn identity(account: Option<&str>, arn: Option<&str>) -> Option<Identity> {
    let partition = arn?.strip_prefix("arn:")?.split(':').next()?;
    let account = account.filter(|account| !account.is_empty())?;
    (!partition.is_empty()).then(|| Identity {
        account: Text::new(account),
        partition: Text::new(partition),
    })
}

/// Refuses variables that would send signed requests where they must not go.
fn check_endpoints(variable: impl Fn(&str) -> Option<String>) -> Result<(), AwsAuthError> {
    for name in VARIABLES {
        let Some(url) = variable(name).filter(|url| !url.is_empty()) else {
            continue;
        };
        fit(&url).map_err(|unfit| match unfit {
            Unfit::PlainHttp => AwsAuthError::PlainHttp {
                variable: name,
                url,
            },
            Unfit::NotHttp => AwsAuthError::BadEndpoint {
                variable: name,
                url,
            },
        })?;
    }
    Ok(())
}

/// The profile in use, as far as error messages need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ChosenProfile {
    /// Its name.
    pub(crate) name: String,
    /// Whether it signs in through IAM Identity Center.
    pub(crate) signs_in: bool,
}

/// The profile that the SDK is going to use; refused where it was named and does not exist.
async fn chosen_profile(options: &AwsOptions) -> Result<ChosenProfile, AwsAuthError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let named = options
        .profile
        .clone()
        .or_else(|| variable("AWS_PROFILE"))
        .or_else(|| variable("AWS_DEFAULT_PROFILE"));
    let selected = named.clone().map(Into::into);
    let profiles =
        aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), selected)
            .await
            .map_err(|error| AwsAuthError::ProfileFile {
                what: chain(&error),
            })?;
    let name = named.clone().unwrap_or_else(|| "default".to_owned());
    if let (Some(_), None) = (&named, profiles.get_profile(&name)) {
        return Err(unknown_profile(name, &profiles));
    }
    let signs_in = profiles.get_profile(&name).is_some_and(|profile| {
        profile.get("sso_session").is_some() || profile.get("sso_start_url").is_some()
    });
    Ok(ChosenProfile { name, signs_in })
}

/// A profile that is not in the files, with the likeliest spelling.
fn unknown_profile(name: String, profiles: &ProfileSet) -> AwsAuthError {
    let known: BTreeSet<&str> = profiles.profiles().collect();
    let suggestion = orch_collect::nearest(&name, known.iter().copied()).map(str::to_owned);
    AwsAuthError::UnknownProfile {
        name,
        suggestion,
        known: known.into_iter().map(str::to_owned).collect(),
    }
}

/// An error with its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    texts.join(": ")
}

/// The configuration that all clients start from.
async fn load(options: &AwsOptions, settings: &CollectSettings) -> SdkConfig {
    let http = http::Shared::new(
        HttpConnectorSettings::builder()
            .connect_timeout(settings.connect)
            .build(),
    );
    let behavior = BehaviorVersion::v2026_01_12();
    let providers = ProviderConfig::without_region()
        .with_behavior_version(Some(behavior))
        .with_http_client(http.clone());
    // One attempt: on a machine outside of AWS nobody answers there, and each attempt costs a second.
    let imds = imds::Client::builder()
        .configure(&providers)
        .max_attempts(1)
        .build();
    let region = region(options, &providers, &imds).await;
    let providers = providers.with_region(Some(region.clone()));
    let credentials = match &options.profile {
        Some(profile) => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .configure(&providers)
                .profile_name(profile)
                .build(),
        ),
        None => SharedCredentialsProvider::new(
            DefaultCredentialsChain::builder()
                .configure(providers)
                .region(region.clone())
                .imds_client(imds)
                .build()
                .await,
        ),
    };
    let mut loader = aws_config::defaults(behavior)
        .http_client(http)
        .region(region)
        .credentials_provider(credentials)
        .identity_cache(IdentityCache::lazy().load_timeout(settings.attempt).build())
        .retry_config(client::retries(settings.max_attempts))
        .timeout_config(client::timeouts(settings));
    if let Ok(name) = AppName::new("orch") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    loader.load().await
}

/// The region to ask first: environment, profile, hint, the machine's own, the public cloud's first.
async fn region(options: &AwsOptions, providers: &ProviderConfig, imds: &imds::Client) -> Region {
    if let Some(region) = EnvironmentVariableRegionProvider::new().region().await {
        return region;
    }
    let mut profile = ProfileFileRegionProvider::builder().configure(providers);
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    if let Some(region) = profile.build().region().await {
        return region;
    }
    // A misspelt hint would only make STS unreachable: discovery has the better message.
    let hint = options
        .region_hint
        .as_deref()
        .filter(|hint| regions::is_known(hint));
    if let Some(hint) = hint {
        return Region::new(hint.to_owned());
    }
    let machine = imds::region::ImdsRegionProvider::builder()
        .imds_client(imds.clone())
        .build();
    match machine.region().await {
        Some(region) => region,
        None => Region::new(regions::partition("aws").home),
    }
}

/// The same configuration with the credentials of a role.
fn assume(
    config: SdkConfig,
    role: &str,
    external_id: Option<&str>,
    settings: &CollectSettings,
    run: &Run,
) -> SdkConfig {
    let credentials = RoleCredentials {
        sts: client::sts(&config, settings.max_attempts),
        role: role.to_owned(),
        external_id: external_id.map(str::to_owned),
        run: run.clone(),
    };
    config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// Assumes a role through our own client, so that the call stands on the list and in the ledger.
#[derive(Debug)]
struct RoleCredentials {
    sts: aws_sdk_sts::Client,
    role: String,
    external_id: Option<String>,
    run: Run,
}

impl RoleCredentials {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        let request = self
            .sts
            .assume_role()
            .role_arn(&self.role)
            .role_session_name("orch")
            .set_external_id(self.external_id.clone())
            .send();
        let run = watch::current_run().unwrap_or_else(|| self.run.clone());
        let answer = Caller::discovery(&run, None)
            .call(ASSUME_ROLE, request, |_| 1)
            .await
            .map_err(CredentialsError::provider_error)?;
        let given = answer.credentials().ok_or_else(|| {
            CredentialsError::provider_error(Failure::new(
                ASSUME_ROLE,
                Cause::Undecodable,
                "answer without credentials",
            ))
        })?;
        Ok(Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            (*given.expiration()).try_into().ok(),
            "orch-role",
        ))
    }
}

/// The call that trades credentials for those of a role.
pub(crate) const ASSUME_ROLE: &str = "sts:AssumeRole";

impl ProvideCredentials for RoleCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_and_partition_come_from_sts() {
        let arn = Some("arn:aws-us-gov:sts::123456789012:assumed-role/audit/me");
        let identity = identity(Some("123456789012"), arn).unwrap();
        assert_eq!(
            (&*identity.account, &*identity.partition),
            ("123456789012", "aws-us-gov")
        );
        assert_eq!(
            super::identity(Some("123456789012"), Some("nonsense")),
            None
        );
        assert_eq!(super::identity(None, arn), None);
    }

    #[test]
    fn a_variable_that_names_plain_http_elsewhere_is_refused_by_its_name() {
        let variable = |name: &str| {
            (name == "AWS_ENDPOINT_URL_EC2").then(|| "http://moto.example:5000".to_owned())
        };
        let error = check_endpoints(variable).unwrap_err();
        assert!(
            error.to_string().contains("AWS_ENDPOINT_URL_EC2"),
            "{error}"
        );
        assert!(check_endpoints(|_| Some("http://127.0.0.1:1".to_owned())).is_ok());
        assert!(check_endpoints(|_| None).is_ok());
    }
}
