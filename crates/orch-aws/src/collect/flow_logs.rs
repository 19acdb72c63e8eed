//! network.flow-log: flow logs of networks, subnets and interfaces.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_flow_logs::DescribeFlowLogsOutput;
use aws_sdk_ec2::types::FlowLog;
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::NetworkFlowLog;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::ec2::{Ec2List, free, page};
use crate::call::List;
use crate::convert::{Malformed, links, name, required, resource, tags, time};
use crate::names::Names;

/// Flow logs.
pub(super) struct FlowLogs;

impl Ec2List for FlowLogs {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.flow-logs",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkFlowLog)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeFlowLogs")],
    };
    type Page = DescribeFlowLogsOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_flow_logs(), flow_logs)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.flow_logs()
            .iter()
            .map(|found| flow_log(names, found))
            .collect()
    }
}

/// One flow log.
fn flow_log(names: Names<'_>, found: &FlowLog) -> Result<Resource, Malformed> {
    let id = required(found.flow_log_id(), "flow log without id")?;
    let tags = tags(found.tags());
    let target = required(found.resource_id(), "flow log without target")?;
    let target = names.ec2(None, target_kind(target), target);
    let links: Vec<_> = links(Relation::AttachedTo, [&target]).collect();
    let body = NetworkFlowLog {
        target,
        active: found
            .flow_log_status()
            .is_some_and(|it| it.eq_ignore_ascii_case("ACTIVE")),
        // Left out for transit gateways, whose traffic is always recorded whole.
        traffic: Text::from(
            found
                .traffic_type()
                .map_or("all", |it| it.as_str())
                .to_ascii_lowercase(),
        ),
        destination: Field::seen(
            found
                .log_destination_type()
                .map(|it| Text::new(it.as_str())),
        ),
        retention_days: Field::NotRead,
        analysed: Field::None,
        delivering: Field::seen(
            found
                .deliver_logs_status()
                .map(|it| it.eq_ignore_ascii_case("SUCCESS")),
        ),
    };
    let created_at = Field::seen(found.creation_time().and_then(time));
    let (uid, name) = (names.ec2(None, "vpc-flow-log", id), name(&tags, id));
    Ok(resource(
        names,
        uid,
        name,
        Field::Value(tags),
        created_at,
        body,
        links,
    ))
}

/// What sort of thing an id names.
fn target_kind(id: &str) -> &'static str {
    match id.split('-').next() {
        Some("vpc") => "vpc",
        Some("subnet") => "subnet",
        Some("eni") => "network-interface",
        Some("tgw") if id.starts_with("tgw-attach-") => "transit-gateway-attachment",
        Some("tgw") => "transit-gateway",
        _ => "resource",
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{LogDestinationType, TrafficType};
    use orch_model::{Body, Provider, Scope};

    use super::*;

    #[test]
    fn a_flow_log_names_what_it_records() {
        let found = FlowLog::builder()
            .flow_log_id("fl-1")
            .resource_id("vpc-1")
            .flow_log_status("ACTIVE")
            .traffic_type(TrafficType::Reject)
            .log_destination_type(LogDestinationType::S3)
            .deliver_logs_status("FAILED")
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = flow_log(Names::new(&scope), &found).unwrap();
        let Body::NetworkFlowLog(body) = &resource.body else {
            panic!("{resource:?}")
        };
        assert_eq!(
            body.target.as_str(),
            "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1"
        );
        assert!(body.active);
        assert_eq!(body.traffic, "reject");
        assert_eq!(body.destination, Field::Value("s3".into()));
        assert_eq!(body.delivering, Field::Value(false));
        assert_eq!(target_kind("tgw-attach-1"), "transit-gateway-attachment");
    }
}
