//! The one table from what Google Cloud answers to what it means for a read.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use orch_collect::CollectError;
use orch_model::{Cause, Gap, Text};
use serde_json::Value;

/// Reasons and states of errors and what they mean, sorted by name.
const CODES: [(&str, Cause); 40] = [
    ("ACCESS_TOKEN_EXPIRED", Cause::AuthExpired),
    ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", Cause::Denied),
    ("ACCOUNT_STATE_INVALID", Cause::AuthExpired),
    ("API_KEY_INVALID", Cause::AuthExpired),
    ("BILLING_DISABLED", Cause::Disabled),
    ("CONSUMER_INVALID", Cause::Denied),
    ("CREDENTIALS_MISSING", Cause::AuthExpired),
    ("DEADLINE_EXCEEDED", Cause::TimedOut),
    ("IAM_PERMISSION_DENIED", Cause::Denied),
    ("INTERNAL", Cause::ServerError),
    ("PERMISSION_DENIED", Cause::Denied),
    ("RATE_LIMIT_EXCEEDED", Cause::Throttled),
    ("RESOURCE_EXHAUSTED", Cause::Throttled),
    ("SECURITY_POLICY_VIOLATED", Cause::Denied),
    ("SERVICE_DISABLED", Cause::Disabled),
    ("SERVICE_NOT_ACTIVATED", Cause::Disabled),
    ("UNAUTHENTICATED", Cause::AuthExpired),
    ("UNAVAILABLE", Cause::ServerError),
    ("USER_PROJECT_DENIED", Cause::Denied),
    ("accessNotConfigured", Cause::Disabled),
    ("authError", Cause::AuthExpired),
    ("backendError", Cause::ServerError),
    ("badGateway", Cause::ServerError),
    ("billingNotEnabled", Cause::Disabled),
    ("concurrentLimitExceeded", Cause::Throttled),
    ("dailyLimitExceeded", Cause::Throttled),
    ("forbidden", Cause::Denied),
    ("gatewayTimeout", Cause::TimedOut),
    ("insufficientPermissions", Cause::Denied),
    ("internalError", Cause::ServerError),
    ("jobBackendError", Cause::ServerError),
    ("jobRateLimitExceeded", Cause::Throttled),
    ("limitExceeded", Cause::Throttled),
    ("projectNotFound", Cause::Denied),
    ("quotaExceeded", Cause::Throttled),
    ("rateLimitExceeded", Cause::Throttled),
    ("required", Cause::AuthExpired),
    ("responseTooLarge", Cause::Undecodable),
    ("unauthorized", Cause::AuthExpired),
    ("userRateLimitExceeded", Cause::Throttled),
];

/// Reasons under which a refusal with status 403 is worth another attempt.
const SLOW_DOWN: [&str; 4] = [
    "RATE_LIMIT_EXCEEDED",
    "jobRateLimitExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
];

/// Why a call gave no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was called, by its permission: `compute.instances.list`.
    pub(crate) operation: Text,
    /// What it means.
    pub(crate) cause: Cause,
    /// The error's code or a few words of ours; never a message of the service.
    pub(crate) code: Text,
    /// Whether another attempt may help.
    pub(crate) again: bool,
    /// The wait that the answer names.
    pub(crate) after: Option<Duration>,
    /// What the HTTP client said, for logs.
    pub(crate) source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure that no second attempt would mend.
    pub(crate) fn new(operation: &str, cause: Cause, code: impl Into<Text>) -> Self {
        Self {
            operation: operation.into(),
            cause,
            code: code.into(),
            again: false,
            after: None,
            source: None,
        }
    }

    /// An answer that lacks what it must have, or holds what it must not.
    pub(crate) fn undecodable(operation: &str, what: &str) -> Self {
        Self::new(operation, Cause::Undecodable, what)
    }

    /// A request that was not answered, or whose answer broke off.
    pub(crate) fn unanswered(operation: &str, error: reqwest::Error) -> Self {
        let (cause, code) = if error.is_timeout() {
            (Cause::TimedOut, "")
        } else if error.is_body() || error.is_decode() {
            (Cause::Undecodable, "the answer breaks off")
        } else {
            (Cause::Unreachable, "")
        };
        Self {
            again: true,
            // The address could carry more than a log should hold.
            source: Some(Box::new(error.without_url())),
            ..Self::new(operation, cause, Text::new_static(code))
        }
    }

    /// An answer with a status that is no success.
    pub(crate) fn answered(
        operation: &str,
        status: u16,
        after: Option<Duration>,
        body: &[u8],
    ) -> Self {
        let (cause, code) = meaning(status, body);
        let again = matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
            || status == 403 && SLOW_DOWN.contains(&code.as_str());
        Self {
            again,
            after,
            ..Self::new(operation, cause, code)
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

/// Cause and code of an answer that is no success. The most exact of its words that we know decides: the
/// reason in its details, that of its first error, its state, and the status last.
fn meaning(status: u16, body: &[u8]) -> (Cause, Text) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &body["error"];
    let details = error["details"].as_array();
    let reasons = details
        .into_iter()
        .flatten()
        .map(|detail| &detail["reason"])
        .chain([&error["errors"][0]["reason"], &error["status"]])
        .filter_map(Value::as_str)
        .filter(|word| is_code(word));
    let mut first = None;
    for reason in reasons {
        if let Some((known, cause)) = CODES.iter().find(|(known, _)| *known == reason) {
            // A refusal that is spelt as such says less than the status that goes with it.
            if status != 401 || *cause != Cause::Denied {
                return (*cause, Text::new_static(known));
            }
        }
        first = first.or(Some(reason));
    }
    let code = first.map_or_else(|| Text::from(format!("HTTP {status}")), Text::new);
    (status_cause(status), code)
}

/// Whether a call says that what it asks for does not exist.
pub(crate) fn is_not_found(gap: &Gap) -> bool {
    ["NOT_FOUND", "notFound", "HTTP 404"]
        .iter()
        .any(|code| gap.detail.ends_with(code))
}

/// Whether a word of an answer looks like a code and not like a message.
fn is_code(word: &str) -> bool {
    (1..=60).contains(&word.len())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What an answer without a known code means.
fn status_cause(status: u16) -> Cause {
    match status {
        200..=299 => Cause::Undecodable,
        401 => Cause::AuthExpired,
        403 => Cause::Denied,
        408 | 504 => Cause::TimedOut,
        429 => Cause::Throttled,
        // A client error we do not know is a refusal of the service: its code tells more.
        _ => Cause::ServerError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, body: &str) -> Failure {
        Failure::answered("compute.instances.list", status, None, body.as_bytes())
    }

    #[test]
    fn the_table_is_sorted_and_each_code_stands_once() {
        assert!(CODES.is_sorted_by(|(one, _), (next, _)| one < next));
    }

    #[test]
    fn the_most_exact_word_decides() {
        let disabled = r#"{"error":{"code":403,"status":"PERMISSION_DENIED","errors":[{"reason":"forbidden"}],
            "details":[{"@type":"x"},{"reason":"SERVICE_DISABLED"}]}}"#;
        let classic =
            r#"{"error":{"errors":[{"reason":"accessNotConfigured","domain":"usageLimits"}]}}"#;
        let slow = r#"{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}"#;
        for (status, body, cause, code, again) in [
            (403, disabled, Cause::Disabled, "SERVICE_DISABLED", false),
            (403, classic, Cause::Disabled, "accessNotConfigured", false),
            (403, slow, Cause::Throttled, "rateLimitExceeded", true),
            (
                403,
                r#"{"error":{"errors":[{"reason":"quotaExceeded"}]}}"#,
                Cause::Throttled,
                "quotaExceeded",
                false,
            ),
            (403, "", Cause::Denied, "HTTP 403", false),
            (
                401,
                r#"{"error":{"status":"PERMISSION_DENIED"}}"#,
                Cause::AuthExpired,
                "PERMISSION_DENIED",
                false,
            ),
            (
                404,
                r#"{"error":{"errors":[{"reason":"notFound"}]}}"#,
                Cause::ServerError,
                "notFound",
                false,
            ),
            (429, "<html>", Cause::Throttled, "HTTP 429", true),
            (500, "", Cause::ServerError, "HTTP 500", true),
            (502, "", Cause::ServerError, "HTTP 502", true),
            (
                503,
                r#"{"error":{"status":"UNAVAILABLE"}}"#,
                Cause::ServerError,
                "UNAVAILABLE",
                true,
            ),
            (504, "", Cause::TimedOut, "HTTP 504", true),
        ] {
            let failure = told(status, body);
            assert_eq!(
                (failure.cause, failure.code.as_str(), failure.again),
                (cause, code, again),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_message_never_becomes_a_code() {
        let body = r#"{"error":{"status":"my secret is hunter2","errors":[{"reason":"a b"}]}}"#;
        assert_eq!(told(403, body).code, "HTTP 403");
        assert_eq!(
            told(403, body).gap().detail,
            "compute.instances.list HTTP 403"
        );
        assert_eq!(told(400, r#"{"error": [1, 2]}"#).code, "HTTP 400");
    }
}
