//! dns.zone: zones of Cloud DNS with how they are signed.

use orch_collect::CollectorSpec;
use orch_model::kind::DnsZone;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, required, resource, sorted, time};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "dns.managedZones.list",
    "dns.googleapis.com/dns/v1/projects/{project}/managedZones",
);

/// Zones.
pub(super) struct DnsZones;

/// A zone as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Zone {
    dns_name: Option<Text>,
    visibility: Option<Text>,
    creation_time: Option<Text>,
    dnssec_config: Option<Dnssec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Dnssec {
    state: Option<Text>,
    default_key_specs: Option<Vec<KeySpec>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KeySpec {
    key_type: Option<Text>,
    algorithm: Option<Text>,
}

impl Listed for DnsZones {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "dns.zones",
        service: "dns",
        datasets: &[Dataset::Kind(Kind::DnsZone)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("managedZones");
    const PAGE: (&'static str, u64) = ("maxResults", 500);
    type Element = Zone;

    fn resources(names: Names<'_>, found: Found<Zone>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let signs = own.dnssec_config.as_ref();
        let specs = signs.and_then(|signs| signs.default_key_specs.as_ref());
        let body = DnsZone {
            domain: required(own.dns_name.clone(), "zone without domain")?,
            // From before there were private ones.
            public: Field::Value(
                own.visibility
                    .as_deref()
                    .is_none_or(|word| word == "public"),
            ),
            // Who never set it up has it off. `transfer` is signed, and takes foreign keys.
            dnssec: Field::Value(
                signs
                    .and_then(|signs| signs.state.as_deref())
                    .is_some_and(|state| state != "off"),
            ),
            key_algorithms: match (signs, specs) {
                (None, _) => Field::None,
                (Some(_), None) => Field::NotRead,
                (Some(_), Some(specs)) => Field::Value(sorted(specs.iter().filter_map(|spec| {
                    let (kind, algorithm) = (spec.key_type.as_ref()?, spec.algorithm.as_ref()?);
                    Some(Text::from(format!("{kind} {algorithm}")))
                }))),
            },
        };
        let uid = names.of("dns", &format!("managedZones/{}", base.name()));
        let mut zone = resource(names.at(None), uid, base, body, []);
        zone.created_at = Field::seen(own.creation_time.as_deref().and_then(time));
        Ok(vec![zone])
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;

    use super::*;
    use crate::collect::parts::wire;

    #[test]
    fn zones_tell_who_may_ask_and_what_signs() {
        let decoded = crate::decode("dns.zones", &wire("dns-zones")).unwrap();
        assert_eq!(decoded.gap, None);
        let zones: Vec<_> = decoded
            .resources
            .iter()
            .map(|zone| match &zone.body {
                Body::DnsZone(zone) => zone,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            (zones[0].domain.as_str(), zones[0].public, zones[0].dnssec),
            ("example.com.", Field::Value(true), Field::Value(true))
        );
        assert_eq!(
            zones[0].key_algorithms.value().unwrap(),
            &["keySigning rsasha1", "zoneSigning rsasha256"]
        );
        assert_eq!(
            (zones[1].public, zones[1].dnssec),
            (Field::Value(false), Field::Value(false))
        );
        assert_eq!(zones[1].key_algorithms, Field::None);
        assert_eq!(zones[2].dnssec, Field::Value(false));
        assert!(decoded.resources[0].created_at.value().is_some());
        assert_eq!(decoded.resources[0].tag("team"), Field::Value("web"));
    }
}
