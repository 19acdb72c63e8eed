//! What would be lost, and for how long, by what a snapshot shows of each service.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Body, Field, Kind, Time, Uid};

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::Section;
use super::hosts::{Service, services};
use super::{cell, table, yes};

/// The newest finished copy of each disk.
fn newest<'a>(scene: &Scene<'a>) -> BTreeMap<&'a Uid, Time> {
    let mut newest = BTreeMap::new();
    for resource in scene.resources(Kind::StorageSnapshot) {
        let Body::StorageSnapshot(copy) = &resource.body else {
            continue;
        };
        let Some(volume) = copy.volume.value().filter(|_| copy.state == "completed") else {
            continue;
        };
        let at = newest.entry(volume).or_insert(copy.taken_at);
        *at = copy.taken_at.max(*at);
    }
    newest
}

/// Whether services survive the loss of a zone, by where their machines stand.
pub(crate) fn zones(scene: &Scene<'_>) -> (&'static str, String) {
    let services = services(scene);
    if services.is_empty() {
        return ("not known", "no machine was read".to_owned());
    }
    let zones = services.iter().map(Service::zones);
    let single = zones.clone().filter(|zones| *zones == Some(1)).count();
    let unknown = zones.filter(Option::is_none).count();
    let told = format!(
        "{single} of {} on machines (databases not counted) stand in one zone{}",
        count_of(services.len(), "service", "services"),
        not_known(unknown)
    );
    let state = match (single, unknown) {
        (0, 0) => "holds",
        (0, _) => "not known",
        _ => "open",
    };
    (state, told)
}

/// The end of a sentence that counts what is known.
fn not_known(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("; of {count} it is not known"),
    }
}

/// Services with zones, copies and their ages.
pub(super) fn recovery(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("recovery", "What is seen of recovery, by service");
    section.unread = scene.unread(&[
        Kind::ComputeInstance,
        Kind::StorageVolume,
        Kind::StorageSnapshot,
        Kind::DatabaseServer,
    ]);
    let Some(snapshot) = scene.snapshot() else {
        section.says.push(
            "A report does not hold zones and copies, so neither RTO nor RPO can be seen."
                .to_owned(),
        );
        return section.into();
    };
    let newest = newest(scene);
    let targets = targets(scene);
    let copies_read = scene.is_complete(Kind::StorageSnapshot);
    let mut rows = Vec::new();
    let (mut single, mut somewhere) = (0, 0);
    let (mut uncovered, mut uncounted) = (0, 0);
    for service in services(scene) {
        let zones = service.zones();
        let balanced = service
            .members
            .iter()
            .filter(|(resource, _)| targets.contains(&resource.uid))
            .count();
        let zone = match (zones, service.members.len()) {
            (Some(2..), machines) if balanced == machines => {
                "a balancer sends requests to the others".to_owned()
            }
            (Some(zones @ 2..), _) => {
                format!("machines in {zones} zones; who sends work to the others is not seen")
            }
            (Some(_), _) => {
                single += 1;
                "away until somebody starts it in another zone".to_owned()
            }
            (None, _) => {
                somewhere += 1;
                "not known: not all of its machines name a zone".to_owned()
            }
        };
        let (mut with, mut without, mut unread, mut oldest) = (0, 0, 0, None::<Time>);
        for volume in service.members.iter().flat_map(|(_, one)| &one.volumes) {
            match newest.get(volume) {
                Some(at) => {
                    with += 1;
                    oldest = Some(oldest.map_or(*at, |old: Time| old.min(*at)));
                }
                None if copies_read => without += 1,
                None => unread += 1,
            }
        }
        uncovered += usize::from(without > 0);
        uncounted += usize::from(without == 0 && unread > 0);
        let rpo = match (oldest, without, unread) {
            (None, 0, 0) => "no disk of its own was read".to_owned(),
            (Some(at), 0, 0) => format!(
                "up to {} (newest copy of {})",
                age(snapshot.as_of, at),
                if with == 1 {
                    "its disk".to_owned()
                } else {
                    format!("each of its {with} disks")
                }
            ),
            (None, without, 0) => format!(
                "all of it: no copy of {}",
                count_of(without, "disk", "disks")
            ),
            (Some(at), without, 0) => format!(
                "all of it on {} without a copy, up to {} on {with} others",
                count_of(without, "disk", "disks"),
                age(snapshot.as_of, at)
            ),
            (_, _, unread) => format!(
                "not known: copies of {} were not read",
                count_of(unread, "disk", "disks")
            ),
        };
        let rto = match (with, unread, sizes(scene, &service)) {
            (0, 0, _) => "not measured; there is nothing to restore from".to_owned(),
            (0, _, _) => {
                "not measured; whether there is something to restore from is not known".to_owned()
            }
            (_, _, Some(gib)) => format!("not measured; {gib} GiB to restore"),
            (_, _, None) => "not measured; the size of its disks was not read".to_owned(),
        };
        let order = (without == 0, zones.is_none_or(|zones| zones > 1));
        rows.push((
            order,
            vec![
                scene.service(&service),
                service.region.to_owned(),
                service.members.len().to_string(),
                zone,
                rpo,
                rto,
            ],
        ));
    }
    for resource in scene.resources(Kind::DatabaseServer) {
        let Body::DatabaseServer(server) = &resource.body else {
            continue;
        };
        let zone = match &server.high_availability {
            Field::Value(true) => "survives by itself".to_owned(),
            Field::NotRead => {
                somewhere += 1;
                "not read".to_owned()
            }
            Field::Value(false) | Field::None => {
                single += 1;
                "away until it is restored".to_owned()
            }
        };
        let rpo = match (&server.point_in_time, &server.backup_days) {
            (Field::Value(true), days) => format!("minutes, within {} days", cell(days)),
            (_, Field::Value(days)) if *days > 0 => format!("up to a day; backups of {days} days"),
            (_, Field::Value(_) | Field::None) => "all of it: no backups".to_owned(),
            _ => format!("not known: backups {}", yes(&server.backups)),
        };
        rows.push((
            (true, true),
            vec![
                scene.named(resource),
                resource.scope.region.to_string(),
                format!("{} server", server.engine),
                zone,
                rpo,
                "not measured".to_owned(),
            ],
        ));
    }
    if rows.is_empty() {
        section.says.push("No service on machines and no database was read, so there is nothing to recover in this run.".to_owned());
        return section.into();
    }
    // What would be lost for good comes first.
    rows.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    section.says.push("RTO and RPO are promises of people, and no snapshot holds one: the columns say what would happen today.".to_owned());
    section.says.push(format!(
        "Of {} {single} stand in one zone{}.",
        count_of(rows.len(), "service", "services, databases among them,"),
        not_known(somewhere)
    ));
    section.says.push(format!(
        "{uncovered} of them have a disk without any copy{}.",
        not_known(uncounted)
    ));
    section.says.push("After the loss of a region: copies kept in another region are not told apart in this run, so none is assumed.".to_owned());
    table(
        &mut section,
        &[
            "service",
            "region",
            "machines",
            "when a zone is lost",
            "data lost today (RPO)",
            "time away (RTO)",
        ],
        rows.into_iter().map(|(_, row)| row).collect(),
    );
    section.into()
}

/// What its disks hold together, where all of them were read.
fn sizes(scene: &Scene<'_>, service: &Service<'_>) -> Option<i64> {
    let volumes = service.members.iter().flat_map(|(_, one)| &one.volumes);
    volumes
        .map(|uid| match &scene.resource(uid)?.body {
            Body::StorageVolume(volume) => Some(volume.size_gib),
            _ => None,
        })
        .sum()
}

/// The machines behind load balancers.
fn targets(scene: &Scene<'_>) -> BTreeSet<Uid> {
    let mut targets = BTreeSet::new();
    for resource in scene.resources(Kind::NetworkLoadBalancer) {
        let Body::NetworkLoadBalancer(balancer) = &resource.body else {
            continue;
        };
        let listeners = balancer.listeners.value().into_iter().flatten();
        let all = listeners.flat_map(|listener| listener.targets.value().into_iter().flatten());
        targets.extend(all.filter_map(|target| target.instance.value().cloned()));
    }
    targets
}

fn age(now: Time, at: Time) -> String {
    let hours = (now - at).num_hours().max(0);
    if hours < 72 {
        format!("{hours} hours")
    } else {
        format!("{} days", hours / 24)
    }
}
