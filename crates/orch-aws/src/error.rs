//! The one table from what the SDK says to what it means for a read.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orch_collect::CollectError;
use orch_model::{Cause, Gap, Text};

use crate::call::now;
use crate::operations::Refused;

/// Error codes and what they mean, sorted by code.
const CODES: [(&str, Cause); 42] = [
    ("AccessDenied", Cause::Denied),
    ("AccessDeniedException", Cause::Denied),
    // EC2 answers this where the region is not enabled for the account: who we are was already
    // confirmed by STS before any region is asked.
    ("AuthFailure", Cause::Disabled),
    ("AuthorizationError", Cause::Denied),
    ("BandwidthLimitExceeded", Cause::Throttled),
    ("BillExpirationException", Cause::Disabled),
    ("Blocked", Cause::Denied),
    ("DataUnavailable", Cause::Disabled),
    ("DataUnavailableException", Cause::Disabled),
    ("EC2ThrottledException", Cause::Throttled),
    ("ExpiredToken", Cause::AuthExpired),
    ("ExpiredTokenException", Cause::AuthExpired),
    ("InternalError", Cause::ServerError),
    ("InternalFailure", Cause::ServerError),
    ("InternalServiceError", Cause::ServerError),
    // Regions and partitions that do not have a newer operation yet.
    ("InvalidAction", Cause::Disabled),
    // As AuthFailure, in the words of the other services.
    ("InvalidClientTokenId", Cause::Disabled),
    ("LimitExceededException", Cause::Throttled),
    ("NotAuthorized", Cause::Denied),
    ("OptInRequired", Cause::Disabled),
    ("PendingVerification", Cause::Disabled),
    ("PriorRequestNotComplete", Cause::Throttled),
    ("ProvisionedThroughputExceededException", Cause::Throttled),
    ("RegionDisabledException", Cause::Disabled),
    ("RequestExpired", Cause::AuthExpired),
    ("RequestLimitExceeded", Cause::Throttled),
    ("RequestThrottled", Cause::Throttled),
    ("RequestThrottledException", Cause::Throttled),
    ("RequestTimeout", Cause::TimedOut),
    ("RequestTimeTooSkewed", Cause::AuthExpired),
    ("ServiceUnavailable", Cause::ServerError),
    ("ServiceUnavailableException", Cause::ServerError),
    ("SlowDown", Cause::Throttled),
    ("SubscriptionRequiredException", Cause::Disabled),
    ("ThrottledException", Cause::Throttled),
    ("Throttling", Cause::Throttled),
    ("ThrottlingException", Cause::Throttled),
    ("TokenRefreshRequired", Cause::AuthExpired),
    ("TooManyRequestsException", Cause::Throttled),
    ("UnauthorizedOperation", Cause::Denied),
    ("Unavailable", Cause::ServerError),
    ("UnrecognizedClientException", Cause::Disabled),
];

/// Codes by which a service says that there is none of what it was asked for: an answer, and no failure.
pub(crate) const NONE_THERE: [&str; 3] = [
    "NoSuchBucket",
    "NoSuchLifecycleConfiguration",
    "NoSuchTagSet",
];

/// Words in the message of an access denial that say that Cost Explorer was never turned on. They are
/// the only difference from a real denial.
const COST_EXPLORER_OFF: [&str; 2] = ["not enabled for cost explorer", "not enabled to access"];

/// Why a call gave no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was called: `ec2:DescribeInstances`.
    pub(crate) operation: Text,
    /// What it means.
    pub(crate) cause: Cause,
    /// The error's code or a few words of ours; never a message of the service.
    pub(crate) code: Text,
    /// Our clock minus the service's, in seconds, where the answer carried a date.
    pub(crate) ahead_s: Option<i64>,
    /// What the SDK said, for logs.
    pub(crate) source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure that the SDK knows nothing of.
    pub(crate) fn new(operation: &str, cause: Cause, code: impl Into<Text>) -> Self {
        Self {
            operation: operation.into(),
            cause,
            code: code.into(),
            ahead_s: None,
            source: None,
        }
    }

    /// An answer that lacks what it must have, or holds what it must not.
    pub(crate) fn undecodable(operation: &str, what: &str) -> Self {
        Self::new(operation, Cause::Undecodable, what)
    }

    /// What an SDK error means.
    pub(crate) fn of<E>(operation: &str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let (cause, code) = classify(&error);
        let ahead_s = error.raw_response().and_then(ahead_s);
        let source = Some(Box::from(error));
        Self {
            operation: operation.into(),
            cause,
            code,
            ahead_s,
            source,
        }
    }

    /// What an answer means that the SDK has not seen: its status, and its code if it has one.
    pub(crate) fn answered(operation: &str, status: u16, code: Option<&str>) -> Self {
        let is_code = |code: &&str| {
            (1..=60).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let code = code.filter(is_code);
        let known = code.and_then(|code| CODES.iter().find(|(known, _)| *known == code));
        let cause = match (known, status) {
            (Some((_, cause)), _) => *cause,
            (None, 401 | 403) => Cause::Denied,
            (None, 408 | 504) => Cause::TimedOut,
            (None, 429) => Cause::Throttled,
            _ => Cause::ServerError,
        };
        let code = code.map_or_else(|| Text::from(format!("HTTP {status}")), Text::new);
        Self::new(operation, cause, code)
    }

    /// The gap it leaves: code and operation only.
    pub(crate) fn gap(&self) -> Gap {
        if self.code.is_empty() {
            Gap::new(self.cause, self.operation.clone())
        } else {
            Gap::new(self.cause, format!("{} {}", self.operation, self.code))
        }
    }

    /// The error of the credentials behind it, if that is what it is.
    pub(crate) fn credentials(&self) -> Option<&CredentialsError> {
        find(self.source.as_deref()?)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gap().fmt(f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

impl From<Failure> for CollectError {
    fn from(failure: Failure) -> Self {
        let gap = failure.gap();
        let error = if failure.cause == Cause::AuthExpired {
            Self::abort(gap.detail)
        } else {
            Self::gap(gap)
        };
        match failure.source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }
}

/// The first error of a type in a chain of causes.
pub(crate) fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    causes(error).find_map(|error| error.downcast_ref::<T>())
}

/// An error and what caused it, outermost first.
pub(crate) fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Cause and code of an SDK error.
fn classify<E>(error: &SdkError<E, HttpResponse>) -> (Cause, Text)
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::TimeoutError(_) => (Cause::TimedOut, Text::default()),
        SdkError::DispatchFailure(failure) => {
            if let Some(credentials) = find::<CredentialsError>(error) {
                return (Cause::AuthExpired, credentials_word(credentials));
            }
            let cause = if failure.is_timeout() {
                Cause::TimedOut
            } else {
                Cause::Unreachable
            };
            (cause, Text::default())
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            (status_cause(status), status_word(status))
        }
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            service_cause(service.err().code(), service.err().message(), status)
        }
        // A request that was never sent: refused by the list of operations, or malformed by us.
        other => match find::<Refused>(other) {
            Some(refused) => (Cause::Denied, Text::from(refused.to_string())),
            None => (Cause::Undecodable, Text::new_static("request not built")),
        },
    }
}

/// Cause and code of an answer that says what is wrong.
fn service_cause(code: Option<&str>, message: Option<&str>, status: u16) -> (Cause, Text) {
    let Some(code) = code.filter(|code| !code.is_empty()) else {
        return (status_cause(status), status_word(status));
    };
    // Some services prefix the code with a namespace or with `Client.`, some append an address.
    let bare = code.rsplit('#').next().unwrap_or(code);
    let bare = bare.split(':').next().unwrap_or(bare);
    let bare = bare
        .strip_prefix("Client.")
        .or_else(|| bare.strip_prefix("Server."))
        .unwrap_or(bare);
    let known = CODES
        .iter()
        .find(|(known, _)| *known == bare)
        .map(|(_, cause)| *cause);
    let cause = match known {
        Some(Cause::Denied) if says_cost_explorer_off(message) => Cause::Disabled,
        Some(cause) => cause,
        None => status_cause(status),
    };
    (cause, Text::new(bare))
}

/// Whether a denial says that Cost Explorer was never turned on.
fn says_cost_explorer_off(message: Option<&str>) -> bool {
    let message = message.unwrap_or_default().to_ascii_lowercase();
    COST_EXPLORER_OFF
        .iter()
        .any(|words| message.contains(words))
}

/// What an answer without a known code means.
fn status_cause(status: u16) -> Cause {
    match status {
        200..=299 => Cause::Undecodable,
        401 | 403 => Cause::Denied,
        408 => Cause::TimedOut,
        429 => Cause::Throttled,
        // A client error we do not know is a refusal of the service: its code tells more.
        _ => Cause::ServerError,
    }
}

/// An answer without a code, in words.
fn status_word(status: u16) -> Text {
    match status {
        200..=299 => Text::new_static("unreadable answer"),
        _ => Text::from(format!("HTTP {status}")),
    }
}

/// What is wrong with the credentials, in a word; never what they are.
fn credentials_word(error: &CredentialsError) -> Text {
    Text::new_static(match error {
        CredentialsError::CredentialsNotLoaded(_) => "no credentials",
        CredentialsError::ProviderTimedOut(_) => "credentials timed out",
        CredentialsError::InvalidConfiguration(_) => "credentials misconfigured",
        _ => "credentials not renewed",
    })
}

/// Our clock minus the service's.
fn ahead_s(response: &HttpResponse) -> Option<i64> {
    let date = response.headers().get("date")?;
    let date = DateTime::from_str(date, Format::HttpDate).ok()?;
    Some(now().timestamp() - date.secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_code_stands_once() {
        assert!(CODES.is_sorted_by(|(one, _), (next, _)| one.to_lowercase() < next.to_lowercase()));
    }

    #[test]
    fn codes_decide_before_the_status_does() {
        for (code, status, cause) in [
            (Some("UnauthorizedOperation"), 403, Cause::Denied),
            (Some("Client.UnauthorizedOperation"), 403, Cause::Denied),
            (Some("RequestLimitExceeded"), 503, Cause::Throttled),
            (
                Some("com.amazonaws.ce#DataUnavailableException"),
                400,
                Cause::Disabled,
            ),
            (
                Some("ThrottlingException:http://internal.amazon.com/"),
                400,
                Cause::Throttled,
            ),
            (Some("OptInRequired"), 401, Cause::Disabled),
            (Some("ExpiredToken"), 403, Cause::AuthExpired),
            (Some("NeverHeardOf"), 400, Cause::ServerError),
            (Some("NeverHeardOf"), 403, Cause::Denied),
            (None, 500, Cause::ServerError),
            (None, 429, Cause::Throttled),
            (None, 200, Cause::Undecodable),
        ] {
            assert_eq!(
                service_cause(code, None, status).0,
                cause,
                "{code:?} {status}"
            );
        }
    }

    #[test]
    fn cost_explorer_that_was_never_turned_on_is_no_denial() {
        let words = Some("User not enabled for cost explorer access");
        assert_eq!(
            service_cause(Some("AccessDeniedException"), words, 400).0,
            Cause::Disabled
        );
        let denied = Some("User: x is not authorized to perform: ce:GetCostAndUsage");
        assert_eq!(
            service_cause(Some("AccessDeniedException"), denied, 400).0,
            Cause::Denied
        );
    }

    #[test]
    fn a_gap_names_code_and_operation_only() {
        let failure = Failure::new("ec2:DescribeVpcs", Cause::Denied, "UnauthorizedOperation");
        assert_eq!(
            failure.gap().detail,
            "ec2:DescribeVpcs UnauthorizedOperation"
        );
        assert_eq!(
            Failure::new("ec2:X", Cause::TimedOut, "").gap().detail,
            "ec2:X"
        );
    }
}
