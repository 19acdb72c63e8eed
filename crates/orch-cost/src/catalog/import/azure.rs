//! A page of the Azure Retail Prices API: a hundred meters of any service.

use std::io::BufRead;

use orch_model::Provider;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::super::{EVERY_REGION, unit_of};
use super::{ImportError, Imported, exact, plain_words};

/// The services that hold what the catalogue knows, as the API names them. Load Balancer is not one of them: five rules
/// share a price, and a balancer without any costs nothing. Neither is SQL Database: its licence is a meter of its own,
/// and which servers bring theirs is not read.
pub const AZURE_SERVICES: [&str; 7] = [
    "Application Gateway",
    "Azure Database for MySQL",
    "Azure Database for PostgreSQL",
    "NAT Gateway",
    "Storage",
    "Virtual Machines",
    "Virtual Network",
];

/// The region of meters that are the same everywhere: NAT gateways have no other.
const GLOBAL: &str = "Global";

/// Meters with one item of their own: service, product, meter, item.
const METERS: [(&str, &str, &str, &str); 9] = [
    (
        "Application Gateway",
        "Application Gateway Standard v2",
        "Standard Fixed Cost",
        "balancer.Standard_v2",
    ),
    (
        "Application Gateway",
        "Application Gateway WAF v2",
        "Standard Fixed Cost",
        "balancer.WAF_v2",
    ),
    (
        "NAT Gateway",
        "NAT Gateway",
        "Standard Gateway",
        "gateway.nat",
    ),
    (
        "Storage",
        "Premium SSD Managed Disks",
        "LRS Snapshots",
        "snapshot.premium",
    ),
    (
        "Storage",
        "Premium SSD Managed Disks",
        "ZRS Snapshots",
        "snapshot.premium-zrs",
    ),
    (
        "Storage",
        "Standard HDD Managed Disks",
        "LRS Snapshots",
        "snapshot.standard",
    ),
    (
        "Storage",
        "Standard HDD Managed Disks",
        "ZRS Snapshots",
        "snapshot.standard-zrs",
    ),
    (
        "Virtual Network",
        "IP Addresses",
        "Basic IPv4 Static Public IP",
        "address.ipv4.basic",
    ),
    (
        "Virtual Network",
        "IP Addresses",
        "Standard IPv4 Static Public IP",
        "address.ipv4",
    ),
];

/// Disks by their product: how Resource Manager calls their type without the redundancy, and the letter of their
/// sizes.
const DISKS: [(&str, &str, char); 3] = [
    ("Premium SSD Managed Disks", "Premium", 'P'),
    ("Standard HDD Managed Disks", "Standard", 'S'),
    ("Standard SSD Managed Disks", "StandardSSD", 'E'),
];

/// Units of the list and those of the catalogue.
const UNITS: [(&str, &str); 7] = [
    ("1 GB/Month", "gib-month"),
    ("1 GiB/Month", "gib-month"),
    ("1 Hour", "hour"),
    ("1 Month", "month"),
    ("1/Hour", "hour"),
    ("1/Month", "month"),
    ("1 Hours", "hour"),
];

/// Words of products that are no plain machine: they share the names of sizes.
const OTHER_PRODUCTS: [(&str, &str); 4] = [
    ("Windows", "with a licence"),
    ("Cloud Services", "of another service"),
    ("CloudServices", "of another service"),
    ("Dedicated Host", "dedicated hardware"),
];
const OTHER_WAYS: [&str; 2] = ["Spot", "Low Priority"];

/// A page of the list.
#[derive(Deserialize)]
struct Page {
    /// Each by itself: one of a wrong type is left out, and the others are not.
    #[serde(rename = "Items")]
    items: Vec<Value>,
}

/// Reads a page.
pub(super) fn read(
    list: impl BufRead,
    today: &str,
    into: &mut Imported,
) -> Result<(), ImportError> {
    let page: Page = serde_json::from_reader(list)
        .map_err(|_| ImportError::Form("it is no page of the Azure Retail Prices API"))?;
    for item in &page.items {
        let meter = Meter(item);
        match understood(&meter) {
            Ok((usd, item, unit)) => {
                let region = match meter.get("armRegionName") {
                    GLOBAL => EVERY_REGION,
                    region => region,
                };
                let source = format!("Azure Retail Prices API: {}", meter.get("meterName"));
                let source = plain_words(&source);
                into.add(region, item, unit, usd, (today, &source));
            }
            Err(why) => into.skip(why),
        }
    }
    Ok(())
}

/// A meter. What is not there, or of a wrong type, is empty.
struct Meter<'m>(&'m Value);

impl<'m> Meter<'m> {
    fn get(&self, name: &str) -> &'m str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<Decimal> {
        match self.0.get(name)? {
            Value::Number(number) => exact(number),
            _ => None,
        }
    }
}

/// Amount, item and unit of a meter, or why it has none for us.
fn understood(meter: &Meter<'_>) -> Result<(Decimal, String, &'static str), &'static str> {
    if meter.get("type") != "Consumption" {
        return Err("reserved or for tests, not on demand");
    }
    if meter.get("currencyCode") != "USD" {
        return Err("another currency");
    }
    let unit = UNITS
        .iter()
        .find(|(theirs, _)| *theirs == meter.get("unitOfMeasure"))
        .map(|(_, ours)| *ours);
    let item = item(meter)?;
    if meter
        .number("tierMinimumUnits")
        .is_some_and(|from| !from.is_zero())
    {
        return Err("a price that holds above a quantity");
    }
    let unit = unit.ok_or("an unknown unit")?;
    if unit != unit_of(Provider::Azure, &item) {
        return Err("an unknown unit");
    }
    let usd = meter.number("retailPrice");
    Ok((usd.ok_or("an amount that is no number")?, item, unit))
}

fn item(meter: &Meter<'_>) -> Result<String, &'static str> {
    let (service, product) = (meter.get("serviceName"), meter.get("productName"));
    let own = METERS.iter().find(|(of, of_product, name, _)| {
        (*of, *of_product, *name) == (service, product, meter.get("meterName"))
    });
    if let Some((.., item)) = own {
        return Ok((*item).to_owned());
    }
    match service {
        "Virtual Machines" => machine(meter, product),
        "Storage" => disk(meter, product),
        "Azure Database for MySQL" => flexible(meter, product, "mysql"),
        "Azure Database for PostgreSQL" => flexible(meter, product, "postgres"),
        _ => Err("not in the catalogue"),
    }
}

/// Linux without more, shared hardware.
fn machine(meter: &Meter<'_>, product: &str) -> Result<String, &'static str> {
    if let Some((_, why)) = OTHER_PRODUCTS
        .iter()
        .find(|(word, _)| product.contains(word))
    {
        return Err(why);
    }
    let named = [meter.get("skuName"), meter.get("meterName")];
    if OTHER_WAYS
        .iter()
        .any(|word| named.iter().any(|name| name.contains(word)))
    {
        return Err("spot, not on demand");
    }
    let size = meter.get("armSkuName");
    if !(size.starts_with("Standard_") || size.starts_with("Basic_")) {
        return Err("no size of a machine");
    }
    Ok(format!("instance.{size}"))
}

/// Disks of fixed sizes: `P10 LRS` costs so much a month, whatever is on it.
fn disk(meter: &Meter<'_>, product: &str) -> Result<String, &'static str> {
    let known = DISKS.iter().find(|(of, ..)| *of == product);
    let (_, kind, letter) = known.ok_or("not in the catalogue")?;
    let sku = meter.get("skuName");
    let (size, redundancy) = sku.split_once(' ').ok_or("not in the catalogue")?;
    let number = size.strip_prefix(*letter).unwrap_or_default();
    let is_size = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let meter_name = meter.get("meterName");
    let names = [format!("{sku} Disk"), format!("{size} Disks")];
    if !is_size
        || !matches!(redundancy, "LRS" | "ZRS")
        || !names.iter().any(|name| name == meter_name)
    {
        return Err("not in the catalogue");
    }
    Ok(format!("volume.{kind}_{redundancy}.{size}"))
}

/// Servers of their own, by the size of the machine below.
fn flexible(meter: &Meter<'_>, product: &str, engine: &str) -> Result<String, &'static str> {
    if !(product.contains("Flexible Server") && product.contains("Compute")) {
        return Err("not in the catalogue");
    }
    match meter.get("armSkuName") {
        size if size.starts_with("Standard_") => {
            Ok(format!("database.{engine}.{}", size.to_ascii_lowercase()))
        }
        _ => Err("a database priced by the processor"),
    }
}
