//! series.gateway-bytes: what NAT gateways pass on, by the hour.

use orch_collect::CollectorSpec;
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic, Time};

use super::metrics::{Measured, OPERATION};
use super::wanted::{Part, Wanted};

/// What goes out of a gateway on either side. What comes in is the same bytes once more.
const SENT: [&str; 2] = ["BytesOutToDestination", "BytesOutToSource"];

/// Bytes in both directions.
pub(super) struct GatewayBytes;

impl Measured for GatewayBytes {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.gateways",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::GatewayBytes)],
        reach: Reach::PerRegion,
        after: &["ec2.nat-gateways"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const RESOURCES: &'static str = "NAT gateways";
    const LEFT_OUT: &'static str = "those that failed are left out";

    fn of(resource: &Resource, _: Option<Time>) -> Vec<Wanted> {
        let works = match &resource.body {
            Body::NetworkGateway(gateway) => {
                gateway.purpose == "nat"
                    && gateway.state.value().is_none_or(|state| state != "failed")
            }
            _ => false,
        };
        if !works {
            return Vec::new();
        }
        let id = ("NatGatewayId", resource.uid.short());
        let parts = SENT.map(|name| Part::of("AWS/NATGateway", name, id));
        vec![Wanted::sum(
            &resource.uid,
            Metric::GatewayBytes,
            Statistic::Sum,
            parts.to_vec(),
        )]
    }
}
