//! One call and one list of pages: every request goes through here, and into the ledger.

use std::fs::File;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use orch_collect::{CollectContext, CollectError, Disposition, GARBLED, Pages, Progress, Run};
use orch_model::{Call, CallOutcome, Cause, Gap, Page, Scope, Text, Time};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Client, LONGEST_WAIT};
use crate::error::Failure;
use crate::operations::Api;
use crate::page::{Read, Shape, Whole, count};

/// The wait that doubles with each attempt, before jitter.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// How long a file may take, all attempts.
const LONGEST_DOWNLOAD: Duration = Duration::from_secs(6 * 3600);

/// When a call begins. What is read stands for the time of the snapshot, never for this.
#[expect(
    clippy::disallowed_methods,
    reason = "the wire is the edge: the ledger says when it was used"
)]
pub(crate) fn now() -> Time {
    chrono::Utc::now()
}

/// What is asked: a call and what differs in it from call to call.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    api: Api,
    values: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Ask {
    /// A call, still without anything filled in.
    pub(crate) fn new(api: Api) -> Self {
        Self {
            api,
            values: Vec::new(),
            query: Vec::new(),
            body: None,
        }
    }

    /// What stands for `{name}` in the path.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// A parameter of the query. A name may come again.
    #[must_use]
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The body.
    #[must_use]
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// Who calls: the ledger names it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    client: Client,
    run: Run,
    scope: Option<Scope>,
    collector: Option<Text>,
}

impl Caller {
    /// A collector in its scope.
    pub(crate) fn collector(client: &Client, name: &'static str, ctx: &CollectContext) -> Self {
        Self {
            client: client.clone(),
            run: ctx.run.clone(),
            scope: Some(ctx.scope.clone()),
            collector: Some(Text::new_static(name)),
        }
    }

    /// Discovery; the scope is none before a project is known.
    pub(crate) fn discovery(client: &Client, run: &Run, scope: Option<Scope>) -> Self {
        Self {
            client: client.clone(),
            run: run.clone(),
            scope,
            collector: None,
        }
    }

    /// Makes a free call; `items` counts what the answer holds.
    pub(crate) async fn call(
        &self,
        ask: &Ask,
        items: impl Fn(&Value) -> usize,
    ) -> Result<Value, Failure> {
        self.charged(ask, Decimal::ZERO, None, items).await
    }

    /// Makes a call that the provider charges for, if the budget allows it.
    pub(crate) async fn charged(
        &self,
        ask: &Ask,
        charge_usd: Decimal,
        page: Option<Page>,
        items: impl Fn(&Value) -> usize,
    ) -> Result<Value, Failure> {
        self.made(ask, charge_usd, page, items, None).await
    }

    /// Writes what is answered into a file; gives its length.
    pub(crate) async fn download(&self, ask: &Ask, to: &mut File) -> Result<Value, Failure> {
        self.made(ask, Decimal::ZERO, None, |_| 1, Some(to)).await
    }

    async fn made(
        &self,
        ask: &Ask,
        charge_usd: Decimal,
        page: Option<Page>,
        items: impl Fn(&Value) -> usize,
        to: Option<&mut File>,
    ) -> Result<Value, Failure> {
        let operation = ask.api.permission;
        let values: Vec<(&str, &str)> = ask
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let path = ask
            .api
            .filled(&values)
            .map_err(|refused| Failure::new(operation, Cause::Denied, refused.to_string()))?;
        self.run
            .ask(self.scope.as_ref(), self.collector.as_ref(), operation)
            .map_err(|gap| Failure::new(operation, gap.cause, gap.detail))?;
        if let (Some(scope), false) = (&self.scope, charge_usd.is_zero()) {
            self.run
                .charge(scope, charge_usd)
                .map_err(|gap| Failure::new(operation, gap.cause, gap.detail))?;
        }
        let (at, began) = (now(), Instant::now());
        let mut attempts = 0;
        let answer = tokio::select! {
            biased;
            () = self.run.cancel().cancelled() => Err(Failure::new(operation, Cause::Cancelled, "")),
            answer = self.attempts(ask, &path, &mut attempts, to) => answer,
        };
        tracing::debug!(operation, attempts, took = ?began.elapsed(), "called");
        // What was never sent is no call.
        if attempts > 0 {
            self.run.record(Call {
                at,
                scope: self.scope.clone(),
                collector: self.collector.clone(),
                operation: Text::new_static(operation),
                attempts,
                outcome: match &answer {
                    Ok(_) => CallOutcome::Ok,
                    Err(failure) => CallOutcome::Failed(failure.cause),
                },
                items: answer.as_ref().map_or(0, |answer| items(answer) as u64),
                page,
                charge_usd,
            });
        }
        answer
    }

    /// Tries until there is an answer, or no hope of one.
    async fn attempts(
        &self,
        ask: &Ask,
        path: &str,
        attempts: &mut u32,
        mut to: Option<&mut File>,
    ) -> Result<Value, Failure> {
        let (operation, host) = (ask.api.permission, ask.api.host());
        let deadline = match to {
            // A file may be of any size; each piece of it has its own limit.
            Some(_) => LONGEST_DOWNLOAD,
            None => self.client.deadline,
        };
        let until = tokio::time::Instant::now() + deadline;
        let mut waits = ExponentialBuilder::default()
            .with_min_delay(FIRST_WAIT)
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(self.client.max_attempts.max(1) as usize - 1)
            .with_jitter()
            .build();
        let mut last: Option<Failure> = None;
        let mut garbled = 0;
        loop {
            if let Err(gap) = self.run.admit(host) {
                // What was tried before the host was given up says more than that it was given up.
                return Err(last.unwrap_or_else(|| Failure::new(operation, gap.cause, gap.detail)));
            }
            if let Some(failure) = &last {
                self.run.emit(Progress::Retry {
                    scope: self.scope.clone(),
                    operation: Text::new_static(operation),
                    gap: Gap::new(failure.cause, operation),
                });
            }
            *attempts += 1;
            let (client, query) = (&self.client, &ask.query);
            let sent = async {
                match to.as_deref_mut() {
                    Some(to) => client.download(operation, path, query, to).await,
                    None => {
                        let (method, body) = (ask.api.method, ask.body.as_ref());
                        client.send(operation, method, path, query, body).await
                    }
                }
            };
            let failure = match tokio::time::timeout_at(until, sent).await {
                Ok(Ok(answer)) => {
                    self.run.host_answered(host);
                    return Ok(answer);
                }
                Ok(Err(failure)) => failure,
                Err(_) => {
                    self.run.host_failed(host);
                    return Err(Failure::new(operation, Cause::TimedOut, ""));
                }
            };
            // A time-out that the host tells of itself is an answer; that of a request is told by no code.
            match failure.cause {
                Cause::TimedOut | Cause::Unreachable if failure.code.is_empty() => {
                    self.run.host_failed(host);
                }
                _ => self.run.host_answered(host),
            }
            garbled += u32::from(failure.cause == Cause::Undecodable);
            // A connection that ends within a file says nothing about what the file holds.
            let again = failure.again && (garbled < GARBLED || to.is_some());
            let wait = match (again, waits.next()) {
                (true, Some(wait)) => failure.after.unwrap_or(wait),
                _ => return Err(failure),
            };
            if tokio::time::Instant::now() + wait >= until {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
            last = Some(failure);
        }
    }

    /// Reads a list to its end; what was read before a failure is kept.
    ///
    /// # Errors
    /// When the credentials do not hold any longer.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        ask: Ask,
        shape: Shape,
        most: Option<u64>,
    ) -> Result<Whole<T>, CollectError> {
        let mut list = self.list(ask, shape, most);
        let mut whole = Whole::default();
        loop {
            match list.page().await {
                Ok(Some(page)) => whole.add(page.decoded()),
                Ok(None) => return Ok(whole),
                Err(error) if error.disposition() == Disposition::Abort => return Err(error),
                Err(error) => {
                    whole.gap = Some(error.recorded().clone());
                    return Ok(whole);
                }
            }
        }
    }

    /// Begins a list; `most` is how many items one page of it can hold, where Google says so.
    pub(crate) fn list(&self, ask: Ask, shape: Shape, most: Option<u64>) -> List {
        List {
            pages: Pages::new(ask.api.permission),
            caller: self.clone(),
            ask,
            shape,
            most,
            charge: Decimal::ZERO,
            next: Next::First,
        }
    }
}

/// A list that comes in pages.
pub(crate) struct List {
    caller: Caller,
    ask: Ask,
    shape: Shape,
    most: Option<u64>,
    /// What the provider charges for it, not yet set aside.
    charge: Decimal,
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

impl List {
    /// The provider charges for the list as a whole.
    #[must_use]
    pub(crate) fn charging(mut self, usd: Decimal) -> Self {
        self.charge = usd;
        self
    }

    /// The next page; none after the last.
    pub(crate) async fn page(&mut self) -> Result<Option<Read>, CollectError> {
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
        let mut ask = self.ask.clone();
        if let Some(token) = token {
            ask = ask.query("pageToken", token);
        }
        let shape = self.shape;
        let answer = self
            .caller
            .charged(
                &ask,
                std::mem::take(&mut self.charge),
                Some(page),
                |answer| count(answer, shape),
            )
            .await?;
        let operation = self.ask.api.permission;
        if !answer.is_object() {
            return Err(Failure::undecodable(operation, "the answer is no object").into());
        }
        // A page that repeats a token is kept: the error comes when the next one is asked for.
        self.next = match answer.get("nextPageToken") {
            None | Some(Value::Null) => Next::End,
            Some(Value::String(token)) => match self.pages.follow(Some(token)) {
                Ok(Some(token)) => Next::Token(token),
                Ok(None) => Next::End,
                Err(error) => Next::Broken(error),
            },
            Some(_) => {
                let failure = Failure::new(operation, Cause::PagingBroken, "nextPageToken");
                Next::Broken(failure.into())
            }
        };
        Ok(Some(Read::of(operation, answer, shape)))
    }
}
