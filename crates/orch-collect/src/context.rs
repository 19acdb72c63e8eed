//! What a collector is given.

use std::sync::Arc;

use orch_model::{Cause, Gap, Resource, Scope, Text, Time};

use crate::{CollectError, CollectSettings, Run};

tokio::task_local! {
    /// The read under way.
    pub(crate) static CURRENT: (Scope, Text);
}

/// The scope and the collector of the read under way, for code that the collector does not call itself,
/// such as an SDK's interceptor. None outside of a read.
pub fn current() -> Option<(Scope, Text)> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Everything a collector may know.
#[derive(Debug, Clone)]
pub struct CollectContext {
    /// Where to read.
    pub scope: Scope,
    /// The time the snapshot stands for: the end of metrics and costs.
    pub as_of: Time,
    /// The resources of the collectors it comes after, in this scope.
    pub prior: Vec<Resource>,
    /// The user's settings.
    pub settings: Arc<CollectSettings>,
    /// What the run shares.
    pub run: Run,
}

impl CollectContext {
    /// Awaits a call, its attempts included, for at most the deadline of a call. For SDKs that know no
    /// deadline of their own.
    ///
    /// # Errors
    /// That of the call, or a gap when the deadline passes.
    pub async fn call<T>(
        &self,
        operation: &str,
        call: impl Future<Output = Result<T, CollectError>>,
    ) -> Result<T, CollectError> {
        match tokio::time::timeout(self.settings.call, call).await {
            Ok(answer) => answer,
            Err(_) => {
                let seconds = self.settings.call.as_secs();
                let detail = format!("{operation}: no answer in {seconds} s");
                Err(CollectError::gap(Gap::new(Cause::TimedOut, detail)))
            }
        }
    }
}
