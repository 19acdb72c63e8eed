//! Where requests go: to the host that serves an API, or below one address that stands in for all of them.

use orch_collect::endpoint::{Unfit, fit};

/// The variable that names an address to ask in place of Google Cloud.
pub(crate) const VARIABLE: &str = "ORCH_GCP_ENDPOINT_URL";

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Endpoint {
    /// The address that stands in for all hosts, without a slash at its end.
    instead: Option<String>,
}

impl Endpoint {
    /// Everything below this address: `http://127.0.0.1:8080`.
    pub(crate) fn instead(url: &str) -> Result<Self, Unfit> {
        fit(url)?;
        Ok(Self {
            instead: Some(url.trim_end_matches('/').to_owned()),
        })
    }

    /// Whether requests go elsewhere than to Google Cloud; then no credentials are sent.
    pub(crate) fn is_instead(&self) -> bool {
        self.instead.is_some()
    }

    /// The address of a host and a path as one: `compute.googleapis.com/compute/v1/projects/p`.
    pub(crate) fn url(&self, host_and_path: &str) -> String {
        match &self.instead {
            Some(base) => format!("{base}/host/{host_and_path}"),
            None => format!("https://{host_and_path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_has_its_place_below_the_address_that_stands_in() {
        let path = "compute.googleapis.com/compute/v1/projects/p/regions";
        assert_eq!(
            Endpoint::default().url(path),
            "https://compute.googleapis.com/compute/v1/projects/p/regions"
        );
        let instead = Endpoint::instead("http://127.0.0.1:8080/").unwrap();
        assert_eq!(
            instead.url(path),
            "http://127.0.0.1:8080/host/compute.googleapis.com/compute/v1/projects/p/regions"
        );
    }

    #[test]
    fn only_a_fit_address_stands_in() {
        let plain = Endpoint::instead("http://replay.example:5000");
        assert_eq!(plain, Err(Unfit::PlainHttp));
    }
}
