//! What builds and deploys, with whose rights, and to where: as far as a cloud tells it.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Body, Field, Kind, Uid};

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::Section;
use super::hosts::{machines, services};
use super::{cell, table, yes};
use crate::kinds;

/// Words in names and tags of what builds and deploys.
const BUILDERS: [&str; 14] = [
    "ci",
    "cicd",
    "runner",
    "jenkins",
    "gitlab",
    "github",
    "build",
    "builder",
    "buildkite",
    "teamcity",
    "agent",
    "deploy",
    "argocd",
    "spinnaker",
];

/// What has no tag of a stage.
const UNNAMED: &str = "without a stage";

fn builds(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let mut parts = text.split(|c: char| !c.is_alphanumeric());
    parts.find_map(|part| BUILDERS.iter().find(|word| **word == part).copied())
}

/// Machines and accounts that look like they build.
pub(super) fn deployers(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("deployers", "What builds and deploys today");
    section.unread = scene.unread(&[Kind::ComputeInstance]);
    let mut rows = Vec::new();
    for (resource, instance) in machines(scene) {
        let by_name = builds(&resource.name).map(|word| format!("its name has {word}"));
        let by_tag = resource
            .tags
            .value()
            .into_iter()
            .flatten()
            .find_map(|(key, value)| {
                builds(value).map(|_| format!("tag {key}={}", scene.marked(value)))
            });
        let Some(why) = by_name.or(by_tag) else {
            continue;
        };
        let public = match instance.public_addresses.value() {
            Some(all) if all.is_empty() => "no".to_owned(),
            Some(_) => "yes".to_owned(),
            None => "not read".to_owned(),
        };
        rows.push(vec![
            scene.named(resource),
            resource.scope.region.to_string(),
            instance.instance_type.to_string(),
            instance.profile.value().map_or_else(
                || cell(&instance.profile),
                |profile| scene.marked(Uid::new(profile).short()),
            ),
            public,
            why,
        ]);
    }
    if rows.is_empty() {
        section.says.push("Nothing in this run has the name or tag of a build machine; pipelines of a hosted service leave no trace in resources.".to_owned());
        return section.into();
    }
    let profiles: BTreeSet<&str> = rows.iter().map(|row| row[3].as_str()).collect();
    section.says.push(format!(
        "{} by name or tag like builders, under {}: whoever may change a pipeline acts with these rights.",
        if rows.len() == 1 { "One machine looks".to_owned() } else { format!("{} machines look", rows.len()) },
        count_of(profiles.len(), "identity", "identities")
    ));
    table(
        &mut section,
        &[
            "machine",
            "region",
            "type",
            "identity",
            "public address",
            "because",
        ],
        rows,
    );
    section.into()
}

/// Identities that software can use.
pub(super) fn identities(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("identities", "Identities for deployments");
    let mut rows = Vec::new();
    for resource in scene.resources(Kind::IdentityServiceAccount) {
        let Body::IdentityServiceAccount(account) = &resource.body else {
            continue;
        };
        let keys = account
            .keys
            .value()
            .map(|keys| keys.iter().filter(|key| key.user_managed).count());
        rows.push(vec![
            kinds::named(1, resource.kind().as_str()).to_owned(),
            scene.marked(&account.email),
            match keys {
                Some(0) => "no key that people can copy".to_owned(),
                Some(count) => count_of(
                    count,
                    "key that people can copy",
                    "keys that people can copy",
                ),
                None => "keys not read".to_owned(),
            },
        ]);
    }
    for resource in scene.resources(Kind::ContainerCluster) {
        if let Body::ContainerCluster(cluster) = &resource.body {
            rows.push(vec![
                "cluster".to_owned(),
                scene.named(resource),
                format!("workload identity: {}", yes(&cluster.workload_identity)),
            ]);
        }
    }
    for resource in scene.resources(Kind::ComputeApp) {
        if let Body::ComputeApp(app) = &resource.body {
            let ftp = match &app.plain_ftp {
                Field::Value(true) => "; takes code by plain FTP",
                _ => "",
            };
            rows.push(vec![
                "application".to_owned(),
                scene.named(resource),
                format!("identity: {}{ftp}", scene.marked_cell(&app.identity)),
            ]);
        }
    }
    section.unread = scene.unread(&[
        Kind::IdentityServiceAccount,
        Kind::IdentityGrant,
        Kind::ContainerCluster,
        Kind::ComputeApp,
    ]);
    section.says.push(match rows.len() {
        0 => "No account for software, cluster or application was read, so which identity deploys has to be asked.".to_owned(),
        1 => "1 thing below has an identity that deploys, or that a deployment runs under.".to_owned(),
        some => format!("{some} things below have identities that deploy, or that deployments run under."),
    });
    table(&mut section, &["what", "which", "how"], rows);
    section.into()
}

/// Where deployments go: stages and what stands in them.
pub(super) fn targets(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("deployment-targets", "Where deployments go");
    section.unread = scene.unread(&[
        Kind::ComputeInstance,
        Kind::ComputeApp,
        Kind::ComputeScalingGroup,
    ]);
    type Cells<'s> = (BTreeSet<String>, BTreeSet<&'s str>, u64);
    let mut stages: BTreeMap<String, Cells<'_>> = BTreeMap::new();
    for service in services(scene) {
        for (resource, _) in &service.members {
            let tags = resource.tags.value();
            let stage = tags.and_then(|tags| {
                let found = tags.iter().find(|(key, _)| {
                    ["environment", "env", "stage"].contains(&key.to_lowercase().as_str())
                });
                found.map(|(_, value)| value.to_string())
            });
            let stage = stage.unwrap_or_else(|| UNNAMED.to_owned());
            let (services, regions, machines) = stages.entry(stage).or_default();
            services.insert(scene.service(&service));
            regions.insert(service.region);
            *machines += 1;
        }
    }
    if stages.is_empty() {
        section
            .says
            .push("No machine was read to which something could be deployed.".to_owned());
        return section.into();
    }
    let named = stages.keys().filter(|stage| *stage != UNNAMED).count();
    section.says.push(match named {
        0 => "No machine has a tag that tells its stage (Environment, env, stage).".to_owned(),
        1 => "One stage shows by the tag Environment.".to_owned(),
        some => format!("{some} stages show by the tag Environment."),
    });
    let ready = [Kind::ComputeScalingGroup, Kind::ComputeApp].map(|kind| {
        match (scene.count(kind), scene.is_complete(kind)) {
            (0, false) => format!(
                "whether there are {} is not known",
                kinds::named(2, kind.as_str())
            ),
            (0, true) => format!("there are no {}", kinds::named(2, kind.as_str())),
            (count, _) => format!("there are {}", kinds::counted(count, kind.as_str())),
        }
    });
    section.says.push(format!(
        "Machines do not take new versions by themselves; of what does, {}.",
        ready.join(", and ")
    ));
    let rows = stages
        .into_iter()
        .map(|(stage, (services, regions, machines))| {
            let count = services.len();
            let mut names: Vec<String> = services.into_iter().take(6).collect();
            if count > names.len() {
                names.push(format!("{} more", count - names.len()));
            }
            vec![
                match stage == UNNAMED {
                    true => stage,
                    false => scene.marked(&stage),
                },
                machines.to_string(),
                regions.into_iter().collect::<Vec<_>>().join(", "),
                names.join(", "),
            ]
        });
    table(
        &mut section,
        &["stage", "machines", "regions", "services"],
        rows.collect(),
    );
    section.into()
}
