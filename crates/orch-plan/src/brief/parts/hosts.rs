//! Machines as hosts: the services they belong to, the groups they fall into, a sketch of an inventory.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::kind::{ComputeInstance, InstanceState};
use orch_model::{Body, Kind, Resource};

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::{Code, Section};
use super::{metric, table};

/// Tags that name what a machine belongs to, in the order in which they are asked.
const SERVICE_TAGS: [&str; 6] = [
    "service",
    "application",
    "app",
    "component",
    "role",
    "aws:autoscaling:groupName",
];
/// Tags that name the stage it stands in.
const STAGE_TAGS: [&str; 3] = ["environment", "env", "stage"];

/// What a service is called whose machines say nothing.
const NAMELESS: &str = "without a name";

/// Machines that do one thing together.
#[derive(Debug)]
pub(crate) struct Service<'r> {
    /// Its name: of a tag, else of its machines without their number.
    pub(crate) name: String,
    /// Its network's region.
    pub(crate) region: &'r str,
    /// Its machines.
    pub(crate) members: Vec<(&'r Resource, &'r ComputeInstance)>,
}

impl Service<'_> {
    /// Whether its machines say what it is.
    pub(crate) fn has_name(&self) -> bool {
        self.name != NAMELESS
    }

    /// In how many zones its machines stand, at least; nothing where that is not known. A machine without a zone may stand
    /// in any.
    pub(crate) fn zones(&self) -> Option<usize> {
        let zones: BTreeSet<&str> = (self.members.iter())
            .filter_map(|(_, one)| one.zone.value().map(AsRef::as_ref))
            .collect();
        let all_known = self
            .members
            .iter()
            .all(|(_, one)| one.zone.value().is_some());
        match (zones.len(), self.members.len()) {
            (2.., _) => Some(zones.len()),
            (_, 1) => Some(1),
            _ => all_known.then_some(zones.len()),
        }
    }
}

/// Whether it is there at all: what is deleted is still listed for an hour.
pub(crate) fn is_there(instance: &ComputeInstance) -> bool {
    !matches!(
        instance.state.value(),
        Some(InstanceState::Terminated | InstanceState::ShuttingDown)
    )
}

/// The machines of a scene that are there.
pub(crate) fn machines<'a>(scene: &Scene<'a>) -> Vec<(&'a Resource, &'a ComputeInstance)> {
    let all = scene.resources(Kind::ComputeInstance);
    all.filter_map(|resource| match &resource.body {
        Body::ComputeInstance(instance) if is_there(instance) => Some((resource, &**instance)),
        _ => None,
    })
    .collect()
}

/// The services that machines make up.
pub(crate) fn services<'a>(scene: &Scene<'a>) -> Vec<Service<'a>> {
    let mut services: BTreeMap<(String, &str), Service<'a>> = BTreeMap::new();
    for (resource, instance) in machines(scene) {
        let name = service_of(resource);
        let region = resource.scope.region.as_str();
        let service = services
            .entry((name.clone(), region))
            .or_insert_with(|| Service {
                name,
                region,
                members: Vec::new(),
            });
        service.members.push((resource, instance));
    }
    services.into_values().collect()
}

fn tag<'r>(resource: &'r Resource, names: &[&str]) -> Option<&'r str> {
    let tags = resource.tags.value()?;
    names.iter().find_map(|name| {
        let found = tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    })
}

/// What a machine belongs to: a tag, its scaling group, or its name without the number at its end.
fn service_of(resource: &Resource) -> String {
    if let Some(tag) = tag(resource, &SERVICE_TAGS) {
        return tag.to_owned();
    }
    if resource.name == resource.uid.short() {
        return NAMELESS.to_owned();
    }
    let stem = resource.name.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = stem.trim_end_matches(['-', '_', '.', ' ']);
    if stem.is_empty() {
        resource.name.to_string()
    } else {
        stem.to_owned()
    }
}

/// A name that Ansible takes for a group: letters, digits and underscores.
fn group(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    while out.contains("__") {
        out = out.replace("__", "_");
    }
    let out = out.trim_matches('_').to_owned();
    if out.starts_with(|c: char| c.is_ascii_digit()) || out.is_empty() {
        format!("g_{out}")
    } else {
        out
    }
}

/// The groups of a host: platform, stage, service.
fn groups_of(scene: &Scene<'_>, resource: &Resource, instance: &ComputeInstance) -> Vec<String> {
    let platform = instance
        .platform
        .value()
        .map_or("platform_not_read".to_owned(), |platform| group(platform));
    let stage = tag(resource, &STAGE_TAGS).map_or("stage_untagged".to_owned(), |stage| {
        format!("stage_{}", scene.marked(&group(stage)))
    });
    vec![
        platform,
        stage,
        format!("service_{}", scene.marked(&group(&service_of(resource)))),
    ]
}

/// Which groups there are, and how their hosts are reached.
pub(super) fn groups(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("host-groups", "Hosts and groups");
    section.unread = scene.unread(&[Kind::ComputeInstance]);
    let machines = machines(scene);
    if machines.is_empty() {
        section.says.push(scene.none_of(Kind::ComputeInstance));
        return section.into();
    }
    type Row = (u64, BTreeSet<String>, u64, BTreeSet<String>);
    let mut groups: BTreeMap<String, Row> = BTreeMap::new();
    for (resource, instance) in &machines {
        for name in groups_of(scene, resource, instance) {
            let (count, networks, public, keys) = groups.entry(name).or_default();
            *count += 1;
            if let Some(vpc) = instance.vpc.value() {
                networks.insert(scene.marked(vpc.short()));
            }
            *public += u64::from(
                instance
                    .public_addresses
                    .value()
                    .is_some_and(|all| !all.is_empty()),
            );
            keys.insert(scene.marked_cell(&instance.key_name));
        }
    }
    let row = |(name, (count, networks, public, keys)): (String, Row)| {
        vec![
            name,
            count.to_string(),
            networks.into_iter().collect::<Vec<_>>().join(", "),
            public.to_string(),
            keys.into_iter().collect::<Vec<_>>().join(", "),
        ]
    };
    let mut rows: Vec<Vec<String>> = groups.into_iter().map(row).collect();
    rows.sort_by_key(|row| {
        (
            std::cmp::Reverse(row[1].parse::<u64>().unwrap_or(0)),
            row[0].clone(),
        )
    });
    let without_key = machines
        .iter()
        .filter(|(_, one)| matches!(one.key_name, orch_model::Field::None))
        .count();
    let windows = machines
        .iter()
        .filter(|(_, one)| one.platform.value().is_some_and(|name| name == "windows"))
        .count();
    section.says.push(format!(
        "{} fall into {} by platform, stage (tag Environment) and service (a tag, else the name without its number).",
        count_of(machines.len(), "host", "hosts"),
        count_of(rows.len(), "group", "groups")
    ));
    if without_key > 0 {
        section.says.push(format!("{without_key} of them were started without a key pair: SSH needs another way in, on AWS the connection plugin aws_ssm."));
    }
    if windows > 0 {
        section.says.push(format!(
            "{} Windows and wants WinRM or SSH switched on first.",
            if windows == 1 {
                "One runs".to_owned()
            } else {
                format!("{windows} run")
            }
        ));
    }
    table(
        &mut section,
        &[
            "group",
            "hosts",
            "networks",
            "with public address",
            "key pairs",
        ],
        rows,
    );
    Part {
        section,
        metrics: vec![metric(
            "hosts that Ansible describes",
            "not known",
            machines.len().to_string(),
            &scene.show_section("inventory"),
        )],
    }
}

/// A sketch of the inventory, as YAML.
pub(super) fn inventory(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("inventory", "Inventory");
    let machines = machines(scene);
    section.unread = scene.unread(&[Kind::ComputeInstance]);
    if machines.is_empty() {
        section
            .says
            .push("No inventory can be drawn from this run.".to_owned());
        return section.into();
    }
    let stopped = machines
        .iter()
        .filter(|(_, one)| {
            one.state
                .value()
                .is_some_and(|state| *state != InstanceState::Running)
        })
        .count();
    section.says.push(format!("Private addresses stand in it, so it is for a runner inside the networks; {stopped} of the hosts are not running and are marked."));
    let mut names = BTreeSet::new();
    let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut blocks = vec!["all:\n  hosts:".to_owned()];
    for (resource, instance) in &machines {
        let mut name = resource.name.to_string();
        if !names.insert(name.clone()) {
            name = format!("{name} {}", resource.uid.short());
            names.insert(name.clone());
        }
        let mut lines = vec![format!("    {}:", scene.marked(&yaml(&name)))];
        match instance.private_addresses.first() {
            Some(address) => lines.push(format!(
                "      ansible_host: {}",
                yaml(&address.to_string())
            )),
            None => lines.push("      # no private address was read".to_owned()),
        }
        lines.push(format!(
            "      cloud_id: {}",
            scene.marked(&yaml(resource.uid.short()))
        ));
        lines.push(format!(
            "      cloud_region: {}",
            yaml(&resource.scope.region)
        ));
        if instance
            .platform
            .value()
            .is_some_and(|name| name == "windows")
        {
            lines.push("      ansible_connection: winrm".to_owned());
        }
        if instance
            .state
            .value()
            .is_some_and(|state| *state != InstanceState::Running)
        {
            lines.push("      cloud_running: false".to_owned());
        }
        blocks.push(lines.join("\n"));
        for group in groups_of(scene, resource, instance) {
            children
                .entry(group)
                .or_default()
                .push(scene.marked(&yaml(&name)));
        }
    }
    blocks.push("  children:".to_owned());
    for (group, hosts) in children {
        let hosts: Vec<String> = hosts
            .iter()
            .map(|host| format!("        {host}:"))
            .collect();
        blocks.push(format!("    {group}:\n      hosts:\n{}", hosts.join("\n")));
    }
    section.code = Some(Code {
        language: "yaml".to_owned(),
        blocks: blocks.into(),
    });
    section.into()
}

/// A word of YAML that is read as text, whatever stands in it.
fn yaml(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    // JSON strings are YAML strings.
    serde_json::Value::from(orch_report::visible(text).into_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_yaml_stay_text() {
        for (text, shown) in [
            ("web-1", "web-1"),
            ("yes", "\"yes\""),
            ("1", "\"1\""),
            ("a: b", "\"a: b\""),
            ("x\n- y", "\"x\\\\n- y\""),
        ] {
            assert_eq!(yaml(text), shown);
        }
        assert_eq!(group("Shop Web (EU)"), "shop_web_eu");
        assert_eq!(group("1st"), "g_1st");
    }
}
