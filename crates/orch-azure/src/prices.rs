//! The price list of Azure: the Retail Prices API, region by region. It is public.

use std::fs::File;
use std::io::Write as _;

use async_trait::async_trait;
use azure_core::http::Url;
use orch_collect::{CollectError, CollectSettings, PriceList, PricePart, Run};
use orch_model::{Cause, Page, Text};
use serde_json::Value;

use crate::auth;
use crate::auth_error::AzureAuthError;
use crate::call::{Ask, Caller, link};
use crate::client::{Client, Tokens};
use crate::collect::Source;
use crate::error::Failure;

/// Meters. Everybody may read them.
pub(crate) const PRICES: Source = Source::get(
    "Microsoft.Commerce/retailPrices/read",
    "/api/retail/prices",
    "2023-01-01-preview",
);

/// Where the API is.
const OFFICIAL: &str = "https://prices.azure.com/";

/// The region of meters that are the same everywhere.
const GLOBAL: &str = "Global";

/// The service of which only disks are asked for: it has more meters than all others together.
const STORAGE: &str = "Storage";
const DISKS: &str = "Managed Disks";

/// The Retail Prices API.
#[derive(Debug)]
pub struct AzurePrices {
    client: Client,
    caller: Caller,
    /// Which services are asked for, in the API's own words.
    services: String,
}

impl AzurePrices {
    /// A client without credentials, of these services.
    ///
    /// # Errors
    /// When a stand-in is named that is none.
    pub fn new(
        settings: &CollectSettings,
        run: &Run,
        services: &[&str],
    ) -> Result<Self, AzureAuthError> {
        let broken = |what: String| AzureAuthError::Client { what };
        let official = Url::parse(OFFICIAL).map_err(|error| broken(error.to_string()))?;
        let client = match auth::stand_in_for(official.clone(), settings)? {
            Some(client) => client,
            None => Client::new(official, None, Tokens::Nobody, settings)
                .map_err(|error| broken(error.to_string()))?,
        };
        let one = |service: &&str| match *service {
            STORAGE => format!("(serviceName eq '{STORAGE}' and contains(productName, '{DISKS}'))"),
            service => format!("serviceName eq '{service}'"),
        };
        let services: Vec<String> = services.iter().map(one).collect();
        Ok(Self {
            client,
            caller: Caller::discovery(run, None),
            services: services.join(" or "),
        })
    }

    fn first(&self, region: &str) -> Ask {
        let services = &self.services;
        let filter =
            format!("armRegionName eq '{region}' and priceType eq 'Consumption' and ({services})");
        let query = [("currencyCode", "USD"), ("$filter", filter.as_str())];
        Ask::new(&self.client, &PRICES, PRICES.path, query, None)
    }
}

#[async_trait]
impl PriceList for AzurePrices {
    /// One part a region, and one for what is the same everywhere.
    async fn parts(&self, regions: &[Text]) -> Result<Vec<PricePart>, CollectError> {
        let odd = |region: &&Text| !region.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if regions.iter().any(|region| odd(&region)) {
            let what = "a region of Azure has letters and digits only";
            return Err(Failure::new(PRICES.operation, Cause::Denied, what).into());
        }
        let names = regions.iter().map(Text::as_str).chain([GLOBAL]);
        let part = |region: &str| PricePart {
            name: region.to_owned(),
            place: region.to_owned(),
            region: None,
        };
        Ok(names.map(part).collect())
    }

    async fn page(
        &self,
        part: &PricePart,
        from: Option<&str>,
        to: &mut File,
    ) -> Result<Option<String>, CollectError> {
        let mut ask = self.first(&part.place);
        if let Some(link) = from {
            ask = ask.follow(&self.client, link)?;
        }
        let page = Page {
            most: None,
            first: from.is_none(),
        };
        let meters = |body: &Value| body["Items"].as_array().map_or(0, Vec::len);
        let answer = self
            .caller
            .call(&self.client, &ask, Some(page), meters)
            .await?;
        let next = link(PRICES.operation, &answer.body, "NextPageLink")?;
        let bytes = answer.body.to_string();
        to.write_all(bytes.as_bytes()).map_err(|error| {
            let failure = Failure::undecodable(PRICES.operation, "the page cannot be kept");
            CollectError::from(failure).caused_by(error)
        })?;
        Ok(next.filter(|link| !link.is_empty()).map(str::to_owned))
    }
}
