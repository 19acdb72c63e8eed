//! The price list of Google Cloud: the Cloud Billing Catalog, a few services of it, page by page.

use std::fs::File;
use std::io::Write as _;

use async_trait::async_trait;
use orch_collect::{CollectError, CollectSettings, PriceList, PricePart, Run};
use orch_model::{Cause, Page, Text};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::auth::{self, GcpOptions};
use crate::auth_error::GcpAuthError;
use crate::call::{Ask, Caller};
use crate::error::Failure;
use crate::operations::{Api, get};

/// What is for sale of a service. Whoever has credentials may read it.
const SKUS: Api = get(
    "cloudbilling.services.skus.list",
    "cloudbilling.googleapis.com/v1/services/{service}/skus",
);
#[cfg(test)]
pub(crate) const FETCHES: [Api; 1] = [SKUS];

/// The largest page that there is.
const PAGE: u64 = 5_000;

/// The Cloud Billing Catalog.
#[derive(Debug)]
pub struct GcpPrices {
    caller: Caller,
    services: Vec<String>,
}

impl GcpPrices {
    /// Finds credentials for it: an API key (`GOOGLE_API_KEY`), or application default credentials.
    ///
    /// # Errors
    /// When there are none that hold.
    pub async fn connect(
        options: &GcpOptions,
        settings: &CollectSettings,
        run: &Run,
        services: &[&str],
    ) -> Result<Self, GcpAuthError> {
        let client = auth::connect_with_key(options, settings).await?;
        Ok(Self {
            caller: Caller::discovery(&client, run, None),
            services: services.iter().map(|&service| service.to_owned()).collect(),
        })
    }
}

#[async_trait]
impl PriceList for GcpPrices {
    /// One part a service: each holds all regions.
    async fn parts(&self, _: &[Text]) -> Result<Vec<PricePart>, CollectError> {
        let part = |service: &String| PricePart {
            name: service.clone(),
            place: service.clone(),
            region: None,
        };
        Ok(self.services.iter().map(part).collect())
    }

    async fn page(
        &self,
        part: &PricePart,
        from: Option<&str>,
        to: &mut File,
    ) -> Result<Option<String>, CollectError> {
        let mut ask = Ask::new(SKUS)
            .with("service", part.place.as_str())
            .query("currencyCode", "USD")
            .query("pageSize", PAGE.to_string());
        if let Some(token) = from {
            ask = ask.query("pageToken", token);
        }
        let page = Page {
            most: Some(PAGE),
            first: from.is_none(),
        };
        let skus = |answer: &Value| answer["skus"].as_array().map_or(0, Vec::len);
        let answer = self
            .caller
            .charged(&ask, Decimal::ZERO, Some(page), skus)
            .await?;
        let operation = SKUS.permission;
        let next = match answer.get("nextPageToken") {
            None | Some(Value::Null) => None,
            Some(Value::String(token)) => Some(token.clone()).filter(|token| !token.is_empty()),
            Some(_) => {
                let failure = Failure::new(operation, Cause::PagingBroken, "nextPageToken");
                return Err(failure.into());
            }
        };
        let bytes = answer.to_string();
        to.write_all(bytes.as_bytes()).map_err(|error| {
            let failure = Failure::new(operation, Cause::Undecodable, "the page cannot be kept");
            CollectError::from(failure).caused_by(error)
        })?;
        Ok(next)
    }
}
