//! One call to AWS and one list of pages: every request goes through here, and into the ledger.

use std::error::Error;
use std::time::Instant;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orch_collect::{CollectContext, CollectError, Pages, Run};
use orch_model::{Call, CallOutcome, Cause, Page, Scope, Text, Time};
use rust_decimal::Decimal;

use crate::error::{Failure, NONE_THERE};
use crate::watch::{CALL, Watched};

/// When a call begins. What is read stands for the time of the snapshot, never for this.
#[expect(
    clippy::disallowed_methods,
    reason = "the wire is the edge: the ledger says when it was used"
)]
pub(crate) fn now() -> Time {
    chrono::Utc::now()
}

/// Who calls: the ledger names it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    run: Run,
    scope: Option<Scope>,
    collector: Option<Text>,
}

impl Caller {
    /// A collector in its scope.
    pub(crate) fn collector(name: &'static str, ctx: &CollectContext) -> Self {
        Self {
            run: ctx.run.clone(),
            scope: Some(ctx.scope.clone()),
            collector: Some(Text::new_static(name)),
        }
    }

    /// Discovery; the scope is none before the account is known.
    pub(crate) fn discovery(run: &Run, scope: Option<Scope>) -> Self {
        Self {
            run: run.clone(),
            scope,
            collector: None,
        }
    }

    /// Makes a free call.
    pub(crate) async fn call<T, E>(
        &self,
        operation: &'static str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        items: impl Fn(&T) -> usize,
    ) -> Result<T, Failure>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        self.charged(operation, Decimal::ZERO, None, request, items)
            .await
    }

    /// Makes a call that the provider charges for, if the budget allows it.
    pub(crate) async fn charged<T, E>(
        &self,
        operation: &'static str,
        charge_usd: Decimal,
        page: Option<Page>,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        items: impl Fn(&T) -> usize,
    ) -> Result<T, Failure>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        self.run
            .ask(self.scope.as_ref(), self.collector.as_ref(), operation)
            .map_err(|gap| Failure::new(operation, gap.cause, gap.detail))?;
        if let (Some(scope), false) = (&self.scope, charge_usd.is_zero()) {
            self.run
                .charge(scope, charge_usd)
                .map_err(|gap| Failure::new(operation, gap.cause, gap.detail))?;
        }
        let (at, began) = (now(), Instant::now());
        let operation_name = Text::new_static(operation);
        let watched = Watched::new(self.run.clone(), self.scope.clone(), operation_name.clone());
        let (answer, state) = CALL
            .scope(watched, async {
                let answer = tokio::select! {
                    biased;
                    () = self.run.cancel().cancelled() => {
                        Err(Failure::new(operation, Cause::Cancelled, ""))
                    }
                    answer = request => answer.map_err(|error| Failure::of(operation, error)),
                };
                (answer, CALL.with(Watched::state))
            })
            .await;
        let answer = answer.map_err(|failure| match (state.skipped, state.last) {
            // What was tried before the host was given up says more than that it was given up.
            (Some(_), Some(last)) => Failure {
                cause: last.cause,
                ..failure
            },
            (Some(skipped), None) => Failure {
                cause: skipped.cause,
                code: skipped.detail,
                ..failure
            },
            (None, _) => failure,
        });
        tracing::debug!(operation, attempts = state.attempts, took = ?began.elapsed(), "called");
        // What was never sent is no call.
        if state.attempts > 0 {
            self.run.record(Call {
                at,
                scope: self.scope.clone(),
                collector: self.collector.clone(),
                operation: operation_name,
                attempts: state.attempts,
                outcome: match &answer {
                    Ok(_) => CallOutcome::Ok,
                    Err(failure) if NONE_THERE.contains(&failure.code.as_str()) => CallOutcome::Ok,
                    Err(failure) => CallOutcome::Failed(failure.cause),
                },
                items: answer.as_ref().map_or(0, |answer| items(answer) as u64),
                page,
                charge_usd,
            });
        }
        answer
    }

    /// Begins a list; `most` is how many items one page of it can hold, where AWS says so.
    pub(crate) fn list(&self, operation: &'static str, most: Option<u64>) -> List<'_> {
        List {
            caller: self,
            operation,
            most,
            pages: Pages::new(operation),
            next: Next::First,
        }
    }
}

/// A list that comes in pages.
pub(crate) struct List<'a> {
    caller: &'a Caller,
    operation: &'static str,
    most: Option<u64>,
    pages: Pages,
    next: Next,
}

/// What comes next in a list.
enum Next {
    First,
    Token(String),
    Broken(CollectError),
    End,
}

impl List<'_> {
    /// The next page; none after the last.
    ///
    /// `request` is given the page's token, `items` counts what a page holds, `next` finds the token in it.
    pub(crate) async fn page<T, E, F>(
        &mut self,
        request: impl FnOnce(Option<String>) -> F,
        items: impl Fn(&T) -> usize,
        next: impl FnOnce(&T) -> Option<&str>,
    ) -> Result<Option<T>, CollectError>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        self.charged(Decimal::ZERO, request, items, next).await
    }

    /// The next page of a list that the provider charges for.
    pub(crate) async fn charged<T, E, F>(
        &mut self,
        charge_usd: Decimal,
        request: impl FnOnce(Option<String>) -> F,
        items: impl Fn(&T) -> usize,
        next: impl FnOnce(&T) -> Option<&str>,
    ) -> Result<Option<T>, CollectError>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let token = match std::mem::replace(&mut self.next, Next::End) {
            Next::First => None,
            Next::Token(token) => Some(token),
            Next::Broken(error) => return Err(error),
            Next::End => return Ok(None),
        };
        let page = Page {
            most: self.most,
            first: token.is_none(),
        };
        let page = self
            .caller
            .charged(
                self.operation,
                charge_usd,
                Some(page),
                request(token),
                items,
            )
            .await?;
        // A page that repeats a token is kept: the error comes when the next one is asked for.
        self.next = match self.pages.follow(next(&page)) {
            Ok(Some(token)) => Next::Token(token),
            Ok(None) => Next::End,
            Err(error) => Next::Broken(error),
        };
        Ok(Some(page))
    }
}
