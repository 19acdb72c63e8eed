//! compute.instance: EC2 instances.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::types::{
    HttpTokensState, Instance, InstanceLifecycleType, InstanceMetadataEndpointState,
    InstanceStateName, MonitoringState, PlatformValues,
};
use chrono::{NaiveDateTime, TimeZone, Utc};
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::{ComputeInstance, InstanceState, Lifecycle, MetadataService};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Time, Uid};

use super::ec2::{Ec2List, PAGE, free};
use crate::call::List;
use crate::convert::{
    Malformed, addresses, links, name, optional_text, required, resource, sorted, tags, time,
};
use crate::names::Names;

const OPERATION: &str = "ec2:DescribeInstances";

/// Instances. User data is another operation, which is refused.
pub(super) struct Instances;

impl Ec2List for Instances {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.instances",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::ComputeInstance)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free(OPERATION)],
    };
    type Page = DescribeInstancesOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        list.page(
            |token| {
                client
                    .describe_instances()
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| {
                page.reservations()
                    .iter()
                    .map(|one| one.instances().len())
                    .sum()
            },
            |page| page.next_token(),
        )
        .await
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.reservations()
            .iter()
            .flat_map(|one| one.instances().iter().map(|found| (one.owner_id(), found)))
            .map(|(owner, found)| instance(names, owner, found))
            .collect()
    }
}

/// One instance.
pub(super) fn instance(
    names: Names<'_>,
    owner: Option<&str>,
    found: &Instance,
) -> Result<Resource, Malformed> {
    let id = required(found.instance_id(), "instance without id")?;
    let tags = tags(found.tags());
    let state = state(found)?;
    let cards = found.network_interfaces();
    let groups = found
        .security_groups()
        .iter()
        .chain(cards.iter().flat_map(|card| card.groups()));
    let firewalls =
        sorted(groups.filter_map(|group| names.maybe(owner, "security-group", group.group_id())));
    let volumes = sorted(found.block_device_mappings().iter().filter_map(|mapping| {
        names.maybe(
            owner,
            "volume",
            mapping.ebs().and_then(|ebs| ebs.volume_id()),
        )
    }));
    let private = cards
        .iter()
        .flat_map(|card| card.private_ip_addresses())
        .map(|address| address.private_ip_address())
        .chain([found.private_ip_address()]);
    let subnet = names.maybe(owner, "subnet", found.subnet_id());
    let guarded = links(Relation::GuardedBy, &firewalls);
    let links = guarded.chain(links(Relation::PartOf, subnet.as_ref()));
    let links: Vec<_> = links.collect();
    let body = ComputeInstance {
        state: Field::Value(state),
        stopped_since: stopped_since(state, found.state_transition_reason()),
        state_reason: state_reason(found),
        instance_type: Text::new(
            required(found.instance_type(), "instance without type")?.as_str(),
        ),
        launched_at: Field::seen(found.launch_time().and_then(time)),
        image: Field::seen(found.image_id().map(Text::new)),
        platform: Field::Value(Text::new_static(match found.platform() {
            Some(PlatformValues::Windows) => "windows",
            // The API leaves it out for everything else.
            _ => "linux",
        })),
        architecture: Field::seen(found.architecture().map(|it| Text::new(it.as_str()))),
        lifecycle: lifecycle(found.instance_lifecycle()),
        tenancy: Field::seen(
            found
                .placement()
                .and_then(|it| it.tenancy())
                .map(|it| Text::new(it.as_str())),
        ),
        zone: Field::seen(
            found
                .placement()
                .and_then(|it| it.availability_zone())
                .map(Text::new),
        ),
        vpc: Field::read(names.maybe(owner, "vpc", found.vpc_id())),
        subnet: Field::read(subnet),
        private_addresses: addresses(private)?,
        public_addresses: Field::Value(public_addresses(found)?),
        ipv6_addresses: Field::Value(addresses(
            cards
                .iter()
                .flat_map(|card| card.ipv6_addresses())
                .map(|address| address.ipv6_address())
                .chain([found.ipv6_address()]),
        )?),
        profile: optional_text(
            found
                .iam_instance_profile()
                .and_then(|profile| profile.arn()),
        ),
        metadata_service: metadata_service(found),
        firewalls,
        volumes,
        key_name: optional_text(found.key_name()),
        detailed_monitoring: Field::seen(
            found
                .monitoring()
                .and_then(|monitoring| monitoring.state())
                .map(|state| matches!(state, MonitoringState::Enabled | MonitoringState::Pending)),
        ),
        allocated: Field::Value(matches!(
            state,
            InstanceState::Pending | InstanceState::Running | InstanceState::Stopping
        )),
        ip_forwarding: Field::seen(found.source_dest_check().map(|checked| !checked)),
        trusted_launch: Field::NotRead,
        confidential: Field::NotRead,
        password_login: Field::NotRead,
        azure: Field::NotRead,
        gcp: Field::NotRead,
        scaling_group: optional_text(tags.get("aws:autoscaling:groupName").map(Text::as_str)),
    };
    let created_at = Field::seen(created_at(found));
    let name = name(&tags, id);
    let uid = instance_uid(names, owner, id);
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

/// The identity of an instance.
pub(super) fn instance_uid(names: Names<'_>, owner: Option<&str>, id: &str) -> Uid {
    names.ec2(owner, "instance", id)
}

/// When an instance was made: since its first network card is attached. The launch time is that of the
/// last start.
fn created_at(found: &Instance) -> Option<Time> {
    found
        .network_interfaces()
        .iter()
        .filter_map(|card| card.attachment())
        .filter(|attachment| attachment.device_index() == Some(0))
        .find_map(|attachment| attachment.attach_time().and_then(time))
}

/// Public IPv4 addresses of all cards.
fn public_addresses(found: &Instance) -> Result<Vec<std::net::IpAddr>, Malformed> {
    let cards = found.network_interfaces();
    let secondary = cards
        .iter()
        .flat_map(|card| card.private_ip_addresses())
        .filter_map(|address| address.association())
        .map(|association| association.public_ip());
    let primary = cards
        .iter()
        .filter_map(|card| card.association())
        .map(|association| association.public_ip());
    addresses(primary.chain(secondary).chain([found.public_ip_address()]))
}

fn state(found: &Instance) -> Result<InstanceState, Malformed> {
    match found.state().and_then(|state| state.name()) {
        Some(InstanceStateName::Pending) => Ok(InstanceState::Pending),
        Some(InstanceStateName::Running) => Ok(InstanceState::Running),
        Some(InstanceStateName::Stopping) => Ok(InstanceState::Stopping),
        Some(InstanceStateName::Stopped) => Ok(InstanceState::Stopped),
        Some(InstanceStateName::ShuttingDown) => Ok(InstanceState::ShuttingDown),
        Some(InstanceStateName::Terminated) => Ok(InstanceState::Terminated),
        _ => Err(Malformed("state of an instance")),
    }
}

/// Since when an instance is off: the date that the reason of its last change carries.
fn stopped_since(state: InstanceState, reason: Option<&str>) -> Field<Time> {
    match state {
        InstanceState::Pending | InstanceState::Running => Field::None,
        _ => Field::seen(reason.and_then(date_in_reason)),
    }
}

/// The date in `User initiated (2024-01-02 03:04:05 GMT)`.
fn date_in_reason(reason: &str) -> Option<Time> {
    let (_, rest) = reason.rsplit_once('(')?;
    let (date, _) = rest.split_once(')')?;
    let date = date
        .trim()
        .trim_end_matches("GMT")
        .trim_end_matches("UTC")
        .trim();
    let date = NaiveDateTime::parse_from_str(date, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(Utc.from_utc_datetime(&date))
}

/// Why it changed its state: the transition's reason, else that of the state.
fn state_reason(found: &Instance) -> Field<Text> {
    let transition = found
        .state_transition_reason()
        .filter(|reason| !reason.is_empty());
    optional_text(transition.or_else(|| found.state_reason().and_then(|reason| reason.message())))
}

fn lifecycle(found: Option<&InstanceLifecycleType>) -> Field<Lifecycle> {
    match found {
        // The API names only what differs from it.
        None => Field::Value(Lifecycle::OnDemand),
        Some(InstanceLifecycleType::Spot) => Field::Value(Lifecycle::Spot),
        Some(InstanceLifecycleType::Scheduled) => Field::Value(Lifecycle::Scheduled),
        Some(InstanceLifecycleType::CapacityBlock) => Field::Value(Lifecycle::CapacityBlock),
        Some(_) => Field::NotRead,
    }
}

/// The metadata service. An answer without it does not say that there is none.
fn metadata_service(found: &Instance) -> Field<MetadataService> {
    Field::seen(found.metadata_options().and_then(|options| {
        Some(MetadataService {
            enabled: *options.http_endpoint()? == InstanceMetadataEndpointState::Enabled,
            token_required: *options.http_tokens()? == HttpTokensState::Required,
            hop_limit: options.http_put_response_hop_limit()?.into(),
        })
    }))
}

#[cfg(test)]
#[path = "instances_tests.rs"]
mod tests;
