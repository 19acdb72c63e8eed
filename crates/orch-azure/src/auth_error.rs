//! Why credentials do not hold, and what to type next.

use orch_model::{Cause, Gap, Text};

use crate::certificate::CertificateFlaw;
use crate::endpoint::VARIABLE;
use crate::error::Failure;
use crate::select::several;
use crate::subscriptions::DESCENDANTS;

/// Why we could not find out who we are.
#[derive(Debug, thiserror::Error)]
pub enum AzureAuthError {
    /// No source of credentials gave a token.
    #[error("failed to find Azure credentials")]
    NoCredentials {
        /// What each source said, in the order they were asked.
        tried: Vec<String>,
    },
    /// The environment names a service principal, but not all of it.
    #[error("failed to use the service principal of the environment: {missing} is not set")]
    Incomplete {
        /// The variable that is missing.
        missing: &'static str,
    },
    /// The environment names a certificate that is of no use.
    #[error("failed to use the certificate of AZURE_CLIENT_CERTIFICATE_PATH, `{path}`: {flaw}")]
    Certificate {
        /// What the variable holds.
        path: String,
        /// What is wrong with the file.
        flaw: CertificateFlaw,
    },
    /// A source of credentials was named and gave no token.
    #[error("failed to get a token for Azure from the {from}: {what}")]
    Source {
        /// The source.
        from: &'static str,
        /// What went wrong, without anything secret.
        what: String,
    },
    /// The sign-in service gave no token in time.
    #[error("failed to sign in to Azure: `{host}` did not answer in time")]
    NoSignIn {
        /// Where tokens are given.
        host: &'static str,
        /// The same as a gap.
        gap: Gap,
    },
    /// Azure does not accept the token.
    #[error("failed to use the Azure credentials: Azure does not accept them ({code})")]
    Refused {
        /// The error's code.
        code: String,
    },
    /// The credentials hold, but see nothing.
    #[error("failed to find a subscription: the credentials see none")]
    NoSubscription,
    /// The credentials hold, but may not ask what they see.
    #[error(
        "failed to list subscriptions: the sign-in worked, but the identity may see none ({code})"
    )]
    Powerless {
        /// The error's code.
        code: String,
    },
    /// The credentials hold, but may not ask what a management group holds, or there is no such group: Azure says
    /// the same of both.
    #[error(
        "failed to read the management group `{group}`: the sign-in worked, but there is no such group, or the \
         identity may not see what it holds ({code})"
    )]
    GroupRefused {
        /// The group's id, as the user wrote it.
        group: String,
        /// The error's code.
        code: String,
    },
    /// A management group without subscriptions.
    #[error("failed to find a subscription: the management group `{group}` holds none")]
    GroupEmpty {
        /// The group's id.
        group: String,
    },
    /// A management group with subscriptions that are all out of sight.
    #[error(
        "failed to find a subscription: the credentials see none of those that the management group `{group}` holds"
    )]
    GroupUnseen {
        /// The group's id.
        group: String,
        /// What it holds.
        held: Vec<Text>,
    },
    /// Somebody answered, and not with a list of subscriptions.
    #[error("failed to read the list of subscriptions: {gap}")]
    Unreadable {
        /// What is wrong with the answer.
        gap: Gap,
    },
    /// An address that requests must not go to.
    #[error("failed to use {VARIABLE}: `{url}` is not on this machine")]
    Elsewhere {
        /// The address.
        url: String,
    },
    /// An address that is none.
    #[error("failed to use {VARIABLE}: `{url}` is not an http or https address")]
    BadEndpoint {
        /// What it holds.
        url: String,
    },
    /// Nobody answered.
    #[error("failed to ask Azure for subscriptions: {gap}")]
    Unreachable {
        /// What happened.
        gap: Gap,
    },
    /// This machine cannot speak TLS.
    #[error("failed to prepare connections to Azure: {what}")]
    Client {
        /// What is wrong.
        what: String,
    },
}

impl AzureAuthError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::NoCredentials { tried } => format!(
                "run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; asked were: {}",
                tried.join("; ")
            ),
            Self::Incomplete { missing } => {
                format!("set {missing}, or unset the other AZURE_ variables to use `az login`")
            }
            Self::Certificate { path, flaw } => flaw.help(path),
            Self::Source { from, .. } if *from == CLI => "run `az login`, and try `az account show`".to_owned(),
            Self::Source { .. } => {
                "check AZURE_TENANT_ID, AZURE_CLIENT_ID and what belongs to them, and that the network lets \
                 this machine reach the sign-in address"
                    .to_owned()
            }
            Self::Refused { .. } => {
                "sign in again, for example with `az login`, and check that the cloud (public, china, us-gov) \
                 is the right one"
                    .to_owned()
            }
            Self::NoSubscription | Self::Powerless { .. } => {
                "give the identity the role Reader on a subscription, or choose another directory with \
                 `az login --tenant`"
                    .to_owned()
            }
            Self::GroupRefused { .. } => format!(
                "check that [azure] management_group is the id of the group, not its display name, and give the \
                 identity the role Reader on it, or one with {}",
                DESCENDANTS.operation
            ),
            Self::GroupEmpty { .. } => {
                "name another group in [azure] management_group, or leave it out".to_owned()
            }
            Self::GroupUnseen { held, .. } => format!(
                "give the identity the role Reader on the group, or on what it holds: {}",
                several(held.iter().map(Text::as_str))
            ),
            Self::Unreadable { .. } => {
                "check that no proxy on the way (HTTPS_PROXY) answers in the place of Azure, and run again"
                    .to_owned()
            }
            Self::Elsewhere { .. } => "use http to 127.0.0.1, ::1 or localhost, or unset it".to_owned(),
            Self::BadEndpoint { .. } => format!("write {VARIABLE}=http://127.0.0.1:PORT, or unset it"),
            Self::NoSignIn { host, .. } => {
                format!("check that the network and HTTPS_PROXY let this machine reach {host}, and run again")
            }
            Self::Unreachable { .. } => "check the network and HTTPS_PROXY, and run again".to_owned(),
            Self::Client { .. } => "check the certificates of this machine".to_owned(),
        }
    }

    /// What happened where nobody answered, or not as Azure does, which says nothing about the credentials.
    pub fn unreachable(&self) -> Option<&Gap> {
        match self {
            Self::Unreachable { gap } | Self::Unreadable { gap } | Self::NoSignIn { gap, .. } => {
                Some(gap)
            }
            _ => None,
        }
    }

    /// Whether the user asked for something that there is not, as opposed to credentials that do not hold.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Elsewhere { .. } | Self::BadEndpoint { .. } | Self::GroupEmpty { .. }
        )
    }
}

/// What messages call the Azure CLI.
pub(crate) const CLI: &str = "Azure CLI";

/// What a failed question for subscriptions says about the credentials.
pub(crate) fn explain(failure: &Failure, from: &'static str) -> AzureAuthError {
    match failure.cause {
        Cause::AuthExpired if failure.status.is_none() => AzureAuthError::Source {
            from,
            what: failure
                .source
                .as_deref()
                .map_or_else(|| failure.code.to_string(), |source| first_line(source)),
        },
        // A token of another directory is refused with 401.
        Cause::Denied if failure.status == Some(403) => AzureAuthError::Powerless {
            code: failure.code.to_string(),
        },
        Cause::AuthExpired | Cause::Denied => AzureAuthError::Refused {
            code: failure.code.to_string(),
        },
        Cause::Undecodable | Cause::PagingBroken => {
            AzureAuthError::Unreadable { gap: failure.gap() }
        }
        _ => AzureAuthError::Unreachable { gap: failure.gap() },
    }
}

/// What a failed question for the descendants of a management group says. A group that there is not is refused
/// like one that may not be seen.
pub(crate) fn explain_group(failure: &Failure, group: &str, from: &'static str) -> AzureAuthError {
    match failure.status {
        Some(400 | 403 | 404) => AzureAuthError::GroupRefused {
            group: group.to_owned(),
            code: failure.code.to_string(),
        },
        _ => explain(failure, from),
    }
}

/// What the SDK says about a sign-in: the answer of the sign-in service, which names the reason and no secret.
/// Only its first line is about this one.
pub(crate) fn first_line(error: &(dyn std::error::Error + 'static)) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_next_step() {
        let failure = |cause, status| Failure {
            status,
            ..Failure::new("Microsoft.Resources/subscriptions/read", cause, "Code")
        };
        let refused = azure_core::Error::with_message(
            azure_core::error::ErrorKind::Credential,
            "AADSTS7000215: no such secret.\nTrace ID: 1",
        );
        let refused = Failure::of_error("Microsoft.Resources/subscriptions/read", refused);
        let error = explain(&refused, "service principal of the environment");
        assert_eq!(
            error.to_string(),
            "failed to get a token for Azure from the service principal of the environment: \
             AADSTS7000215: no such secret."
        );
        let error = explain(&failure(Cause::AuthExpired, None), CLI);
        assert_eq!(error.help(), "run `az login`, and try `az account show`");
        let error = explain(&failure(Cause::AuthExpired, Some(401)), CLI);
        assert!(matches!(&error, AzureAuthError::Refused { code } if code == "Code"));
        let error = explain(&failure(Cause::Unreachable, None), CLI);
        assert!(matches!(error, AzureAuthError::Unreachable { .. }));
        assert!(!error.is_usage());
        let tried = vec!["no service principal in the environment".to_owned()];
        let help = AzureAuthError::NoCredentials { tried }.help();
        assert!(
            help.contains("az login") && help.contains("no service principal"),
            "{help}"
        );
    }
}
