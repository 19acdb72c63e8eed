//! `price`: what a resource costs a month at list price.

use orch_engine::{Fact, FactSpec};
use orch_model::{Field, Kind};

use super::{Derived, schema_of, unseen};
use crate::Price;
use crate::catalog::Prices;

pub(super) fn fact(prices: Prices) -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "price",
        kinds: &[
            Kind::ComputeCapacityReservation,
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
        about: "List price of a month of 730 hours, with its formula, source and date; of a stopped instance what it would cost running, of a snapshot at most; of a capacity reservation what no instance uses; of load balancers, gateways, database servers and clusters what being there costs, without what passes through, storage and nodes.",
    };
    Derived::priced(prices, spec, |prices, resource, _| {
        crate::price(prices, resource)
            .map(|price| Field::Value(price).into())
            .map_err(unseen)
    })
}
