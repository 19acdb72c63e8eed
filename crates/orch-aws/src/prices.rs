//! The AWS Price List: offer files of a few services, one a region. They are public.

use std::fs::File;
use std::io::{BufReader, Seek as _};

use async_trait::async_trait;
use orch_collect::{CollectError, CollectSettings, PriceList, PricePart, Run};
use orch_model::Text;
use serde_json::Value;

use crate::auth_error::AwsAuthError;
use crate::endpoint::{PRICING, stand_in};
use crate::error::Failure;
use crate::plain::Plain;

/// Requests that anybody may send.
pub(crate) const INDEX: &str = "pricelist:GetRegionIndex";
pub(crate) const OFFER: &str = "pricelist:GetOfferFile";

/// Where the list is.
const OFFICIAL: &str = "https://pricing.us-east-1.amazonaws.com";

/// The AWS Price List.
#[derive(Debug)]
pub struct AwsPrices {
    plain: Plain,
    base: String,
    offers: Vec<String>,
}

impl AwsPrices {
    /// A client without credentials, of these offers.
    ///
    /// # Errors
    /// When a stand-in is named that is none.
    pub fn new(
        settings: &CollectSettings,
        run: &Run,
        offers: &[&str],
    ) -> Result<Self, AwsAuthError> {
        let named = stand_in(&PRICING, |name| std::env::var(name).ok())?;
        Ok(Self {
            plain: Plain::new(settings, run),
            base: named.unwrap_or_else(|| OFFICIAL.to_owned()),
            offers: offers.iter().map(|&offer| offer.to_owned()).collect(),
        })
    }

    /// Where the offer files of the regions are: the newest of each.
    async fn index(&self, offer: &str) -> Result<Vec<(String, String)>, CollectError> {
        let url = format!(
            "{}/offers/v1.0/aws/{offer}/current/region_index.json",
            self.base
        );
        let odd = |what| CollectError::from(Failure::undecodable(INDEX, what));
        let mut file = tempfile::tempfile()
            .map_err(|error| odd("the index cannot be kept").caused_by(error))?;
        let got = self.plain.get(INDEX, &url, None, &mut file).await;
        got.map_err(|refusal| CollectError::from(refusal.failure))?;
        file.rewind()
            .map_err(|error| odd("the index cannot be kept").caused_by(error))?;
        let index: Value = serde_json::from_reader(BufReader::new(file))
            .map_err(|_| odd("the index is not JSON"))?;
        let regions = index["regions"].as_object();
        let regions = regions.ok_or_else(|| odd("the index has no regions"))?;
        let place = |region: &Value| {
            let path = region["currentVersionUrl"].as_str()?;
            // The same file in the form in which a row is a price.
            let path = path.strip_suffix(".json")?;
            let fit = path.starts_with("/offers/v1.0/aws/")
                && path
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
            fit.then(|| format!("{path}.csv"))
        };
        let found = regions
            .iter()
            .filter(|(name, _)| is_region(name))
            .map(|(name, region)| Some((name.clone(), place(region)?)));
        let found: Option<Vec<(String, String)>> = found.collect();
        found.ok_or_else(|| odd("the index has a region without a file"))
    }
}

/// `us-east-1`, and no zone beside a region: `us-west-2-lax-1`.
fn is_region(name: &str) -> bool {
    let last = name.rsplit('-').next().unwrap_or_default();
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let numbers = name
        .split('-')
        .filter(|part| part.parse::<u32>().is_ok())
        .count();
    plain && numbers == 1 && last.parse::<u32>().is_ok()
}

#[async_trait]
impl PriceList for AwsPrices {
    /// One part an offer and region.
    async fn parts(&self, _: &[Text]) -> Result<Vec<PricePart>, CollectError> {
        let mut parts = Vec::new();
        for offer in &self.offers {
            let files = self.index(offer).await?;
            for (region, place) in files {
                parts.push(PricePart {
                    name: format!("{offer}.{region}"),
                    place,
                    region: Some(region),
                });
            }
        }
        // A region is whole when its last offer is there: one after the other.
        let region = |part: &PricePart| {
            part.name
                .split_once('.')
                .map(|(_, region)| region.to_owned())
        };
        parts.sort_by_key(region);
        Ok(parts)
    }

    async fn page(
        &self,
        part: &PricePart,
        _: Option<&str>,
        to: &mut File,
    ) -> Result<Option<String>, CollectError> {
        let url = format!("{}{}", self.base, part.place);
        let got = self.plain.get(OFFER, &url, None, to).await;
        got.map_err(|refusal| CollectError::from(refusal.failure))?;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_beside_a_region_are_none() {
        for region in ["us-east-1", "ap-southeast-7", "us-gov-west-1", "cn-north-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in [
            "us-west-2-lax-1",
            "us-east-1-wl1-bos-wlz-1",
            "Any",
            "",
            "global",
            "us-east-1/..",
        ] {
            assert!(!is_region(other), "{other}");
        }
    }
}
