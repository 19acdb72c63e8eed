//! Which addresses requests may go to: https anywhere, plain http only to this machine.

use url::{Host, Url};

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Plain http to a host that is not this machine.
    PlainHttp,
    /// Not an http address at all.
    NotHttp,
}

/// The address, if what travels to it cannot be read on the way.
///
/// # Errors
/// What is wrong with it.
pub fn fit(address: &str) -> Result<Url, Unfit> {
    // Readers of addresses differ in what a backslash or a space means, and so in which host they find.
    if address.contains(['\\', ' ']) || address.contains(char::is_control) {
        return Err(Unfit::NotHttp);
    }
    let url = Url::parse(address).map_err(|_| Unfit::NotHttp)?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(Unfit::PlainHttp),
        _ => Err(Unfit::NotHttp),
    }
}

/// Whether its host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for good in [
            "https://ec2.eu-west-1.amazonaws.com",
            "http://127.0.0.1:5000",
            "http://127.8.8.8/x",
            "http://localhost:4566/",
            "http://[::1]:5000",
            "HTTPS://proxy.example",
        ] {
            assert!(fit(good).is_ok(), "{good}");
        }
        for plain in [
            "http://moto.example:5000",
            "http://10.0.0.1",
            "http://127.0.0.1@evil.example/",
            "http://localhost.evil.example",
            "http://[2001:db8::1]:80",
        ] {
            assert_eq!(fit(plain), Err(Unfit::PlainHttp), "{plain}");
        }
        for other in [
            "127.0.0.1:5000",
            "ftp://127.0.0.1",
            "http://",
            "",
            "http://evil.example\\@127.0.0.1/",
            "http://127.0.0.1\\@evil.example/",
            "http://127.0.0.1\t.evil.example/",
        ] {
            assert_eq!(fit(other), Err(Unfit::NotHttp), "{other}");
        }
    }
}
