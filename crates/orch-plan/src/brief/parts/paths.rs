//! Ways in from the internet, data that strangers could get, rights, and where nobody looked.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Body, Kind, Uid};
use orch_report::v1::Finding;
use serde_json::Value;

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::Section;
use super::{hosts, metric, table};
use crate::kinds;

/// A way by which packets arrive.
struct Path {
    port: String,
    to: String,
    via: Vec<String>,
    findings: BTreeSet<String>,
    severity: usize,
}

/// Every way that evidence of findings shows.
pub(super) fn exposure(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("exposure-paths", "Ways in from the internet");
    let mut paths: BTreeMap<(String, String), Path> = BTreeMap::new();
    let mut idle = Vec::new();
    for finding in &scene.findings {
        let target = target_of(scene, finding);
        for arrival in list(&finding.evidence, "arrivals") {
            let port = ports(arrival);
            let via: Vec<String> = strings(arrival.get("via"));
            let severity = crate::severity::SEVERITIES
                .iter()
                .position(|one| *one == finding.severity)
                .unwrap_or(9);
            let path = paths
                .entry((target.clone(), port.clone()))
                .or_insert_with(|| Path {
                    port,
                    to: target.clone(),
                    via,
                    findings: BTreeSet::new(),
                    severity,
                });
            path.severity = path.severity.min(severity);
            path.findings.insert(finding.fingerprint.clone());
        }
        let nobody = finding
            .evidence
            .get("reached_by")
            .is_some_and(|by| by.as_array().is_some_and(Vec::is_empty));
        if nobody && !list(&finding.evidence, "openings").is_empty() {
            idle.push(finding);
        }
    }
    section.unread = scene.unread(&[
        Kind::NetworkFirewall,
        Kind::NetworkInterface,
        Kind::NetworkRouteTable,
        Kind::NetworkAcl,
        Kind::NetworkLoadBalancer,
    ]);
    let mut paths: Vec<Path> = paths.into_values().collect();
    paths.sort_by(|a, b| {
        a.severity
            .cmp(&b.severity)
            .then_with(|| a.to.cmp(&b.to))
            .then_with(|| a.port.cmp(&b.port))
    });
    if paths.is_empty() {
        section.says.push(
            "No finding of this run shows a packet that arrives where it should not.".to_owned(),
        );
    } else {
        section.says.push(format!(
            "{} from the internet to a machine are followed hop by hop below; a row is closed when any of its hops is.",
            count_of(paths.len(), "way", "ways")
        ));
    }
    if !idle.is_empty() {
        let groups: BTreeSet<&str> = idle.iter().map(|one| one.resource.name.as_str()).collect();
        section.says.push(format!(
            "{} stand open as well, but nothing was found behind them: they wait for the next machine that is put there.",
            count_of(groups.len(), "firewall", "firewalls")
        ));
    }
    let metrics = vec![metric(
        "ways in that no one meant",
        paths.len().to_string(),
        "0, or accepted by name",
        &scene.show_section("exposure-paths"),
    )];
    let rows = paths.into_iter().map(|path| {
        vec![
            crate::severity::SEVERITIES
                .get(path.severity)
                .copied()
                .unwrap_or("info")
                .to_owned(),
            path.to,
            path.port,
            scene.marked(&path.via.join(" → ")),
            path.findings.into_iter().collect::<Vec<_>>().join(", "),
        ]
    });
    table(
        &mut section,
        &["severity", "machine", "port", "way", "findings"],
        rows.collect(),
    );
    Part { section, metrics }
}

/// The machine that is reached.
fn target_of(scene: &Scene<'_>, finding: &Finding) -> String {
    let uid = finding
        .evidence
        .get("instance")
        .and_then(Value::as_str)
        .unwrap_or(&finding.resource.uid);
    if scene.snapshot().is_some() {
        scene.name_of(&Uid::new(uid))
    } else {
        scene.marked(&finding.resource.name)
    }
}

fn list<'f>(evidence: &'f BTreeMap<String, Value>, name: &str) -> &'f [Value] {
    evidence
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let all = value
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    all.iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn ports(opening: &Value) -> String {
    let protocol = opening
        .get("protocol")
        .and_then(Value::as_str)
        .unwrap_or("any");
    let number = |name: &str| opening.get(name).and_then(Value::as_i64);
    match (number("from_port"), number("to_port")) {
        (Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        (Some(from), Some(to)) => format!("{protocol} {from}-{to}"),
        _ => format!("{protocol} all"),
    }
}

/// What strangers could read, or a thief of disks.
pub(super) fn data_at_risk(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("data-at-risk", "Data that others could get");
    let kinds_of_data = [
        Kind::StorageVolume,
        Kind::StorageSnapshot,
        Kind::StorageBucket,
        Kind::StorageAccount,
        Kind::DatabaseServer,
        Kind::ComputeImage,
    ];
    let is_data = |finding: &&&Finding| {
        finding.category == "security"
            && kinds_of_data
                .iter()
                .any(|kind| kind.as_str() == finding.resource.kind)
    };
    let rows: Vec<Vec<String>> = scene
        .findings
        .iter()
        .filter(is_data)
        .map(|finding| {
            vec![
                finding.severity.clone(),
                kinds::named(1, &finding.resource.kind).to_owned(),
                scene.marked(&finding.resource.name),
                finding.resource.region.clone(),
                scene.message(finding),
                finding.fingerprint.clone(),
            ]
        })
        .collect();
    section.unread = scene.unread(&kinds_of_data);
    section.says.push(match rows.len() {
        0 => "No disk, copy, bucket or database in this run lies open or unencrypted, as far as it was read.".to_owned(),
        some => format!("{} of stored data are open.", count_of(some, "finding", "findings")),
    });
    table(
        &mut section,
        &["severity", "what", "name", "region", "finding", "id"],
        rows,
    );
    section.into()
}

/// Who may do what, as far as it was read.
pub(super) fn rights(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("rights", "Identities and rights");
    let kinds_of_rights = [
        Kind::IdentityGrant,
        Kind::IdentityRole,
        Kind::IdentityServiceAccount,
        Kind::IdentityApiKey,
    ];
    section.unread = scene.unread(&kinds_of_rights);
    let mut rows = Vec::new();
    let mut grants: BTreeMap<(String, String), u64> = BTreeMap::new();
    for resource in scene.resources(Kind::IdentityGrant) {
        if let Body::IdentityGrant(grant) = &resource.body {
            let who = grant
                .principal_kind
                .value()
                .map_or("not read", |kind| kind.as_str());
            *grants
                .entry((grant.role.to_string(), who.to_owned()))
                .or_default() += 1;
        }
    }
    rows.extend(grants.into_iter().map(|((role, who), count)| {
        vec![
            format!("role {}", scene.marked(&role)),
            format!("{count} × {who}"),
            String::new(),
        ]
    }));
    let mut profiles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (resource, instance) in hosts::machines(scene) {
        let profile = match &instance.profile {
            orch_model::Field::Value(profile) => scene.marked(Uid::new(profile).short()),
            orch_model::Field::None => "no identity".to_owned(),
            orch_model::Field::NotRead => "identity not read".to_owned(),
        };
        profiles
            .entry(profile)
            .or_default()
            .push(scene.marked(&resource.name));
    }
    let without = profiles.get("no identity").map_or(0, Vec::len);
    let machines: usize = profiles.values().map(Vec::len).sum();
    let distinct = profiles
        .keys()
        .filter(|name| !name.starts_with("no identity") && !name.starts_with("identity not"))
        .count();
    let mut profiles: Vec<_> = profiles.into_iter().collect();
    // Those without one first, then what most machines share.
    profiles
        .sort_by_key(|(profile, names)| (profile != "no identity", std::cmp::Reverse(names.len())));
    rows.extend(profiles.into_iter().map(|(profile, mut names)| {
        names.sort();
        vec![
            profile,
            count_of(names.len(), "machine", "machines"),
            shown(&names),
        ]
    }));
    if machines > 0 {
        section.says.push(format!(
            "{} use {}, {without} use none; what these identities may do is another question.",
            count_of(machines - without, "machine", "machines"),
            count_of(distinct, "identity", "identities")
        ));
    } else if rows.is_empty() {
        section
            .says
            .push("Nobody's rights can be told from this run.".to_owned());
    }
    table(
        &mut section,
        &["identity or role", "held by", "which"],
        rows,
    );
    section.into()
}

fn shown(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut told: Vec<String> = names.iter().take(SHOWN).cloned().collect();
    if names.len() > SHOWN {
        told.push(format!("{} more", names.len() - SHOWN));
    }
    told.join(", ")
}

/// What could not be decided, by what is missing.
pub(super) fn blind_spots(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("blind-spots", "Where nobody could look");
    let report = &scene.run.report;
    let security: BTreeSet<&str> = scene
        .options
        .rules
        .iter()
        .filter(|(_, rule)| rule.category == "security")
        .map(|(id, _)| id.as_str())
        .chain(scene.findings.iter().map(|finding| finding.rule.as_str()))
        .collect();
    let mut missing: BTreeMap<(String, String), (u64, BTreeSet<String>)> = BTreeMap::new();
    let mut add = |what: &str, cause: &str, detail: &str, rule: &str| {
        let (count, rules) = missing
            .entry((what.to_owned(), format!("{cause}: {detail}")))
            .or_default();
        *count += 1;
        rules.insert(rule.to_owned());
    };
    for unknown in report
        .unknown
        .iter()
        .filter(|one| security.contains(one.rule.as_str()))
    {
        for reason in &unknown.reasons {
            add(&reason.what, &reason.cause, &reason.detail, &unknown.rule);
        }
    }
    for one in report
        .unassessed
        .iter()
        .filter(|one| security.contains(one.rule.as_str()))
    {
        add(
            &one.reason.what,
            &one.reason.cause,
            &one.reason.detail,
            &one.rule,
        );
    }
    let mut rows: Vec<(u64, Vec<String>)> = missing
        .into_iter()
        .map(|((what, why), (count, rules))| {
            let rules: Vec<String> = rules.into_iter().collect();
            (
                count,
                vec![
                    what,
                    why.trim_end_matches([':', ' ']).to_owned(),
                    count.to_string(),
                    shown(&rules),
                ],
            )
        })
        .collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let total: u64 = rows.iter().map(|(count, _)| count).sum();
    section.says.push(match total {
        0 => "Every question of security that was asked of this run has an answer.".to_owned(),
        some => format!(
            "{} of security lack something to be decided; none of them counts as passed.",
            count_of(some as usize, "answer", "answers")
        ),
    });
    table(
        &mut section,
        &["missing", "why", "answers", "rules"],
        rows.into_iter().map(|(_, row)| row).collect(),
    );
    section.into()
}
