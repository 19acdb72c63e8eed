//! compute.instance: virtual machines, with their power state and their network cards.

use std::collections::BTreeSet;

use orch_collect::CollectorSpec;
use orch_model::kind::{AzureInstance, ComputeInstance, InstanceState, Lifecycle, TrustedLaunch};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Time, Uid};

use super::addresses;
use super::interfaces::{self, Card};
use super::list::{ArmList, Around, Beside, Element, Part, Source, free};
use crate::convert::{addresses as sorted_addresses, links, resource, sorted};
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Compute/virtualMachines/read";
const EXTENSIONS: &str = "Microsoft.Compute/virtualMachines/extensions/read";
const VERSION: &str = "2024-07-01";

const LIST: Source = Source::get(
    READ,
    "/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines",
    VERSION,
);

/// What the decoder calls the list of power states.
const STATES: &str = "states";

/// Virtual machines.
pub(super) struct Instances;

impl ArmList for Instances {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.instances",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::ComputeInstance)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(EXTENSIONS),
            free(READ),
            free(interfaces::READ),
            free(addresses::READ),
        ],
    };
    const LIST: Source = LIST;
    const PARTS: &'static [Part] = &[
        // One request for all tells the states; this is for a machine that it leaves out.
        Part {
            when: |around, found| power(view(around, found)).is_none(),
            fields: &["body.state", "body.allocated"],
            ..Part::one(
                "view",
                Source::get(READ, "{id}", VERSION).with(&[("$expand", "instanceView")]),
            )
        },
        // A machine names its extensions without their types.
        Part {
            when: |_, found| {
                found
                    .list("resources")
                    .is_ok_and(|mut all| all.next().is_some())
            },
            fields: &["body.azure.extensions"],
            ..Part::list(
                "extensions",
                Source::get(EXTENSIONS, "{id}/extensions", VERSION),
            )
        },
    ];
    const BESIDE: &'static [Beside] = &[
        Beside {
            name: STATES,
            source: LIST.with(&[("statusOnly", "true")]),
            shared: false,
            fields: &["body.state", "body.allocated"],
        },
        interfaces::beside(&[
            "body.vpc",
            "body.subnet",
            "body.public_addresses",
            "body.ipv6_addresses",
            "body.ip_forwarding",
        ]),
        addresses::beside(&["body.public_addresses"]),
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let extensions = extensions(found)?;
        let own = found.part("view").and_then(<[_]>::first).map(Element::node);
        let found = found.node();
        let of = found.at("properties")?;
        let seen =
            power(view(around, found)).or_else(|| own.and_then(|own| power(own.at(VIEW).ok()?)));
        let deleting = of.word("provisioningState", &["Deleting"])? == Some(true);
        // A machine that was never made whole has no power state.
        let state = if deleting {
            Field::Value(InstanceState::ShuttingDown)
        } else {
            Field::seen(seen.as_ref().map(|seen| seen.state))
        };
        let cards = Cards::of(around, of)?;
        let storage = of.at("storageProfile")?;
        // Left out by the versions before 2021-11-01, which know less about security, too.
        let recent = of.has("timeCreated");
        let security = of.at("securityProfile")?;
        let volumes = volumes(storage)?;
        let kind = security.text("securityType")?;
        let unless_old = |known: Option<bool>| match known {
            Some(known) => Field::Value(known),
            None if recent => Field::Value(false),
            None => Field::NotRead,
        };
        let body = ComputeInstance {
            state,
            stopped_since: match state {
                Field::Value(InstanceState::Stopped) | Field::NotRead => {
                    Field::seen(seen.as_ref().and_then(|seen| seen.since))
                }
                Field::Value(_) | Field::None => Field::None,
            },
            state_reason: Field::seen(seen.as_ref().and_then(|seen| seen.words.clone())),
            instance_type: Text::new(of.required("hardwareProfile.vmSize")?),
            launched_at: Field::NotRead,
            image: image(storage.at("imageReference")?)?,
            platform: Field::seen(
                storage
                    .text("osDisk.osType")?
                    .map(|system| Text::from(system.to_lowercase())),
            ),
            architecture: Field::NotRead,
            lifecycle: Field::Value(match of.word("priority", &["Spot", "Low"])? {
                Some(true) => Lifecycle::Spot,
                _ => Lifecycle::OnDemand,
            }),
            tenancy: Field::Value(Text::new_static(
                if of.has("host.id") || of.has("hostGroup.id") {
                    "host"
                } else {
                    "default"
                },
            )),
            zone: Field::read(found.texts("zones")?.first().map(Text::new)),
            vpc: cards.vpc,
            subnet: cards.subnet,
            private_addresses: cards.private_v4,
            public_addresses: cards.public,
            ipv6_addresses: cards.v6,
            profile: profile(found)?,
            metadata_service: Field::NotRead,
            firewalls: cards.firewalls.clone(),
            volumes: volumes.uids.clone(),
            key_name: Field::NotRead,
            detailed_monitoring: Field::NotRead,
            allocated: match &seen {
                Some(seen) => Field::Value(seen.allocated),
                None => Field::NotRead,
            },
            ip_forwarding: cards.forwards,
            trusted_launch: trusted_launch(security, recent)?,
            confidential: unless_old(kind.map(|kind| kind.eq_ignore_ascii_case("ConfidentialVM"))),
            password_login: password_login(of.at("osProfile")?)?,
            azure: Field::Value(AzureInstance {
                managed_disks: Field::seen(volumes.managed),
                encryption_at_host: unless_old(security.boolean("encryptionAtHost")?),
                extensions,
            }),
            gcp: Field::NotRead,
            scaling_group: Field::read(
                of.uid("virtualMachineScaleSet.id")?
                    .map(|group| Text::new(group.as_str())),
            ),
        };
        let links: Vec<_> = links(Relation::GuardedBy, &cards.firewalls)
            .chain(links(Relation::PartOf, body.subnet.value()))
            .collect();
        let made = Field::seen(of.time("timeCreated")?);
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// Where a machine's own state stands.
const VIEW: &str = "properties.instanceView";

/// The view of a machine in the list of states, or in its own answer.
fn view<'a>(around: &'a Around<'_>, found: Node<'a>) -> Node<'a> {
    let own = found.at(VIEW).unwrap_or(found);
    let listed = match found.uid("id") {
        Ok(Some(id)) => around.find(STATES, &id),
        _ => Field::NotRead,
    };
    match listed {
        Field::Value(listed) => listed.at(VIEW).unwrap_or(own),
        Field::None | Field::NotRead => own,
    }
}

/// A power state.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Power {
    state: InstanceState,
    allocated: bool,
    since: Option<Time>,
    words: Option<Text>,
}

/// The power state of a view, if it tells one.
fn power(view: Node<'_>) -> Option<Power> {
    let statuses = view.list("statuses").ok()?;
    statuses.rev().find_map(|status| {
        let code = status.text("code").ok()??.to_ascii_lowercase();
        let (state, allocated) = match code.strip_prefix("powerstate/")? {
            "running" => (InstanceState::Running, true),
            "starting" | "creating" => (InstanceState::Pending, true),
            "stopping" | "deallocating" => (InstanceState::Stopping, true),
            "stopped" => (InstanceState::Stopped, true),
            "deallocated" => (InstanceState::Stopped, false),
            _ => return None,
        };
        Some(Power {
            state,
            allocated,
            since: status.time("time").ok().flatten(),
            words: status.text("displayStatus").ok().flatten().map(Text::new),
        })
    })
}

/// What a machine's network cards tell of it together.
#[derive(Debug, Default)]
struct Cards {
    vpc: Field<Uid>,
    subnet: Field<Uid>,
    firewalls: Vec<Uid>,
    private_v4: Vec<std::net::IpAddr>,
    v6: Field<Vec<std::net::IpAddr>>,
    public: Field<Vec<std::net::IpAddr>>,
    forwards: Field<bool>,
}

impl Cards {
    /// The first card that is marked primary tells the subnet, else the first.
    fn of(around: &Around<'_>, of: Node<'_>) -> Result<Self, Malformed> {
        let mut cards = Vec::new();
        let mut all_read = true;
        for reference in of.list("networkProfile.networkInterfaces")? {
            let Some(id) = reference.uid("id")? else {
                continue;
            };
            let primary = reference.boolean("properties.primary")?.unwrap_or(false);
            match around.find(interfaces::NAME, &id) {
                Field::Value(found) => cards.push((!primary, Card::of(around, found)?)),
                Field::None | Field::NotRead => all_read = false,
            }
        }
        cards.sort_by_key(|(later, _)| *later);
        let first = cards.first().map(|(_, card)| card);
        let known = |field| if all_read { field } else { Field::NotRead };
        let public = cards
            .iter()
            .map(|(_, card)| card.public.value())
            .collect::<Option<Vec<_>>>();
        let forwards = cards.iter().map(|(_, card)| card.forwards.value().copied());
        let forwards = forwards.collect::<Option<Vec<_>>>();
        Ok(Self {
            vpc: Field::seen(first.and_then(Card::network)),
            subnet: Field::seen(first.and_then(|card| card.subnet.clone())),
            firewalls: sorted(cards.iter().flat_map(|(_, card)| card.firewalls.clone())),
            private_v4: sorted_addresses(
                cards.iter().flat_map(|(_, card)| card.private_v4.clone()),
            ),
            v6: if all_read {
                Field::Value(sorted_addresses(
                    cards.iter().flat_map(|(_, card)| card.private_v6.clone()),
                ))
            } else {
                Field::NotRead
            },
            public: match public {
                Some(public) if all_read => {
                    Field::Value(sorted_addresses(public.into_iter().flatten().copied()))
                }
                _ => Field::NotRead,
            },
            forwards: known(Field::seen(
                forwards.map(|forwards| forwards.contains(&true)),
            )),
        })
    }
}

/// A machine's disks.
struct Volumes {
    uids: Vec<Uid>,
    /// Whether Azure manages all of them; none where it was not told.
    managed: Option<bool>,
}

fn volumes(storage: Node<'_>) -> Result<Volumes, Malformed> {
    let system = storage.at("osDisk")?;
    let disks: Vec<Node<'_>> = (!system.is_none())
        .then_some(system)
        .into_iter()
        .chain(storage.list("dataDisks")?)
        .collect();
    let mut uids = Vec::new();
    let mut managed = !disks.is_empty();
    for disk in &disks {
        uids.extend(disk.uid("managedDisk.id")?);
        managed &= disk.has("managedDisk");
    }
    Ok(Volumes {
        uids: sorted(uids),
        managed: (!disks.is_empty()).then_some(managed),
    })
}

/// The image: its id, or what the marketplace calls it.
fn image(reference: Node<'_>) -> Result<Field<Text>, Malformed> {
    for id in ["id", "sharedGalleryImageId", "communityGalleryImageId"] {
        if let Some(id) = reference.uid(id)? {
            return Ok(Field::Value(Text::new(id.as_str())));
        }
    }
    let words = ["publisher", "offer", "sku", "version"];
    let words = words
        .into_iter()
        .map(|word| reference.text(word))
        .collect::<Result<Vec<_>, _>>()?;
    let words: Vec<&str> = words.into_iter().flatten().collect();
    // A machine that was made from a disk names no image.
    Ok(Field::read(
        (!words.is_empty()).then(|| Text::from(words.join(":"))),
    ))
}

/// The identity its software can use: the machine's own, else the first that it was given.
fn profile(found: Node<'_>) -> Result<Field<Text>, Malformed> {
    if let Some(own) = found.text("identity.principalId")? {
        return Ok(Field::Value(Text::new(own)));
    }
    let given = found
        .members("identity.userAssignedIdentities")?
        .map(|(id, _)| names::uid(id));
    Ok(Field::read(given.min().map(|id| Text::new(id.as_str()))))
}

fn trusted_launch(security: Node<'_>, recent: bool) -> Result<Field<TrustedLaunch>, Malformed> {
    let settings = security.at("uefiSettings")?;
    if settings.is_none() {
        return Ok(if recent { Field::None } else { Field::NotRead });
    }
    Ok(Field::Value(TrustedLaunch {
        secure_boot: settings.boolean("secureBootEnabled")?.unwrap_or(false),
        virtual_tpm: settings.boolean("vTpmEnabled")?.unwrap_or(false),
        integrity_monitoring: Field::NotRead,
    }))
}

/// Whether people may sign in with a password. Windows knows nothing else.
fn password_login(system: Node<'_>) -> Result<Field<bool>, Malformed> {
    if system.has("windowsConfiguration") {
        return Ok(Field::Value(true));
    }
    let off = system.boolean("linuxConfiguration.disablePasswordAuthentication")?;
    Ok(Field::seen(off.map(|off| !off)))
}

/// The types of the extensions, each once.
fn extensions(found: &Element) -> Result<Field<Vec<Text>>, Malformed> {
    let Some(read) = found.part("extensions") else {
        let named = found.node().list("resources")?.count();
        // A machine without extensions has no such list, whatever the version.
        return Ok(if named == 0 {
            Field::Value(Vec::new())
        } else {
            Field::NotRead
        });
    };
    let mut types = BTreeSet::new();
    for extension in read {
        types.extend(extension.node().text("properties.type")?.map(Text::new));
    }
    Ok(Field::Value(types.into_iter().collect()))
}
