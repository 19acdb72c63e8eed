//! container.registry: container registries.

use orch_collect::CollectorSpec;
use orch_model::kind::ContainerRegistry;
use orch_model::{Dataset, Field, Kind, Reach, Resource};

use super::common::{enabled, private_endpoints};
use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::resource;
use crate::node::Malformed;

const READ: &str = "Microsoft.ContainerRegistry/registries/read";

/// Container registries.
pub(super) struct Registries;

impl ArmList for Registries {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "container.registries",
        service: "container",
        datasets: &[Dataset::Kind(Kind::ContainerRegistry)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries",
        "2023-07-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let body = ContainerRegistry {
            sku: of.seen_text("sku.name")?,
            public_access: enabled(of, "properties.publicNetworkAccess")?,
            admin_user: of.seen_bool("properties.adminUserEnabled")?,
            anonymous_pull: of.seen_bool("properties.anonymousPullEnabled")?,
            customer_key: enabled(of, "properties.encryption.status")?,
            private_endpoints: private_endpoints(of)?,
        };
        let made = Field::seen(of.time("properties.creationDate")?);
        Ok(vec![resource(around.names, of, made, body, [])?])
    }
}

#[cfg(test)]
mod tests {
    use super::super::standin;
    use super::*;

    #[tokio::test]
    async fn a_registry_tells_its_doors() {
        let read = standin::read("container.registries", "registries").await;
        assert!(read.is_whole(), "{read:?}");
        let [registry] = &read.bodies(|body| match body {
            orch_model::Body::ContainerRegistry(body) => Some(&**body),
            _ => None,
        })[..] else {
            panic!("{read:?}");
        };
        assert_eq!(registry.sku, Field::Value("Premium".into()));
        assert_eq!(registry.admin_user, Field::Value(true));
        assert_eq!(registry.anonymous_pull, Field::Value(false));
        assert_eq!(registry.public_access, Field::Value(true));
        assert_eq!(registry.customer_key, Field::Value(false));
        assert_eq!(registry.private_endpoints, Field::Value(1));
    }
}
