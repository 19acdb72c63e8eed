//! The addresses that stand in for AWS: the variables that name them, and how the circuit knows a host.

use orch_collect::Url;
use orch_collect::endpoint::{Unfit, fit};

use crate::auth_error::AwsAuthError;

/// The variables that move one of our services elsewhere, the general one first.
pub(crate) const VARIABLES: [&str; 9] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_AUTO_SCALING",
    "AWS_ENDPOINT_URL_EKS",
    "AWS_ENDPOINT_URL_RDS",
    "AWS_ENDPOINT_URL_CLOUDWATCH",
    "AWS_ENDPOINT_URL_COST_EXPLORER",
    "AWS_ENDPOINT_URL_S3",
];

/// Those of what is fetched without the SDK, the closest one first.
pub(crate) const PRICING: [&str; 2] = ["AWS_ENDPOINT_URL_PRICING", "AWS_ENDPOINT_URL"];
pub(crate) const S3: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

/// The address that the first of these variables names, without a slash at its end.
pub(crate) fn stand_in(
    variables: &[&'static str],
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, AwsAuthError> {
    let named = variables
        .iter()
        .find_map(|name| Some((*name, variable(name).filter(|url| !url.is_empty())?)));
    let Some((variable, url)) = named else {
        return Ok(None);
    };
    match fit(&url) {
        Ok(_) => Ok(Some(url.trim_end_matches('/').to_owned())),
        Err(unfit) => Err(match unfit {
            Unfit::PlainHttp => AwsAuthError::PlainHttp { variable, url },
            Unfit::NotHttp => AwsAuthError::BadEndpoint { variable, url },
        }),
    }
}

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

    #[test]
    fn the_closest_variable_names_the_stand_in() {
        let of = |variables: &[(&str, &str)]| {
            stand_in(&S3, |name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, url)| (*url).to_owned())
            })
        };
        let all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1/");
        let own = ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2");
        assert_eq!(of(&[]).unwrap(), None);
        assert_eq!(of(&[all]).unwrap().as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(
            of(&[all, own]).unwrap().as_deref(),
            Some("http://127.0.0.1:2")
        );
        let elsewhere = of(&[("AWS_ENDPOINT_URL_S3", "http://bills.example")]).unwrap_err();
        assert!(elsewhere.to_string().contains("AWS_ENDPOINT_URL_S3"));
    }
}
