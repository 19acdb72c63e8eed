//! `traffic`: what a load balancer or a gateway passes on.

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Dataset, Field, Kind, Metric, Resource};

use super::{Derived, Found, digests, no_points, schema_of};
use crate::counted::{Counted, counted};

pub(super) fn of_balancer() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "traffic",
        kinds: &[Kind::NetworkLoadBalancer],
        schema: schema_of::<Counted>,
        needs: &[Dataset::Series(Metric::BalancerRequests)],
        about: "Requests by UTC day; where the cloud counts none for such a balancer, new connections or packets, of which there are no fewer.",
    };
    Derived::boxed(spec, |resource, inventory| {
        derive(resource, inventory, Metric::BalancerRequests)
    })
}

pub(super) fn of_gateway() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "traffic",
        kinds: &[Kind::NetworkGateway],
        schema: schema_of::<Counted>,
        needs: &[Dataset::Series(Metric::GatewayBytes)],
        about: "Bytes that a NAT gateway passes on in both directions, by UTC day.",
    };
    Derived::boxed(spec, |resource, inventory| {
        derive(resource, inventory, Metric::GatewayBytes)
    })
}

fn derive(
    resource: &Resource,
    inventory: &Inventory<'_>,
    metric: Metric,
) -> Result<Found<Counted>, Unseen> {
    let digests = digests(resource, inventory, metric)?;
    let found = counted(&digests).ok_or_else(|| no_points("traffic"))?;
    Ok(Field::Value(found).into())
}
