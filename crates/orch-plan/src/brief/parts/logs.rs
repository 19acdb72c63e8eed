//! What is recorded: traffic of networks, requests, and the acts of administrators.

use orch_model::{Body, Kind, Uid};

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::Section;
use super::{cell, metric, table, yes};

/// Which networks are recorded.
pub(super) fn flow_logs(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("flow-logs", "Traffic that is recorded");
    section.unread = scene.unread(&[Kind::NetworkVpc, Kind::NetworkFlowLog]);
    let logs: Vec<_> = scene
        .resources(Kind::NetworkFlowLog)
        .filter_map(|resource| match &resource.body {
            Body::NetworkFlowLog(log) => Some(log),
            _ => None,
        })
        .collect();
    let of = |target: &Uid| {
        logs.iter()
            .filter(|log| log.active && log.target == *target)
            .collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    let (mut networks, mut recorded) = (0, 0);
    for resource in scene.resources(Kind::NetworkVpc) {
        networks += 1;
        let subnets: Vec<_> = scene
            .resources(Kind::NetworkSubnet)
            .filter_map(|subnet| match &subnet.body {
                Body::NetworkSubnet(body) if body.vpc == resource.uid => Some((subnet, body)),
                _ => None,
            })
            .collect();
        let own = of(&resource.uid);
        let logged = subnets
            .iter()
            .filter(|(subnet, body)| {
                body.flow_logs.value() == Some(&true) || !of(&subnet.uid).is_empty()
            })
            .count();
        let how = match (own.first(), logged) {
            (Some(log), _) => {
                recorded += 1;
                format!(
                    "the network itself, {} traffic to {}, kept {}",
                    log.traffic,
                    cell(&log.destination),
                    kept(&log.retention_days)
                )
            }
            (None, 0) => "nothing".to_owned(),
            (None, some) if some == subnets.len() => {
                recorded += 1;
                "each of its subnets".to_owned()
            }
            (None, some) => format!("{some} of its {} subnets", subnets.len()),
        };
        let broken = own.iter().any(|log| log.delivering.value() == Some(&false));
        rows.push(vec![
            scene.named(resource),
            resource.scope.region.to_string(),
            subnets.len().to_string(),
            how,
            if broken {
                "the last delivery failed".to_owned()
            } else {
                String::new()
            },
        ]);
    }
    if rows.is_empty() {
        section.says.push(scene.none_of(Kind::NetworkVpc));
        return section.into();
    }
    section.says.push(format!(
        "Of {} {recorded} are recorded as a whole.",
        count_of(networks, "network", "networks")
    ));
    table(
        &mut section,
        &["network", "region", "subnets", "recorded", "remark"],
        rows,
    );
    Part {
        section,
        metrics: vec![metric(
            "networks recorded as a whole",
            format!("{recorded} of {networks}"),
            format!("{networks} of {networks}"),
            &scene.show_section("flow-logs"),
        )],
    }
}

fn kept(days: &orch_model::Field<i64>) -> String {
    match days.value() {
        Some(0) => "for ever".to_owned(),
        Some(days) => format!("{days} days"),
        None => "for a time that was not read".to_owned(),
    }
}

/// What answers requests, and whether it writes them down.
pub(super) fn sources(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("log-sources", "Sources of request logs");
    let mut rows = Vec::new();
    for kind in [
        Kind::NetworkLoadBalancer,
        Kind::ComputeApp,
        Kind::ContainerCluster,
        Kind::NetworkGateway,
    ] {
        for resource in scene.resources(kind) {
            let logs = match &resource.body {
                Body::NetworkLoadBalancer(body) => yes(&body.logging),
                Body::ComputeApp(body) => yes(&body.logging),
                Body::ContainerCluster(body) => yes(&body.logging),
                Body::NetworkGateway(body) => match &body.logging {
                    orch_model::Field::Value(_) => yes(&body.logging),
                    // Gateways of this cloud write no logs of their own.
                    _ => continue,
                },
                _ => continue,
            };
            rows.push(vec![
                crate::kinds::named(1, kind.as_str()).to_owned(),
                scene.named(resource),
                resource.scope.region.to_string(),
                logs,
            ]);
        }
    }
    section.unread = scene.unread(&[
        Kind::NetworkLoadBalancer,
        Kind::ComputeApp,
        Kind::ContainerCluster,
    ]);
    if rows.is_empty() {
        section.says.push(
            "No balancer, application or cluster was found that could log requests.".to_owned(),
        );
        return section.into();
    }
    let unknown = rows.iter().filter(|row| row[3] == "not read").count();
    let on = rows.iter().filter(|row| row[3] == "yes").count();
    section.says.push(format!(
        "Requests pass {}; {on} are known to write them down, of {unknown} it was not read.",
        count_of(rows.len(), "source", "sources")
    ));
    let balancer = scene.resources(Kind::NetworkLoadBalancer).find(|one| matches!(&one.body, Body::NetworkLoadBalancer(body) if body.logging.is_not_read() && one.scope.provider.as_str() == "aws"));
    if let Some(balancer) = balancer {
        section.unread.push(super::super::v1::Unread {
            what: "access logs of load balancers".to_owned(),
            why: "attributes of load balancers are not collected on AWS".to_owned(),
            command: format!(
                "aws elbv2 describe-load-balancer-attributes --load-balancer-arn {}",
                scene.marked(balancer.uid.as_str())
            ),
        });
    }
    table(
        &mut section,
        &["what", "name", "region", "writes logs"],
        rows,
    );
    section.into()
}

/// Where logs of the cloud itself go.
pub(super) fn exports(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("exports", "Trails, sinks and diagnostic settings");
    section.unread = scene.unread(&[Kind::MonitorLogSink, Kind::MonitorLogMetric]);
    let rows: Vec<Vec<String>> = scene
        .resources(Kind::MonitorLogSink)
        .filter_map(|resource| match &resource.body {
            Body::MonitorLogSink(sink) => Some(vec![
                scene.named(resource),
                scene.marked(&sink.source),
                scene.marked(&sink.destinations.join(", ")),
                yes(&sink.enabled),
                kept(&sink.retention_days),
            ]),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        section.says.push(format!(
            "For acts in the cloud itself: {}",
            lower(&scene.none_of(Kind::MonitorLogSink))
        ));
        return section.into();
    }
    section.says.push(format!(
        "{} of the cloud's own log are set up.",
        count_of(rows.len(), "export", "exports")
    ));
    table(&mut section, &["export", "of", "to", "on", "kept"], rows);
    section.into()
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(chars)
        .collect()
}
