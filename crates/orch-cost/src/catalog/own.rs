//! The price tables of a run: those that are built in, and before them those that the user fetched.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use orch_model::Provider;
use rust_decimal::Decimal;

use super::import::COLUMNS;
use super::{EVERY_REGION, Offer, Origin, UnitPrice, is_price, key, sorted_offers, table, unit_of};
use crate::machine_type;

/// The tables of a run. They live as long as the program, because everything that has a price borrows its date and
/// its origin from them: a run makes them once and hands them on.
pub type Prices = &'static Catalogue;

/// Price tables: those that are built in, and before them, region by region, those of the user.
#[derive(Debug, Default)]
pub struct Catalogue {
    own: BTreeMap<(&'static str, &'static str), Own>,
}

/// A table of the user's: everything that a region costs, or what costs the same everywhere.
#[derive(Debug)]
struct Own {
    origin: Origin,
    units: BTreeMap<&'static str, UnitPrice>,
    machines: HashMap<String, UnitPrice>,
    offers: OnceLock<Vec<Offer>>,
}

/// The beginning of items that are instance types.
const INSTANCE: &str = "instance.";

/// A table as it lies on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTable {
    /// Whose prices.
    pub provider: Provider,
    /// Of which region; `*` is every region.
    pub region: String,
    /// The table.
    pub text: String,
}

/// Why a table of the user's is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct TableError {
    /// Which of the tables, by its place among those that were given.
    pub table: usize,
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// What there is of a cloud's prices: a line of `orch catalog show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What the table says of itself.
    pub origin: Origin,
    /// The region; none where it holds several.
    pub region: Option<&'static str>,
    /// Figures in it.
    pub figures: usize,
    /// Whether the user fetched it.
    pub own: bool,
}

static EMBEDDED: Catalogue = Catalogue {
    own: BTreeMap::new(),
};

/// Catalogues are the same where they are one.
impl PartialEq for Catalogue {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Catalogue {
    /// What is built in.
    pub fn embedded() -> Prices {
        &EMBEDDED
    }

    /// What is built in behind these tables. It stays in memory until the program ends: it is made once a run.
    ///
    /// # Errors
    /// Where a table is damaged: a price that cannot be read is not silently another one.
    pub fn with(tables: Vec<OwnTable>) -> Result<Prices, TableError> {
        let mut own = BTreeMap::new();
        for (place, table) in tables.into_iter().enumerate() {
            let region: &'static str = table.region.leak();
            let text: &'static str = table.text.leak();
            let read =
                Own::read(table.provider, region, text).map_err(|(line, what)| TableError {
                    table: place,
                    line,
                    what,
                })?;
            own.insert((table.provider.as_str(), region), read);
        }
        if own.is_empty() {
            return Ok(Self::embedded());
        }
        Ok(Box::leak(Box::new(Self { own })))
    }

    fn own(&'static self, provider: Provider, region: &str) -> Option<&'static Own> {
        let found = self
            .own
            .iter()
            .find(|((of, name), _)| *of == provider.as_str() && *name == region);
        found.map(|(_, own)| own)
    }

    /// The table of the user's with the machines of a region. The list of a region is that table's alone: a type that
    /// is not in it is not on sale there any longer.
    fn machines(&'static self, provider: Provider, region: &str) -> Option<&'static Own> {
        self.own(provider, region)
            .filter(|own| !own.machines.is_empty())
    }

    /// What an hour of an instance type costs in a region: Linux, on demand, shared tenancy.
    pub fn instance_price(
        &'static self,
        provider: Provider,
        region: &str,
        instance_type: &str,
    ) -> Option<UnitPrice> {
        match self.machines(provider, region) {
            Some(own) => own
                .machines
                .get(key(provider, instance_type).as_ref())
                .copied(),
            None => super::instance_price(provider, region, instance_type),
        }
    }

    /// The instance types with a price in a region, the cheapest for a whole month first; among equals the one with
    /// fewer processors, then by name. Made once a region: every instance is compared with them.
    pub fn offers(&'static self, provider: Provider, region: &str) -> &'static [Offer] {
        match self.machines(provider, region) {
            Some(own) => own
                .offers
                .get_or_init(|| sorted_offers(provider, &own.machines)),
            None => super::offers(provider, region),
        }
    }

    /// What a unit of an item (`volume.gp3`, `snapshot.standard`, `address.ipv4`) costs in a region.
    pub fn unit_price(
        &'static self,
        provider: Provider,
        region: &str,
        item: &str,
    ) -> Option<UnitPrice> {
        let own = |region| self.own(provider, region)?.units.get(item).copied();
        own(region)
            .or_else(|| own(EVERY_REGION))
            .or_else(|| super::unit_price(provider, region, item))
    }

    /// What the tables say of themselves that hold prices of these regions of a cloud: what a report that uses the
    /// catalogue prints.
    pub fn origins(&'static self, provider: Provider, regions: &BTreeSet<&str>) -> Vec<Origin> {
        let own = self.own.iter().filter(|((of, region), _)| {
            *of == provider.as_str() && (*region == EVERY_REGION || regions.contains(region))
        });
        own.map(|(_, own)| own.origin)
            .chain(super::origins(provider))
            .collect()
    }

    /// Every table of a cloud, those of the user first.
    pub fn listings(&'static self, provider: Provider) -> Vec<Listing> {
        let of_provider = self
            .own
            .iter()
            .filter(|((of, _), _)| *of == provider.as_str());
        let own = of_provider.map(|((_, region), own)| Listing {
            origin: own.origin,
            region: Some(region),
            figures: own.machines.len() + own.units.len(),
            own: true,
        });
        own.chain(super::listings(provider)).collect()
    }
}

impl Own {
    fn read(
        provider: Provider,
        region: &'static str,
        text: &'static str,
    ) -> Result<Self, (usize, &'static str)> {
        let origin = table::head(text);
        if origin.as_of.is_empty() || origin.source.is_empty() {
            return Err((1, "the head does not say as of when and from where"));
        }
        let mut own = Self {
            origin,
            units: BTreeMap::new(),
            machines: HashMap::new(),
            offers: OnceLock::new(),
        };
        let mut begun = false;
        for (place, line) in text.lines().enumerate() {
            let at = |what| (place + 1, what);
            if !begun {
                begun = line == COLUMNS;
                if !begun && !line.starts_with("# ") {
                    return Err(at("no line of the head, and not the names of the columns"));
                }
                continue;
            }
            let [of, item, unit, usd, as_of, source] =
                table::columns(line).ok_or_else(|| at("not six columns"))?;
            if of != region {
                return Err(at("of another region than the file"));
            }
            if unit != unit_of(provider, item) {
                return Err(at("of another unit than the item has"));
            }
            let usd: Option<Decimal> = usd.parse().ok();
            let usd = usd.filter(|usd| is_price(*usd));
            let price = UnitPrice {
                usd: usd.ok_or_else(|| at("not a price"))?,
                all_month: Decimal::ONE,
                derived: origin.derived,
                as_of,
                source,
            };
            let twice = match item.strip_prefix(INSTANCE) {
                Some(name) => {
                    let all_month = machine_type::all_month(provider, name);
                    let price = UnitPrice { all_month, ..price };
                    let key = key(provider, name).into_owned();
                    own.machines.insert(key, price).is_some()
                }
                None => own.units.insert(item, price).is_some(),
            };
            if twice {
                return Err(at("a second price for one item"));
            }
        }
        match begun {
            true => Ok(own),
            false => Err((1, "no names of columns")),
        }
    }
}

#[cfg(test)]
#[path = "own_tests.rs"]
mod tests;
