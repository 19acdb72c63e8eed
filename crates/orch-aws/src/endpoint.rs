//! Which addresses requests may go to: https anywhere, plain http only to this machine.

use std::net::IpAddr;

/// The variables that move one of our services elsewhere, the general one first.
pub(crate) const VARIABLES: [&str; 5] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_CLOUDWATCH",
    "AWS_ENDPOINT_URL_COST_EXPLORER",
];

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Plain http to a host that is not this machine.
    PlainHttp,
    /// Not an http address at all.
    NotHttp,
}

/// Whether signed requests may be sent to this address.
pub(crate) fn check(url: &str) -> Result<(), Unfit> {
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

/// Host and port of an address, as the circuit knows a host.
pub(crate) fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// The host of what follows the scheme, without user, port and brackets.
fn host(rest: &str) -> Option<&str> {
    let authority = authority(rest);
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
    fn plain_http_goes_to_this_machine_only() {
        for fit in [
            "https://ec2.eu-west-1.amazonaws.com",
            "http://127.0.0.1:5000",
            "http://127.8.8.8/x",
            "http://localhost:4566/",
            "http://[::1]:5000",
            "HTTPS://proxy.example",
        ] {
            assert_eq!(check(fit), Ok(()), "{fit}");
        }
        for plain in [
            "http://moto.example:5000",
            "http://10.0.0.1",
            "http://127.0.0.1@evil.example/",
            "http://localhost.evil.example",
            "http://[2001:db8::1]:80",
        ] {
            assert_eq!(check(plain), Err(Unfit::PlainHttp), "{plain}");
        }
        for other in ["127.0.0.1:5000", "ftp://127.0.0.1", "http://", ""] {
            assert_eq!(check(other), Err(Unfit::NotHttp), "{other}");
        }
    }

    #[test]
    fn the_circuit_knows_a_host_with_its_port() {
        assert_eq!(authority("http://127.0.0.1:5000/path?x"), "127.0.0.1:5000");
        assert_eq!(authority("https://u:p@ec2.aws/"), "ec2.aws");
    }
}
