//! compute.instance and network.interface: virtual machines with their cards.

use orch_collect::CollectorSpec;
use orch_model::kind::{
    ComputeInstance, GoogleInstance, InstanceState, Lifecycle, NetworkInterface, TrustedLaunch,
};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};
use serde::Deserialize;

use super::firewalls::named;
use super::list::Listed;
use super::metadata::Metadata;
use crate::convert::{Base, Malformed, addresses, last, links, optional, required, resource, time};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "compute.instances.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/instances",
);

/// Virtual machines.
pub(super) struct Instances;

/// One machine as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Machine {
    status: Option<Text>,
    status_message: Option<Text>,
    machine_type: Option<Text>,
    cpu_platform: Option<Text>,
    last_start_timestamp: Option<Text>,
    last_stop_timestamp: Option<Text>,
    last_suspended_timestamp: Option<Text>,
    can_ip_forward: Option<bool>,
    tags: Option<Tags>,
    network_interfaces: Option<Vec<Card>>,
    disks: Option<Vec<Disk>>,
    metadata: Option<Metadata>,
    scheduling: Option<Scheduling>,
    service_accounts: Option<Vec<Account>>,
    shielded_instance_config: Option<Shielded>,
    confidential_instance_config: Option<Confidential>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tags {
    items: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Card {
    name: Option<Text>,
    network: Option<Text>,
    subnetwork: Option<Text>,
    #[serde(rename = "networkIP")]
    network_ip: Option<Text>,
    access_configs: Option<Vec<Access>>,
    ipv6_access_configs: Option<Vec<Access>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Access {
    #[serde(rename = "natIP")]
    nat_ip: Option<Text>,
    external_ipv6: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Disk {
    source: Option<Text>,
    boot: Option<bool>,
    licenses: Option<Vec<Text>>,
    guest_os_features: Option<Vec<Feature>>,
    architecture: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Feature {
    r#type: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Scheduling {
    preemptible: Option<bool>,
    provisioning_model: Option<Text>,
    node_affinities: Option<Vec<serde_json::Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Account {
    email: Option<Text>,
    scopes: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Shielded {
    enable_secure_boot: Option<bool>,
    enable_vtpm: Option<bool>,
    enable_integrity_monitoring: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Confidential {
    enable_confidential_compute: Option<bool>,
    confidential_instance_type: Option<Text>,
}

impl Listed for Instances {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.instances",
        service: "compute",
        datasets: &[
            Dataset::Kind(Kind::ComputeInstance),
            Dataset::Kind(Kind::NetworkInterface),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Aggregated("instances");
    type Element = Machine;

    fn resources(names: Names<'_>, found: Found<Machine>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let zone = required(base.zone(), "instance without zone")?;
        let uid = names.compute(Some(zone), "instances", &base.name());
        let mut resources = interfaces(names, &uid, base, own)?;
        resources.push(instance(names, uid, base, own)?);
        Ok(resources)
    }
}

/// What it is doing. A word we do not know is no answer.
fn state(status: Option<&str>) -> Result<InstanceState, Malformed> {
    Ok(match required(status, "instance without status")? {
        "PROVISIONING" | "STAGING" | "PENDING" | "REPAIRING" => InstanceState::Pending,
        "RUNNING" => InstanceState::Running,
        "PENDING_STOP" | "STOPPING" | "SUSPENDING" => InstanceState::Stopping,
        // A machine that is stopped is called terminated, and is there to be started again.
        "STOPPED" | "SUSPENDED" | "TERMINATED" => InstanceState::Stopped,
        "DEPROVISIONING" => InstanceState::ShuttingDown,
        _ => return Err(Malformed("instance status")),
    })
}

fn instance(names: Names<'_>, uid: Uid, base: &Base, own: &Machine) -> Result<Resource, Malformed> {
    let state = state(own.status.as_deref())?;
    let stopped = state == InstanceState::Stopped;
    let cards = own.network_interfaces.as_deref().unwrap_or_default();
    let first = cards.first();
    let public = cards.iter().flat_map(nat_ips);
    let ipv6 = cards.iter().flat_map(ipv6);
    let told = own.network_interfaces.is_some();
    let account = own.service_accounts.iter().flatten().next();
    let vpc = first.and_then(|card| names.maybe(card.network.as_ref()));
    let subnet = first.and_then(|card| names.maybe(card.subnetwork.as_ref()));
    let disks = || own.disks.iter().flatten();
    let volumes =
        crate::convert::sorted(disks().filter_map(|disk| names.maybe(disk.source.as_ref())));
    let links: Vec<_> = links(Relation::PartOf, subnet.iter().chain(vpc.as_ref())).collect();
    let at = |text: &Option<Text>| text.as_deref().and_then(time);
    let metadata = own.metadata.as_ref();
    let switch = |key: &str| match metadata {
        Some(metadata) => Field::read(metadata.switch(key)),
        None => Field::NotRead,
    };
    let body = ComputeInstance {
        state: Field::Value(state),
        stopped_since: if stopped {
            Field::seen(at(&own.last_suspended_timestamp).max(at(&own.last_stop_timestamp)))
        } else {
            Field::None
        },
        state_reason: optional(own.status_message.as_deref()),
        instance_type: Text::new(last(required(
            own.machine_type.as_deref(),
            "instance without machine type",
        )?)),
        launched_at: Field::seen(at(&own.last_start_timestamp)),
        image: Field::NotRead,
        platform: Field::seen(platform(own)),
        architecture: Field::seen(architecture(own)),
        lifecycle: match &own.scheduling {
            Some(scheduling) => Field::Value(lifecycle(scheduling)),
            None => Field::NotRead,
        },
        tenancy: match &own.scheduling {
            Some(scheduling) if scheduling.node_affinities.iter().flatten().count() > 0 => {
                Field::Value(Text::new_static("host"))
            }
            Some(_) => Field::Value(Text::new_static("default")),
            None => Field::NotRead,
        },
        zone: Field::seen(base.zone().map(Text::new)),
        vpc: Field::seen(vpc),
        subnet: Field::seen(subnet),
        private_addresses: addresses(cards.iter().map(|card| card.network_ip.as_deref()))?,
        public_addresses: read_if(told, addresses(public)?),
        ipv6_addresses: read_if(told, addresses(ipv6)?),
        profile: match &own.service_accounts {
            Some(_) => Field::read(account.and_then(|account| account.email.clone())),
            // A machine without an identity has no such list.
            None => Field::None,
        },
        metadata_service: Field::NotRead,
        firewalls: Vec::new(),
        volumes,
        key_name: Field::None,
        detailed_monitoring: Field::NotRead,
        allocated: Field::Value(!stopped),
        ip_forwarding: Field::seen(own.can_ip_forward),
        trusted_launch: Field::seen(own.shielded_instance_config.as_ref().map(|shielded| {
            TrustedLaunch {
                secure_boot: shielded.enable_secure_boot.unwrap_or(false),
                virtual_tpm: shielded.enable_vtpm.unwrap_or(false),
                integrity_monitoring: Field::Value(
                    shielded.enable_integrity_monitoring.unwrap_or(false),
                ),
            }
        })),
        confidential: confidential(own),
        password_login: Field::NotRead,
        azure: Field::None,
        gcp: Field::Value(GoogleInstance {
            numeric_id: Field::seen(base.id()),
            default_service_account: Field::Value(
                account.is_some_and(|account| is_default(account.email.as_deref())),
            ),
            scopes: match account {
                Some(account) => Field::Value(account.scopes.clone().unwrap_or_default()),
                None => Field::None,
            },
            project_keys_blocked: match metadata {
                Some(metadata) => Field::Value(metadata.is_set("block-project-ssh-keys")),
                None => Field::NotRead,
            },
            os_login: switch("enable-oslogin"),
            serial_port: switch("serial-port-enable"),
            preemptible: Field::seen(own.scheduling.as_ref().map(is_preemptible)),
        }),
        scaling_group: match metadata {
            Some(metadata) => Field::read(metadata.made_by()),
            None => Field::NotRead,
        },
    };
    Ok(resource(names.at(base.zone()), uid, base, body, links))
}

/// The cards, each a resource of its own.
fn interfaces(
    names: Names<'_>,
    instance: &Uid,
    base: &Base,
    own: &Machine,
) -> Result<Vec<Resource>, Malformed> {
    let tags = own.tags.as_ref().and_then(|tags| tags.items.clone());
    let emails = own.service_accounts.iter().flatten();
    let emails = emails.filter_map(|account| account.email.clone()).collect();
    let memberships = named(&tags, &Some(emails));
    let cards = own.network_interfaces.iter().flatten();
    cards
        .enumerate()
        .map(|(place, card)| {
            let default = || Text::from(format!("nic{place}"));
            let name = card.name.clone().unwrap_or_else(default);
            let vpc = names.maybe(card.network.as_ref());
            let subnet = names.maybe(card.subnetwork.as_ref());
            let links: Vec<_> = links(Relation::PartOf, subnet.iter().chain(vpc.as_ref()))
                .chain(links(Relation::AttachedTo, [instance]))
                .collect();
            let body = NetworkInterface {
                attached: true,
                instance: Field::Value(instance.clone()),
                purpose: Text::new_static("interface"),
                service_managed: false,
                description: Field::None,
                vpc: Field::seen(vpc),
                subnet: Field::seen(subnet),
                firewalls: Vec::new(),
                memberships: memberships.clone(),
                ip_forwarding: Field::seen(own.can_ip_forward),
                private_addresses: addresses([card.network_ip.as_deref()])?,
                public_addresses: Field::Value(addresses(nat_ips(card))?),
                addresses: Vec::new(),
                ipv6_addresses: addresses(ipv6(card))?,
            };
            let uid = Uid::new(format!("{}/networkInterfaces/{name}", instance.as_str()));
            let mut card = resource(names.at(base.zone()), uid, base, body, links);
            card.name = Text::from(format!("{}/{name}", base.name()));
            // Labels are the machine's.
            card.tags = Field::None;
            Ok(card)
        })
        .collect()
}

/// External IPv4 addresses. A machine that is stopped gives back those that were only lent.
fn nat_ips(card: &Card) -> impl Iterator<Item = Option<&str>> {
    let configs = card.access_configs.iter().flatten();
    configs.map(|config| config.nat_ip.as_deref())
}

/// IPv6 addresses that the internet reaches; those for the network alone are not among them.
fn ipv6(card: &Card) -> impl Iterator<Item = Option<&str>> {
    let configs = card.ipv6_access_configs.iter().flatten();
    configs.map(|config| config.external_ipv6.as_deref())
}

fn read_if<T>(told: bool, value: T) -> Field<T> {
    if told {
        Field::Value(value)
    } else {
        Field::NotRead
    }
}

/// `windows` or `linux`, as far as the boot disk tells.
fn platform(own: &Machine) -> Option<Text> {
    let boot = boot(own)?;
    let licenses = boot.licenses.as_deref().unwrap_or_default();
    let features = boot.guest_os_features.iter().flatten();
    let windows = licenses.iter().any(|license| license.contains("windows"))
        || features
            .filter_map(|feature| feature.r#type.as_deref())
            .any(|feature| feature == "WINDOWS");
    if windows {
        Some(Text::new_static("windows"))
    } else {
        (!licenses.is_empty()).then(|| Text::new_static("linux"))
    }
}

fn boot(own: &Machine) -> Option<&Disk> {
    own.disks
        .iter()
        .flatten()
        .find(|disk| disk.boot == Some(true))
}

/// From the boot disk, else from the make of the processor.
fn architecture(own: &Machine) -> Option<Text> {
    let told = boot(own).and_then(|disk| disk.architecture.as_deref());
    let platform = own.cpu_platform.as_deref().unwrap_or_default();
    match told {
        Some("X86_64") => Some(Text::new_static("x86_64")),
        Some("ARM64") => Some(Text::new_static("arm64")),
        _ if platform.starts_with("Intel") || platform.starts_with("AMD") => {
            Some(Text::new_static("x86_64"))
        }
        _ if platform.starts_with("Ampere") || platform.starts_with("Google Axion") => {
            Some(Text::new_static("arm64"))
        }
        _ => None,
    }
}

fn lifecycle(scheduling: &Scheduling) -> Lifecycle {
    match scheduling.provisioning_model.as_deref() {
        Some("RESERVATION_BOUND") => Lifecycle::CapacityBlock,
        _ if is_preemptible(scheduling) => Lifecycle::Spot,
        _ => Lifecycle::OnDemand,
    }
}

fn is_preemptible(scheduling: &Scheduling) -> bool {
    scheduling.preemptible == Some(true) || scheduling.provisioning_model.as_deref() == Some("SPOT")
}

/// Answers that know of shielding are new enough to tell this where it is on.
fn confidential(own: &Machine) -> Field<bool> {
    match &own.confidential_instance_config {
        Some(config) => Field::Value(
            config.enable_confidential_compute == Some(true)
                || config
                    .confidential_instance_type
                    .as_deref()
                    .is_some_and(|kind| kind != "CONFIDENTIAL_INSTANCE_TYPE_UNSPECIFIED"),
        ),
        None if own.shielded_instance_config.is_some() => Field::Value(false),
        None => Field::NotRead,
    }
}

/// Whether an identity is the one that Compute Engine makes for a project.
fn is_default(email: Option<&str>) -> bool {
    email
        .and_then(|email| email.strip_suffix("-compute@developer.gserviceaccount.com"))
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
#[path = "instances_tests.rs"]
mod tests;
