//! What Terraform can import, and where modules part.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Body, Field, Kind, Resource, Uid};

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::{Code, Section};
use super::{hosts, metric, table};
use crate::kinds;

/// A resource that can be imported.
pub(crate) struct Target<'r> {
    resource: &'r Resource,
    ty: &'static str,
    id: String,
    label: String,
    /// The network it belongs to.
    network: Option<&'r Uid>,
}

fn targets_of<'s, 'a>(scene: &'s Scene<'a>) -> &'s [Target<'a>] {
    scene.targets.get_or_init(|| found(scene))
}

fn found<'a>(scene: &Scene<'a>) -> Vec<Target<'a>> {
    let mut labels = BTreeSet::new();
    let mut targets = Vec::new();
    for kind in scene.kinds() {
        for resource in scene.resources(kind) {
            let is_gone = matches!(&resource.body, Body::ComputeInstance(instance) if !hosts::is_there(instance));
            if is_gone || is_of_machine(resource) {
                continue;
            }
            let Some((mut ty, id)) = kinds::import(resource) else {
                continue;
            };
            // What the provider made is adopted by types of its own, never created or destroyed.
            match &resource.body {
                Body::NetworkVpc(vpc) if vpc.is_default && ty == "aws_vpc" => {
                    ty = "aws_default_vpc"
                }
                Body::NetworkFirewall(firewall)
                    if firewall.is_default && ty == "aws_security_group" =>
                {
                    ty = "aws_default_security_group"
                }
                Body::NetworkSubnet(subnet) if subnet.is_default && ty == "aws_subnet" => {
                    ty = "aws_default_subnet"
                }
                Body::NetworkAcl(acl) if acl.is_default && ty == "aws_network_acl" => {
                    ty = "aws_default_network_acl"
                }
                _ => {}
            }
            let label = label(resource, ty, &mut labels);
            targets.push(Target {
                resource,
                ty,
                id,
                label,
                network: network_of(scene, resource),
            });
        }
    }
    targets
}

/// A name that Terraform takes, once for its type.
fn label(resource: &Resource, ty: &str, taken: &mut BTreeSet<(String, String)>) -> String {
    let mut label: String = resource
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if !label.starts_with(|c: char| c.is_ascii_alphabetic()) {
        label.insert_str(0, "r_");
    }
    let mut unique = label.clone();
    let mut number = 2;
    while !taken.insert((ty.to_owned(), unique.clone())) {
        unique = format!("{label}_{number}");
        number += 1;
    }
    unique
}

/// The network a resource belongs to, where it belongs to one: itself, or what it is attached to.
fn network_of<'a>(scene: &Scene<'a>, resource: &'a Resource) -> Option<&'a Uid> {
    let of = |uid: &Uid| {
        scene
            .resource(uid)
            .and_then(|other| network_of(scene, other))
    };
    match &resource.body {
        Body::NetworkVpc(_) => Some(&resource.uid),
        Body::NetworkSubnet(subnet) => Some(&subnet.vpc),
        Body::NetworkRouteTable(table) => Some(&table.vpc),
        Body::NetworkAcl(acl) => Some(&acl.vpc),
        Body::NetworkFirewall(firewall) => firewall.vpc.value(),
        Body::NetworkInterface(interface) => interface.vpc.value(),
        Body::NetworkGateway(gateway) => gateway.vpc.value(),
        Body::NetworkLoadBalancer(balancer) => balancer.vpc.value(),
        Body::ComputeInstance(instance) => instance.vpc.value(),
        Body::NetworkFlowLog(log) => of(&log.target),
        Body::NetworkAddress(address) => address.instance.value().and_then(of),
        Body::StorageVolume(volume) => volume.attachments.first().and_then(|one| of(&one.instance)),
        _ => None,
    }
}

/// Whether a disk is made and deleted with its machine, and so a part of its block in Terraform.
fn is_of_machine(resource: &Resource) -> bool {
    matches!(&resource.body, Body::StorageVolume(volume) if !volume.attachments.is_empty()
        && volume.attachments.iter().all(|one| one.deletes_with_instance.value() == Some(&true)))
}

/// The kinds of an estate: a price list is none of it.
fn estate_kinds<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = Kind> + 's {
    scene
        .kinds()
        .filter(|kind| *kind != Kind::ComputeInstanceType)
}

/// How many resources there are, as the head of the briefing counts them.
fn seen(scene: &Scene<'_>) -> usize {
    estate_kinds(scene)
        .map(|kind| scene.resources(kind).count())
        .sum()
}

/// Machines that are terminated and still listed.
fn gone(scene: &Scene<'_>) -> u64 {
    let machines = scene.resources(Kind::ComputeInstance);
    machines
        .filter(|resource| {
            matches!(&resource.body, Body::ComputeInstance(instance) if !hosts::is_there(instance))
        })
        .count() as u64
}

/// Why a kind is not imported although there is some of it.
fn left_out(kind: Kind) -> &'static str {
    match kind {
        Kind::ComputeInstanceType => "a price list",
        Kind::NetworkInterface => "made and deleted with the machine or service that uses it",
        Kind::StorageSnapshot => {
            "copies that a backup makes; the schedule becomes code, not the copies"
        }
        _ => "no type of Terraform's is known here",
    }
}

/// Addresses and ids by type.
pub(super) fn targets(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("import-targets", "Import targets");
    section.unread = scene.unread(&scene.kinds().collect::<Vec<_>>());
    let targets = targets_of(scene);
    let mut by_type: BTreeMap<(&str, String), Vec<&Target<'_>>> = BTreeMap::new();
    for target in targets {
        let account = format!(
            "{} {}",
            scene.marked(&target.resource.scope.account),
            target.resource.scope.region
        );
        by_type
            .entry((target.ty, account))
            .or_default()
            .push(target);
    }
    let mut rows: Vec<Vec<String>> = by_type
        .iter()
        .map(|((ty, place), targets)| {
            let first = targets.first().map(|one| {
                format!(
                    "{ty}.{} = {}",
                    scene.marked(&one.label),
                    scene.marked(&one.id)
                )
            });
            vec![
                (*ty).to_owned(),
                place.clone(),
                targets.len().to_string(),
                first.unwrap_or_default(),
            ]
        })
        .collect();
    rows.sort_by_key(|row| {
        (
            std::cmp::Reverse(row[2].parse::<u64>().unwrap_or(0)),
            row[0].clone(),
        )
    });
    if targets.is_empty() {
        section
            .says
            .push("Nothing was read that Terraform could import.".to_owned());
    } else {
        let types: BTreeSet<&str> = targets.iter().map(|one| one.ty).collect();
        section.says.push(format!(
            "Of {} that this run saw {} can be imported, of {}; their addresses and ids are in the section import-blocks.",
            count_of(seen(scene), "resource", "resources"),
            targets.len(),
            count_of(types.len(), "type", "types")
        ));
    }
    let imported: BTreeSet<Kind> = targets.iter().map(|one| one.resource.kind()).collect();
    let mut left = 0;
    for kind in estate_kinds(scene).filter(|kind| !imported.contains(kind)) {
        let count = scene.count(kind);
        left += count;
        if count > 0 {
            section.says.push(format!(
                "Left out: {} ({}).",
                kinds::counted(count, kind.as_str()),
                left_out(kind)
            ));
        }
    }
    let disks = scene
        .resources(Kind::StorageVolume)
        .filter(|one| is_of_machine(one))
        .count() as u64;
    if disks > 0 {
        section.says.push(format!(
            "Left out: {} (made and deleted with their machine, so they belong into its block).",
            kinds::counted(disks, "storage.volume")
        ));
    }
    let gone = gone(scene);
    if gone > 0 {
        section.says.push(format!(
            "Left out: {} (terminated, and only still listed).",
            kinds::counted(gone, "compute.instance")
        ));
    }
    let told = targets.len() as u64 + disks + gone + left;
    let others = (seen(scene) as u64).saturating_sub(told);
    if others > 0 {
        section.says.push(format!(
            "Left out: {others} more (no type of Terraform's is known for them here)."
        ));
    }
    section.says.extend(managed(scene));
    table(
        &mut section,
        &[
            "type",
            "account and region",
            "resources",
            "first address = id",
        ],
        rows,
    );
    let count = targets.len().to_string();
    Part {
        section,
        metrics: vec![metric(
            "resources in Terraform's state",
            "not known: no state was read",
            format!("{count}, or fewer where something is deleted instead"),
            "terraform state list",
        )],
    }
}

/// What tags say of code that is there already.
fn managed(scene: &Scene<'_>) -> Option<String> {
    const TAGS: [&str; 5] = [
        "aws:cloudformation:stack-name",
        "terraform",
        "managed-by",
        "managedby",
        "managed_by",
    ];
    let mut tags: BTreeMap<String, u64> = BTreeMap::new();
    for resource in scene.kinds().flat_map(|kind| scene.resources(kind)) {
        let Field::Value(all) = &resource.tags else {
            continue;
        };
        for (key, value) in all {
            if TAGS.contains(&key.to_lowercase().as_str()) {
                *tags
                    .entry(format!("{key}={}", scene.marked(value)))
                    .or_default() += 1;
            }
        }
    }
    if tags.is_empty() {
        return (scene.snapshot().is_some()).then(|| {
            "No tag says that any of them is managed by code already, which proves nothing."
                .to_owned()
        });
    }
    let told: Vec<String> = tags
        .iter()
        .map(|(tag, count)| format!("{tag} on {count}"))
        .collect();
    Some(format!(
        "Tags say that some are managed by code already: {}.",
        told.join(", ")
    ))
}

/// Where modules part: networks first, then what belongs to an account and region alone.
pub(super) fn seams(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("module-seams", "Module seams");
    let targets = targets_of(scene);
    let mut seams: BTreeMap<(String, String), BTreeMap<&str, u64>> = BTreeMap::new();
    for target in targets {
        let scope = &target.resource.scope;
        let name = match target.network {
            Some(network) => scene.name_of(network),
            None => "outside of networks".to_owned(),
        };
        let place = format!("{} {}", scene.marked(&scope.account), scope.region);
        *seams
            .entry((place, name))
            .or_default()
            .entry(target.ty)
            .or_default() += 1;
    }
    let rows = seams
        .into_iter()
        .map(|((place, name), types)| {
            let count: u64 = types.values().sum();
            let mut types: Vec<_> = types.into_iter().collect();
            types.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            let types: Vec<String> = types
                .iter()
                .map(|(ty, count)| format!("{ty} {count}"))
                .collect();
            vec![place, name, count.to_string(), types.join(", ")]
        })
        .collect::<Vec<_>>();
    if rows.is_empty() {
        section
            .says
            .push("Without resources there is no seam to see.".to_owned());
        section.unread = scene.unread(&[Kind::NetworkVpc, Kind::NetworkSubnet]);
        return section.into();
    }
    section.says.push("A row is a candidate for a state of its own: one network, or what an account has outside of networks in one region.".to_owned());
    section.says.extend(crossings(scene));
    table(
        &mut section,
        &["account and region", "network", "resources", "types"],
        rows,
    );
    section.into()
}

/// What ties networks together, and so states.
fn crossings(scene: &Scene<'_>) -> Vec<String> {
    let mut said = BTreeSet::new();
    for resource in scene.resources(Kind::NetworkVpc) {
        let Body::NetworkVpc(vpc) = &resource.body else {
            continue;
        };
        for peer in &vpc.peers {
            said.insert(format!("{} is joined with {}: the peering belongs to one of the two states, and the other reads its id.", scene.named(resource), scene.name_of(peer)));
        }
    }
    let mut shared: BTreeMap<&Uid, BTreeSet<&Uid>> = BTreeMap::new();
    for resource in scene.resources(Kind::NetworkFirewall) {
        let Body::NetworkFirewall(firewall) = &resource.body else {
            continue;
        };
        let Some(own) = firewall.vpc.value() else {
            continue;
        };
        let named = firewall
            .ingress
            .iter()
            .chain(&firewall.egress)
            .flat_map(|rule| &rule.firewalls);
        for other in named.filter(|other| **other != resource.uid) {
            shared.entry(own).or_default().insert(other);
        }
    }
    for (network, firewalls) in shared {
        said.insert(format!(
            "In {} firewalls name {} as peers: keep these groups in one state, or a plan cannot order their changes.",
            scene.name_of(network),
            count_of(firewalls.len(), "other group", "other groups")
        ));
    }
    said.into_iter().collect()
}

/// `import` blocks for all of it.
pub(super) fn blocks(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("import-blocks", "Import blocks");
    let targets = targets_of(scene);
    if targets.is_empty() {
        section
            .says
            .push("No block can be written without a resource.".to_owned());
        return section.into();
    }
    section.says.push("Terraform 1.5 and later writes the configuration for them: terraform plan -generate-config-out=generated.tf".to_owned());
    let scopes: BTreeSet<String> = targets
        .iter()
        .map(|one| one.resource.scope.to_string())
        .collect();
    if scopes.len() > 1 {
        section.says.push(format!("They lie in {} places (an account and a region each): each block names the provider by an alias that a root module has to declare; in a root module for one seam the line goes.", scopes.len()));
    }
    if targets.iter().any(|one| one.ty.starts_with("azurerm")) {
        section.says.push("Ids of Azure stand here in small letters; where the provider insists on its own spelling, az resource show --ids tells it.".to_owned());
    }
    let several = scopes.len() > 1;
    let alias = |one: &Target<'_>| {
        if !several {
            return String::new();
        }
        let provider = one.ty.split('_').next().unwrap_or_default();
        let place = one
            .resource
            .scope
            .region
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        format!("  provider = {provider}.{place}\n")
    };
    let blocks: Vec<String> = targets
        .iter()
        .map(|one| {
            format!(
                "# {}\nimport {{\n{}  to = {}.{}\n  id = {}\n}}",
                format_args!(
                    "{} {}",
                    orch_report::visible(&one.resource.scope.region),
                    scene.marked(&orch_report::visible(&one.resource.name))
                ),
                alias(one),
                one.ty,
                scene.marked(&one.label),
                scene.marked(&hcl(&one.id))
            )
        })
        .collect();
    section.code = Some(Code {
        language: "hcl".to_owned(),
        blocks: blocks.into(),
    });
    section.into()
}

/// A string of HCL in which nothing is a template.
fn hcl(text: &str) -> String {
    let text = orch_report::visible(text);
    let text = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "$${")
        .replace("%{", "%%{");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_id_is_a_template() {
        assert_eq!(hcl(r#"a"${x}%{y}\"#), r#""a\"$${x}%%{y}\\""#);
    }
}
