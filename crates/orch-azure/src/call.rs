//! One call to Azure and one list of pages: every request goes through here, and into the ledger.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant};

use azure_core::http::headers::{ACCEPT, CONTENT_TYPE};
use azure_core::http::{Method, Request, Url};
use futures::TryStreamExt as _;
use orch_collect::{CollectContext, CollectError, GARBLED, Pages, Progress, Run};
use orch_model::{Call, CallOutcome, Cause, Gap, Page, Scope, Text, Time};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::client::Client;
use crate::collect::Source;
use crate::endpoint;
use crate::error::{BROKEN_OFF, Failure};
use crate::{operations, retry};

/// How long a file may take, all attempts.
const LONGEST_DOWNLOAD: Duration = Duration::from_secs(6 * 3600);

/// How much of a refusal is read where a file was asked for.
const LARGEST_REFUSAL: usize = 64 << 10;

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
    /// The version that the service of files wants to be told.
    file_version: Option<&'static str>,
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
            file_version: None,
        }
    }

    /// A request of the service of files: its version is told in a header.
    pub(crate) fn of_files<'q>(
        client: &Client,
        source: &Source,
        path: &str,
        query: impl IntoIterator<Item = (&'q str, &'q str)>,
    ) -> Self {
        let mut url = client.base().clone();
        url.set_path(path);
        url.query_pairs_mut().clear().extend_pairs(query);
        if url.query() == Some("") {
            url.set_query(None);
        }
        Self {
            operation: source.operation,
            method: source.method,
            url,
            body: None,
            file_version: Some(source.version),
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
        match self.file_version {
            Some(version) => request.insert_header("x-ms-version", version),
            None => request.insert_header(ACCEPT, "application/json"),
        }
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
        self.made(client, ask, page, items, None).await
    }

    /// Makes a call whose answer is written into a file.
    pub(crate) async fn download(
        &self,
        client: &Client,
        ask: &Ask,
        to: &mut File,
    ) -> Result<Answer, Failure> {
        self.made(client, ask, None, |_| 1, Some(to)).await
    }

    async fn made(
        &self,
        client: &Client,
        ask: &Ask,
        page: Option<Page>,
        items: impl Fn(&Value) -> usize,
        to: Option<&mut File>,
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
            answer = self.attempts(client, ask, &mut attempts, to) => answer,
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
        mut to: Option<&mut File>,
    ) -> Result<Answer, Failure> {
        operations::admit(ask.method.as_ref(), ask.url.path(), ask.operation)
            .map_err(|refused| Failure::new(ask.operation, Cause::Denied, refused.to_string()))?;
        let mut patience = client.patience();
        if to.is_some() {
            // A file may be of any size; each piece of it has the time of an attempt.
            (patience.attempt, patience.call) = (LONGEST_DOWNLOAD, LONGEST_DOWNLOAD);
        }
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
            let sent = async {
                match to.as_deref_mut() {
                    Some(to) => download(client, ask, to).await,
                    None => attempt(client, ask).await,
                }
            };
            let answer = match tokio::time::timeout(limit, sent).await {
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
            // A connection that ends within a file says nothing about what the file holds.
            let may = *attempts < patience.attempts && (garbled < GARBLED || to.is_some());
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

/// One request and its answer, written into a file that is emptied first.
async fn download(client: &Client, ask: &Ask, to: &mut File) -> Result<Answer, Failure> {
    let late = || Failure::new(ask.operation, Cause::TimedOut, "").again();
    let lost = |error: std::io::Error| Failure {
        source: Some(Box::new(error)),
        ..Failure::undecodable(ask.operation, "the file cannot be kept")
    };
    let unanswered = |error| Failure::of_error(ask.operation, error);
    let patience = client.patience().attempt;
    to.set_len(0).and_then(|()| to.rewind()).map_err(lost)?;
    let mut request = ask.request()?;
    let sent = tokio::time::timeout(patience, client.stream(&mut request));
    let response = sent.await.map_err(|_| late())?.map_err(unanswered)?;
    let (status, headers, mut body) = response.deconstruct();
    let status = u16::from(status);
    let good = (200..=299).contains(&status);
    let mut refusal = Vec::new();
    loop {
        let piece = tokio::time::timeout(patience, body.try_next());
        let Some(piece) = piece.await.map_err(|_| late())?.map_err(unanswered)? else {
            break;
        };
        if good {
            to.write_all(&piece).map_err(lost)?;
        } else if refusal.len() < LARGEST_REFUSAL {
            refusal.extend_from_slice(&piece);
        }
    }
    if good {
        return Ok(Answer {
            body: Value::Null,
            empty: false,
        });
    }
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Err(Failure::of_answer(ask.operation, status, headers, &refusal))
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
