//! Where requests go: to the host that serves an API, or below one address that stands in for all of them.

use std::net::IpAddr;

/// The variable that names an address to ask in place of Google Cloud.
pub(crate) const VARIABLE: &str = "ORCH_GCP_ENDPOINT_URL";

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Plain http to a host that is not this machine.
    PlainHttp,
    /// Not an http address at all.
    NotHttp,
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Endpoint {
    /// The address that stands in for all hosts, without a slash at its end.
    instead: Option<String>,
}

impl Endpoint {
    /// Everything below this address: `http://127.0.0.1:8080`.
    pub(crate) fn instead(url: &str) -> Result<Self, Unfit> {
        check(url)?;
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

/// Whether requests may be sent to this address.
fn check(url: &str) -> Result<(), Unfit> {
    let (scheme, rest) = url.split_once("://").ok_or(Unfit::NotHttp)?;
    let host = host(rest).ok_or(Unfit::NotHttp)?;
    if scheme.eq_ignore_ascii_case("https") {
        Ok(())
    } else if !scheme.eq_ignore_ascii_case("http") {
        Err(Unfit::NotHttp)
    } else if is_loopback(host) {
        Ok(())
    } else {
        Err(Unfit::PlainHttp)
    }
}

/// The host of what follows the scheme, without user, port and brackets.
fn host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
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
    fn plain_http_goes_to_this_machine_only() {
        for fit in [
            "https://replay.example",
            "http://127.0.0.1:5000",
            "http://localhost:4566/",
            "http://[::1]:5000",
        ] {
            assert!(Endpoint::instead(fit).is_ok(), "{fit}");
        }
        for plain in [
            "http://replay.example:5000",
            "http://10.0.0.1",
            "http://127.0.0.1@evil.example/",
            "http://evil.example\\@127.0.0.1/",
            "http://localhost.evil.example",
        ] {
            assert_eq!(Endpoint::instead(plain), Err(Unfit::PlainHttp), "{plain}");
        }
        for other in ["127.0.0.1:5000", "ftp://127.0.0.1", "http://", ""] {
            assert_eq!(Endpoint::instead(other), Err(Unfit::NotHttp), "{other}");
        }
    }
}
