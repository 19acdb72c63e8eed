//! governance.service: the services of Google that are switched on for the project.

use std::collections::BTreeSet;

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::GovernanceService;
use orch_model::{Dataset, Kind, Reach, Resource, Text};
use serde::Deserialize;
use serde_json::Value;

use super::parts::made;
use super::reading::{Reader, Reading};
use crate::convert::{Base, Malformed, required, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "serviceusage.services.list",
    "serviceusage.googleapis.com/v1/projects/{project}/services",
);

/// The largest page.
const PAGE: u64 = 200;

/// Services that an audit wants to see switched on. The list names only those that are: where it is whole
/// and lacks one of these, that one is off. Sorted; their names are Google's.
const WANTED: [&str; 5] = [
    "accessapproval.googleapis.com",
    "cloudasset.googleapis.com",
    "containerscanning.googleapis.com",
    "essentialcontacts.googleapis.com",
    "recommender.googleapis.com",
];

/// Enabled services.
pub(super) struct Services;

/// A service as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Service {
    state: Option<Text>,
}

impl Reader for Services {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "serviceusage.services",
        service: "serviceusage",
        datasets: &[Dataset::Kind(Kind::GovernanceService)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let ask = reading
            .ask(LIST)
            .query("filter", "state:ENABLED")
            // What else it tells of each service is large and the same for everybody.
            .query("fields", "services(name,state),nextPageToken")
            .query("pageSize", PAGE.to_string());
        let mut list = reading
            .caller
            .list(ask, Shape::Items("services"), Some(PAGE));
        let mut seen = BTreeSet::new();
        let mut whole = true;
        while let Some(page) = list.page().await? {
            let page = page.decoded::<Service>();
            if let Some(gap) = page.gap {
                whole = false;
                reading.not_read(gap);
            }
            for found in page.found {
                seen.insert(found.base.name());
                let made = one(reading.names, found);
                reading.push_all(LIST.permission, made.map(|service| vec![service]));
            }
        }
        for missing in WANTED
            .iter()
            .filter(|wanted| whole && !seen.contains(**wanted))
        {
            let service = service(reading.names, missing, false);
            reading.push(service);
        }
        Ok(())
    }
}

fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(LIST, Shape::Items("services"), body, |found| {
        Ok(vec![one(names, found)?])
    })
}

/// One service of the list.
fn one(names: Names<'_>, found: Found<Service>) -> Result<Resource, Malformed> {
    let state = required(found.own.state.as_deref(), "service without state")?;
    let name = Some(found.base.name()).filter(|name| !name.is_empty());
    let name = required(name, "service without name")?;
    Ok(service(names, &name, state == "ENABLED"))
}

fn service(names: Names<'_>, name: &str, enabled: bool) -> Resource {
    let body = GovernanceService {
        service: Text::new(name),
        enabled,
    };
    let uid = names.of("serviceusage", &format!("services/{name}"));
    let mut service = resource(names.at(None), uid, &Base::default(), body, []);
    service.name = Text::new(name);
    service
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    #[test]
    fn services_are_told_by_name_and_state() {
        let list = json!({"services": [
            {"name": "projects/123/services/compute.googleapis.com", "state": "ENABLED", "parent": "projects/123", "config": {"name": "compute.googleapis.com"}},
            {"name": "projects/123/services/dns.googleapis.com", "state": "DISABLED"},
            {"name": "projects/123/services/odd"},
        ]});
        let decoded = crate::decode("serviceusage.services", list.to_string().as_bytes()).unwrap();
        let all: Vec<_> = decoded
            .resources
            .iter()
            .map(|service| match &service.body {
                Body::GovernanceService(body) => (body.service.as_str(), body.enabled),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            all,
            [
                ("compute.googleapis.com", true),
                ("dns.googleapis.com", false)
            ]
        );
        assert_eq!(
            decoded.resources[0].uid.as_str(),
            "//serviceusage.googleapis.com/projects/project/services/compute.googleapis.com"
        );
        assert_eq!(
            decoded.gap.unwrap().detail,
            "serviceusage.services.list service without state"
        );
    }

    #[test]
    fn the_wanted_are_sorted() {
        assert!(WANTED.is_sorted());
    }
}
