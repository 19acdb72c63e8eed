//! The one table from what Azure says to what it means for a read.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use azure_core::error::ErrorKind;
use orch_collect::CollectError;
use orch_model::{Cause, Gap, Text};
use serde_json::Value;

use crate::retry;

/// Error codes and what they mean, sorted by code. A code decides before the status does.
const CODES: [(&str, Cause); 45] = [
    ("AccountCostDisabled", Cause::Disabled),
    ("AuthenticationFailed", Cause::AuthExpired),
    ("AuthenticationFailedInvalidHeader", Cause::AuthExpired),
    ("AuthorizationFailed", Cause::Denied),
    ("BillingAccountNotFound", Cause::Disabled),
    ("DisabledSubscription", Cause::Disabled),
    ("DisallowedOperation", Cause::Denied),
    ("ExpiredAuthenticationToken", Cause::AuthExpired),
    ("FeatureNotEnabled", Cause::Disabled),
    ("FeatureNotFound", Cause::Disabled),
    ("Forbidden", Cause::Denied),
    ("GatewayTimeout", Cause::TimedOut),
    ("IndirectCostDisabled", Cause::Disabled),
    ("InternalServerError", Cause::ServerError),
    ("InvalidAuthenticationToken", Cause::AuthExpired),
    // The subscription lives in a directory that these credentials are no part of.
    ("InvalidAuthenticationTokenTenant", Cause::Denied),
    ("InvalidResourceNamespace", Cause::Disabled),
    ("InvalidResourceType", Cause::Disabled),
    ("LinkedAuthorizationFailed", Cause::Denied),
    ("LocationNotAvailableForResourceType", Cause::Disabled),
    ("MissingSubscription", Cause::Disabled),
    ("MissingSubscriptionRegistration", Cause::Disabled),
    ("NoRegisteredProviderFound", Cause::Disabled),
    ("NotAuthorized", Cause::Denied),
    ("NotSupported", Cause::Disabled),
    ("OperationNotSupported", Cause::Disabled),
    ("OperationTimedOut", Cause::TimedOut),
    ("RBACAccessDenied", Cause::Denied),
    ("ReadOnlyDisabledSubscription", Cause::Disabled),
    ("RequestDisallowedByPolicy", Cause::Denied),
    ("ResourceCollectionRequestsThrottled", Cause::Throttled),
    ("ResourceRequestsThrottled", Cause::Throttled),
    ("ResourceTypeNotSupported", Cause::Disabled),
    ("ServerBusy", Cause::ServerError),
    ("ServerTimeout", Cause::TimedOut),
    ("ServiceUnavailable", Cause::ServerError),
    ("SubscriptionCostDisabled", Cause::Disabled),
    ("SubscriptionNotFound", Cause::Disabled),
    ("SubscriptionNotRegistered", Cause::Disabled),
    ("SubscriptionRequestsThrottled", Cause::Throttled),
    ("SubscriptionTypeNotSupported", Cause::Disabled),
    ("TenantRequestsThrottled", Cause::Throttled),
    ("TooManyRequests", Cause::Throttled),
    ("UnauthorizedAccess", Cause::Denied),
    ("UnsupportedResourceType", Cause::Disabled),
];

/// What is said of an answer that ends before it is whole.
pub(crate) const BROKEN_OFF: &str = "answer breaks off";

/// Why a call gave no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was called, as roles name it: `Microsoft.Compute/virtualMachines/read`.
    pub(crate) operation: Text,
    /// What it means.
    pub(crate) cause: Cause,
    /// The error's code or a few words of ours; never a message of the service.
    pub(crate) code: Text,
    /// The status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    /// Whether another attempt may help, and after which time where the server names one.
    pub(crate) again: Option<Option<Duration>>,
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
            status: None,
            again: None,
            source: None,
        }
    }

    /// An answer that lacks what it must have, or holds what it must not.
    pub(crate) fn undecodable(operation: &str, what: impl Into<Text>) -> Self {
        Self::new(operation, Cause::Undecodable, what)
    }

    /// Why a list has no next page although it names one.
    pub(crate) fn of_pages(operation: &str, error: &CollectError) -> Self {
        let gap = error.recorded();
        let what = gap.detail.strip_prefix(operation).unwrap_or(&gap.detail);
        Self::new(operation, gap.cause, what.trim_start())
    }

    /// The same, worth another attempt.
    pub(crate) fn again(mut self) -> Self {
        self.again = Some(None);
        self
    }

    /// What an answer with an error means.
    pub(crate) fn of_answer<'h>(
        operation: &str,
        status: u16,
        headers: impl Iterator<Item = (&'h str, &'h str)>,
        body: &[u8],
    ) -> Self {
        let (cause, code) = classify(code(body).as_deref(), status);
        let transient = retry::is_transient(status)
            || matches!(cause, Cause::Throttled | Cause::TimedOut)
            || cause == Cause::ServerError && status >= 500;
        let failure = Self::new(operation, cause, code);
        Self {
            status: Some(status),
            again: transient.then(|| retry::wanted(headers)),
            ..failure
        }
    }

    /// What an error of the SDK means: no answer came, or not all of one.
    pub(crate) fn of_error(operation: &str, error: azure_core::Error) -> Self {
        let sent = |is: fn(&reqwest::Error) -> bool| {
            let mut causes = causes(&error);
            causes.any(|cause| cause.downcast_ref().is_some_and(is))
        };
        let (cause, code, again) = match error.kind() {
            ErrorKind::Credential => (Cause::AuthExpired, "token not renewed", false),
            _ if sent(reqwest::Error::is_timeout) => (Cause::TimedOut, "", true),
            _ if sent(reqwest::Error::is_body) || sent(reqwest::Error::is_decode) => {
                (Cause::Undecodable, BROKEN_OFF, true)
            }
            ErrorKind::Connection | ErrorKind::Io => (Cause::Unreachable, "", true),
            _ => (Cause::Undecodable, "request not built", false),
        };
        let failure = Self::new(operation, cause, code);
        Self {
            again: again.then_some(None),
            source: Some(Box::new(error)),
            ..failure
        }
    }

    /// The gap it leaves: code and operation only.
    pub(crate) fn gap(&self) -> Gap {
        if self.code.is_empty() {
            Gap::new(self.cause, self.operation.clone())
        } else {
            Gap::new(self.cause, format!("{} {}", self.operation, self.code))
        }
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

/// An error and what caused it, outermost first.
pub(crate) fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The code of an error body: Resource Manager's envelope, or what older services say.
fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let code = ["error", "odata.error"]
        .iter()
        .filter_map(|envelope| body.get(envelope)?.get("code"))
        .chain(body.get("code"))
        .chain(body.get("Code"))
        .find_map(Value::as_str)?;
    // A code is a word. What is not one may be anything, so it is not kept.
    let is_word = (1..=64).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    is_word.then(|| code.to_owned())
}

/// Cause and code of an answer.
fn classify(code: Option<&str>, status: u16) -> (Cause, Text) {
    let Some(code) = code else {
        return (status_cause(status), Text::from(format!("HTTP {status}")));
    };
    let known = CODES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(code));
    let cause = known.map_or_else(|| status_cause(status), |(_, cause)| *cause);
    (cause, Text::new(code))
}

/// What an answer without a known code means.
fn status_cause(status: u16) -> Cause {
    match status {
        200..=299 => Cause::Undecodable,
        401 => Cause::AuthExpired,
        403 => Cause::Denied,
        408 | 504 => Cause::TimedOut,
        429 => Cause::Throttled,
        // Lists answer this where the service is not there for the subscription.
        404 => Cause::Disabled,
        // A client error we do not know is a refusal of the service: its code tells more.
        _ => Cause::ServerError,
    }
}

#[cfg(test)]
mod tests {
    use orch_collect::{MOST_PAGES, Pages};

    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_code_stands_once() {
        assert!(CODES.is_sorted_by(|(one, _), (next, _)| one.to_lowercase() < next.to_lowercase()));
    }

    #[test]
    fn codes_decide_before_the_status_does() {
        let error =
            |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"secret words"}}}}"#);
        for (body, status, cause) in [
            (error("AuthorizationFailed"), 403, Cause::Denied),
            (error("authorizationfailed"), 403, Cause::Denied),
            (
                error("MissingSubscriptionRegistration"),
                409,
                Cause::Disabled,
            ),
            (error("SubscriptionNotRegistered"), 404, Cause::Disabled),
            (error("ExpiredAuthenticationToken"), 401, Cause::AuthExpired),
            (
                error("InvalidAuthenticationTokenTenant"),
                401,
                Cause::Denied,
            ),
            (error("NeverHeardOf"), 400, Cause::ServerError),
            (error("NeverHeardOf"), 403, Cause::Denied),
            (error("NeverHeardOf"), 429, Cause::Throttled),
            (
                r#"{"odata.error":{"code":"Forbidden"}}"#.to_owned(),
                403,
                Cause::Denied,
            ),
            (
                r#"{"code":"TooManyRequests"}"#.to_owned(),
                429,
                Cause::Throttled,
            ),
            ("<html>".to_owned(), 502, Cause::ServerError),
            (String::new(), 401, Cause::AuthExpired),
            (String::new(), 404, Cause::Disabled),
        ] {
            let failure = Failure::of_answer("x/read", status, std::iter::empty(), body.as_bytes());
            assert_eq!(failure.cause, cause, "{body} {status}");
            assert!(!failure.gap().detail.contains("secret"), "{body}");
        }
    }

    #[test]
    fn a_code_that_is_no_word_is_not_kept() {
        let body = br#"{"error":{"code":"<script>x</script>"}}"#;
        let failure = Failure::of_answer("x/read", 400, std::iter::empty(), body);
        assert_eq!(failure.gap().detail, "x/read HTTP 400");
    }

    #[test]
    fn why_a_list_does_not_go_on_is_told_with_its_reason() {
        let mut pages = Pages::new("x/read");
        let why = |pages: &mut Pages, token: &str| {
            let error = pages.follow(Some(token)).unwrap_err();
            Failure::of_pages("x/read", &error).gap()
        };
        pages.follow(Some("1")).unwrap();
        let repeated = Gap::new(Cause::PagingBroken, "x/read repeated a page token");
        assert_eq!(why(&mut pages, "1"), repeated);
        for token in 2..MOST_PAGES {
            pages.follow(Some(&token.to_string())).unwrap();
        }
        let gap = why(&mut pages, "new");
        assert!(
            gap.detail.starts_with("x/read has more than ") && gap.detail.ends_with(" pages"),
            "{gap:?}"
        );
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_is_refused_is_not() {
        let again = |status, code: &str| {
            let body = format!(r#"{{"error":{{"code":"{code}"}}}}"#);
            Failure::of_answer("x/read", status, std::iter::empty(), body.as_bytes())
                .again
                .is_some()
        };
        assert!(again(429, "TooManyRequests") && again(503, "ServerBusy") && again(500, "Odd"));
        assert!(
            !again(403, "AuthorizationFailed") && !again(400, "BadRequest") && !again(404, "X")
        );
    }
}
