//! Clusters, node pools, registries, images, and what could become a container.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::kind::{ComputeInstance, InstanceState};
use orch_model::{Body, Kind, Metric as Measured, Statistic};

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::Section;
use super::hosts::{Service, services};
use super::{cell, metric, table, yes};

/// Clusters with what decides their security and upkeep.
pub(super) fn clusters(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("clusters", "Clusters");
    section.unread = scene.unread(&[Kind::ContainerCluster]);
    let rows: Vec<Vec<String>> = scene
        .resources(Kind::ContainerCluster)
        .filter_map(|resource| match &resource.body {
            Body::ContainerCluster(cluster) => Some(vec![
                scene.named(resource),
                resource.scope.region.to_string(),
                cell(&cluster.version),
                yes(&cluster.public_endpoint),
                yes(&cluster.workload_identity),
                yes(&cluster.network_policy),
                cell(&cluster.release_channel),
                cell(&cluster.nodes),
            ]),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        section.says.push(scene.none_of(Kind::ContainerCluster));
        return section.into();
    }
    section.says.push(format!(
        "{} run here; versions decide what has to be upgraded first.",
        count_of(rows.len(), "cluster", "clusters")
    ));
    table(
        &mut section,
        &[
            "cluster",
            "region",
            "version",
            "public API",
            "workload identity",
            "network policy",
            "channel",
            "nodes",
        ],
        rows,
    );
    section.into()
}

/// Node pools.
pub(super) fn node_pools(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("node-pools", "Node pools");
    section.unread = scene.unread(&[Kind::ContainerNodePool]);
    let rows: Vec<Vec<String>> = scene
        .resources(Kind::ContainerNodePool)
        .filter_map(|resource| match &resource.body {
            Body::ContainerNodePool(pool) => Some(vec![
                scene.marked(&resource.name),
                scene.name_of(&pool.cluster),
                cell(&pool.instance_type),
                cell(&pool.nodes),
                yes(&pool.auto_repair),
                yes(&pool.auto_upgrade),
                scene.marked_cell(&pool.service_account),
            ]),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        section.says.push(scene.none_of(Kind::ContainerNodePool));
        return section.into();
    }
    section.says.push(format!(
        "{} carry the workloads.",
        count_of(rows.len(), "pool", "pools")
    ));
    table(
        &mut section,
        &[
            "pool", "cluster", "type", "nodes", "repaired", "upgraded", "identity",
        ],
        rows,
    );
    section.into()
}

/// Services on machines that several machines share: with what they use, as requests.
pub(super) fn candidates(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("candidates", "Services that could move onto a cluster");
    section.unread = scene.unread(&[Kind::ComputeInstance]);
    let types = processors(scene);
    let mut rows = Vec::new();
    let mut measured = Vec::new();
    for service in services(scene)
        .iter()
        .filter(|service| service.members.len() > 1)
    {
        let platforms: BTreeSet<String> = service
            .members
            .iter()
            .map(|(_, one)| cell(&one.platform))
            .collect();
        let used = used_cores(scene, service, &types);
        measured.extend(used);
        rows.push(vec![
            scene.service(service),
            service.region.to_owned(),
            service.members.len().to_string(),
            (service.zones()).map_or("not known".to_owned(), |zones| zones.to_string()),
            platforms.into_iter().collect::<Vec<_>>().join(", "),
            used.map_or("not measured".to_owned(), |cores| format!("{cores:.1}")),
            if keeps_data(&service.name) {
                "keeps data, by its name: move it last"
            } else {
                ""
            }
            .to_owned(),
        ]);
    }
    if rows.is_empty() {
        section.says.push(
            "No service was seen on more than one machine, so nothing suggests itself.".to_owned(),
        );
        return section.into();
    }
    let cores: f64 = measured.iter().sum();
    let need = format!("need {cores:.1} cores together, which is where requests begin");
    section.says.push(format!(
        "{} run on two machines or more; {}.",
        count_of(rows.len(), "service", "services"),
        match measured.len() {
            0 => "what they use of their processors was not measured".to_owned(),
            all if all == rows.len() =>
                format!("by the 95th percentile of their processors they {need}"),
            some => format!(
                "the use of processors is measured for {some} of them: by its 95th percentile these {need}"
            ),
        }
    ));
    section.says.push("Memory of a pod has to be measured before its limit is set: machines do not tell it unless an agent does.".to_owned());
    table(
        &mut section,
        &[
            "service",
            "region",
            "replicas today",
            "zones",
            "platform",
            "cores in use (p95)",
            "remark",
        ],
        rows,
    );
    section.into()
}

/// Words in names of what keeps data.
const KEEPS: [&str; 8] = [
    "db", "database", "sql", "postgres", "mongo", "kafka", "elastic", "cache",
];

/// Words in names of what guards or leads into a network, and has no place in a container.
const EDGE: [&str; 6] = ["bastion", "jump", "vpn", "gw", "gateway", "firewall"];

/// Words in names of what speaks a protocol whose clients know its address, and needs a range of ports or a name of its own.
const FIXED: [&str; 6] = ["ftp", "sftp", "mail", "smtp", "dns", "ntp"];

/// Words in names of what nobody wants to be touched, or that shall go and not move.
const OLD: [&str; 5] = ["legacy", "old", "deprecated", "obsolete", "tmp"];

fn keeps_data(service: &str) -> bool {
    has_word(service, &KEEPS)
}

fn has_word(service: &str, words: &[&str]) -> bool {
    let small = service.to_lowercase();
    let mut parts = small.split(|c: char| !c.is_alphanumeric());
    parts.any(|part| words.contains(&part))
}

/// Processors of each type.
fn processors<'a>(scene: &Scene<'a>) -> BTreeMap<&'a str, f64> {
    let all = scene.resources(Kind::ComputeInstanceType);
    all.filter_map(|resource| match &resource.body {
        Body::ComputeInstanceType(ty) => Some((resource.name.as_str(), ty.vcpu as f64)),
        _ => None,
    })
    .collect()
}

/// Cores that a service uses at the 95th percentile, where all of it is measured.
fn used_cores(
    scene: &Scene<'_>,
    service: &Service<'_>,
    types: &BTreeMap<&str, f64>,
) -> Option<f64> {
    let snapshot = scene.snapshot()?;
    let mut sum = 0.0;
    for (resource, instance) in &service.members {
        let cores = types.get(instance.instance_type.as_str())?;
        let cpu = snapshot.series.iter().find(|one| {
            one.uid == resource.uid
                && one.metric == Measured::Cpu
                && one.statistic == Statistic::Average
        })?;
        sum += cores * cpu.p95 / 100.0;
    }
    Some(sum)
}

/// Registries.
pub(super) fn registries(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("registries", "Registries");
    section.unread = scene.unread(&[Kind::ContainerRegistry]);
    let rows: Vec<Vec<String>> = scene
        .resources(Kind::ContainerRegistry)
        .filter_map(|resource| match &resource.body {
            Body::ContainerRegistry(registry) => Some(vec![
                scene.named(resource),
                cell(&registry.sku),
                yes(&registry.public_access),
                yes(&registry.anonymous_pull),
                yes(&registry.admin_user),
                yes(&registry.customer_key),
            ]),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        section.says.push(scene.none_of(Kind::ContainerRegistry));
        return section.into();
    }
    section.says.push(format!(
        "{} hold images; tags and layers inside are not read.",
        count_of(rows.len(), "registry", "registries")
    ));
    table(
        &mut section,
        &[
            "registry",
            "tier",
            "public",
            "pull without sign-in",
            "shared account",
            "own key",
        ],
        rows,
    );
    section.into()
}

/// Images of machines, which are what applications start from today.
pub(super) fn images(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("images", "Machine images in use");
    section.unread = scene.unread(&[Kind::ComputeImage]);
    let mut images: BTreeMap<String, (u64, BTreeSet<String>)> = BTreeMap::new();
    for (resource, instance) in super::hosts::machines(scene) {
        let (count, names) = images
            .entry(scene.marked_cell(&instance.image))
            .or_default();
        *count += 1;
        names.insert(scene.marked(&resource.name));
    }
    if images.is_empty() {
        section
            .says
            .push("No machine says what image it was made from.".to_owned());
        return section.into();
    }
    let mut rows: Vec<(u64, Vec<String>)> = images
        .into_iter()
        .map(|(image, (count, names))| {
            let names: Vec<String> = names.into_iter().take(4).collect();
            (count, vec![image, count.to_string(), names.join(", ")])
        })
        .collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    section.says.push(format!(
        "{} feed the machines of this run: their contents are what a base image has to replace.",
        count_of(rows.len(), "image", "images")
    ));
    table(
        &mut section,
        &["image", "machines", "among them"],
        rows.into_iter().map(|(_, row)| row).collect(),
    );
    section.into()
}

/// What would become an image, and what makes that hard.
pub(super) fn containerisable(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("containerisable", "What could become an image");
    section.unread = scene.unread(&[Kind::ComputeInstance]);
    let mut rows = Vec::new();
    let mut easy = 0;
    for service in services(scene) {
        let architectures: BTreeSet<String> = service
            .members
            .iter()
            .map(|(_, one)| cell(&one.architecture))
            .collect();
        let platforms: BTreeSet<String> = service
            .members
            .iter()
            .map(|(_, one)| cell(&one.platform))
            .collect();
        let disks: usize = service
            .members
            .iter()
            .map(|(_, one)| one.volumes.len().saturating_sub(1))
            .sum();
        let mut hard = Vec::new();
        if platforms.contains("windows") {
            hard.push("Windows".to_owned());
        }
        if disks > 0 {
            hard.push(format!(
                "{} beside the first",
                count_of(disks, "disk", "disks")
            ));
        }
        if keeps_data(&service.name) {
            hard.push("keeps data, by its name".to_owned());
        }
        if service
            .members
            .iter()
            .any(|(_, one)| one.ip_forwarding.value() == Some(&true))
        {
            hard.push("forwards packets".to_owned());
        }
        if has_word(&service.name, &EDGE) {
            hard.push("stands at the edge of the network, by its name".to_owned());
        }
        if has_word(&service.name, &FIXED) {
            hard.push("its clients know its address, by its name".to_owned());
        }
        if has_word(&service.name, &OLD) || service.name.to_lowercase().contains("do not touch") {
            hard.push("old or not to be touched, by its name".to_owned());
        }
        let stopped = |one: &ComputeInstance| {
            matches!(
                one.state.value(),
                Some(InstanceState::Stopped | InstanceState::Stopping)
            )
        };
        if service.members.iter().all(|(_, one)| stopped(one)) {
            hard.push("does not run".to_owned());
        }
        if !service.has_name() {
            hard.push("nobody says what it is".to_owned());
        }
        easy += usize::from(hard.is_empty());
        rows.push(vec![
            scene.service(&service),
            service.region.to_owned(),
            service.members.len().to_string(),
            architectures.into_iter().collect::<Vec<_>>().join(", "),
            if hard.is_empty() {
                "nothing that shows from outside".to_owned()
            } else {
                hard.join("; ")
            },
        ]);
    }
    if rows.is_empty() {
        section
            .says
            .push("There is no machine whose application could move.".to_owned());
        return section.into();
    }
    section.says.push(format!(
        "Of {} nothing speaks against {easy}, seen from outside.",
        count_of(rows.len(), "service", "services")
    ));
    rows.sort_by_key(|row| (row[4] != "nothing that shows from outside", row[0].clone()));
    table(
        &mut section,
        &[
            "service",
            "region",
            "machines",
            "architecture",
            "in the way",
        ],
        rows,
    );
    Part {
        section,
        metrics: vec![metric(
            "services with an image",
            "not known: no registry was read",
            format!("{easy}, those that nothing speaks against"),
            &scene.show_section("containerisable"),
        )],
    }
}
