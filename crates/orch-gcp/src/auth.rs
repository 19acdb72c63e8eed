//! Who we are: application default credentials from where Google's tools look for them, checked once.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use google_cloud_auth::credentials::{
    Builder, Credentials, anonymous, api_key_credentials, impersonated,
};
use orch_collect::CollectSettings;
use orch_collect::endpoint::Unfit;
use orch_model::{Cause, Text};

use crate::auth_error::GcpAuthError;
use crate::client::Client;
use crate::endpoint::{Endpoint, VARIABLE};
use crate::error::Failure;

/// Roles decide what a token may do; there is no narrower scope that every API we read accepts.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// What the failure of the first token is told as.
const TOKEN: &str = "oauth2.token";

/// The variable that names the file with credentials.
const FILE_VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// The variable that holds an API key, for what needs no more.
const KEY_VARIABLE: &str = "GOOGLE_API_KEY";

/// How much of what others say is told.
const LONGEST: usize = 200;

/// The variables that name the project of one's own, the first that is set counts.
const PROJECT_VARIABLES: [&str; 3] = [
    "GOOGLE_CLOUD_PROJECT",
    "CLOUDSDK_CORE_PROJECT",
    "GCLOUD_PROJECT",
];

/// What the user chose about Google Cloud.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GcpOptions {
    /// Every project of this organisation, by its number.
    pub organization: Option<String>,
    /// Every project of this folder, by its number.
    pub folder: Option<String>,
    /// The service account to act as.
    pub impersonate: Option<String>,
    /// The project that requests of user credentials are counted for.
    pub quota_project: Option<String>,
    /// The table or view of the billing export, `PROJECT.DATASET.TABLE`: the standard export or a FOCUS
    /// view. None: billing is not read.
    pub billing_table: Option<String>,
}

/// The project that the environment names as one's own.
pub(crate) fn own_project(variable: impl Fn(&str) -> Option<String>) -> Option<Text> {
    PROJECT_VARIABLES
        .iter()
        .filter_map(|name| variable(name))
        .find(|project| !project.is_empty())
        .map(Text::from)
}

/// Finds credentials and gets a first token with them.
pub(crate) async fn connect(
    options: &GcpOptions,
    settings: &CollectSettings,
) -> Result<Client, GcpAuthError> {
    let instead = std::env::var(VARIABLE).ok();
    let endpoint = endpoint(instead)?;
    let credentials = if endpoint.is_instead() {
        // Tokens of Google Cloud are for Google Cloud alone.
        anonymous::Builder::new().build()
    } else {
        find(options)?
    };
    let client =
        Client::new(endpoint, credentials, settings).map_err(|error| GcpAuthError::Source {
            what: chain(&error),
        })?;
    match tokio::time::timeout(settings.attempt, client.headers(TOKEN)).await {
        Ok(Ok(_)) => Ok(client),
        Ok(Err(failure)) => Err(explain(&failure)),
        // The machine's metadata service comes last, and outside of Google Cloud nobody answers there.
        Err(_) => Err(GcpAuthError::NoCredentials),
    }
}

/// The same for what an API key is enough for: public lists.
pub(crate) async fn connect_with_key(
    options: &GcpOptions,
    settings: &CollectSettings,
) -> Result<Client, GcpAuthError> {
    let key = std::env::var(KEY_VARIABLE)
        .ok()
        .filter(|key| !key.is_empty());
    let endpoint = endpoint(std::env::var(VARIABLE).ok())?;
    match key {
        // It travels in a header, so that no address holds it.
        Some(key) if !endpoint.is_instead() => {
            let credentials = api_key_credentials::Builder::new(key).build();
            Client::new(endpoint, credentials, settings).map_err(|error| GcpAuthError::Source {
                what: chain(&error),
            })
        }
        _ => connect(options, settings).await,
    }
}

/// Where requests go.
fn endpoint(instead: Option<String>) -> Result<Endpoint, GcpAuthError> {
    let Some(url) = instead.filter(|url| !url.is_empty()) else {
        return Ok(Endpoint::default());
    };
    Endpoint::instead(&url).map_err(|unfit| match unfit {
        Unfit::PlainHttp => GcpAuthError::PlainHttp { url },
        Unfit::NotHttp => GcpAuthError::BadEndpoint { url },
    })
}

/// The user's, a key's, a federated workload's or this machine's credentials, and another's through them.
fn find(options: &GcpOptions) -> Result<Credentials, GcpAuthError> {
    let mut builder = Builder::default().with_scopes([SCOPE]);
    if let Some(project) = &options.quota_project {
        builder = builder.with_quota_project_id(project);
    }
    let own = builder.build().map_err(|error| {
        let named = std::env::var_os(FILE_VARIABLE);
        if error.is_loading() {
            unread(named, &error)
        } else {
            // The library's own words for it are those of its cause with others before them.
            let cause = std::error::Error::source(&error);
            GcpAuthError::Garbled {
                named: named.map(PathBuf::from),
                what: cause.map_or_else(|| chain(&error), chain),
            }
        }
    })?;
    let Some(account) = &options.impersonate else {
        return Ok(own);
    };
    impersonated::Builder::from_source_credentials(own)
        .with_target_principal(account)
        .with_scopes([SCOPE])
        .build()
        .map_err(|error| GcpAuthError::Source {
            what: chain(&error),
        })
}

/// Why the file with credentials was not read, in fewer words than the library has for it.
fn unread(named: Option<OsString>, error: &(dyn std::error::Error + 'static)) -> GcpAuthError {
    let system = std::iter::successors(Some(error), |&error| error.source())
        .find_map(|error| error.downcast_ref::<io::Error>());
    let empty = named.as_ref().is_some_and(|path| path.is_empty());
    let what = match system.map(io::Error::kind) {
        _ if empty => "the variable is set and empty".to_owned(),
        // The library has words of its own for a file that is missing.
        None | Some(io::ErrorKind::NotFound) => "there is no such file".to_owned(),
        Some(io::ErrorKind::IsADirectory) => "that is a directory".to_owned(),
        Some(io::ErrorKind::PermissionDenied) => "it may not be read".to_owned(),
        Some(io::ErrorKind::InvalidData) => "it is no text".to_owned(),
        Some(kind) => kind.to_string(),
    };
    GcpAuthError::File {
        named: named.map(PathBuf::from),
        what,
    }
}

/// What a failed token says about the credentials.
fn explain(failure: &Failure) -> GcpAuthError {
    let source = failure.source.as_deref();
    // All of it: what tells the reason stands far behind the words around it.
    let what = source.map_or_else(|| failure.gap().to_string(), |error| whole(error));
    let text = what.to_ascii_lowercase();
    // The machine's metadata service is asked when there is nothing else.
    if text.contains("metadata") || text.contains("not running in a google cloud environment") {
        return GcpAuthError::NoCredentials;
    }
    if text.contains("invalid_grant") || text.contains("invalid_rapt") {
        return GcpAuthError::Expired;
    }
    match failure.cause {
        Cause::Unreachable | Cause::TimedOut => GcpAuthError::Unreachable { gap: failure.gap() },
        _ => GcpAuthError::Refused {
            what: first_line(&what),
        },
    }
}

/// An error with its causes, without those that it tells itself.
fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let all = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = Vec::new();
    for text in all.map(ToString::to_string) {
        if texts.last().is_none_or(|before| !before.ends_with(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// The same in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    first_line(&whole(error))
}

/// The start of a text, without what could make a terminal of it.
fn first_line(text: &str) -> String {
    let printable: String = text.chars().filter(|char| !char.is_control()).collect();
    match printable.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", printable[..end].trim_end()),
        None => printable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &'static str, cause: Cause) -> GcpAuthError {
        let source = io::Error::other(words);
        explain(&Failure {
            source: Some(Box::new(source)),
            ..Failure::new(TOKEN, cause, "credentials not renewed")
        })
    }

    #[test]
    fn every_failure_has_its_next_step() {
        for words in [
            "could not reach the metadata service",
            "you are not running in a Google Cloud Environment and have no local credentials",
            // As the library words it: the reason comes after more than is ever shown.
            "cannot create auth headers, but future attempts may succeed and are worth a try: Could not fetch \
             an auth token to authenticate with Google Cloud. The most common reason for this problem is that \
             you are not running in a Google Cloud Environment and you have not configured local credentials",
        ] {
            let error = refused(words, Cause::Unreachable);
            assert!(matches!(error, GcpAuthError::NoCredentials));
        }
        let error = refused("400: {\"error\": \"invalid_grant\"}", Cause::AuthExpired);
        assert!(matches!(error, GcpAuthError::Expired));
        assert!(
            error
                .help()
                .contains("gcloud auth application-default login")
        );
        let error = refused("the account is disabled", Cause::AuthExpired);
        assert!(matches!(error, GcpAuthError::Refused { .. }));
        let error = refused("connection refused", Cause::Unreachable);
        assert!(matches!(error, GcpAuthError::Unreachable { .. }));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_with_its_name_and_why() {
        let told = |named: Option<&str>, kind: Option<io::ErrorKind>| {
            let error: Box<dyn std::error::Error> = match kind {
                Some(kind) => Box::new(io::Error::from(kind)),
                None => "words of the library".into(),
            };
            unread(named.map(OsString::from), &*error)
        };
        for (named, kind, words) in [
            (
                Some("/x.json"),
                None,
                "`/x.json`, as GOOGLE_APPLICATION_CREDENTIALS says: there is no such file",
            ),
            (Some(""), None, "the variable is set and empty"),
            (
                Some("/x"),
                Some(io::ErrorKind::IsADirectory),
                "that is a directory",
            ),
            (
                None,
                Some(io::ErrorKind::PermissionDenied),
                "may not be read",
            ),
        ] {
            let error = told(named, kind);
            assert!(error.to_string().ends_with(words), "{error}");
            assert!(
                error
                    .help()
                    .contains("gcloud auth application-default login")
            );
        }
    }

    #[test]
    fn what_others_say_is_told_once_and_says_where_it_was_cut() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot parse the file {0}")]
        struct Outer(#[source] io::Error);
        let error = Outer(io::Error::other("no `type` field"));
        assert_eq!(chain(&error), "cannot parse the file no `type` field");
        let error = Outer(io::Error::other("x".repeat(300)));
        let told = chain(&error);
        assert!(
            told.ends_with("x …") && told.chars().count() == LONGEST + 2,
            "{told}"
        );
    }

    #[test]
    fn an_address_that_requests_must_not_go_to_is_a_usage_error() {
        let error = endpoint(Some("http://replay.example".to_owned())).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("ORCH_GCP_ENDPOINT_URL"));
        assert!(
            endpoint(Some("nonsense".to_owned()))
                .unwrap_err()
                .is_usage()
        );
        assert!(
            endpoint(Some("http://127.0.0.1:1".to_owned()))
                .unwrap()
                .is_instead()
        );
        assert!(!endpoint(Some(String::new())).unwrap().is_instead());
    }

    #[test]
    fn the_environment_names_ones_own_project() {
        let variable = |name: &str| match name {
            "GOOGLE_CLOUD_PROJECT" => Some(String::new()),
            "CLOUDSDK_CORE_PROJECT" => Some("p-1".to_owned()),
            _ => None,
        };
        assert_eq!(own_project(variable).as_deref(), Some("p-1"));
        assert_eq!(own_project(|_| None), None);
    }
}
