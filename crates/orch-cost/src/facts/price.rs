//! `price`: what a resource costs a month at list price.

use orch_engine::{Fact, FactSpec};
use orch_model::{Field, Kind};

use super::{Derived, schema_of, unseen};
use crate::Price;

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "price",
        kinds: &[
            Kind::ComputeInstance,
            Kind::ContainerCluster,
            Kind::DatabaseServer,
            Kind::NetworkAddress,
            Kind::NetworkGateway,
            Kind::NetworkLoadBalancer,
            Kind::StorageSnapshot,
            Kind::StorageVolume,
        ],
        schema: schema_of::<Price>,
        needs: &[],
        about: "List price of a month of 730 hours, with its formula, source and date; of a stopped instance what it would cost running, of a snapshot at most; of load balancers, gateways, database servers and clusters what being there costs, without what passes through, storage and nodes.",
    };
    Derived::boxed(spec, |resource, _| {
        crate::price(resource)
            .map(|price| Field::Value(price).into())
            .map_err(unseen)
    })
}
