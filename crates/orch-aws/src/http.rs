//! One HTTP stack for all clients: connections are shared, and certificates are read once, when needed.

use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// The client that every SDK client is given. The SDK's own reads the certificates of the system again for
/// each client it is part of.
#[derive(Debug, Clone)]
pub(crate) struct Shared(SharedHttpConnector);

impl Shared {
    /// With these time-outs.
    pub(crate) fn new(settings: HttpConnectorSettings) -> Self {
        let stacks = Stacks {
            settings,
            tls: OnceLock::new(),
            plain: OnceLock::new(),
        };
        Self(SharedHttpConnector::new(stacks))
    }
}

impl HttpConnector for Shared {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.call(request)
    }
}

impl HttpClient for Shared {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.clone()
    }
}

/// The two ways out, each made when first used.
#[derive(Debug)]
struct Stacks {
    settings: HttpConnectorSettings,
    tls: OnceLock<Arc<Connector>>,
    plain: OnceLock<Arc<Connector>>,
}

impl Stacks {
    fn builder(&self) -> ConnectorBuilder {
        Connector::builder().connector_settings(self.settings.clone())
    }

    /// With the system's certificates, through the proxy that the environment names.
    fn tls(&self) -> Connector {
        self.builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build()
    }

    /// For plain http, which stays on this machine: no certificates to read, and never a proxy.
    fn plain(&self) -> Connector {
        let builder = self
            .builder()
            .proxy_config(ProxyConfig::disabled())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        match TlsContext::builder()
            .with_trust_store(TrustStore::empty())
            .build()
        {
            Ok(context) => builder.tls_context(context).build(),
            Err(_) => builder.build(),
        }
    }
}

impl HttpConnector for Stacks {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = if request.uri().starts_with("http:") {
            self.plain.get_or_init(|| Arc::new(self.plain()))
        } else {
            self.tls.get_or_init(|| Arc::new(self.tls()))
        };
        connector.call(request)
    }
}
