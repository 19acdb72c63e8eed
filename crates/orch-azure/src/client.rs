//! The one client: its pipeline is the only way out, and it knows the address, the token and the time-outs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::headers::AUTHORIZATION;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{
    AsyncRawResponse, ClientOptions, Context, Pipeline, PipelineSendOptions, PipelineStreamOptions,
    RawResponse, Request, RetryOptions, Transport, Url, UserAgentOptions,
};
use azure_core::time::OffsetDateTime;
use orch_collect::CollectSettings;
use tokio::sync::Mutex;

/// A token is renewed when it has less than this left: a call with its attempts takes less.
const MARGIN: Duration = Duration::from_secs(300);

/// How patient a call is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For one request.
    pub(crate) attempt: Duration,
    /// For a call, its attempts and waits.
    pub(crate) call: Duration,
    /// Requests at most.
    pub(crate) attempts: u32,
}

/// Where tokens come from.
#[derive(Clone)]
pub(crate) enum Tokens {
    /// A stand-in on this machine gets a word that is no credential.
    StandIn,
    /// What is public gets none.
    Nobody,
    /// Tokens of a credential, for an audience.
    Of(Arc<dyn TokenCredential>, &'static str),
}

/// Resource Manager.
#[derive(Debug)]
pub(crate) struct Client {
    pipeline: Pipeline,
    bearer: Arc<Bearer>,
    base: Url,
    /// The address that links in answers may bear.
    official: Option<Url>,
    patience: Patience,
}

impl Client {
    /// A client for an address. `official` is the address that a stand-in stands for.
    pub(crate) fn new(
        base: Url,
        official: Option<Url>,
        tokens: Tokens,
        settings: &CollectSettings,
    ) -> Result<Self, reqwest::Error> {
        let stands_in = matches!(tokens, Tokens::StandIn);
        let options = ClientOptions {
            // Attempts are made around it: they belong into the ledger, and some delays it does not know.
            retry: RetryOptions::none(),
            transport: Some(transport(settings, stands_in)?),
            user_agent: UserAgentOptions {
                application_id: Some("orch".to_owned()),
            },
            ..ClientOptions::default()
        };
        let bearer = Arc::new(Bearer {
            tokens,
            kept: Mutex::new(None),
        });
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            options,
            Vec::new(),
            vec![bearer.clone()],
            None,
        );
        Ok(Self {
            pipeline,
            bearer,
            base,
            official,
            patience: Patience {
                attempt: settings.attempt,
                call: settings.call,
                attempts: settings.max_attempts.max(1),
            },
        })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn official(&self) -> Option<&Url> {
        self.official.as_ref()
    }

    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// Gets the first token, which the requests then use. None when it takes longer than a request may take.
    pub(crate) async fn sign_in(&self) -> Option<azure_core::Result<()>> {
        let token = tokio::time::timeout(self.patience.attempt, self.bearer.header()).await;
        Some(token.ok()?.map(drop))
    }

    /// Sends one request; any answer is one.
    pub(crate) async fn send(&self, request: &mut Request) -> azure_core::Result<RawResponse> {
        let unchecked = PipelineSendOptions {
            skip_checks: true,
            ..PipelineSendOptions::default()
        };
        self.pipeline
            .send(&Context::new(), request, Some(unchecked))
            .await
    }

    /// Sends one request whose answer may be large; any answer is one.
    pub(crate) async fn stream(
        &self,
        request: &mut Request,
    ) -> azure_core::Result<AsyncRawResponse> {
        let unchecked = PipelineStreamOptions {
            skip_checks: true,
            ..PipelineStreamOptions::default()
        };
        self.pipeline
            .stream(&Context::new(), request, Some(unchecked))
            .await
    }
}

/// The HTTP stack. The SDK's own has fixed time-outs and would send to a stand-in through a proxy.
pub(crate) fn transport(
    settings: &CollectSettings,
    stands_in: bool,
) -> Result<Transport, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(settings.connect)
        .read_timeout(settings.attempt)
        // A token must not follow to where an answer points.
        .redirect(reqwest::redirect::Policy::none());
    if stands_in {
        builder = builder.no_proxy();
    }
    Ok(Transport::new(Arc::new(builder.build()?)))
}

/// Puts the token on every request. The SDK's own policy refuses plain http, which a stand-in speaks.
struct Bearer {
    tokens: Tokens,
    kept: Mutex<Option<AccessToken>>,
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").finish_non_exhaustive()
    }
}

impl Bearer {
    async fn header(&self) -> azure_core::Result<Option<String>> {
        let (credential, audience) = match &self.tokens {
            Tokens::StandIn => return Ok(Some("Bearer stand-in".to_owned())),
            Tokens::Nobody => return Ok(None),
            Tokens::Of(credential, audience) => (credential, audience),
        };
        let mut kept = self.kept.lock().await;
        let fresh = |token: &AccessToken| token.expires_on > OffsetDateTime::now_utc() + MARGIN;
        let token = match kept.take().filter(fresh) {
            Some(token) => token,
            None => credential.get_token(&[audience], None).await?,
        };
        let header = format!("Bearer {}", token.token.secret());
        *kept = Some(token);
        Ok(Some(header))
    }
}

#[async_trait]
impl Policy for Bearer {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        if let Some(header) = self.header().await? {
            request.insert_header(AUTHORIZATION, header);
        }
        match next.split_first() {
            Some((following, rest)) => following.send(context, request, rest).await,
            None => Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Other,
                "the pipeline ends before its transport",
            )),
        }
    }
}
