//! The addresses that stand in for AWS: the variables that name them, and how the circuit knows a host.

use orch_collect::Url;

/// The variables that move one of our services elsewhere, the general one first.
pub(crate) const VARIABLES: [&str; 8] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_AUTO_SCALING",
    "AWS_ENDPOINT_URL_EKS",
    "AWS_ENDPOINT_URL_RDS",
    "AWS_ENDPOINT_URL_CLOUDWATCH",
    "AWS_ENDPOINT_URL_COST_EXPLORER",
];

/// Host and port of an address, as the circuit knows a host.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circuit_knows_a_host_with_its_port() {
        let of = |url: &str| authority(&url.parse().unwrap());
        assert_eq!(of("http://127.0.0.1:5000/path?x"), "127.0.0.1:5000");
        assert_eq!(of("https://u:p@ec2.aws/"), "ec2.aws");
    }
}
