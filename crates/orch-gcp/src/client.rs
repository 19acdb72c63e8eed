//! One request and its answer, on the one set of connections that every API shares.

use std::fmt;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use orch_collect::CollectSettings;
use orch_model::Cause;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, redirect};
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::error::Failure;

/// The largest answer that is read. Pages are far smaller; what is larger is no page.
const LARGEST: usize = 64 << 20;

/// How much of a refusal is read where a file was asked for.
const LARGEST_REFUSAL: usize = 64 << 10;

/// The longest wait between two attempts, whatever the server asks for: past it the call would only use
/// up its deadline.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// The HTTP client with its credentials. Clones share connections.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    credentials: Credentials,
    endpoint: Endpoint,
    attempt: Duration,
    /// How long a call may take, all its attempts and the waits between them.
    pub(crate) deadline: Duration,
    /// Requests a call may send at most.
    pub(crate) max_attempts: u32,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// With these credentials and time-outs.
    pub(crate) fn new(
        endpoint: Endpoint,
        credentials: Credentials,
        settings: &CollectSettings,
    ) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .connect_timeout(settings.connect)
            // An API does not redirect; credentials must not follow one that does.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("orch/", env!("CARGO_PKG_VERSION")));
        let builder = if endpoint.is_instead() {
            builder.no_proxy()
        } else {
            builder.https_only(true)
        };
        Ok(Self {
            http: builder.build()?,
            credentials,
            endpoint,
            attempt: settings.attempt,
            deadline: settings.call,
            max_attempts: settings.max_attempts,
        })
    }

    /// Whether requests go elsewhere than to Google Cloud.
    pub(crate) fn is_instead(&self) -> bool {
        self.endpoint.is_instead()
    }

    /// Sends one request and reads the answer, within the deadline of an attempt.
    pub(crate) async fn send(
        &self,
        operation: &str,
        method: &str,
        host_and_path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let exchange = self.exchange(operation, method, host_and_path, query, body);
        match tokio::time::timeout(self.attempt, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure {
                again: true,
                ..Failure::new(operation, Cause::TimedOut, "")
            }),
        }
    }

    /// Sends one request and writes what is answered into a file, which it empties first. Each piece has the time
    /// of an attempt: a large file takes longer than any answer may.
    pub(crate) async fn download(
        &self,
        operation: &str,
        host_and_path: &str,
        query: &[(&str, String)],
        to: &mut File,
    ) -> Result<Value, Failure> {
        let late = || Failure {
            again: true,
            ..Failure::new(operation, Cause::TimedOut, "")
        };
        let lost = |error: std::io::Error| Failure {
            source: Some(Box::new(error)),
            ..Failure::new(operation, Cause::Undecodable, "the file cannot be kept")
        };
        let unanswered = |error| Failure::unanswered(operation, error);
        to.set_len(0).and_then(|()| to.rewind()).map_err(lost)?;
        let request = self
            .http
            .get(self.endpoint.url(host_and_path))
            .headers(self.headers(operation).await?)
            .query(query);
        let sent = tokio::time::timeout(self.attempt, request.send());
        let mut response = sent.await.map_err(|_| late())?.map_err(unanswered)?;
        let status = response.status();
        let after = wait(response.headers());
        let mut written = 0_u64;
        let mut refusal = Vec::new();
        loop {
            let piece = tokio::time::timeout(self.attempt, response.chunk());
            let Some(piece) = piece.await.map_err(|_| late())?.map_err(unanswered)? else {
                break;
            };
            if status.is_success() {
                to.write_all(&piece).map_err(lost)?;
                written += piece.len() as u64;
            } else if refusal.len() < LARGEST_REFUSAL {
                refusal.extend_from_slice(&piece);
            }
        }
        if !status.is_success() {
            return Err(Failure::answered(
                operation,
                status.as_u16(),
                after,
                &refusal,
            ));
        }
        Ok(written.into())
    }

    async fn exchange(
        &self,
        operation: &str,
        method: &str,
        host_and_path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let method = match method {
            "POST" => Method::POST,
            _ => Method::GET,
        };
        let mut request = self
            .http
            .request(method, self.endpoint.url(host_and_path))
            .headers(self.headers(operation).await?);
        if !query.is_empty() {
            request = request.query(query);
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body.to_string());
        }
        let unanswered = |error| Failure::unanswered(operation, error);
        let mut response = request.send().await.map_err(unanswered)?;
        let status = response.status();
        let after = wait(response.headers());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(Failure::undecodable(operation, "the answer is too large"));
            }
            bytes.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            return Err(Failure::answered(operation, status.as_u16(), after, &bytes));
        }
        // The error would quote the answer.
        serde_json::from_slice(&bytes).map_err(|_| Failure {
            again: true,
            ..Failure::undecodable(operation, "the answer is not JSON")
        })
    }

    /// The headers that say who asks.
    pub(crate) async fn headers(&self, operation: &str) -> Result<HeaderMap, Failure> {
        match self.credentials.headers(Default::default()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // Only told to who names the version they have; we name none.
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => {
                let again = error.is_transient();
                let (cause, code) = if again {
                    (Cause::Unreachable, "no token")
                } else {
                    (Cause::AuthExpired, "credentials not renewed")
                };
                Err(Failure {
                    again,
                    source: Some(Box::new(error)),
                    ..Failure::new(operation, cause, code)
                })
            }
        }
    }
}

/// The wait that an answer names, in seconds.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_wish_is_read_and_capped() {
        let told = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            wait(&headers)
        };
        assert_eq!(told("3"), Some(Duration::from_secs(3)));
        assert_eq!(told("86400"), Some(LONGEST_WAIT));
        assert_eq!(told("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(wait(&HeaderMap::new()), None);
    }
}
