//! Stands in the path of every request: refuses what is not on the list, counts attempts, feeds the circuit.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use orch_collect::endpoint::fit;
use orch_collect::{GARBLED, Progress, Run, Url};
use orch_model::{Cause, Gap, Scope, Text};

use crate::body;
use crate::endpoint::authority;
use crate::operations::{self, Refused};

tokio::task_local! {
    /// The call under way. A request outside of one is refused: it would miss the ledger.
    pub(crate) static CALL: Watched;
}

/// One call while it is made.
#[derive(Debug)]
pub(crate) struct Watched {
    run: Run,
    scope: Option<Scope>,
    operation: Text,
    state: Mutex<State>,
}

/// What became of a call so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Requests sent.
    pub(crate) attempts: u32,
    /// Answers that broke off.
    garbled: u32,
    /// Why the last request failed.
    pub(crate) last: Option<Gap>,
    /// Why no further request was sent.
    pub(crate) skipped: Option<Gap>,
    /// Where the request goes.
    host: String,
}

impl Watched {
    pub(crate) fn new(run: Run, scope: Option<Scope>, operation: Text) -> Self {
        Self {
            run,
            scope,
            operation,
            state: Mutex::default(),
        }
    }

    /// What became of it.
    pub(crate) fn state(&self) -> State {
        self.locked().clone()
    }

    /// An answer broke off.
    fn broke_off(&self) {
        self.locked().garbled += 1;
    }

    /// Whether an answer that broke off may come whole the next time.
    pub(crate) fn may_come_whole(&self) -> bool {
        self.locked().garbled < GARBLED
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before a request is sent.
    fn before(&self, uri: &str) -> Result<(), BoxError> {
        let url = fit(uri).map_err(|_| {
            let named = Url::parse(uri).map(|url| authority(&url));
            BoxError::from(PlainHttp(named.unwrap_or_default()))
        })?;
        let host = self.host(&url);
        let mut state = self.locked();
        if let Err(gap) = self.run.admit(&host) {
            state.skipped = Some(gap.clone());
            return Err(Box::new(Skipped(gap)));
        }
        if let Some(gap) = state.last.take() {
            let (scope, operation) = (self.scope.clone(), self.operation.clone());
            self.run.emit(Progress::Retry {
                scope,
                operation,
                gap,
            });
        }
        state.attempts += 1;
        state.host = host;
        Ok(())
    }

    /// Who answers, as the circuit knows them. Behind an address that stands in for all of AWS, each
    /// region answers for itself.
    fn host(&self, url: &Url) -> String {
        let host = authority(url);
        match &self.scope {
            Some(scope) if !host.contains(scope.region.as_str()) => {
                format!("{host} {}", scope.region)
            }
            _ => host,
        }
    }

    /// After a request, answered or not.
    fn after(&self, failed: Option<Cause>) {
        let mut state = self.locked();
        if state.skipped.is_some() || state.host.is_empty() {
            return;
        }
        match failed {
            Some(Cause::TimedOut | Cause::Unreachable) => {
                self.run.host_failed(&state.host);
            }
            _ => self.run.host_answered(&state.host),
        }
        state.last = failed.map(|cause| Gap::new(cause, self.operation.clone()));
    }
}

/// A host that is left alone because it did not answer.
#[derive(Debug)]
struct Skipped(Gap);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Skipped {}

/// A signed request was about to leave this machine unencrypted.
#[derive(Debug)]
pub(crate) struct PlainHttp(pub(crate) String);

impl fmt::Display for PlainHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plain http to {} is refused", self.0)
    }
}

impl std::error::Error for PlainHttp {}

/// The interceptor of every client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch;

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "orch"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg
            .load::<Metadata>()
            .map(|metadata| operations::policy_name(metadata.service(), metadata.name()))
            .unwrap_or_default();
        let watched = CALL
            .try_with(|watched| watched.operation == operation)
            .unwrap_or(false);
        if !watched {
            return Err(Box::new(Refused(operation)));
        }
        Ok(operations::admit(&operation)?)
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        CALL.try_with(|watched| watched.before(context.request().uri()))?
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() {
            return Ok(());
        }
        let whole = body::check(response.body().bytes().unwrap_or_default());
        if whole.is_err() {
            CALL.try_with(Watched::broke_off)?;
        }
        match context.output_or_error() {
            Ok(_) => Ok(whole?),
            Err(_) => Ok(()),
        }
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Nothing to tell when the call is no longer there to be told.
        let _ = CALL.try_with(|watched| watched.after(failed(context)));
        Ok(())
    }
}

/// Why a request failed, as far as can be said without its code; none when it was answered well.
fn failed(context: &FinalizerInterceptorContextRef<'_>) -> Option<Cause> {
    let error = context.output_or_error()?.err()?;
    if error.is_timeout_error() {
        return Some(Cause::TimedOut);
    }
    if let Some(connector) = error.as_connector_error() {
        let cause = if connector.is_timeout() {
            Cause::TimedOut
        } else {
            Cause::Unreachable
        };
        return Some(cause);
    }
    if error.is_response_error() || error.is_interceptor_error() {
        return Some(Cause::Undecodable);
    }
    Some(
        match context
            .response()
            .map(|response| response.status().as_u16())
        {
            // Answers below 500 that are tried again are throttled ones.
            Some(400..=499) => Cause::Throttled,
            Some(200..=299) => Cause::Undecodable,
            _ => Cause::ServerError,
        },
    )
}

/// The run of the call under way, for calls that it makes in turn.
pub(crate) fn current_run() -> Option<Run> {
    CALL.try_with(|watched| watched.run.clone()).ok()
}
