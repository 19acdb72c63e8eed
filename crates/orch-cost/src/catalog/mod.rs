//! The embedded price and specification tables of `catalog/`, parsed once when first asked.

mod table;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rust_decimal::Decimal;

/// A unit price with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPrice {
    /// US dollars a unit.
    pub usd: Decimal,
    /// Whether it was derived and not published.
    pub derived: bool,
    /// As of when: a date, a month or a year.
    pub as_of: &'static str,
    /// Where the figure stands.
    pub source: &'static str,
}

/// What an instance type offers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MachineSpec {
    /// The type: `m5.large`.
    pub name: &'static str,
    /// Virtual processors.
    pub vcpu: u32,
    /// Memory in GiB; exact, because it is compared and never added.
    pub memory_gib: Decimal,
    /// `x86_64`, `arm64`.
    pub architecture: &'static str,
    /// Graphics accelerators.
    pub accelerators: u32,
    /// Whether AWS calls it current.
    pub current_generation: bool,
}

const PUBLISHED: &str = include_str!("../../../../catalog/aws/instance-prices.csv");
const DERIVED: &str = include_str!("../../../../catalog/aws/instance-prices-derived.csv");
const SPECS: &str = include_str!("../../../../catalog/aws/instance-specs.csv");
const STORAGE: &str = include_str!("../../../../catalog/aws/storage-and-address-prices.csv");

/// The region of a price that holds in every region of the partition `aws`.
const EVERY_REGION: &str = "*";

type Regions = BTreeMap<&'static str, BTreeMap<&'static str, UnitPrice>>;

/// Prices of instances, by region and type: those of one region are also the candidates for another size.
fn instance_prices() -> &'static Regions {
    static PRICES: OnceLock<Regions> = OnceLock::new();
    PRICES.get_or_init(|| {
        let mut regions = Regions::new();
        // The published table comes last, so that it wins wherever both know a price.
        for text in [DERIVED, PUBLISHED] {
            let (head, rows) = table::read::<3>(text);
            let derived = head.get("Derived") == Some("yes");
            let as_of = head.get("As of").unwrap_or_default();
            let source = head.get("Origin").unwrap_or_default();
            for [region, name, usd] in rows {
                if let Ok(usd) = usd.parse() {
                    let price = UnitPrice {
                        usd,
                        derived,
                        as_of,
                        source,
                    };
                    regions.entry(region).or_default().insert(name, price);
                }
            }
        }
        regions
    })
}

fn specs() -> &'static BTreeMap<&'static str, MachineSpec> {
    static SPEC_TABLE: OnceLock<BTreeMap<&'static str, MachineSpec>> = OnceLock::new();
    SPEC_TABLE.get_or_init(|| {
        let (_, rows) = table::read::<6>(SPECS);
        rows.filter_map(
            |[name, vcpu, memory_gib, architecture, accelerators, current]| {
                let spec = MachineSpec {
                    name,
                    vcpu: vcpu.parse().ok()?,
                    memory_gib: memory_gib.parse().ok()?,
                    architecture,
                    accelerators: accelerators.parse().ok()?,
                    current_generation: current.parse().ok()?,
                };
                Some((name, spec))
            },
        )
        .collect()
    })
}

fn unit_prices() -> &'static BTreeMap<(&'static str, &'static str), UnitPrice> {
    static UNIT_PRICES: OnceLock<BTreeMap<(&'static str, &'static str), UnitPrice>> =
        OnceLock::new();
    UNIT_PRICES.get_or_init(|| {
        let (head, rows) = table::read::<6>(STORAGE);
        let derived = head.get("Derived") == Some("yes");
        rows.filter_map(|[region, item, _unit, usd, as_of, source]| {
            let usd = usd.parse().ok()?;
            Some((
                (region, item),
                UnitPrice {
                    usd,
                    derived,
                    as_of,
                    source,
                },
            ))
        })
        .collect()
    })
}

/// What an hour of an instance type costs in a region of the partition `aws`: Linux, on demand, shared
/// tenancy.
pub fn instance_price(region: &str, instance_type: &str) -> Option<UnitPrice> {
    instance_prices().get(region)?.get(instance_type).copied()
}

/// The current instance types with a price in a region, the cheapest first; among equals the one with fewer
/// processors, then by name. Made once: every instance is compared with them.
pub fn instance_types(region: &str) -> &'static [(&'static MachineSpec, UnitPrice)] {
    type Types = BTreeMap<&'static str, Vec<(&'static MachineSpec, UnitPrice)>>;
    static CURRENT: OnceLock<Types> = OnceLock::new();
    let current = CURRENT.get_or_init(|| {
        let of = |types: &BTreeMap<&'static str, UnitPrice>| {
            let mut current: Vec<_> = types
                .iter()
                .filter_map(|(name, price)| Some((machine(name)?, *price)))
                .filter(|(spec, _)| spec.current_generation)
                .collect();
            current.sort_unstable_by_key(|(spec, price)| (price.usd, spec.vcpu, spec.name));
            current
        };
        instance_prices()
            .iter()
            .map(|(region, types)| (*region, of(types)))
            .collect()
    });
    current.get(region).map_or(&[], Vec::as_slice)
}

/// What a type offers.
pub fn machine(instance_type: &str) -> Option<&'static MachineSpec> {
    specs().get(instance_type)
}

/// What a unit of an item (`volume.gp3`, `snapshot.standard`, `address.ipv4`) costs in a region of the
/// partition `aws`.
pub fn unit_price(region: &str, item: &str) -> Option<UnitPrice> {
    let prices = unit_prices();
    prices
        .get(&(region, item))
        .or_else(|| prices.get(&(EVERY_REGION, item)))
        .copied()
}

#[cfg(test)]
mod tests;
