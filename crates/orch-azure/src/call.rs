//! One call to Azure and one list of pages: every request goes through here, and into the ledger.

use std::time::Instant;

use azure_core::http::headers::{ACCEPT, CONTENT_TYPE};
use azure_core::http::{Method, Request, Url};
use orch_collect::{CollectContext, CollectError, GARBLED, Pages, Progress, Run};
use orch_model::{Call, CallOutcome, Cause, Gap, Page, Scope, Text, Time};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::client::Client;
use crate::collect::Source;
use crate::endpoint;
use crate::error::{BROKEN_OFF, Failure};
use crate::{operations, retry};

/// When a call begins. What is read stands for the time of the snapshot, never for this.
#[expect(
    clippy::disallowed_methods,
    reason = "the wire is the edge: the ledger says when it was used"
)]
pub(crate) fn now() -> Time {
    chrono::Utc::now()
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// The action that a role must allow.
    operation: &'static str,
    method: Method,
    url: Url,
    body: Option<Value>,
}

impl Ask {
    /// A request for a path, with a body where the question does not fit into an address.
    pub(crate) fn new<'q>(
        client: &Client,
        source: &Source,
        path: &str,
        query: impl IntoIterator<Item = (&'q str, &'q str)>,
        body: Option<Value>,
    ) -> Self {
        let mut url = client.base().clone();
        url.set_path(path);
        url.query_pairs_mut()
            .clear()
            .append_pair("api-version", source.version)
            .extend_pairs(query);
        Self {
            operation: source.operation,
            method: source.method,
            url,
            body,
        }
    }

    /// The same question at the address of a link, which must lead to the same server.
    pub(crate) fn follow(&self, client: &Client, link: &str) -> Result<Self, Failure> {
        let broken = |what| Failure::new(self.operation, Cause::PagingBroken, what);
        let mut url = Url::options()
            .base_url(Some(client.base()))
            .parse(link)
            .map_err(|_| broken("link is no address"))?;
        let mut servers = client.official().into_iter().chain([client.base()]);
        if !servers.any(|server| endpoint::same_server(server, &url)) {
            return Err(broken("link leads to another server"));
        }
        // Behind a stand-in links bear the address that it stands for.
        let (path, query) = (url.path().to_owned(), url.query().map(str::to_owned));
        url = client.base().clone();
        url.set_path(&path);
        url.set_query(query.as_deref());
        Ok(Self {
            url,
            ..self.clone()
        })
    }

    /// The service behind it, for the circuit: one that does not answer must not cost the others.
    fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let service = self.operation.split('/').next().unwrap_or_default();
        format!("{host} {service}")
    }

    fn request(&self) -> Result<Request, Failure> {
        let mut request = Request::new(self.url.clone(), self.method);
        request.insert_header(ACCEPT, "application/json");
        if let Some(body) = &self.body {
            request.insert_header(CONTENT_TYPE, "application/json");
            request
                .set_json(body)
                .map_err(|error| Failure::of_error(self.operation, error))?;
        }
        Ok(request)
    }
}

/// A good answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its body; null when it has none.
    pub(crate) body: Value,
    /// Whether there was nothing to answer (204).
    pub(crate) empty: bool,
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

    /// Makes a call: as many requests as it takes, one line in the ledger.
    pub(crate) async fn call(
        &self,
        client: &Client,
        ask: &Ask,
        page: Option<Page>,
        items: impl Fn(&Value) -> usize,
    ) -> Result<Answer, Failure> {
        self.run
            .ask(self.scope.as_ref(), self.collector.as_ref(), ask.operation)
            .map_err(|gap| Failure::new(ask.operation, gap.cause, gap.detail))?;
        let (at, began) = (now(), Instant::now());
        let mut attempts = 0;
        let answer = tokio::select! {
            biased;
            () = self.run.cancel().cancelled() => {
                Err(Failure::new(ask.operation, Cause::Cancelled, ""))
            }
            answer = self.attempts(client, ask, &mut attempts) => answer,
        };
        tracing::debug!(operation = ask.operation, attempts, took = ?began.elapsed(), "called");
        // What was never sent is no call.
        if attempts > 0 {
            self.run.record(Call {
                at,
                scope: self.scope.clone(),
                collector: self.collector.clone(),
                operation: Text::new_static(ask.operation),
                attempts,
                outcome: match &answer {
                    Ok(_) => CallOutcome::Ok,
                    Err(failure) => CallOutcome::Failed(failure.cause),
                },
                items: answer
                    .as_ref()
                    .map_or(0, |answer| items(&answer.body) as u64),
                page,
                charge_usd: Decimal::ZERO,
            });
        }
        answer
    }

    async fn attempts(
        &self,
        client: &Client,
        ask: &Ask,
        attempts: &mut u32,
    ) -> Result<Answer, Failure> {
        operations::admit(ask.method.as_ref(), ask.url.path(), ask.operation)
            .map_err(|refused| Failure::new(ask.operation, Cause::Denied, refused.to_string()))?;
        let patience = client.patience();
        let deadline = Instant::now() + patience.call;
        let host = ask.host();
        let mut last: Option<Failure> = None;
        let mut garbled = 0;
        loop {
            if let Err(gap) = self.run.admit(&host) {
                // What was tried before the host was given up says more than that it was given up.
                return Err(
                    last.unwrap_or_else(|| Failure::new(ask.operation, gap.cause, gap.detail))
                );
            }
            if let Some(failure) = &last {
                self.run.emit(Progress::Retry {
                    scope: self.scope.clone(),
                    operation: Text::new_static(ask.operation),
                    gap: Gap::new(failure.cause, ask.operation),
                });
            }
            *attempts += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let limit = patience.attempt.min(left);
            let answer = match tokio::time::timeout(limit, attempt(client, ask)).await {
                Ok(answer) => answer,
                Err(_) => Err(Failure::new(ask.operation, Cause::TimedOut, "").again()),
            };
            let failure = match answer {
                Ok(answer) => {
                    self.run.host_answered(&host);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            match (failure.cause, failure.status) {
                (Cause::TimedOut | Cause::Unreachable, None) => {
                    self.run.host_failed(&host);
                }
                _ => self.run.host_answered(&host),
            }
            garbled += u32::from(failure.cause == Cause::Undecodable);
            let may = *attempts < patience.attempts && garbled < GARBLED;
            let Some(wanted) = failure.again.filter(|_| may) else {
                return Err(failure);
            };
            let wait = wanted.unwrap_or_else(|| retry::backoff(*attempts));
            if Instant::now() + wait >= deadline {
                return Err(failure);
            }
            last = Some(failure);
            tokio::time::sleep(wait).await;
        }
    }

    /// Begins a list of pages that link to each other.
    pub(crate) fn list<'a>(&'a self, client: &'a Client, first: Ask) -> List<'a> {
        List {
            caller: self,
            client,
            pages: Pages::new(first.operation),
            first: true,
            next: Next::Ask(first),
        }
    }
}

/// One request and its answer.
async fn attempt(client: &Client, ask: &Ask) -> Result<Answer, Failure> {
    let mut request = ask.request()?;
    let response = client
        .send(&mut request)
        .await
        .map_err(|error| Failure::of_error(ask.operation, error))?;
    let status = u16::from(response.status());
    let body: &[u8] = response.body();
    if !(200..=299).contains(&status) {
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        return Err(Failure::of_answer(ask.operation, status, headers, body));
    }
    if status == 204 {
        return Ok(Answer {
            body: Value::Null,
            empty: true,
        });
    }
    // Only 204 says that there is nothing. An empty body says nothing at all.
    let what = if body.trim_ascii().is_empty() {
        "answer is empty"
    } else {
        match serde_json::from_slice(body) {
            Ok(body) => return Ok(Answer { body, empty: false }),
            Err(error) if error.is_eof() => BROKEN_OFF,
            Err(_) => "unreadable answer",
        }
    };
    Err(Failure::undecodable(ask.operation, what).again())
}

/// A list that comes in pages.
pub(crate) struct List<'a> {
    caller: &'a Caller,
    client: &'a Client,
    pages: Pages,
    first: bool,
    next: Next,
}

/// What comes next in a list.
enum Next {
    Ask(Ask),
    Broken(CollectError),
    End,
}

impl List<'_> {
    /// The elements of the next page; none after the last.
    pub(crate) async fn page(&mut self) -> Result<Option<Vec<Value>>, CollectError> {
        let ask = match std::mem::replace(&mut self.next, Next::End) {
            Next::Ask(ask) => ask,
            Next::Broken(error) => return Err(error),
            Next::End => return Ok(None),
        };
        let page = Page {
            most: None,
            first: std::mem::take(&mut self.first),
        };
        let mut answer = self
            .caller
            .call(self.client, &ask, Some(page), |body| {
                elements(body).map_or(0, <[Value]>::len)
            })
            .await?;
        // A page with a broken link is kept: the error comes when the next one is asked for.
        self.next = match self.after(&ask, &answer.body) {
            Ok(Some(next)) => Next::Ask(next),
            Ok(None) => Next::End,
            Err(error) => Next::Broken(error),
        };
        if answer.empty {
            return Ok(Some(Vec::new()));
        }
        let taken = match &mut answer.body {
            Value::Array(elements) => Some(std::mem::take(elements)),
            Value::Object(members) => match members.get_mut("value") {
                Some(Value::Array(elements)) => Some(std::mem::take(elements)),
                _ => None,
            },
            _ => None,
        };
        let elements =
            taken.ok_or_else(|| Failure::undecodable(ask.operation, "value is no list"))?;
        Ok(Some(elements))
    }

    /// The question for the page after this one.
    fn after(&mut self, ask: &Ask, body: &Value) -> Result<Option<Ask>, CollectError> {
        let link = link(ask.operation, body, "nextLink")?;
        match self.pages.follow(link)? {
            Some(link) => Ok(Some(ask.follow(self.client, &link)?)),
            None => Ok(None),
        }
    }
}

/// What a page says about the next one. A link of another type is none that can be followed, which is not the
/// same as none.
pub(crate) fn link<'b>(
    operation: &str,
    body: &'b Value,
    member: &str,
) -> Result<Option<&'b str>, Failure> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(link)) => Ok(Some(link)),
        Some(_) => Err(Failure::new(
            operation,
            Cause::PagingBroken,
            "link is no text",
        )),
    }
}

/// The elements of a page: those of `value`, or the answer itself where it is a list.
pub(crate) fn elements(body: &Value) -> Option<&[Value]> {
    match body {
        Value::Array(elements) => Some(elements),
        Value::Object(members) => match members.get("value") {
            Some(Value::Array(elements)) => Some(elements),
            _ => None,
        },
        _ => None,
    }
}
