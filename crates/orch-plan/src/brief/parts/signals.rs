//! Alarms and what could feed them: which series exist, which usual alarms are missing or not known, what is hot.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Body, Dataset, Digest, Kind, Metric as Measured, Statistic, Uid};

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::Section;
use super::{hosts, metric, table};
use crate::kinds;

/// The uids that have points of a metric.
fn measured<'a>(scene: &Scene<'a>, metric: Measured) -> BTreeSet<&'a Uid> {
    let series = scene
        .snapshot()
        .map_or(&[][..], |snapshot| &snapshot.series);
    let of = series
        .iter()
        .filter(|one| one.metric == metric && one.points > 0);
    of.map(|one| &one.uid).collect()
}

/// Resources that should be watched: what is gone or stopped is not.
fn watched<'a>(scene: &Scene<'a>, kind: Kind) -> Vec<&'a orch_model::Resource> {
    if kind == Kind::ComputeInstance {
        let running = hosts::machines(scene).into_iter().filter(|(_, one)| {
            one.state
                .value()
                .is_none_or(|state| *state == orch_model::kind::InstanceState::Running)
        });
        return running.map(|(resource, _)| resource).collect();
    }
    // Internet gateways have nothing that could be used up.
    let is_watched = |resource: &&orch_model::Resource| !matches!(&resource.body, Body::NetworkGateway(gateway) if gateway.purpose != "nat");
    scene.resources(kind).filter(is_watched).collect()
}

/// Whether alerts of a cloud are read, and what they watch.
enum Alerts {
    /// Nobody reads them.
    NotRead,
    /// The metrics they watch, as the cloud names them, in small letters.
    Read(Vec<String>),
}

fn alerts(scene: &Scene<'_>, provider: &str) -> Alerts {
    let read_by = kinds::note("monitor.alert").and_then(|note| note.read.get(provider));
    let complete = scene.is_complete(Kind::MonitorAlert);
    // Alerts of Azure that are read are those on its activity log, which watch no metric.
    if read_by.is_none_or(|by| by != "orch") || provider == "azure" || !complete {
        return Alerts::NotRead;
    }
    let alerts = scene
        .resources(Kind::MonitorAlert)
        .filter_map(|resource| match &resource.body {
            Body::MonitorAlert(alert) if resource.scope.provider.as_str() == provider => {
                Some(alert)
            }
            _ => None,
        });
    let mut words = Vec::new();
    for alert in alerts {
        words.extend(
            alert
                .metrics
                .value()
                .into_iter()
                .flatten()
                .map(|one| one.to_lowercase()),
        );
        words.extend(alert.filter.value().map(|one| one.to_lowercase()));
    }
    Alerts::Read(words)
}

/// Words by which a metric of ours shows in the name that a cloud gives it.
fn words_of(series: &str) -> &'static [&'static str] {
    match series {
        "cpu" | "database-cpu" => &["cpu/utilization", "cpuutilization", "percentage cpu"],
        "memory-available" => &["memory"],
        "network-in" => &["network/received", "networkin"],
        "database-connections" => &["connections", "num_backends"],
        "balancer-requests" => &["request_count", "requestcount"],
        "volume-operations" => &["ops_count", "iops"],
        "gateway-bytes" => &["nat/", "bytes_count"],
        _ => &[],
    }
}

/// The usual alarms, by kind.
pub(super) fn alarms(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("alarms", "Alarms that are missing or not known");
    let mut rows = Vec::new();
    let (mut wanted, mut there) = (0, 0);
    for (kind, note) in kinds::all() {
        let resources = watched(scene, kind);
        if resources.is_empty() || note.alarms.is_empty() {
            continue;
        }
        let mut by_cloud: BTreeMap<&str, Vec<&orch_model::Resource>> = BTreeMap::new();
        for resource in resources {
            by_cloud
                .entry(resource.scope.provider.as_str())
                .or_default()
                .push(resource);
        }
        for (provider, resources) in by_cloud {
            let known = alerts(scene, provider);
            for alarm in &note.alarms {
                wanted += 1;
                let series = alarm.series.as_ref().and_then(|name| name.parse().ok());
                let fed = series.map(|series| {
                    let with = measured(scene, series);
                    resources
                        .iter()
                        .filter(|one| with.contains(&one.uid))
                        .count()
                });
                let points = match fed {
                    Some(fed) => format!("{fed} of {} have points", resources.len()),
                    None => "no series of orch shows it".to_owned(),
                };
                let state = match &known {
                    Alerts::NotRead => "not known".to_owned(),
                    Alerts::Read(words) => {
                        let names = alarm.series.as_deref().map_or(&[][..], words_of);
                        if words
                            .iter()
                            .any(|word| names.iter().any(|name| word.contains(name)))
                        {
                            there += 1;
                            "there is one".to_owned()
                        } else if names.is_empty() {
                            "none that is known by its metric".to_owned()
                        } else {
                            "missing".to_owned()
                        }
                    }
                };
                rows.push(vec![
                    kinds::counted(resources.len() as u64, kind.as_str()),
                    alarm.what.clone(),
                    points,
                    state,
                ]);
            }
        }
    }
    section.unread = scene.unread(&[Kind::MonitorAlert]);
    if rows.is_empty() {
        section
            .says
            .push("Nothing that usually has an alarm was read.".to_owned());
        return section.into();
    }
    section.says.push(match there {
        0 => format!(
            "{} are usual for what runs here, and of none is it known that it exists.",
            count_of(wanted, "alarm", "alarms")
        ),
        some => format!(
            "{} are usual for what runs here; {some} of them are known to exist.",
            count_of(wanted, "alarm", "alarms")
        ),
    });
    table(
        &mut section,
        &["for", "rings when", "what would feed it", "alarm"],
        rows,
    );
    let metrics = vec![metric(
        "usual alarms that are known to exist",
        format!("{there} of {wanted}"),
        format!("{wanted} of {wanted}"),
        &scene.show_section("alarms"),
    )];
    Part { section, metrics }
}

/// Which series there are, and who lacks them.
pub(super) fn series(scene: &Scene<'_>) -> Part {
    const NAMED: usize = 5;
    let mut section = Section::new("series", "What is measured");
    let metrics: Vec<Measured> = Measured::ALL
        .into_iter()
        // Only some types have credits, and most machines lack them rightly.
        .filter(|one| *one != Measured::CreditBalance)
        .collect();
    let mut rows = Vec::new();
    for one in &metrics {
        let kind = kind_of(*one);
        let resources = watched(scene, kind);
        if resources.is_empty() {
            continue;
        }
        let with = measured(scene, *one);
        let without: Vec<String> = resources
            .iter()
            .filter(|resource| !with.contains(&resource.uid))
            .map(|resource| scene.named(resource))
            .collect();
        let mut told: Vec<String> = without.iter().take(NAMED).cloned().collect();
        if without.len() > NAMED {
            told.push(format!("{} more", without.len() - NAMED));
        }
        let lacking = match without.len() {
            0 => "none".to_owned(),
            all if all == resources.len() => "all of them".to_owned(),
            _ => told.join(", "),
        };
        rows.push(vec![
            one.to_string(),
            kinds::counted(resources.len() as u64, kind.as_str()),
            (resources.len() - without.len()).to_string(),
            lacking,
        ]);
    }
    let datasets: Vec<Dataset> = metrics
        .into_iter()
        .filter(|one| !watched(scene, kind_of(*one)).is_empty())
        .map(Dataset::Series)
        .collect();
    section.unread = scene.unread_datasets(&datasets);
    if rows.is_empty() {
        section
            .says
            .push("No measurement belongs to anything in this run.".to_owned());
        return section.into();
    }
    section.says.push("Only what has points in the days before the run counts as measured; a stopped machine has none.".to_owned());
    table(
        &mut section,
        &["measurement", "of", "with points", "without"],
        rows,
    );
    section.into()
}

/// Whose a metric is.
fn kind_of(metric: Measured) -> Kind {
    match metric {
        Measured::Cpu
        | Measured::NetworkIn
        | Measured::NetworkOut
        | Measured::MemoryAvailable
        | Measured::CreditBalance => Kind::ComputeInstance,
        Measured::DatabaseCpu | Measured::DatabaseConnections => Kind::DatabaseServer,
        Measured::BalancerRequests => Kind::NetworkLoadBalancer,
        Measured::GatewayBytes => Kind::NetworkGateway,
        Measured::VolumeOperations | Measured::VolumeBytes => Kind::StorageVolume,
    }
}

/// Where thresholds would ring today.
pub(super) fn hot(scene: &Scene<'_>) -> Part {
    const SHOWN: usize = 10;
    /// From here on a processor has little left, in percent.
    const HOT: f64 = 80.0;
    let mut section = Section::new("hot", "What would ring today");
    let mut cpu: Vec<&Digest> = scene
        .snapshot()
        .map_or(&[][..], |snapshot| &snapshot.series)
        .iter()
        .filter(|one| {
            matches!(one.metric, Measured::Cpu | Measured::DatabaseCpu)
                && one.statistic == Statistic::Average
        })
        .collect();
    cpu.sort_by(|a, b| b.p95.total_cmp(&a.p95).then_with(|| a.uid.cmp(&b.uid)));
    if cpu.is_empty() {
        section.says.push(
            "No processor was measured, so no threshold can be tried against the past.".to_owned(),
        );
        section.unread = scene.unread_datasets(&[Dataset::Series(Measured::Cpu)]);
        return section.into();
    }
    let over = cpu.iter().filter(|one| one.p95 >= HOT).count();
    section.says.push(format!(
        "An alarm at {HOT:.0} % of the processor for the 95th percentile would have called somebody for {} of {}.",
        over,
        count_of(
            cpu.len(),
            "measured machine or database server",
            "measured machines and database servers"
        )
    ));
    let rows = cpu.iter().take(SHOWN).map(|one| {
        let days = one.days.len();
        vec![
            scene.name_of(&one.uid),
            format!("{:.1} %", one.p50),
            format!("{:.1} %", one.p95),
            format!("{:.1} %", one.max),
            days.to_string(),
        ]
    });
    table(
        &mut section,
        &[
            "machine or server",
            "median",
            "95th percentile",
            "largest",
            "days",
        ],
        rows.collect(),
    );
    section.into()
}
