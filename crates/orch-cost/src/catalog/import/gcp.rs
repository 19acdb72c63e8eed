//! A page of the Google Cloud Billing Catalog: units for sale of one service, each with its regions and rates.
//!
//! Machine types are not for sale: their processors and memory are, by the series. Their prices are put together
//! from both, for the types that consist of nothing else.

use std::collections::BTreeMap;
use std::io::BufRead;

use orch_model::Provider;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::super::{EVERY_REGION, types};
use super::{ImportError, Imported, exact, plain_words};
use crate::machine_type::MachineType;

/// The services that hold what the catalogue knows, by their ids: Compute Engine, Cloud SQL. Networking is not one of
/// them: forwarding rules are billed five at a time for a whole project, and Cloud NAT by the machines that use it, so
/// that nothing there is the price of one balancer or gateway.
pub const GCP_SERVICES: [&str; 2] = ["6F81-5844-456A", "9662-B51E-5089"];

/// Series whose types consist of processors and memory alone, and how descriptions of both begin.
const SERIES: [(&str, &str); 18] = [
    ("c2", "Compute optimized"),
    ("c2d", "C2D AMD Instance"),
    ("c3", "C3 Instance"),
    ("c3d", "C3D Instance"),
    ("c4", "C4 Instance"),
    ("c4a", "C4A Arm Instance"),
    ("c4d", "C4D Instance"),
    ("c4n", "C4N Instance"),
    ("e2", "E2 Instance"),
    ("h3", "H3 Instance"),
    ("n1", "N1 Predefined Instance"),
    ("n2", "N2 Instance"),
    ("n2d", "N2D AMD Instance"),
    ("n4", "N4 Instance"),
    ("n4a", "N4A Instance"),
    ("n4d", "N4D Instance"),
    ("t2a", "T2A Arm Instance"),
    ("t2d", "T2D AMD Instance"),
];

/// Ends of types that consist of more: local disks, whole hosts.
const MORE: [&str; 2] = ["-lssd", "-metal"];

/// Units for sale with one item of their own: how their description begins, the item, its unit.
const SINGLE: [(&str, &str, &str); 12] = [
    ("Balanced PD Capacity", "volume.pd-balanced", "gib-month"),
    (
        "External IP Charge on a Standard VM",
        "address.ipv4.in-use",
        "hour",
    ),
    (
        "Micro Instance with burstable CPU",
        "instance.f1-micro",
        "hour",
    ),
    (
        "Regional Balanced PD Capacity",
        "volume.pd-balanced.regional",
        "gib-month",
    ),
    (
        "Regional SSD backed PD Capacity",
        "volume.pd-ssd.regional",
        "gib-month",
    ),
    (
        "Regional Storage PD Capacity",
        "volume.pd-standard.regional",
        "gib-month",
    ),
    ("SSD backed PD Capacity", "volume.pd-ssd", "gib-month"),
    ("Small Instance with 1 VCPU", "instance.g1-small", "hour"),
    ("Static Ip Charge", "address.ipv4.idle", "hour"),
    ("Storage PD Capacity", "volume.pd-standard", "gib-month"),
    ("Storage PD Snapshot", "snapshot.standard", "gib-month"),
    (
        "Storage PD Snapshot Archive",
        "snapshot.archive",
        "gib-month",
    ),
];

/// Where a description goes on with the place: ` in Iowa`, ` running in Americas`.
const PLACES: [&str; 2] = [" in ", " running in "];

/// Engines of Cloud SQL as descriptions and as collectors name them.
const ENGINES: [(&str, &str); 2] = [("MySQL", "mysql"), ("PostgreSQL", "postgres")];
/// How many zones a database stands in.
const ZONES: [(&str, &str); 2] = [("Zonal", ""), ("Regional", ".standby")];
/// What a database is paid for by the part, whatever its engine.
const PARTS: [(&str, &str, &str); 2] = [
    ("vCPU", "database.custom.vcpu", "vcpu-hour"),
    ("RAM", "database.custom.memory", "gib-hour"),
];
/// Databases that share processors.
const SHARED: [(&str, &str); 2] = [
    ("Micro instance", "db-f1-micro"),
    ("Small instance", "db-g1-small"),
];

/// Units of the list and those of the catalogue. Hours of processors are told like other hours.
const UNITS: [(&str, &str); 5] = [
    ("GiBy.h", "gib-hour"),
    ("GiBy.mo", "gib-month"),
    ("h", "hour"),
    ("h", "vcpu-hour"),
    ("mo", "month"),
];

/// The beginning of items that only serve to put types together.
const CORE: &str = "core.";
const MEMORY: &str = "memory.";

/// A page of the list.
#[derive(Deserialize)]
struct Page {
    /// Each by itself: one of a wrong type is left out, and the others are not.
    #[serde(default)]
    skus: Vec<Value>,
}

/// Reads a page.
pub(super) fn read(
    list: impl BufRead,
    today: &str,
    into: &mut Imported,
) -> Result<(), ImportError> {
    let page: Page = serde_json::from_reader(list)
        .map_err(|_| ImportError::Form("it is no page of the Google Cloud Billing Catalog"))?;
    for sku in &page.skus {
        match understood(sku) {
            Ok((usd, item, unit)) => {
                let id = sku["skuId"].as_str().unwrap_or_default();
                let source = plain_words(&format!("Cloud Billing Catalog: {id}"));
                let regions = sku["serviceRegions"].as_array().into_iter().flatten();
                for region in regions.filter_map(Value::as_str) {
                    match region {
                        "global" => {
                            into.add(EVERY_REGION, item.clone(), unit, usd, (today, &source))
                        }
                        // `us` is no region but many of them, with prices of its own.
                        region if !region.contains('-') => into.skip("of several regions at once"),
                        region => into.add(region, item.clone(), unit, usd, (today, &source)),
                    }
                }
            }
            Err(why) => into.skip(why),
        }
    }
    Ok(())
}

/// Amount, item and unit of what is for sale, or why it has none for us.
fn understood(sku: &Value) -> Result<(Decimal, String, &'static str), &'static str> {
    let description = sku["description"].as_str().unwrap_or_default();
    let category = &sku["category"];
    if category["usageType"] != "OnDemand" {
        return Err("committed or spot, not on demand");
    }
    let (item, unit) = item(description).ok_or("not in the catalogue")?;
    let pricing = sku["pricingInfo"].as_array();
    // The newest comes last; there is one where no dates were asked for.
    let pricing = pricing
        .and_then(|all| all.last())
        .ok_or("without a price")?;
    let expression = &pricing["pricingExpression"];
    let told = expression["usageUnit"].as_str().unwrap_or_default();
    if !UNITS.contains(&(told, unit)) {
        return Err("an unknown unit");
    }
    Ok((rate(expression)?, item, unit))
}

fn item(description: &str) -> Option<(String, &'static str)> {
    let single = SINGLE.iter().find(|(begin, ..)| is_of(description, begin));
    if let Some((_, item, unit)) = single {
        return Some(((*item).to_owned(), unit));
    }
    for (series, begin) in SERIES {
        let Some(rest) = description.strip_prefix(begin) else {
            continue;
        };
        for (what, item, unit) in [(" Core", CORE, "hour"), (" Ram", MEMORY, "gib-hour")] {
            if is_of(rest, what) {
                return Some((format!("{item}{series}"), unit));
            }
        }
    }
    database(description.strip_prefix("Cloud SQL for ")?)
}

/// Whether a description is of what it begins with, somewhere.
fn is_of(description: &str, begin: &str) -> bool {
    description
        .strip_prefix(begin)
        .is_some_and(|rest| rest.is_empty() || PLACES.iter().any(|place| rest.starts_with(place)))
}

/// `MySQL: Zonal - vCPU in Americas`
fn database(rest: &str) -> Option<(String, &'static str)> {
    let (engine, rest) = rest.split_once(": ")?;
    let (zones, rest) = rest.split_once(" - ")?;
    let (_, engine) = ENGINES.iter().find(|(known, _)| *known == engine)?;
    let (_, zones) = ZONES.iter().find(|(known, _)| *known == zones)?;
    if let Some((_, item, unit)) = PARTS.iter().find(|(known, ..)| is_of(rest, known)) {
        return Some((format!("{item}{zones}"), unit));
    }
    let (_, size) = SHARED.iter().find(|(known, _)| is_of(rest, known))?;
    Some((format!("database.{engine}.{size}{zones}"), "hour"))
}

/// The one rate above what is free.
fn rate(expression: &Value) -> Result<Decimal, &'static str> {
    let tiers = expression["tieredRates"].as_array().into_iter().flatten();
    let mut rates: Vec<Decimal> = Vec::new();
    for tier in tiers {
        let price = &tier["unitPrice"];
        if price["currencyCode"] != "USD" {
            return Err("another currency");
        }
        let usd = amount(price).ok_or("an amount that is no number")?;
        if !usd.is_zero() {
            rates.push(usd);
        }
    }
    match rates.as_slice() {
        [rate] => Ok(*rate),
        [] => Err("free, or for another way to pay"),
        _ => Err("a price that changes with the quantity"),
    }
}

/// Whole units, as a text, and billionths.
fn amount(price: &Value) -> Option<Decimal> {
    let units: Decimal = match &price["units"] {
        Value::String(units) => units.parse().ok()?,
        Value::Number(units) => exact(units)?,
        Value::Null => Decimal::ZERO,
        _ => return None,
    };
    let nanos = match &price["nanos"] {
        Value::Null => 0,
        nanos => nanos.as_i64()?,
    };
    units.checked_add(Decimal::new(nanos, 9))
}

/// Prices of machine types from those of their processors and memory; the latter go.
pub(super) fn compose(imported: &mut Imported) {
    let mut parts = BTreeMap::new();
    imported.rows.retain(|(region, item), row| {
        let is_part = item.starts_with(CORE) || item.starts_with(MEMORY);
        if is_part && let Some(usd) = row.usd {
            let listed = (usd, row.as_of.clone(), row.source.clone());
            parts.insert((region.clone(), item.clone()), listed);
        }
        !is_part
    });
    let mut known: Vec<&MachineType> = types(Provider::Gcp)
        .into_iter()
        .flat_map(|all| all.values())
        .collect();
    known.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    for ((region, item), (core, as_of, core_source)) in &parts {
        let Some(series) = item.strip_prefix(CORE) else {
            continue;
        };
        let Some((memory, _, memory_source)) =
            parts.get(&(region.clone(), format!("{MEMORY}{series}")))
        else {
            imported.skip("processors without memory");
            continue;
        };
        for machine in known.iter().filter(|machine| machine.family.name == series) {
            if MORE.iter().any(|end| machine.name.ends_with(end)) {
                continue;
            }
            if let Some(usd) = sum(machine, *core, *memory) {
                let source = format!("{core_source} and {memory_source}");
                let item = format!("instance.{}", machine.name);
                imported.add(region, item, "hour", usd, (as_of, &source));
            }
        }
    }
}

/// Types that share processors pay for the share that they may use for ever.
fn sum(machine: &MachineType, core: Decimal, memory: Decimal) -> Option<Decimal> {
    let mut cores = Decimal::from(machine.vcpu?);
    if let Some(burst) = &machine.burst {
        cores = cores
            .checked_mul(burst.baseline?)?
            .checked_div(Decimal::ONE_HUNDRED)?;
    }
    let memory = machine.memory_gib?.checked_mul(memory)?;
    cores.checked_mul(core)?.checked_add(memory)
}
