//! Which answers are tried again, and after how long: the SDK's rules, with the server's own wish.

use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::retry::ErrorKind;

use crate::body;
use crate::watch::{CALL, Watched};

/// The longest wait between two attempts, whatever the server asks for: past it the call would only use
/// up its deadline.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The wait that doubles with each attempt, before jitter.
pub(crate) const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Runs after the SDK's classifiers: takes 429 without a code for throttling, tries answers that break off
/// once more, and gives what is tried again the delay that the answer names. The SDK itself knows only a
/// header of its own for that.
#[derive(Debug)]
pub(crate) struct RetryAfter;

impl ClassifyRetry for RetryAfter {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        self.classify_retry_v2(ctx, &RetryAction::NoActionIndicated)
    }

    fn classify_retry_v2(&self, ctx: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        let Some(response) = ctx.response() else {
            return RetryAction::NoActionIndicated;
        };
        if !ctx.is_failed() {
            return RetryAction::NoActionIndicated;
        }
        let kind = match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) => *kind,
            RetryAction::NoActionIndicated if response.status().as_u16() == 429 => {
                ErrorKind::ThrottlingError
            }
            RetryAction::NoActionIndicated
                if broke_off(response)
                    && CALL.try_with(Watched::may_come_whole).unwrap_or(false) =>
            {
                ErrorKind::TransientError
            }
            _ => return RetryAction::NoActionIndicated,
        };
        let headers = response.headers();
        match wait(headers.get("x-amz-retry-after"), headers.get("retry-after")) {
            Some(wait) => RetryAction::retryable_error_with_explicit_delay(kind, wait),
            None => RetryAction::retryable_error(kind),
        }
    }

    fn name(&self) -> &'static str {
        "Retry-After"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Whether a good answer breaks off, as opposed to one that is whole and cannot be understood.
fn broke_off(response: &HttpResponse) -> bool {
    let body = response.body().bytes().unwrap_or_default();
    response.status().is_success() && body::check(body).is_err()
}

/// The delay that an answer names: milliseconds in Amazon's header, seconds in the common one.
pub(crate) fn wait(milliseconds: Option<&str>, seconds: Option<&str>) -> Option<Duration> {
    let amount = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u64>().ok());
    amount(milliseconds)
        .map(Duration::from_millis)
        .or_else(|| amount(seconds).map(Duration::from_secs))
        .map(|wait| wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_wish_is_read_and_capped() {
        assert_eq!(wait(None, Some("3")), Some(Duration::from_secs(3)));
        assert_eq!(
            wait(Some("150"), Some("3")),
            Some(Duration::from_millis(150))
        );
        assert_eq!(wait(None, Some("86400")), Some(LONGEST_WAIT));
        assert_eq!(wait(Some("x"), Some("Wed, 21 Oct 2026 07:28:00 GMT")), None);
    }
}
