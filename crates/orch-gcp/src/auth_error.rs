//! Why credentials do not hold, and what to type next.

use std::path::{Path, PathBuf};

use orch_model::Gap;

/// Why we could not find out who we are.
#[derive(Debug, thiserror::Error)]
pub enum GcpAuthError {
    /// Neither environment, the tools' own file nor the machine holds credentials.
    #[error("failed to find Google Cloud credentials")]
    NoCredentials,
    /// The file with credentials cannot be read.
    #[error("failed to read the Google Cloud credentials {}: {what}", place(named.as_deref()))]
    File {
        /// The file, where the environment names it.
        named: Option<PathBuf>,
        /// What is wrong with it.
        what: String,
    },
    /// What the file holds is of no use.
    #[error("failed to understand the Google Cloud credentials {}: {what}", place(named.as_deref()))]
    Garbled {
        /// The file, where the environment names it.
        named: Option<PathBuf>,
        /// What is wrong in it, without anything secret.
        what: String,
    },
    /// The credentials that were found are of no use.
    #[error("failed to use the Google Cloud credentials: {what}")]
    Source {
        /// What went wrong, without anything secret.
        what: String,
    },
    /// The sign-in has run out.
    #[error("failed to use the Google Cloud credentials: the sign-in has expired")]
    Expired,
    /// Google does not accept the credentials.
    #[error("failed to get a token of Google Cloud: {what}")]
    Refused {
        /// What Google said, shortened.
        what: String,
    },
    /// An address that requests must not go to.
    #[error(
        "failed to use ORCH_GCP_ENDPOINT_URL: plain http to a host other than this machine ({url})"
    )]
    PlainHttp {
        /// The address.
        url: String,
    },
    /// An address that is none.
    #[error("failed to use ORCH_GCP_ENDPOINT_URL: `{url}` is not an http or https address")]
    BadEndpoint {
        /// What it holds.
        url: String,
    },
    /// Nobody answered.
    #[error("failed to ask Google for a token: {gap}")]
    Unreachable {
        /// What happened.
        gap: Gap,
    },
}

impl GcpAuthError {
    /// What to do next.
    pub fn help(&self) -> String {
        let help = match self {
            Self::NoCredentials => {
                "run `gcloud auth application-default login`, or name a file with \
                 GOOGLE_APPLICATION_CREDENTIALS"
            }
            Self::File { named: Some(_), .. } => {
                "let GOOGLE_APPLICATION_CREDENTIALS name a file with credentials, or unset it to use those of \
                 `gcloud auth application-default login`"
            }
            Self::File { named: None, .. } => {
                "run `gcloud auth application-default login`, or name another file with \
                 GOOGLE_APPLICATION_CREDENTIALS"
            }
            Self::Garbled { .. } => {
                "name a JSON file as Google made it, of a service account, a federated workload or a sign-in, with \
                 GOOGLE_APPLICATION_CREDENTIALS, or unset it and run `gcloud auth application-default login`"
            }
            Self::Source { .. } => {
                "check the credentials, and the service account to act as if orch.toml names one \
                 (`[gcp] impersonate`)"
            }
            Self::Expired => "run `gcloud auth application-default login`",
            Self::Refused { .. } => {
                "check that the account or key still exists, and that it may create tokens for the \
                 service account to act as (roles/iam.serviceAccountTokenCreator)"
            }
            Self::PlainHttp { .. } => "use https, or http to 127.0.0.1, ::1 or localhost",
            Self::BadEndpoint { .. } => {
                "write ORCH_GCP_ENDPOINT_URL=http://127.0.0.1:PORT, or unset it"
            }
            Self::Unreachable { .. } => "check the network and HTTPS_PROXY, and run again",
        };
        help.to_owned()
    }

    /// What happened where nobody answered, which says nothing about the credentials.
    pub fn unreachable(&self) -> Option<&Gap> {
        match self {
            Self::Unreachable { gap } => Some(gap),
            _ => None,
        }
    }

    /// Whether the user asked for something that there is not, as opposed to credentials that do not hold.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::PlainHttp { .. } | Self::BadEndpoint { .. })
    }
}

/// Which file with credentials.
fn place(named: Option<&Path>) -> String {
    match named {
        Some(path) if path.as_os_str().is_empty() => {
            "that GOOGLE_APPLICATION_CREDENTIALS names".to_owned()
        }
        Some(path) => format!(
            "in `{}`, as GOOGLE_APPLICATION_CREDENTIALS says",
            path.display()
        ),
        None => "that gcloud keeps".to_owned(),
    }
}
