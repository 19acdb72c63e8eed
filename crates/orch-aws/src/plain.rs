//! Plain requests whose answers are written into files: price lists, which are public, and files of billing.
//!
//! The SDK would read a file of hundreds of megabytes as one answer of a service, with a deadline for it.
//! Connections, retries and the ledger are those of all others.

use std::error::Error;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::byte_stream::ByteStream;
use orch_collect::{CollectSettings, Progress, Run};
use orch_model::{Call, CallOutcome, Cause, Gap, Text};
use rust_decimal::Decimal;

use crate::call::now;
use crate::error::Failure;
use crate::http::Shared;
use crate::operations;
use crate::retry::{FIRST_WAIT, LONGEST_WAIT, wait};

/// How much of a refusal is read.
const LARGEST_REFUSAL: usize = 64 << 10;

/// Who asks, where credentials are needed.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    credentials: SharedCredentialsProvider,
    /// Of the bucket.
    pub(crate) region: String,
}

impl Signer {
    pub(crate) fn of(config: &SdkConfig, region: String) -> Option<Self> {
        let credentials = config.credentials_provider()?;
        Some(Self {
            credentials,
            region,
        })
    }

    /// The headers that say who asks.
    async fn headers(
        &self,
        url: &str,
    ) -> Result<Vec<(String, String)>, Box<dyn Error + Send + Sync>> {
        let identity: Identity = self.credentials.provide_credentials().await?.into();
        let mut settings = SigningSettings::default();
        // As S3 wants it: paths as they are, and the sum of the body in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::from(now()))
            .settings(settings)
            .build()?
            .into();
        let request =
            SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]))?;
        let (instructions, _) = sign(request, &params)?.into_parts();
        let headers = instructions.headers();
        Ok(headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }
}

/// Why there is no file.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
    /// The region that the bucket is in, where it is another one.
    pub(crate) region: Option<String>,
    /// Whether another attempt may help, and after which time where the server names one.
    again: Option<Option<Duration>>,
}

impl Refusal {
    fn of(failure: Failure) -> Self {
        Self {
            failure,
            region: None,
            again: None,
        }
    }

    fn again(failure: Failure) -> Self {
        Self {
            again: Some(None),
            ..Self::of(failure)
        }
    }
}

/// The way out.
#[derive(Debug)]
pub(crate) struct Plain {
    http: Shared,
    run: Run,
    attempt: Duration,
    attempts: u32,
}

impl Plain {
    pub(crate) fn new(settings: &CollectSettings, run: &Run) -> Self {
        let connect = HttpConnectorSettings::builder()
            .connect_timeout(settings.connect)
            .build();
        Self {
            http: Shared::new(connect),
            run: run.clone(),
            attempt: settings.attempt,
            attempts: settings.max_attempts.max(1),
        }
    }

    /// Writes what is at an address into a file, which is emptied first: as many requests as it takes, one line in
    /// the ledger.
    pub(crate) async fn get(
        &self,
        operation: &'static str,
        url: &str,
        signer: Option<&Signer>,
        to: &mut File,
    ) -> Result<(), Refusal> {
        operations::admit_fetch(operation).map_err(|refused| {
            Refusal::of(Failure::new(operation, Cause::Denied, refused.to_string()))
        })?;
        let (at, began) = (now(), Instant::now());
        let mut attempts = 0;
        let answer = tokio::select! {
            biased;
            () = self.run.cancel().cancelled() => {
                Err(Refusal::of(Failure::new(operation, Cause::Cancelled, "")))
            }
            answer = self.attempts(operation, url, signer, to, &mut attempts) => answer,
        };
        tracing::debug!(operation, attempts, took = ?began.elapsed(), "called");
        if attempts > 0 {
            self.run.record(Call {
                at,
                scope: None,
                collector: None,
                operation: Text::new_static(operation),
                attempts,
                outcome: match &answer {
                    Ok(()) => CallOutcome::Ok,
                    Err(refusal) => CallOutcome::Failed(refusal.failure.cause),
                },
                items: u64::from(answer.is_ok()),
                page: None,
                charge_usd: Decimal::ZERO,
            });
        }
        answer
    }

    async fn attempts(
        &self,
        operation: &'static str,
        url: &str,
        signer: Option<&Signer>,
        to: &mut File,
        attempts: &mut u32,
    ) -> Result<(), Refusal> {
        let mut pause = FIRST_WAIT;
        loop {
            *attempts += 1;
            let refusal = match self.attempt(operation, url, signer, to).await {
                Ok(()) => return Ok(()),
                Err(refusal) => refusal,
            };
            let again = refusal.again.filter(|_| *attempts < self.attempts);
            let Some(wanted) = again else {
                return Err(refusal);
            };
            self.run.emit(Progress::Retry {
                scope: None,
                operation: Text::new_static(operation),
                gap: Gap::new(refusal.failure.cause, operation),
            });
            tokio::time::sleep(wanted.unwrap_or(pause)).await;
            pause = pause.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    /// One request. Each piece of the answer has the time of an attempt: a large file takes longer than any answer
    /// of a service may.
    async fn attempt(
        &self,
        operation: &'static str,
        url: &str,
        signer: Option<&Signer>,
        to: &mut File,
    ) -> Result<(), Refusal> {
        let late = || Refusal::again(Failure::new(operation, Cause::TimedOut, ""));
        let broken = |source: Box<dyn Error + Send + Sync>, cause, what| Failure {
            source: Some(source),
            ..Failure::new(operation, cause, what)
        };
        let lost = |error: std::io::Error| {
            let what = "the file cannot be kept";
            Refusal::of(broken(Box::new(error), Cause::Undecodable, what))
        };
        to.set_len(0).and_then(|()| to.rewind()).map_err(lost)?;
        let unfit = |source| Refusal::of(broken(source, Cause::Undecodable, "request not built"));
        let mut request = HttpRequest::get(url).map_err(|error| unfit(Box::new(error)))?;
        let signed = match signer {
            Some(signer) => signer.headers(url).await.map_err(|error| {
                Refusal::of(broken(error, Cause::AuthExpired, "request not signed"))
            })?,
            None => Vec::new(),
        };
        for (name, value) in signed {
            request
                .headers_mut()
                .try_insert(name, value)
                .map_err(|error| unfit(Box::new(error)))?;
        }
        let sent = tokio::time::timeout(self.attempt, self.http.call(request));
        let response = match sent.await.map_err(|_| late())? {
            Ok(response) => response,
            Err(error) => {
                let cause = match error.is_timeout() {
                    true => Cause::TimedOut,
                    false => Cause::Unreachable,
                };
                return Err(Refusal::again(broken(Box::new(error), cause, "")));
            }
        };
        let status = response.status();
        let headers = response.headers().clone();
        let length = headers
            .get("content-length")
            .and_then(|length| length.parse::<u64>().ok());
        let mut body = ByteStream::new(response.into_body());
        let mut refused = Vec::new();
        let mut written = 0_u64;
        loop {
            let piece = tokio::time::timeout(self.attempt, body.try_next());
            let off = |source: Box<dyn Error + Send + Sync>| {
                Refusal::again(broken(source, Cause::Undecodable, "the answer breaks off"))
            };
            let piece = piece.await.map_err(|_| late())?;
            let Some(piece) = piece.map_err(|error| off(Box::new(error)))? else {
                break;
            };
            if status.is_success() {
                to.write_all(&piece).map_err(lost)?;
                written += piece.len() as u64;
            } else if refused.len() < LARGEST_REFUSAL {
                refused.extend_from_slice(&piece);
            }
        }
        if !status.is_success() {
            return Err(refusal(operation, status.as_u16(), &headers, &refused));
        }
        match length {
            Some(length) if length != written => Err(Refusal::again(Failure::undecodable(
                operation,
                "the answer breaks off",
            ))),
            _ => Ok(()),
        }
    }
}

/// What an answer that is no success means.
fn refusal(operation: &str, status: u16, headers: &Headers, body: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(body);
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map(|(code, _)| code);
    let failure = Failure::answered(operation, status, code);
    let transient = matches!(status, 408 | 429 | 500 | 502 | 503 | 504);
    let after = || wait(headers.get("x-amz-retry-after"), headers.get("retry-after"));
    Refusal {
        failure,
        region: headers.get("x-amz-bucket-region").map(str::to_owned),
        again: transient.then(after),
    }
}
