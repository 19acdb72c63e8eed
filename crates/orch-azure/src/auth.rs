//! Who we are: credentials from where the tools of Azure look for them, asked in the customary order.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport, Url};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use orch_collect::CollectSettings;
use orch_model::{Cause, Gap};
use tokio::net::TcpStream;

use crate::auth_error::{AzureAuthError, CLI, explain, first_line};
use crate::certificate::{Certificate, Signer};
use crate::client::{Client, Tokens, transport};
use crate::endpoint::{self, AzureCloud, Unfit, VARIABLE};
use crate::error::Failure;

/// What the user chose about credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AzureOptions {
    /// Which of the clouds of Azure.
    pub cloud: AzureCloud,
    /// The directory to sign in to, where the credentials do not say it themselves (Azure CLI).
    pub tenant: Option<String>,
    /// Only the subscriptions of the management group with this id, those of the groups in it too.
    pub management_group: Option<String>,
}

/// The metadata service of a machine of Azure.
const MACHINE: &str = "169.254.169.254:80";

/// How long the metadata service may take to be there, and then to give a token. It is close by, and on other
/// machines nobody answers.
const KNOCK: Duration = Duration::from_secs(1);
const MACHINE_ANSWERS: Duration = Duration::from_secs(10);

const ENVIRONMENT: &str = "service principal of the environment";
const WORKLOAD: &str = "workload identity";
const MACHINES: &str = "managed identity";

/// A client that is let in, and the name of what let it in.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) from: &'static str,
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// Finds credentials. Resource Manager itself is not asked yet.
pub(crate) async fn connect(
    options: &AzureOptions,
    settings: &CollectSettings,
) -> Result<Connected, AzureAuthError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(url) = variable(VARIABLE) {
        return stand_in(&url, options, settings);
    }
    let official = official(options)?;
    let transport = transport(settings, false).map_err(|error| broken(&error))?;
    let (credential, from) = credential(options, transport, variable).await?;
    let tokens = Tokens::Of(credential, options.cloud.audience());
    let client = Client::new(official, None, tokens, settings).map_err(|error| broken(&error))?;
    signed_in(&client, options.cloud, from).await?;
    Ok(Connected { client, from })
}

/// Waits for the first token no longer than for any answer: a sign-in service that nobody reaches would keep the
/// SDK busy for minutes.
async fn signed_in(
    client: &Client,
    cloud: AzureCloud,
    from: &'static str,
) -> Result<(), AzureAuthError> {
    let host = cloud.login();
    match client.sign_in().await {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(explain(&Failure::of_error("sign-in", error), from)),
        None => Err(AzureAuthError::NoSignIn {
            host,
            gap: Gap::new(Cause::TimedOut, format!("sign-in at {host}")),
        }),
    }
}

/// A client for a stand-in on this machine, which gets no credentials.
pub(crate) fn stand_in(
    url: &str,
    options: &AzureOptions,
    settings: &CollectSettings,
) -> Result<Connected, AzureAuthError> {
    let base = at_stand_in(url)?;
    let client = Client::new(base, Some(official(options)?), Tokens::StandIn, settings)
        .map_err(|error| broken(&error))?;
    Ok(Connected {
        client,
        from: "stand-in on this machine",
    })
}

/// A client for a stand-in, where one is named, of another server than Resource Manager.
pub(crate) fn stand_in_for(
    official: Url,
    settings: &CollectSettings,
) -> Result<Option<Client>, AzureAuthError> {
    let named = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty());
    let Some(url) = named else {
        return Ok(None);
    };
    let base = at_stand_in(&url)?;
    Client::new(base, Some(official), Tokens::StandIn, settings)
        .map(Some)
        .map_err(|error| broken(&error))
}

fn at_stand_in(url: &str) -> Result<Url, AzureAuthError> {
    endpoint::stand_in(url).map_err(|unfit| {
        let url = url.to_owned();
        match unfit {
            Unfit::Elsewhere => AzureAuthError::Elsewhere { url },
            Unfit::NotHttp => AzureAuthError::BadEndpoint { url },
        }
    })
}

/// The same credentials as for Resource Manager, for the service of files of an account.
pub(crate) async fn connect_files(
    official: Url,
    audience: &'static str,
    options: &AzureOptions,
    settings: &CollectSettings,
) -> Result<Client, AzureAuthError> {
    if let Some(client) = stand_in_for(official.clone(), settings)? {
        return Ok(client);
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let transport = transport(settings, false).map_err(|error| broken(&error))?;
    let (credential, from) = credential(options, transport, variable).await?;
    let tokens = Tokens::Of(credential, audience);
    let client = Client::new(official, None, tokens, settings).map_err(|error| broken(&error))?;
    signed_in(&client, options.cloud, from).await?;
    Ok(client)
}

/// The address of Resource Manager.
fn official(options: &AzureOptions) -> Result<Url, AzureAuthError> {
    Url::parse(options.cloud.management()).map_err(|error| broken(&error))
}

fn broken(what: &dyn fmt::Display) -> AzureAuthError {
    AzureAuthError::Client {
        what: what.to_string(),
    }
}

/// What the environment says about a service principal.
enum Principal {
    /// Nothing.
    None,
    /// With a secret.
    Secret {
        tenant: String,
        client: String,
        secret: String,
    },
    /// With a certificate and its key in a file.
    Certificate {
        tenant: String,
        client: String,
        path: String,
        password: Option<String>,
    },
    /// Of a workload, with a file that is renewed by the platform.
    Workload,
}

/// The service principal of the environment. One that is named in part is a mistake, not a reason to use
/// somebody else's credentials.
fn principal(variable: impl Fn(&str) -> Option<String>) -> Result<Principal, AzureAuthError> {
    let (tenant, client) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
    let need = |value: Option<String>, missing| value.ok_or(AzureAuthError::Incomplete { missing });
    let secret = variable("AZURE_CLIENT_SECRET");
    let path = variable("AZURE_CLIENT_CERTIFICATE_PATH");
    let file = variable("AZURE_FEDERATED_TOKEN_FILE");
    if secret.is_none() && path.is_none() && file.is_none() {
        return Ok(Principal::None);
    }
    let (tenant, client) = (
        need(tenant, "AZURE_TENANT_ID")?,
        need(client, "AZURE_CLIENT_ID")?,
    );
    Ok(match (secret, path) {
        (Some(secret), _) => Principal::Secret {
            tenant,
            client,
            secret,
        },
        (None, Some(path)) => Principal::Certificate {
            tenant,
            client,
            path,
            password: variable("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        },
        (None, None) => Principal::Workload,
    })
}

/// The first source that gives a token.
pub(crate) async fn credential(
    options: &AzureOptions,
    transport: Transport,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(Arc<dyn TokenCredential>, &'static str), AzureAuthError> {
    let client_options = || ClientOptions {
        transport: Some(transport.clone()),
        cloud: Some(Arc::new(options.cloud.configuration())),
        ..ClientOptions::default()
    };
    let of = |from| move |error: azure_core::Error| source(from, &error);
    match principal(&variable)? {
        Principal::Secret {
            tenant,
            client,
            secret,
        } => {
            let options = ClientSecretCredentialOptions {
                client_options: client_options(),
            };
            let made =
                ClientSecretCredential::new(&tenant, client, Secret::new(secret), Some(options));
            return Ok((made.map_err(of(ENVIRONMENT))?, ENVIRONMENT));
        }
        Principal::Certificate {
            tenant,
            client,
            path,
            password,
        } => {
            let certificate = Certificate::read(Path::new(&path), password.as_deref())
                .map_err(|flaw| AzureAuthError::Certificate { path, flaw })?;
            let signer = Signer {
                certificate,
                client: client.clone(),
                audience: options.cloud.tokens_of(&tenant),
            };
            let options = ClientAssertionCredentialOptions {
                client_options: client_options(),
            };
            let made = ClientAssertionCredential::new(tenant, client, signer, Some(options));
            return Ok((made.map_err(of(ENVIRONMENT))?, ENVIRONMENT));
        }
        Principal::Workload => {
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions {
                    client_options: client_options(),
                },
                ..WorkloadIdentityCredentialOptions::default()
            };
            let made = WorkloadIdentityCredential::new(Some(options));
            return Ok((made.map_err(of(WORKLOAD))?, WORKLOAD));
        }
        Principal::None => {}
    }
    let mut tried = vec!["no service principal or workload identity in the environment".to_owned()];
    let audience = options.cloud.audience();
    if variable("IDENTITY_ENDPOINT").is_some() || machine_answers().await {
        let user_assigned_id = variable("AZURE_CLIENT_ID").map(UserAssignedId::ClientId);
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id,
            client_options: ClientOptions {
                retry: RetryOptions::none(),
                ..client_options()
            },
        };
        let made = ManagedIdentityCredential::new(Some(options)).map_err(of(MACHINES))?;
        match tokio::time::timeout(MACHINE_ANSWERS, made.get_token(&[audience], None)).await {
            Ok(Ok(_)) => return Ok((made, MACHINES)),
            Ok(Err(_)) => tried.push("the machine's identity service gave no token".to_owned()),
            Err(_) => tried.push("the machine's identity service did not answer".to_owned()),
        }
    } else {
        tried.push("no managed identity".to_owned());
    }
    let cli = AzureCliCredentialOptions {
        tenant_id: options.tenant.clone(),
        ..AzureCliCredentialOptions::default()
    };
    let made = AzureCliCredential::new(Some(cli)).map_err(of(CLI))?;
    match made.get_token(&[audience], None).await {
        Ok(_) => Ok((made, CLI)),
        Err(_) => {
            tried.push("the Azure CLI is not there or not signed in".to_owned());
            Err(AzureAuthError::NoCredentials { tried })
        }
    }
}

/// What a source of credentials says, in one line.
fn source(from: &'static str, error: &azure_core::Error) -> AzureAuthError {
    let what = first_line(error);
    AzureAuthError::Source { from, what }
}

/// Whether somebody is at the address of the metadata service. On machines outside of Azure the SDK would wait
/// for long.
async fn machine_answers() -> bool {
    let knock = tokio::time::timeout(KNOCK, TcpStream::connect(MACHINE));
    matches!(knock.await, Ok(Ok(_)))
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
