//! The embedded price and specification tables of `catalog/`. Of each, only what is asked for is parsed: the
//! types of one cloud, the prices of one region.

mod table;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use orch_model::Provider;
use rust_decimal::Decimal;

use crate::machine_type::{self, MachineType};

/// A unit price with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPrice {
    /// US dollars a unit.
    pub usd: Decimal,
    /// What is left of it where a unit is used all month: 1, or less where the cloud takes off by itself
    /// (sustained-use discounts of Google Cloud).
    pub all_month: Decimal,
    /// Whether it was derived and not published.
    pub derived: bool,
    /// As of when: a date, a month or a year.
    pub as_of: &'static str,
    /// Where the figure stands.
    pub source: &'static str,
}

impl UnitPrice {
    /// US dollars a unit, if it is used all month.
    pub fn for_a_month(&self) -> Decimal {
        self.usd * self.all_month
    }
}

/// What a table of the catalogue says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin {
    /// What it holds.
    pub what: &'static str,
    /// As of when: a date, a month, or where else it stands.
    pub as_of: &'static str,
    /// Whether its figures were derived and not published.
    pub derived: bool,
    /// Where its figures stand.
    pub source: &'static str,
    /// Under which licence they were taken.
    pub licence: &'static str,
}

/// An instance type with its price in one region.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// The type.
    pub machine: &'static MachineType,
    /// What an hour of it costs.
    pub price: UnitPrice,
}

/// The tables of one cloud. Of prices the later table wins wherever several know one.
struct Tables {
    provider: Provider,
    types: &'static str,
    prices: &'static [&'static str],
    units: &'static [Units],
}

/// How a table of unit prices is written.
enum Units {
    /// One row a price, with its own date and source; the region `*` is every region. A cloud has one.
    Rows(&'static str),
    /// One row a region.
    Wide(&'static str),
}

static TABLES: [Tables; 3] = [
    Tables {
        provider: Provider::Aws,
        types: include_str!("../../../../catalog/aws/instance-types.csv"),
        prices: &[
            include_str!("../../../../catalog/aws/instance-prices-derived.csv"),
            include_str!("../../../../catalog/aws/instance-prices.csv"),
        ],
        units: &[Units::Rows(include_str!(
            "../../../../catalog/aws/storage-and-address-prices.csv"
        ))],
    },
    Tables {
        provider: Provider::Azure,
        types: include_str!("../../../../catalog/azure/instance-types.csv"),
        prices: &[include_str!(
            "../../../../catalog/azure/instance-prices.csv"
        )],
        units: &[Units::Rows(include_str!(
            "../../../../catalog/azure/service-prices.csv"
        ))],
    },
    Tables {
        provider: Provider::Gcp,
        types: include_str!("../../../../catalog/gcp/instance-types.csv"),
        prices: &[include_str!("../../../../catalog/gcp/instance-prices.csv")],
        units: &[
            Units::Wide(include_str!("../../../../catalog/gcp/storage-prices.csv")),
            Units::Rows(include_str!("../../../../catalog/gcp/service-prices.csv")),
        ],
    },
];

/// The region of a price that holds in every region of the partition.
const EVERY_REGION: &str = "*";

impl Tables {
    fn of(provider: Provider) -> Option<(usize, &'static Self)> {
        TABLES
            .iter()
            .enumerate()
            .find(|(_, tables)| tables.provider == provider)
    }

    fn all(&self) -> impl Iterator<Item = &'static str> {
        let units = self.units.iter().map(|units| match units {
            Units::Rows(text) | Units::Wide(text) => *text,
        });
        [self.types]
            .into_iter()
            .chain(self.prices.iter().copied())
            .chain(units)
    }
}

/// The name under which a type is looked up: Azure does not mind the case, and its answers differ in it.
fn key(provider: Provider, name: &str) -> Cow<'_, str> {
    if provider == Provider::Azure {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

type Types = HashMap<String, MachineType>;

/// The types of a cloud by [`key`], parsed when the cloud is first asked for.
fn types(provider: Provider) -> Option<&'static Types> {
    static PARSED: [OnceLock<Types>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let (place, tables) = Tables::of(provider)?;
    Some(PARSED[place].get_or_init(|| {
        let parse = |row: &[&'static str]| {
            let machine = machine_type::from_row(provider, row)?;
            Some((key(provider, &machine.name).into_owned(), machine))
        };
        match provider {
            Provider::Aws => table::rows::<10>(tables.types)
                .filter_map(|row| parse(&row))
                .collect(),
            Provider::Azure | Provider::Gcp => table::rows::<4>(tables.types)
                .filter_map(|row| parse(&row))
                .collect(),
        }
    }))
}

/// The prices of one region by [`key`], and its types with a price, the cheapest first.
struct RegionPrices {
    by_name: HashMap<String, UnitPrice>,
    offers: OnceLock<Vec<Offer>>,
}

type Regions = BTreeMap<&'static str, OnceLock<RegionPrices>>;

/// The prices of a region, parsed when the region is first asked for.
fn region(provider: Provider, region: &str) -> Option<&'static RegionPrices> {
    static REGIONS: [OnceLock<Regions>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let (place, tables) = Tables::of(provider)?;
    let regions = REGIONS[place].get_or_init(|| {
        let names = tables.prices.iter().flat_map(|text| table::regions(text));
        names.map(|name| (name, OnceLock::new())).collect()
    });
    let (name, prices) = regions.get_key_value(region)?;
    Some(prices.get_or_init(|| {
        let mut by_name = HashMap::new();
        for text in tables.prices {
            let origin = table::head(text);
            for (machine, usd) in table::wide(text, name).into_iter().flatten() {
                if let Ok(usd) = usd.parse() {
                    let price = UnitPrice {
                        all_month: machine_type::all_month(provider, machine),
                        ..origin.price(usd)
                    };
                    by_name.insert(key(provider, machine).into_owned(), price);
                }
            }
        }
        RegionPrices {
            by_name,
            offers: OnceLock::new(),
        }
    }))
}

impl Origin {
    fn price(self, usd: Decimal) -> UnitPrice {
        UnitPrice {
            usd,
            all_month: Decimal::ONE,
            derived: self.derived,
            as_of: self.as_of,
            source: self.source,
        }
    }
}

/// What an hour of an instance type costs in a region: Linux, on demand, shared tenancy.
pub fn instance_price(provider: Provider, region: &str, instance_type: &str) -> Option<UnitPrice> {
    let of = self::region(provider, region)?;
    of.by_name
        .get(key(provider, instance_type).as_ref())
        .copied()
}

/// The instance types with a price in a region, the cheapest for a whole month first; among equals the one with fewer processors, then by name. Made once a region: every
/// instance is compared with them.
pub fn offers(provider: Provider, region: &str) -> &'static [Offer] {
    let Some(of) = self::region(provider, region) else {
        return &[];
    };
    of.offers.get_or_init(|| {
        let known = types(provider);
        let mut offers: Vec<Offer> = of
            .by_name
            .iter()
            .filter_map(|(name, price)| {
                let machine = known?.get(name)?;
                Some(Offer {
                    machine,
                    price: *price,
                })
            })
            .collect();
        offers.sort_unstable_by(|left, right| {
            let by = |offer: &Offer| (offer.price.for_a_month(), offer.machine.vcpu);
            (by(left), &left.machine.name).cmp(&(by(right), &right.machine.name))
        });
        offers
    })
}

/// What a type offers; of a type of the customer's own making on Google Cloud, what its name says.
pub fn machine(provider: Provider, instance_type: &str) -> Option<Cow<'static, MachineType>> {
    match types(provider)?.get(key(provider, instance_type).as_ref()) {
        Some(machine) => Some(Cow::Borrowed(machine)),
        None => machine_type::custom(provider, instance_type).map(Cow::Owned),
    }
}

/// What a unit of an item (`volume.gp3`, `snapshot.standard`, `address.ipv4`) costs in a region.
pub fn unit_price(provider: Provider, region: &str, item: &str) -> Option<UnitPrice> {
    let (place, tables) = Tables::of(provider)?;
    tables.units.iter().find_map(|units| match units {
        Units::Rows(text) => {
            let prices = row_prices(place, text);
            prices
                .get(&(region, item))
                .or_else(|| prices.get(&(EVERY_REGION, item)))
                .copied()
        }
        Units::Wide(text) => {
            let (_, usd) = table::wide(text, region)?.find(|(name, _)| *name == item)?;
            Some(table::head(text).price(usd.parse().ok()?))
        }
    })
}

type RowPrices = BTreeMap<(&'static str, &'static str), UnitPrice>;

/// The table of a cloud, by its place, whose prices have dates and sources of their own.
fn row_prices(place: usize, text: &'static str) -> &'static RowPrices {
    static PRICES: [OnceLock<RowPrices>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    PRICES[place].get_or_init(|| {
        let derived = table::head(text).derived;
        let rows = table::rows::<6>(text);
        rows.filter_map(|[region, item, _unit, usd, as_of, source]| {
            let price = UnitPrice {
                usd: usd.parse().ok()?,
                all_month: Decimal::ONE,
                derived,
                as_of,
                source,
            };
            Some(((region, item), price))
        })
        .collect()
    })
}

/// What every table of a cloud says of itself: what a report that uses the catalogue prints.
pub fn origins(provider: Provider) -> Vec<Origin> {
    let tables = Tables::of(provider).map(|(_, tables)| tables);
    tables
        .into_iter()
        .flat_map(Tables::all)
        .map(table::head)
        .collect()
}

#[cfg(test)]
mod tests;
