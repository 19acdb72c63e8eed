//! What a resource costs a month at list price, with the formula.

mod services;

use std::borrow::Cow;
use std::net::IpAddr;

use orch_model::kind::{
    ComputeInstance, Lifecycle, NetworkAddress, StorageSnapshot, StorageVolume,
};
use orch_model::{Body, Field, Provider, Reason, Resource, Scope, Why};
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use crate::catalog::{self, UnitPrice};

/// Hours in a month, wherever an hourly price becomes a monthly one.
pub const HOURS_A_MONTH: u32 = 730;

/// Operations a second that the price of a gp3 volume includes (Amazon EBS User Guide, gp3).
pub(crate) const GP3_INCLUDED_IOPS: i64 = 3_000;
/// MiB a second that the price of a gp3 volume includes.
pub(crate) const GP3_INCLUDED_THROUGHPUT: i64 = 125;
/// io2 charges less above this many operations a second; the catalogue has only the first tier.
const IO2_FIRST_TIER_IOPS: i64 = 32_000;

/// An amount of money in a fact. The fact names the currency where it can be another than the US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Amount(pub Decimal);

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-orch-money": true })
    }
}

/// A monthly list price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Price {
    /// US dollars a month of 730 hours.
    pub monthly: Amount,
    /// Whether a unit price in it was derived and not published.
    pub derived: bool,
    /// As of when the oldest unit price in it is.
    pub as_of: SmolStr,
    /// Where the unit prices stand.
    pub source: SmolStr,
    /// How the amount came about: `100 GiB × 0.08`.
    pub formula: SmolStr,
}

/// A price in the making: terms of quantity × unit price.
#[derive(Default)]
struct Sum {
    monthly: Decimal,
    terms: Vec<String>,
    prices: Vec<UnitPrice>,
}

impl Sum {
    fn add(&mut self, quantity: Decimal, unit: &str, price: UnitPrice) {
        if !quantity.is_zero() {
            self.monthly += quantity * price.usd;
            self.terms
                .push(format!("{quantity} {unit} × {}", price.usd));
            self.prices.push(price);
        }
    }

    fn finish(self, note: &str) -> Price {
        let mut sources: Vec<&str> = self.prices.iter().map(|price| price.source).collect();
        sources.sort_unstable();
        sources.dedup();
        Price {
            monthly: Amount(self.monthly),
            derived: self.prices.iter().any(|price| price.derived),
            as_of: self
                .prices
                .iter()
                .map(|price| price.as_of)
                .min()
                .unwrap_or_default()
                .into(),
            source: sources.join("; ").into(),
            formula: format_smolstr!("{}{note}", self.terms.join(" + ")),
        }
    }
}

/// That a price is not known, and why.
pub(crate) fn unknown(why: impl Into<SmolStr>) -> Reason {
    Reason {
        what: SmolStr::new_static("price unknown"),
        why: Why::Untold(why.into()),
    }
}

/// The list price of a resource, as if it ran or was kept all month.
///
/// # Errors
/// The reason why the price is not known. It is never zero for that, and never another region's.
pub fn price(resource: &Resource) -> Result<Price, Reason> {
    let scope = &resource.scope;
    listed(scope)?;
    match &resource.body {
        Body::ComputeInstance(instance) => of_instance(scope, instance),
        Body::StorageVolume(volume) => of_volume(scope, volume),
        Body::StorageSnapshot(snapshot) => of_snapshot(scope, snapshot),
        Body::NetworkAddress(address) => of_address(scope, address),
        Body::NetworkLoadBalancer(balancer) => services::of_balancer(scope, balancer),
        Body::NetworkGateway(gateway) => services::of_gateway(scope, gateway),
        Body::DatabaseServer(server) => services::of_database(scope, server),
        Body::ContainerCluster(cluster) => services::of_cluster(scope, cluster),
        _ => Err(unknown(format_smolstr!(
            "no price list for {}",
            resource.kind()
        ))),
    }
}

/// The catalogue holds prices of the public partitions; those of governments and of China have their own.
pub(crate) fn listed(scope: &Scope) -> Result<(), Reason> {
    let public = match scope.provider {
        Provider::Aws => "aws",
        Provider::Azure => "azure",
        Provider::Gcp => "gcp",
    };
    if scope.partition == public {
        Ok(())
    } else {
        Err(unknown(format_smolstr!(
            "no price list for {}",
            scope.partition
        )))
    }
}

/// Local and wavelength zones of AWS have prices of their own: their names go on after the region's letter. Zones of
/// Azure are numbers, and those of Google Cloud are all of their region.
fn in_the_region(scope: &Scope, zone: &Field<SmolStr>) -> Result<(), Reason> {
    let (Field::Value(zone), Provider::Aws) = (zone, scope.provider) else {
        return Ok(());
    };
    match zone.strip_prefix(scope.region.as_str()) {
        Some(letter) if letter.len() == 1 => Ok(()),
        _ => Err(unknown(format_smolstr!(
            "no price list for the zone {zone}"
        ))),
    }
}

fn item(scope: &Scope, item: &str) -> Result<UnitPrice, Reason> {
    catalog::unit_price(scope.provider, &scope.region, item).ok_or_else(|| {
        unknown(format_smolstr!(
            "none listed for {item} in {}",
            scope.region
        ))
    })
}

/// What is billed as plain Linux on demand; everything else has another price.
fn plain(instance: &ComputeInstance) -> Result<(), Reason> {
    let not_read = |field| unknown(format_smolstr!("{field} was not read"));
    match &instance.platform {
        Field::Value(platform) if platform == "linux" => {}
        Field::Value(platform) => {
            return Err(unknown(format_smolstr!(
                "the licence of {platform} is not in the price list"
            )));
        }
        Field::None | Field::NotRead => return Err(not_read("the platform")),
    }
    match instance.lifecycle {
        Field::Value(Lifecycle::OnDemand) => {}
        Field::Value(Lifecycle::Spot) => {
            return Err(unknown("a spot price changes by the hour"));
        }
        Field::Value(Lifecycle::Scheduled | Lifecycle::CapacityBlock) => {
            return Err(unknown("bought as a reservation"));
        }
        Field::None | Field::NotRead => return Err(not_read("how it is bought")),
    }
    match &instance.tenancy {
        Field::Value(tenancy) if tenancy == "default" => Ok(()),
        Field::Value(tenancy) => Err(unknown(format_smolstr!(
            "{tenancy} tenancy has another price"
        ))),
        Field::None | Field::NotRead => Err(not_read("the tenancy")),
    }
}

/// usd/h × 730, and what the cloud takes off by itself for a whole month.
fn of_instance(scope: &Scope, instance: &ComputeInstance) -> Result<Price, Reason> {
    let price = hourly(scope, instance)?;
    let mut sum = Sum::default();
    sum.add(HOURS_A_MONTH.into(), "h", price);
    if price.all_month == Decimal::ONE {
        return Ok(sum.finish(""));
    }
    sum.monthly *= price.all_month;
    Ok(sum.finish(&format!(" × {} for a whole month", price.all_month)))
}

/// What an hour of an instance costs while it runs.
pub(crate) fn hourly(scope: &Scope, instance: &ComputeInstance) -> Result<UnitPrice, Reason> {
    listed(scope)?;
    plain(instance)?;
    in_the_region(scope, &instance.zone)?;
    let name = &instance.instance_type;
    catalog::instance_price(scope.provider, &scope.region, name).ok_or_else(|| {
        unknown(format_smolstr!(
            "none listed for {name} in {}",
            scope.region
        ))
    })
}

/// Size, and what is provisioned above the included operations and throughput.
fn of_volume(scope: &Scope, volume: &StorageVolume) -> Result<Price, Reason> {
    in_the_region(scope, &volume.zone)?;
    let name = volume.volume_type.as_str();
    let gib = item(scope, &format!("volume.{name}{}", replicas(scope, volume)?))?;
    let mut sum = Sum::default();
    sum.add(volume.size_gib.into(), "GiB", gib);
    let mut note = "";
    match name {
        "gp3" => {
            let provisioned = |field: &Field<i64>, included: i64, what: &str| match field {
                Field::Value(value) => Ok(value.saturating_sub(included).max(0)),
                Field::None => Ok(0),
                Field::NotRead => Err(unknown(format_smolstr!("the volume's {what} was not read"))),
            };
            let iops = provisioned(&volume.iops, GP3_INCLUDED_IOPS, "iops")?;
            let throughput = provisioned(
                &volume.throughput_mib,
                GP3_INCLUDED_THROUGHPUT,
                "throughput",
            )?;
            if iops > 0 {
                sum.add(iops.into(), "IOPS", item(scope, "volume.gp3.iops")?);
            }
            if throughput > 0 {
                sum.add(
                    throughput.into(),
                    "MiB/s",
                    item(scope, "volume.gp3.throughput")?,
                );
            }
        }
        "io1" | "io2" => {
            let Some(iops) = volume.iops.value().copied() else {
                return Err(unknown("the volume's iops was not read"));
            };
            if name == "io2" && iops > IO2_FIRST_TIER_IOPS {
                return Err(unknown("io2 above 32,000 operations a second"));
            }
            sum.add(
                iops.into(),
                "IOPS",
                item(scope, &format!("volume.{name}.iops"))?,
            );
        }
        "standard" => note = ", and requests on top",
        _ => {}
    }
    Ok(sum.finish(note))
}

/// A disk of Google Cloud that stands in two zones costs twice as much; it has no zone of its own.
fn replicas(scope: &Scope, volume: &StorageVolume) -> Result<&'static str, Reason> {
    match (scope.provider, &volume.zone) {
        (Provider::Gcp, Field::None) => Ok(".regional"),
        (Provider::Gcp, Field::NotRead) => Err(unknown("the disk's zone was not read")),
        _ => Ok(""),
    }
}

/// The size of the volume: an upper bound, because only changed blocks are stored and no call tells how many.
fn of_snapshot(scope: &Scope, snapshot: &StorageSnapshot) -> Result<Price, Reason> {
    match &snapshot.tier {
        Field::None => {}
        Field::Value(tier) if tier == "standard" => {}
        Field::Value(tier) => {
            return Err(unknown(format_smolstr!("none listed for the tier {tier}")));
        }
        Field::NotRead => return Err(unknown("the tier was not read")),
    }
    let mut sum = Sum::default();
    sum.add(
        snapshot.volume_size_gib.into(),
        "GiB",
        item(scope, "snapshot.standard")?,
    );
    Ok(sum.finish(" at most"))
}

fn of_address(scope: &Scope, address: &NetworkAddress) -> Result<Price, Reason> {
    if address.address.value().is_some_and(IpAddr::is_ipv6) {
        return Err(unknown("none listed for IPv6 addresses"));
    }
    let mut sum = Sum::default();
    sum.add(HOURS_A_MONTH.into(), "h", item(scope, "address.ipv4")?);
    Ok(sum.finish(""))
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
