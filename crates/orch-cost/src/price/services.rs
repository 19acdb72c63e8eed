//! What load balancers, gateways, database servers and clusters cost for being there.

use orch_model::kind::{ContainerCluster, DatabaseServer, NetworkGateway, NetworkLoadBalancer};
use orch_model::{Field, Provider, Reason, Scope};
use rust_decimal::Decimal;
use smol_str::format_smolstr;

use super::{HOURS_A_MONTH, Price, Sum, item, unknown};

/// So many hours of one item, and what comes on top in words.
fn hours(scope: &Scope, name: &str, note: &str) -> Result<Price, Reason> {
    let mut sum = Sum::default();
    sum.add(HOURS_A_MONTH.into(), "h", item(scope, name)?);
    Ok(sum.finish(note))
}

pub(super) fn of_balancer(scope: &Scope, balancer: &NetworkLoadBalancer) -> Result<Price, Reason> {
    const TRAFFIC: &str = ", and what it passes on";
    match (scope.provider, &balancer.sku) {
        (Provider::Aws, _) => hours(scope, &format!("balancer.{}", balancer.purpose), TRAFFIC),
        (Provider::Azure, Field::Value(sku)) if balancer.purpose == "application" => {
            hours(scope, &format!("balancer.{sku}"), TRAFFIC)
        }
        (Provider::Azure, _) => Err(unknown(
            "a load balancer is billed by its rules, and not all of them are told",
        )),
        (Provider::Gcp, _) => Err(unknown(
            "the first five forwarding rules of a project are billed as one",
        )),
    }
}

pub(super) fn of_gateway(scope: &Scope, gateway: &NetworkGateway) -> Result<Price, Reason> {
    match (scope.provider, gateway.purpose.as_str()) {
        (Provider::Gcp, "nat") => Err(unknown("billed by the machines that use it")),
        (_, "nat") => hours(scope, "gateway.nat", ", and what it passes on"),
        (_, purpose) => Err(unknown(format_smolstr!(
            "no price list for {purpose} gateways"
        ))),
    }
}

/// Its processors and memory; storage and backups come on top.
pub(super) fn of_database(scope: &Scope, server: &DatabaseServer) -> Result<Price, Reason> {
    const STORAGE: &str = ", and storage and backups";
    let Field::Value(size) = &server.instance_type else {
        return Err(unknown("its size was not read"));
    };
    let Field::Value(twice) = server.high_availability else {
        return Err(unknown("whether there are two of it was not read"));
    };
    let engine = &server.engine;
    // What has no disk of its own is of Aurora, whatever it speaks.
    if scope.provider == Provider::Aws && server.storage_gb.value().is_none() {
        return Err(unknown(
            "none listed for servers without a disk of their own",
        ));
    }
    let standby = if twice { ".standby" } else { "" };
    if let (Provider::Gcp, Some((processors, gib))) = (scope.provider, custom(size)) {
        // The licence of other engines comes on top.
        if !matches!(engine.as_str(), "mysql" | "postgres") {
            return Err(unknown(format_smolstr!(
                "the licence of {engine} is not in the price list"
            )));
        }
        let each = |what: &str| item(scope, &format!("database.custom.{what}{standby}"));
        let hours = Decimal::from(HOURS_A_MONTH);
        let mut sum = Sum::default();
        sum.add(hours * Decimal::from(processors), "vCPU-h", each("vcpu")?);
        sum.add((hours * gib).normalize(), "GiB-h", each("memory")?);
        return Ok(sum.finish(STORAGE));
    }
    let size = size.to_ascii_lowercase();
    hours(
        scope,
        &format!("database.{engine}.{size}{standby}"),
        STORAGE,
    )
}

/// Processors and GiB of a size of Cloud SQL that says them: `db-custom-2-7680`.
fn custom(size: &str) -> Option<(u32, Decimal)> {
    let (processors, mib) = size.strip_prefix("db-custom-")?.split_once('-')?;
    let mib: Decimal = mib.parse().ok()?;
    Some((processors.parse().ok()?, mib / Decimal::from(1024)))
}

/// The management of it; its nodes have prices of their own.
pub(super) fn of_cluster(scope: &Scope, _: &ContainerCluster) -> Result<Price, Reason> {
    if scope.provider == Provider::Azure {
        return Err(unknown(
            "the tier of the cluster is not read, and one is free",
        ));
    }
    hours(scope, "cluster.management", " for its management")
}
